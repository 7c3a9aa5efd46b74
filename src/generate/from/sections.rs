//! The sections of a Markdown document: what stands below each of its headings.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A heading with the text below it.
pub(super) struct Section {
    pub level: usize,
    pub heading: String,
    pub line: u64,
    /// Where the heading begins, its text begins, and its text ends.
    pub start: usize,
    pub body: usize,
    pub end: usize,
    /// The section that it stands in, by its place.
    pub parent: Option<usize>,
}

/// What stands before the first heading and is no front matter, with its place; none if that is nothing.
pub(super) fn before<'d>(document: &'d str, sections: &[Section]) -> Option<(usize, &'d str)> {
    let end = sections.first().map_or(document.len(), |section| section.start);
    let mut start = 0;
    for (event, range) in parser(&document[..end]).into_offset_iter() {
        if let Event::End(TagEnd::MetadataBlock(_)) = event {
            start = range.end;
        }
    }
    let text = document.get(start..end)?;
    let at = start + (text.len() - text.trim_start().len());
    (!shown(text).is_empty()).then_some((at, text))
}

/// The text of a section without its comments, which a reader of the document does not see.
pub(super) fn shown(text: &str) -> String {
    if !text.contains("<!--") {
        return text.trim().to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let (mut from, mut comment) = (0, None);
    for (event, range) in parser(text).into_offset_iter() {
        let (Event::Html(html) | Event::InlineHtml(html)) = event else { continue };
        let start = range.start + (html.len() - html.trim_start().len());
        if comment.is_none() && html.trim_start().starts_with("<!--") {
            comment = Some(start);
        }
        if let (Some(start), Some(end)) = (comment, html.find("-->")) {
            out.push_str(&text[from..start]);
            from = range.start + end + "-->".len();
            comment = None;
        }
    }
    out.push_str(&text[from..]);
    out.trim().to_owned()
}

/// Whether a text is a table of contents: links to sections of its document and nothing else.
pub(super) fn is_contents(text: &str) -> bool {
    let (mut links, mut is_in_link) = (0, false);
    for event in parser(text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                is_in_link = dest_url.starts_with('#');
                links += 1;
            }
            Event::End(TagEnd::Link) => is_in_link = false,
            Event::Text(words) | Event::Code(words) if !is_in_link && !words.trim().is_empty() => {
                return false;
            }
            _ => {}
        }
    }
    links > 0
}

pub(super) fn newlines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES)
}

/// The sections of a document, in order. Headings within lists and quotations are text of theirs.
pub(super) fn sections(document: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let (mut depth, mut heading) = (0_usize, None);
    // The sections that are open, the outermost first; and the line of the last heading.
    let (mut open, mut line, mut counted): (Vec<usize>, u64, usize) = (Vec::new(), 1, 0);
    for (event, range) in parser(document).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                heading = Some((level as usize, String::new()));
            }
            Event::Start(_) if heading.is_none() => depth += 1,
            Event::End(TagEnd::Heading(_)) if depth == 0 => {
                let Some((level, words)) = heading.take() else { continue };
                if let Some(last) = sections.last_mut() {
                    last.end = range.start;
                }
                while open.last().is_some_and(|at| sections[*at].level >= level) {
                    open.pop();
                }
                line += newlines(&document[counted..range.start]);
                counted = range.start;
                let heading = words.split_whitespace().collect::<Vec<_>>().join(" ");
                let parent = open.last().copied();
                open.push(sections.len());
                let (start, body, end) = (range.start, range.end, document.len());
                sections.push(Section { level, heading, line, start, body, end, parent });
            }
            Event::End(_) if heading.is_none() => depth = depth.saturating_sub(1),
            Event::Text(words) | Event::Code(words) => {
                heading.iter_mut().for_each(|(_, heading)| heading.push_str(&words));
            }
            Event::SoftBreak | Event::HardBreak => {
                heading.iter_mut().for_each(|(_, heading)| heading.push(' '));
            }
            _ => {}
        }
    }
    sections
}

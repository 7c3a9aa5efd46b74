//! The sections of a Markdown document: what stands below each of its headings.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::shown::shown;

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

/// What stands before the first heading and is no front matter, if that is something: where its words
/// begin, and where it stands.
pub(super) fn before(document: &str, sections: &[Section]) -> Option<(usize, Range<usize>)> {
    let end = sections.first().map_or(document.len(), |section| section.start);
    let mut start = 0;
    for (event, range) in parser(&document[..end]).into_offset_iter() {
        if let Event::End(TagEnd::MetadataBlock(_)) = event {
            start = range.end;
        }
    }
    let text = document.get(start..end)?;
    let at = start + (text.len() - text.trim_start().len());
    (!shown(text).is_empty()).then_some((at, start..end))
}

pub(super) fn newlines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

/// The parser, with what documents have beyond the plain form.
pub(super) fn parser(text: &str) -> Parser<'_> {
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

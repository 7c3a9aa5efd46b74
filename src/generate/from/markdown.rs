//! Markdown: a heading is what is asked about, the text up to the next heading is the answer.

use std::collections::HashMap;
use std::sync::Arc;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use xxhash_rust::xxh3::xxh3_64;

use crate::generate::draw::{Draw, Purpose};

use super::part::{Maker, Pair, Part, chained, text, unusable};
use super::templates::{Templates, Topic};

/// A document is read whole, and is parsed into a tree: larger ones are hardly written by people.
const MOST_BYTES: usize = 64 << 20;

/// A document on its way in.
pub(super) struct Markdown {
    templates: Arc<Templates>,
    seed: u64,
    /// Sections of a conversation; none: each is one.
    chain: Option<usize>,
    document: String,
    /// Why it cannot be used, and the line.
    fault: Option<(u64, String)>,
}

/// A heading with the text below it.
struct Section {
    level: usize,
    heading: String,
    line: u64,
    /// Where the heading begins, its text begins, and its text ends.
    start: usize,
    body: usize,
    end: usize,
    /// The section that it stands in, by its place.
    parent: Option<usize>,
}

impl Markdown {
    pub(super) fn new(templates: Arc<Templates>, seed: u64, chain: Option<usize>) -> Markdown {
        Markdown { templates, seed, chain, document: String::new(), fault: None }
    }
}

impl Maker for Markdown {
    fn line(&mut self, number: u64, line: &[u8], _: &mut Vec<Part>) {
        if self.fault.is_some() {
            return;
        }
        match text(line) {
            Ok(_) if self.document.len() + line.len() > MOST_BYTES => {
                let why = format!("the document is larger than {} MiB", MOST_BYTES >> 20);
                self.fault = Some((number, why));
            }
            Ok(line) => {
                self.document.push_str(line);
                self.document.push('\n');
            }
            Err(why) => self.fault = Some((number, format!("{why}; the document is not used"))),
        }
    }

    fn lost(&mut self, number: u64, _: &mut Vec<Part>) {
        let why = "a line is too long; the document is not used";
        self.fault.get_or_insert((number, why.to_owned()));
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        let document = std::mem::take(&mut self.document);
        if let Some((line, why)) = self.fault.take() {
            parts.push(unusable(line, why, document));
            return;
        }
        let sections = sections(&document);
        if let Some((at, before)) = before(&document, &sections) {
            let line = 1 + newlines(&document[..at]);
            parts.push(unusable(line, "text before the first heading", before));
        }
        let mut rows: Vec<Vec<Pair>> = Vec::new();
        // The row of the sections of a level below a heading.
        let mut row_of: HashMap<(Option<usize>, usize), usize> = HashMap::new();
        for (at, section) in sections.iter().enumerate() {
            let raw = &document[section.start..section.end];
            let answer = shown(&document[section.body..section.end]);
            let has_children = sections.get(at + 1).is_some_and(|next| next.parent == Some(at));
            if answer.is_empty() && has_children {
                continue;
            }
            let pair = match (section.heading.is_empty(), answer.is_empty()) {
                (true, _) => Err("a heading without words".to_owned()),
                (_, true) => Err("no text under the heading".to_owned()),
                _ if is_contents(&answer) => Err("nothing but links to sections".to_owned()),
                _ => self.pair(&sections, at, &answer),
            };
            match pair {
                Err(why) => parts.push(unusable(section.line, why, raw)),
                Ok(pair) if self.chain.is_none() => rows.push(vec![pair]),
                Ok(pair) => {
                    let row = row_of.entry((section.parent, section.level)).or_insert(rows.len());
                    match rows.get_mut(*row) {
                        Some(pairs) => pairs.push(pair),
                        None => rows.push(vec![pair]),
                    }
                }
            }
        }
        for pairs in &rows {
            parts.extend(chained(pairs, self.chain.unwrap_or(1)));
        }
    }
}

impl Markdown {
    fn pair(&self, sections: &[Section], at: usize, answer: &str) -> Result<Pair, String> {
        let section = &sections[at];
        let mut above = Vec::new();
        let mut parent = section.parent;
        while let Some(section) = parent.and_then(|at| sections.get(at)) {
            above.push(section.heading.as_str());
            parent = section.parent;
        }
        above.reverse();
        let topic = Topic {
            heading: &section.heading,
            title: above.first().copied().unwrap_or_default(),
            parents: &above.join(" > "),
        };
        let number = xxh3_64(format!("{}\n{answer}", section.heading).as_bytes());
        let mut draw = Draw::new(self.seed, number, 0, Purpose::Phrasing);
        let question = self.templates.question(&topic, &mut draw)?;
        if question.trim().is_empty() {
            return Err("the template makes no question of it".to_owned());
        }
        let heading = Some(section.heading.clone());
        Ok(Pair { line: section.line, heading, question, answer: answer.to_owned() })
    }
}

/// What stands before the first heading and is no front matter, with its place; none if that is nothing.
fn before<'d>(document: &'d str, sections: &[Section]) -> Option<(usize, &'d str)> {
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
fn shown(text: &str) -> String {
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
fn is_contents(text: &str) -> bool {
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

fn newlines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES)
}

/// The sections of a document, in order. Headings within lists and quotations are text of theirs.
fn sections(document: &str) -> Vec<Section> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draft::Said;

    fn parts(document: &str, chain: Option<usize>) -> Vec<Part> {
        let templates = Templates::of_lines("t", "{{ parents }}|{{ heading }}").unwrap();
        let mut maker = Markdown::new(Arc::new(templates), 0, chain);
        let mut parts = Vec::new();
        for (number, line) in (1..).zip(document.split('\n')) {
            maker.line(number, line.as_bytes(), &mut parts);
        }
        maker.end(&mut parts);
        parts
    }

    fn said(part: &Part) -> Vec<String> {
        match part {
            Part::Unusable { line, why, .. } => vec![format!("{line}: {why}")],
            Part::Talk(talk) => {
                let text = |said: &Said| match said {
                    Said::User(text) | Said::Assistant(text) => text.clone(),
                    _ => String::new(),
                };
                talk.said.iter().map(text).chain([talk.line.to_string()]).collect()
            }
        }
    }

    const DOCUMENT: &str = "---\ntitle: x\n---\n\n# The *Tool*\nIntro.\n\n## Use `it`\nRun:\n\n```sh\n# no heading\n```\n\
                            ## Limits\n### Size\nBig.\n### Time\n> # quoted\n\n## Empty\n## Last\r\nEnd.\r\n";

    #[test]
    fn a_section_answers_for_its_heading() {
        let all: Vec<Vec<String>> = parts(DOCUMENT, None).iter().map(said).collect();
        let wanted = [
            vec!["20: no text under the heading"],
            vec!["|The Tool", "Intro.", "5"],
            vec!["The Tool|Use it", "Run:\n\n```sh\n# no heading\n```", "8"],
            vec!["The Tool > Limits|Size", "Big.", "15"],
            vec!["The Tool > Limits|Time", "> # quoted", "17"],
            vec!["The Tool|Last", "End.", "21"],
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn comments_and_tables_of_contents_are_no_answers() {
        let text = "<!-- licence\n\nof this -->\n\n# A\n\n- [B](#b)\n  - [`C`](#c)\n\n# B\nSee <!-- not --> [C](#c).\n\n\
                    <!-- no\nlint -->\nMore.\n\n```html\n<!-- code -->\n```\n# D\n<!-- todo -->\n";
        let all: Vec<Vec<String>> = parts(text, None).iter().map(said).collect();
        let wanted = [
            vec!["5: nothing but links to sections"],
            vec!["20: no text under the heading"],
            vec!["|B", "See  [C](#c).\n\n\nMore.\n\n```html\n<!-- code -->\n```", "10"],
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn sections_in_a_row_make_a_conversation() {
        let all: Vec<Vec<String>> = parts(DOCUMENT, Some(2)).iter().map(said).collect();
        assert_eq!(all.len(), 4, "{all:?}");
        assert_eq!(all[2][0], "The Tool|Use it");
        assert_eq!(all[2][2..], ["The Tool|Last", "End.", "8"]);
        assert_eq!(all[3][2], "The Tool > Limits|Time");
    }

    #[test]
    fn what_has_no_heading_is_told() {
        assert_eq!(said(&parts("\n\nNo heading\n", None)[0]), ["3: text before the first heading"]);
        assert!(parts("---\na: b\n---\n", None).is_empty() && parts("", None).is_empty());
        let mut maker = Markdown::new(Arc::new(Templates::usual().unwrap()), 0, None);
        let mut all = Vec::new();
        maker.line(1, b"# a\xff", &mut all);
        maker.end(&mut all);
        assert_eq!(said(&all[0]), ["1: not UTF-8 at byte 4; the document is not used"]);
    }
}

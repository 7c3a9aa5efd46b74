//! What a section says: its text without what a reader does not see, and without what only leads about the document.

use std::cell::LazyCell;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use crate::record::markdown::{fenced, is_within};

use super::sections::parser;

/// The text of a section without its comments and without tables of contents.
pub(super) fn shown(text: &str) -> String {
    let mut hidden = if text.contains("<!--") { comments(text) } else { Vec::new() };
    if text.contains('#') {
        hidden.extend(contents(text));
    }
    if text.contains(['[', '{']) {
        hidden.extend(markers(text));
    }
    without(text, hidden)
}

/// Whether there is nothing in a text but comments.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty() || text.contains("<!--") && without(text, comments(text)).is_empty()
}

/// A text without what stands in these places.
fn without(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    hidden.sort_by_key(|range| range.start);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for range in hidden {
        // A comment may stand within a list that is hidden.
        if range.start >= from {
            out.push_str(&text[from..range.start]);
        }
        from = from.max(range.end);
    }
    out.push_str(&text[from..]);
    out.trim().to_owned()
}

/// Whether a text is a table of contents: links to anchors of its document and nothing else; or where such links lead
/// to, and nothing at all that is seen.
pub(super) fn is_contents(text: &str) -> bool {
    let (mut links, mut is_seen) = (Links::default(), false);
    for event in parser(text) {
        is_seen = true;
        links.see(&event);
    }
    links.are_all() || !is_seen
}

/// Where the comments stand.
fn comments(text: &str) -> Vec<Range<usize>> {
    let (mut all, mut comment) = (Vec::new(), None);
    for (event, Range { start: mut at, end }) in parser(text).into_offset_iter() {
        match event {
            Event::Html(_) | Event::InlineHtml(_) => {}
            // What is not closed in its block is shown.
            Event::End(TagEnd::HtmlBlock) => {
                comment = None;
                continue;
            }
            _ => continue,
        }
        while let Some(rest) = text.get(at..end) {
            match (comment, rest.find(if comment.is_none() { "<!--" } else { "-->" })) {
                (_, None) => break,
                (None, Some(open)) => {
                    comment = Some(at + open);
                    // `<!-->` is a whole one.
                    at += open + "<!".len();
                }
                (Some(start), Some(close)) => {
                    at += close + "-->".len();
                    all.push(start..at);
                    comment = None;
                }
            }
        }
    }
    all
}

/// Where tables of contents stand: lists of which every point is a link to an anchor of the document, with the words
/// that lead to them.
fn contents(text: &str) -> Vec<Range<usize>> {
    let (mut all, mut depth) = (Vec::new(), 0_usize);
    // The list that is being read; and the paragraph before it, with its words.
    let mut list: Option<(Range<usize>, Links)> = None;
    let mut before: Option<(Range<usize>, String)> = None;
    for (event, range) in parser(text).into_offset_iter() {
        match &event {
            Event::Start(tag) => {
                match tag {
                    _ if depth > 0 => {}
                    Tag::List(_) => list = Some((range, Links::default())),
                    Tag::Paragraph => before = Some((range, String::new())),
                    Tag::HtmlBlock if text[range.clone()].trim_start().starts_with("<!--") => {}
                    _ => before = None,
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Rule => before = None,
            Event::Text(words) | Event::Code(words) if list.is_none() => {
                before.iter_mut().for_each(|(_, text)| text.push_str(words));
            }
            _ => {}
        }
        list.iter_mut().for_each(|(_, links)| links.see(&event));
        let Some((range, links)) = list.take_if(|_| depth == 0) else { continue };
        let lead = before.take();
        if links.are_all() {
            let lead = lead.and_then(|(range, words)| lead_of(text, range, &words));
            let start = lead.unwrap_or(range.start);
            let end = range.start + text[range].trim_end().len();
            // Of the blank lines before and behind it one lot parts what is left.
            all.push(match start == 0 || text[..start].ends_with("\n\n") {
                true => start..text.len() - text[end..].trim_start_matches('\n').len(),
                false => text[..start].trim_end().len()..end,
            });
        }
    }
    all
}

/// Lines in whose place a program puts the table of contents, in small letters: those of Python-Markdown, GitLab and
/// Azure DevOps, kramdown, MultiMarkdown, Confluence.
const MARKERS: [&str; 7] =
    ["[toc]", "[[toc]]", "[[_toc_]]", "{:toc}", "{:.no_toc}", "{{toc}}", "{toc}"];

/// Where such lines stand, with the blank ones behind them, and the point that kramdown puts its table in place of.
fn markers(text: &str) -> Vec<Range<usize>> {
    let code = fenced(text);
    // Hardly any such line is indented, and the text is read once more for those alone.
    let shifted = LazyCell::new(|| indented(text));
    let (mut all, mut at, mut point) = (Vec::new(), 0, None);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let small = line.trim().to_lowercase().replace(' ', "");
        let is_code = |is_shifted: bool| {
            is_within(&code, start) || is_shifted && shifted.iter().any(|r| r.contains(&start))
        };
        if MARKERS.contains(&small.as_str()) && !is_code(line.starts_with([' ', '\t'])) {
            let from = point.take().filter(|_| small == "{:toc}").unwrap_or(start);
            let behind = text[at..].len() - text[at..].trim_start_matches('\n').len();
            all.push(from..at + behind);
        }
        point = matches!(small.as_str(), "*toc" | "-toc" | "1.toc").then_some(start);
    }
    all
}

/// Where blocks of code stand that are only indented, from the beginnings of their lines on.
fn indented(text: &str) -> Vec<Range<usize>> {
    let blocks = parser(text).into_offset_iter().filter_map(|(event, range)| match event {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
            let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
            Some(start..range.end)
        }
        _ => None,
    });
    blocks.collect()
}

/// Words that stand over a table of contents, in small letters.
const TITLES: [&str; 10] = [
    "contents",
    "table of contents",
    "toc",
    "on this page",
    "in this section",
    "in this document",
    "see also",
    "jump to",
    "inhalt",
    "inhaltsverzeichnis",
];

/// Where in a paragraph begins what leads to the list behind it, and says nothing without it: a title, or the sentence
/// that ends in a colon.
fn lead_of(text: &str, paragraph: Range<usize>, words: &str) -> Option<usize> {
    let words = words.trim();
    let title = words.strip_suffix(COLONS).unwrap_or(words).trim().to_lowercase();
    if TITLES.contains(&title.as_str()) {
        return Some(paragraph.start);
    }
    let raw = text[paragraph.clone()].trim_end();
    words.ends_with(COLONS).then(|| paragraph.start + last_sentence(raw))
}

const COLONS: [char; 2] = [':', '：'];

/// Words that end in a full stop within a sentence.
const SHORTENED: [&str; 8] = ["e.g", "i.e", "z.B", "d.h", "cf", "vs", "bzw", "incl"];

/// Where the last sentence begins.
fn last_sentence(text: &str) -> usize {
    let is_shortened = |before: &str| {
        let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or(before);
        let is_letter = word.len() == 1 && word.starts_with(|c: char| c.is_ascii_lowercase());
        SHORTENED.contains(&word) || is_letter || before.ends_with("z. B")
    };
    let ends = |&(at, mark): &(usize, char)| {
        let behind = &text[at + mark.len_utf8()..];
        match mark {
            '。' | '！' | '？' => !behind.is_empty(),
            '?' | '!' => behind.starts_with(char::is_whitespace),
            '.' => behind.starts_with(char::is_whitespace) && !is_shortened(&text[..at]),
            _ => false,
        }
    };
    text.char_indices().rev().find(ends).map_or(0, |(at, mark)| at + mark.len_utf8())
}

/// What parts links from each other, and says nothing itself.
const BETWEEN: &str = "|·•-–—/,;:.>»›→()[]";

/// What is seen of links to anchors of the document, and of other things.
#[derive(Debug, Default)]
struct Links {
    links: usize,
    is_in_link: bool,
    /// How many links there were at the beginning of each point that is open, the outermost first.
    points: Vec<usize>,
    /// A number stands here that is that of the next link, if one follows.
    has_number: bool,
    has_others: bool,
}

impl Links {
    fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.starts_with('#') => {
                self.is_in_link = true;
                self.has_number = false;
                self.links += 1;
            }
            Event::End(TagEnd::Link) => self.is_in_link = false,
            Event::Start(Tag::Image { .. } | Tag::CodeBlock(_)) => self.has_others = true,
            Event::Text(words) | Event::Code(words) if !self.is_in_link => self.words(words),
            Event::Start(Tag::Item) => {
                self.has_others |= self.has_number;
                self.points.push(self.links);
            }
            Event::End(TagEnd::Item) => {
                self.has_others |= self.has_number || self.points.pop() == Some(self.links);
            }
            Event::End(TagEnd::Paragraph | TagEnd::TableCell) => self.has_others |= self.has_number,
            _ => {}
        }
    }

    /// Words outside of links.
    fn words(&mut self, words: &str) {
        let says = |c: char| !c.is_whitespace() && !BETWEEN.contains(c);
        self.has_others |= words.contains(|c| says(c) && !c.is_numeric());
        if words.contains(char::is_numeric) {
            // Behind the link of a point it is no number of a link.
            self.has_others |= self.points.last().is_some_and(|before| *before < self.links);
            self.has_number = true;
        }
    }

    /// There are some, in each point of each list, and nothing else.
    fn are_all(&self) -> bool {
        self.links > 0 && !self.has_others && !self.has_number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_shown() {
        let text = "See <!-- not --> [C](#c).\n\n<!-- no\nlint -->\nMore.\n\n```html\n<!-- code -->\n```\n";
        assert_eq!(shown(text), "See  [C](#c).\n\n\nMore.\n\n```html\n<!-- code -->\n```");
        for (text, wanted) in [
            ("<!-- a --> seen <!-- b -->", "seen"),
            ("<div><!-- x --></div>", "<div></div>"),
            ("a <!--> b <!-- c --> d", "a  b  d"),
            ("<div>\n<!-- x\ny --> z <!-- w --></div>", "<div>\n z </div>"),
            ("<div><!-- x\n\na\n\n<i>--></i>", "<div><!-- x\n\na\n\n<i>--></i>"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
        assert!(is_blank(" <!-- a -->\n") && is_blank("\n") && !is_blank("- [a](#a)"));
    }

    #[test]
    fn a_table_of_contents_within_a_section_is_no_part_of_the_answer() {
        let table = [
            ("Intro.\n\n- [A](#a)\n  - [`b`](#b)\n- [C](#c)\n\nMore.\n", "Intro.\n\nMore."),
            ("1. [A](#a)\n2. **[B](#b)**\n", ""),
            ("Intro.\n\n**Contents:**\n<!-- toc -->\n* 1.1 [A](#a)\n<!-- tocstop -->\n", "Intro."),
            ("It works. It can do this:\n- [A](#a)\n- [B](#b)\n\nMore.", "It works.\n\nMore."),
            ("One\n\n[a]: #a\n\n- [A][a]\n\nTwo", "One\n\n[a]: #a\n\nTwo"),
            ("- [A](#a) <!-- x -->\n\n<!-- y -->B", "B"),
            ("One\n- [A](#a)\n\nTwo", "One\n\nTwo"),
            ("One?\n\nSee also:\n\n- [A](#a)\n\nTwo", "One?\n\nTwo"),
            ("It is. For more, e.g. these:\n- [A](#a)", "It is."),
            ("Ja. Mehr, z. B. (d.h. hier):\n- [A](#a)", "Ja."),
            ("Plan B. See:\n- [A](#a)", "Plan B."),
            ("有。目录：\n\n- [A](#a)", "有。"),
            ("[TOC]\n\nIntro.\n\n[[_TOC_]]\n\nMore.\n{: toc }\n", "Intro.\n\nMore."),
            ("* TOC\n{:toc}\n\nIntro.", "Intro."),
            ("{:.no_toc}\n{{TOC}}\n", ""),
            ("One\n    [TOC]\n\nTwo", "One\nTwo"),
        ];
        for (text, wanted) in table {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_list_that_says_something_stays() {
        for text in [
            "- [A](#a): how it began\n- [B](#b)",
            "- [A](#a)\n- [B](b.md)",
            "- [A](#a)\n- B",
            "- [A](#a)\n- 42",
            "How big? See:\n\n1. [x](#x)\n2. 15 %\n\nSo.",
            "- [A](#a): 42\n- [B](#b)",
            "- [A](#a) ✓\n- [B](#b) ✗",
            "- [A](#a)\n-",
            "- 42\n  - [A](#a)",
            "- [A](#a)\n\n  42",
            "- [A](#a)\n\n  ```\n  x\n  ```",
            "- ![A](#a)",
            "> - [A](#a)",
            "See [A](#a).",
            "# of items:\n\n- one",
            "- TOC\n- body",
            "```\n[TOC]\n```",
            "So:\n\n    [TOC]\n\nDone.",
            "So:\n\n\tfirst\n\n\t[[_TOC_]]\n\nDone.",
            "Write [TOC] there.",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn links_and_signs_between_them_are_contents() {
        assert!(is_contents("[A](#a) | [B](#b)\n\n1. [C](#c)") && is_contents("[a]: #a\n"));
        assert!(is_contents("1 [A](#a), 2 [B](#b)") && !is_contents("[A](#a)\n\n42"));
        assert!(
            !is_contents("[A](#a) or [B](#b)") && !is_contents("[A](a.md)") && !is_contents("-")
        );
    }
}

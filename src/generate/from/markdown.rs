//! Markdown: a heading is what is asked about, the text up to the next heading is the answer.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::part::{Maker, Pair, Part, chained, no_text, readable, too_long, unusable};
use super::sections::{Section, before, newlines, sections};
use super::shown::{is_blank, is_contents, shown};
use super::subjects::Subjects;
use super::templates::Templates;

/// A document is read whole, and is parsed into a tree: larger ones are hardly written by people.
const MOST_BYTES: usize = 64 << 20;

/// A document on its way in.
pub(super) struct Markdown {
    templates: Arc<Templates>,
    seed: u64,
    /// Sections of a conversation; none: each is one.
    chain: Option<usize>,
    document: String,
    /// The document with the bytes that are no text, in place of which it has others; empty if there are none.
    raw: Vec<u8>,
    /// The lines that have such bytes: where they begin, and their numbers.
    broken: Vec<(usize, u64)>,
    /// The line feeds that a carriage return stood before.
    returns: Vec<usize>,
    /// Why it cannot be used, and the line.
    fault: Option<(u64, String)>,
}

impl Markdown {
    pub(super) fn new(templates: Arc<Templates>, seed: u64, chain: Option<usize>) -> Markdown {
        let (document, raw, broken, returns) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        Markdown { templates, seed, chain, document, raw, broken, returns, fault: None }
    }

    /// What is wrong with these bytes of the document, if some are no text. A line may reach over several sections: a
    /// carriage return ends one for Markdown.
    fn broken_in(&self, range: &Range<usize>) -> Option<String> {
        let raw = self.raw.get(range.clone())?.iter();
        let text = self.document.as_bytes().get(range.clone())?;
        let at = range.start + raw.zip(text).position(|(raw, text)| raw != text)?;
        let begun = self.broken.partition_point(|(start, _)| *start <= at);
        let (start, number) = self.broken.get(begun.checked_sub(1)?)?;
        Some(format!("line {number} is {}", no_text(at - start)))
    }

    /// What cannot be used, as it was read: for a line that is no text, if there is one, or else for this reason.
    fn unusable(&self, range: Range<usize>, line: u64, why: &str) -> Part {
        let broken = self.broken_in(&range);
        unusable(line, broken.as_deref().unwrap_or(why), self.read(range))
    }

    /// These bytes of the document as they were read.
    fn read(&self, range: Range<usize>) -> Vec<u8> {
        let whole = if self.raw.is_empty() { self.document.as_bytes() } else { &self.raw };
        let place = |at: usize| self.returns.partition_point(|feed| *feed < at);
        let feeds = self.returns.get(place(range.start)..place(range.end)).unwrap_or_default();
        let (mut out, mut from) = (Vec::with_capacity(range.len() + feeds.len()), range.start);
        for feed in feeds {
            out.extend_from_slice(&whole[from..*feed]);
            out.push(b'\r');
            from = *feed;
        }
        out.extend_from_slice(&whole[from..range.end]);
        out
    }
}

impl Maker for Markdown {
    fn line(&mut self, number: u64, line: &[u8], _: &mut Vec<Part>) {
        if self.fault.is_some() {
            return;
        }
        if self.document.len() + line.len() > MOST_BYTES {
            let why = format!("the document is larger than {} MiB", MOST_BYTES >> 20);
            self.fault = Some((number, why));
            return;
        }
        let (text, why) = readable(line);
        if why.is_some() {
            if self.raw.is_empty() {
                self.raw.extend_from_slice(self.document.as_bytes());
            }
            self.broken.push((self.document.len(), number));
        }
        if !self.broken.is_empty() {
            self.raw.extend_from_slice(line.get(..text.len()).unwrap_or(line));
            self.raw.push(b'\n');
        }
        self.document.push_str(&text);
        if text.len() < line.len() {
            self.returns.push(self.document.len());
        }
        self.document.push('\n');
    }

    fn lost(&mut self, number: u64, _: &mut Vec<Part>) -> bool {
        self.fault.get_or_insert_with(|| (number, too_long(number)));
        true
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        if let Some((line, why)) = self.fault.take() {
            parts.push(unusable(line, why, self.read(0..self.document.len())));
            return;
        }
        let document = &self.document;
        let sections = sections(document);
        if let Some((at, before)) = before(document, &sections) {
            let line = 1 + newlines(&document[..at]);
            parts.push(self.unusable(before, line, "text before the first heading"));
        }
        let readable = |section: &Section| self.broken_in(&(section.start..section.body)).is_none();
        let mut subjects = Subjects::new(&self.templates, self.seed, &sections, readable);
        let mut rows = Rows { is_chained: self.chain.is_some(), ..Rows::default() };
        for (at, section) in sections.iter().enumerate() {
            let pair = match self.answer(&sections, at) {
                None => continue,
                Some(Ok(answer)) if answer.is_empty() => {
                    parts.push(Part::WithoutText);
                    continue;
                }
                Some(answer) => answer.and_then(|answer| subjects.pair(at, answer)),
            };
            match pair {
                Ok(pair) => rows.add(pair, (section.parent, section.level)),
                Err(why) => {
                    parts.push(self.unusable(section.start..section.end, section.line, &why));
                }
            }
        }
        for pairs in &rows.rows {
            parts.extend(chained(pairs, self.chain.unwrap_or(1)));
        }
    }
}

/// What becomes conversations.
#[derive(Default)]
struct Rows {
    is_chained: bool,
    rows: Vec<Vec<Pair>>,
    /// The row of the sections of a level below a heading.
    row_of: HashMap<(Option<usize>, usize), usize>,
}

impl Rows {
    fn add(&mut self, pair: Pair, place: (Option<usize>, usize)) {
        let next = self.rows.len();
        let row = if self.is_chained { *self.row_of.entry(place).or_insert(next) } else { next };
        match self.rows.get_mut(row) {
            Some(pairs) => pairs.push(pair),
            None => self.rows.push(vec![pair]),
        }
    }
}

impl Markdown {
    /// What a section answers: nothing of its own if it only holds others, an empty text if there is nothing to learn
    /// of it.
    fn answer(&self, sections: &[Section], at: usize) -> Option<Result<String, String>> {
        let section = &sections[at];
        if let Some(why) = self.broken_in(&(section.start..section.end)) {
            return Some(Err(why));
        }
        let body = &self.document[section.body..section.end];
        let has_children = sections.get(at + 1).is_some_and(|next| next.parent == Some(at));
        if has_children && is_blank(body) {
            return None;
        }
        let answer = shown(body);
        Some(match answer.is_empty() || is_contents(&answer) {
            true => Ok(String::new()),
            false if section.heading.is_empty() => Err("a heading without words".to_owned()),
            false => Ok(answer),
        })
    }
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
            Part::WithoutText => vec!["without text".to_owned()],
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
            vec!["without text"],
            vec!["|The Tool", "Intro.", "5"],
            vec!["The Tool|Use it", "Run:\n\n```sh\n# no heading\n```", "8"],
            vec!["The Tool > Limits|Size", "Big.", "15"],
            vec!["The Tool > Limits|Time", "> # quoted", "17"],
            vec!["The Tool|Last", "End.", "21"],
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn sections_of_one_heading_are_asked_about_by_their_places() {
        let usual = Arc::new(Templates::usual().unwrap());
        let text = "# API\n## Install\n### Linux\na\n### How to stop\nb\n### Why?\nc\n## Remove\n### Linux\nd\n\
                    ### How to stop\ne\n### Why?\nf\n### linux\ng\n";
        for seed in 0..9 {
            let mut maker = Markdown::new(Arc::clone(&usual), seed, None);
            let mut all = Vec::new();
            (1..).zip(text.lines()).for_each(|(n, line)| maker.line(n, line.as_bytes(), &mut all));
            maker.end(&mut all);
            let all: Vec<Vec<String>> = all.iter().map(said).filter(|one| one.len() > 1).collect();
            for (pair, place) in all.iter().zip(["Install"; 3].into_iter().chain(["Remove"; 3])) {
                assert!(pair[0].contains(&format!("API > {place}")), "{pair:?}");
            }
            assert_eq!(all[2][0], "API > Install: Why?");
        }
        let text = "# A\nx\n# A\ny\n";
        let same = parts(text, None);
        assert_eq!(said(&same[0]), ["3: asks the same as the section in line 1"]);
    }

    /// What is used of a document, by the lines, and what is told of the rest.
    fn used(text: &str, templates: &Arc<Templates>, seed: u64) -> (Vec<u64>, Vec<String>) {
        let mut maker = Markdown::new(Arc::clone(templates), seed, None);
        let mut all = Vec::new();
        (1..).zip(text.lines()).for_each(|(n, line)| maker.line(n, line.as_bytes(), &mut all));
        maker.end(&mut all);
        let line = |part: &Part| match part {
            Part::Talk(talk) => Some(talk.line),
            _ => None,
        };
        let lines = all.iter().filter_map(line).collect();
        (lines, all.iter().filter(|part| line(part).is_none()).flat_map(said).collect())
    }

    #[test]
    fn which_sections_are_used_is_no_matter_of_the_seed() {
        let usual = Arc::new(Templates::usual().unwrap());
        let own = |text| Arc::new(Templates::of_lines("t", text).unwrap());
        let text = "# A\n\n## Care\none\n## 2. care\ntwo\n## Care\none\n# B\n## Care\n## Care\nthree\n\
                    ## How to fill it\na\n## How do I fill it\nb\n## How can I fill it?\nc\n\
                    ## how can i fill it?\nd\n# Care\ne\n# 2. Care\nf\n";
        let wanted = (
            vec![3, 11, 13, 15, 17, 21],
            vec![
                "5: asks the same as the section in line 3".to_owned(),
                "7: repeats the section in line 3".to_owned(),
                "without text".to_owned(),
                "19: asks the same as the section in line 17".to_owned(),
                "23: asks the same as the section in line 21".to_owned(),
            ],
        );
        let mixed = own("What is {{ heading }}?\n{{ title }}: {{ heading }}\nSay {{ heading }}!\n");
        for seed in 0..40 {
            assert_eq!(used(text, &usual, seed), wanted, "{seed}");
            assert_eq!(used(text, &mixed, seed), wanted, "{seed}");
            // Without a word about the place only headings and questions differ.
            let plain = own("What is {{ heading }}?\nSay {{ heading }}!\n");
            assert_eq!(used(text, &plain, seed).0, [3, 13, 15, 17], "{seed}");
        }
    }

    #[test]
    fn comments_and_tables_of_contents_are_no_answers() {
        let text = "<!-- licence\n\nof this -->\n\n# A\n\n- [B](#b)\n  - [`C`](#c)\n\n# B\nSee <!-- not --> [C](#c).\n\n\
                    <!-- no\nlint -->\nMore.\n\n```html\n<!-- code -->\n```\n# D\n<!-- todo -->\n";
        let all: Vec<Vec<String>> = parts(text, None).iter().map(said).collect();
        let wanted = [
            vec!["without text"],
            vec!["without text"],
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
    }

    #[test]
    fn a_line_that_is_no_text_costs_its_section_alone() {
        let document: [&[u8]; 10] = [
            b"---",
            b"by: \xfc",
            b"---",
            b"# A\xff",
            b"## B",
            b"b",
            b"  ## C",
            b"c \xff",
            b"c",
            b"# D \xff",
        ];
        let all = of_bytes(&document.join(&b'\n'), None);
        let wanted = [
            vec!["4: line 4 is not UTF-8 at byte 4"],
            vec!["7: line 8 is not UTF-8 at byte 3"],
            vec!["10: line 10 is not UTF-8 at byte 5"],
            vec!["|B", "b", "5"],
        ];
        assert_eq!(all.iter().map(said).collect::<Vec<_>>(), wanted);
        assert_eq!(raw(&all[1]), b"## C\nc \xff\nc\n");
    }

    #[test]
    fn a_carriage_return_parts_sections_that_are_no_text() {
        let all = of_bytes(b"# A\ra \xff\r# Caf\xe9\rna\xefve text\r# B\rb", None);
        let wanted = [
            vec!["1: line 1 is not UTF-8 at byte 7"],
            vec!["1: line 1 is not UTF-8 at byte 14"],
            vec!["|B", "b", "1"],
        ];
        assert_eq!(all.iter().map(said).collect::<Vec<_>>(), wanted);
        assert_eq!(raw(&all[1]), b"# Caf\xe9\rna\xefve text\r");
    }

    #[test]
    fn what_cannot_be_used_stays_as_it_was_read() {
        let before = b"\xe9\n\xff\r\r\nb\n";
        let all = of_bytes(&[before, &b"# A\n"[..]].concat(), None);
        assert_eq!(raw(&all[0]).escape_ascii().to_string(), r"\xe9\n\xff\r\r\nb\n");
        let all = of_bytes(b"a\r\n\r\nb\r\n# A\r\n\xff\r\n# B\n\xff\r", None);
        let kept = [r"a\r\n\r\nb\r\n", r"# A\r\n\xff\r\n", r"# B\n\xff\r\n"];
        assert_eq!(
            all.iter().map(raw).map(|raw| raw.escape_ascii().to_string()).collect::<Vec<_>>(),
            kept
        );
        let given_up = of_bytes(b"# A\n\xe9 b\nc", Some(3));
        assert_eq!(said(&given_up[0]), [format!("3: {}", too_long(3))]);
        assert_eq!(raw(&given_up[0]), b"# A\n\xe9 b\n");
    }

    /// The parts of a document, of which one line is too long.
    fn of_bytes(document: &[u8], long: Option<u64>) -> Vec<Part> {
        let templates = Templates::of_lines("t", "{{ parents }}|{{ heading }}").unwrap();
        let mut maker = Markdown::new(Arc::new(templates), 0, None);
        let mut all = Vec::new();
        for (number, line) in (1..).zip(document.split(|byte| *byte == b'\n')) {
            match long == Some(number) {
                true => assert!(maker.lost(number, &mut all)),
                false => maker.line(number, line, &mut all),
            }
        }
        maker.end(&mut all);
        all
    }

    fn raw(part: &Part) -> &[u8] {
        match part {
            Part::Unusable { raw, .. } => raw,
            other => panic!("{other:?}"),
        }
    }
}

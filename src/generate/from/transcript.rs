//! Transcripts: lines that begin with the name of who speaks.

use crate::generate::draft::Said;
use crate::record::text::{QUOTE_BYTES, quote};

use super::objects::cut_behind_answer;
use super::part::{Maker, Part, Talk, text, unusable};

/// Those who ask, where no name is given.
const ASK: [&str; 8] =
    ["customer", "user", "client", "caller", "human", "guest", "visitor", "patient"];

/// Those who answer.
const ANSWER: [&str; 10] = [
    "agent",
    "assistant",
    "support",
    "bot",
    "ai",
    "representative",
    "advisor",
    "operator",
    "rep",
    "chatbot",
];

/// Bytes of a conversation beyond which it is given up.
const MOST_BYTES: usize = 16 << 20;

/// The longest name of a speaker.
const LONGEST_NAME: usize = 40;

/// The names of speakers, in small letters.
#[derive(Debug, Clone)]
pub(super) struct Names {
    ask: Vec<String>,
    answer: Vec<String>,
}

impl Names {
    /// These names, or the usual ones for a side that has none.
    pub(super) fn new(ask: &[String], answer: &[String]) -> Names {
        let small = |names: &[String], usual: &[&str]| match names {
            [] => usual.iter().map(|name| (*name).to_owned()).collect(),
            names => names.iter().map(|name| name.trim().to_lowercase()).collect(),
        };
        Names { ask: small(ask, &ASK), answer: small(answer, &ANSWER) }
    }

    /// Whether a line begins with a known speaker, for guessing the form of a document.
    pub(super) fn speaks(&self, line: &str) -> bool {
        speaker(line).is_some_and(|(name, _)| self.side(name).is_some())
    }

    /// True for who asks, false for who answers.
    fn side(&self, name: &str) -> Option<bool> {
        let name = name.to_lowercase();
        if self.ask.contains(&name) {
            return Some(true);
        }
        self.answer.contains(&name).then_some(false)
    }
}

/// Reads conversations, which lines of dashes or headings part from each other.
pub(super) struct Transcript {
    names: Names,
    said: Vec<Said>,
    raw: Vec<u8>,
    first: u64,
    fault: Option<String>,
    /// A name before a colon that nobody knows, and something stands before the first speaker.
    stranger: Option<String>,
    has_prelude: bool,
}

impl Transcript {
    pub(super) fn new(names: Names) -> Transcript {
        Transcript {
            names,
            said: Vec::new(),
            raw: Vec::new(),
            first: 0,
            fault: None,
            stranger: None,
            has_prelude: false,
        }
    }

    fn close(&mut self, parts: &mut Vec<Part>) {
        let raw = std::mem::take(&mut self.raw);
        let mut said = std::mem::take(&mut self.said);
        let (fault, stranger) = (self.fault.take(), self.stranger.take());
        let has_prelude = std::mem::take(&mut self.has_prelude);
        if raw.trim_ascii().is_empty() && fault.is_none() {
            return;
        }
        for said in &mut said {
            if let Said::User(text) | Said::Assistant(text) = said {
                *text = text.trim().to_owned();
            }
        }
        said.retain(
            |said| !matches!(said, Said::User(text) | Said::Assistant(text) if text.is_empty()),
        );
        let cut = cut_behind_answer(&mut said);
        let asks = said.iter().any(|said| matches!(said, Said::User(_)));
        let why = match (fault, asks) {
            (Some(fault), _) => fault,
            (None, _) if has_prelude => match stranger {
                Some(name) => format!(
                    "{} is no speaker that is known; name speakers with --user-name and --assistant-name",
                    quote(&name, QUOTE_BYTES)
                ),
                None => "text before the first speaker".to_owned(),
            },
            (None, true) => {
                let line = self.first;
                parts.push(Part::Talk(Talk { said, line, cut, ..Talk::default() }));
                return;
            }
            (None, false) => "there is no question with an answer".to_owned(),
        };
        parts.push(unusable(self.first, why, raw));
    }

    /// A line of the conversation.
    fn add(&mut self, line: &str) {
        let found = speaker(line);
        let side = found.and_then(|(name, _)| self.names.side(name));
        match (side, found) {
            (Some(asks), Some((_, words))) => self.speak(asks, words),
            _ => match self.said.last_mut() {
                Some(Said::User(text) | Said::Assistant(text)) => {
                    text.push('\n');
                    text.push_str(line);
                }
                _ if line.trim().is_empty() => {}
                _ => {
                    self.has_prelude = true;
                    let name = found.map(|(name, _)| name.to_owned());
                    self.stranger = self.stranger.take().or(name);
                }
            },
        }
    }

    fn speak(&mut self, asks: bool, words: &str) {
        match (self.said.last_mut(), asks) {
            // What one says in several lines with a name is one message.
            (Some(Said::User(text)), true) | (Some(Said::Assistant(text)), false) => {
                text.push('\n');
                text.push_str(words);
            }
            (_, true) => self.said.push(Said::User(words.to_owned())),
            (_, false) => self.said.push(Said::Assistant(words.to_owned())),
        }
    }
}

impl Maker for Transcript {
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>) {
        let said = text(line);
        if said.as_ref().is_ok_and(|line| is_rule(line)) {
            return self.close(parts);
        }
        if self.raw.is_empty() {
            if line.trim_ascii().is_empty() {
                return;
            }
            self.first = number;
        }
        match said {
            Ok(_) if self.raw.len() + line.len() > MOST_BYTES => {
                self.fault.get_or_insert(format!("longer than {} MiB", MOST_BYTES >> 20));
                self.said.clear();
                return;
            }
            Ok(line) => self.add(line),
            Err(why) => _ = self.fault.get_or_insert(format!("line {number} is {why}")),
        }
        self.raw.extend_from_slice(line);
        self.raw.push(b'\n');
    }

    fn lost(&mut self, number: u64) {
        if self.raw.is_empty() {
            self.first = number;
        }
        self.fault.get_or_insert(format!("line {number} is too long"));
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        self.close(parts);
    }
}

/// A line that parts conversations: three or more of one of these marks, or a Markdown heading.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let drawn = ['-', '=', '*', '_'].iter().any(|mark| line.chars().all(|c| c == *mark));
    line.len() >= 3 && drawn || line.starts_with("# ") || line.starts_with("## ")
}

/// Who speaks in a line, and what; times before and behind the name, and marks of bold, are no part of it.
fn speaker(line: &str) -> Option<(&str, &str)> {
    let line = without_time(line.trim_start()).trim_start_matches(['*', '_', '-', '>', ' ']);
    let colon = line.char_indices().find(|(at, c)| {
        // The colon of a time is none.
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        *c == ':' && !(digit(line[..*at].chars().last()) && digit(line[at + 1..].chars().next()))
    })?;
    let name = line[..colon.0].trim_end_matches(['*', '_']).trim();
    let name = match name.find(['(', '[']) {
        Some(open) if is_time(&name[open..]) => name[..open].trim(),
        _ => name,
    };
    let words = line[colon.0 + 1..].trim_start_matches(['*', '_']).trim();
    let is_name = !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.chars().all(|c| c.is_alphanumeric() || " .-_'".contains(c));
    is_name.then_some((name, words))
}

/// A line without the time that it begins with: `[10:32]`, `10:32:05`, `2024-05-01 10:32 -` and their like.
fn without_time(line: &str) -> &str {
    let mut rest = line;
    if let Some(open) = rest.strip_prefix(['[', '('])
        && let Some(close) = open.find([']', ')'])
        && is_time(&open[..close])
    {
        rest = open[close + 1..].trim_start();
    }
    loop {
        let word = rest.split_whitespace().next().unwrap_or_default();
        let bare = word.trim_end_matches([',', '-', '|']);
        let is_half =
            ["am", "pm"].iter().any(|half| bare.eq_ignore_ascii_case(half)) && rest != line;
        if word.is_empty() || !(is_time(bare) || is_half || ["-", "|", "\u{2013}"].contains(&word))
        {
            return rest;
        }
        rest = rest[word.len()..].trim_start();
    }
}

/// Nothing but a time or a date: digits with the marks between them, at least one of which is a colon, or two are
/// dashes, slashes or full stops.
fn is_time(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let marks = text.bytes().filter(|b| b"-/.".contains(b)).count();
    let known = |c: char| c.is_ascii_digit() || ":-/.,TZ+[]() ".contains(c);
    let halves = text.to_lowercase().replace("am", "").replace("pm", "");
    digits >= 2 && (text.contains(':') || marks >= 2) && halves.to_uppercase().chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_no_part_of_what_is_said() {
        let table = [
            ("Agent: hi", Some(("Agent", "hi"))),
            ("[10:32] Agent: hi: you", Some(("Agent", "hi: you"))),
            ("10:32:05 Customer: at 10:30", Some(("Customer", "at 10:30"))),
            ("2024-05-01 10:32 - Anna Maria: x", Some(("Anna Maria", "x"))),
            ("[01.05.24, 10:32:11 PM] Bob: x", Some(("Bob", "x"))),
            ("10:32 pm Bob: x", Some(("Bob", "x"))),
            ("Agent (10:32): x", Some(("Agent", "x"))),
            ("**Agent:** x", Some(("Agent", "x"))),
            ("2024-05-01T10:32:00Z Agent: x", Some(("Agent", "x"))),
            ("no name", None),
            ("at 10:30", None),
            ("https://a.b", Some(("https", "//a.b"))),
        ];
        for (line, wanted) in table {
            assert_eq!(speaker(line), wanted, "{line}");
        }
    }

    fn told(document: &str, names: [&[String]; 2]) -> Vec<String> {
        let mut maker = Transcript::new(Names::new(names[0], names[1]));
        let mut parts = Vec::new();
        for (number, line) in (1..).zip(document.split('\n')) {
            maker.line(number, line.as_bytes(), &mut parts);
        }
        maker.end(&mut parts);
        let name = |said: &Said| match said {
            Said::User(text) => format!("u:{text}"),
            Said::Assistant(text) => format!("a:{text}"),
            other => format!("{other:?}"),
        };
        let tell = |part: Part| match part {
            Part::Unusable { line, why, .. } => format!("{line}: {why}"),
            Part::Talk(talk) => {
                let said: Vec<String> = talk.said.iter().map(name).collect();
                format!("{}: {} cut {}", talk.line, said.join(" "), talk.cut)
            }
        };
        parts.into_iter().map(tell).collect()
    }

    #[test]
    fn speakers_take_turns_and_rules_part_conversations() {
        let text = "Customer: a\nAgent: b\nNote: c\n\nd\nAgent: e\nUser: bye\n---\n\nuser: f\nbot: g\n=====\nUser: h\n";
        let wanted = [
            "1: u:a a:b\nNote: c\n\nd\ne cut 1",
            "10: u:f a:g cut 0",
            "13: there is no question with an answer",
        ];
        assert_eq!(told(text, [&[], &[]]), wanted);
    }

    #[test]
    fn strangers_are_named() {
        let text = "Anna: a\nBen: b";
        let wanted = "1: \"Anna\" is no speaker that is known; name speakers with --user-name and --assistant-name";
        assert_eq!(told(text, [&[], &[]]), [wanted]);
        assert_eq!(told(text, [&["anna".to_owned()], &["Ben".to_owned()]]), ["1: u:a a:b cut 0"]);
        assert_eq!(
            told("Hello\nUser: a\nBot: b", [&[], &[]]),
            ["1: text before the first speaker"]
        );
    }
}

//! Transcripts: lines that begin with the name of who speaks.

use crate::generate::draft::Said;
use crate::record::text::{QUOTE_BYTES, quote};

use super::captions::{Captions, Line};
use super::objects::cut_behind_answer;
use super::part::{Maker, Part, Talk, readable, too_long, unusable};
use super::speaker::{Names, Spoken, spoken};

/// Bytes of a conversation beyond which it is given up.
const MOST_BYTES: usize = 16 << 20;

/// Reads conversations, which lines of dashes or headings part from each other.
pub(super) struct Transcript {
    names: Names,
    captions: Captions,
    talk: Conversation,
}

/// The conversation that is being read.
#[derive(Default)]
struct Conversation {
    said: Vec<Said>,
    raw: Vec<u8>,
    /// Its first line.
    first: Option<u64>,
    /// Where somebody speaks for the first time: the line, and the bytes before it.
    begin: Option<(u64, usize)>,
    /// Something that could be spoken stands before the first speaker, and who is named there.
    has_prelude: bool,
    stranger: Option<String>,
    /// What is wrong with a line there.
    broken: Option<String>,
    /// Those who speak have a time at their names.
    is_marked: bool,
    /// Names at the beginning of lines that nobody knows.
    strangers: Vec<String>,
    fault: Option<String>,
}

impl Transcript {
    pub(super) fn new(names: Names) -> Transcript {
        Transcript { names, captions: Captions::default(), talk: Conversation::default() }
    }

    fn close(&mut self, parts: &mut Vec<Part>) {
        if let Some(line) = self.captions.rest() {
            self.talk.add(&line, &self.names);
        }
        std::mem::take(&mut self.talk).close(parts);
    }
}

impl Conversation {
    fn close(mut self, parts: &mut Vec<Part>) {
        if self.raw.trim_ascii().is_empty() && self.fault.is_none() {
            return;
        }
        self.said.iter_mut().filter_map(words_of).for_each(|text| *text = text.trim().to_owned());
        self.said.retain_mut(|said| words_of(said).is_none_or(|text| !text.is_empty()));
        let cut = cut_behind_answer(&mut self.said);
        let asks = self.said.iter().any(|said| matches!(said, Said::User(_)));
        let why = match (self.fault.take(), self.begin) {
            (Some(fault), _) => fault,
            (None, Some((line, before))) if asks => {
                if self.has_prelude {
                    parts.push(unusable(
                        self.first.unwrap_or(1),
                        self.why_prelude(),
                        &self.raw[..before],
                    ));
                }
                let (said, strangers) = (self.said, self.strangers);
                parts.push(Part::Talk(Talk { said, line, cut, strangers, ..Talk::default() }));
                return;
            }
            (None, Some(_)) => self.why_nobody_asks(),
            (None, None) if self.has_prelude => self.why_prelude(),
            // Captions of which nothing is spoken.
            (None, None) => return,
        };
        parts.push(unusable(self.first.unwrap_or(1), why, self.raw));
    }

    fn why_prelude(&self) -> String {
        match (&self.broken, &self.stranger) {
            (Some(why), _) => why.clone(),
            (None, Some(name)) => unknown(name),
            (None, None) => "text before the first speaker".to_owned(),
        }
    }

    fn why_nobody_asks(&self) -> String {
        let why = "there is no question with an answer".to_owned();
        match self.stranger.as_ref().or(self.strangers.first()) {
            Some(name) => format!("{why}; {}", unknown(name)),
            None => why,
        }
    }

    /// A line of the conversation.
    fn add(&mut self, line: &Line, names: &Names) {
        let found = spoken(&line.text).map(|spoken| {
            let is_marked = spoken.is_marked || line.is_timed && spoken.names_somebody();
            Spoken { is_marked, ..spoken }
        });
        let side = found.and_then(|spoken| names.side(spoken));
        if let Some(why) = &line.broken {
            let is_before = self.said.is_empty() && side.is_none();
            let fault = if is_before { &mut self.broken } else { &mut self.fault };
            fault.get_or_insert_with(|| format!("line {} is {why}", line.number));
        }
        if let (Some(asks), Some(spoken)) = (side, found) {
            self.begin.get_or_insert((line.number, line.before));
            self.is_marked |= spoken.is_marked;
            return self.speak(asks, spoken.words);
        }
        match self.said.last_mut() {
            Some(Said::User(text) | Said::Assistant(text)) => {
                text.push('\n');
                text.push_str(&line.text);
                if let Some(spoken) = found {
                    self.meet(spoken, line.number);
                }
            }
            _ if line.text.trim().is_empty() => {}
            _ => {
                self.has_prelude = true;
                let name = found.map(|spoken| spoken.name.to_owned());
                self.stranger = self.stranger.take().or(name);
            }
        }
    }

    /// A name that nobody knows, where others speak.
    fn meet(&mut self, spoken: Spoken<'_>, number: u64) {
        if self.is_marked && spoken.is_marked {
            self.fault.get_or_insert_with(|| format!("line {number}: {}", unknown(spoken.name)));
        } else if spoken.names_somebody() {
            self.strangers.push(spoken.name.to_owned());
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

fn unknown(name: &str) -> String {
    let name = quote(name, QUOTE_BYTES);
    format!(
        "{name} is no speaker that is known; name speakers with --user-name and --assistant-name"
    )
}

fn words_of(said: &mut Said) -> Option<&mut String> {
    match said {
        Said::User(text) | Said::Assistant(text) => Some(text),
        _ => None,
    }
}

impl Maker for Transcript {
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>) {
        let (said, broken) = readable(line);
        if is_rule(&said) {
            return self.close(parts);
        }
        if self.talk.raw.is_empty() {
            if line.trim_ascii().is_empty() {
                return;
            }
            self.talk.first.get_or_insert(number);
        }
        if self.talk.raw.len() + line.len() > MOST_BYTES {
            self.talk.fault.get_or_insert(format!("longer than {} MiB", MOST_BYTES >> 20));
            self.talk.said.clear();
            return;
        }
        let before = self.talk.raw.len();
        let spoken = Line { number, before, is_timed: false, text: said.into_owned(), broken };
        for line in self.captions.spoken(spoken).into_iter().flatten() {
            self.talk.add(&line, &self.names);
        }
        self.talk.raw.extend_from_slice(line);
        self.talk.raw.push(b'\n');
    }

    fn lost(&mut self, number: u64, _: &mut Vec<Part>) -> bool {
        self.talk.first.get_or_insert(number);
        self.talk.fault.get_or_insert_with(|| too_long(number));
        true
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(document: impl AsRef<[u8]>, names: [&[String]; 2]) -> Vec<String> {
        let mut maker = Transcript::new(Names::new(names[0], names[1]));
        let mut parts = Vec::new();
        let lines = document.as_ref().split(|byte| *byte == b'\n');
        (1..).zip(lines).for_each(|(number, line)| maker.line(number, line, &mut parts));
        maker.end(&mut parts);
        let name = |said: &Said| match said {
            Said::User(text) => format!("u:{text}"),
            Said::Assistant(text) => format!("a:{text}"),
            other => format!("{other:?}"),
        };
        let tell = |part: Part| match part {
            Part::WithoutText => String::new(),
            Part::Unusable { line, why, .. } => format!("{line}: {why}"),
            Part::Talk(talk) => {
                let said: Vec<String> = talk.said.iter().map(name).collect();
                let strangers = match talk.strangers.is_empty() {
                    true => String::new(),
                    false => format!(" names {}", talk.strangers.join(", ")),
                };
                format!("{}: {} cut {}{strangers}", talk.line, said.join(" "), talk.cut)
            }
        };
        parts.into_iter().map(tell).collect()
    }

    #[test]
    fn speakers_take_turns_and_rules_part_conversations() {
        let text = "Customer: a\nAgent: b\nNote: c\n\nd\nAgent: e\nUser: bye\n---\n\nuser: f\nbot: g\n=====\nUser: h\n";
        let wanted = [
            "1: u:a a:b\nNote: c\n\nd\ne cut 1 names Note",
            "10: u:f a:g cut 0",
            "13: there is no question with an answer",
        ];
        assert_eq!(told(text, [&[], &[]]), wanted);
    }

    #[test]
    fn who_may_have_asked_is_named() {
        let unknown = "\"Anna\" is no speaker that is known; name speakers with --user-name and --assistant-name";
        let wanted = format!("1: there is no question with an answer; {unknown}");
        for text in ["Anna: a?\nAgent: b\nAnna: c", "Agent: hello\nAnna: a?\nAgent: b"] {
            assert_eq!(told(text, [&[], &[]]), [wanted.as_str()], "{text}");
        }
    }

    #[test]
    fn strangers_are_named() {
        let text = "Anna: a\nBen: b";
        let wanted = "1: \"Anna\" is no speaker that is known; name speakers with --user-name and --assistant-name";
        assert_eq!(told(text, [&[], &[]]), [wanted]);
        assert_eq!(told(text, [&["anna".to_owned()], &["Ben".to_owned()]]), ["1: u:a a:b cut 0"]);
        assert_eq!(
            told("Anna: x\nhello\nUser: a\nBot: b", [&[], &[]]),
            [wanted, "3: u:a a:b cut 0"],
            "what stands before is left out alone"
        );
        assert_eq!(
            told("Hello\n\nUser: a\nBot: b", [&[], &[]]),
            ["1: text before the first speaker", "3: u:a a:b cut 0"]
        );
    }

    #[test]
    fn one_who_speaks_like_the_others_and_is_unknown_is_not_taken_for_an_answer() {
        let text = "[10:30] Customer: a\n[10:31] Agent: b\nNote: c\n[10:32] Supervisor: d\n---\nUser: e\nBot: f";
        let wanted = [
            "1: line 4: \"Supervisor\" is no speaker that is known; name speakers with --user-name and --assistant-name",
            "6: u:e a:f cut 0",
        ];
        assert_eq!(told(text, [&[], &[]]), wanted);
        let known = [&["customer".to_owned()][..], &["agent".to_owned(), "supervisor".to_owned()]];
        assert!(told(text, known)[0].starts_with("1: u:a a:b\nNote: c\nd cut 0"));
        let untimed = "Customer: a\nAgent: Monday\n10:30 Opening: b\nSee https://a.b";
        assert_eq!(
            told(untimed, [&[], &[]]),
            ["1: u:a a:Monday\n10:30 Opening: b\nSee https://a.b cut 0 names Opening"]
        );
    }

    #[test]
    fn a_line_that_is_no_text_costs_its_conversation_alone() {
        let documents: [(&[&[u8]], &[&str]); 3] = [
            (
                &[b"User: a", b"Bot: \xe9", b"---", b"# \xe9", b"User: b", b"Bot: c"],
                &["1: line 2 is not UTF-8 at byte 6", "5: u:b a:c cut 0"],
            ),
            (
                &[b"By \xe9", b"User: b", b"Bot: c"],
                &["1: line 1 is not UTF-8 at byte 4", "2: u:b a:c cut 0"],
            ),
            (
                &[b"WEBVTT \xe9", b"", b"\xe9", b"00:01.000 --> 00:02.000", b"User: b", b"Bot: c"],
                &["5: u:b a:c cut 0"],
            ),
        ];
        for (document, wanted) in documents {
            assert_eq!(told(document.join(&b'\n'), [&[], &[]]), wanted);
        }
    }

    #[test]
    fn captions_are_transcripts() {
        let text = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v Customer>Is it\nopen?</v>\n\n2\n00:03.000 --> 00:04.000\n\
                    <v Agent>Yes.</v>\n\n3\n00:05.000 --> 00:06.000\n<v Agent>Until 6.</v>\n";
        assert_eq!(told(text, [&[], &[]]), ["5: u:Is it\nopen? a:Yes.\nUntil 6. cut 0"]);
        let other = text.replace("<v Agent>Until", "<v Boss>Until");
        assert!(told(&other, [&[], &[]])[0].starts_with("1: line 14: \"Boss\" is no speaker"));
        let other = text.replace("<v Agent>", "Agent: ").replace("<v Customer>", "Customer: ");
        assert_eq!(told(&other, [&[], &[]]), told(text, [&[], &[]]));
        let other = other.replace("Agent: Until", "Carol: Until");
        assert!(told(&other, [&[], &[]])[0].starts_with("1: line 14: \"Carol\" is no speaker"));
        assert_eq!(told("WEBVTT\n\n00:01.000 --> 00:02.000\n", [&[], &[]]), [""; 0]);
    }
}

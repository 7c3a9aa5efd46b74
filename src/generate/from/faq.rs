//! Questions and answers that are marked as such: `Q:` and `A:`, bold words and headings that end in a question mark,
//! and questions that are folded away in HTML.

use crate::generate::accept::key_of;

use super::earlier::{Earlier, Same};
use super::marks::{Fence, Found, fence_behind, find, is_dotted_answer, is_dotted_question};
use super::part::{Maker, Pair, Part, chained, readable, too_long, unusable};

/// Bytes of a part beyond which it is given up: nobody asks or answers so much, so something else is wrong.
const MOST_BYTES: usize = 4 << 20;

/// Reads line by line, one question with its answer at a time.
pub(super) struct Faq {
    /// Questions of a conversation.
    chain: usize,
    state: State,
    /// Pairs that wait for the others of their conversation.
    pairs: Vec<Pair>,
    /// The lines of what is being read.
    raw: Vec<u8>,
    first: Option<u64>,
    question: String,
    answer: String,
    /// The answer has words.
    is_answered: bool,
    /// Why what is being read cannot be used.
    fault: Option<String>,
    /// The fence of the block of code that is open.
    fence: Option<Fence>,
    /// Some question was marked by `Q:` or its like, so that bold words before others are text.
    has_marks: bool,
    /// What was asked so far.
    earlier: Earlier,
    /// The question was marked by `Q.`, so that `A.` marks an answer. Elsewhere it may be that of a choice.
    is_dotted: bool,
}

/// What the next line belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// No question came yet.
    Outside,
    /// A question that was marked, up to the answer or a blank line.
    Question,
    Answer,
}

impl Faq {
    pub(super) fn new(chain: Option<usize>) -> Faq {
        Faq {
            chain: chain.unwrap_or(1),
            state: State::Outside,
            pairs: Vec::new(),
            raw: Vec::new(),
            first: None,
            question: String::new(),
            answer: String::new(),
            is_answered: false,
            fault: None,
            fence: None,
            has_marks: false,
            earlier: Earlier::default(),
            is_dotted: false,
        }
    }

    /// What is being read is complete.
    fn close(&mut self, parts: &mut Vec<Part>) {
        let raw = std::mem::take(&mut self.raw);
        let first = self.first.take().unwrap_or(1);
        let question = std::mem::take(&mut self.question).trim().to_owned();
        let answer = std::mem::take(&mut self.answer).trim().to_owned();
        let state = std::mem::replace(&mut self.state, State::Outside);
        self.fence = None;
        self.is_answered = false;
        let why = match (self.fault.take(), state) {
            (Some(fault), _) => fault,
            (None, State::Outside) if raw.trim_ascii().is_empty() => return,
            (None, State::Outside) => "text that belongs to no question".to_owned(),
            _ if question.is_empty() => "a question without words".to_owned(),
            _ if answer.is_empty() => "a question without an answer".to_owned(),
            _ if let Some(why) = self.repeated(first, &question, &answer) => why,
            _ => {
                self.pairs.push(Pair { line: first, heading: None, question, answer });
                if self.pairs.len() >= self.chain {
                    self.give(parts);
                }
                return;
            }
        };
        parts.push(unusable(first, why, raw));
    }

    /// Why a pair is left out that has the question of an earlier one. Any other is noted.
    fn repeated(&mut self, line: u64, question: &str, answer: &str) -> Option<String> {
        let key = key_of([question]);
        let same = self.earlier.find(key, answer);
        self.earlier.note(key, answer, line);
        same.map(|same| match same {
            Same::Question(line) => format!("asks the same as the question in line {line}"),
            Same::Both(line) => format!("repeats the question and its answer in line {line}"),
        })
    }

    fn give(&mut self, parts: &mut Vec<Part>) {
        parts.extend(chained(&self.pairs, self.chain));
        self.pairs.clear();
    }

    fn open(&mut self, number: u64, question: &str, state: State, parts: &mut Vec<Part>) {
        self.close(parts);
        self.first = Some(number);
        self.question = question.to_owned();
        self.state = state;
    }

    /// A line of what is being read.
    fn add(&mut self, line: &str) {
        self.fence = fence_behind(self.fence, line);
        let to = match self.state {
            State::Outside => return,
            State::Question if line.trim().is_empty() => {
                self.state = State::Answer;
                return;
            }
            State::Question => &mut self.question,
            State::Answer => {
                self.is_answered |= !line.trim().is_empty();
                &mut self.answer
            }
        };
        if !to.is_empty() {
            to.push('\n');
        }
        to.push_str(line);
    }
}

impl Maker for Faq {
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>) {
        let (said, broken) = readable(line);
        let said = &*said;
        let found = if self.fence.is_some() { Found::Text } else { find(said) };
        match found {
            Found::Marked(question) => {
                self.open(number, question, State::Question, parts);
                self.has_marks = true;
                self.is_dotted = is_dotted_question(said);
            }
            Found::Question(question) => {
                self.open(number, question, State::Answer, parts);
                self.is_dotted = false;
            }
            Found::Pair(question, answer) if !self.has_marks => {
                self.open(number, question, State::Answer, parts);
                self.add(answer);
            }
            Found::Heading if self.state != State::Outside => self.close(parts),
            // A title, which is no fault.
            Found::Heading => return,
            // Behind the beginning of an answer such a mark is that of a list or a choice, and text.
            Found::Answer(answer)
                if self.state != State::Outside
                    && !self.is_answered
                    && (self.is_dotted || !is_dotted_answer(said)) =>
            {
                self.state = State::Answer;
                self.add(answer);
            }
            Found::Answer(_) | Found::Pair(..) | Found::Text => self.add(said),
            Found::Frame if self.raw.is_empty() => return,
            Found::Frame => {}
        }
        if found == Found::Heading {
            return;
        }
        if let Some(why) = broken {
            self.fault.get_or_insert(format!("line {number} is {why}"));
        }
        if self.raw.is_empty() {
            if said.trim().is_empty() && self.fault.is_none() {
                return;
            }
            self.first.get_or_insert(number);
        }
        if self.raw.len() + line.len() > MOST_BYTES {
            self.fault.get_or_insert(format!("more than {} MiB in one part", MOST_BYTES >> 20));
            self.question.clear();
            self.answer.clear();
            return;
        }
        self.raw.extend_from_slice(line);
        self.raw.push(b'\n');
    }

    fn lost(&mut self, number: u64, _: &mut Vec<Part>) -> bool {
        self.first.get_or_insert(number);
        self.fault.get_or_insert_with(|| too_long(number));
        true
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        self.close(parts);
        self.give(parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draft::Said;

    fn parts(document: &str, chain: Option<usize>) -> Vec<String> {
        let mut faq = Faq::new(chain);
        let mut parts = Vec::new();
        for (number, line) in (1..).zip(document.split('\n')) {
            faq.line(number, line.as_bytes(), &mut parts);
        }
        faq.end(&mut parts);
        let said = |said: &Said| match said {
            Said::User(text) | Said::Assistant(text) => text.clone(),
            _ => String::new(),
        };
        let told = |part: Part| match part {
            Part::WithoutText => String::new(),
            Part::Unusable { line, why, .. } => format!("{line}: {why}"),
            Part::Talk(talk) => {
                let turns: Vec<String> = talk.said.iter().map(said).collect();
                format!("{}: {}", talk.line, turns.join(" | "))
            }
        };
        parts.into_iter().map(told).collect()
    }

    #[test]
    fn questions_are_known_by_their_marks() {
        let table = [
            ("Q: Why?\nA: So.", vec!["1: Why? | So."]),
            ("Q1. Why?\nA1. So.\nQ2. How?\nA2. Thus.", vec!["1: Why? | So.", "3: How? | Thus."]),
            ("**Q:** Why?\n\n**A:** So.\nAnd so.", vec!["1: Why? | So.\nAnd so."]),
            ("**Question: Why?**\nSo\n\nSo.", vec!["1: Why?\nSo | So."]),
            ("Q: Why\nnot?\n\nSo.", vec!["1: Why\nnot? | So."]),
            (
                "# FAQ\n\n## Why?\nSo.\n## Other\n\n**How?**\n\nThus.\n",
                vec!["3: Why? | So.", "7: How? | Thus."],
            ),
            ("## Why?\n```\n# no?\nQ: no\n```", vec!["1: Why? | ```\n# no?\nQ: no\n```"]),
            ("Frage: Warum?\nAntwort: Darum.", vec!["1: Warum? | Darum."]),
            (
                "1. **Why?** So.\n2. **How?**\n   Thus.\n**Who?** I.\nAnd you.",
                vec!["1: Why? | So.", "2: How? | Thus.", "4: Who? | I.\nAnd you."],
            ),
            (
                "<details>\n<summary><b>Why?</b></summary>\n\nSo.\n</details>\n<details><summary>How?</summary>Thus.",
                vec!["2: Why? | So.", "6: How? | Thus."],
            ),
            ("Q: Why?\nA: So.\n**Not yet?** Ask.", vec!["1: Why? | So.\n**Not yet?** Ask."]),
            ("Q. Why?\nA. So.\nQ. How?\nA. Thus.", vec!["1: Why? | So.", "3: How? | Thus."]),
            ("Q: Which?\nA. One\nB. Two\nA: B", vec!["1: Which?\nA. One\nB. Two | B"]),
            ("Q: Why?\nA: So.\nq. no", vec!["1: Why? | So.\nq. no"]),
            ("", vec![]),
        ];
        for (document, wanted) in table {
            assert_eq!(parts(document, None), wanted, "{document}");
        }
    }

    #[test]
    fn code_and_lists_in_an_answer_stay_in_it() {
        let table = [
            ("Q: a?\nA: Run\n```go```\nQ: b?\nA: c", vec!["1: a? | Run\n```go```", "4: b? | c"]),
            (
                "Q: a?\nA:\n````\n```\nQ: no\n````\nQ: b?\nA: c",
                vec!["1: a? | ````\n```\nQ: no\n````", "7: b? | c"],
            ),
            ("## a?\na) Open it\nb) Close it", vec!["1: a? | a) Open it\nb) Close it"]),
            ("Q: a?\nA: One of\nA: b", vec!["1: a? | One of\nA: b"]),
            ("Q1) a?\nA1) b", vec!["1: a? | b"]),
            ("Q: a?\nA:\n \nA:\nA: b\nA: c", vec!["1: a? | b\nA: c"]),
        ];
        for (document, wanted) in table {
            assert_eq!(parts(document, None), wanted, "{document}");
        }
    }

    #[test]
    fn marks_of_answers_without_end_cost_no_more_than_other_lines() {
        let document = format!("Q: a?\nA:\n \n{}A: b", "A:\n".repeat(100_000));
        assert_eq!(parts(&document, None), ["1: a? | b"]);
    }

    #[test]
    fn what_is_no_pair_is_told() {
        let all = parts("Hello.\n\nQ: Why?\nQ:\nA: So.\nQuite a text.", None);
        let wanted = [
            "1: text that belongs to no question",
            "3: a question without an answer",
            "4: a question without words",
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn a_line_that_is_no_text_costs_its_pair_alone() {
        let document: [&[u8]; 9] = [
            b"# Caf\xe9",
            b"Q: a",
            b"A: b",
            b"Q: caf\xe9",
            b"A: c",
            b"Q: d",
            b"A: e \xff",
            b"Q: f",
            b"A: g",
        ];
        let mut faq = Faq::new(Some(4));
        let mut parts = Vec::new();
        (1..).zip(document).for_each(|(number, line)| faq.line(number, line, &mut parts));
        faq.end(&mut parts);
        let wanted = [
            unusable(4, "line 4 is not UTF-8 at byte 7", b"Q: caf\xe9\nA: c\n"),
            unusable(6, "line 7 is not UTF-8 at byte 6", b"Q: d\nA: e \xff\n"),
        ];
        assert_eq!(parts[..2], wanted);
        assert!(
            matches!(&parts[2..], [Part::Talk(talk)] if talk.said.len() == 4 && talk.line == 2)
        );
    }

    #[test]
    fn a_part_begins_with_a_line_that_is_too_long() {
        let mut faq = Faq::new(None);
        let mut parts = Vec::new();
        assert!(faq.lost(1, &mut parts));
        for (number, line) in [(2, "b"), (3, "Q: a"), (4, "A: b"), (6, "c")] {
            faq.line(number, line.as_bytes(), &mut parts);
            assert!(number != 4 || faq.lost(5, &mut parts));
        }
        faq.end(&mut parts);
        let wanted = [unusable(1, too_long(1), "b\n"), unusable(3, too_long(5), "Q: a\nA: b\nc\n")];
        assert_eq!(parts, wanted);
    }

    #[test]
    fn a_question_that_comes_again_is_told_and_its_first_answer_is_used() {
        let all = parts(
            "Q: Why?\nA: So.\n\n**why?**\nNot so.\n\nQ:  WHY?\nA: so.\nQ: Why\nnot?\nA: c",
            Some(2),
        );
        let wanted = [
            "4: asks the same as the question in line 1",
            "7: repeats the question and its answer in line 1",
            "1: Why? | So. | Why\nnot? | c",
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn questions_in_a_row_make_a_conversation() {
        let all = parts("Q: a\nA: b\nQ: c\nA: d\nQ: e\nA: f", Some(2));
        assert_eq!(all, ["1: a | b | c | d", "5: e | f"]);
    }
}

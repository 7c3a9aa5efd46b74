//! Questions and answers that are marked as such: `Q:` and `A:`, bold
//! words and headings that end in a question mark, and questions that are folded away in HTML.

use super::part::{Maker, Pair, Part, chained, text, unusable};

/// Marks of a question, before a number and a colon.
const ASKED: [&str; 3] = ["question", "q", "frage"];

/// Marks of an answer.
const ANSWERED: [&str; 3] = ["answer", "a", "antwort"];

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
    first: u64,
    question: String,
    answer: String,
    /// Why what is being read cannot be used.
    fault: Option<String>,
    /// The fence of the block of code that is open.
    fence: Option<Fence>,
    /// Some question was marked by `Q:` or its like, so that bold words before others are text.
    has_marks: bool,
    /// The question was marked by `Q.`, so that `A.` marks an answer. Elsewhere it may be that of a choice.
    is_dotted: bool,
}

/// Marks that open a block of code, and close it if there are as many of them or more.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fence {
    mark: char,
    length: usize,
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
            first: 0,
            question: String::new(),
            answer: String::new(),
            fault: None,
            fence: None,
            has_marks: false,
            is_dotted: false,
        }
    }

    /// What is being read is complete.
    fn close(&mut self, parts: &mut Vec<Part>) {
        let raw = std::mem::take(&mut self.raw);
        let question = std::mem::take(&mut self.question).trim().to_owned();
        let answer = std::mem::take(&mut self.answer).trim().to_owned();
        let state = std::mem::replace(&mut self.state, State::Outside);
        self.fence = None;
        let why = match (self.fault.take(), state) {
            (Some(fault), _) => fault,
            (None, State::Outside) if raw.trim_ascii().is_empty() => return,
            (None, State::Outside) => "text that belongs to no question".to_owned(),
            _ if question.is_empty() => "a question without words".to_owned(),
            _ if answer.is_empty() => "a question without an answer".to_owned(),
            _ => {
                self.pairs.push(Pair { line: self.first, heading: None, question, answer });
                if self.pairs.len() >= self.chain {
                    self.give(parts);
                }
                return;
            }
        };
        parts.push(unusable(self.first, why, raw));
    }

    fn give(&mut self, parts: &mut Vec<Part>) {
        parts.extend(chained(&self.pairs, self.chain));
        self.pairs.clear();
    }

    fn open(&mut self, number: u64, question: &str, state: State, parts: &mut Vec<Part>) {
        self.close(parts);
        self.first = number;
        self.question = question.to_owned();
        self.state = state;
    }

    /// A line of what is being read.
    fn add(&mut self, line: &str) {
        self.fence = match (self.fence, fence(line)) {
            (None, Some((fence, _))) => Some(fence),
            (Some(open), Some((fence, true)))
                if open.mark == fence.mark && open.length <= fence.length =>
            {
                None
            }
            (open, _) => open,
        };
        let to = match self.state {
            State::Outside => return,
            State::Question if line.trim().is_empty() => {
                self.state = State::Answer;
                return;
            }
            State::Question => &mut self.question,
            State::Answer => &mut self.answer,
        };
        if !to.is_empty() {
            to.push('\n');
        }
        to.push_str(line);
    }
}

impl Maker for Faq {
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>) {
        let said = match text(line) {
            Ok(said) => said,
            Err(why) => {
                self.fault.get_or_insert(format!("line {number} is {why}"));
                ""
            }
        };
        let found = if self.fence.is_some() { Found::Text } else { find(said) };
        match found {
            Found::Question(question, state) => {
                self.open(number, question, state, parts);
                self.has_marks |= is_question(said);
                self.is_dotted = is_dotted(said, &ASKED);
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
                    && self.answer.trim().is_empty()
                    && (self.is_dotted || !is_dotted(said, &ANSWERED)) =>
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
        if self.raw.is_empty() {
            if said.trim().is_empty() && self.fault.is_none() {
                return;
            }
            self.first = number;
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

    fn lost(&mut self, number: u64, _: &mut Vec<Part>) {
        if self.raw.is_empty() {
            self.first = number;
        }
        self.fault.get_or_insert(format!("line {number} is too long"));
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        self.close(parts);
        self.give(parts);
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Found<'l> {
    /// A question; what follows it is this.
    Question(&'l str, State),
    Answer(&'l str),
    /// A question and the beginning of its answer.
    Pair(&'l str, &'l str),
    /// Of a question that is folded away in HTML.
    Frame,
    /// A heading that asks nothing.
    Heading,
    Text,
}

/// The fence that a line is, and whether it is nothing else, as one that closes a block.
fn fence(line: &str) -> Option<(Fence, bool)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
    let behind = line.trim_start_matches(mark);
    let length = line.len() - behind.len();
    // Three backticks around words on one line are code within prose.
    let is_fence = length >= 3 && (mark != '`' || !behind.contains('`'));
    is_fence.then_some((Fence { mark, length }, behind.is_empty()))
}

fn find(line: &str) -> Found<'_> {
    let line = line.trim();
    if let Some(heading) = heading(line) {
        return match heading.ends_with('?') {
            true => Found::Question(bare(heading), State::Answer),
            false => Found::Heading,
        };
    }
    if let Some(question) = marked(line, &ASKED) {
        return Found::Question(question, State::Question);
    }
    if let Some(answer) = marked(line, &ANSWERED) {
        return Found::Answer(answer);
    }
    if ["<details>", "</details>", "<details open>"].contains(&line) {
        return Found::Frame;
    }
    let asked = |question: &str| question.ends_with('?');
    match folded(line).or_else(|| bold_at_start(without_item_mark(line))) {
        Some((question, "")) if asked(question) => Found::Question(question, State::Answer),
        Some((question, answer)) if asked(question) => Found::Pair(question, answer),
        _ => Found::Text,
    }
}

/// A question that is folded away in HTML, and what stands behind it.
fn folded(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("<details>").unwrap_or(line).trim_start();
    let (question, answer) = line.strip_prefix("<summary>")?.split_once("</summary>")?;
    let inner = question.trim();
    let inner = inner.strip_prefix("<b>").and_then(|b| b.strip_suffix("</b>")).unwrap_or(inner);
    Some((bare(inner), answer.trim()))
}

/// What is bold at the start of a line, and what stands behind it.
fn bold_at_start(line: &str) -> Option<(&str, &str)> {
    let (mark, rest) =
        ["**", "__"].iter().find_map(|mark| Some((mark, line.strip_prefix(mark)?)))?;
    let (inner, answer) = rest.split_once(mark)?;
    Some((inner.trim(), answer.trim()))
}

/// A line without the number or dash of a list.
fn without_item_mark(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match rest.len() < line.len() {
        true => rest.strip_prefix(['.', ')']),
        false => rest.strip_prefix(['-', '+']).or(rest.strip_prefix("* ")),
    };
    rest.filter(|rest| rest.starts_with([' ', '*'])).map_or(line, str::trim_start)
}

/// The words of a Markdown heading.
fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    let is_heading = (1..=6).contains(&level) && words.starts_with([' ', '\t']);
    is_heading.then(|| words.trim().trim_end_matches('#').trim_end())
}

/// What is all bold in a line.
fn bold(line: &str) -> Option<&str> {
    ["**", "__"].iter().find_map(|mark| {
        let inner = line.strip_prefix(mark)?.strip_suffix(mark)?;
        (!inner.contains(mark)).then(|| inner.trim())
    })
}

/// A text without the marks of bold around it.
fn bare(text: &str) -> &str {
    bold(text).unwrap_or(text)
}

/// What follows one of these marks at the start of a line: the mark, perhaps a number, a colon or full stop; the mark
/// or the whole line may be bold.
fn marked<'l>(line: &'l str, marks: &[&str]) -> Option<&'l str> {
    let (line, was_bold) = match bold(line) {
        Some(inner) => (inner, true),
        None => (line, false),
    };
    let start = line.trim_start_matches('*').trim_start_matches('_');
    let is_open = start.len() < line.len();
    let rest = marks.iter().find_map(|mark| behind(start, mark, is_open))?;
    let rest = if is_open && !was_bold { rest.trim_start_matches(['*', '_']) } else { rest };
    Some(rest.trim())
}

/// What follows a mark and its number and colon.
fn behind<'l>(start: &'l str, mark: &str, is_open: bool) -> Option<&'l str> {
    let head = start.get(..mark.len())?;
    let rest = &start[mark.len()..];
    let is_numbered = rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let rest = rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    // The bold may end before or behind the colon.
    let rest = if is_open { rest.trim_start_matches(['*', '_']) } else { rest };
    // Without a number other marks than the colon are those of a list, or a sentence that begins with a word.
    let is_letter = mark.len() == 1 && head.bytes().all(|b| b.is_ascii_uppercase());
    let other = rest
        .strip_prefix(['.', ')'])
        .filter(|rest| is_numbered || is_letter && rest.starts_with(' ') && !is_open);
    rest.strip_prefix(':').or(other).filter(|_| head.eq_ignore_ascii_case(mark))
}

/// Whether a line has its mark as a letter with a full stop or bracket alone, as items of lists have.
fn is_dotted(line: &str, marks: &[&str]) -> bool {
    let line = line.trim();
    marks.iter().filter(|mark| mark.len() == 1).any(|mark| {
        line.get(..1).is_some_and(|head| head.eq_ignore_ascii_case(mark))
            && line[1..].starts_with(['.', ')'])
    })
}

/// Whether a line is the mark of a question, for guessing the form of a document.
pub(super) fn is_question(line: &str) -> bool {
    marked(line.trim(), &ASKED).is_some()
}

/// Whether a line is the mark of an answer, for guessing the form of a document.
pub(super) fn is_answer(line: &str) -> bool {
    marked(line.trim(), &ANSWERED).is_some()
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
        ];
        for (document, wanted) in table {
            assert_eq!(parts(document, None), wanted, "{document}");
        }
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
    fn questions_in_a_row_make_a_conversation() {
        let all = parts("Q: a\nA: b\nQ: c\nA: d\nQ: e\nA: f", Some(2));
        assert_eq!(all, ["1: a | b | c | d", "5: e | f"]);
    }
}

//! The marks of questions and answers, as lines have them.

/// Marks of a question, before a number and a colon.
const ASKED: [&str; 3] = ["question", "q", "frage"];

/// Marks of an answer.
const ANSWERED: [&str; 3] = ["answer", "a", "antwort"];

/// Marks that open a block of code, and close it if there are as many of them or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fence {
    mark: char,
    length: usize,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found<'l> {
    /// A question with a mark before it, which may go on in the next lines.
    Marked(&'l str),
    /// A question that is complete; its answer follows.
    Question(&'l str),
    Answer(&'l str),
    /// A question and the beginning of its answer.
    Pair(&'l str, &'l str),
    /// Of a question that is folded away in HTML.
    Frame,
    /// A heading that asks nothing.
    Heading,
    Text,
}

/// The block of code that is open behind a line, of the one that is open before it.
pub(super) fn fence_behind(open: Option<Fence>, line: &str) -> Option<Fence> {
    match (open, fence(line)) {
        (None, Some((fence, _))) => Some(fence),
        (Some(open), Some((fence, true)))
            if open.mark == fence.mark && open.length <= fence.length =>
        {
            None
        }
        (open, _) => open,
    }
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

/// What a line outside of code is.
pub(super) fn find(line: &str) -> Found<'_> {
    let line = line.trim();
    if let Some(heading) = heading(line).map(bare) {
        return match heading.ends_with('?') {
            true => Found::Question(heading),
            false => Found::Heading,
        };
    }
    if let Some(question) = marked(line, &ASKED) {
        return Found::Marked(question);
    }
    if let Some(answer) = marked(line, &ANSWERED) {
        return Found::Answer(answer);
    }
    if ["<details>", "</details>", "<details open>"].contains(&line) {
        return Found::Frame;
    }
    let asked = |question: &str| question.ends_with('?');
    match folded(line).or_else(|| bold_at_start(without_item_mark(line))) {
        Some((question, "")) if asked(question) => Found::Question(question),
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

/// Whether a line has the mark of a question as a letter with a full stop or bracket alone, as items of lists have.
pub(super) fn is_dotted_question(line: &str) -> bool {
    is_dotted(line, &ASKED)
}

/// The same of the mark of an answer.
pub(super) fn is_dotted_answer(line: &str) -> bool {
    is_dotted(line, &ANSWERED)
}

fn is_dotted(line: &str, marks: &[&str]) -> bool {
    let line = line.trim();
    marks.iter().filter(|mark| mark.len() == 1).any(|mark| {
        line.get(..1).is_some_and(|head| head.eq_ignore_ascii_case(mark))
            && line[1..].starts_with(['.', ')'])
    })
}

/// Whether a line is the mark of a question, as documents of this form have.
pub(super) fn is_question(line: &str) -> bool {
    marked(line.trim(), &ASKED).is_some()
}

/// Whether a line is the mark of an answer, as documents of this form have.
pub(super) fn is_answer(line: &str) -> bool {
    marked(line.trim(), &ANSWERED).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_known_by_its_mark() {
        use Found::{Answer, Frame, Heading, Marked, Pair, Question, Text};
        for (line, wanted) in [
            ("Q: Why?", Marked("Why?")),
            ("**Q2:** Why", Marked("Why")),
            ("**Question: Why?**", Marked("Why?")),
            ("q. Why?", Text),
            ("Quite so: no", Text),
            ("A: So.", Answer("So.")),
            ("Antwort 3: So.", Answer("So.")),
            ("A monkey.", Text),
            ("## **Why?** ##", Question("Why?")),
            ("## Other", Heading),
            ("#hashtag?", Text),
            ("- **Why?** So.", Pair("Why?", "So.")),
            ("2) __Why?__", Question("Why?")),
            ("**Note** well?", Text),
            ("<details><summary><b>Why?</b></summary>So.", Pair("Why?", "So.")),
            ("<summary>More</summary>", Text),
            ("</details>", Frame),
        ] {
            assert_eq!(find(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_block_of_code_ends_with_as_many_marks_of_its_kind() {
        let open = |lines: &[&str]| lines.iter().fold(None, |open, line| fence_behind(open, line));
        assert!(open(&["```sh", "~~~", "```` x"]).is_some() && open(&["~~~~", "~~~"]).is_some());
        assert!(open(&["```sh", "````"]).is_none() && open(&["```go```"]).is_none());
    }

    #[test]
    fn a_letter_with_a_full_stop_may_be_that_of_a_list() {
        assert!(is_dotted_question("Q. Why?") && is_dotted_answer(" a) One"));
        assert!(
            !is_dotted_question("Q: Why?")
                && !is_dotted_answer("A1. So.")
                && !is_dotted_answer("é")
        );
    }
}

//! Markdown as far as judging a text needs it: where the code is.

use std::ops::Range;

/// The blocks of code in a Markdown text: from a line that starts with a fence to the next such line, or to
/// the end.
pub fn fenced(text: &str) -> Vec<Range<usize>> {
    let fences: Vec<_> = fences(text).collect();
    let end = |pair: &[Fence]| pair.get(1).map_or(text.len(), |fence| fence.line);
    fences.chunks(2).map(|pair| pair[0].line..end(pair)).collect()
}

/// Does an offset stand in one of these ranges, which are in ascending order?
pub fn is_within(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= at);
    ranges.get(next).is_some_and(|range| range.contains(&at))
}

/// Asked with offsets in ascending order, tells whether each stands in one of the blocks that [`fenced`] lists,
/// without a list.
pub fn in_code(text: &str) -> impl FnMut(usize) -> bool {
    let mut fences = fences(text).peekable();
    let mut open = false;
    move |at| {
        while fences.next_if(|fence| fence.line <= at).is_some() {
            open = !open;
        }
        open
    }
}

/// Is the last block of code not closed?
///
/// Writers nest blocks, close them behind the last line of code, and put fences into prose, so three readings
/// must agree: fences open and close in turn; a fence that names a language never closes; every run of three
/// or more marks counts.
pub fn is_left_open(text: &str) -> bool {
    let (mut lines, mut open) = (0, None);
    for fence in fences(text) {
        lines += 1;
        open = match open {
            None => Some((fence.mark, fence.length)),
            Some((mark, length)) if fence.bare && mark == fence.mark && length <= fence.length => {
                None
            }
            still => still,
        };
    }
    lines % 2 == 1 && open.is_some() && runs(text).count() % 2 == 1
}

/// A line that opens or closes a block of code.
#[derive(Debug, Clone, Copy)]
struct Fence {
    /// Start of the line.
    line: usize,
    mark: u8,
    length: usize,
    /// Nothing stands behind the marks.
    bare: bool,
}

/// The fences of a text in their order.
fn fences(text: &str) -> impl Iterator<Item = Fence> {
    let bytes = text.as_bytes();
    let mut seen = 0;
    runs(text).filter_map(move |run| {
        let line = memchr::memrchr(b'\n', &bytes[seen..run.start]).map_or(seen, |at| seen + at + 1);
        seen = run.end;
        let mark = bytes[run.start];
        if line > 0 && bytes[line - 1] != b'\n' || !is_container(&bytes[line..run.start]) {
            return None;
        }
        let end = memchr::memchr(b'\n', &bytes[run.end..]).map_or(bytes.len(), |at| run.end + at);
        let behind = text[run.end..end].trim();
        // Three backticks around words on one line are code within prose.
        let fence = mark != b'`' || !behind.contains('`');
        fence.then_some(Fence { line, mark, length: run.len(), bare: behind.is_empty() })
    })
}

/// Runs of at least three backticks or tildes.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(skip) = memchr::memchr2(b'`', b'~', bytes.get(from..)?) {
            let start = from + skip;
            let same = |byte: &&u8| **byte == bytes[start];
            from = start + bytes[start..].iter().take_while(same).count();
            if from - start >= 3 {
                return Some(start..from);
            }
        }
        None
    })
}

/// White space, and the marks of lists and quotations that a block may stand in.
fn is_container(before: &[u8]) -> bool {
    before.iter().all(|b| b.is_ascii_whitespace() || b.is_ascii_digit() || b"->*+.)".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_fences_and_an_open_one_reaches_to_the_end() {
        assert_eq!(fenced("a\n```x\nb\n```\nc ```\n~~~\nd"), [2..9, 19..24]);
        assert!(fenced("```one line```\nprose").is_empty());
        assert_eq!(fenced("- ```sh\n  ls\n  ```\nprose").first(), Some(&(0..13)));
        let ranges = [2..9, 13..17];
        assert!(is_within(&ranges, 8) && !is_within(&ranges, 9) && is_within(&ranges, 13));
        let text = "a\n```x\nb\n```\nc ```\n~~~\nd";
        let listed = fenced(text);
        let mut in_code = in_code(text);
        assert!((0..text.len()).all(|at| in_code(at) == is_within(&listed, at)));
    }

    #[test]
    fn a_block_is_left_open_when_every_reading_says_so() {
        for open in ["```py\nprint(1)", "a\n```\nb\n```\nc\n  ```\nd", "~~~\nx", "> ```\n> x"] {
            assert!(is_left_open(open), "{open}");
        }
        for closed in [
            "```py\nx\n```",
            "```py\nx```",
            "````md\n```py\nx\n```\n````",
            "```md\n```py\nx\n```\n```",
            "a ``` b",
            "```inline```",
            "1. ```sh\nls\n```",
            "",
        ] {
            assert!(!is_left_open(closed), "{closed}");
        }
    }
}

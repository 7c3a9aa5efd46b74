//! Damage that shows before anybody knows what a record means: its bytes, its JSON, its size.

use super::case::{Case, Hand};
use crate::record::Value;
use crate::record::text::to_json;

/// Levels that are added where a record is to be too deep: readers stop at 128 or before.
const LEVELS: usize = 130;

/// A mark that JSON needs is another one: behind the first key, around it, or at the end of the record.
pub(super) fn bad_json(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let (key, value) = case.root.members().next()?;
    Some(match hand.draw.below(3) {
        0 => {
            let between = key.span().end..value.span().start;
            let colon = memchr::memchr(b':', &case.line[between.clone()])? + between.start;
            case.with(colon..colon + 1, b"=")
        }
        1 => case.with(key.span().start..key.span().start + 1, b"'"),
        _ => case.with(case.root.span().end - 1..case.root.span().end, b"]"),
    })
}

/// The line ends somewhere between a tenth and nine tenths of its length, between characters, as where a disk was
/// full.
pub(super) fn cut(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(case.line).ok()?;
    let (least, most) = (text.len().div_ceil(10), text.len() * 9 / 10);
    let end = text.floor_char_boundary(least + hand.draw.below(most.saturating_sub(least)));
    // What stands before the record alone is no record that was cut.
    (end > case.root.span().start).then(|| case.line[..end].to_vec())
}

/// A comma behind the last member of the record, the last message, or the last member of one.
pub(super) fn trailing_comma(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let last = case.messages.last()?.value;
    let (_, member) = last.members().last()?;
    let (_, whole) = case.root.members().last()?;
    let ends = [member.span().end, last.span().end, whole.span().end];
    let at = *hand.draw.choose(&ends)?;
    Some(case.with(at..at, b","))
}

/// A byte order mark, as where files with one were joined.
pub(super) fn bom(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    Some(case.with(0..0, b"\xef\xbb\xbf"))
}

/// A NUL byte in a text.
pub(super) fn nul(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    case.in_a_text(hand, b"\0")
}

/// A carriage return before the line feed.
pub(super) fn crlf(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    Some([case.line, b"\r"].concat())
}

/// A byte that UTF-8 has not.
pub(super) fn utf8(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    case.in_a_text(hand, b"\xff")
}

/// The escape of the first half of a surrogate pair.
pub(super) fn surrogate(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    case.in_a_text(hand, br"\ud83d")
}

/// The escape of a control character.
pub(super) fn control(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let escape = *hand.draw.choose(&["\\u0000", "\\u0007", "\\u001b", "\\u0001"])?;
    case.in_a_text(hand, escape.as_bytes())
}

/// The first member of a message stands twice in it.
pub(super) fn duplicate_key(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let message = hand.draw.choose(&case.messages)?;
    let (key, value) = message.value.members().next()?;
    let member = &case.line[key.span().start..value.span().end];
    let start = key.span().start;
    Some(case.with(start..start, &[member, b","].concat()))
}

/// The record twice, without a line feed between the two.
pub(super) fn twice(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    Some([case.line, case.line].concat())
}

/// A member of arrays in arrays.
pub(super) fn too_deep(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    let arrays = format!("{}{}", "[".repeat(LEVELS), "]".repeat(LEVELS));
    Some(case.with_member(format!("{}:{arrays}", free_key(case, "tree")?).as_bytes()))
}

/// A member that will fill the line, and is empty yet: only the line that is written is held at its length.
pub(super) fn huge(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    free_key(case, "padding").map(|_| case.with_member(PADDING))
}

/// The member, as JSON.
const PADDING: &[u8] = b"\"padding\":\"\"";

/// The line with its empty member filled, so that it is longer than `size`.
pub(super) fn grown(line: &[u8], size: usize) -> Vec<u8> {
    let at = memchr::memmem::rfind(line, PADDING).map_or(0, |at| at + PADDING.len() - 1);
    let padding = "padding ".repeat(size / "padding ".len() + 1);
    [&line[..at], padding.as_bytes(), &line[at..]].concat()
}

/// A key as JSON that the record does not have yet; none if it has it.
fn free_key(case: &Case<'_>, key: &str) -> Option<String> {
    case.root.get(key).as_ref().map(Value::kind).is_none().then(|| to_json(key))
}

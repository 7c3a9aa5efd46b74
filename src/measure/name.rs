//! Names as they are kept: short, and without the beginning of something that is known only as a whole.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

/// What stands behind a name that was cut.
const CUT: char = '…';

/// A name of at most about `limit` bytes. Of a longer one the whole words at its beginning stay, since half of a
/// secret is no longer known as one, and a number that tells it from others with the same beginning.
pub fn short(name: &str, limit: usize) -> Cow<'_, str> {
    if name.len() <= limit {
        return Cow::Borrowed(name);
    }
    let beginning = beginning(name, limit);
    Cow::Owned(format!("{beginning}{CUT}{:08x}", xxh3_64(name.as_bytes()) as u32))
}

/// The whole words within the first `limit` bytes of a longer text.
pub fn beginning(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    text[..text.floor_char_boundary(limit)].trim_end_matches(|c: char| !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_words_and_stay_different() {
        assert_eq!(short("one two", 7), "one two");
        let cut = short("one two three", 9).into_owned();
        assert!(cut.starts_with("one two …") && cut.len() < 25, "{cut}");
        assert_ne!(cut, short("one two thref", 9));
        assert!(short(&"k".repeat(500), 100).starts_with('…'));
        assert_eq!(beginning("ééé é", 5), "");
    }
}

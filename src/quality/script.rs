//! In which scripts a text is written.

use unicode_script::{Script, UnicodeScript};

/// Letters by Unicode script. Marks, digits, punctuation and pictures, which belong to no script or to all,
/// are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptCounts {
    latin: u64,
    /// The others in the order in which they were met.
    others: Vec<(Script, u64)>,
}

impl ScriptCounts {
    /// Adds letters of a script.
    pub fn add(&mut self, script: Script, letters: u64) {
        if script == Script::Latin {
            self.latin += letters;
        } else if let Some((_, count)) = self.others.iter_mut().find(|(other, _)| *other == script)
        {
            *count += letters;
        } else {
            self.others.push((script, letters));
        }
    }

    /// Adds the letters of other counts.
    pub fn merge(&mut self, other: &ScriptCounts) {
        self.latin += other.latin;
        other.others.iter().for_each(|(script, letters)| self.add(*script, *letters));
    }

    /// Every script with its letters: most letters first, of as many in the order of their names.
    pub fn all(&self) -> Vec<(Script, u64)> {
        let latin = (self.latin > 0).then_some((Script::Latin, self.latin));
        let mut all: Vec<_> = latin.into_iter().chain(self.others.iter().copied()).collect();
        all.sort_by_key(|(script, letters)| (std::cmp::Reverse(*letters), script.full_name()));
        all
    }

    /// The script of most letters; `None` without letters.
    pub fn dominant(&self) -> Option<Script> {
        self.all().first().map(|(script, _)| *script)
    }
}

/// Counts the letters of a text. The tables of Unicode are asked only beyond ASCII.
pub fn scripts(text: &str, counts: &mut ScriptCounts) {
    counts.latin += ascii_letters(text.as_bytes());
    if text.is_ascii() {
        return;
    }
    // Neighbours are mostly of one script.
    let mut run = (Script::Latin, 0);
    for c in beyond_ascii(text).filter(|c| c.is_alphabetic()) {
        let script = c.script();
        if matches!(script, Script::Common | Script::Inherited | Script::Unknown) {
            continue;
        }
        if script != run.0 {
            counts.add(run.0, run.1);
            run = (script, 0);
        }
        run.1 += 1;
    }
    counts.add(run.0, run.1);
}

/// ASCII letters, in chunks whose sum fits into a byte, so that many bytes are compared at once.
fn ascii_letters(text: &[u8]) -> u64 {
    let letter = |byte: &u8| u8::from((byte | 0x20).wrapping_sub(b'a') < 26);
    text.chunks(255).map(|chunk| u64::from(chunk.iter().map(letter).sum::<u8>())).sum()
}

/// The characters that are not ASCII, in their order. ASCII is passed over many bytes at once.
fn beyond_ascii(text: &str) -> impl Iterator<Item = char> {
    const WINDOW: usize = 64;
    let windows =
        text.as_bytes().chunks(WINDOW).enumerate().filter(|(_, window)| !window.is_ascii());
    let leads = windows.flat_map(|(nth, window)| {
        let lead = move |(at, byte): (usize, &u8)| (*byte >= 0xc0).then_some(nth * WINDOW + at);
        window.iter().enumerate().filter_map(lead)
    });
    leads.filter_map(|at| text.get(at..)?.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> ScriptCounts {
        let mut counts = ScriptCounts::default();
        scripts(text, &mut counts);
        counts
    }

    #[test]
    fn letters_are_counted_by_script_and_the_most_frequent_one_dominates() {
        assert_eq!(of("Hello, 世界! ¿qué?").all(), [(Script::Latin, 8), (Script::Han, 2)]);
        assert_eq!(
            of("東京へ行くカフェ").all(),
            [(Script::Han, 3), (Script::Katakana, 3), (Script::Hiragana, 2)]
        );
        for (text, script) in [
            ("Привет, world", Script::Cyrillic),
            ("γειά σου", Script::Greek),
            ("안녕하세요", Script::Hangul),
            ("مرحبا", Script::Arabic),
            ("שלום", Script::Hebrew),
            ("नमस्ते", Script::Devanagari),
            ("สวัสดี", Script::Thai),
        ] {
            assert_eq!(of(text).dominant(), Some(script), "{text}");
        }
        assert_eq!(of("12 … 😀 ").dominant(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn counting_in_runs_and_in_parts_gives_the_counts_of_the_definition(
            text in "[a-zé 中русの1。]{0,40}", other in "[a中б]{0,10}"
        ) {
            let mut naive = ScriptCounts::default();
            for c in text.chars().chain(other.chars()).filter(|c| c.is_alphabetic()) {
                naive.add(c.script(), 1);
            }
            let mut merged = of(&text);
            merged.merge(&of(&other));
            prop_assert_eq!(merged.all(), naive.all());
        }
    }
}

//! What a content must not hold, and the exact tests for it.
//!
//! A suspect is known by its first two bytes. [`Marks`] holds these pairs twice: as tables in which
//! vectors look up sixteen or thirty-two bytes at once, and as the code of [`Marks::is_suspect`],
//! which is exact. The tables may mark too much, never too little.
//!
//! A table has an entry for each half byte (0 to 15). There are four: high and low half of the first
//! byte, high and low half of the second. Each of the eight bits of an entry is a *group* of pairs;
//! adding a pair to a group sets that bit in its entry of each table. A pair is marked if some bit is
//! set in all four of its entries. A group so holds all mixtures of the halves it was given, and the
//! art is to group pairs whose mixtures are rare in text: `<` with the second bytes of its tokens is
//! split in three by the high half, and the leads C2 and EF go together because their mixtures are
//! Greek letters and half-width forms, while C2 and C3 together would mark `à` and `ó`.

/// The group of `{{`.
const BRACES: u8 = 1;
/// The groups of tokens that start with `<`, by what follows: a letter up to `o` in either case,
/// what stands from `p` to `|` and so on, and all else.
const ANGLE_LETTER: u8 = 2;
const ANGLE_HIGH: u8 = 4;
const ANGLE_OTHER: u8 = 8;
/// The group of tokens that start with `[`.
const SQUARE: u8 = 16;
/// U+0085, U+00AD, U+FEFF, U+FFFD.
const LATIN_FORMS: u8 = 32;
/// U+180E and the blocks U+2000 and U+2040.
const PUNCTUATION: u8 = 64;
/// `Â Ã â ï ð`.
const MISREAD: u8 = 128;

/// The pairs that are there whatever the tokens: group, first byte, second bytes.
const PAIRS: &[(u8, u8, &[u8])] = &[
    (BRACES, b'{', b"{"),
    (LATIN_FORMS, 0xC2, &[0x85, 0xAD]),
    (LATIN_FORMS, 0xEF, &[0xBB, 0xBF]),
    (PUNCTUATION, 0xE1, &[0xA0]),
    (PUNCTUATION, 0xE2, &[0x80, 0x81]),
    (MISREAD, 0xC3, &[0x82, 0x83, 0xA2, 0xAF, 0xB0]),
];

/// The pair tables; see the head of the module.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) first_high: [u8; 16],
    pub(super) first_low: [u8; 16],
    pub(super) second_high: [u8; 16],
    pub(super) second_low: [u8; 16],
}

impl Pairs {
    fn add(&mut self, group: u8, first: u8, second: u8) {
        self.first_high[usize::from(first >> 4)] |= group;
        self.first_low[usize::from(first & 15)] |= group;
        self.second_high[usize::from(second >> 4)] |= group;
        self.second_low[usize::from(second & 15)] |= group;
    }
}

/// A string that no content may hold.
struct Token {
    /// Its first eight bytes, the first one lowest; zeros where it is shorter.
    head: u64,
    /// The bits of `head` that count.
    mask: u64,
    /// All of it.
    text: Box<[u8]>,
}

/// Everything that makes a content suspect.
pub(super) struct Marks {
    pub(super) pairs: Pairs,
    /// Sorted by text, so that those with the same first two bytes stand together.
    tokens: Vec<Token>,
    /// For `<` and for `[`: where in `tokens` those with each second byte start and end.
    buckets: Box<[[(u16, u16); 256]; 2]>,
    /// A token was given that the tests below would miss.
    blind: bool,
}

impl Marks {
    /// See `Scanner::new`.
    pub(super) fn new(tokens: &[&str]) -> Marks {
        let mut texts: Vec<&[u8]> = tokens.iter().map(|token| token.as_bytes()).collect();
        texts.sort_unstable();
        texts.dedup();
        let blind = texts.len() > usize::from(u16::MAX) || !texts.iter().all(|text| fits(text));
        let mut marks = Marks {
            pairs: Pairs::default(),
            tokens: Vec::new(),
            buckets: Box::new([[(0, 0); 256]; 2]),
            blind,
        };
        if blind {
            return marks;
        }
        for &(group, first, seconds) in PAIRS {
            for &second in seconds {
                marks.pairs.add(group, first, second);
            }
        }
        for (nth, text) in texts.into_iter().enumerate() {
            marks.add(nth as u16, text);
        }
        marks
    }

    fn add(&mut self, nth: u16, text: &[u8]) {
        let (first, second) = (text[0], text[1]);
        let group = match (first, second >> 4) {
            (b'[', _) => SQUARE,
            (_, 4..=6) => ANGLE_LETTER,
            (_, 7) => ANGLE_HIGH,
            _ => ANGLE_OTHER,
        };
        self.pairs.add(group, first, second);
        let bucket = &mut self.buckets[usize::from(first == b'[')][usize::from(second)];
        if bucket.1 == 0 {
            bucket.0 = nth;
        }
        bucket.1 = nth + 1;
        let head = word(text);
        let mask = if text.len() < 8 { (1 << (8 * text.len())) - 1 } else { u64::MAX };
        self.tokens.push(Token { head, mask, text: text.into() });
    }

    /// True if no text may be called clean, because of a token that cannot be looked for.
    pub(super) fn blind(&self) -> bool {
        self.blind
    }

    /// Whether a suspect stands at `at`. The text is UTF-8, or will be refused for not being it.
    #[inline]
    pub(super) fn is_suspect(&self, text: &[u8], at: usize) -> bool {
        let Some(rest) = text.get(at..) else { return false };
        match *rest {
            [first @ (b'<' | b'['), second, ..] => self.is_token(first, second, rest),
            [b'{', b'{', ..] => true,
            [0xC2, 0x85 | 0xAD, ..] => true,
            [0xC3, 0x82 | 0x83 | 0xA2 | 0xAF | 0xB0, 0x80..=0xFF, ..] => true,
            [0xE1, 0xA0, 0x8E, ..] => true,
            [0xE2, 0x80, 0x8B | 0xA8..=0xAE, ..] => true,
            [0xE2, 0x81, 0xA0 | 0xA6..=0xA9, ..] => true,
            [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBD, ..] => true,
            _ => false,
        }
    }

    #[inline]
    fn is_token(&self, first: u8, second: u8, rest: &[u8]) -> bool {
        let (start, end) = self.buckets[usize::from(first == b'[')][usize::from(second)];
        if start == end {
            return false;
        }
        let head = word(rest);
        self.tokens[usize::from(start)..usize::from(end)].iter().any(|token| {
            head & token.mask == token.head
                && (token.text.len() <= 8 || rest.starts_with(&token.text))
        })
    }
}

/// Whether the tests of this module find `token` in raw and in decoded text.
fn fits(token: &[u8]) -> bool {
    matches!(token, [b'<' | b'[', _, ..])
        && !token.iter().any(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
}

/// The first eight bytes of `text`, zeros where it is shorter.
#[inline]
fn word(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => text.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// How a content starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Opening {
    /// It is empty or only white space.
    Blank,
    /// It may start like the text of a template (C006), or be the dummy marker (C005).
    Suspect,
    /// Neither.
    Clean,
}

/// The words before a colon, in lower case.
const SPEAKERS: [&[u8]; 5] = [b"system", b"user", b"assistant", b"human", b"gpt"];
/// The words of a heading, in lower case.
const HEADINGS: [&[u8]; 7] =
    [b"instruction", b"input", b"response", b"system", b"user", b"human", b"assistant"];

/// A first look, by the first byte or two alone: true if [`opening`] certainly says `Clean`.
///
/// Half of all English contents start with one of the letters in question, so the second byte is
/// asked too.
#[inline(always)]
pub(super) fn starts_safe(content: &[u8]) -> bool {
    let &[first, second, ..] = content else { return false };
    match first {
        b' ' | b'\\' | b'#' | b'[' | 0xC2 | 0xE1..=0xE3 | ..0x20 => false,
        _ => !matches!(
            [first | 0x20, second | 0x20],
            [b's', b'y'] | [b'u' | b'a', b's'] | [b'h', b'u'] | [b'g', b'p']
        ),
    }
}

/// How `content` starts, be it decoded or as it stands in the line.
///
/// White space is taken in both writings, decoded and escaped. That a decoded text may hold a
/// backslash and an `n` which are no white space does no harm: what follows is looked at all the same.
#[inline(never)]
pub(super) fn opening(content: &[u8]) -> Opening {
    if content.starts_with(b"[[dummy") {
        return Opening::Suspect;
    }
    let rest = skip_white(content);
    if rest.is_empty() {
        return Opening::Blank;
    }
    let suspect = match rest.strip_prefix(b"###") {
        Some(rest) => {
            let rest = skip_white(rest);
            HEADINGS.iter().any(|word| {
                behind(rest, word).is_some_and(|rest| {
                    !rest.first().is_some_and(|next| next.is_ascii_alphabetic())
                })
            })
        }
        None => SPEAKERS.iter().any(|word| {
            behind(rest, word).is_some_and(|rest| skip_white(rest).first() == Some(&b':'))
        }),
    };
    if suspect { Opening::Suspect } else { Opening::Clean }
}

/// What follows `word` if `text` starts with it in any case.
fn behind<'t>(text: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// `text` without the white space at its start.
fn skip_white(mut text: &[u8]) -> &[u8] {
    loop {
        let len = match *text {
            [b' ' | b'\t'..=b'\r', ..] => 1,
            [b'\\', b'n' | b't' | b'r', ..] | [0xC2, 0x85 | 0xA0, ..] => 2,
            [0xE1, 0x9A, 0x80, ..] | [0xE2, 0x81, 0x9F, ..] | [0xE3, 0x80, 0x80, ..] => 3,
            [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..] => 3,
            _ => return text,
        };
        text = text.get(len..).unwrap_or_default();
    }
}

//! Who speaks in a line of a transcript.

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
        spoken(line).is_some_and(|spoken| self.side(spoken).is_some())
    }

    /// True for who asks, false for who answers. The whole name counts before the one without brackets.
    pub(super) fn side(&self, spoken: Spoken<'_>) -> Option<bool> {
        [spoken.whole, spoken.name].into_iter().find_map(|name| {
            let name = name.to_lowercase();
            if self.ask.contains(&name) {
                return Some(true);
            }
            self.answer.contains(&name).then_some(false)
        })
    }
}

/// A line that begins with a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spoken<'l> {
    /// Whoever is named, without what stands in brackets behind the name.
    pub name: &'l str,
    /// The name as it stands there.
    pub whole: &'l str,
    /// What is said.
    pub words: &'l str,
    /// A time stands at the name, or it is marked as one who speaks: no line of text looks so by chance.
    pub is_marked: bool,
}

impl Spoken<'_> {
    /// Whether this looks like a name of somebody, and not like a link or a word in a sentence: it has no digits, few
    /// words, and begins with a capital letter.
    pub(super) fn names_somebody(&self) -> bool {
        const WORDS: usize = 3;
        let mut letters = self.name.chars();
        letters.next().is_some_and(char::is_uppercase)
            && !self.name.chars().any(|c| c.is_ascii_digit())
            && self.name.split_whitespace().count() <= WORDS
            && !self.words.starts_with("//")
    }
}

/// Who speaks in a line, and what; times before and behind the name, what stands in brackets behind it, and marks of
/// bold are no part of either.
pub(super) fn spoken(line: &str) -> Option<Spoken<'_>> {
    let line = line.trim_start();
    if let Some(spoken) = voice(line) {
        return Some(spoken);
    }
    if let Some(spoken) = enclosed(line).or_else(|| header(line)) {
        return Some(spoken);
    }
    let bare = without_time(line);
    let mut is_marked = bare.len() < line.len();
    let line = bare.trim_start_matches(['*', '_', '-', '>', ' ']);
    let colon = line.char_indices().find(|(at, c)| {
        // The colon of a time is none.
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        *c == ':' && !(digit(line[..*at].chars().last()) && digit(line[at + 1..].chars().next()))
    })?;
    let whole = line[..colon.0].trim_end_matches(['*', '_']).trim();
    let (name, behind) = before_bracket(whole);
    is_marked |= is_time(behind);
    let words = line[colon.0 + 1..].trim_start_matches(['*', '_']).trim();
    let whole = if is_time(behind) { name } else { whole };
    is_name(name).then_some(Spoken { name, whole, words, is_marked })
}

/// A name and what stands in brackets at its end.
fn before_bracket(whole: &str) -> (&str, &str) {
    match whole.find(['(', '[']).filter(|_| whole.ends_with([')', ']'])) {
        Some(open) => (whole[..open].trim(), &whole[open..]),
        None => (whole, ""),
    }
}

/// A name in brackets before what is said, as in logs of chats: `<anna> hello`, `[Anna] hello`.
fn enclosed(line: &str) -> Option<Spoken<'_>> {
    let line = without_time(line);
    let (open, close) =
        [('<', '>'), ('[', ']')].into_iter().find(|(open, _)| line.starts_with(*open))?;
    let (name, words) = line[open.len_utf8()..].split_once(close)?;
    let words = words.strip_prefix(' ')?.trim();
    let is_name = is_name(name) && !words.is_empty();
    is_name.then_some(Spoken { name, whole: name, words, is_marked: false })
}

/// A name with a time behind it, and what is said in the lines below: `Anna  [10:01 AM]`.
fn header(line: &str) -> Option<Spoken<'_>> {
    let (name, time) = before_bracket(line.trim());
    let is_header = is_name(name) && time.contains(':') && is_time(time);
    is_header.then_some(Spoken { name, whole: name, words: "", is_marked: true })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text.chars().all(|c| c.is_alphanumeric() || " .-_'".contains(c))
}

/// Who speaks by the tag of a voice in captions: `<v Anna>Hello</v>`.
fn voice(line: &str) -> Option<Spoken<'_>> {
    let tag = line.strip_prefix("<v").filter(|tag| tag.starts_with([' ', '.']))?;
    let (tag, words) = tag.split_once('>')?;
    let name = tag.split_once(' ')?.1.trim();
    let words = words.trim();
    let words = words.strip_suffix("</v>").unwrap_or(words).trim();
    is_name(name).then_some(Spoken { name, whole: name, words, is_marked: true })
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
pub(super) fn is_time(text: &str) -> bool {
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
    fn times_and_brackets_are_no_part_of_what_is_said() {
        let table = [
            ("Agent: hi", Some(("Agent", "hi", false))),
            ("[10:32] Agent: hi: you", Some(("Agent", "hi: you", true))),
            ("10:32:05 Customer: at 10:30", Some(("Customer", "at 10:30", true))),
            ("2024-05-01 10:32 - Anna Maria: x", Some(("Anna Maria", "x", true))),
            ("[01.05.24, 10:32:11 PM] Bob: x", Some(("Bob", "x", true))),
            ("10:32 pm Bob: x", Some(("Bob", "x", true))),
            ("Agent (10:32): x", Some(("Agent", "x", true))),
            ("Agent (Maria): x", Some(("Agent", "x", false))),
            ("**Agent:** x", Some(("Agent", "x", false))),
            ("2024-05-01T10:32:00Z Agent: x", Some(("Agent", "x", true))),
            ("<v Anna Maria>x: y</v>", Some(("Anna Maria", "x: y", true))),
            ("<v.loud Bob>x", Some(("Bob", "x", true))),
            ("<anna> x: y", Some(("anna", "x: y", false))),
            ("10:32 [Anna] x", Some(("Anna", "x", false))),
            ("Anna Maria  [10:01 AM]", Some(("Anna Maria", "", true))),
            ("[Anna](https://a.b)", None),
            ("Berlin (Germany)", None),
            ("<video>: x", None),
            ("no name", None),
            ("at 10:30", None),
            ("https://a.b", Some(("https", "//a.b", false))),
        ];
        for (line, wanted) in table {
            let found = spoken(line).map(|spoken| (spoken.name, spoken.words, spoken.is_marked));
            assert_eq!(found, wanted, "{line}");
        }
    }

    #[test]
    fn the_whole_name_counts_before_the_one_without_brackets() {
        let names = Names::new(&["Ben (Sales)".to_owned()], &["ben".to_owned()]);
        let side = |line| spoken(line).and_then(|spoken| names.side(spoken));
        assert_eq!(side("Ben (Sales): x"), Some(true));
        assert_eq!(side("Ben (Support): x"), Some(false));
        assert_eq!(side("Eve (Sales): x"), None);
    }

    #[test]
    fn a_link_or_a_step_names_nobody() {
        let table = [
            ("Supervisor: x", true),
            ("Anna von Berg: x", true),
            ("https://a.b", false),
            ("Https://a.b", false),
            ("Step 1: x", false),
            ("to be clear: x", false),
            ("What you should do now: x", false),
        ];
        for (line, wanted) in table {
            assert_eq!(spoken(line).is_some_and(|one| one.names_somebody()), wanted, "{line}");
        }
    }
}

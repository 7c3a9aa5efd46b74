//! What does not belong into a text: roles of speakers, control tokens, blanks, open fences, lost and
//! invisible characters.
//!
//! Each search starts from a byte that is rare in texts, which the [`Census`] has counted in or out, and
//! checks exactly what stands there.

use std::cell::LazyCell;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem::{self, Finder};

use crate::record::{control, leftovers, markdown, text};

use super::census::{Census, spend};
use super::signs::{Sign, Signs, Speaker};

/// Bytes of a line before a hit in which code within prose may have begun.
const INLINE: usize = 200;

/// Bytes a blank in brackets may have: a longer one is a remark.
const BLANK: usize = 60;

/// Looks for all of them.
pub(super) fn look(speaker: Speaker, text: &str, census: Census, found: &mut Signs) {
    let fenced = LazyCell::new(|| match census.has(Census::FENCE) {
        true => markdown::fenced(text),
        false => Vec::new(),
    });
    let in_code = |at: usize| markdown::is_within(&fenced, at) || is_inline_code(text, at);
    if census.has(Census::ANGLE | Census::SQUARE) {
        for (at, token) in control::find(text) {
            found.insert_if(Sign::ControlToken, !token.is_markup());
            found.insert_if(Sign::ThinkTag, token.is_think() && !in_code(at));
        }
    }
    if census.has(Census::HIGH) {
        characters(text, found);
    }
    if speaker == Speaker::Assistant {
        found.insert_if(Sign::Placeholder, has_placeholder(text, census, in_code));
        let in_fence = |at: usize| markdown::is_within(&fenced, at);
        found.insert_if(Sign::RoleMarker, has_role_marker(text, census, in_fence));
        found.insert_if(
            Sign::UnclosedFence,
            census.has(Census::FENCE) && markdown::is_left_open(text),
        );
    }
}

/// The lead bytes of U+FFFD and of the invisible characters.
const LEADS: [bool; 256] = {
    let mut leads = [false; 256];
    leads[0xc2] = true;
    leads[0xe1] = true;
    leads[0xe2] = true;
    leads[0xef] = true;
    leads
};

fn characters(text: &str, found: &mut Signs) {
    for (at, byte) in text.bytes().enumerate() {
        if LEADS[byte as usize]
            && let Some(c) = text[at..].chars().next()
        {
            found.insert_if(Sign::Replacement, c == '\u{fffd}');
            found.insert_if(Sign::Invisible, text::is_invisible(c));
        }
    }
}

/// Speakers as transcripts write them. Written small they are keys of a configuration.
const SPEAKERS: [&str; 5] = ["User: ", "USER: ", "Human: ", "Assistant: ", "ASSISTANT: "];

/// The headings of instruction templates that are no headings of documents.
const HEADINGS: [&str; 5] = ["Instruction", "Response", "Human", "Assistant", "User"];

static SPEAKER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SPEAKERS).ok());

fn has_role_marker(text: &str, census: Census, in_fence: impl Fn(usize) -> bool) -> bool {
    if leftovers::role_prefix(text.trim_start()).is_some() {
        return true;
    }
    let names = SPEAKER.as_ref().filter(|_| census.has(Census::COLON));
    let hits = names.into_iter().flat_map(|names| names.find_iter(text));
    // People and machines are compared line by line, so a human needs a paragraph.
    let speaks = |at: &usize| !text[*at..].starts_with("Human") || opens_paragraph(text, *at);
    let named = hits.map(|hit| hit.start()).filter(speaks);
    let headings = census.has(Census::HASH).then(|| memmem::find_iter(text.as_bytes(), "###"));
    let headings = headings.into_iter().flatten().filter(|at| is_heading(&text[at + 3..]));
    named.chain(headings).any(|at| starts_line(text, at) && !in_fence(at))
}

/// Does a line start here, but for spaces and quotation marks?
fn starts_line(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(['"', ' ', '\t']);
    spend(at - before.len());
    before.is_empty() || before.ends_with('\n')
}

fn opens_paragraph(text: &str, at: usize) -> bool {
    text[..at].is_empty() || text[..at].ends_with("\n\n")
}

fn is_heading(behind: &str) -> bool {
    let words = behind.trim_start_matches(' ');
    HEADINGS.iter().any(|heading| {
        words
            .strip_prefix(heading)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '\n', '\r']))
    })
}

/// Do backticks before it on its line open code?
fn is_inline_code(text: &str, at: usize) -> bool {
    let from = text.floor_char_boundary(at.saturating_sub(INLINE));
    let before = &text.as_bytes()[from..at];
    spend(before.len());
    let line = memchr::memrchr(b'\n', before).map_or(before, |end| &before[end..]);
    memchr::memchr_iter(b'`', line).count() % 2 == 1
}

/// How a blank in square brackets begins: an order to the reader, or "your" in some language.
const BLANKS: &str = "\
    insert |enter |fill in|your |ihr |ihre |ihren |dein |deine |votre |vos |tu nombre|su nombre|\
    nombre del|seu nome|sua |nome do|il tuo |la tua |ваше |ваша |你的|您的|姓名|あなたの|お名前|\
    貴社";

/// Whole blanks.
const FIELDS: &str = "\
    name|first name|last name|full name|company name|company|date|address|phone number|\
    email address|email|city, state, zip code|city, state zip|city, state, zip|recipient's name|\
    recipient name|recipient|job title|position|location|product name|website|signature|\
    customer name|client name|manager's name|hiring manager's name|vorname|nachname|datum|nom|\
    prénom|fecha|nombre|公司名称|日期";

fn has_placeholder(text: &str, census: Census, in_code: impl Fn(usize) -> bool) -> bool {
    let bytes = text.as_bytes();
    census.has(Census::CURLY) && leftovers::placeholders(text).any(|(at, _)| !in_code(at))
        || census.has(Census::SQUARE)
            && memchr::memchr_iter(b'[', bytes).any(|at| is_blank(text, at) && !in_code(at))
        || census.has(Census::ANGLE)
            && memchr::memchr_iter(b'<', bytes).any(|at| is_tag_blank(text, at) && !in_code(at))
        || TODO.find_iter(bytes).any(|at| is_todo(text, at) && !in_code(at))
        || FILLER.find_iter(bytes).any(|at| !in_code(at))
}

static TODO: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("TODO"));
static FILLER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("orem ipsum"));

/// What stands between a bracket and its counterpart on the same line, if it is short.
fn inside(text: &str, at: usize, close: u8) -> Option<Range<usize>> {
    let from = at + 1;
    let reach = text.len().min(from + BLANK);
    let behind = &text.as_bytes()[from..reach];
    spend(behind.len());
    let end = memchr::memchr3(close, b'\n', b'[', behind)?;
    (behind[end] == close).then_some(from..from + end)
}

/// `[Your Name]`, but no index, no link and no reference.
fn is_blank(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '[' | '!')) {
        return false;
    }
    let Some(span) = inside(text, at, b']') else { return false };
    if text[span.end + 1..].starts_with(['(', '[', ':', '=', ']']) {
        return false;
    }
    let words = text[span].trim().to_lowercase();
    !words.contains(['"', '=', '(', '{'])
        && (FIELDS.split('|').any(|field| field == words)
            || BLANKS.split('|').any(|start| words.starts_with(start)))
}

/// `<insert name>`, `<your-key>`.
fn is_tag_blank(text: &str, at: usize) -> bool {
    const STARTS: [&str; 3] = ["insert", "your", "enter"];
    let Some(span) = inside(text, at, b'>') else { return false };
    let words = &text[span];
    STARTS.iter().any(|start| {
        words.get(..start.len()).is_some_and(|word| word.eq_ignore_ascii_case(start))
            && words[start.len()..].starts_with([' ', '-', '_'])
    }) && !words.contains(['=', '"', '('])
}

/// `TODO` as a blank: a word by itself at the start of a line or of brackets, not in a comment of code.
fn is_todo(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(' ');
    spend(at - before.len());
    let opens = before.is_empty() || before.ends_with(['\n', '[', '<', '(', ':']);
    let behind = text[at + 4..].chars().next();
    opens && behind.is_none_or(|c| matches!(c, ':' | ']' | '>' | ')' | '\n' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::census::steps;
    use proptest::prelude::*;

    fn signs_of(speaker: Speaker, text: &str, census: Census) -> Signs {
        let mut found = Signs::NONE;
        look(speaker, text, census, &mut found);
        found
    }

    fn has(sign: Sign, text: &str) -> bool {
        signs_of(Speaker::Assistant, text, Census::of(text)).contains(sign)
    }

    #[test]
    fn a_role_at_the_start_of_a_line_is_a_marker_and_in_prose_and_code_it_is_none() {
        for text in [
            "user: hi",
            "Fine.\nUser: and now?",
            "Fine.\n\nHuman: go on",
            "a\nASSISTANT: b",
            "Done.\n### Response:\nx",
            "### Instruction\nx",
        ] {
            assert!(has(Sign::RoleMarker, text), "{text}");
        }
        for text in [
            "The User: a study",
            "a\nuser: root",
            "```\nUser: x\n```",
            "a\nUsers: 12",
            "a\n### Responses to stress",
            "a\n## Response",
            "Fine.\n\nUser:\n\n* POST /users",
            "a\n    User::new()",
            "1. Faces:\nHuman: sees them at once",
            "a\nHumanity: b",
            "Benutzer: x",
        ] {
            assert!(!has(Sign::RoleMarker, text), "{text}");
        }
    }

    #[test]
    fn blanks_are_found_and_links_indices_and_code_are_not() {
        for text in [
            "Dear {{name}},",
            "Best,\n[Your Name]",
            "[Insert date here]",
            "Sehr geehrte Frau [Name],",
            "[Ihr Name]",
            "Cordialement, [Votre nom]",
            "[您的姓名]",
            "run it with <your-key>",
            "<insert name>",
            "Lorem ipsum dolor",
            "TODO: write this",
            "The price is [TODO].",
        ] {
            assert!(has(Sign::Placeholder, text), "{text}");
        }
        for text in [
            "`{{ name }}` is a variable",
            "```\n[Your Name]\n```",
            "see [your account](https://a.b)",
            "x = list[name]",
            "[name]: https://a.b",
            "[1] [x] [citation needed]",
            "// TODO: fix",
            "# TODO: fix",
            "my TODO list",
            "a <b> c",
            "<input name=\"your name\">",
            "<yourself>",
            "{{1}} {name}",
        ] {
            assert!(!has(Sign::Placeholder, text), "{text}");
        }
        let user = "Dear [Your Name]";
        assert!(signs_of(Speaker::User, user, Census::of(user)).is_empty());
    }

    #[test]
    fn tokens_tags_and_characters_are_found_in_every_role() {
        let table = [
            ("a<|im_end|>", Sign::ControlToken),
            ("[/INST] x", Sign::ControlToken),
            ("<think>", Sign::ThinkTag),
            ("a\u{fffd}", Sign::Replacement),
            ("a\u{200b}b", Sign::Invisible),
            ("a\u{ad}b", Sign::Invisible),
            ("\u{200b}", Sign::Invisible),
        ];
        for (text, sign) in table {
            let found = signs_of(Speaker::User, text, Census::of(text));
            assert_eq!(found, [sign].into_iter().collect(), "{text}");
        }
        for text in [
            "[IMG](x.png)",
            "<tool_call>",
            "`<think>`",
            "naïve “quotes” 中文，テスト",
            "👨\u{200d}👩",
        ] {
            assert!(signs_of(Speaker::User, text, Census::of(text)).is_empty(), "{text}");
        }
    }

    #[test]
    fn hostile_texts_take_work_in_proportion_to_their_length() {
        for piece in
            ["[", "<", "{{", "###", "\nUser:", "TODO", "`", "```\n", "[your ", "<your ", "\""]
        {
            let long = piece.repeat(200_000 / piece.len());
            let (_, work) = steps(|| has(Sign::Placeholder, &long));
            assert!(work <= 400 * long.len(), "{piece:?}: {work}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_census_leaves_nothing_out(pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[Your Name]", "{{a}}", "<your x>", "`", "```\n", "\n", "User: ", "### Response", "<think>",
                "<|im_end|>", "\u{fffd}", "\u{200b}", "é", "TODO:", " ", "x", "[IMG]", "~~~",
            ]), 0..12)) {
            let text = pieces.concat();
            for speaker in [Speaker::User, Speaker::Assistant] {
                prop_assert_eq!(
                    signs_of(speaker, &text, Census::of(&text)),
                    signs_of(speaker, &text, Census::ALL)
                );
            }
        }
    }
}

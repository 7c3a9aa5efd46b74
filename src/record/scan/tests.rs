//! The scanner with vectors, the one without, and the naive one, against each other.

use proptest::prelude::*;

use super::naive::{is_clean_naive, outline_naive};
use super::{PlainRole, Scanner, Turn};

pub(super) const TOKENS: &[&str] = &[
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|eot_id|>",
    "<|user|>",
    "<|end|>",
    "<|START_OF_TURN_TOKEN|>",
    "<s>",
    "</s>",
    "<<SYS>>",
    "<</SYS>>",
    "<bos>",
    "<eos>",
    "<BOS_TOKEN>",
    "<start_of_turn>",
    "<sop>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tools>",
    "</tools>",
    "<｜User｜>",
    "<｜begin▁of▁sentence｜>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]",
    "[TOOL_CALLS]",
    "[IMG]",
    "[gMASK]",
];

/// Characters that no content may hold, and pairs that look misread.
const SUSPECTS: &[&str] = &[
    "\u{FFFD}",
    "\u{FEFF}",
    "\u{200B}",
    "\u{2060}",
    "\u{AD}",
    "\u{180E}",
    "\u{202A}",
    "\u{202E}",
    "\u{2066}",
    "\u{2069}",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "Ã©",
    "â€™",
    "Â\u{A0}",
    "ï»¿",
    "ðŸ˜€",
    "{{",
    "{{ name }}",
    "\u{1}",
    "\u{0}",
    "\u{1f}",
    "\u{b}",
    "\u{c}",
];

/// Neighbours of the suspects, which are fine.
const HARMLESS: &[&str] = &[
    "\u{FFFC}",
    "\u{200C}",
    "\u{200D}",
    "\u{200A}",
    "\u{2065}",
    "\u{206A}",
    "\u{202F}",
    "\u{2029}x",
    "\u{86}",
    "\u{AC}",
    "\u{180D}",
    "\u{180F}",
    "â1",
    "ïa",
    "Ã ",
    "Â.",
    "ð,",
    "{ {",
    "<|im_en",
    "[INS",
    "<div>",
    "</div>",
    "<span>",
    "<table>",
    "<b>",
    "<",
    "[",
    "{",
    "<<",
    "[[",
    "</",
    "<|",
    "[/",
    "<｜",
    "\u{7F}",
    "“ok”",
    "’",
    "…",
    "–",
    "😀",
    "漢字，。",
    "é",
    "à",
    "ô",
    "\u{3000}",
    "\u{A0}",
];

/// As written in JSON: escapes good and bad.
const ESCAPES: &[&str] = &[
    r"\n", r"\t", r"\r", r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\u0041", r"\u200b", r"\x", r"\",
    r"\\\", r"\\\\", r#"\\\""#, r#"\\""#, "\t", "\n", "\r", "\"", r"\é",
];

/// Texts that may stand at the start of a content.
const OPENINGS: &[&str] = &[
    "user:",
    "User :",
    "SYSTEM:",
    "assistant\\n:",
    "human\u{A0}:",
    "gpt:",
    "gp:",
    "users:",
    "user",
    " \\n\\tuser:",
    "\u{3000}Human:",
    "### Instruction:",
    "###\\nInput",
    "### Inputs",
    "### input_",
    "### System 2",
    "### Usé",
    "### 1",
    "###",
    "#### user",
    "###user",
    "[[dummy_message]]",
    "[[dummy_message]] x",
    "[[1, 2]]",
    " ",
    "\\n",
    "\u{A0}",
    "\u{3000}",
    "\u{2003}\\t",
    "",
    "\u{200A}",
    "\u{1680}",
    "\u{205F}",
    "\u{202F}",
    "\u{2000}",
    "\u{2007}:",
    "Über",
    "As an",
    "Sure",
    "hu",
    "s",
];

const PLAIN: &[&str] = &[
    r####"{"messages":[{"role":"user","content":"x"}]}"####,
    r####"{"messages": [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": "Hi, what is \"Rust\"?"}, {"role": "assistant", "content": "A language.\n\n- fast\n- safe\\sound\n\t`let x = vec![1, 2];`"}]}"####,
    r####"{"messages":[{"role":"system","content":"You are helpful."},{"role":"user","content":"Write <b>HTML</b>"},{"role":"assistant","content":"<!DOCTYPE html>\n<html><body><div class=\"a\"><table><tr><td>[1](http://x.y)</td></tr></table></div></body></html>\n{\"a\": {\"b\": [1, [2]]}}"}]}"####,
    r####"{"messages":[{"content":"Bonjour, le château, l’âge, où, ça, naïf, Noël à Âpre","role":"user"},{"content":"Très bien… « oui » – “non”","role":"assistant"}]}"####,
    r####"{"messages": [{"content": "你好，请介绍一下你自己。", "role": "user"}, {"content": "　　我是一个人工智能助手！很高兴认识你：我可以回答问题、写代码。“谢谢”", "role": "assistant"}]}"####,
    r####"{ "messages" : [ { "role" : "user" , "content" : "spaced out" } , { "content" : "yes" , "role" : "assistant" } ] }  "####,
    r####"{"messages":[{"role":"user","content":"😀 👩‍👩‍👧 ok ❤️"},{"role":"assistant","content":"### Heading\n\n**bold** [link](x) {y}\n```rust\nfn main() { let a = [0]; }\n```"}]}"####,
    r####"{"messages":[{"role":"user","content":"Users of the system: how many?"},{"role":"assistant","content":"Assistants and humans.\\"},{"role":"user","content":"\\\\"},{"role":"assistant","content":"\\\""}]}"####,
    r####"{"messages":[{"role":"user","content":"Chào bạn, tiếng Việt có dấu đầy đủ; Ελληνικά; по-русски; 日本語「です」; 한국어; العربية; हिन्दी"},{"role":"assistant","content":"São Paulo não é só isso: ¿qué? ¡mañana! 25 °C £3 ½ ½"}]}"####,
];

fn owned(outline: Option<super::Outline<'_>>) -> Option<Vec<Turn>> {
    outline.map(|outline| outline.turns.to_vec())
}

/// The three scanners, with what must hold between them.
struct Bench {
    fast: Scanner,
    portable: Scanner,
}

impl Bench {
    fn new() -> Bench {
        Bench { fast: Scanner::new(TOKENS), portable: Scanner::portable(TOKENS) }
    }

    /// Checks one line; says whether it had an outline.
    fn line(&mut self, line: &[u8]) -> bool {
        let shown = || String::from_utf8_lossy(line).into_owned();
        let list = self.fast.outline(line).map(|outline| outline.list);
        let fast = owned(self.fast.outline(line));
        let portable = owned(self.portable.outline(line));
        assert_eq!(fast, portable, "vectors and bytes differ: {}", shown());
        if let Some(list) = list {
            assert_eq!(line[list as usize], b'[');
            assert_eq!(fast, outline_naive(line, TOKENS), "broken promise: {}", shown());
        }
        fast.is_some()
    }

    /// Checks one decoded text; says whether it was found clean.
    fn text(&self, text: &str) -> bool {
        let fast = self.fast.is_clean_text(text);
        assert_eq!(fast, self.portable.is_clean_text(text), "vectors and bytes differ: {text:?}");
        assert!(!fast || is_clean_naive(text, TOKENS), "broken promise: {text:?}");
        fast
    }
}

#[test]
fn plain_lines_have_an_outline() {
    let mut bench = Bench::new();
    for line in PLAIN {
        assert!(bench.line(line.as_bytes()), "{line}");
    }
}

#[test]
fn an_outline_points_at_its_turns() {
    let mut scanner = Scanner::new(TOKENS);
    let line = br#"{"messages":[{"role":"user","content":"a\n"},{"content":"b","role":"system"}]}"#;
    let outline = scanner.outline(line).unwrap();
    assert_eq!(outline.list, 12);
    let user =
        Turn { role: PlainRole::User, object: 13, role_at: 21, content_at: 38, content_len: 3 };
    let system =
        Turn { role: PlainRole::System, object: 45, role_at: 67, content_at: 56, content_len: 1 };
    assert_eq!(outline.turns, [user, system]);
}

/// A line of three messages whose middle content is `before` plain bytes, then `piece`, then `after`.
fn line_with(before: usize, piece: &str, after: usize) -> String {
    let plain = "Quick brown foxes, 12 of them; ".repeat(12);
    format!(
        r#"{{"messages":[{{"role":"system","content":"Be."}},{{"role":"user","content":"{}{piece}{}"}},{{"role":"assistant","content":"Yes, and more of it."}}]}}"#,
        &plain[..before],
        &plain[..after]
    )
}

/// Every place in a block of 64 bytes, and those around the ends of the next two.
fn offsets() -> impl Iterator<Item = usize> {
    (0..70).chain(120..132).chain(184..196)
}

#[test]
fn every_piece_at_every_offset() {
    let mut bench = Bench::new();
    let pieces = TOKENS.iter().chain(SUSPECTS).chain(HARMLESS).chain(ESCAPES).chain(OPENINGS);
    for piece in pieces {
        for before in offsets() {
            for after in [0, 40] {
                bench.line(line_with(before, piece, after).as_bytes());
            }
        }
    }
}

#[test]
fn harmless_pieces_stay_on_the_fast_path() {
    let mut bench = Bench::new();
    for piece in HARMLESS.iter().filter(|piece| !piece.contains(['\u{2028}', '\u{2029}'])) {
        for before in offsets().skip(1) {
            assert!(bench.line(line_with(before, piece, 30).as_bytes()), "{piece:?} at {before}");
        }
    }
}

#[test]
fn suspects_never_have_an_outline() {
    let mut bench = Bench::new();
    for piece in TOKENS.iter().chain(SUSPECTS) {
        for before in offsets() {
            for after in [0, 70] {
                let line = line_with(before, piece, after);
                assert!(!bench.line(line.as_bytes()), "{piece:?} at {before}");
            }
        }
    }
}

#[test]
fn changed_bytes() {
    let mut bench = Bench::new();
    let bytes = b"\"\\{}[],: <nrt/bu\t\n\x00\x1f\x7f\x80\xa0\xc2\xc3\xe2\xef\xf0\xffaZ0";
    for line in PLAIN {
        let line = line.as_bytes();
        for at in 0..line.len() {
            let mut deleted = line.to_vec();
            deleted.remove(at);
            bench.line(&deleted);
            bench.line(&line[..at]);
            // A third of the bytes at each offset, and all of them within three.
            for &byte in bytes.iter().skip(at % 3).step_by(3) {
                let mut changed = line.to_vec();
                changed[at] = byte;
                bench.line(&changed);
                changed[at] = line[at];
                changed.insert(at, byte);
                bench.line(&changed);
            }
        }
    }
}

#[test]
fn spliced_pieces() {
    let mut bench = Bench::new();
    let pieces = TOKENS.iter().chain(SUSPECTS).chain(HARMLESS).chain(ESCAPES).chain(OPENINGS);
    let pieces: Vec<&&str> = pieces.collect();
    for line in PLAIN {
        for at in (0..=line.len()).filter(|&at| line.is_char_boundary(at)) {
            // A fifth of the pieces at each offset, and all of them within five.
            for piece in pieces.iter().skip(at % 5).step_by(5) {
                bench.line(format!("{}{piece}{}", &line[..at], &line[at..]).as_bytes());
            }
        }
    }
}

#[test]
fn broken_utf8_has_no_outline() {
    let mut bench = Bench::new();
    for bad in [&b"\xff"[..], b"\xc3", b"\xe4\xbd", b"\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"] {
        for before in offsets() {
            let line = line_with(before, "@", 9);
            let at = line.find('@').unwrap();
            let line = [&line.as_bytes()[..at], bad, &line.as_bytes()[at + 1..]].concat();
            assert!(!bench.line(&line));
        }
    }
}

#[test]
fn odd_shapes_have_no_outline() {
    let mut bench = Bench::new();
    for line in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"messages":[]}"#,
        r#"{"messages":[{}]}"#,
        r#"{"messages":[{"role":"user","content":"x"},]}"#,
        r#"{"messages":[{"role":"user","content":"x"}]}}"#,
        r#"{"messages":[{"role":"user","content":"x"}],"id":1}"#,
        r#"{"messages":[{"role":"user","content":"x","name":"n"}]}"#,
        r#"{"messages":[{"role":"user","content":null}]}"#,
        r#"{"messages":[{"role":"tool","content":"x"}]}"#,
        r#"{"messages":[{"role":"user","role":"user"}]}"#,
        r#"{"messages":[{"content":"user","content":"x"}]}"#,
        r#"{"messages":[{"role":"user","content":"  \n\t "}]}"#,
        r#"{"messages":[{"role":"User","content":"x"}]}"#,
        r#"{"messages":[{"role":"user" "content":"x"}]}"#,
    ] {
        assert!(!bench.line(line.as_bytes()), "{line}");
        let long = line.replace('x', &"x".repeat(100));
        assert!(!bench.line(long.as_bytes()), "{long}");
    }
}

#[test]
fn tokens_that_cannot_be_looked_for_blind_the_scanner() {
    for token in ["", "<", "x", "im_end", "<a\"", "<\\", "[\n"] {
        let mut scanner = Scanner::new(&["<s>", token]);
        assert!(scanner.outline(PLAIN[0].as_bytes()).is_none());
        assert!(!scanner.is_clean_text("plain"));
    }
    let mut scanner = Scanner::new(&[]);
    assert!(scanner.outline(PLAIN[0].as_bytes()).is_some());
    assert!(scanner.is_clean_text("<s>"));
}

#[test]
fn texts_at_every_offset() {
    let bench = Bench::new();
    let plain = "Quick brown foxes,\n 12 of \"them\"; ".repeat(8);
    for before in offsets() {
        for after in [0, 80] {
            let around = |piece: &str| format!("{}{piece}{}", &plain[..before], &plain[..after]);
            for piece in TOKENS.iter().chain(SUSPECTS) {
                assert!(!bench.text(&around(piece)), "{piece:?} at {before}");
            }
            for piece in HARMLESS.iter().filter(|piece| !piece.contains('\u{2029}')) {
                assert!(bench.text(&around(piece)), "{piece:?} at {before}");
            }
            for piece in OPENINGS.iter().chain(ESCAPES) {
                bench.text(&around(piece));
            }
        }
    }
    assert!(bench.text(""));
}

/// Pieces as they stand in a JSON string, most of them plain.
fn raw() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        20 => "[ -!#-Z^-~]{0,40}",
        4 => prop::sample::select(HARMLESS).prop_map(str::to_owned),
        3 => prop::sample::select(ESCAPES).prop_map(str::to_owned),
        1 => prop::sample::select(SUSPECTS).prop_map(str::to_owned),
        1 => prop::sample::select(TOKENS).prop_map(str::to_owned),
        1 => prop::sample::select(OPENINGS).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => r"(\\|n){1,70}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn message() -> impl Strategy<Value = String> {
    let role = prop::sample::select(&["system", "user", "assistant", "assistant", "tool"][..]);
    (role, raw(), 0..6).prop_map(|(role, raw, form)| match form {
        0 => format!(r#"{{"content":"{raw}","role":"{role}"}}"#),
        1 => format!(r#"{{"content": "{raw}", "role": "{role}"}}"#),
        2 | 3 => format!(r#"{{"role":"{role}","content":"{raw}"}}"#),
        _ => format!(r#"{{"role": "{role}", "content": "{raw}"}}"#),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn lines_agree(messages in prop::collection::vec(message(), 1..4)) {
        let mut bench = Bench::new();
        bench.line(format!(r#"{{"messages":[{}]}}"#, messages.join(",")).as_bytes());
        bench.line(format!(r#"{{"messages": [{}]}}"#, messages.join(", ")).as_bytes());
    }

    #[test]
    fn changed_lines_agree(
        messages in prop::collection::vec(message(), 1..4),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut line = format!(r#"{{"messages":[{}]}}"#, messages.join(",")).into_bytes();
        for (at, byte) in changes {
            let at = at.index(line.len());
            line[at] = byte;
        }
        Bench::new().line(&line);
    }

    #[test]
    fn texts_agree(text in raw()) {
        Bench::new().text(&text);
    }
}

// A list of one range is meant as such.
#![allow(clippy::single_range_in_vec_init)]

use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::tokens::template::Rendered;
use crate::tokens::{BUILT_IN, Tokenizer, places};

/// A conversation whose trained text stands in braces.
fn rendered(marked: &str) -> Rendered {
    let mut out = Rendered::default();
    let mut start = 0;
    for c in marked.chars() {
        match c {
            '{' => start = out.text.len(),
            '}' => out.trained.push(start..out.text.len()),
            c => out.text.push(c),
        }
    }
    out
}

/// Counts of tokens in turn, those not trained on below zero.
fn signed(tokenizer: &Tokenizer, rendered: &Rendered) -> Vec<i64> {
    let mut runs = vec![Run { tokens: 9, trained: true }];
    tokenizer.runs(rendered, &mut runs);
    assert_eq!(
        runs.iter().map(|run| run.tokens as usize).sum::<usize>(),
        tokenizer.count_special(&rendered.text)
    );
    assert!(runs.windows(2).all(|pair| pair[0].trained != pair[1].trained));
    runs.iter().map(|run| i64::from(run.tokens) * if run.trained { 1 } else { -1 }).collect()
}

const MERGES: [[&str; 2]; 9] = [
    ["h", "e"],
    ["l", "l"],
    ["he", "ll"],
    ["hell", "o"],
    ["Ġ", "he"],
    [">", "Ċ"],
    ["Ċ", "Ċ"],
    ["Ġ", "Ġ"],
    ["Ã", "©"],
];

/// A tokenizer by bytes with one special token.
fn byte_level(trim_offsets: bool, rstrip: bool, normalizer: Value) -> Tokenizer {
    let printable = |byte: &u32| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut spare = 0x100..;
    let letters = (0..0x100_u32).map(|byte| {
        let code = if printable(&byte) { Some(byte) } else { spare.next() };
        code.and_then(char::from_u32).unwrap().to_string()
    });
    let vocabulary: Vec<String> = letters.chain(MERGES.iter().map(|pair| pair.concat())).collect();
    let ids: serde_json::Map<String, Value> =
        vocabulary.iter().enumerate().map(|(id, token)| (token.clone(), id.into())).collect();
    load(&json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": normalizer,
        "added_tokens": [{
            "id": vocabulary.len(), "content": "<|end|>", "single_word": false, "lstrip": false,
            "rstrip": rstrip, "normalized": false, "special": true
        }],
        "pre_tokenizer": {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
        },
        "post_processor": {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": trim_offsets,
            "use_regex": true
        },
        "decoder": {
            "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true
        },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": false, "vocab": ids, "merges": MERGES.map(|pair| pair.join(" "))
        }
    }))
}

fn load(file: &Value) -> Tokenizer {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tokenizer.json");
    std::fs::write(&path, file.to_string()).unwrap();
    Tokenizer::load(path.to_str().unwrap()).unwrap()
}

/// The masks of tokenizers 0.23 by the rule of transformers 5.23, for the tokenizer as it is, with places
/// without blanks, and with a special token that takes the white space behind it.
const MASKS: [(&str, [&[i64]; 3]); 11] = [
    ("hello|{ hello<|end|>}\nhello", [&[-2, 3, -2], &[-7], &[-2, 3, -1]]),
    ("x{hello<|end|>}\n", [&[-1, 2, -1], &[-1, 2, -1], &[-1, 2]]),
    ("|>\n{hello}>\nhello", [&[-3, 1, -3]; 3]),
    ("hell{o he}llo", [&[3]; 3]),
    ("é{é👍}👍", [&[-1, 2, -7]; 3]),
    ("👍{👍x}", [&[-4, 5]; 3]),
    ("{hello}", [&[1]; 3]),
    ("a{}b{  hello  }c", [&[-1, 7]; 3]),
    ("a{b}c{d}<|end|>\n{\ne}", [&[-1, 1, -1, 1, -2, 2], &[-1, 1, -1, 1, -2, 2], &[-1, 1, -1, 3]]),
    ("he{llo}", [&[1]; 3]),
    ("a\n{\nb}\n\n", [&[-2, 2, -1]; 3]),
];

#[test]
fn tokens_are_masked_as_transformers_masks_them() {
    let kinds = [(false, false), (true, false), (false, true)];
    let tokenizers = kinds.map(|(trim, rstrip)| byte_level(trim, rstrip, Value::Null));
    for (marked, expected) in MASKS {
        for ((tokenizer, expected), kind) in tokenizers.iter().zip(expected).zip(kinds) {
            assert_eq!(signed(tokenizer, &rendered(marked)), expected, "{marked:?} {kind:?}");
        }
    }
}

#[test]
fn composed_letters_are_found_again() {
    let tokenizer = byte_level(false, false, json!({"type": "NFC"}));
    assert_eq!(signed(&tokenizer, &rendered("e\u{301}{e\u{301}👍}👍")), [-1, 2, -7]);
    // Where a letter is composed across a mark there is no place for the mark, and pieces are counted.
    assert_eq!(signed(&tokenizer, &rendered("xe{\u{301}x}")), [-2, 1]);
}

#[test]
fn a_tokenizer_that_drops_blanks_is_followed() {
    let tokenizer = load(&json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
        "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
        "decoder": null,
        "model": {
            "type": "WordLevel", "unk_token": "<unk>",
            "vocab": {"<unk>": 0, "hello": 1, "world": 2}
        }
    }));
    assert_eq!(signed(&tokenizer, &rendered("hello  {world}\nhello ")), [-1, 1, -1]);
    // Where no token starts, transformers marks nothing more.
    assert_eq!(signed(&tokenizer, &rendered("hello{ world}")), [-2]);
    // For what is unknown there is no place: the pieces are counted.
    assert_eq!(signed(&tokenizer, &rendered("hello there {world}")), [-2, 1]);
}

#[test]
fn special_tokens_count_once_and_only_in_rendered_text() {
    let tokenizer = byte_level(false, false, Value::Null);
    assert_eq!((tokenizer.count("<|end|>"), tokenizer.count_special("<|end|>")), (7, 1));
    for name in BUILT_IN {
        let tokenizer = Tokenizer::load(name).unwrap();
        assert_eq!(
            (tokenizer.count("<|endoftext|>"), tokenizer.count_special("<|endoftext|>")),
            (7, 1)
        );
        assert_eq!(signed(&tokenizer, &rendered("a{<|endoftext|>}b")), [-1, 1, -1]);
    }
}

#[test]
fn without_marks_nothing_is_trained_on() {
    for tokenizer in [Tokenizer::load("o200k_base").unwrap(), byte_level(false, false, Value::Null)]
    {
        assert_eq!(signed(&tokenizer, &rendered("")), [0_i64; 0]);
        assert_eq!(signed(&tokenizer, &rendered("x")), [-1]);
        assert_eq!(
            signed(&tokenizer, &Rendered { text: String::new(), trained: vec![0..0] }),
            [0_i64; 0]
        );
    }
}

#[test]
fn ranges_that_are_not_in_the_text_harm_nothing() {
    for trained in [vec![5..9], vec![1..2, 0..9], vec![9..9], vec![1..1], vec![0..3, 0..3]] {
        let rendered = Rendered { text: "é👍x".to_owned(), trained };
        for tokenizer in
            [Tokenizer::load("o200k_base").unwrap(), byte_level(true, true, Value::Null)]
        {
            tokenizer.runs(&rendered, &mut Vec::new());
        }
    }
}

#[test]
fn a_long_text_of_one_letter_ends() {
    let text = format!("x{{{}}}y", "a".repeat(100_000));
    for name in BUILT_IN {
        let runs = signed(&Tokenizer::load(name).unwrap(), &rendered(&text));
        assert!(runs.iter().sum::<i64>() > 10_000, "{runs:?}");
    }
    let runs = signed(&byte_level(false, false, Value::Null), &rendered(&text));
    assert_eq!(runs, [-1, 100_000, -1]);
}

#[test]
fn many_marks_in_one_word_end() {
    let marked = rendered(&"{a}b".repeat(20_000));
    let tokenizer = Tokenizer::load("o200k_base").unwrap();
    let bpe = tiktoken::get_encoding("o200k_base").unwrap();
    let mut runs = Vec::new();
    tokenizer.runs(&marked, &mut runs);
    assert_eq!(runs, places::naive(bpe, "o200k_base", &marked));
}

/// Text of what stands near marks, with marks anywhere.
fn marked_text() -> impl Strategy<Value = Rendered> {
    let piece = prop_oneof![
        Just("<|im_start|>assistant\n".to_owned()),
        Just("<|im_end|>\n".to_owned()),
        Just("<|endoftext|>".to_owned()),
        Just("the quick brown fox".to_owned()),
        "[ \n\r\t]{1,4}",
        "[a-zA-Z']{1,6}",
        "[/.,:;!?#|>-]{1,3}",
        "[0-9]{1,5}",
        "[éß世界👍ا\u{301}\u{2028}\u{a0}]{1,3}",
    ];
    (prop::collection::vec((piece, prop::bool::ANY), 0..40), prop::collection::vec(0.0..1.0, 0..3))
        .prop_map(|(pieces, more)| {
            let mut text = String::new();
            let mut marks = Vec::new();
            for (piece, mark) in pieces {
                if mark {
                    marks.push(text.len());
                }
                text.push_str(&piece);
            }
            let inside = more.into_iter().map(|share: f64| {
                let at = (share * text.len() as f64) as usize;
                (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap()
            });
            marks.extend(inside);
            marks.sort_unstable();
            let trained: Vec<Range<usize>> =
                marks.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            Rendered { text, trained }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn counted_parts_give_what_a_list_of_all_tokens_gives(rendered in marked_text()) {
        for name in BUILT_IN {
            let bpe = tiktoken::get_encoding(name).unwrap();
            let mut runs = Vec::new();
            Tokenizer::load(name).unwrap().runs(&rendered, &mut runs);
            prop_assert_eq!(&runs, &places::naive(bpe, name, &rendered), "{} {:?}", name, rendered);
        }
    }
}

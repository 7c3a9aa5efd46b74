use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// The counts of o200k_base and cl100k_base, as GitHub's `bpe-openai` 0.1.4 gives them, an
/// implementation that shares no code with ours. (It agreed on 40,000 more texts: prose, code, and
/// random characters of every plane.)
const COUNTS: [(&str, usize, usize); 14] = [
    ("", 0, 0),
    ("a", 1, 1),
    ("hello world", 2, 2),
    ("The quick brown fox.", 5, 5),
    ("<|endoftext|>", 7, 7),
    ("a<|endoftext|>b", 9, 9),
    ("<|im_start|>user\nhi<|im_end|>", 15, 15),
    ("I'll we've DON'T ca'LL", 6, 9),
    ("  \n\n  x \t\r\n y", 6, 6),
    ("1234567 89", 5, 5),
    ("Grüße, 世界! مرحبا 👍🏽", 11, 19),
    ("e\u{301}\u{e9} \u{2028} \u{a0}\u{3000}x", 7, 8),
    ("def f(x):\n    return x**2  # ok\n", 13, 13),
    ("ſ K 's 'ſ", 6, 8),
];

#[test]
fn counts_are_those_of_another_implementation() {
    let [o200k, cl100k] = BUILT_IN.map(|name| Tokenizer::load(name).unwrap());
    for (text, o, c) in COUNTS {
        assert_eq!((o200k.count(text), cl100k.count(text)), (o, c), "{text:?}");
    }
    assert_eq!((o200k.name(), cl100k.name()), ("o200k_base", "cl100k_base"));
}

#[test]
fn digits_are_counted_by_threes() {
    let [o200k, cl100k] = BUILT_IN.map(|name| Tokenizer::load(name).unwrap());
    for digits in 1..20 {
        let text = "7".repeat(digits);
        let expected = digits.div_ceil(3);
        assert_eq!((o200k.count(&text), cl100k.count(&text)), (expected, expected), "{text}");
    }
}

#[test]
fn a_long_run_of_one_letter_ends() {
    let text = "a".repeat(50_000);
    for name in BUILT_IN {
        assert_eq!(Tokenizer::load(name).unwrap().count(&text), 50_000 / 8);
    }
}

#[test]
fn threads_share_one_tokenizer() {
    let tokenizer = Tokenizer::load("o200k_base").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(tokenizer.count("The quick brown fox."), 5));
        }
    });
}

#[test]
fn an_unknown_name_is_told_what_there_is() {
    let Err(Error::Usage(text)) = Tokenizer::load("o200k-base") else { panic!("not refused") };
    assert!(text.contains("o200k_base, cl100k_base or the path of a tokenizer.json"), "{text}");
    assert!(matches!(Tokenizer::load(""), Err(Error::Usage(_))));
    assert!(matches!(Tokenizer::load("no/such/tokenizer.json"), Err(Error::Open { .. })));
}

fn word_level() -> Value {
    json!({
        "version": "1.0",
        "truncation": {"max_length": 2, "stride": 0, "strategy": "LongestFirst", "direction": "Right"},
        "padding": {
            "strategy": {"Fixed": 50}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "<unk>"
        },
        "added_tokens": [
            {
                "id": 3, "content": "<end>", "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true
            },
            {
                "id": 4, "content": "<tool>", "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": false
            }
        ],
        "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "<end>", "type_id": 0}}
            ],
            "pair": [
                {"Sequence": {"id": "A", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}}
            ],
            "special_tokens": {"<end>": {"id": "<end>", "ids": [3], "tokens": ["<end>"]}}
        },
        "decoder": null,
        "model": {
            "type": "WordLevel",
            "vocab": {"<unk>": 0, "hello": 1, "world": 2},
            "unk_token": "<unk>"
        }
    })
}

/// Letters of "aab", each merged with its right neighbour where it can be; dropout would make it random.
fn byte_pair() -> Value {
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
        "model": {
            "type": "BPE", "dropout": 0.9, "unk_token": "<unk>", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false,
            "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "aab": 4},
            "merges": ["a b", "a ab"]
        }
    })
}

fn write(value: &Value) -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("tokenizer.json"), value.to_string()).unwrap();
    dir
}

fn load(value: &Value) -> Result<Tokenizer> {
    let dir = write(value);
    Tokenizer::load(dir.path().join("tokenizer.json").to_str().unwrap())
}

#[test]
fn a_file_is_loaded_and_so_is_its_directory() {
    let dir = write(&word_level());
    let file = dir.path().join("tokenizer.json");
    for path in [file.as_path(), dir.path()] {
        let path = path.to_str().unwrap();
        let tokenizer = Tokenizer::load(path).unwrap();
        assert_eq!(tokenizer.name(), path);
        assert_eq!(tokenizer.count("hello world"), 2);
    }
}

#[test]
fn a_file_neither_cuts_nor_pads_nor_adds() {
    let tokenizer = load(&word_level()).unwrap();
    assert_eq!(tokenizer.count(""), 0);
    assert_eq!(tokenizer.count("hello"), 1);
    assert_eq!(tokenizer.count("hello world hello"), 3);
    assert_eq!(tokenizer.count("something else, hello"), 4);
}

#[test]
fn a_special_token_in_data_is_plain_text() {
    let tokenizer = load(&word_level()).unwrap();
    // `<`, `end` and `>` are a word each.
    assert_eq!(tokenizer.count("<end>"), 3);
    assert_eq!(tokenizer.count("hello<end>world"), 5);
    // An added token that is not special is a word of the language.
    assert_eq!(tokenizer.count("hello<tool>world"), 3);
}

#[test]
fn dropout_is_left_out() {
    let tokenizer = load(&byte_pair()).unwrap();
    for _ in 0..20 {
        assert_eq!(tokenizer.count("aabaabab"), 3);
        assert_eq!(tokenizer.count("aaaa"), 4);
        assert_eq!(tokenizer.count("aéb"), 3);
    }
}

#[test]
fn a_long_text_ends_with_a_file_too() {
    assert_eq!(load(&byte_pair()).unwrap().count(&"a".repeat(50_000)), 50_000);
    assert_eq!(load(&byte_pair()).unwrap().count(&"aab".repeat(50_000)), 50_000);
}

#[test]
fn a_file_without_a_token_for_unknown_text_is_refused() {
    let mut value = word_level();
    value["model"]["unk_token"] = "<none>".into();
    let Err(Error::Usage(text)) = load(&value) else { panic!("not refused") };
    assert!(text.contains("not a tokenizer.json that can be used: "), "{text}");
}

#[test]
fn a_file_without_words_is_refused() {
    for model in [
        json!({"type": "BPE", "vocab": {}, "merges": []}),
        json!({"vocab": {}, "merges": []}),
        json!({"type": "WordLevel", "vocab": {}, "unk_token": "<unk>"}),
        json!({"type": "Unigram", "vocab": [], "unk_id": 0}),
    ] {
        let mut value = byte_pair();
        value["model"] = model;
        let Err(Error::Usage(text)) = load(&value) else { panic!("not refused: {value}") };
        assert!(text.contains("not a tokenizer.json that can be used: "), "{text}");
    }
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let mut no_model = word_level();
    no_model.as_object_mut().unwrap().remove("model");
    let mut odd_model = word_level();
    odd_model["model"]["type"] = "Oracle".into();
    for value in [json!({}), json!([]), json!("x"), json!(null), no_model, odd_model] {
        assert!(matches!(load(&value), Err(Error::Usage(_))), "{value}");
    }
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("config.json");
    std::fs::write(&path, b"\xff{").unwrap();
    assert!(matches!(Tokenizer::load(path.to_str().unwrap()), Err(Error::Usage(_))));
    assert!(matches!(Tokenizer::load(dir.path().to_str().unwrap()), Err(Error::Open { .. })));
}

//! `--partial` and `--merge`: parts put together give what the whole gives.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::at;
use crate::util::{Dice, Done, Folder, Language, asked, chat, families, lines, stats};

/// Records of all kinds, some of them equal or similar, with categories.
fn records() -> Vec<String> {
    let mut dice = Dice::new(5);
    let mut records: Vec<String> = families(&mut dice, Language::Spaced, 30)
        .into_iter()
        .enumerate()
        .map(|(at, record)| {
            record.replacen('{', &format!(r#"{{"cat":"c{}","n":{},"#, at % 4, at % 3), 1)
        })
        .collect();
    records.extend_from_within(..9);
    records.extend(
        (0..20).map(|id| asked(id % 7, "Who are you?", "As an AI language model, I cannot tell.")),
    );
    records.push(r#"{"messages":[{"role":"user","content":"Go"},{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]}"#.to_owned());
    records.push(chat(&[
        ("system", "S"),
        ("user", "mail to paula.jensen@nordkanal.no"),
        ("assistant", ""),
    ]));
    records
}

const MEASURE: &[&str] = &[
    "-q",
    "--by",
    "/cat",
    "--by",
    "/n",
    "--max-tokens",
    "60",
    "--chat-template",
    "chatml",
    "--languages",
];

fn figures(done: &Done) -> Value {
    done.exits(0).json().remove(0)
}

/// Without what names files and lines, as the words of a check do.
fn anonymous(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for name in ["file", "files", "line", "text"] {
                map.remove(name);
            }
            map.values_mut().for_each(|value| *value = anonymous(value.take()));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| *value = anonymous(value.take())),
        _ => {}
    }
    value
}

#[test]
fn parts_give_what_the_whole_gives_wherever_it_is_cut() {
    let records = records();
    let mut dice = Dice::new(11);
    for parts in [1, 2, 3, 7] {
        let folder = Folder::of("chatml-stats");
        let mut cuts: Vec<usize> = (1..parts).map(|_| dice.below(records.len())).collect();
        cuts.extend([0, records.len()]);
        cuts.sort_unstable();
        let names: Vec<String> = (0..parts).map(|part| format!("part{part}")).collect();
        for (name, cut) in names.iter().zip(cuts.windows(2)) {
            folder.put(name, lines(&records[cut[0]..cut[1]]));
            let state = folder.run(&[MEASURE, &["--partial", name]].concat(), "").exits(0).out();
            assert_eq!(state.lines().count(), 1);
            folder.put(&format!("{name}.state"), state);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let whole = figures(&folder.run(&[MEASURE, &["--format", "json"], &names].concat(), ""));
        let states: Vec<String> = names.iter().map(|name| format!("{name}.state")).collect();
        let merge = |order: &mut dyn Iterator<Item = &String>| {
            let order: Vec<&str> = order.map(String::as_str).collect();
            figures(&folder.run(&[&["-q", "--merge", "--format", "json"], &order[..]].concat(), ""))
        };
        assert_eq!(merge(&mut states.iter()), whole, "{cuts:?}");
        let backwards = merge(&mut states.iter().rev());
        assert_eq!(anonymous(backwards), anonymous(whole.clone()), "{cuts:?}");
        // Joined by cat, and in two steps.
        let joined = folder.shell("cat part*.state | $TOOL -q --merge --format json");
        assert_eq!(figures(&joined), whole);
        let steps = "$TOOL --merge --partial part0.state > a && $TOOL --merge --format json a $(ls part[1-9].state 2>/dev/null)";
        assert_eq!(figures(&folder.shell(steps)), whole);
    }
}

#[test]
fn equal_data_is_an_equal_state_however_it_was_read() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&records()));
    let state = |script: &str| folder.shell(script).exits(0).out();
    let wanted = state("$TOOL --partial -j1 in");
    for block in [1, 3, 64, 4096] {
        for jobs in [1, 2, 8] {
            let script = format!("CHATML_TEST_BLOCK={block} $TOOL --partial -j{jobs} in");
            assert_eq!(state(&script), wanted, "{script}");
        }
    }
    assert_eq!(state("$TOOL --partial in > s; $TOOL --merge --partial s"), wanted);
}

#[test]
fn what_was_not_measured_alike_is_not_put_together() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&records()));
    folder.shell("$TOOL --partial in > base").exits(0);
    for (options, told) in [
        ("--tokenizer none", "--tokenizer is o200k_base in one and none in another"),
        ("--chat-template chatml", "--chat-template is none in one and chatml in another"),
        ("--max-tokens 9", "--max-tokens is none in one and 9 in another"),
        ("--by /cat", "--by is none in one and [\"/cat\"] in another"),
        ("--no-quality", "quality is true in one and false in another"),
        ("--languages", "--languages is false in one and true in another"),
        ("--examples 5", "--examples is 3 in one and 5 in another"),
    ] {
        let done = folder
            .shell(&format!("$TOOL --partial {options} in > other && $TOOL --merge base other"));
        done.exits(2)
            .says("chatml-stats: other:1: not measured in the same way: ")
            .says(told)
            .writes("");
    }
}

/// A tokenizer.json that knows one word.
fn tokenizer(word: &str) -> String {
    let model = json!({"type": "WordLevel", "vocab": {"[UNK]": 0, word: 1}, "unk_token": "[UNK]"});
    json!({"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model": model}).to_string()
}

#[test]
fn files_of_one_name_that_hold_different_things_are_not_put_together() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&[chat(&[("user", "Go"), ("assistant", "Gone")])]));
    let write = |word: &str, begin: &str| {
        folder.put("tokenizer.json", tokenizer(word));
        folder.put(
            "t.jinja",
            format!("{{% for m in messages %}}{begin}{{{{ m.content }}}}{{% endfor %}}"),
        );
    };
    let run = |script: &str| folder.shell(script);
    write("Go", "a");
    run("$TOOL --partial --tokenizer tokenizer.json in > tokenizer; $TOOL --partial --chat-template t.jinja in > template").exits(0);
    write("Gone", "b");
    run("$TOOL --partial --tokenizer tokenizer.json in | $TOOL --merge tokenizer -")
        .exits(2)
        .says("--tokenizer is tokenizer.json (contents ");
    run("$TOOL --partial --chat-template t.jinja in | $TOOL --merge template -")
        .exits(2)
        .says("--chat-template is t.jinja (contents ");
    // Files of other names are told apart by what they hold, too.
    run(
        "cp t.jinja u.jinja; $TOOL --partial --chat-template u.jinja in | $TOOL --merge template -",
    )
    .exits(2)
    .says("--chat-template is t.jinja (contents ")
    .says(" and u.jinja (contents ");
    // The same things under other names are the same.
    write("Go", "a");
    run("mkdir m; mv tokenizer.json m; $TOOL --partial --tokenizer m in | $TOOL --merge tokenizer -").exits(0);
    run(
        "mv t.jinja u.jinja; $TOOL --partial --chat-template u.jinja in | $TOOL --merge template -",
    )
    .exits(0);
}

#[test]
fn special_tokens_that_a_template_does_not_ask_for_make_no_difference() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&[chat(&[("user", "Go"), ("assistant", "Gone")])]));
    for name in ["one", "two"] {
        std::fs::create_dir(folder.path(name)).unwrap();
        let template = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}";
        folder.put(&format!("{name}/chat_template.jinja"), template);
    }
    let merge = |one: Value, two: Value| {
        folder.put("one/tokenizer_config.json", one.to_string());
        folder.put("two/tokenizer_config.json", two.to_string());
        folder.shell("for m in one two; do $TOOL -q --partial --chat-template $m in; done | $TOOL -q --merge")
    };
    let (pad, end) =
        (json!({"bos_token": "<s>", "pad_token": "</s>"}), json!({"bos_token": "<s>"}));
    merge(pad.clone(), end).exits(0);
    merge(pad, json!({"bos_token": "<b>", "pad_token": "</s>"}))
        .exits(2)
        .says("--chat-template is one (contents ")
        .says(" and two (contents ");
}

#[test]
fn sums_of_states_made_by_hand_neither_wrap_nor_end_the_run() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&records()));
    folder.shell("$TOOL --partial --tokenizer chars --by /cat in > good").exits(0);
    let (_, state, of) = opened(&folder.get("good"));
    let most = u64::MAX;
    for (from, to, told) in [
        ("\"bytes\":", format!("\"bytes\":{most},\"_\":"), true),
        ("\"records\":", format!("\"records\":{most},\"_\":"), true),
        ("\"lines\":", format!("\"lines\":{},\"_\":", most / 2), true),
        ("\"fully\":", format!("\"fully\":{most},\"_\":"), false),
        (
            "\"by_role\":[",
            format!("\"by_role\":[{most},{most},{most},{most},{most},{most},{most}],\"_\":["),
            false,
        ),
        ("\"total\":", format!("\"total\":{most},\"_\":"), false),
        ("\"count\":", format!("\"count\":{most},\"_\":"), false),
        ("\"count\":", "\"count\":0,\"_\":".to_owned(), false),
        ("\"level\":", "\"level\":4000000000,\"_\":".to_owned(), false),
        ("\"limit\":", "\"limit\":0,\"_\":".to_owned(), false),
        ("\"calls\":", format!("\"calls\":{most},\"_\":"), false),
        ("\"characters\":", format!("\"characters\":{most},\"_\":"), false),
    ] {
        // Wherever it stands.
        let places = if told { 1 } else { 6 };
        for at in 0..state.matches(from).count().min(places) {
            let place = state.match_indices(from).nth(at).unwrap().0;
            let bad = format!("{}{to}{}", &state[..place], &state[place + from.len()..]);
            let bad = of(&zstd::bulk::compress(bad.as_bytes(), 1).unwrap());
            folder.put("bad", [bad.clone(), bad].concat());
            let done = folder.run(&["-q", "--merge", "good", "bad"], "");
            assert!(!done.err().contains("this is a fault"), "{to} at {at}: {done}");
            match told {
                true => done.exits(2).says("good, bad: states of more than there can be"),
                false if done.status.code() == Some(2) => done.says("cannot be read"),
                false => done.exits(0),
            };
        }
    }
}

/// A line with a state: the line, the state as text, and a line with a packed state in its place.
fn opened(line: &[u8]) -> (Vec<u8>, String, impl Fn(&[u8]) -> Vec<u8> + use<>) {
    let line: Value = serde_json::from_slice(line).unwrap();
    let packed = BASE64_STANDARD.decode(line["state"].as_str().unwrap()).unwrap();
    let state = String::from_utf8(zstd::bulk::decompress(&packed, 1 << 24).unwrap()).unwrap();
    let of = move |packed: &[u8]| {
        let mut line = line.clone();
        line["state"] = BASE64_STANDARD.encode(packed).into();
        format!("{line}\n").into_bytes()
    };
    (packed, state, of)
}

#[test]
fn a_state_may_be_spelled_anyhow_on_one_line() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&records()));
    folder.shell("$TOOL --partial in > good").exits(0);
    let wanted = folder.run(&["--merge", "good"], "").exits(0).out();
    let good: Value = serde_json::from_slice(&folder.get("good")).unwrap();
    let (form, state) = (&good["form"], &good["state"]);
    for spelling in [
        format!(r#"{{"tool": "chatml-stats", "form": {form}, "state": {state}}}"#),
        format!(r#"  {{ "tool" :"chatml-stats" , "form":{form},"state":{state} }}  "#),
        format!(r#"{{"form":{form},"state":{state},"tool":"chatml-stats"}}"#),
        format!(r#"{{"state": {state}, "tool": "chatml-stats", "form": {form}}}"#),
        format!(r#"{{"made":{{"by":[1]}},"tool":"chatml-stats","form":{form},"state":{state}}}"#),
        format!(r#"{{"t\u006fol":"chatml\u002dstats","form":{form},"state":{state}}}"#),
        format!("\u{feff}{good}"),
        format!("\u{feff}{{\"x\":1,{}", &good.to_string()[1..]),
        format!("\u{feff}\r\n{good}"),
    ] {
        folder.put("other", format!("{spelling}\n"));
        assert_eq!(folder.run(&["--merge", "other"], "").exits(0).out(), wanted, "{spelling:.60}");
        folder.run(&["--compare", "good", "other"], "").exits(0);
        folder.run(&["--compare", "other", "in"], "").exits(0);
    }
    folder.put("tall", serde_json::to_string_pretty(&good).unwrap());
    let told = "tall:1: no state, as --partial writes it on one line";
    folder.run(&["--merge", "tall"], "").exits(2).says(told);
    for other in ["chatml-gen", "chatml-stats-2"] {
        folder.put("other", format!(r#"{{"x":1,"tool":"{other}","form":{form},"state":{state}}}"#));
        folder.run(&["--merge", "other"], "").exits(2).says("other:1: no state");
    }
}

#[test]
fn a_state_in_place_of_records_and_records_in_place_of_a_state_are_called_so() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&records()));
    folder.shell("$TOOL -q --partial in > state; cat in state > both").exits(0);
    let told = "state:1:1: a state, as --partial writes it; --merge reads it; left out\n";
    for mode in ["", "--partial", "--pass"] {
        folder.shell(&format!("$TOOL {mode} state")).exits(1).says(told);
    }
    folder.shell("head -c 200 state | $TOOL").exits(1).says("<stdin>:1:1: a state, as --partial");
    folder.shell("$TOOL both").exits(1).says("both:127:1: a state, as --partial");
    let told = "in:1: no state, as --partial writes it on one line, but a record; --partial makes a state of records\n";
    folder.shell("$TOOL --merge in").exits(2).says(told);
    folder.shell("$TOOL --merge state in").exits(2).says(told);
}

#[test]
fn a_damaged_state_is_told_with_its_place() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&records()));
    folder.shell("$TOOL --partial in > good").exits(0);
    let good = folder.get("good");
    let (packed, state, of) = opened(&good);
    let with = |from: &str, to: &str| {
        assert!(state.contains(from), "{from}");
        of(&zstd::bulk::compress(state.replacen(from, to, 1).as_bytes(), 1).unwrap())
    };
    let other = String::from_utf8(good.clone()).unwrap().replacen("\"form\":4", "\"form\":3", 1);
    // Of lists of values, and of what --partial does not take either.
    const NO_STATE: &str = "bad:1: no state, as --partial writes it on one line, behind states\n";
    let huge = format!("\"record_bytes\":[[5,{}],[", u64::MAX);
    for (bytes, told) in [
        (good[..good.len() / 2].to_vec(), "a state that cannot be read: "),
        (of(b"no archive"), "a state that cannot be read: it is damaged"),
        (of(&packed[..packed.len() / 2]), "a state that cannot be read: it ends too early"),
        (
            with("\"records\":", "\"recorts\":"),
            "a state that cannot be read: missing field `records`",
        ),
        (
            other.into_bytes(),
            "a state of form 3, wanted 4: it is of an older version; make all states by one version",
        ),
        (with("\"record_bytes\":[[", &huge), "a histogram of more values than there can be"),
        (
            format!("[\"chatml-stats\",3,{}]\n", json!(BASE64_STANDARD.encode(&packed))).into(),
            NO_STATE,
        ),
        (b"[\"chatml-stats\",1,2]\n".to_vec(), NO_STATE),
        (b"[1]\n".to_vec(), NO_STATE),
        (b"{\"messages\":1}\n".to_vec(), NO_STATE),
        (b"{\"messages\":[1]}\n".to_vec(), NO_STATE),
        (b"{\"messages\":[]}\n".to_vec(), "no state, as --partial writes it"),
        (b"\xff\xfe".to_vec(), "no state, as --partial writes it"),
    ] {
        folder.put("bad", &bytes);
        folder
            .run(&["--merge", "good", "bad"], "")
            .exits(2)
            .says("chatml-stats: bad:1: ")
            .says(told)
            .writes("");
    }
    folder.put("bad", "\n\n");
    folder.run(&["--merge", "bad"], "").exits(2).says("bad: no state, as --partial writes it");
    folder.run(&["--merge"], "").exits(2).says("<stdin>: no state, as --partial writes it");
}

#[test]
fn what_is_measured_is_said_to_partial() {
    for option in [
        "--tokenizer=none",
        "--max-tokens=9",
        "--by=/cat",
        "--no-quality",
        "--languages",
        "--examples=3",
        "--tokenizer=o200k_base",
        "--chat-template=chatml",
    ] {
        let name = option.split('=').next().unwrap();
        let told =
            format!("{name} has no effect with --merge: what is measured is said to --partial");
        stats(&["--merge", option], "").exits(2).says(&told);
    }
    let told = "--rejects has no effect with --merge: a line that is no state is trouble";
    stats(&["--merge", "--rejects=r"], "").exits(2).says(told);
    stats(&["--merge", "--compare"], "").exits(2).says("cannot be used with");
}

#[test]
fn a_report_is_written_beside_a_state() {
    let folder = Folder::of("chatml-stats");
    folder
        .run(&["--partial", "-o", "state", "--report", "report"], lines(&records()))
        .exits(0)
        .writes("");
    let report = folder.json("report");
    assert_eq!(at(&report, "records.count"), &json!(records().len()));
    assert_eq!(at(&report, "records_read"), &json!(records().len()));
}

#[test]
fn unusable_lines_of_a_part_count_in_the_whole() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&["x", "", &chat(&[("user", "Go")])]));
    folder.shell("$TOOL -q --partial in > state").exits(1);
    let done = folder.run(&["--merge", "--format", "json", "state"], "");
    let report = done.exits(1).json().remove(0);
    assert_eq!((&report["input"]["unusable"], &report["input"]["blank"]), (&json!(1), &json!(1)));
}

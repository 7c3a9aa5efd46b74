//! ShareGPT and its preferences: what is repaired, what is told, and that no conversation is ever deleted.

use crate::util::{lines, validate};

/// What LLaMA-Factory reads as ranking data in its sharegpt formatting.
const PREFERENCE: &str = r#"{"conversations":[{"from":"human","value":"Q"}],"chosen":{"from":"gpt","value":"A"},"rejected":{"from":"gpt","value":"B"}}"#;
const REPAIRED: &str = r#"{"messages":[{"role":"user","content":"Q"}],"chosen":{"role":"assistant","content":"A"},"rejected":{"role":"assistant","content":"B"}}"#;
const COMMAND: &str = "chatml-validate --select S001 --fix --unsafe-fixes does so";

#[test]
fn a_sharegpt_preference_is_told_and_becomes_one_of_messages() {
    for profile in ["default", "llama-factory"] {
        let args = ["--profile", profile];
        let told = validate(&args, PREFERENCE);
        told.exits(1).writes("");
        told.says("S001").says("the record is a ShareGPT preference").says(COMMAND);
        validate(&[&args[..], &["--fix"]].concat(), PREFERENCE).exits(1).writes("");
        let fixes = [&args[..], &["--fix", "--unsafe-fixes"]].concat();
        validate(&fixes, lines(&[PREFERENCE])).exits(0).writes(lines(&[REPAIRED]));
    }
    // Its prompt is nothing to a target that reads none of it.
    let args = ["--profile", "trl", "--fix", "--unsafe-fixes"];
    validate(&args, PREFERENCE).exits(1).writes("").says("S001");
}

#[test]
fn conversations_beside_answers_that_may_hold_their_prompt_are_not_taken_for_it() {
    let answer = |text: &str| {
        format!(r#"[{{"role":"user","content":"Q"}},{{"role":"assistant","content":"{text}"}}]"#)
    };
    let (chosen, rejected) = (answer("A"), answer("B"));
    let record = format!(
        r#"{{"conversations":[{{"from":"human","value":"Q"}}],"chosen":{chosen},"rejected":{rejected}}}"#
    );
    validate(&["--check"], &record).exits(0);
    validate(&["--fix", "--unsafe-fixes"], lines(&[&record])).exits(0).writes(lines(&[&record]));
}

#[test]
fn messages_of_from_and_value_are_never_repaired_into_a_record_without_words() {
    let record = PREFERENCE.replace("conversations", "messages");
    for profile in ["default", "llama-factory"] {
        let args = ["--profile", profile, "--fix", "--unsafe-fixes"];
        validate(&args, &record).exits(1).writes("").says("S005");
    }
}

#[test]
fn no_repair_deletes_a_key_that_can_hold_a_conversation() {
    let answered =
        r#""messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]"#;
    for profile in ["default", "llama-factory"] {
        let args = ["--profile", profile, "--ignore", "S015", "--fix", "--unsafe-fixes"];
        for key in [
            r#""conversations":[{"from":"human","value":"Q"}]"#,
            r#""dialog":["Q","A"]"#,
            r#""chat":"Q""#,
            r#""whatever":[{"role":"user","content":"Q"}]"#,
            r#""last":{"from":"gpt","value":"A"}"#,
            r#""chosen_messages":[]"#,
        ] {
            let record = format!("{{{answered},{key}}}");
            validate(&args, lines(&[&record])).exits(0).writes(lines(&[&record]));
        }
        for key in [r#""id":7"#, r#""chat":null"#, r#""source":"web""#] {
            let record = format!("{{{answered},{key}}}");
            let left = format!("{{{answered}}}");
            validate(&args, lines(&[record])).exits(0).writes(lines(&[left]));
        }
    }
}

#[test]
fn a_record_that_cannot_be_converted_is_told_why_and_not_the_command_that_was_run() {
    let of = |turn: &str, rest: &str| {
        format!(r#"{{"conversations":[{{"from":"human","value":"Q"}},{turn}]{rest}}}"#)
    };
    let call = r#"{"from":"function_call","value":"{}"},{"from":"observation","value":"R"}"#;
    for (record, why) in [
        (of(call, ""), r#"role "function_call" has no counterpart; write a function_call as"#),
        (
            of(r#"{"from":"a","value":""},{"from":"b","value":""},{"from":"a","value":""}"#, ""),
            r#"roles "a", "b" have no counterpart"#,
        ),
        (of(r#"{"role":"user","content":""}"#, ""), "a turn is no object with from and value"),
        (of(r#"{"from":1,"value":""}"#, ""), "a from is no string"),
        (of(r#"{"from":"gpt","value":"A"}"#, r#","system":7"#), "system is no string"),
        (
            of(r#"{"from":"gpt","value":"A"}"#, r#","chosen":"A","rejected":"B""#),
            "a turn is no object with from and value",
        ),
    ] {
        let done = validate(&["--fix", "--unsafe-fixes"], &record);
        done.exits(1).writes("");
        done.says("no repair does so here: ").says(why);
        assert!(!done.err().contains(COMMAND), "{done}");
    }
}

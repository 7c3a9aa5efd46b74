//! With --check the findings are the output: in four forms, cut or whole, by the rules that were chosen.

use serde_json::{Value, json};

use crate::util::{BAD, Done, Folder, good, lines, validate};

fn check(args: &[&str], text: impl AsRef<[u8]>) -> Done {
    let args = [&["--check", "--format", "json"], args].concat();
    validate(&args, text)
}

/// The severity of each finding by code, sorted.
fn severities(done: &Done) -> Vec<String> {
    let findings = done.json().into_iter().filter(|value| value["type"] == "finding");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<_> =
        findings.map(|f| format!("{} {}", word(&f["code"]), word(&f["severity"]))).collect();
    all.sort();
    all
}

#[test]
fn findings_go_to_standard_output_and_the_summary_to_standard_error() {
    let done = validate(&["--check"], lines(&[&good("1"), BAD]));
    done.exits(1);
    assert!(
        done.out().starts_with("<stdin>:2:13: error[S003] messages-empty: /messages: "),
        "{done}"
    );
    assert_eq!(done.out().lines().count(), 1);
    done.says("2 records: 1 valid, 1 invalid").says("S003 messages-empty");
    validate(&["--check"], good("1") + "\n").exits(0).writes("");
}

#[test]
fn a_json_finding_has_every_key() {
    let folder = Folder::new();
    folder.put("data.jsonl", lines(&[good("1"), good("2<s>")]));
    let done = folder.run(&["--check", "--format", "json", "data.jsonl"], "");
    let all = done.json();
    let column = good("2<s>").find("<s>").unwrap() + 1;
    let finding = all[0].as_object().unwrap();
    let keys: Vec<_> = finding.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "schema", "type", "file", "line", "column", "byte", "pointer", "code", "name",
            "severity", "profiles", "message", "fixable", "fix"
        ]
    );
    assert_eq!(finding["schema"], 1);
    assert_eq!(finding["file"], "data.jsonl");
    assert_eq!((finding["line"].clone(), finding["column"].clone()), (json!(2), json!(column)));
    assert_eq!(finding["byte"], good("1").len() + 1 + column - 1);
    assert_eq!(finding["pointer"], "/messages/0/content");
    assert_eq!(finding["code"], "C001");
    assert_eq!(finding["name"], "special-token");
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["profiles"], json!(["default"]));
    assert_eq!((finding["fixable"].clone(), finding["fix"].clone()), (json!(false), Value::Null));
    let summary = &all[1];
    assert_eq!(summary["type"], "summary");
    assert_eq!((summary["schema"].clone(), summary["records_read"].clone()), (json!(1), json!(2)));
}

#[test]
fn byte_is_the_offset_in_the_unpacked_input() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}\n\n{}\n{BAD}", good("é"), good("2"));
    folder.put("a.gz", crate::faults::gzip(text.as_bytes()));
    folder.put("a", &text);
    for name in ["a", "a.gz"] {
        let done = folder.run(&["--check", "--format=json", name], "");
        for finding in done.json().iter().filter(|value| value["code"] == "S003") {
            assert_eq!(finding["byte"], text.find("[]").unwrap(), "{done}");
        }
        let marks: Vec<_> = done.json().iter().map(|f| f["fixable"].clone()).collect();
        // BOM, blank line, no messages, no final newline, summary.
        assert_eq!(marks, [json!(true), json!(true), json!(false), json!(true), Value::Null]);
    }
}

#[test]
fn findings_of_one_line_stand_by_column_then_code_in_every_form() {
    // S007 is judged before C005, and what shows across records and at the end of the input after all others.
    let one = r#"{"messages":[{"content":"{{a}} ","role":"x"},{"role":"assistant","content":" "}],"k":1}"#;
    let two = one.replace("\"k\":1", "\"k\":\"s\"");
    let text = format!("{one}\n{two}");
    let codes = |done: &Done| -> Vec<(u64, u64, String)> {
        let findings = done.json().into_iter().filter(|value| value["type"] == "finding");
        let number = |value: &Value| value.as_u64().unwrap();
        let code = |value: &Value| value["code"].as_str().unwrap().to_owned();
        findings.map(|f| (number(&f["line"]), number(&f["column"]), code(&f))).collect()
    };
    let found = codes(&check(&[], &text));
    assert!(found.is_sorted() && found.iter().any(|(_, _, code)| code == "X001"), "{found:?}");
    let sarif: Value =
        serde_json::from_str(&validate(&["--check", "--format=sarif"], &text).out()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let same = results.iter().map(|result| result["ruleId"].as_str().unwrap().to_owned());
    assert!(same.eq(found.iter().map(|(_, _, code)| code.clone())), "{sarif}");
    for (format, column) in [("text", ":2:"), ("github", "line=2,col=")] {
        let done = validate(&["--check", "--format", format], &text);
        let columns = done.out();
        let columns = columns.lines().filter_map(|line| line.split_once(column));
        let columns: Vec<u64> =
            columns.map(|(_, at)| at.split([':', ',']).next().unwrap().parse().unwrap()).collect();
        let wanted = found.iter().filter(|(line, _, _)| *line == 2).map(|(_, column, _)| *column);
        assert_eq!(columns, wanted.collect::<Vec<_>>(), "{done}");
    }
    // The limits keep the first that would be told, whatever was judged first.
    for limit in ["--max-findings=2", "--per-rule-limit=1"] {
        let cut = codes(&check(&[limit], &text));
        assert!(cut.is_sorted() && cut[..2] == found[..2], "{cut:?}");
    }
}

#[test]
fn github_commands_are_escaped() {
    let folder = Folder::new();
    folder.put("a,b:c%", lines(&[r#"{"messages":[{"role":"50%","content":"x"}]}"#]));
    let done = folder.run(&["--check", "--format", "github", "a,b:c%"], "");
    let line = done.out().lines().next().unwrap().to_owned();
    assert!(line.starts_with("::error file=a%2Cb%3Ac%25,line=1,col="), "{done}");
    assert!(done.out().contains("50%25") && !done.out().contains("50% "), "{done}");
    assert!(line.contains(",title="), "{done}");
}

#[test]
fn sarif_is_one_document() {
    let table: &[(&[&str], &str, usize)] = &[
        (&[], "", 1),
        (&[], "{}\n{}\n", 2),
        (&["-q"], "{}\n{}\n", 2),
        (&["-q"], "", 1),
        (&["--ignore", "B018"], "", 0),
        (&["--max-findings", "1"], "{}\n{}\n", 1),
    ];
    for (args, text, results) in table {
        let args = [&["--check", "--format", "sarif"], *args].concat();
        let done = validate(&args, text);
        let document: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(document["version"], "2.1.0");
        let run = &document["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), *results, "{done}");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        for result in run["results"].as_array().unwrap() {
            let rule =
                &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
        }
    }
}

#[test]
fn sarif_columns_count_characters() {
    let text = good("é中<s>") + "\n";
    let done = validate(&["--check", "--format", "sarif"], &text);
    let document: Value = serde_json::from_slice(&done.stdout).unwrap();
    let region = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    let before = &text[..text.find("<s>").unwrap()];
    assert_eq!(region["startColumn"], before.chars().count() + 1);
    assert_eq!(region["byteOffset"], before.len());
    assert_eq!(region["byteLength"], 3);
}

#[test]
fn quiet_in_text_says_nothing_and_stops_at_the_first_error() {
    let folder = Folder::new();
    folder.put("bad", lines(&[&good("1"), BAD, BAD, BAD]));
    folder.put("cut.gz", &crate::faults::gzip(good("2").as_bytes())[..20]);
    // What would be trouble is never reached.
    let done = folder.run(&["--check", "-q", "bad", "cut.gz"], "");
    done.exits(1).writes("");
    assert_eq!(done.err(), "");
    folder.run(&["--check", "bad", "cut.gz"], "").exits(2);
}

#[test]
fn quiet_goes_on_to_the_end_for_a_file_that_was_asked_for() {
    let folder = Folder::new();
    let text = lines(&[&good("1"), BAD, &good("2"), BAD]);
    folder.run(&["--check", "-q", "--rejects", "rejects"], &text).exits(1).writes("");
    assert_eq!(folder.get("rejects"), lines(&[BAD, BAD]).as_bytes());
    for (args, read, complete) in [(&[][..], 4, true), (&["--fail-fast"], 2, false)] {
        let done = folder.run(&[&["--check", "-q", "--report", "report"], args].concat(), &text);
        done.exits(1).writes("");
        assert_eq!(done.err(), "");
        let report = folder.json("report");
        assert_eq!(report["records_read"], read);
        assert_eq!(report["complete"], complete);
    }
}

#[test]
fn findings_below_a_severity_are_counted_and_not_written() {
    // Two user messages, a control token, no answer: info, warning, error.
    let text = r#"{"messages":[{"role":"user","content":"<s>"},{"role":"user","content":"x"}]}"#;
    for (least, wanted) in [
        ("info", &["C001 warning", "T001 error", "T006 info"][..]),
        ("warning", &["C001 warning", "T001 error"]),
        ("error", &["T001 error"]),
    ] {
        let done = check(&["--min-severity", least], text.to_owned() + "\n");
        done.exits(1);
        assert_eq!(severities(&done), wanted, "{done}");
        let summary = done.json().pop().unwrap();
        assert_eq!([&summary["warnings"], &summary["infos"]], [1, 1]);
        let done = validate(&["--check", "--min-severity", least], text.to_owned() + "\n");
        assert_eq!(done.out().lines().count(), wanted.len(), "{done}");
        done.says("T006 not-alternating");
    }
    validate(&["--check", "--min-severity", "warn"], "").exits(2);
}

#[test]
fn twenty_findings_of_a_rule_are_shown_and_the_rest_is_counted() {
    let text = lines(&vec![BAD; 25]) + &lines(&["{"]);
    let done = validate(&["--check"], &text);
    assert_eq!(done.out().matches("error[S003]").count(), 20, "{done}");
    assert_eq!(done.out().matches("error[B004]").count(), 1);
    let tail =
        "S003 messages-empty: 5 more findings, 20 of 25 shown; --per-rule-limit 0 shows all\n";
    assert!(done.out().ends_with(tail), "{done}");
    let all = validate(&["--check", "--per-rule-limit", "0"], &text);
    assert_eq!(all.out().lines().count(), 26);
    let done = validate(&["--check", "--per-rule-limit", "24"], &text);
    assert!(done.out().ends_with(
        "messages-empty: 1 more finding, 24 of 25 shown; --per-rule-limit 0 shows all\n"
    ));
    assert_eq!(check(&[], &text).json().len(), 26 + 1);
    assert_eq!(check(&["--per-rule-limit", "3"], &text).places().len(), 3 + 1);
}

#[test]
fn findings_can_be_limited_in_all() {
    let text = lines(&[BAD; 5]);
    let done = validate(&["--check", "--max-findings", "2"], &text);
    done.exits(1).says("5 records: 0 valid, 5 invalid");
    assert_eq!(done.out().matches("error[").count(), 2);
    let tail = "3 more findings; a higher --max-findings shows them\n";
    assert!(done.out().ends_with(tail), "{done}");
    validate(&["--check", "--max-findings", "0", "--format", "json"], &text).exits(1);
}

#[test]
fn rules_are_chosen_by_code_prefix_and_name() {
    // Two user messages, a control token, no answer.
    let text = r#"{"messages":[{"role":"user","content":"<s>"},{"role":"user","content":"x"}]}"#;
    let text = format!("{text}\n");
    let found = |args: &[&str]| severities(&check(args, &text));
    assert_eq!(found(&[]), ["C001 warning", "T001 error", "T006 info"]);
    assert_eq!(found(&["--select", "T001"]), ["T001 error"]);
    assert_eq!(
        found(&["--select", "T,special-token"]),
        ["C001 warning", "T001 error", "T006 info"]
    );
    assert_eq!(found(&["--select", "no-assistant"]), ["T001 error"]);
    assert_eq!(found(&["--select", "No-Assistant,c001"]), ["C001 warning", "T001 error"]);
    assert_eq!(found(&["--ignore", "T"]), ["C001 warning"]);
    assert_eq!(found(&["--ignore", "T001,c001"]), ["T006 info"]);
    assert_eq!(found(&["--select", "ALL", "--ignore", "T006"]), ["C001 warning", "T001 error"]);
    assert_eq!(
        found(&["--error", "C", "--warn", "T001"]),
        ["C001 error", "T001 warning", "T006 info"]
    );
    assert_eq!(found(&["--strict"]), ["C001 error", "T001 error", "T006 info"]);
    check(&["--warn", "T001"], &text).exits(0);
    check(&["--warn", "T001", "--strict"], &text).exits(1);
    // Off by default, on by name.
    let twice = format!("{0}\n{0}\n", good("1"));
    assert_eq!(check(&[], &twice).places(), [""; 0]);
    assert_eq!(check(&["--extend-select", "X006"], &twice).places(), ["X006 2:1"]);
    check(&["--error", "duplicate-record"], &twice).exits(1);
}

#[test]
fn an_empty_input_is_a_warning_or_an_error() {
    for text in ["", "\n", "\n \n\t\n"] {
        let done = check(&[], text);
        done.exits(0);
        assert_eq!(severities(&done), ["B018 warning"], "{done}");
        assert_eq!(done.json()[0]["line"], Value::Null);
        let done = check(&["--require-nonempty"], text);
        done.exits(1);
        assert_eq!(severities(&done), ["B018 error"]);
    }
    validate(&["--require-nonempty"], good("1")).exits(0);
}

#[test]
fn each_profile_judges_and_a_finding_names_those_that_object() {
    let text =
        r#"{"messages":[{"role":"alien","content":"a"},{"role":"assistant","content":"b"}]}"#;
    let done = check(&["--profile", "openai,trl", "--ignore", "X004"], text);
    let all = done.json();
    let finding = all.iter().find(|f| f["code"] == "S007").unwrap();
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["profiles"], json!(["openai", "trl"]));
    let done = validate(&["--check", "--profile=OpenAI", "--profile=TRL"], text);
    assert!(done.out().contains("error[S007] unknown-role (openai, trl): "), "{done}");
    // The service wants ten records.
    let done = check(&["--profile", "openai", "--profile", "openai"], good("a") + "\n");
    assert_eq!(severities(&done), ["X004 error"]);
    assert!(done.out().contains("there is 1 valid record, openai wants at least 10"));
}

#[test]
fn rules_and_profiles_are_listed_and_explained() {
    let list = validate(&["--list-rules"], "");
    list.exits(0);
    assert!(
        list.out().lines().any(|line| line.starts_with("B001 bom ") && line.contains("warning"))
    );
    let together = validate(&["--list-rules", "--profile", "together", "--format=json"], "");
    let row = together.json().into_iter().find(|row| row["code"] == "B001").unwrap();
    assert_eq!(
        (row["severity"].clone(), row["default"].clone()),
        (json!("error"), json!("warning"))
    );
    assert_eq!(together.json().len(), list.out().lines().count());
    for word in ["B001", "b001", "bom"] {
        let done = validate(&["--explain", word], "");
        done.exits(0);
        assert!(done.out().starts_with("B001 bom (warning)\n\nFound when "), "{done}");
        assert!(done.out().contains("--fix (safe): deletes the three bytes.\n"));
    }
    let row = &validate(&["--explain", "B001", "--format", "json"], "").json()[0];
    assert_eq!(row["profiles"]["together"], "error");
    let profiles = validate(&["--list-profiles"], "");
    profiles.exits(0);
    for name in ["default", "openai", "azure", "together", "mistral", "trl", "gpt-oss"] {
        assert!(profiles.out().lines().any(|line| line.starts_with(name)), "{profiles}");
    }
}

#[test]
fn a_list_or_an_explanation_beside_a_file_is_refused() {
    for args in [["--list-rules"].as_slice(), &["--explain", "S003"], &["--list-profiles"]] {
        for file in [["train.jsonl"].as_slice(), &["-"], &["--files0-from=train.jsonl"]] {
            let name = file[0].trim_start_matches("--files0-from=");
            let words =
                format!("{} reads no file, but \"{name}\" is given; leave out one", args[0]);
            validate(&[args, file].concat(), "").exits(2).writes("").says(&words);
        }
    }
    validate(&["--explain", "S003", "F001"], "").exits(2).says("but \"F001\" is given");
}

#[test]
fn a_rule_is_explained_as_the_profiles_take_it() {
    let explained = |args: &[&str]| {
        let done = validate(&[&["--explain", "F001"], args].concat(), "");
        done.exits(0);
        done.out()
    };
    let all = explained(&[]);
    assert!(all.starts_with("F001 tool-calls-shape (error)\n"), "{all}");
    for line in [
        "Other severities: trl warning, unsloth warning.",
        "When the call has no arguments: trl error, unsloth error, qwen warning.",
    ] {
        assert!(all.lines().any(|said| said == line), "wanted {line:?} in {all}");
    }
    let one = explained(&["-p", "trl"]);
    assert!(one.starts_with("F001 tool-calls-shape (warning)\n"), "{one}");
    assert!(one.contains("\nUnder trl: warning; error when tool_calls is no array"), "{one}");
    assert!(!one.contains("qwen") && !one.contains("Other severities"), "{one}");
    let two = explained(&["-p", "trl,openai"]);
    assert!(two.starts_with("F001 tool-calls-shape (error)\n"), "{two}");
    assert!(
        two.contains("\nUnder trl: warning;") && two.contains("\nUnder openai: error;"),
        "{two}"
    );
    // What the user sets holds for cases too, so there is none left to tell.
    assert!(explained(&["-p", "trl", "--error", "F001"]).ends_with("\nUnder trl: error.\n"));
    let row = &validate(&["--explain=F001", "-p=trl", "--format=json"], "").json()[0];
    assert_eq!((&row["severity"], &row["default"]), (&json!("warning"), &json!("error")));
    let cases = row["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["when"] == "the call has no arguments").unwrap();
    assert_eq!(
        (&case["profiles"]["qwen"], &case["profiles"]["default"]),
        (&json!("warning"), &json!("error"))
    );
    validate(&["--explain=F001", "-p=nosuch"], "").exits(2).says("no profile \"nosuch\"");
}

#[test]
fn tokens_are_estimated_or_counted() {
    let text = good(&"word ".repeat(100));
    check(&["--max-tokens", "1000"], &text).exits(0);
    let done = check(&["--max-tokens", "50"], &text);
    assert!(done.out().contains("L006") && done.out().contains("has about 1"), "{done}");
    let done = check(&["--max-tokens", "50", "--tokenizer", "o200k_base"], &text);
    assert!(done.out().contains("L006") && !done.out().contains("about"), "{done}");
    check(&["--max-tokens", "110", "--tokenizer", "cl100k_base"], &text).exits(0);
    let long = good(&"word".repeat(1030)) + "\n";
    assert_eq!(check(&["--max-tokens", "1k"], &long).places(), ["L006 1:13", "L007 1:4163"]);
    assert_eq!(check(&["--max-tokens", "8k"], &long).places(), [""; 0]);
}

#[test]
fn the_place_in_the_line_is_shown_on_request() {
    let text = good("a<s>") + "\n";
    let done = validate(&["--check", "--show-source"], &text);
    let column = text.find("<s>").unwrap();
    let shown: Vec<_> = done.out().lines().map(str::to_owned).collect();
    let at = shown[2].find("^^^").unwrap();
    assert_eq!(&shown[1][at..at + 3], "<s>", "{done}");
    assert!(shown[1].starts_with("1 | ") && at <= column + 4);
    let done = validate(&["--check", "--show-source", "--no-show-source"], &text);
    assert!(!done.out().contains("^^^"));
}

#[test]
fn colour_is_only_used_when_asked_for() {
    let done = validate(&["--check"], BAD);
    assert!(!done.out().contains('\u{1b}'), "{done}");
    let done = validate(&["--check", "--color", "always"], BAD);
    assert!(done.out().contains("\u{1b}[1m"), "{done}");
}

#[test]
fn a_long_key_is_told_by_its_beginning() {
    let long = "é".repeat(5000);
    let line = good("1").replacen('{', &format!("{{\"{long}\":1,"), 1);
    let done = check(&[], lines(&[line]));
    let findings = done.exits(0).json();
    let told = findings.iter().find(|finding| finding["code"] == "S014").unwrap();
    assert_eq!(told["pointer"], format!("/{}…", "é".repeat(512)));
    assert!(told["message"].as_str().unwrap().len() < 500, "{told}");
}

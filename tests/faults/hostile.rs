//! Bytes that a terminal obeys never reach one from data, keys, roles, file names or arguments.

use crate::util::{Folder, TOOLS, run};

/// Escape sequences, overwriting, reordering, hiding.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]52;c;eA==\u{7}\r\u{8}\u{7f}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{85}\u{2028}";

fn is_harmless(bytes: &[u8], allowed: &[char]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let bad = text
        .chars()
        .find(|c| !allowed.contains(c) && (c.is_control() || chatml::cli::terminal::is_hazard(*c)));
    bad.map_or(Ok(()), |bad| Err(format!("{bad:?} in {text:?}")))
}

/// Records that bring hostile text into messages in every way there is.
fn records() -> Vec<u8> {
    let json = serde_json::to_string(HOSTILE).unwrap();
    let raw = HOSTILE.replace(['\u{1b}', '\u{7}', '\r', '\u{8}'], "");
    let mut text = Vec::new();
    for line in [
        format!(
            r#"{{"messages":[{{"role":{json},"content":{json}}},{{"role":"assistant","content":"<s>{raw}"}}]}}"#
        ),
        format!(
            r#"{{"messages":[{{"role":"user","content":"a",{json}:1,"name":{json}}},{{"role":"assistant","content":{json},{json}:2,{json}:3}}],{json}:{{"x":NaN}}}}"#
        ),
        format!(r#"{{"messages":{json}}}"#),
        format!(
            r#"{{"messages":[{{"role":"user","content":[{{"type":{json}}}]}},{{"role":"assistant","content":null,"tool_calls":[{{"id":{json},"type":{json},"function":{{"name":{json},"arguments":{json}}}}}]}}],"tools":[{{"type":"function","function":{{"name":{json}}}}}]}}"#
        ),
        format!(r#"{{"prompt":[{{"role":"user","content":"a"}}],{json}:[1,"a"]}}"#),
        format!("{{\"messages\":{HOSTILE}}}"),
        HOSTILE.to_owned(),
        format!("[{json}]"),
    ] {
        text.extend(line.replace('\n', " ").into_bytes());
        text.push(b'\n');
    }
    text.extend(b"{\"a\":\"\x1b\xff\x9b\"}\n");
    text
}

#[test]
fn nothing_hostile_reaches_the_reader_of_findings() {
    let folder = Folder::new();
    let name = format!("data{HOSTILE}\n::error::x.jsonl");
    folder.put(&name, records());
    for format in ["text", "json", "github", "sarif"] {
        for more in ["--show-source", "--strict", "--diff"] {
            let args = ["--format", format, "--extend-select", "X006", more, &name];
            let check = ["--check"];
            let args = if more == "--diff" { args.to_vec() } else { [&check[..], &args].concat() };
            let done = run(folder.tool(&args), b"");
            is_harmless(&done.stderr, &['\n']).unwrap();
            if more != "--diff" {
                is_harmless(&done.exits(1).stdout, &['\n']).unwrap();
                assert!(done.out().lines().count() >= 5, "{done}");
            }
        }
    }
    let done = run(folder.tool(&["--report", "report", "-q", &name]), b"");
    done.exits(1);
    is_harmless(&folder.get("report"), &['\n']).unwrap();
}

#[test]
fn nothing_hostile_reaches_the_reader_of_reports() {
    let folder = Folder::of("chatml-dedup");
    let name = format!("data{HOSTILE}\nchatml-dedup: all is well");
    let text = [records(), records()].concat();
    folder.put(&name, &text);
    for more in [&["--near"][..], &["--keep", "last", "--by", "record"], &["--check", "--contain"]]
    {
        let outputs = ["--removed", "removed", "--clusters", "clusters", "--report", "report"];
        let done = run(folder.tool(&[more, &outputs, &[&name, &name]].concat()), b"");
        is_harmless(&done.exits(1).stderr, &['\n']).unwrap();
        assert!(!done.err().contains("\nchatml-dedup: all"), "{done}");
        for output in ["removed", "clusters", "report"] {
            is_harmless(&folder.get(output), &['\n']).unwrap();
            assert!(!folder.get(output).is_empty());
        }
    }
    for other in ["--against", "--decontaminate", "--apply-removals"] {
        let done = run(folder.tool(&["/dev/null", other, &name]), b"");
        is_harmless(&done.exits(2).stderr, &['\n']).unwrap();
        assert!(!done.err().contains("\nchatml-dedup: all"), "{done}");
    }
}

#[test]
fn nothing_hostile_reaches_the_reader_of_messages() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let forged = format!("{tool}: all is well");
        let hostile = format!("{HOSTILE}\n{forged}");
        let (validates, dedups) = (tool == "chatml-validate", tool == "chatml-dedup");
        for (is_there, args) in [
            (true, vec![hostile.as_str()]),
            (true, vec!["--max-line-bytes", &hostile]),
            (true, vec!["-o", &hostile, "--rejects", &hostile]),
            (validates, vec!["--profile", &hostile]),
            (validates, vec!["--select", &hostile]),
            (validates, vec!["--explain", &hostile]),
            (validates, vec!["--format", &hostile]),
            (validates, vec!["--max-tokens", "1", "--tokenizer", &hostile]),
            (dedups, vec!["--by", &hostile]),
            (dedups, vec!["--keep", &hostile]),
            (dedups, vec!["--annotate", &hostile]),
            (dedups, vec!["--against", &hostile]),
            (dedups, vec!["--decontaminate", "/dev/null", "--item", &hostile]),
            (dedups, vec!["--share", &hostile]),
        ] {
            if is_there {
                let done = run(folder.tool(&args), b"");
                done.exits(2);
                is_harmless(&done.stderr, &['\n']).unwrap();
                assert!(!done.err().contains(&format!("\n{forged}")), "{done}");
            }
        }
        let option = format!("--{hostile}");
        let done = run(folder.tool(&[option]), b"");
        is_harmless(&done.exits(2).stderr, &['\n']).unwrap();
    }
}

#[test]
fn nothing_hostile_reaches_a_terminal() {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        return;
    }
    let folder = Folder::new();
    folder.put("in", records());
    // Colours of our own are off, so every control character would come from the data.
    let script = "TERM=dumb script -qec \"$TOOL --check in\" /dev/null < /dev/null";
    let done = folder.shell(script);
    is_harmless(&done.stdout, &['\n', '\r']).unwrap();
    assert!(done.out().contains("error["), "{done}");
    assert!(!done.out().contains("\r\r"), "{done}");
}

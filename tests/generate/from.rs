//! Documents become conversations: every answer is text of the document, and tells where it stands.

use proptest::prelude::*;
use serde_json::Value;

use super::{generate, other};
use crate::faults::gzip;
use crate::util::{Done, Folder, run};

const MANUAL: &str = "# The kettle\n\nIt boils water.\n\n## How to Fill it\n\nOpen the lid.\n\n```sh\n# not a heading\n```\n\n\
                      ## Safety\n\n### Heat\n\nIt gets hot.\n\n### Cable\n\nKeep it dry.\n\n## Is it loud?\n\nNo.\n";

const FAQ: &str = "# Questions\n\nQ: Where is my order?\nA: On its way.\n\nIt comes tomorrow.\n\n**Can I cancel?**\n\nYes.\n";

const CSV: &str = "id,question,answer\n1,\"How, then?\",\"So:\n\"\"this\"\"\"\n2,Why?,Because.\n";

const ALPACA: &str = "{\"instruction\":\"Add\",\"input\":\"1 and 2\",\"output\":\"3\"}\n\
                      {\"conversations\":[{\"from\":\"human\",\"value\":\"Hi\"},{\"from\":\"gpt\",\"value\":\"Hello!\"}]}\n";

const CALL: &str = "[10:31] Customer: Hello,\nI have a question.\n[10:32] Agent: Yes?\n[10:33] Customer: Is it open?\n\
                    [10:34] Agent: Until 18:00.\n[10:35] Customer: Bye\n---\nCustomer: a\nAgent: b\n";

/// A folder with all of these documents.
fn folder() -> Folder {
    let folder = Folder::of("chatml-gen");
    folder.put("manual.md", MANUAL);
    folder.put("faq.txt", FAQ);
    folder.put("table.csv", CSV);
    folder.put("records.jsonl", ALPACA);
    folder.put("call.txt", CALL);
    folder
}

/// The contents of the messages of a record with this role.
fn said<'r>(record: &'r Value, role: &str) -> Vec<&'r str> {
    let messages = record["messages"].as_array().unwrap().iter();
    let messages = messages.filter(|message| message["role"] == role);
    messages.map(|message| message["content"].as_str().unwrap()).collect()
}

/// Where a record was taken from.
fn source(record: &Value) -> String {
    let metadata = &record["metadata"];
    format!("{}:{}", metadata["source"].as_str().unwrap(), metadata["line"])
}

/// Runs on documents, and holds what comes out against chatml-validate.
#[track_caller]
fn from(folder: &Folder, args: &str) -> Done {
    let done = generate(folder, &format!("from {args}"), "");
    folder.put("out", &done.stdout);
    if !done.stdout.is_empty() {
        other(folder, "chatml-validate", "--check --min-severity warning out").exits(0);
    }
    done
}

#[test]
fn every_form_is_told_by_name_or_beginning_and_gives_valid_records() {
    let folder = folder();
    let done = from(&folder, "manual.md faq.txt table.csv records.jsonl call.txt --report report");
    done.exits(0)
        .says("5 documents: 13 records with 14 questions")
        .says("1 message behind a last answer left out");
    let records = done.json();
    let sources: Vec<String> = records.iter().map(source).collect();
    let wanted = [
        "manual.md#The kettle:1",
        "manual.md#How to Fill it:5",
        "manual.md#Heat:15",
        "manual.md#Cable:19",
        "manual.md#Is it loud?:23",
        "faq.txt:3",
        "faq.txt:8",
        "table.csv:2",
        "table.csv:4",
        "records.jsonl:1",
        "records.jsonl:2",
        "call.txt:1",
        "call.txt:8",
    ];
    assert_eq!(sources, wanted);
    assert_eq!(said(&records[1], "assistant"), ["Open the lid.\n\n```sh\n# not a heading\n```"]);
    assert!(said(&records[1], "user")[0].contains("fill it"));
    assert_eq!(said(&records[4], "user"), ["Is it loud?"]);
    assert_eq!(said(&records[5], "assistant"), ["On its way.\n\nIt comes tomorrow."]);
    assert_eq!(said(&records[7], "user"), ["How, then?"]);
    assert_eq!(said(&records[7], "assistant"), ["So:\n\"this\""]);
    assert_eq!(said(&records[9], "user"), ["Add\n\n1 and 2"]);
    assert_eq!(said(&records[11], "user"), ["Hello,\nI have a question.", "Is it open?"]);
    assert_eq!(said(&records[11], "assistant"), ["Yes?", "Until 18:00."]);
    let report = folder.json("report");
    assert_eq!((&report["records_written"], &report["messages_cut"]), (&13.into(), &1.into()));
}

#[test]
fn sections_and_questions_in_a_row_make_conversations() {
    let folder = folder();
    let done = from(&folder, "--chain manual.md faq.txt --system Be_kind.");
    let records = done.exits(0).json();
    assert!(records.iter().all(|record| record["messages"][0]["content"] == "Be_kind."));
    let answers: Vec<Vec<&str>> = records.iter().map(|record| said(record, "assistant")).collect();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[1][1], "No.");
    assert_eq!(answers[2], ["It gets hot.", "Keep it dry."]);
    assert_eq!(answers[3], ["On its way.\n\nIt comes tomorrow.", "Yes."]);
    assert_eq!(records[2]["metadata"]["sections"], serde_json::json!(["Heat", "Cable"]));
    assert_eq!(from(&folder, "--chain=2 manual.md").json().len(), 3);
}

#[test]
fn wordings_are_drawn_by_the_seed_and_can_be_ones_own() {
    let folder = folder();
    let of = |seed: u32| from(&folder, &format!("--seed {seed} manual.md")).out();
    assert_eq!(of(1), of(1));
    assert!((2..8).any(|seed| of(seed) != of(1)));
    folder.put("own", "# mine\n{{ parents }} / {{ heading }}?\n");
    let records = from(&folder, "-t own manual.md").exits(0).json();
    assert_eq!(said(&records[2], "user"), ["The kettle > Safety / Heat?"]);
    folder.put("with_title", "# of the whole\nWhat does {{ title }} say of {{ heading }}?\n");
    let titled = from(&folder, "-t with_title manual.md").exits(0).json();
    assert_eq!(said(&titled[0], "user"), ["What does The kettle say of The kettle?"]);
    assert_eq!(said(&titled[3], "user"), ["What does The kettle say of Cable?"]);
    assert_eq!(said(&records[4], "user"), ["Is it loud?"], "a question is asked as it stands");
    folder.put("bad", "{{ heading }}\n{{ topic }}\n");
    from(&folder, "-t bad manual.md")
        .exits(2)
        .says("bad:2: no \"topic\"; there are heading, title and parents");
    from(&folder, "-t none manual.md").exits(2).says("none: cannot open");
}

#[test]
fn columns_are_named_by_templates() {
    let folder = folder();
    let args = [
        "from",
        "--user",
        "{{ id }}. {{ question }}",
        "--assistant",
        "{{ row['answer'] | upper }}",
        "table.csv",
    ];
    let records = folder.run(&args, "").exits(0).json();
    assert_eq!(said(&records[1], "user"), ["2. Why?"]);
    assert_eq!(said(&records[1], "assistant"), ["BECAUSE."]);
    let args = ["from", "--user", "{{ q }}", "--assistant", "{{ answer }}", "table.csv"];
    let wanted =
        "table.csv: line 1: there is no column \"q\"; there are \"id\", \"question\", \"answer\"";
    folder.run(&args, "").exits(2).says(wanted).writes("");
    let args = ["from", "--user", "{{ q }}", "--assistant", "{{ a }}"];
    let done = folder.run(&args, "{\"q\":\"Q\",\"a\":\"A\"}\n{\"q\":\"Q\"}\n");
    done.exits(1).says("<stdin>:2:1: there is no key \"a\"; there are \"q\"; left out");
    assert_eq!(done.json().len(), 1);
    folder
        .run(&["from", "--user", "{{ q", "--assistant", "x", "table.csv"], "")
        .exits(2)
        .says("--user: syntax error");
    folder.run(&["from", "--user", "x", "table.csv"], "").exits(2).says("--assistant");
}

#[test]
fn a_key_that_a_row_lacks_is_named_with_those_that_there_are() {
    let folder = folder();
    let by_row = ["from", "--user", "{{ row[\"nope\"] }}", "--assistant", "{{ answer }}"];
    let args = [&by_row[..], &["table.csv"]].concat();
    let wanted = "there is no column \"nope\"; there are \"id\", \"question\", \"answer\"";
    folder.run(&args, "").exits(1).says(&format!("table.csv:2:1: {wanted}")).writes("");
    let done = folder.run(&by_row, "{\"answer\":\"a\",\"nope\":\"q\"}\n{\"answer\":\"b\"}\n");
    done.exits(1).says("<stdin>:2:1: there is no key \"nope\"; there are \"answer\"; left out");
    assert_eq!(done.json().len(), 1);
}

#[test]
fn a_table_from_a_pipe_needs_no_format() {
    let folder = Folder::of("chatml-gen");
    for table in [CSV, "sep=;\nquestion;answer\nHow, then?;So\nWhy?;Because.\n"] {
        let records = folder.run(&["from"], table).exits(0).json();
        assert_eq!(said(&records[1], "assistant"), ["Because."], "{table}");
    }
    let args = ["from", "--user", "{{ ask }}", "--assistant", "{{ say }}"];
    let records = folder.run(&args, "ask\tsay\nWhy?\tSo.\n").exits(0).json();
    assert_eq!(said(&records[0], "user"), ["Why?"]);
    for unclear in ["a,b\n", "question\nWhy?\n", "a,b\n1,2,3\n", "Dear Ann,\nHello, you\n"] {
        let done = folder.run(&["from"], unclear);
        done.exits(2).says("<stdin>: its form cannot be told; say it with --format md, faq, csv");
    }
    let alone = "question,answer\n";
    folder.run(&["from"], alone).exits(0).writes("").says("1 document: 0 records");
    folder.run(&args, "ask,say\n").exits(0).writes("");
}

#[test]
fn a_byte_order_mark_hides_no_form() {
    let folder = Folder::of("chatml-gen");
    folder.run(&["from"], "\u{feff}").exits(0).writes("").says("1 document: 0 records");
    for document in ["# A\nx\n", "Q: A\nA: x\n", CSV, "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n"] {
        let wanted = folder.run(&["from"], document).out();
        assert_eq!(folder.run(&["from"], format!("\u{feff}{document}")).out(), wanted);
    }
}

#[test]
fn a_table_of_contents_is_no_answer() {
    let folder = Folder::of("chatml-gen");
    let contents = "## Contents\n\n- [Use](#use)\n\n## Use\n\nIn this section:\n\n- [Fill](#fill)\n  1. [`lid`](#lid)\n\n";
    folder.put(
        "a.md",
        format!(
            "# Kettle\n\nBoils.\n\n- [Use](#use)\n\n{contents}### Fill\n\n- [Lid](#lid): open it\n"
        ),
    );
    let done = from(&folder, "a.md");
    done.exits(0).says("2 headings without text, or over a table of contents");
    let records = done.json();
    let answers: Vec<&str> = records.iter().flat_map(|record| said(record, "assistant")).collect();
    assert_eq!(answers, ["Boils.", "- [Lid](#lid): open it"]);
}

#[test]
fn a_byte_that_is_no_text_costs_the_part_that_it_stands_in() {
    let folder = Folder::of("chatml-gen");
    folder.put("a.md", b"# A\na\n# Caf\xe9\nb\n# C\nc\nd \xff\n# D\nd\n");
    folder.put("b.txt", b"Q: a\nA: b\nQ: c\nA: \xff\nQ: d\nA: e\n");
    folder.put("c.txt", b"User: a\nBot: \xff\n---\nUser: b\nBot: c\n");
    folder.put("d.csv", b"question,answer\n\xff,a\nb,c\n");
    folder.put("e.jsonl", b"{\"prompt\":\"\xff\"}\n{\"prompt\":\"a\",\"answer\":\"b\"}\n");
    let done = from(&folder, "a.md b.txt c.txt d.csv e.jsonl --rejects rejects");
    done.exits(1)
        .says("a.md:3:1: line 3 is not UTF-8 at byte 6; left out")
        .says("a.md:5:1: line 7 is not UTF-8 at byte 3; left out")
        .says("b.txt:3:1: line 4 is not UTF-8 at byte 4; left out")
        .says("c.txt:1:1: line 2 is not UTF-8 at byte 6; left out")
        .says("d.csv:2:1: not UTF-8 at byte 1; left out")
        .says("e.jsonl:1:1: not UTF-8 at byte 12; left out")
        .says("6 parts could not be used");
    let sources: Vec<String> = done.json().iter().map(source).collect();
    assert_eq!(
        sources,
        ["a.md#A:1", "a.md#D:8", "b.txt:1", "b.txt:5", "c.txt:4", "d.csv:3", "e.jsonl:2"]
    );
    let rejects = b"# Caf\xe9\nb\n# C\nc\nd \xff\nQ: c\nA: \xff\nUser: a\nBot: \xff\n\xff,a\n{\"prompt\":\"\xff\"}\n";
    assert_eq!(
        folder.get("rejects").escape_ascii().to_string(),
        rejects.escape_ascii().to_string()
    );
}

#[test]
fn a_line_that_is_too_long_is_one_part_with_those_that_it_belongs_to() {
    let folder = Folder::of("chatml-gen");
    let long = "x".repeat(200);
    folder.put("a.md", format!("# A\na\n{long}\n{long}\n").replace('a', "\u{e9}"));
    folder.put("b.txt", format!("{long}\nb\nQ: a\nA: b\n"));
    folder.put("c.txt", format!("User: a\nBot: b\n{long}\n---\nUser: a\nBot: b\n"));
    folder.put("d.csv", format!("question,answer\n\"a\n{long}\"\na,b\n"));
    folder.put("e.csv", format!("question,answer\na,{long}\na,b\n"));
    folder.put("f.csv", format!("question,\"answer\n{long}\"\n"));
    let args = "a.md c.txt d.csv e.csv f.csv --max-line-bytes 100 --rejects rejects";
    let done = from(&folder, args);
    let told = |line: u32| {
        format!("line {line} is too long (--max-line-bytes), and is not in the rejects; left out")
    };
    done.exits(1)
        .says(&format!("a.md:3:1: {}", told(3)))
        .says(&format!("c.txt:1:1: {}", told(3)))
        .says(&format!("d.csv:2:1: {}", told(3)))
        .says("e.csv:2:1: the line is longer than 100 bytes (--max-line-bytes)")
        .says(&format!("f.csv:1:1: {}", told(2)))
        .says("5 parts could not be used");
    assert_eq!(done.json().len(), 3);
    let faq = from(&folder, "b.txt --format faq --max-line-bytes 100");
    faq.exits(1).says(&format!("b.txt:1:1: {}", told(1))).says("1 part could not");
    let kept = "# A\n\u{e9}\nUser: a\nBot: b\n\"a\n";
    assert_eq!(String::from_utf8_lossy(&folder.get("rejects")), kept);
}

#[test]
fn what_cannot_be_used_is_named_kept_and_makes_the_status_1() {
    let folder = Folder::of("chatml-gen");
    folder.put("a.md", "Before.\n\n# Empty\n\n# Full\nText.\n");
    folder.put("b.csv", "question,answer\na,b,c\nd,e\nf,\n");
    folder.put("c.jsonl", b"{\"question\":\"\xff\"}\n{\"a\":1}\n");
    folder.put("d.txt", "User: a\nBot: b\n---\nAnna: c\n");
    let done = from(&folder, "a.md b.csv c.jsonl d.txt --rejects rejects");
    done.exits(1)
        .says("a.md:1:1: text before the first heading; left out")
        .says("1 heading without text")
        .says("b.csv:2:1: 3 fields, the header has 2")
        .says("b.csv:4:1: answer is empty")
        .says("c.jsonl:1:1: not UTF-8 at byte 14")
        .says("c.jsonl:2:1: no form that is known; there are \"a\"")
        .says("d.txt:4:1: \"Anna\" is no speaker that is known")
        .says("6 parts could not be used");
    assert_eq!(done.json().len(), 3);
    let rejects = b"Before.\n\na,b,c\nf,\n{\"question\":\"\xff\"}\n{\"a\":1}\nAnna: c\n";
    assert_eq!(
        folder.get("rejects").escape_ascii().to_string(),
        rejects.escape_ascii().to_string()
    );
    from(&folder, "a.md --exit-zero -q").exits(0).never_says("left out");
}

#[test]
fn trouble_is_told() {
    let folder = folder();
    folder.put("x", "one two three\n");
    from(&folder, "x").exits(2).says("x: its form cannot be told; say it with --format md, faq");
    from(&folder, "--format csv --chain x").exits(2).says("--chain has no use with this --format");
    from(&folder, "none.md").exits(2).says("cannot open");
    let done = from(&folder, "x faq.txt --chain --delimiter ;");
    done.exits(1)
        .says("x:1:1: its form cannot be told")
        .says("--delimiter had no use: no document");
    assert_eq!(
        done.never_says("--chain had").json().len(),
        1,
        "one that cannot be read is left out"
    );
    from(&folder, "-o manual.md manual.md").exits(2).says("is also the input");
    from(&folder, "--format md -").exits(0).writes("").says("1 document: 0 records");
    folder.put("y.csv", "a,b\n1,2\n");
    from(&folder, "y.csv")
        .exits(2)
        .says("no columns for question and answer are known; there are \"a\", \"b\"");
}

#[test]
fn a_source_gives_no_more_than_its_quota() {
    let folder = folder();
    let done = from(&folder, "--max-per-source 2 manual.md faq.txt table.csv");
    done.exits(0).says("3 records beyond --max-per-source left out");
    assert_eq!(done.json().len(), 6);
}

#[test]
fn neither_blocks_nor_compression_show() {
    let documents = [
        ("manual.md", MANUAL),
        ("faq.txt", FAQ),
        ("t.csv", CSV),
        ("r.jsonl", ALPACA),
        ("c.txt", CALL),
    ];
    for (name, document) in documents {
        let folder = Folder::of("chatml-gen");
        folder.put(name, document);
        let wanted = generate(&folder, &format!("from {name}"), "").out();
        for block in ["1", "3", "64", "65"] {
            let mut command = folder.tool(&["from", name]);
            command.env("CHATML_TEST_BLOCK", block);
            assert_eq!(run(command, "").out(), wanted, "{name} {block}");
        }
        folder.put(name, gzip(document.replace('\n', "\r\n").as_bytes()));
        let crlf = generate(&folder, &format!("from {name}"), "").out();
        assert_eq!(crlf.replace("\\r\\n", "\\n"), wanted, "{name}");
    }
}

#[test]
fn what_is_wrong_in_a_document_takes_nothing_else_with_it() {
    let folder = Folder::of("chatml-gen");
    folder.put("a.csv", "question,answer\na,\"b\nc,d\ne,f\n");
    let turns = "Chat started\nCustomer: a\nAgent: b\nSupervisor: c\n---\n10:30 User: d\n10:31 Bot: e\n10:32 Eve: f\n";
    folder.put("b.txt", turns);
    let cue = |at: u32, text: &str| format!("{at}\n00:00:0{at},0 --> 00:00:0{at},9\n{text}\n\n");
    folder.put("c.srt", cue(1, "Client: g") + &cue(2, "Rep: h") + &cue(3, "i"));
    let done = from(&folder, "a.csv b.txt c.srt --rejects rejects --report report");
    done.exits(1)
        .says("a.csv:2:1: a quote that is opened here is never closed; left out")
        .says("b.txt:1:1: text before the first speaker; left out")
        .says("b.txt:6:1: line 8: \"Eve\" is no speaker that is known")
        .says("1 line with a name before a colon kept as text of who spoke before: \"Supervisor\" (1)");
    let answers: Vec<Value> = done.json();
    let answers: Vec<&str> = answers.iter().flat_map(|one| said(one, "assistant")).collect();
    assert_eq!(answers, ["d", "f", "b\nSupervisor: c", "h\ni"]);
    assert_eq!(folder.json("report")["strangers"]["lines"], 1);
    assert!(folder.get("rejects").starts_with(b"a,\"b\nChat started\n10:30 User: d\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_answer_stands_in_its_document(
        document in "(#{1,3} [a-zA-Z?* ]{0,12}\n|[a-z`>#* ]{0,20}\n|Q: [a-z]{0,5}\n|A: [a-z]{0,5}\n|User: [a-z]{0,5}\n|Bot: [a-z]{0,5}\n|---\n|\n){0,25}",
        format in prop::sample::select(vec!["md", "faq", "transcript", "md --chain", "faq --chain=2"]),
        seed in 0_u64..50,
    ) {
        let folder = Folder::of("chatml-gen");
        let args = format!("from -q --seed {seed} --format {format}");
        let done = generate(&folder, &args, &document);
        prop_assert!(matches!(done.status.code(), Some(0 | 1)), "{}", done);
        prop_assert_eq!(&generate(&folder, &args, &document).stdout, &done.stdout);
        let stands = |line: &str| document.lines().any(|one| one.trim_end().ends_with(line.trim_end()));
        for record in done.json() {
            let answers = said(&record, "assistant");
            prop_assert!(!answers.is_empty());
            for answer in answers {
                prop_assert!(answer.lines().all(stands), "{:?}", answer);
            }
        }
        folder.put("out", &done.stdout);
        if !done.stdout.is_empty() {
            other(&folder, "chatml-validate", "--check out").exits(0);
        }
    }
}

//! The reports for people: a card, a dataset_info.txt, a page. What is in the data cannot act in them, and what
//! they claim is so.

use crate::util::{Folder, chat, lines};

/// What a category may be called by somebody who means no good.
const HOSTILE: &str =
    "</script><img src=x onerror=alert(1)>|`x`\n## Head\u{1b}[2J\u{202e}\" onload='y'";

/// A conversation with a category.
fn filed(category: &str, turns: &[(&str, &str)]) -> String {
    let category = serde_json::to_string(category).unwrap();
    chat(turns).replacen('{', &format!(r#"{{"category":{category},"#), 1)
}

fn good() -> String {
    lines(&[
        filed(
            "billing",
            &[
                ("system", "You help."),
                ("user", "How do I pay my bill today?"),
                ("assistant", "Open the account page and choose a card there."),
            ],
        ),
        filed(
            "billing",
            &[
                ("system", "You are brief."),
                ("user", "Why was I charged twice?"),
                ("assistant", "One of the two is a hold that ends by itself."),
                ("user", "When does it end?"),
                ("assistant", "Within three days, as a rule."),
            ],
        ),
        filed(
            "shipping",
            &[
                ("user", "Where is the parcel I ordered?"),
                ("assistant", "It left the warehouse this morning."),
            ],
        ),
        chat(&[
            ("user", "Can the address still be changed?"),
            ("assistant", "Yes, as long as it has not been sent."),
        ]),
    ])
}

/// The report on these records, in a file of this name.
#[track_caller]
fn report(args: &[&str], name: &str, records: &str, status: i32) -> String {
    let folder = Folder::of("chatml-stats");
    folder.put(name, records);
    let done = folder.run(&[args, &["-q", name]].concat(), "");
    done.exits(status);
    String::from_utf8(done.stdout.clone()).unwrap()
}

#[track_caller]
fn info(args: &[&str], records: &str, status: i32) -> String {
    report(&[args, &["--format", "info"]].concat(), "train.jsonl", records, status)
}

#[test]
fn an_info_has_the_layout_of_a_dataset_info_file() {
    let wanted = "\
Generated Fine-Tuning Dataset Summary
=====================================

Files Created:
- train.jsonl (4 examples)

Dataset Statistics:
- Total training examples: 4
- Average user query length: 6.60 tokens
- Average assistant response length: 9.60 tokens
- System prompts: 2 variations
- Multi-turn conversations: 25.0%
- Single-turn conversations: 75.0%

Category Distribution:
- billing: 2 examples (50.0%)
- shipping: 1 example (25.0%)
- (no /category): 1 example (25.0%)

Quality Assurance:
✓ Every line is a conversation (what trainers refuse: chatml-validate)
✓ No duplicate examples found
✓ No near-duplicate examples found (estimated from signatures)
- not checked: diversity (fewer than 100 messages of a role tell little)
✓ All required fields present
✓ Every example has something to train on
✓ No example is longer than 100 tokens
✓ No personal data or keys found

Next Steps:
1. Review sample examples in train.jsonl
2. Validate for your training framework: chatml-validate train.jsonl
3. Split off validation data: chatml-split train.jsonl
4. Load the dataset into your training framework: 3 epochs in batches of 8 take 3 steps when packed
";
    assert_eq!(info(&["--by", "/category", "--max-tokens", "100"], &good(), 0), wanted);
}

#[test]
fn a_check_is_not_passed_by_what_has_no_length() {
    let fits = chat(&[("user", "Why?"), ("assistant", "So.")]);
    let refused = chat(&[("system", "S"), ("user", "Why?"), ("assistant", "So.")]);
    let told = |args: &[&str], records: &[&String], check: &str| {
        let info = info(args, &lines(records), 0);
        assert!(info.contains(check), "{info}");
        assert!(!info.contains("against the sequence length of the training"), "{info}");
    };
    let args = ["-q", "--chat-template", "gemma", "--max-tokens", "50"];
    told(&args, &[&fits], "✓ No example is longer than 50 tokens\n");
    let check = "- not checked: whether all examples fit the sequence length (the chat template refuses 1 example)\n";
    told(&args, &[&fits, &refused], check);
    let short = ["-q", "--chat-template", "gemma", "--max-tokens", "5"];
    told(&short, &[&fits, &refused], "✗ Examples longer than 5 tokens: 1");
}

#[test]
fn the_checks_in_json_are_those_of_the_layout() {
    let args = ["--by", "/category"];
    let json = [&args[..], &["--format", "json"]].concat();
    let json: serde_json::Value =
        serde_json::from_str(&report(&json, "train.jsonl", &good(), 0)).unwrap();
    let line = |check: &serde_json::Value| {
        let mark = match check["verdict"].as_str().unwrap() {
            "passed" => "✓ ",
            "failed" => "✗ ",
            _ => "- not checked: ",
        };
        format!("{mark}{}\n", check["text"].as_str().unwrap())
    };
    let lines: String = json["checks"].as_array().unwrap().iter().map(line).collect();
    let info = info(&args, &good(), 0);
    assert!(info.contains(&format!("\nQuality Assurance:\n{lines}\nNext Steps:\n")), "{lines}");
    assert_eq!(json["checks"][3]["check"], "diversity");
}

#[test]
fn a_check_fails_when_the_data_do() {
    let first =
        chat(&[("user", "How do I pay?"), ("assistant", "By card, or in cash at the counter.")]);
    let with = |more: &[&str]| format!("{}{}", lines(&[&first]), lines(more));
    let mail =
        chat(&[("user", "Whom do I ask?"), ("assistant", "Write to eva.lind@lindstroms.se.")]);
    let cases: [(&[&str], &str, i32, &str, &str); 8] = [
        (
            &[],
            "{",
            1,
            "✗ Lines that are no conversation: 1",
            "chatml-validate --fix -o valid.jsonl train.jsonl",
        ),
        (
            &[],
            &first,
            0,
            "✗ Duplicate examples found: 1 (50.0%), first train.jsonl:1",
            "chatml-dedup -o unique.jsonl train.jsonl",
        ),
        (
            &[],
            r#"{"messages":[{"role":"user","content":"Why?"}]}"#,
            0,
            "✗ Required fields missing: 1 example whose last message is not the assistant's",
            "chatml-validate --check train.jsonl",
        ),
        (
            &[],
            r#"{"messages":[{"role":"user","content":""},{"role":"assistant","content":"Yes."}]}"#,
            0,
            "✗ Required fields missing: 1 empty message",
            "chatml-validate --check train.jsonl",
        ),
        (
            &[],
            r#"{"messages":[{"role":"assistant","content":"Good morning."}]}"#,
            0,
            "✗ Required fields missing: 1 example without a user message",
            "chatml-validate --check train.jsonl",
        ),
        (
            &[],
            r#"{"messages":[{"role":"user","content":"Why?"}]}"#,
            0,
            "✗ Examples with nothing to train on: 1, first train.jsonl:2",
            "Complete or remove",
        ),
        (
            &["--max-tokens", "8"],
            "",
            0,
            "✗ Examples longer than 8 tokens: 1 (100.0%), first train.jsonl:1",
            "Shorten",
        ),
        (
            &[],
            &mail,
            0,
            "✗ Personal data or keys found: email in 1, first train.jsonl:2",
            "Remove personal data",
        ),
    ];
    for (args, second, status, check, step) in cases {
        let records = if second.is_empty() { with(&[]) } else { with(&[second]) };
        let text = info(args, &records, status);
        assert!(text.contains(check), "wanted {check:?} in:\n{text}");
        assert!(text.contains(step), "wanted {step:?} in:\n{text}");
    }
}

#[test]
fn similar_examples_and_texts_of_one_template_fail_their_checks() {
    let long = "The train to Bergen leaves at 8:25 from platform 4 and takes six hours or so";
    let similar = [long.to_owned(), format!("{long}, they say")];
    let records =
        similar.map(|answer| chat(&[("user", "Which train do I take?"), ("assistant", &answer)]));
    let text = info(&[], &lines(&records), 0);
    assert!(text.contains("✗ Near-duplicate examples found: about 50.0%"), "{text}");
    assert!(text.contains("chatml-dedup --near -o unique.jsonl train.jsonl"), "{text}");

    let order = |n: usize| {
        chat(&[
            ("user", &format!("What do I do when order {n} came with one shelf too few?")),
            ("assistant", &format!("Please write {n} on the label and send it back to us.")),
        ])
    };
    let text = info(&[], &lines(&(0..120).map(order).collect::<Vec<_>>()), 0);
    assert!(text.contains("✗ Diversity check failed: "), "{text}");
    for wanted in
        ["user messages with one of ten openings 100.0%, at most 40.0%", "compression ratio"]
    {
        assert!(text.contains(wanted), "wanted {wanted:?} in:\n{text}");
    }
}

#[test]
fn a_check_that_was_not_made_has_no_mark() {
    let text = info(&["--tokenizer", "none", "--no-quality"], &good(), 0);
    assert!(text.contains("Average user query length: 5.60 words"), "{text}");
    assert!(text.contains("- not measured: no field was named with --by"), "{text}");
    assert_eq!(text.matches('✓').count(), 2, "{text}");
    assert_eq!(
        (text.matches('✗').count(), text.matches("- not checked: ").count()),
        (0, 6),
        "{text}"
    );
    let text = info(&[], "", 0);
    assert_eq!((text.matches('✓').count(), text.matches('✗').count()), (0, 1), "{text}");
}

#[test]
fn several_inputs_and_names_that_a_shell_would_read_are_not_put_into_commands() {
    let folder = Folder::of("chatml-stats");
    folder.put("a b;c", good());
    let text = |args: &[&str]| {
        let done = folder.run(args, good());
        String::from_utf8(done.exits(0).stdout.clone()).unwrap()
    };
    let one = text(&["--format", "info", "a b;c"]);
    assert!(
        one.contains("- a b;c (4 examples)") && one.contains("chatml-validate FILE\n"),
        "{one}"
    );
    let two = text(&["--format", "info", "a b;c", "-"]);
    assert!(two.contains("- a b;c\n- <stdin>\n- 8 examples in all\n"), "{two}");
}

/// Records whose category, role, tool, keys and texts are hostile.
fn hostile() -> String {
    let evil = serde_json::to_string(HOSTILE).unwrap();
    let call = format!(
        r#"[{{"id":"1","type":"function","function":{{"name":{evil},"arguments":"{{}}"}}}}]"#
    );
    let line = format!(
        r#"{{"category":{evil},{evil}:1,"messages":[{{"role":"system","content":{evil}}},{{"role":"user","content":{evil}}},{{"role":{evil},"content":"x"}},{{"role":"assistant","content":{evil},"tool_calls":{call}}}]}}"#
    );
    lines(&[line.clone(), line])
}

const EVERYTHING: [&str; 6] =
    ["--by", "/category", "--by", "/messages/0/content", "--max-tokens", "5"];

#[test]
fn what_is_in_the_data_is_only_text_in_a_card() {
    let text = report(
        &[&EVERYTHING[..], &["--format", "markdown"]].concat(),
        "<b>|`.jsonl",
        &hostile(),
        0,
    );
    assert!(text.starts_with("## Dataset statistics\n\n### Records\n\n| "), "{text}");
    for bad in ["<img", "<b>", "</script", "\n## Head", "\u{1b}", "\u{202e}", "`x`"] {
        assert!(!text.contains(bad), "{bad:?} in:\n{text}");
    }
    // A cell that broke out would change the number of columns.
    let columns = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
    let rows: Vec<&str> = text.lines().collect();
    for pair in rows.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with('|'))) {
        assert_eq!(columns(pair[0]), columns(pair[1]), "{pair:?}");
    }
    assert!(text.contains("onerror=alert(1)&gt;\\|\\`x\\`\\\\n\\#\\# Head"), "{text}");
}

/// Every element that is opened is closed in turn; gives the names of all. Attributes are quoted.
#[track_caller]
fn elements(html: &str) -> Vec<String> {
    let (mut open, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let style = html.find("<style>").unwrap() + "<style>".len()..html.find("</style>").unwrap();
    let html = [&html[..style.start], &html[style.end..]].concat();
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("no > behind <{part}"));
        assert!(!text.contains('>'), "a bare > in {text:?}");
        assert!(tag.matches('"').count() % 2 == 0, "an open quote in <{tag}>");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match tag {
            _ if tag.starts_with('/') => {
                assert_eq!(open.pop().as_deref(), Some(name), "in {part:?}")
            }
            _ if tag.starts_with('!') || tag.ends_with('/') || ["meta", "wbr"].contains(&name) => {}
            _ => open.push(name.to_owned()),
        }
        all.push(name.to_owned());
    }
    assert!(open.is_empty(), "left open: {open:?}");
    all
}

#[track_caller]
fn is_harmless(html: &str) {
    let known = [
        "!DOCTYPE",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "h2",
        "h3",
        "p",
        "wbr",
        "nav",
        "ul",
        "li",
        "a",
        "main",
        "section",
        "footer",
        "dl",
        "dt",
        "dd",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "bdi",
        "svg",
        "rect",
        "desc",
        "line",
        "text",
        "polyline",
        "figure",
        "figcaption",
        "details",
        "summary",
    ];
    for name in elements(html) {
        assert!(known.contains(&name.as_str()), "<{name}> in the page");
    }
    for bad in [
        "http:",
        "https:",
        "<script",
        "src=x onerror=alert(1)>",
        "url(",
        "@import",
        "\u{1b}",
        "\u{202e}",
    ] {
        assert!(!html.contains(bad), "{bad:?} in the page");
    }
    let ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(ids.len(), distinct.len(), "an id is there twice: {ids:?}");
}

#[test]
fn a_page_is_well_formed_and_holds_nothing_that_acts() {
    for records in [good(), hostile(), String::new()] {
        for more in [&["--languages"][..], &["--tokenizer", "chars"], &[]] {
            let args = [&EVERYTHING[..], more, &["--format", "html"]].concat();
            let html = report(&args, "<b>\"'.jsonl", &records, 0);
            is_harmless(&html);
            assert!(html.contains("default-src 'none'"), "{html}");
        }
    }
    let args = ["--tokenizer", "none", "--no-quality", "--format", "html"];
    let html = report(&args, "x", &good(), 0);
    is_harmless(&html);
    assert!(html.contains(">Records by characters<") && !html.contains(">Supervision<"), "{html}");
}

#[test]
fn a_page_shows_the_limit_and_the_lines_that_are_over_it() {
    let html = report(&["--max-tokens", "25", "--format", "html"], "x", &good(), 0);
    assert!(html.contains(">limit 25</text>"), "{html}");
    assert!(html.contains("75.0 % fit 25</text>"), "{html}");
    assert!(html.contains("<h3>Over the limit</h3>\n<ul>\n<li>x:2</li>"), "{html}");
    let charts = html.matches("<svg role=\"img\"").count();
    assert_eq!(charts, 4);
    assert_eq!(html.matches("<desc ").count(), charts);
    assert_eq!(html.matches("<table>").count(), html.matches("<caption>").count());
    // Of the records that have a length: what the template refuses is not in the curve.
    let folder = Folder::of("chatml-stats");
    folder.put("no.jinja", "{% if messages|length > 2 %}{{ raise_exception('no') }}{% endif %}{{ messages[0].content }}");
    let say = |role: &str| crate::util::chat(&[("user", role), ("assistant", "x"), ("user", "y")]);
    let ask = |text: &str| crate::util::chat(&[("user", text), ("assistant", "b")]);
    let long = "one two three four five six seven eight nine ten";
    let data = crate::util::lines(&[ask("a"), ask(long), say("c"), say("d")]);
    let args = ["--chat-template", "no.jinja", "--max-tokens", "5", "--format", "html"];
    let html = folder.run(&args, data).exits(0).out();
    assert!(html.contains("50.0 % fit 5</text>"), "{html}");
}

#[test]
fn comparisons_are_told_in_every_format() {
    let folder = Folder::of("chatml-stats");
    folder.put("<b>|a", good());
    folder.put("other", hostile());
    let text = |format: &str| {
        let done = folder
            .run(&["--compare", "--by", "/category", "--format", format, "<b>|a", "other"], "");
        String::from_utf8(done.exits(0).stdout.clone()).unwrap()
    };
    is_harmless(&text("html"));
    assert!(text("html").contains("records.<wbr>multi_<wbr>turn.<wbr>share"));
    let card = text("markdown");
    assert!(card.contains("- First: &lt;b&gt;\\|a\n- Second: other\n"), "{card}");
    assert!(card.contains("| records.count | 4 | 2 | -2 |\n"), "{card}");
    assert!(card.contains("| /category | 1.000 |\n"), "{card}");
    assert!(text("json").starts_with("{\"schema\":1,"));
}

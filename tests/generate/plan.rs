//! A plan is checked, shown and approved before anything is made of it.

use std::process::Command;

use serde_json::json;

use super::generate;
use crate::util::{Done, Folder, binary, run};

pub(super) const PLAN: &str = r#"
name = "desk"
count = 120
seed = 7
task.type = "classification"
task.domain = "a help desk"
task.negatives = 0.1
task.targets = ["openai"]
turns.dist = { "1" = 0.75, "2" = 0.25 }
system.prompts = ["You sort messages for {{ domain }}."]
output.validation = 0.15

[[axis]]
name = "topic"
kind = "tree"
values = { money = ["bill", "refund"], access = ["login"] }
weights = { money = 3, access = 1 }

[[axis]]
name = "mood"
values = ["calm", "cross"]

[[axis]]
name = "ticket"
kind = "pattern"
pattern = "T-[0-9]{4}"

[grammar]
user = "Ticket {ticket}: it is about a {topic}, and I am {mood}."
assistant = "{topic}"
negative = { user = "{ticket}, {topic}, {mood}: who are you?", assistant = "I sort messages." }
followup = [
    { user = "And then?", assistant = "Then it is done." },
    { negative = true, user = "And what else?", assistant = "Nothing else." },
]
"#;

fn folder() -> Folder {
    let folder = Folder::of("chatml-gen");
    folder.put("plan.toml", PLAN);
    folder
}

/// Runs the tool where it has no terminal, whoever runs the tests.
pub(super) fn alone(folder: &Folder, args: &[&str]) -> Done {
    let mut command = Command::new("setsid");
    command.arg(binary("chatml-gen")).args(args).current_dir(folder.path(""));
    run(command, "")
}

/// Runs the tool on a terminal at which this is typed.
pub(super) fn typing(folder: &Folder, args: &str, typed: &str) -> Done {
    let line = format!("{} {args}", binary("chatml-gen"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path(""));
    run(command, typed)
}

/// Standard output with single blanks.
fn squeezed(done: &Done) -> String {
    done.out().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_plan_is_shown_as_text_markdown_and_json() {
    let folder = folder();
    let done = generate(&folder, "plan plan.toml", "");
    done.exits(0);
    let out = squeezed(&done);
    for part in [
        "Plan: desk",
        "money 90 75%",
        "bill 45 37.5%",
        "login 30 25%",
        "declines or asks back 12 10%",
        "requests none; it costs nothing",
        "approved no; chatml-gen approve plan.toml",
        "for validation about 18 (15%)",
    ] {
        assert!(out.contains(part), "{part}: {done}");
    }
    let done = generate(&folder, "plan --md plan.toml", "");
    done.exits(0);
    assert!(done.out().contains("| money | 90 | 75% |"), "{done}");
    let done = generate(&folder, "plan plan.toml --json --sample 2", "");
    let all = &done.exits(0).json()[0];
    assert_eq!((all["count"].as_u64(), all["negatives"].as_u64()), (Some(120), Some(12)));
    let cells = all["cells"].as_array().unwrap();
    let sum: u64 = cells.iter().map(|cell| cell["examples"].as_u64().unwrap()).sum();
    assert_eq!((cells.len(), sum), (6, 120));
    assert_eq!(
        cells[0]["values"],
        json!({"topic_group": "money", "topic": "bill", "mood": "calm"})
    );
    assert_eq!(all["turns"], json!([{"turns": 1, "examples": 90}, {"turns": 2, "examples": 30}]));
    assert_eq!(all["plan"]["approved"], false);
    assert_eq!(all["samples"].as_array().unwrap().len(), 2);
    assert!(all["samples"][1]["request"].as_str().unwrap().contains("[user]\nTicket T-"), "{done}");
}

#[test]
fn the_requests_to_a_model_are_shown_as_they_would_be_sent() {
    let folder = folder();
    let model = "\n[backend.main]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\n\
        [prompt]\nuser_template = \"{{ turns }} {{ negative }} {{ task }} {{ domain }} {{ language }} {{ tone }} {{ avoid | length }} on {{ topic_group }}\"\n";
    folder.put("plan.toml", format!("{PLAN}{model}"));
    let done = generate(&folder, "plan plan.toml --sample 1", "");
    done.exits(0);
    let out = squeezed(&done);
    let named = "1 True classification a help desk English 0 on money";
    assert!(out.contains(named), "all names are set: {done}");
    assert!(out.contains("cost not known: backend main has no price"), "{done}");
    assert!(out.contains("requests 120 to 360"), "{done}");
}

#[test]
fn samples_are_of_different_cells() {
    let folder = Folder::of("chatml-gen");
    // Examples at equal distances of this plan are all of one topic.
    let axes = |topics: &str| {
        format!(
            "count = 100\n[[axis]]\nname = \"topic\"\nvalues = [{topics}]\n[[axis]]\nname = \"mood\"\nvalues = [\"x\", \"y\"]\n"
        )
    };
    let phrases = "[grammar]\nuser = \"{topic} {mood}\"\nassistant = \"{topic}\"\n";
    let model = "[prompt]\nper_request = 2\n[backend.main]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\n";
    for backend in [phrases, model] {
        folder.put("plan.toml", format!("{}{backend}", axes("\"a\", \"b\", \"c\", \"d\", \"e\"")));
        let done = generate(&folder, "plan plan.toml --json --sample 5", "");
        let all = &done.exits(0).json()[0];
        let samples = all["samples"].as_array().unwrap();
        let mut topics: Vec<&str> = samples
            .iter()
            .map(|of| {
                of["for"].as_str().unwrap().split("topic = ").nth(1).unwrap().get(..1).unwrap()
            })
            .collect();
        topics.sort_unstable();
        topics.dedup();
        assert!(samples.len() == 5 && topics.len() >= 4, "{topics:?}");
    }
    let done = generate(&folder, "plan plan.toml --json --sample 1000", "");
    assert_eq!(done.exits(0).json()[0]["samples"].as_array().unwrap().len(), 50);
}

#[test]
fn every_fault_is_told_with_its_line_and_nothing_is_shown() {
    let folder = Folder::of("chatml-gen");
    folder.put(
        "plan.toml",
        "count = 10\ncuont = 5\n[task]\nnegatives = 2\n\"\\u001b[2J\" = 1\n[grammar]\nuser = \"x\"\n",
    );
    let done = generate(&folder, "plan plan.toml", "");
    done.exits(2)
        .writes("")
        .says("chatml-gen: plan.toml:2: cuont: is no key of a plan; did you mean count?\n");
    done.says(
        "chatml-gen: plan.toml:4: task.negatives: 2 is not between 0 and 1; write 0.02 for 2%\n",
    );
    assert!(!done.err().contains('\u{1b}'), "{done}");
    generate(&folder, "plan no.toml", "")
        .exits(2)
        .says("chatml-gen: no.toml: cannot open: No such file");
    generate(&folder, "plan", "").exits(2).says("<PLAN>");
    generate(&folder, "plan -", "count = 1\n")
        .exits(2)
        .says("chatml-gen: -:1: grammar: is missing");
}

#[test]
fn the_schema_needs_no_plan() {
    let done = generate(&Folder::of("chatml-gen"), "plan --schema", "");
    let schema: serde_json::Value = serde_json::from_str(&done.exits(0).out()).unwrap();
    assert_eq!(schema["properties"]["task"]["properties"]["negatives"]["maximum"], 1.0);
}

#[test]
fn a_plan_is_approved_by_a_yes_or_without_asking() {
    let folder = folder();
    alone(&folder, &["approve", "plan.toml"])
        .exits(2)
        .says("there is no terminal to ask on")
        .says("--yes");
    let done = typing(&folder, "approve plan.toml", "n\n");
    done.exits(1);
    assert!(
        done.out().contains("Approve this plan? [y/N]") && done.out().contains("is not approved"),
        "{done}"
    );
    assert_eq!(folder.names(), ["plan.toml"]);
    typing(&folder, "approve plan.toml", "y\n").exits(0);
    let lock = folder.json("plan.lock");
    assert_eq!(lock["plan_sha256"].as_str().unwrap().len(), 64);
    generate(&folder, "approve plan.toml", "").exits(0).says("is approved already");
    folder.put("plan.toml", format!("{PLAN}# changed\n"));
    let done = generate(&folder, "plan plan.toml", "");
    assert!(done.out().contains("no longer: plan.toml was changed since"), "{done}");
    generate(&folder, "approve --yes plan.toml", "")
        .exits(0)
        .says("plan.toml is approved: plan.lock");
    let done = generate(&folder, "plan plan.toml", "");
    assert!(done.out().contains("approved  yes"), "{done}");
    generate(&folder, "approve --yes -", PLAN).exits(2).says("name a file");
}

#[test]
fn a_file_of_values_that_never_ends_is_refused() {
    let folder = folder();
    let axis = "[[axis]]\nname = \"mood\"\nvalues = [\"calm\", \"cross\"]";
    let endless = "[[axis]]\nname = \"mood\"\nkind = \"file\"\npath = \"/dev/zero\"";
    folder.put("plan.toml", PLAN.replace(axis, endless));
    generate(&folder, "plan plan.toml", "").exits(2).says("larger than 64 MiB");
}

#[test]
fn negatives_of_several_turns_need_a_scene() {
    let phrases = "[grammar]\nuser = \"What is {k}?\"\nassistant = \"It is {k}.\"\n\
                   [[grammar.followup]]\nuser = \"And twice {k}?\"\nassistant = \"That is {= k * 2}.\"\n\
                   [grammar.negative]\nuser = \"Secret {k}?\"\nassistant = \"No {k}.\"\n\
                   [grammar.slots]\nk = { min = 1, max = 99999 }\n";
    let top = "count = 100\n[turns]\ndist = { \"1\" = 1, \"2\" = 1 }\n[task]\nnegatives = 0.1\n";
    let folder = Folder::of("chatml-gen");
    folder.put("plan.toml", format!("{top}{phrases}"));
    let fault = "plan.toml:6: grammar: there is no negative scene of 2 turns; add one, or a [[grammar.followup]] for it";
    for command in ["plan plan.toml", "approve plan.toml --yes", "run plan.toml --yes"] {
        generate(&folder, command, "").exits(2).writes("").says(fault);
    }
    let more = "[[grammar.followup]]\nnegative = true\nuser = \"Really?\"\nassistant = \"No.\"\n";
    folder.put("plan.toml", format!("{top}{phrases}{more}"));
    generate(&folder, "plan plan.toml", "").exits(0);
}

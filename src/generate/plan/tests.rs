//! Reading whole plans: what is accepted, and every fault with its line.

use std::path::Path;

use crate::generate::node::Node;

use super::keys::{self, KEYS, Otherwise, Takes};
use super::*;

fn read(text: &str) -> Result<Plan, Vec<String>> {
    let told = |fault: &super::super::node::Fault| fault.told("p");
    Plan::read(Path::new("p"), text.as_bytes()).map_err(|faults| faults.iter().map(told).collect())
}

/// The faults of a plan that is right but for this.
fn faults(text: &str) -> Vec<String> {
    let text = format!("count = 10\ngrammar.x = 1\n{text}");
    read(&text).map(|_| Vec::new()).unwrap_or_else(|faults| faults)
}

#[track_caller]
fn one_fault(text: &str, wanted: &str) {
    assert_eq!(faults(text), [wanted], "{text}");
}

const FULL: &str = r#"
version = 1
name = "shop-support"
seed = 42
count = 600
max_candidates = 1800
batch = 50
lookahead = 2
backends = ["main", "spare"]

[task]
type = "customer-support"
domain = "e-commerce"
language = "en"
tone = "friendly, concise"
response_length = { min_words = 20, max_words = 160 }
formats = ["list"]
forbidden = ["(?i)as an ai", "discount above 20%"]
negatives = 0.10
typos = 0.05
targets = ["openai", "unsloth"]

[system]
mode = "varied"
prompts = ["You answer the {{ expertise }} customers of a shop.", "Support desk for {{ domain }}. Be brief."]

[turns]
dist = { "3" = 0.1, "1" = 0.7, "2" = 0.2 }

[[axis]]
name = "topic"
kind = "tree"
cover = true
values = { returns = ["wrong item", "late refund"], delivery = ["late", "lost", "damaged"] }
weights = { returns = 2 }

[[axis]]
name = "expertise"
values = ["beginner", "regular", "expert"]

[[axis]]
name = "level"
kind = "number"
min = 1
max = 3
per_example = false

[prompt]
system = "You write {{ language }} examples."
user_template = """Write {{ turns }} about {{ topic }} ({{ topic_group }}, {{ level }}).
{% for o in avoid %}{{ o }}{% endfor %}"""
per_request = 4

[[tool]]
name = "stock"
description = "How many are left."
[tool.parameters]
type = "object"
properties = { sku = { type = "string" } }
required = ["sku"]

[[tool]]
name = "now"

[dedup]
near = 0
max_same_opening = 0.05

[quality]
strip_think = false
reject = ["refusal"]
judge = { backend = "eye", min = 6 }

[backend.main]
kind = "openai"
base_url = "http://127.0.0.1:18085/v1/"
model = "m"
key_env = "OPENAI_API_KEY"
idle_timeout = "2m"
rpm = 500
price = { in_per_mtok = 0.15, out_per_mtok = 1 }

[backend.eye]
kind = "command"
command = "llm -m 'a model'"
max_bytes = "1M"
price = { in_per_mtok = 0, out_per_mtok = 0 }

[backend.spare]
kind = "template"

[grammar]
start = "[a]"

[budget]
usd = 5.0
tokens = 3000000
wall = "2h"

[output]
meta = "inline"
validation = 0.15
"#;

#[test]
fn a_full_plan_is_read() {
    let plan = read(FULL).unwrap();
    assert_eq!((plan.count, plan.max_candidates, plan.lookahead), (600, 1800, 2));
    assert_eq!(plan.turns, [(1, 0.7), (2, 0.2), (3, 0.1)]);
    assert_eq!(plan.task.words, (Some(20), Some(160)));
    assert_eq!(plan.task.forbidden.len(), 2);
    let weights: Vec<f64> = plan.axes[0].weights.clone();
    assert_eq!(weights, [1.0, 1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
    assert_eq!(plan.axes[0].min_per_value, 1);
    assert!(matches!(&plan.axes[2].values, Values::List(values) if values == &["1", "2", "3"]));
    let names = |backends: &[Backend]| backends.iter().map(|b| b.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&plan.backends), ["main", "spare"]);
    assert_eq!(names(&plan.spare), ["eye"]);
    let BackendKind::OpenAi(server) = &plan.backends[0].kind else { panic!() };
    assert_eq!(server.base_url, "http://127.0.0.1:18085/v1");
    assert_eq!(server.idle_timeout, Some(Duration::from_secs(120)));
    assert_eq!((server.pace.concurrency, server.pace.rpm, server.pace.retries), (4, Some(500), 6));
    assert_eq!(server.finish_ok, ["stop"]);
    assert_eq!(server.price, Some(Price { input: 0.15, output: 1.0 }));
    let BackendKind::Command(program) = &plan.spare[0].kind else { panic!() };
    assert_eq!(program.words, ["llm", "-m", "a model"]);
    assert_eq!((program.max_bytes, program.timeout), (1 << 20, Duration::from_secs(120)));
    assert_eq!(plan.tools[0]["function"]["parameters"]["required"][0], "sku");
    assert_eq!(plan.tools[1]["function"]["parameters"]["type"], "object");
    assert_eq!((plan.dedup.near, plan.dedup.max_same_opening), (None, Some(0.05)));
    assert_eq!(plan.quality.judge.as_ref().map(|judge| judge.min), Some(6.0));
    assert_eq!(plan.budget.wall, Some(Duration::from_secs(7200)));
    assert!(plan.output.metadata && plan.grammar.as_ref().and_then(|g| g.get("start")).is_some());
    assert_eq!(plan.digest.len(), 64);
}

#[test]
fn the_same_plan_in_json_is_the_same() {
    let json = super::tree::parse(FULL.as_bytes()).unwrap().to_json();
    let text = serde_json::to_string_pretty(&json).unwrap();
    let (mut a, mut b) = (read(FULL).unwrap(), read(&text).unwrap());
    for plan in [&mut a, &mut b] {
        plan.digest.clear();
        plan.templates.iter_mut().for_each(|template| template.line = 0);
    }
    let (a_grammar, b_grammar) = (a.grammar.take(), b.grammar.take());
    assert_eq!(a_grammar.map(|g| g.to_json()), b_grammar.map(|g| g.to_json()));
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
}

#[test]
fn the_shortest_plan_holds_what_is_usual() {
    let plan = read("count = 10\n[grammar]\nx = 1").unwrap();
    assert_eq!(
        (plan.name.as_str(), plan.seed, plan.max_candidates, plan.batch),
        ("dataset", 0, 30, 50)
    );
    assert_eq!(plan.task.language, "English");
    assert_eq!((plan.system, plan.turns), (System::None, vec![(1, 1.0)]));
    assert!(matches!(plan.backends[..], [Backend { kind: BackendKind::Template, .. }]));
    assert_eq!((plan.dedup.near, plan.dedup.on), (Some(0.8), On::User));
    assert!(plan.quality.reject.iter().any(|name| name == "refusal"));
    assert!(plan.quality.strip_think && plan.quality.judge.is_none());
}

#[test]
fn faults_of_the_table_name_line_key_and_way_out() {
    one_fault("seeds = 1", "p:3: seeds: is no key of a plan; did you mean seed?");
    one_fault("[task]\ntonne = \"x\"", "p:4: task.tonne: is no key of a plan; did you mean tone?");
    one_fault("tone = \"x\"", "p:3: tone: is no key of a plan; it stands in [task]");
    one_fault("batch = 0", "p:3: batch: 0 is less than 1");
    one_fault("batch = \"50\"", "p:3: batch: a text; wanted a whole number, without quotes");
    one_fault(
        "[task]\nnegatives = 10",
        "p:4: task.negatives: 10 is not between 0 and 1; write 0.1 for 10%",
    );
    one_fault(
        "[task]\nformats = \"list\"",
        "p:4: task.formats: a text; wanted a list of texts; put it into brackets: [\"...\"]",
    );
    one_fault(
        "[task]\nforbidden = [\"(a\"]",
        "p:4: task.forbidden: \"(a\": unclosed group; a plain text needs \\ before . * + ? ( ) [ ] { } | ^ $",
    );
    one_fault(
        "[budget]\nwall = \"2 days\"",
        "p:4: budget.wall: no time; write it as \"90s\", \"15m\" or \"2h\"",
    );
    one_fault("axis = 3", "p:3: axis: a whole number; wanted a list of tables; write [[axis]]");
    one_fault(
        "[output]\nmeta = \"inlin\"",
        "p:4: output.meta: \"inlin\" is not known; did you mean inline?",
    );
    let missing = read("seed = 1\n[backend.a]\nkind = \"openai\"").unwrap_err();
    assert_eq!(
        missing,
        [
            "p:1: count: is missing; examples to be accepted",
            "p:2: backend.a.base_url: is missing; address of the server without /chat/completions, such as http://127.0.0.1:8080/v1",
            "p:2: backend.a.model: is missing; the model",
        ]
    );
}

#[test]
fn faults_of_axes() {
    let axis = |text: &str| format!("[[axis]]\nname = \"topic\"\n{text}");
    let table = [
        (
            "values = [\"a\", \"b\", \"c\", \"d\"]\nweights = [1, 2, 3]",
            "p:6: axis.topic.weights: 3 weights for 4 values; give one for each",
        ),
        (
            "values = [\"a\", \"b\"]\nweights = [0, 0]",
            "p:6: axis.topic.weights: all weights are 0; give at least one value more",
        ),
        (
            "values = [\"a\", \"a\"]",
            "p:5: axis.topic.values: \"a\" stands here twice; give a value more weight with weights",
        ),
        ("values = []", "p:5: axis.topic.values: there is no value"),
        ("", "p:3: axis.topic.values: is missing; list the values: values = [\"...\", \"...\"]"),
        (
            "values = { a = [\"b\"] }",
            "p:5: axis.topic.values: a table; wanted a list of texts; for groups write kind = \"tree\"",
        ),
        (
            "kind = \"tree\"\nvalues = { a = [\"b\"] }\nweights = { c = 1 }",
            "p:7: axis.topic.weights: there is no group \"c\"; known: a",
        ),
        (
            "kind = \"pattern\"\npattern = \"a+\"",
            "p:6: axis.topic.pattern: `+` has no meaning here; for itself write `\\+`",
        ),
        (
            "kind = \"pattern\"\nvalues = [\"a\"]\npattern = \"a\"",
            "p:6: axis.topic.values: does not go with kind = \"pattern\"; it is a key of kind category or tree",
        ),
        ("kind = \"number\"\nmin = 5\nmax = 1", "p:7: axis.topic.max: 1 is less than min, 5"),
        (
            "kind = \"file\"\npath = \"no/such\"",
            "p:6: axis.topic.path: \"no/such\": No such file or directory; files are named from the folder of the plan",
        ),
        (
            "values = [\"a\"]\nwhen = { style = \"x\", weights = [1] }",
            "p:6: axis.topic.when: no axis before this one is called \"style\"; put the axis that it depends on before it",
        ),
        (
            "values = [\"a\", \"b\"]\nmin_per_value = 6",
            "p:3: axis.topic: 2 values with at least 6 examples each are more than count, 10; raise count, lower min_per_value, or take out cover",
        ),
        (
            "values = [\"a\"]\nper_example = true\ncover = true",
            "p:7: axis.topic.cover: what is drawn for each example by itself has no quota; take out per_example or this key",
        ),
    ];
    for (text, wanted) in table {
        one_fault(&axis(text), wanted);
    }
    one_fault(
        "[[axis]]\nname = \"avoid\"\nvalues = [\"a\"]",
        "p:4: axis.avoid.name: \"avoid\" is set by the tool; take another name",
    );
    one_fault(
        "[[axis]]\nname = \"a b\"\nvalues = [\"a\"]",
        "p:4: axis.a b.name: \"a b\" is no name; a name has a letter, then letters, digits and _, so that templates can say it",
    );
    let many = |name: &str| {
        format!(
            "[[axis]]\nname = \"{name}\"\nkind = \"number\"\nmin = 1\nmax = 1001\nper_example = false\n"
        )
    };
    one_fault(
        &format!("{}{}", many("x"), many("y")),
        "p:1: axis: 1001 x 1001 make 1002001 cells, more than 1000000; write per_example = true for an axis that needs no quotas",
    );
}

#[test]
fn a_condition_needs_an_axis_with_that_value() {
    let plan = |when: &str| {
        format!(
            "[[axis]]\nname = \"level\"\nvalues = [\"low\", \"high\"]\n[[axis]]\nname = \"style\"\nvalues = [\"a\", \"b\"]\nwhen = {when}"
        )
    };
    one_fault(
        &plan("{ level = \"hihg\", weights = [1, 2] }"),
        "p:9: axis.style.when: \"hihg\" is no value of level; did you mean high?",
    );
    one_fault(
        &plan("{ level = \"high\", weights = [1] }"),
        "p:9: axis.style.when.weights: 1 weight for 2 values; give one for each",
    );
    one_fault(
        &plan("{ level = \"high\" }"),
        "p:9: axis.style.when: wanted one axis with its value, and weights; write { AXIS = \"VALUE\", weights = [...] }, a table for each condition",
    );
    assert_eq!(
        faults(&plan(
            "[{ level = \"high\", weights = { a = 0 } }, { level = \"low\", weights = [1, 2] }]"
        )),
        [""; 0]
    );
}

#[test]
fn templates_name_only_what_there_is() {
    one_fault(
        "[prompt]\nuser_template = \"{{ topik }} {{ tone }}\"\n[[axis]]\nname = \"topic\"\nvalues = [\"a\"]",
        "p:4: prompt.user_template: names \"topik\", which is no axis and not set by the tool; did you mean topic?",
    );
    let broken = faults("[system]\nprompts = [\n\"fine\",\n\"{{ tone\"]");
    assert!(broken.len() == 1 && broken[0].starts_with("p:6: system.prompts: "), "{broken:?}");
    assert_eq!(
        faults(
            "[system]\nprompts = [\"{% for n in range(3) %}{{ n }}{{ loop.index }}{% endfor %}\"]"
        ),
        [""; 0]
    );
}

#[test]
fn no_secret_is_ever_shown() {
    let key = "sk-proj-aB3dE6gH9kL2mN5pQ8sT1vW4xyZ";
    let server = "[backend.a]\nkind = \"openai\"\nbase_url = \"http://h/v1\"\nmodel = \"m\"\n";
    for line in [
        format!("api_key = \"{key}\""),
        format!("key_env = \"{key}\""),
        "api_key = \"hunter2\"".to_owned(),
        "password = \"hunter2\"".to_owned(),
        "key_env = \"hunter-2 hunter2\"".to_owned(),
    ] {
        let told = faults(&format!("{server}{line}")).join("\n");
        assert!(!told.is_empty() && !told.contains("hunter") && !told.contains("sk-"), "{told}");
    }
    for line in [
        format!("backends = [\"{key}\"]\n{server}"),
        format!("[quality]\nreject = [\"{key}\"]"),
        format!("[task]\n\"{key}\" = 1"),
        format!("[backend.{key}]\nkind = \"x\""),
    ] {
        let told = faults(&line).join("\n");
        assert!(told.contains("(hidden)") && !told.contains("sk-"), "{told}");
    }
    let told = faults(&format!("[system]\nprompts = [\"use {key}\"]"));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("p:4: system.prompts: looks like a secret"), "{told:?}");
    for address in ["https://user:hunter2@h/v1", "https://h/v1?key=hunter2"] {
        let told = faults(&format!(
            "[backend.a]\nkind = \"openai\"\nmodel = \"m\"\nbase_url = \"{address}\""
        ));
        assert!(told.len() == 1 && !told[0].contains("hunter2"), "{told:?}");
    }
}

#[test]
fn a_command_is_read_by_no_shell() {
    one_fault(
        "[backend.a]\nkind = \"command\"\ncommand = \"python3 gen.py | cat\"",
        "p:5: backend.a.command: no shell reads it, so | would be an argument; write [\"sh\", \"-c\", \"...\"], or a \
         list of words to mean it",
    );
    for command in ["[\"grep\", \"|\"]", "\"sh -c 'a | b'\""] {
        assert_eq!(
            faults(&format!("[backend.a]\nkind = \"command\"\ncommand = {command}")),
            [""; 0]
        );
    }
}

#[test]
fn sections_must_agree() {
    one_fault(
        "[prompt]\nturn_by_turn = true\nper_request = 2",
        "p:5: prompt.per_request: cannot go with turn_by_turn: a request then asks for one turn; take one of them out",
    );
    one_fault(
        "[system]\nmode = \"fixed\"",
        "p:3: system.prompts: mode is fixed, and there is no prompt; none takes no prompt, fixed one, varied two or more",
    );
    one_fault(
        "[quality]\nreject = [\"refusals\"]",
        "p:4: quality.reject: \"refusals\" is no reason that is known; did you mean refusal?",
    );
    one_fault(
        "[quality.judge]\nbackend = \"template\"",
        "p:4: quality.judge.backend: \"template\" is of kind template, which judges nothing; name a backend that is a model",
    );
    one_fault(
        "[backend.a]\nkind = \"command\"\ncommand = \"cat\"\n[budget]\nusd = 1",
        "p:7: budget.usd: what backend a costs is not known; write backend.a.price, with 0 if it costs nothing",
    );
    one_fault(
        "backends = [\"b\"]\n[backend.a]\nkind = \"template\"",
        "p:3: backends: there is no [backend.b]; known: a",
    );
    let server = "[backend.a]\nkind = \"openai\"\nbase_url = \"http://x/v1\"\nmodel = \"m\"\n";
    one_fault(
        &format!("{server}body = {{ top_p = 0.9, stream = true }}"),
        "p:7: backend.a.body: stream is not set here; answers are streamed where the server can",
    );
    one_fault(
        &format!("{server}body = '[1]'"),
        "p:7: backend.a.body: a text; wanted a table, or a JSON object in a text; such as { top_p = 0.95 }",
    );
    one_fault(
        &format!("{server}body = {{ a = [inf] }}"),
        "p:7: backend.a.body: holds inf or nan, which are no JSON; such as { top_p = 0.95 }",
    );
    one_fault(
        &format!("{server}concurrency = 257"),
        "p:7: backend.a.concurrency: 257 is more than 256",
    );
    one_fault(
        "max_candidates = 5",
        "p:3: max_candidates: 5 is less than count, 10; 3 times count leaves room for refusals",
    );
    one_fault(
        "[turns]\ndist = { \"0\" = 1 }",
        "p:4: turns.dist: \"0\" is no number from 1 to 50; write { \"1\" = 0.7, \"2\" = 0.3 }: user turns and weights",
    );
    assert_eq!(
        read("count = 5").unwrap_err(),
        [
            "p:1: grammar: is missing, and there is no backend; write a [grammar], or a [backend.NAME] of kind openai, command or replay"
        ]
    );
    assert_eq!(
        read("count = 5\n[backend.a]\nkind = \"command\"\ncommand = \"cat\"").map(|_| ()),
        Ok(())
    );
}

#[test]
fn all_faults_are_told_in_the_order_of_lines() {
    let told = faults(
        "bathc = 5\n[task]\nnegatives = 2\n[[axis]]\nname = \"x\"\nvalues = 1\n[system]\nprompts = [\"{{ y }}\"]",
    );
    let lines: Vec<&str> = told.iter().map(|told| told.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["p:3", "p:5", "p:8", "p:10"], "{told:?}");
}

#[test]
fn files_are_named_from_the_folder_of_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("people.txt"), "# people\nA baker\n\n A pilot \nA baker\n")
        .unwrap();
    std::fs::write(folder.path().join("old.jsonl"), "").unwrap();
    let text = "count = 4\ngrammar.x = 1\n[[axis]]\nname = \"who\"\nkind = \"file\"\npath = \"people.txt\"\n[dedup]\nagainst = [\"old.jsonl\", \".\"]";
    let path = folder.path().join("plan.toml");
    let told = Plan::read(&path, text.as_bytes()).unwrap_err();
    assert_eq!(
        told[0].told("p"),
        "p:8: dedup.against: \".\": is a folder; files are named from the folder of the plan"
    );
    let plan = Plan::read(&path, text.replace(", \".\"", "").as_bytes()).unwrap();
    assert!(
        matches!(&plan.axes[0].values, Values::List(values) if values == &["A baker", "A pilot"])
    );
    assert_eq!(plan.files.len(), 2);
}

#[test]
fn every_key_is_in_a_table_that_there_is_and_every_default_fits() {
    for key in KEYS {
        let parent = key.parent();
        let above =
            parent.strip_suffix("[]").or_else(|| parent.strip_suffix(".*")).unwrap_or(parent);
        assert!(parent.is_empty() || keys::find(above).is_some(), "{}", key.path);
        assert!(key.about.ends_with(['.', '?']), "{}", key.path);
        if let Otherwise::Is(usual) = key.otherwise {
            let tree = super::tree::parse(format!("usual = {usual}").as_bytes()).unwrap();
            let node: &Node = tree.get("usual").unwrap();
            let plain = !matches!(key.takes, Takes::Turns | Takes::Schema | Takes::Object);
            assert!(!plain || super::form::fits(node, key.takes).is_ok(), "{}", key.path);
        }
    }
}

#[test]
fn who_judges_makes_examples_only_where_there_is_no_other() {
    let backend = |name: &str| format!("[backend.{name}]\nkind = \"command\"\ncommand = \"cat\"\n");
    let judge = "[quality.judge]\nbackend = \"j\"\n";
    let names = |text: &str| {
        let plan = read(text).unwrap();
        let names =
            |of: &[super::Backend]| of.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        (names(&plan.backends), names(&plan.spare))
    };
    let both = backend("j") + &backend("m");
    let own = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&format!("count = 5\n{judge}{both}")), (own(&["m"]), own(&["j"])));
    assert_eq!(names(&format!("count = 5\n{judge}{}", backend("j"))), (own(&["j"]), own(&[])));
    let off = format!("{judge}enabled = false\n");
    assert_eq!(names(&format!("count = 5\n{off}{both}")), (own(&["j", "m"]), own(&[])));
    let phrases = "[backend.t]\nkind = \"template\"\n[grammar]\nuser = \"a\"\nassistant = \"b\"";
    let beside = format!("count = 5\n{judge}{}{phrases}", backend("j"));
    assert_eq!(names(&beside), (own(&["j", "t"]), own(&[])));
    let named = format!("count = 5\nbackends = [\"m\", \"j\"]\n{judge}{both}");
    assert_eq!(names(&named), (own(&["m", "j"]), own(&[])));
}

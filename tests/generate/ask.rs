//! The questions, and the plan that is written of the answers.

use super::generate;
use super::plan::{alone, typing};
use crate::util::Folder;

const ANSWERS: &str = r#"{"task": "customer-support", "domain": "an online shop", "count": 120, "target": ["openai", "unsloth"],
"topics": ["returns", "delivery"], "weights": [2, 1], "turns": "single"}"#;

#[test]
fn answers_in_a_file_make_a_plan_that_can_be_shown() {
    let folder = Folder::of("chatml-gen");
    folder.put("answers.json", ANSWERS);
    alone(&folder, &["ask", "--answers", "answers.json", "-o", "plan.toml"]).exits(0).writes("");
    let text = String::from_utf8(folder.get("plan.toml")).unwrap();
    assert!(text.contains("# share in which the assistant declines or asks back"), "{text}");
    let done = generate(&folder, "plan plan.toml --json", "");
    let all = &done.exits(0).json()[0];
    assert_eq!(all["task"]["targets"], serde_json::json!(["openai", "unsloth"]));
    assert_eq!(all["axes"][0]["values"][0]["examples"], 80.0);
    let again = alone(&folder, &["ask", "--answers", "answers.json", "-o", "plan.toml"]);
    again.exits(2).says("plan.toml: already exists; --force replaces it");
}

#[test]
fn the_plan_of_the_usual_answers_can_be_run_at_once() {
    let folder = Folder::of("chatml-gen");
    let answers = ["--set", "task=tutoring", "--set", "domain=cooking", "--set", "target=any"];
    let more = ["--set", "count=300", "--set", "topics=soups, sauces, bread"];
    let done =
        alone(&folder, &[&["ask", "--defaults", "-o", "plan.toml"], &answers[..], &more].concat());
    done.exits(0);
    let done = generate(&folder, "run plan.toml --yes", "");
    done.exits(0);
    assert_eq!(done.out().lines().count(), 300, "{done}");
}

#[test]
fn ready_plans_of_given_forms_make_data_that_does_not_repeat_itself() {
    let folder = Folder::of("chatml-gen");
    // Of the two others the answers are long texts and code, which phrases cannot vary enough.
    for name in ["classification", "extraction", "tool-use", "tutoring"] {
        let plan = generate(&folder, &format!("ask --preset {name}"), "");
        folder.put("plan.toml", &plan.exits(0).stdout);
        generate(&folder, &format!("run plan.toml --yes -q -d {name}"), "").exits(0);
        let told = String::from_utf8(folder.get(&format!("{name}/dataset_info.txt"))).unwrap();
        assert!(told.contains("✓ Diversity check passed"), "{name}: {told}");
        assert!(!told.contains('✗'), "{name}: {told}");
        assert_eq!(
            told.contains("labels or JSON, and not judged"),
            name.ends_with("tion"),
            "{name}"
        );
    }
}

#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let folder = Folder::of("chatml-gen");
    let done = alone(&folder, &["ask", "--set", "count=5", "--set", "backend=command"]);
    done.exits(2)
        .writes("")
        .says("not answered are: task, domain, target, command; give them with --answers or --set");
    let done = alone(&folder, &["ask", "--set", "cuont=5", "--set", "negatives=many"]);
    done.exits(2)
        .says("there is no question \"cuont\"; did you mean count?")
        .says("negatives: \"many\"; wanted a share");
}

#[test]
fn the_questions_that_are_open_are_printed_for_a_program() {
    let folder = Folder::of("chatml-gen");
    folder.put("answers.json", ANSWERS);
    let open = |args: &str| {
        let done = generate(&folder, args, "");
        let all = done.exits(0).json().remove(0);
        let questions = all["questions"].as_array().unwrap().clone();
        assert!(questions.iter().all(|question| question["question"].is_string()), "{all}");
        questions
            .iter()
            .map(|question| question["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(open("ask --questions-json")[..4], ["task", "domain", "count", "target"]);
    let left = open(
        "ask --questions-json --answers answers.json --set backend=template --set system=none",
    );
    let wanted = [
        "name",
        "complexity",
        "edge_cases",
        "phrasing",
        "typos",
        "tone",
        "language",
        "length",
        "formats",
        "forbidden",
        "negatives",
        "validation",
    ];
    assert_eq!(left, wanted);
}

#[test]
fn a_person_is_asked_on_the_terminal_and_the_plan_goes_to_a_file() {
    let folder = Folder::of("chatml-gen");
    folder.put("answers.json", ANSWERS);
    // Every other question is answered by an empty line.
    let done = typing(&folder, "ask --answers answers.json -o plan.toml", &"\n".repeat(30));
    done.exits(0);
    assert!(done.out().contains("Where do examples come from?"), "{done}");
    assert!(!done.out().contains("How many examples are needed?"), "{done}");
    generate(&folder, "plan plan.toml", "").exits(0);
}

#[test]
fn ready_plans_are_listed_and_written() {
    let folder = Folder::of("chatml-gen");
    let done = generate(&folder, "ask --list-presets", "");
    let names: Vec<String> = done
        .exits(0)
        .out()
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert!(names.contains(&"customer-support".to_owned()), "{done}");
    let done = generate(&folder, "ask --preset customer-support", "");
    folder.put("plan.toml", &done.exits(0).stdout);
    generate(&folder, "plan plan.toml", "").exits(0);
    generate(&folder, "ask --preset custmer-support", "")
        .exits(2)
        .says("did you mean customer-support?");
}

#[test]
fn answers_change_a_ready_plan_where_they_are_one_value_of_it() {
    let folder = Folder::of("chatml-gen");
    let ask = |more: &str| generate(&folder, &format!("ask --preset customer-support {more}"), "");
    let done = ask("--set count=200 --set name=mine --set validation=0.2 --set negatives=0.2");
    folder.put("plan.toml", &done.exits(0).stdout);
    let all = generate(&folder, "plan plan.toml --json", "").exits(0).json().remove(0);
    assert_eq!((all["count"].as_u64(), all["plan"]["name"].as_str()), (Some(200), Some("mine")));
    assert_eq!(all["negatives"], 40);
    let done = ask("--set topics=a,b").exits(2).out();
    assert_eq!(done, "");
    ask("--set topics=a,b").says("and change axis.topic there");
    ask("--set count=many").exits(2).says("count: \"many\"");
    ask("--set count=3")
        .exits(2)
        .says("chatml-gen: count: 3; the preset customer-support makes 100 or more")
        .writes("");
    let language =
        "--set task=tutoring --set domain=d --set target=any --set count=20 --set language=Dutch";
    let done = generate(&folder, &format!("ask --defaults {language}"), "");
    assert!(done.exits(0).out().contains("language = \"Dutch\""), "{done}");
}

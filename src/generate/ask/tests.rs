//! Any answers make a plan that can be read.

use std::path::Path;

use proptest::prelude::*;

use crate::error::Result;
use crate::generate::opened;
use crate::generate::plan::{KEYS, parse_tree};
use crate::generate::show::Person;

use super::answers::{Answer, Answers, parse};
use super::questions::{QUESTIONS, Takes, find};
use super::{wizard, write};

fn answered(pairs: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::default();
    for (id, text) in pairs {
        answers.set(id, text).unwrap();
    }
    answers
}

const ESSENTIAL: [(&str, &str); 4] = [
    ("task", "customer-support"),
    ("domain", "e-commerce"),
    ("count", "600"),
    ("target", "openai"),
];

#[test]
fn the_table_is_sound() {
    for (at, question) in QUESTIONS.iter().enumerate() {
        assert!(QUESTIONS[..at].iter().all(|other| other.id != question.id), "{}", question.id);
        if let Some(usual) = question.usual {
            assert!(parse(question, usual).is_ok(), "{}", question.id);
        }
        if let Some((other, answers)) = question.only_if {
            let place = QUESTIONS[..at].iter().find(|q| q.id == other);
            let choices = place.expect("asked before").takes.choices();
            assert!(answers.iter().all(|answer| choices.contains(answer)), "{}", question.id);
        }
        for key in question.sets {
            let known = key.starts_with("axis.")
                || KEYS.iter().any(|known| known.path == key.replace("backend.main", "backend.*"));
            assert!(known, "{key}");
        }
    }
}

#[test]
fn the_essentials_alone_make_a_plan() {
    let mut answers = answered(&ESSENTIAL);
    assert_eq!(answers.fill(), [""; 0]);
    let text = write::write(&answers);
    let opened = opened::read(Path::new("p"), text.as_bytes()).unwrap();
    let plan = &opened.plan;
    assert_eq!((plan.count, plan.task.kind.as_str()), (600, "customer-support"));
    assert_eq!((plan.task.negatives, plan.output.validation), (0.1, 0.15));
    assert_eq!(plan.task.targets, ["openai"]);
    assert!(opened.grammar.is_some());
    let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    assert_eq!(names, ["difficulty", "situation", "intent", "expertise"]);
}

#[test]
fn what_is_missing_is_named() {
    let mut answers = answered(&[("count", "5"), ("backend", "command")]);
    assert_eq!(answers.fill(), ["task", "domain", "target", "command"]);
    assert!(answers.get("server").is_none(), "no question of another backend is asked");
}

#[test]
fn answers_are_taken_as_people_write_them() {
    let parsed = |id: &str, text: &str| parse(find(id).unwrap(), text);
    assert_eq!(parsed("count", "1,000"), Ok(Answer::Whole(1000)));
    assert_eq!(parsed("validation", "15 %"), Ok(Answer::Share(0.15)));
    assert_eq!(parsed("edge_cases", "Y"), Ok(Answer::Yes(true)));
    assert_eq!(parsed("turns", "MIXED"), Ok(Answer::Text("mixed".into())));
    assert_eq!(
        parsed("topics", "a, b;a,,c "),
        Ok(Answer::List(["a", "b", "c"].map(String::from).to_vec()))
    );
    assert_eq!(parsed("target", "any"), Ok(Answer::List(Vec::new())));
    let told = |id, text| parsed(id, text).unwrap_err();
    assert_eq!(told("count", "many"), "count: \"many\"; wanted a whole number from 1 to 100000000");
    assert_eq!(
        told("negatives", "7"),
        "negatives: \"7\"; wanted a share from 0 to 1, such as 0.1 or 10%"
    );
    assert_eq!(told("target", "opnai"), "target: \"opnai\" is not known; did you mean openai?");
    assert!(!told("key_env", "hunter-2").contains("hunter"));
    assert!(!told("server", "https://me:hunter2@host/v1").contains("hunter"));
    assert!(!told("domain", "sk-proj-aB3dE6gH9kL2mN5pQ8sT1vW4xyZ").contains("sk-"));
    assert_eq!(told("domain", " "), "domain: \"\"; wanted a text");
}

#[test]
fn a_file_of_answers_is_read_and_its_faults_are_told() {
    let mut answers = Answers::default();
    let text = "task = \"extraction\"\ncount = 120\nnegatives = 0.2\nedge_cases = false\ntopics = [\"a\", \"b\"]\nweights = [2, 1.5]\n";
    assert_eq!(answers.read(&parse_tree(text.as_bytes()).unwrap()), [""; 0]);
    assert_eq!(answers.whole("count"), 120);
    assert_eq!(answers.weights(), [2.0, 1.5]);
    let wrong = "{\"cuont\": 5,\n\"count\": true,\n\"weights\": [0]}";
    let faults = answers.read(&parse_tree(wrong.as_bytes()).unwrap());
    assert_eq!(
        faults,
        [
            "line 1: there is no question \"cuont\"; did you mean count?",
            "line 2: count: true or false; wanted a whole number from 1 to 100000000",
            "line 3: weights: a number that is not above 0; wanted numbers above 0, parted by commas",
        ]
    );
}

/// Answers in order, and remembers what it was asked.
struct Script(std::vec::IntoIter<&'static str>, String);

impl Person for Script {
    fn ask(&mut self, text: &str) -> Result<Option<String>> {
        self.1.push_str(text);
        Ok(self.0.next().map(str::to_owned))
    }
}

#[test]
fn the_wizard_asks_what_is_open_and_again_what_was_wrong() {
    let mut answers = answered(&[("domain", "law"), ("target", "trl"), ("name", "x")]);
    let script = vec![
        "2", "none", "600", "", "", "", "yes", "", "", "", "", "", "", "", "", "a, b", "1", "1 2",
        "", "",
    ];
    let mut person = Script(script.into_iter(), String::new());
    wizard::ask(&mut answers, &mut person).unwrap();
    assert_eq!(answers.open().count(), 0);
    assert_eq!(answers.text("task"), "technical-qa");
    assert_eq!(answers.whole("count"), 600);
    assert_eq!(answers.weights(), [1.0, 2.0]);
    assert!(!person.1.contains("subject matter"), "answered before");
    assert!(person.1.contains("count: \"none\"; wanted a whole number"));
    assert!(person.1.contains("weights: 1 for 2 topics; give one for each"));
    let closed =
        wizard::ask(&mut Answers::default(), &mut Script(Vec::new().into_iter(), String::new()));
    assert!(closed.is_err());
}

/// Texts as nobody should write them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        Just("{{ x }} {% if %} {y} \"\"\" \\ # ' = [a]".to_owned()),
        Just("世界 \u{7f}é\u{202e}".to_owned()),
    ]
}

fn answer(takes: Takes) -> BoxedStrategy<Option<Answer>> {
    let some = match takes {
        Takes::Text(_) | Takes::Address | Takes::Variable => text().prop_map(Answer::Text).boxed(),
        Takes::Whole(..) => (1_u64..3000).prop_map(Answer::Whole).boxed(),
        Takes::Share(most) => {
            (0..=90_u32).prop_map(move |n| Answer::Share(f64::from(n) / 100.0 * most)).boxed()
        }
        Takes::YesNo => any::<bool>().prop_map(Answer::Yes).boxed(),
        Takes::Choice(choices) => {
            prop::sample::select(choices).prop_map(|text| Answer::Text(text.to_owned())).boxed()
        }
        Takes::Targets => prop::sample::subsequence(vec!["openai", "trl", "unsloth"], 0..3)
            .prop_map(|texts| Answer::List(texts.into_iter().map(String::from).collect()))
            .boxed(),
        Takes::List(_) => prop::collection::vec(text(), 0..6).prop_map(Answer::List).boxed(),
        Takes::Weights => prop::collection::vec(1_u32..9, 0..6)
            .prop_map(|weights| Answer::Weights(weights.into_iter().map(f64::from).collect()))
            .boxed(),
    };
    prop::option::weighted(0.7, some).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_answers_make_a_plan_that_can_be_read(
        given in QUESTIONS.iter().map(|question| answer(question.takes)).collect::<Vec<_>>(),
    ) {
        let mut answers = answered(&ESSENTIAL);
        for (question, answer) in QUESTIONS.iter().zip(given) {
            // As the checks of answers let it through.
            let text = match answer {
                None => continue,
                Some(Answer::Text(text)) => text,
                Some(Answer::Whole(number)) => number.to_string(),
                Some(Answer::Share(share)) => share.to_string(),
                Some(Answer::Yes(yes)) => yes.to_string(),
                Some(Answer::List(texts)) => texts.join(","),
                Some(Answer::Weights(weights)) => {
                    weights.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
                }
            };
            let _ = answers.set(question.id, &text);
        }
        let missing = answers.fill();
        prop_assert!(missing.is_empty() || missing == ["command"], "{missing:?}");
        if !missing.is_empty() {
            answers.set("command", "cat").unwrap();
        }
        if answers.disagreement().is_some() {
            answers.forget("weights");
        }
        let text = write::write(&answers);
        let opened = opened::read(Path::new("p"), text.as_bytes());
        let told = opened.as_ref().err().map(|faults| faults.iter().map(|f| f.told("p")).collect::<Vec<_>>());
        prop_assert!(told.is_none(), "{told:?}\n{text}");
        let plan = opened.unwrap().plan;
        prop_assert_eq!(plan.count, answers.whole("count"));
        let topics = answers.list("topics").len();
        prop_assert!(topics == 0 || plan.axes[0].weights.len() == topics);
    }
}

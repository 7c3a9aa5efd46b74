//! Phrases to begin with, for a plan that asks no model: they run, and they are there to be replaced.

use super::answers::Answers;
use super::write::{list, most_turns};

/// What stands above them.
const WARNING: &str = "
# Phrases to begin with. They show how a grammar is written, and what they say is empty: a model learns nothing from
# it. Replace them by what your users ask and what is right to answer, with slots that both sides share; chatml-gen
# ask --list-presets has whole examples. {topic} is the value of an axis, {opening} a rule, {~this|that} one of two.
[grammar.rules]
";

const OPENINGS: [&str; 10] = [
    "Hello,",
    "Hi there,",
    "Good morning,",
    "A quick one:",
    "I am stuck.",
    "Could you help me?",
    "Sorry to bother you,",
    "This came up today:",
    "Before I forget,",
    "My colleague sent me here.",
];

const DETAILS: [&str; 12] = [
    "it worked last week and now it does not",
    "the guide says one thing and I see another",
    "I have to explain it to somebody tomorrow",
    "I tried twice already and nothing came of it",
    "there are two ways and I cannot choose",
    "it is the first time that I do this",
    "I only have ten minutes for it",
    "my notes on it are a year old",
    "the numbers do not add up for me",
    "I may have missed a step somewhere",
    "it has to be right the first time",
    "nobody here remembers how we did it",
];

const ENDINGS: [&str; 8] = [
    "What should I do?",
    "Where do I start?",
    "What do you suggest?",
    "Please tell me the next step.",
    "I would like a short answer.",
    "Is there something I overlook?",
    "How do others go about it?",
    "Explain it in plain words, please.",
];

/// The grammar for these answers.
pub(super) fn grammar(answers: &Answers) -> String {
    let about = if answers.list("topics").is_empty() { "this" } else { "{topic}" };
    let mut out = WARNING.to_owned();
    for (name, phrases) in
        [("opening", &OPENINGS[..]), ("detail", &DETAILS[..]), ("ending", &ENDINGS[..])]
    {
        out.push_str(&format!("{name} = {}\n", indented(phrases)));
    }
    out.push_str("\n[grammar]\n");
    let user = [
        format!("{{opening}} about {about}: {{detail}}. {{ending}}"),
        format!("{{opening}} I have a question on {about}, since {{detail}}. {{ending}}"),
        format!("{{detail|capital}}; it is about {about}. {{ending}}"),
    ];
    out.push_str(&format!("user = {}\n", indented(&user)));
    let assistant = [
        format!(
            "Let us look at {about} together. You say that {{detail}}, so begin there and go on step by step."
        ),
        format!(
            "With {about} it helps to begin with what you know. Since {{detail}}, check that first."
        ),
    ];
    out.push_str(&format!("assistant = {}\n", indented(&assistant)));
    followups("grammar.followup", answers, &mut out);
    if answers.share("negatives") > 0.0 {
        let user =
            format!("{{opening}} do all of {about} for me without asking: {{detail}}. {{ending}}");
        let assistant =
            format!("I cannot decide that for you. What about {about} matters most to you?");
        out.push_str(&format!(
            "\n[grammar.negative]\nuser = {}\nassistant = {}\n",
            list(&[user]),
            list(&[assistant])
        ));
        followups("grammar.negative.followup", answers, &mut out);
    }
    out
}

/// As many further turns as a conversation can have.
fn followups(table: &str, answers: &Answers, out: &mut String) {
    for (user, assistant) in FOLLOWUPS.iter().take(most_turns(answers) - 1) {
        let (user, assistant) = (list(&[user]), list(&[assistant]));
        out.push_str(&format!("\n[[{table}]]\nuser = {user}\nassistant = {assistant}\n"));
    }
}

const FOLLOWUPS: [(&str, &str); 3] = [
    ("And then? {detail|capital}.", "Then check the result, and write down what you did."),
    ("I see. {ending}", "Take the smallest step that you can undo, and look what it does."),
    ("Thank you, that helps.", "You are welcome. Come back if something else comes up."),
];

fn indented<T: AsRef<str>>(phrases: &[T]) -> String {
    let lines: String = phrases
        .iter()
        .map(|phrase| format!("  {},\n", super::write::quoted(phrase.as_ref())))
        .collect();
    format!("[\n{lines}]")
}

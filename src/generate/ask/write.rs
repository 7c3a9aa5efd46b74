//! The plan that is written of the answers: every key with what it does, and why it has this value.

use crate::generate::reason::{REASONS, When};

use super::answers::Answers;
use super::starter;

/// Examples that are tried for one that is to be accepted.
pub(super) const TRIED: u64 = 3;

/// The plan as TOML.
pub(super) fn write(answers: &Answers) -> String {
    let mut out = Toml::default();
    top(answers, &mut out);
    task(answers, &mut out);
    system(answers, &mut out);
    turns(answers, &mut out);
    axes(answers, &mut out);
    checks(answers, &mut out);
    backend(answers, &mut out);
    output(answers, &mut out);
    if answers.text("backend") == "template" {
        out.0.push_str(&starter::grammar(answers));
    }
    out.0
}

/// TOML that grows line by line.
#[derive(Default)]
struct Toml(String);

impl Toml {
    fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.0.push_str(&format!("# {line}\n"));
        }
    }

    fn key(&mut self, name: &str, value: &str, about: &str) {
        let line = format!("{name} = {value}");
        match about.is_empty() {
            true => self.0.push_str(&format!("{line}\n")),
            // Comments of short lines stand below each other.
            false => self.0.push_str(&format!("{line:<32}  # {about}\n")),
        }
    }

    fn table(&mut self, name: &str, about: &str) {
        self.0.push('\n');
        self.comment(about);
        self.0.push_str(&format!("{name}\n"));
    }
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    // The escapes of JSON are escapes of TOML; U+007F must be one in TOML alone.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// A list of texts on one line.
pub(super) fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// A list of texts, one on each line if there are many.
fn lines(texts: &[String]) -> String {
    let short = list(texts);
    if short.chars().count() <= 80 {
        return short;
    }
    let texts: String = texts.iter().map(|text| format!("  {},\n", quoted(text))).collect();
    format!("[\n{texts}]")
}

fn top(answers: &Answers, out: &mut Toml) {
    let count = answers.whole("count");
    out.comment(
        "A plan of chatml-gen. Look at it with chatml-gen plan, say yes with chatml-gen approve,",
    );
    out.comment("make the examples with chatml-gen run. All keys: chatml-gen plan --schema");
    out.0.push('\n');
    out.key("version", "1", "");
    out.key("name", &quoted(answers.text("name")), "");
    out.key("seed", "42", "the same plan and seed make the same choices");
    out.key("count", &count.to_string(), "examples that are accepted, not only tried");
    let tried = count.saturating_mul(TRIED);
    out.key("max_candidates", &tried.to_string(), "tried at most; then the run ends short");
    if count >= 100 {
        out.key("batch", "50", "after so many the distribution is looked at and steered");
    }
}

fn task(answers: &Answers, out: &mut Toml) {
    out.table("[task]", "What the model is to learn.");
    out.key("type", &quoted(answers.text("task")), "");
    out.key("domain", &quoted(answers.text("domain")), "");
    let language = quoted(answers.text("language"));
    out.key("language", &language, "prompts name it; the tool judges no language");
    out.key("tone", &quoted(answers.text("tone")), "");
    let (least, most) = words(answers);
    if least.is_some() || most.is_some() {
        let bound = |name: &str, bound: Option<u64>| bound.map(|n| format!("{name} = {n}"));
        let bounds: Vec<String> =
            [bound("min_words", least), bound("max_words", most)].into_iter().flatten().collect();
        let value = format!("{{ {} }}", bounds.join(", "));
        // Phrases have the length that they have.
        match answers.text("backend") == "template" {
            true => {
                out.comment(&format!("response_length = {value}  # once your phrases are so long"))
            }
            false => out.key("response_length", &value, "answers beyond are refused"),
        }
    }
    let formats = formats(answers);
    if !formats.is_empty() {
        out.key("formats", &list(&formats), "what answers are to look like");
    }
    let forbidden: Vec<String> = answers
        .list("forbidden")
        .iter()
        .map(|text| format!("(?i){}", regex::escape(text)))
        .collect();
    if !forbidden.is_empty() {
        out.key("forbidden", &lines(&forbidden), "regular expressions that no example may match");
    }
    let share = answers.share("negatives");
    out.key("negatives", &number(share), "share in which the assistant declines or asks back");
    out.key("typos", &number(answers.share("typos")), "share of the user's messages with slips");
    out.key("targets", &list(answers.list("target")), "every example is valid for these");
}

/// Least and most words of an answer.
fn words(answers: &Answers) -> (Option<u64>, Option<u64>) {
    let (least, most) = match answers.text("length") {
        "brief" => (None, Some(60)),
        "medium" => (Some(30), Some(160)),
        "detailed" => (Some(120), Some(400)),
        "steps" => (Some(60), Some(400)),
        _ => (None, None),
    };
    // Labels and what is read out of a text are as long as they are.
    match answers.text("task") {
        "classification" | "extraction" => (None, most),
        _ => (least, most),
    }
}

fn formats(answers: &Answers) -> Vec<String> {
    let mut formats = answers.list("formats").to_vec();
    if answers.text("length") == "steps" {
        formats.push("a guide step by step".to_owned());
    }
    formats
}

/// A number as TOML wants it.
fn number(number: f64) -> String {
    format!("{number}")
}

fn system(answers: &Answers, out: &mut Toml) {
    const FIRST: &str = "You are an assistant for {{ task }} in the field of {{ domain }}. Your tone is {{ tone }}.";
    const OTHERS: [&str; 2] = [
        "You help with {{ domain }}. Answer what is asked, in a tone that is {{ tone }}; if something is missing, ask.",
        "{{ domain }}: {{ task }}. Be helpful and correct. Say so when you do not know.",
    ];
    let prompts: Vec<&str> = match answers.text("system") {
        "fixed" => vec![FIRST],
        "varied" => [FIRST].into_iter().chain(OTHERS).collect(),
        _ => Vec::new(),
    };
    out.table("[system]", "What the model is told about itself. {{ names }} are filled in.");
    out.key("mode", &quoted(answers.text("system")), "");
    if !prompts.is_empty() {
        let prompts: Vec<String> = prompts.into_iter().map(str::to_owned).collect();
        out.key("prompts", &lines(&prompts), "");
    }
}

/// The most turns that a conversation has.
pub(super) fn most_turns(answers: &Answers) -> usize {
    match answers.text("turns") {
        "single" => 1,
        "mixed" => 3,
        _ => 4,
    }
}

fn turns(answers: &Answers, out: &mut Toml) {
    let dist = match answers.text("turns") {
        "single" => "{ \"1\" = 1 }",
        "mixed" => "{ \"1\" = 0.7, \"2\" = 0.2, \"3\" = 0.1 }",
        _ => "{ \"2\" = 0.4, \"3\" = 0.4, \"4\" = 0.2 }",
    };
    out.table("[turns]", "How often the user speaks, with shares.");
    out.key("dist", dist, "");
}

/// An axis whose values are in a list.
fn axis(out: &mut Toml, about: &str, name: &str, values: &[&str], more: &[(&str, String, &str)]) {
    out.table("[[axis]]", about);
    out.key("name", &quoted(name), "");
    out.key("values", &list(values), "");
    for (name, value, about) in more {
        out.key(name, value, about);
    }
}

fn axes(answers: &Answers, out: &mut Toml) {
    let topics = answers.list("topics");
    if !topics.is_empty() {
        out.table(
            "[[axis]]",
            "Subtopics. Axes without per_example are crossed, and each combination has its quota.",
        );
        out.key("name", "\"topic\"", "");
        out.key("values", &lines(topics), "");
        if !answers.weights().is_empty() {
            let weights: Vec<String> = answers.weights().iter().map(|w| number(*w)).collect();
            out.key("weights", &format!("[{}]", weights.join(", ")), "in the order of the values");
        }
        if topics.len() as u64 <= answers.whole("count") {
            out.key("cover", "true", "each comes at least once");
        }
    }
    match answers.text("complexity") {
        "mixed" => {
            let weights = ("weights", "[3, 4, 3]".to_owned(), "");
            axis(
                out,
                "How hard it is.",
                "difficulty",
                &["simple", "medium", "complex"],
                &[weights],
            );
        }
        one => axis(out, "How hard it is: one level only.", "difficulty", &[one], &[]),
    }
    if answers.yes("edge_cases") {
        let about = "Edge cases and errors, so that the model has seen them.";
        let values = ["usual", "edge case", "error or unusual situation"];
        axis(out, about, "situation", &values, &[("weights", "[8, 1, 1]".to_owned(), "")]);
    }
    if answers.yes("phrasing") {
        let drawn = ("per_example", "true".to_owned(), "drawn by chance, without a quota");
        let weights = ("weights", "[5, 3, 2]".to_owned(), "");
        let about = "In which form people ask.";
        axis(
            out,
            about,
            "intent",
            &["question", "command", "statement"],
            &[weights, drawn.clone()],
        );
        let about = "How much the user knows.";
        axis(out, about, "expertise", &["beginner", "intermediate", "expert"], &[drawn]);
    }
}

fn checks(answers: &Answers, out: &mut Toml) {
    out.table("[dedup]", "What counts as a repetition: of the run, and of the files in against.");
    out.key("on", "\"user\"", "what the user says; or conversation");
    out.key("near", "0.8", "share of equal runs of five words; 0: equal ones only");
    out.key("against", "[]", "such as your test set, so that it is not given away");
    if answers.text("backend") != "template" {
        out.key("max_same_opening", "0.1", "models love to begin alike");
    }
    out.table("[quality]", "What is refused. Names of further reasons are in the manual.");
    let usual = REASONS.iter().filter(|info| info.when == When::Usually);
    let usual: Vec<String> = usual.map(|info| info.name.to_owned()).collect();
    out.key("reject", &lines(&usual), "");
}

fn backend(answers: &Answers, out: &mut Toml) {
    match answers.text("backend") {
        "template" => {
            out.table(
                "[backend.template]",
                "Where examples come from: the phrases of [grammar], offline and free.",
            );
            out.key("kind", "\"template\"", "or openai, command, replay");
        }
        "command" => {
            out.table(
                "[backend.main]",
                "Where examples come from: a program, prompt in, answer out.",
            );
            out.key("kind", "\"command\"", "");
            out.key("command", &command(answers.text("command")), "");
            out.key("concurrency", "1", "how many of it run at a time");
            price(out);
        }
        kind => {
            let about = match kind {
                "prompts" => {
                    "Where examples come from: chatml-gen prompts writes the requests for this model, chatml-gen\ningest reads the answers that somebody else carries."
                }
                _ => "Where examples come from: a server that speaks OpenAI's chat API.",
            };
            out.table("[backend.main]", about);
            out.key("kind", "\"openai\"", "");
            out.key("base_url", &quoted(answers.text("server")), "");
            out.key("model", &quoted(answers.text("model")), "");
            match answers.text("key_env") {
                "" => out.comment("key_env = \"OPENAI_API_KEY\"  # the variable that holds the key; never the key itself"),
                name => out.key("key_env", &quoted(name), "the variable that holds the key"),
            }
            out.key("temperature", "0.9", "lower is more alike");
            out.key("max_tokens", "1200", "of one answer");
            out.key("concurrency", "4", "requests in flight");
            price(out);
        }
    }
    if answers.text("backend") != "template" {
        out.table("[prompt]", "How the model is asked. Without templates of your own the request is made of task and axes.");
        out.key("per_request", "1", "more are cheaper, and more alike");
        out.comment(
            "few_shot = { file = \"seeds.jsonl\", k = 3 }  # examples of yours that are shown",
        );
        out.table(
            "# [budget]",
            "What ends a run early; it can be resumed. Take out the # to set it.",
        );
        out.comment("tokens = 3000000\nwall = \"2h\"\nusd = 5.0  # needs the price above");
    }
}

/// The words of a command line; if it has an open quote, one word as it stands.
fn command(text: &str) -> String {
    match shell_words::split(text) {
        Ok(words) if !words.is_empty() && words.first().is_some_and(|word| !word.is_empty()) => {
            list(&words)
        }
        _ => list(&[text]),
    }
}

fn price(out: &mut Toml) {
    out.comment("price = { in_per_mtok = 0.15, out_per_mtok = 0.60 }  # USD; without it the cost is unknown");
}

fn output(answers: &Answers, out: &mut Toml) {
    out.table("[output]", "What is written.");
    out.key("meta", "\"none\"", "inline: records tell what they were made from");
    let share = number(answers.share("validation"));
    out.key("validation", &share, "share that is set apart; 0.1 to 0.2 is usual");
}

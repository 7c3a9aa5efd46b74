//! The table of questions. The wizard, `--questions-json` and the checks of answers are made of it.

use crate::rules::PROFILES;

/// A part of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Essential,
    Quality,
    Composition,
}

impl Group {
    pub(super) fn name(self) -> &'static str {
        match self {
            Group::Essential => "essential",
            Group::Quality => "quality and diversity",
            Group::Composition => "composition",
        }
    }
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Takes {
    /// Any text; with suggestions.
    Text(&'static [&'static str]),
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A share from 0 to 1.
    Share(f64),
    /// Yes or no.
    YesNo,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Any of the profiles of chatml-validate, or none.
    Targets,
    /// The address of a server.
    Address,
    /// The name of an environment variable, or none.
    Variable,
    /// Texts, at most so many.
    List(usize),
    /// Weights, one for each of the answers to another question.
    Weights,
}

impl Takes {
    pub(super) fn name(self) -> &'static str {
        match self {
            Takes::Text(_) => "text",
            Takes::Address => "address",
            Takes::Variable => "name of an environment variable",
            Takes::Whole(..) => "whole number",
            Takes::Share(_) => "share",
            Takes::YesNo => "yes or no",
            Takes::Choice(_) => "one of the choices",
            Takes::Targets => "some of the choices",
            Takes::List(_) => "list of texts",
            Takes::Weights => "list of numbers",
        }
    }

    /// What can be chosen, or is suggested.
    pub(super) fn choices(self) -> Vec<&'static str> {
        match self {
            Takes::Text(choices) | Takes::Choice(choices) => choices.to_vec(),
            Takes::Targets => {
                PROFILES.iter().map(|profile| profile.name).chain([ANY_TARGET]).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The answer that names no target.
pub(super) const ANY_TARGET: &str = "any";

/// Subtopics that a plan can have: each is written on a line of its own.
const MOST_TOPICS: usize = 1000;

/// A question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) id: &'static str,
    pub(super) group: Group,
    pub(super) text: &'static str,
    pub(super) takes: Takes,
    /// The usual answer, as it would be typed; none: it must be answered.
    pub(super) usual: Option<&'static str>,
    /// What is recommended, and why.
    pub(super) advice: &'static str,
    /// The keys of the plan that it sets.
    pub(super) sets: &'static [&'static str],
    /// Asked only where another question has one of these answers.
    pub(super) only_if: Option<(&'static str, &'static [&'static str])>,
}

const fn question(
    id: &'static str,
    group: Group,
    text: &'static str,
    takes: Takes,
    usual: Option<&'static str>,
    advice: &'static str,
    sets: &'static [&'static str],
) -> Question {
    Question { id, group, text, takes, usual, advice, sets, only_if: None }
}

impl Question {
    const fn only_if(self, id: &'static str, answers: &'static [&'static str]) -> Question {
        Question { only_if: Some((id, answers)), ..self }
    }
}

use Group::{Composition, Essential, Quality};

const TASKS: &[&str] = &[
    "customer-support",
    "technical-qa",
    "code-generation",
    "instruction-following",
    "creative-writing",
    "summarization",
    "classification",
    "extraction",
    "tool-use",
    "tutoring",
];

const TONES: &[&str] = &["professional", "friendly", "concise", "detailed", "technical"];

/// All questions, in the order in which they are asked.
pub(super) const QUESTIONS: &[Question] = &[
    question("task", Essential, "What is the model to learn to do?", Takes::Text(TASKS), None, "one of these, or a name of your own", &["task.type"]),
    question("domain", Essential, "What is it about: which domain or subject matter?", Takes::Text(&[]), None, "such as e-commerce, contract law, Python web development", &["task.domain"]),
    question("count", Essential, "How many examples are needed?", Takes::Whole(1, 100_000_000), None, "at least 100 for a simple task, 500 to 1,000 and more for a complex one", &["count", "max_candidates"]),
    question("target", Essential, "Which framework or service is to read the records? They are JSONL in the ChatML form, {\"messages\": [...]}", Takes::Targets, None, "every record is then valid for it; several may be named; any if you do not know yet", &["task.targets"]),
    question("name", Essential, "What is the data set called?", Takes::Text(&[]), Some("dataset"), "a short name without blanks", &["name"]),
    question("backend", Essential, "Where do examples come from?", Takes::Choice(&["template", "openai", "command", "prompts"]), Some("template"), "template: phrases of a grammar, offline and free, right for tests, drafts and answers that follow from the question; openai: a server that speaks OpenAI's chat API, in the cloud or on this machine; command: a program; prompts: requests are written to a file and answered elsewhere", &["backend"]),
    question("server", Essential, "What is the address of the server, without /chat/completions?", Takes::Address, Some("http://127.0.0.1:8080/v1"), "llama.cpp, vLLM and Ollama have one on this machine; https://api.openai.com/v1 is OpenAI", &["backend.main.base_url"]).only_if("backend", &["openai", "prompts"]),
    question("model", Essential, "Which model?", Takes::Text(&[]), Some("default"), "by the name that the server knows", &["backend.main.model"]).only_if("backend", &["openai", "prompts"]),
    question("key_env", Essential, "Which environment variable holds the key?", Takes::Variable, Some(""), "its name, never the key itself; empty if the server wants none", &["backend.main.key_env"]).only_if("backend", &["openai"]),
    question("command", Essential, "Which program is to be run? It gets the prompt on standard input and answers on standard output", Takes::Text(&[]), None, "such as llm -m MODEL, or ollama run MODEL", &["backend.main.command"]).only_if("backend", &["command"]),
    question("complexity", Quality, "How complex are the examples to be?", Takes::Choice(&["mixed", "simple", "medium", "complex"]), Some("mixed"), "a mix teaches most; one level only where that is all that will come", &["axis.difficulty"]),
    question("edge_cases", Quality, "Are edge cases, errors and unusual situations to come as well?", Takes::YesNo, Some("yes"), "yes: one in five examples", &["axis.situation"]),
    question("phrasing", Quality, "Are people to ask in different ways: questions, commands, statements, as beginners and as experts?", Takes::YesNo, Some("yes"), "yes: real people do", &["axis.intent", "axis.expertise"]),
    question("typos", Quality, "What share of the user's messages is to have slips of the keyboard?", Takes::Share(1.0), Some("0.05"), "some, since people make them; 0 for none", &["task.typos"]),
    question("turns", Quality, "Are conversations to have one turn or several?", Takes::Choice(&["single", "mixed", "multi"]), Some("mixed"), "mixed: 7 of 10 have one; single for classification and extraction; multi for tutoring and support", &["turns.dist"]),
    question("tone", Quality, "What is the tone of the answers?", Takes::Text(TONES), Some("friendly, concise"), "as you would describe it to a new colleague", &["task.tone"]),
    question("language", Quality, "In which language are the examples?", Takes::Text(&[]), Some("English"), "as a prompt names it; the phrases that a plan without a model begins with are English", &["task.language"]),
    question("length", Quality, "How long are answers to be?", Takes::Choice(&["any", "brief", "medium", "detailed", "steps"]), Some("medium"), "brief: up to 60 words; medium: 30 to 160; detailed: 120 to 400; steps: 60 to 400 as a guide step by step", &["task.response_length", "task.formats"]),
    question("formats", Quality, "Which formats are answers to have?", Takes::List(20), Some(""), "such as code, list, table, JSON; empty for prose", &["task.formats"]),
    question("forbidden", Quality, "Which words or sentences must not come?", Takes::List(200), Some(""), "such as names of competitors; empty for none", &["task.forbidden"]),
    question("system", Quality, "Is there to be a system prompt, the same in all examples or varied?", Takes::Choice(&["none", "fixed", "varied"]), Some("fixed"), "fixed if the model will always run with it, varied if not", &["system.mode", "system.prompts"]),
    question("topics", Composition, "Which subtopics are to come?", Takes::List(MOST_TOPICS), Some(""), "five to twenty; each gets its share, so that none is forgotten", &["axis.topic"]),
    question("weights", Composition, "How often is each subtopic to come?", Takes::Weights, Some(""), "a number for each, in their order; empty for all alike", &["axis.topic.weights"]),
    question("negatives", Composition, "In what share of the examples is the assistant to decline or to ask back?", Takes::Share(1.0), Some("0.1"), "0.05 to 0.2, so that the model learns what it must not do", &["task.negatives"]),
    question("validation", Composition, "What share is to be set apart for validation?", Takes::Share(0.9), Some("0.15"), "0.1 to 0.2", &["output.validation"]),
];

/// The question of this id.
pub(super) fn find(id: &str) -> Option<&'static Question> {
    QUESTIONS.iter().find(|question| question.id == id)
}

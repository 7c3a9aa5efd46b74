//! Names that a plan can use: reasons for refusing an example, and what templates know.

use crate::quality::Sign;

/// A reason for which an example is refused, with what chatml calls the sign, if it is one.
pub struct Reject {
    /// Its name in `quality.reject`.
    pub name: &'static str,
    /// The sign of chatml-stats that it is.
    pub sign: Option<Sign>,
    /// Is it refused where the plan does not say?
    pub usual: bool,
    /// What it is.
    pub about: &'static str,
}

const fn reject(
    name: &'static str,
    sign: Option<Sign>,
    usual: bool,
    about: &'static str,
) -> Reject {
    Reject { name, sign, usual, about }
}

/// The reasons that a plan can name. Always refused, whatever the plan names: what is not valid, what repeats, what
/// `task.forbidden` matches, answers beyond `task.response_length`, leaked tags of reasoning.
pub const REJECTS: &[Reject] = &[
    reject(
        "refusal",
        Some(Sign::Refusal),
        true,
        "The assistant declines, where the example is not to be a negative one.",
    ),
    reject(
        "meta_talk",
        Some(Sign::AsAnAi),
        true,
        "The assistant speaks of itself as a language model.",
    ),
    reject("unclosed_fence", Some(Sign::UnclosedFence), true, "A block of code is not closed."),
    reject("repetition", Some(Sign::Repetition), true, "The same words stand there over and over."),
    reject(
        "placeholder",
        Some(Sign::Placeholder),
        true,
        "A blank to be filled in, such as [Your Name].",
    ),
    reject(
        "echo_of_prompt",
        Some(Sign::Echo),
        true,
        "The answer begins with the question, or the text is that of the prompt.",
    ),
    reject("role_order", None, true, "User and assistant do not take turns."),
    reject("truncated", Some(Sign::Truncated), true, "The text ends in the middle of a sentence."),
    reject(
        "role_marker",
        Some(Sign::RoleMarker),
        false,
        "A line starts with the name of a speaker, such as \"User:\".",
    ),
    reject(
        "control_token",
        Some(Sign::ControlToken),
        false,
        "A string that a tokenizer may read as a control token.",
    ),
    reject(
        "filler_opening",
        Some(Sign::FillerOpening),
        false,
        "The answer opens with praise of the question.",
    ),
    reject(
        "off_topic",
        Some(Sign::OffTopic),
        false,
        "Question and answer have no word of content in common.",
    ),
    reject("invisible", Some(Sign::Invisible), false, "A character that shows nothing."),
    reject("email", Some(Sign::Email), false, "An e-mail address."),
    reject("phone", Some(Sign::Phone), false, "A phone number."),
    reject("api_key", Some(Sign::ApiKey), false, "An access key."),
];

/// A name that the tool itself sets for templates.
pub struct ToolName {
    /// The name.
    pub name: &'static str,
    /// What it holds.
    pub about: &'static str,
}

const fn name(name: &'static str, about: &'static str) -> ToolName {
    ToolName { name, about }
}

/// Names that templates can use beside those of the axes.
pub const TOOL_NAMES: &[ToolName] = &[
    name("avoid", "openings that came too often, a list: {{ avoid | join('; ') }}"),
    name("count", "how many examples the request asks for"),
    name("turns", "how many times the user speaks, a number"),
    name("negative", "whether the assistant is to decline or ask back, true or false"),
    name("task", "task.type"),
    name("domain", "task.domain"),
    name("language", "task.language"),
    name("tone", "task.tone, empty if there is none"),
    name("formats", "task.formats, a list"),
    name("min_words", "task.response_length.min_words, 0 if there is none"),
    name("max_words", "task.response_length.max_words, 0 if there is none"),
    name(
        "system",
        "the system message of the example, empty if there is none; not in system messages themselves",
    ),
    name("shots", "examples to show, a list of JSON texts"),
    name("tools", "the tools, a list of JSON texts"),
    name("conversation", "what was said so far, or what the judge is to judge, as text"),
];

//! Names that templates know beside the axes.

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

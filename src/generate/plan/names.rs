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
    name("turns", "how many times the user speaks, a number"),
    name("negative", "whether the assistant is to decline or ask back, true or false"),
    name("task", "task.type"),
    name("domain", "task.domain"),
    name("language", "task.language"),
    name("tone", "task.tone, empty if there is none"),
];

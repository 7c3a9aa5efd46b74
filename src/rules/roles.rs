//! Roles: what a message is, whatever its spelling.

/// The part a message plays, after aliases and spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `system`
    System,
    /// `developer`
    Developer,
    /// `user`
    User,
    /// `assistant`
    Assistant,
    /// `tool`
    Tool,
    /// `function`, the old name of a tool result.
    Function,
    /// Anything else: a role of its own.
    Unknown,
}

impl Role {
    /// The role of exactly that name.
    pub fn named(name: &str) -> Role {
        match name {
            "system" => Role::System,
            "developer" => Role::Developer,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            "function" => Role::Function,
            _ => Role::Unknown,
        }
    }

    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
            Role::Function => "function",
            Role::Unknown => "unknown",
        }
    }

    /// `system` or `developer`.
    pub fn is_system(self) -> bool {
        matches!(self, Role::System | Role::Developer)
    }

    /// A tool result: `tool` or `function`.
    pub fn is_result(self) -> bool {
        matches!(self, Role::Tool | Role::Function)
    }
}

/// Names that other formats give a role, in lower case. `function_call` stands for an assistant message
/// with a call; it is no mechanical renaming.
pub const ALIASES: &[(&str, Role)] = &[
    ("human", Role::User),
    ("input", Role::User),
    ("gpt", Role::Assistant),
    ("chatgpt", Role::Assistant),
    ("bing", Role::Assistant),
    ("bard", Role::Assistant),
    ("model", Role::Assistant),
    ("chatbot", Role::Assistant),
    ("bot", Role::Assistant),
    ("output", Role::Assistant),
    ("ipython", Role::Tool),
    ("observation", Role::Tool),
    ("function_call", Role::Assistant),
];

/// The alias whose role has to be made up with a call, which no renaming can do.
pub const CALL_ALIAS: &str = "function_call";

/// The role that an alias stands for, whatever its case and the white space around it.
pub fn alias(name: &str) -> Option<Role> {
    let name = name.trim().to_ascii_lowercase();
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, role)| *role)
}

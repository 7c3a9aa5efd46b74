//! Ready plans: complete, commented, and made offline by the phrases that they hold.
//!
//! Their answers are functions of what the question was made of, so they are right: a label, a sum, a field, a rule of the
//! house that the system prompt states. What they cannot be is open knowledge; for that a plan names a model.

/// A ready plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it makes, in a line.
    pub about: &'static str,
    /// The plan, in TOML.
    pub text: &'static str,
}

macro_rules! preset {
    ($name:literal, $about:literal) => {
        Preset {
            name: $name,
            about: $about,
            text: include_str!(concat!("presets/", $name, ".toml")),
        }
    };
}

/// All of them.
pub const PRESETS: &[Preset] = &[
    preset!("customer-support", "an online shop answers its customers by its own rules"),
    preset!("code-generation", "small Python functions, written, explained and tested"),
    preset!("classification", "messages to a help desk get one of its labels"),
    preset!("extraction", "what a text says of people, orders and meetings becomes JSON"),
    preset!("tool-use", "an assistant calls functions, alone or several at once, or needs none"),
    preset!("tutoring", "a tutor leads a pupil through arithmetic, in several turns"),
];

/// The preset of that name.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests;

//! Profiles: what one target reads, and how bad each fault is for it.
//!
//! [`targets`] says what each reads, [`severities`] how it takes each rule. A family profile (`qwen`,
//! `llama3`, `gemma`) finds an error where the newest templates of the family raise or lose text, and a
//! warning where only older ones do.

pub mod cases;
pub mod severities;
pub mod targets;

pub use cases::Case;
pub use severities::{CASES, DIFFERENCES};
pub use targets::PROFILES;

use super::kind::Kind;
use super::roles::Role;
use super::table::Rule;
use super::table::Severity::{self, Error, Info, Off, Warning};

/// The form in which a target reads the arguments of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// A JSON string.
    Text,
    /// An object.
    Object,
    /// Either.
    Any,
    /// It reads no calls, so the form is not judged.
    NotRead,
}

/// One target.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name on the command line.
    pub name: &'static str,
    /// One line for `--list-profiles`.
    pub about: &'static str,
    /// "X refuses the file", "X drops the record" and the like, without the name.
    pub refusal: &'static str,
    /// Roles that are read (S007).
    pub roles: &'static [Role],
    /// Roles of `roles` that are read but in doubt, with the reason.
    pub doubtful: &'static [(Role, &'static str)],
    /// Aliases that the target reads by itself (no S008).
    pub aliases: &'static [&'static str],
    /// Part types (P001).
    pub parts: &'static [&'static str],
    /// Keys under which a text part may have its text (P002), the usual one first.
    pub text_keys: &'static [&'static str],
    /// Form of arguments (F002).
    pub arguments: Arguments,
    /// Keys that a call must have (F001).
    pub call_keys: &'static [&'static str],
    /// Does weight 0 mask a message (L003, L005)?
    pub honours_weight: bool,
    /// Reasoning fields that are read (R005).
    pub reasoning: &'static [&'static str],
    /// The family whose control tokens are the target's own (C001).
    pub family: Option<&'static str>,
    /// Keys of a message (S013).
    pub message_keys: MessageKeys,
    /// Keys of a record (S014).
    pub record_keys: &'static [&'static str],
    /// Keys of a message that this target knows beside `message_keys`.
    pub more_message_keys: &'static [&'static str],
    /// Keys of a record that this target knows beside `record_keys`.
    pub more_record_keys: &'static [&'static str],
    /// Keys that make a record of two formats beside `messages` (S015).
    pub rival_keys: &'static [&'static str],
    /// Images a record may have (P005).
    pub max_images: usize,
    /// Image URLs that are read (P003).
    pub images: Images,
    /// Least valid records (X004).
    pub min_records: u64,
    /// Most records (X005); with images only where `max_records_of_images`.
    pub max_records: Option<u64>,
    /// `max_records` counts only records with images.
    pub max_records_of_images: bool,
    /// Most bytes (X005).
    pub max_bytes: Option<u64>,
    /// Kinds of record that are read (S001).
    pub kinds: &'static [Kind],
    /// Does a refusal stand for content (S009, S010, L003)?
    pub refusals: bool,
    /// Do `train`, `training` and `loss_weight` mask a message (L003, L004)?
    pub train_switch: bool,
    /// Of the keys in `rival_keys`, those that are refused only as long as none of these is there too (S015).
    pub rivals_in_company: &'static [&'static str],
    /// Must a tool name its type (F013)?
    pub typed_tools: bool,
    /// Does a tool need a description and parameters (F013)?
    pub strict_tools: bool,
    /// May a tool's parameters be a JSON string (F013)?
    pub parameters_as_text: bool,
    /// May an id be the word `null` (F006, F015)?
    pub null_ids: bool,
    /// Does the target read the system text from the record's key `system` (T009)?
    pub system_key: bool,
    /// Is a system text lost beside a developer's, and the other way round (T005)?
    pub one_system_text: bool,
    /// Has the target its own key names for content and tools that must not stand beside the usual (S015)?
    pub mistral_keys: bool,
}

/// Which image URLs a target reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// http, https, and data URLs of jpeg, png and webp.
    Any,
    /// Data URLs of jpeg, png and webp.
    Data,
    /// Data URLs of png, jpg and jpeg.
    DataNoWebp,
}

/// Which keys a message may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKeys {
    /// One list for all roles, with the keys of calls, refusals and results bound to their role.
    Common(&'static [&'static str]),
    /// OpenAI's list for each role.
    PerRole,
}

impl Profile {
    /// The profile of that name.
    pub fn find(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }

    /// The severity that this profile gives a rule, before any case of its own.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.cell(DIFFERENCES, rule).unwrap_or(rule.info().default)
    }

    /// The severity of a case, where it differs from that of its rule.
    pub fn case(&self, case: Case) -> Option<Severity> {
        self.cell(CASES, case)
    }

    /// The cell of this profile in a table of severities; none for a dot.
    fn cell<Row: PartialEq>(&self, table: &[(Row, &str)], row: Row) -> Option<Severity> {
        let column = PROFILES.iter().position(|p| p.name == self.name)?;
        let (_, cells) = table.iter().find(|(of, _)| *of == row)?;
        match cells.split(' ').nth(column)? {
            "E" => Some(Error),
            "W" => Some(Warning),
            "I" => Some(Info),
            "-" => Some(Off),
            _ => None,
        }
    }

    /// Does the target read records of this kind?
    pub fn reads(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Is it the profile that stands for no single target?
    pub fn is_default(&self) -> bool {
        self.name == "default"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_profile() {
        for (rule, cells) in DIFFERENCES {
            assert_eq!(cells.split(' ').count(), PROFILES.len(), "{rule:?}");
        }
        for (case, cells) in CASES {
            assert_eq!(cells.split(' ').count(), PROFILES.len(), "{case:?}");
        }
        assert_eq!(PROFILES.len(), 16);
    }
}

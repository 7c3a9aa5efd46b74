//! The one table of what can be done to a record. Help, lists and tests are made from it.

use crate::rules::Rule;

use super::case::{Case, Hand};
use super::{bytes, messages, repeats};

/// Who finds a damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finder {
    /// chatml-validate, by this rule.
    Validate(Rule),
    /// The same, with this option.
    With(Rule, &'static str),
    /// The same, but told only at the first such line of an input.
    Once(Rule),
    /// chatml-dedup.
    Exact,
    /// chatml-dedup with `--near`.
    Near,
}

impl Finder {
    /// The rule, for chatml-validate.
    pub(super) fn rule(self) -> Option<Rule> {
        match self {
            Finder::Validate(rule) | Finder::With(rule, _) | Finder::Once(rule) => Some(rule),
            Finder::Exact | Finder::Near => None,
        }
    }

    /// A record is added, not changed.
    pub(super) fn is_repeat(self) -> bool {
        matches!(self, Finder::Exact | Finder::Near)
    }

    /// The command that finds it.
    pub(super) fn command(self) -> String {
        match self {
            Finder::Validate(_) | Finder::Once(_) => "chatml-validate".to_owned(),
            Finder::With(_, option) => format!("chatml-validate {option}"),
            Finder::Exact => "chatml-dedup".to_owned(),
            Finder::Near => "chatml-dedup --near".to_owned(),
        }
    }
}

/// A row of the table.
pub(super) struct Row {
    /// Its name, for options and the truth.
    pub name: &'static str,
    /// What is done.
    pub does: &'static str,
    /// Who finds it.
    pub finder: Finder,
    /// Gives the damaged line, without its line ending; none if it does not fit the record.
    pub make: fn(&Case<'_>, &mut Hand) -> Option<Vec<u8>>,
}

const fn row(
    name: &'static str,
    does: &'static str,
    finder: Finder,
    make: fn(&Case<'_>, &mut Hand) -> Option<Vec<u8>>,
) -> Row {
    Row { name, does, finder, make }
}

use Finder::{Exact, Near, Once, Validate, With};

/// All kinds, in the order of their names' groups. The order is part of what a seed means: a kind is added at the end,
/// with a new major version.
pub(super) static KINDS: &[Row] = &[
    row("bad-json", "a mark of the JSON is another", Validate(Rule::B004), bytes::bad_json),
    row("cut-line", "the end of the line is missing", Validate(Rule::B004), bytes::cut),
    row(
        "trailing-comma",
        "a comma stands behind the last item",
        Validate(Rule::B004),
        bytes::trailing_comma,
    ),
    row("bom", "a byte order mark stands before the record", Validate(Rule::B004), bytes::bom),
    row("nul", "a text holds a NUL byte", Validate(Rule::B004), bytes::nul),
    row("crlf", "the line ends in CR LF", Once(Rule::B020), bytes::crlf),
    row("invalid-utf8", "a text holds a byte that is no UTF-8", Validate(Rule::B003), bytes::utf8),
    row(
        "lone-surrogate",
        "a text holds half of a surrogate pair",
        Validate(Rule::B009),
        bytes::surrogate,
    ),
    row(
        "control-character",
        "a text holds the escape of a control character",
        Validate(Rule::B014),
        bytes::control,
    ),
    row("duplicate-key", "a message has a key twice", Validate(Rule::B007), bytes::duplicate_key),
    row("two-on-a-line", "the record stands twice on its line", Validate(Rule::B017), bytes::twice),
    row("too-deep", "arrays are nested 130 deep", Validate(Rule::B016), bytes::too_deep),
    row(
        "huge-line",
        "the line is longer than --huge",
        With(Rule::B015, "--long-line 64K"),
        bytes::huge,
    ),
    row("missing-messages", "messages has another name", Validate(Rule::S001), messages::missing),
    row("empty-messages", "messages is empty", Validate(Rule::S003), messages::empty),
    row("unknown-role", "a role is none that is known", Validate(Rule::S007), messages::role),
    row("role-spelling", "a role is in capitals", Validate(Rule::S008), messages::spelling),
    row(
        "user-user",
        "a second user message stands before one",
        Validate(Rule::T006),
        messages::user_user,
    ),
    row(
        "no-assistant",
        "the assistant's messages are missing",
        Validate(Rule::T001),
        messages::no_assistant,
    ),
    row(
        "system-not-first",
        "a system message stands behind others",
        Validate(Rule::T004),
        messages::system,
    ),
    row("empty-content", "a content is empty", Validate(Rule::S012), messages::empty_content),
    row("null-content", "a content is null", Validate(Rule::S010), messages::null),
    row("array-content", "a content is an array of strings", Validate(Rule::P001), messages::array),
    row("number-content", "a content is a number", Validate(Rule::S011), messages::number),
    row("tool-id", "a tool result names another call", Validate(Rule::F008), messages::tool_id),
    row("exact-duplicate", "the record comes again", Exact, repeats::exact),
    row("near-duplicate", "the record comes again, a few words changed", Near, repeats::near),
];

/// A kind of damage: a place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(usize);

impl Kind {
    /// The kind in this place of the table.
    pub(super) fn at(place: usize) -> Kind {
        Kind(place.min(KINDS.len() - 1))
    }

    /// Its place in the table.
    pub(super) fn place(self) -> usize {
        self.0
    }

    /// Its row.
    pub(super) fn row(self) -> &'static Row {
        &KINDS[self.0]
    }

    /// The kind of this name.
    pub(super) fn parse(name: &str) -> Result<Kind, String> {
        let found = KINDS.iter().position(|row| row.name == name).map(Kind);
        found.ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|row| row.name).collect();
            format!("no such kind; there are {}", names.join(", "))
        })
    }
}

/// Of each kind its name, what is done, and who finds it.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    KINDS.iter().map(|row| {
        let found = match row.finder.rule() {
            Some(rule) => format!("{} ({})", rule.code(), row.finder.command()),
            None => row.finder.command(),
        };
        (row.name, row.does, found)
    })
}

/// The table for a person.
pub(super) fn list() -> String {
    kinds().map(|(name, does, found)| format!("{name:<18} {does:<48} {found}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_kinds_is_part_of_what_a_seed_means() {
        let names: Vec<&str> = KINDS.iter().map(|row| row.name).collect();
        let golden = "bad-json cut-line trailing-comma bom nul crlf invalid-utf8 lone-surrogate control-character \
                      duplicate-key two-on-a-line too-deep huge-line missing-messages empty-messages unknown-role \
                      role-spelling user-user no-assistant system-not-first empty-content null-content array-content \
                      number-content tool-id exact-duplicate near-duplicate";
        assert_eq!(names.join(" "), golden);
    }

    #[test]
    fn a_kind_is_known_by_its_name() {
        for (at, row) in KINDS.iter().enumerate() {
            assert_eq!(Kind::parse(row.name), Ok(Kind::at(at)));
        }
        assert!(Kind::parse("bom2").unwrap_err().contains("bad-json, cut-line"));
    }
}

//! Names that begin lines within messages: somebody may have spoken there who was taken for the one before.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::report::{count, plural};
use crate::record::text::{QUOTE_BYTES, quote};

/// Names that are held. Real transcripts have some dozens; more are no names.
const MOST: usize = 1000;

/// Names that are told.
const TOLD: usize = 5;

/// The names with the number of their lines.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    names: BTreeMap<String, u64>,
    lines: u64,
}

impl Strangers {
    /// Counts these.
    pub(super) fn add(&mut self, names: Vec<String>) {
        for name in names {
            self.lines += 1;
            if self.names.len() < MOST || self.names.contains_key(&name) {
                *self.names.entry(name).or_default() += 1;
            }
        }
    }

    /// The names that were met most often, with their lines.
    fn most(&self) -> Vec<(&str, u64)> {
        let mut names: Vec<(&str, u64)> =
            self.names.iter().map(|(name, lines)| (name.as_str(), *lines)).collect();
        names.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        names.truncate(TOLD);
        names
    }

    pub(super) fn report(&self) -> Value {
        let names =
            self.most().into_iter().map(|(name, lines)| json!({"name": name, "lines": lines}));
        json!({"lines": self.lines, "top": names.collect::<Vec<_>>()})
    }

    /// What to look at, if there is something.
    pub(super) fn summary(&self) -> String {
        if self.lines == 0 {
            return String::new();
        }
        let names = self.most().into_iter();
        let mut names: Vec<String> = names
            .map(|(name, lines)| format!("{} ({})", quote(name, QUOTE_BYTES), count(lines)))
            .collect();
        if self.names.len() > TOLD {
            names.push("others".to_owned());
        }
        format!(
            "{} with a name before a colon kept as text of who spoke before: {}; name those who speak with \
             --user-name and --assistant-name\n",
            plural(self.lines, "line"),
            names.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_names_are_told() {
        let mut strangers = Strangers::default();
        assert_eq!(strangers.summary(), "");
        strangers.add(["b", "a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec());
        let wanted = "7 lines with a name before a colon kept as text of who spoke before: \"b\" (2), \"a\" (1), \
                      \"c\" (1), \"d\" (1), \"e\" (1), others; name those who speak with --user-name and --assistant-name\n";
        assert_eq!(strangers.summary(), wanted);
        assert_eq!(strangers.report()["top"][0], json!({"name": "b", "lines": 2}));
    }
}

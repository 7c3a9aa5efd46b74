//! Names of files that are made from values in the data, which may be anything.
//!
//! A name is of letters, digits and `._-`; all other bytes are written as `%XX`, so that a name leads back to its
//! value. Nothing in a value can lead out of the folder, hide a file, look like an option, or clash with another
//! value where case does not count.

use std::collections::HashSet;

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};

/// The longest name made of a value, in bytes; with what stands around it, it fits into the 255 of file systems.
const LONGEST: usize = 200;

/// Values that have a file: as many as a folder bears.
const MOST: usize = 100_000;

/// Names that mean a device on Windows, in any case and with any ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Of a record without a value. No value has this name, since `%m` stands for no byte.
const MISSING: &str = "%missing";

/// Of the empty text.
const EMPTY: &str = "%empty";

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Without case.
    taken: HashSet<String>,
}

impl Names {
    /// A name for a value that has none yet. `field` is where values stand.
    pub(super) fn name(&mut self, value: Option<&str>, field: &str) -> Result<String> {
        if self.taken.len() == MOST {
            return Err(Error::Unfit(format!(
                "{field} has more than {MOST} different values; choose a field with fewer"
            )));
        }
        // Of values that differ in case alone, those that come later begin with more and more bytes as %XX.
        let most = value.map_or(1, |value| value.len() + 1);
        let names = (0..most).map(|encoded| encode(value, encoded));
        let mut free = names.filter(|name| !self.taken.contains(&name.to_ascii_lowercase()));
        let name = free.next().unwrap_or_default();
        if name.is_empty() || name.len() > LONGEST {
            let value = quote(value.unwrap_or_default(), QUOTE_BYTES);
            return Err(Error::Unfit(format!(
                "{field}: the value {value} is too long for the name of a file ({LONGEST} bytes)"
            )));
        }
        self.taken.insert(name.to_ascii_lowercase());
        Ok(name)
    }
}

/// The name of a value, with its first `encoded` bytes as %XX.
fn encode(value: Option<&str>, encoded: usize) -> String {
    let Some(value) = value else { return MISSING.to_owned() };
    if value.is_empty() {
        return EMPTY.to_owned();
    }
    let device = is_device(value);
    let mut name = String::new();
    for (at, byte) in value.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        // A dot would hide the file, a dash look like an option.
        let leading = at == 0 && (b".-".contains(&byte) || device);
        if plain && !leading && at >= encoded {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

fn is_device(value: &str) -> bool {
    let stem = value.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port = port.is_some_and(|port| port.len() == 1 && port.as_bytes()[0].is_ascii_digit());
    DEVICES.contains(&stem.as_str()) || is_port
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(value: &str) -> String {
        Names::default().name(Some(value), "/x").unwrap()
    }

    #[test]
    fn a_value_becomes_a_plain_name() {
        let table = [
            ("math", "math"),
            ("Math 1.5", "Math%201.5"),
            ("../x", "%2E.%2Fx"),
            ("/etc/x", "%2Fetc%2Fx"),
            ("..", "%2E."),
            ("", "%empty"),
            ("a\0b\nc", "a%00b%0Ac"),
            ("-rf", "%2Drf"),
            ("CON", "%43ON"),
            ("con.txt", "%63on.txt"),
            ("com1", "%63om1"),
            ("common", "common"),
            ("%41", "%2541"),
            ("ä", "%C3%A4"),
        ];
        for (value, wanted) in table {
            assert_eq!(name(value), wanted, "{value:?}");
        }
        assert_eq!(Names::default().name(None, "/x").unwrap(), "%missing");
    }

    #[test]
    fn values_that_differ_in_case_have_names_that_do_not() {
        let mut names = Names::default();
        let made: Vec<String> = ["ab", "AB", "Ab", "aB"]
            .iter()
            .map(|value| names.name(Some(value), "/x").unwrap())
            .collect();
        assert_eq!(made, ["ab", "%41B", "%41%62", "%61B"].map(str::to_owned));
    }

    #[test]
    fn a_value_that_is_too_long_is_refused_by_name() {
        assert_eq!(name(&"x".repeat(LONGEST)).len(), LONGEST);
        let error = Names::default().name(Some(&"y".repeat(4096)), "/x").unwrap_err();
        assert!(error.to_string().starts_with("/x: the value \"yyyy"), "{error}");
    }

    proptest! {
        #[test]
        fn any_values_have_safe_names_of_their_own(
            values in proptest::collection::hash_set("[a-cA-C./% \\-é]{0,4}", 1..40),
        ) {
            let mut names = Names::default();
            let mut seen = HashSet::new();
            for value in &values {
                let name = names.name(Some(value), "/x").unwrap();
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-%".contains(&b);
                prop_assert!(name.bytes().all(plain) && !name.starts_with(['.', '-']));
                prop_assert!(seen.insert(name.to_ascii_lowercase()));
            }
        }
    }
}

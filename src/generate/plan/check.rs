//! Holds a tree against the table of keys: what is unknown, of the wrong type, out of range, missing, or a secret.

use crate::generate::node::{Fault, Node, Value};
use crate::quality::holds_key;
use crate::record::text::quote;

use super::form;
use super::keys::{self, Key, Otherwise, Takes};

/// What was found so far.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// Adds one.
    pub(super) fn add(&mut self, line: usize, key: &str, reason: impl Into<String>, advice: &str) {
        let suggestion = (!advice.is_empty()).then(|| advice.to_owned());
        self.0.push(Fault { line, key: key.to_owned(), reason: reason.into(), suggestion });
    }
}

/// Most bytes of a value that a message shows.
const SHOWN: usize = 60;

/// A value as a message shows it.
pub(super) fn shown(text: &str) -> String {
    quote(text, SHOWN)
}

/// Checks all that the table knows.
pub(super) fn check(root: &Node, faults: &mut Faults) {
    Check { faults }.table(root, "", "");
}

struct Check<'f> {
    faults: &'f mut Faults,
}

impl Check<'_> {
    /// A table whose keys stand in the list under `path`; `at` is what it is called in messages.
    fn table(&mut self, node: &Node, path: &str, at: &str) {
        let Some(entries) = node.table() else {
            return self.wrong(node, at, "a table", "");
        };
        let kind = kind_of(node, path);
        for (name, child) in entries {
            let shown = join(at, name);
            match keys::children(path).find(|key| key.name() == name) {
                _ if is_secret(name, child) => self.secret(child, &shown),
                None => self.unknown(child, path, name, &shown),
                Some(key) if kind.is_some_and(|kind| !goes_with(key, kind)) => {
                    let kind = kind.unwrap_or_default();
                    let reason = format!("does not go with kind = {}", self::shown(kind));
                    let advice = format!("it is a key of kind {}", listed(key.of));
                    self.faults.add(child.line, &shown, reason, &advice);
                }
                Some(key) => self.value(child, key, &shown),
            }
        }
        for key in keys::children(path) {
            let needed = key.of.is_empty() || kind.is_some_and(|kind| goes_with(key, kind));
            let missing = key.otherwise == Otherwise::Required && needed;
            if missing && node.get(key.name()).is_none() {
                let advice = lower(key.about);
                self.faults.add(node.line, &join(at, key.name()), "is missing", &advice);
            }
        }
    }

    fn value(&mut self, node: &Node, key: &Key, at: &str) {
        match key.takes {
            Takes::Table => self.table(node, key.path, at),
            Takes::Tables => match node.list() {
                Some(items) => self.tables(items, key, at),
                None => self.wrong(node, at, "a list of tables", &format!("write [[{at}]]")),
            },
            Takes::Named => match node.table() {
                Some(entries) => {
                    for (name, child) in entries {
                        self.table(child, &format!("{}.*", key.path), &join(at, name));
                    }
                }
                None => self.wrong(node, at, "tables by name", &format!("write [{at}.NAME]")),
            },
            Takes::Texts | Takes::Templates | Takes::Regexes | Takes::Paths => {
                self.texts(node, key.takes, at);
            }
            _ => {
                if let Err(wrong) = form::fits(node, key.takes) {
                    self.faults.add(node.line, at, wrong.reason, &wrong.advice);
                }
                self.secrets_in(node, at);
            }
        }
    }

    fn tables(&mut self, items: &[Node], key: &Key, at: &str) {
        let path = format!("{}[]", key.path);
        let mut names: Vec<&str> = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let name = item.get("name").and_then(Node::text).filter(|name| !name.is_empty());
            let shown = name.map_or_else(|| format!("{at}[{}]", place + 1), |name| join(at, name));
            self.table(item, &path, &shown);
            if let Some(name) = name {
                if names.contains(&name) {
                    let reason = format!("there is another {at} of this name");
                    self.faults.add(item.line, &shown, reason, "give each a name of its own");
                }
                names.push(name);
            }
        }
    }

    fn texts(&mut self, node: &Node, takes: Takes, at: &str) {
        let Some(items) = node.list() else {
            let advice = if node.text().is_some() { "put it into brackets: [\"...\"]" } else { "" };
            return self.wrong(node, at, "a list of texts", advice);
        };
        for item in items {
            match item.text() {
                None => self.wrong(item, at, "a text in each place", ""),
                Some(text) if text.trim().is_empty() => {
                    self.faults.add(item.line, at, "an empty text", "take it out");
                }
                Some(text) if takes == Takes::Regexes => {
                    if let Err(error) = regex::Regex::new(text) {
                        let reason = format!("{}: {}", shown(text), form::regex_reason(&error));
                        let advice = "a plain text needs \\ before . * + ? ( ) [ ] { } | ^ $";
                        self.faults.add(item.line, at, reason, advice);
                    }
                }
                Some(_) => {}
            }
            self.secrets_in(item, at);
        }
    }

    fn wrong(&mut self, node: &Node, at: &str, wanted: &str, advice: &str) {
        self.faults.add(node.line, at, format!("{}; wanted {wanted}", node.kind()), advice);
    }

    fn unknown(&mut self, node: &Node, path: &str, name: &str, at: &str) {
        let known = keys::children(path).map(Key::name);
        let advice = match nearest(name, known) {
            Some(near) => format!("did you mean {near}?"),
            None => match elsewhere(name, path) {
                Some(place) => format!("it stands in {place}"),
                None => format!("known here: {}", listed_names(path)),
            },
        };
        self.faults.add(node.line, at, "is no key of a plan", &advice);
    }

    fn secret(&mut self, node: &Node, at: &str) {
        let advice = "name the environment variable in key_env, or a file in key_file; and change \
                      the key if others saw this file";
        let reason = "looks like a secret, which no plan may hold";
        self.faults.add(node.line, at, reason, advice);
    }

    /// Access keys in a value or in what it holds.
    fn secrets_in(&mut self, node: &Node, at: &str) {
        match &node.value {
            Value::Text(text) if holds_key(text) => self.secret(node, at),
            Value::List(items) => {
                for item in items {
                    self.secrets_in(item, at);
                }
            }
            Value::Table(entries) => {
                for (name, child) in entries {
                    self.secrets_in(child, &join(at, name));
                }
            }
            _ => {}
        }
    }
}

/// The `kind` of a table whose keys depend on it, if it is one that is known.
fn kind_of<'n>(node: &'n Node, path: &str) -> Option<&'n str> {
    let key = keys::children(path).find(|key| key.name() == "kind")?;
    let kind = match (node.get("kind"), key.otherwise) {
        (Some(kind), _) => kind.text()?,
        (None, Otherwise::Is(usual)) => usual.trim_matches('"'),
        (None, _) => return None,
    };
    matches!(key.takes, Takes::OneOf(known) if known.contains(&kind)).then_some(kind)
}

/// Has a table of this kind the key?
fn goes_with(key: &Key, kind: &str) -> bool {
    key.of.is_empty() || key.of.contains(&kind)
}

/// Is it the key of a server, by its name?
fn is_secret(name: &str, node: &Node) -> bool {
    const NAMES: [&str; 10] = [
        "api_key",
        "apikey",
        "key",
        "secret",
        "token",
        "access_token",
        "auth_token",
        "password",
        "authorization",
        "bearer",
    ];
    let name = name.to_ascii_lowercase().replace('-', "_");
    let named = NAMES.contains(&name.as_str())
        || name.ends_with("_api_key")
        || name.ends_with("_secret")
        || name.ends_with("_token");
    named && node.text().is_some()
}

/// Where a key of this name stands, if not here.
fn elsewhere(name: &str, path: &str) -> Option<String> {
    let key = keys::KEYS.iter().find(|key| key.name() == name && key.parent() != path)?;
    Some(match key.parent() {
        "" => "the top of the file, before the first [table]".to_owned(),
        parent => match parent.strip_suffix("[]") {
            Some(list) => format!("[[{list}]]"),
            None => format!("[{}]", parent.replace('*', "NAME")),
        },
    })
}

fn listed_names(path: &str) -> String {
    keys::children(path).map(Key::name).collect::<Vec<_>>().join(", ")
}

fn listed(names: &[&str]) -> String {
    names.join(" or ")
}

fn join(at: &str, name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
    let name = if plain { name.to_owned() } else { shown(name) };
    if at.is_empty() { name } else { format!("{at}.{name}") }
}

/// A sentence of the table as a part of another.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

/// The name that was most likely meant, if one is near enough.
pub(in crate::generate) fn nearest<'k>(
    name: &str,
    known: impl Iterator<Item = &'k str>,
) -> Option<&'k str> {
    let folded = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
    let wanted = folded(name);
    // A third of the letters may differ: `temperatur`, `max_word`, `weigths`; a name of three has no neighbour.
    let most = (wanted.chars().count() / 3).min(3);
    let distances = known.map(|known| (distance(&wanted, &folded(known)), known));
    distances.filter(|(distance, _)| *distance <= most).min_by_key(|(d, _)| *d).map(|(_, k)| k)
}

/// Letters that must be put in, taken out, changed or swapped with the next to get from one to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_damerau() {
        let table =
            [("", "", 0), ("a", "", 1), ("weights", "weigths", 1), ("kitten", "sitting", 3)];
        for (a, b, wanted) in table {
            assert_eq!((distance(a, b), distance(b, a)), (wanted, wanted), "{a} {b}");
        }
        assert_eq!(nearest("weigth", ["values", "weights"].into_iter()), Some("weights"));
        assert_eq!(nearest("when", ["weights"].into_iter()), None);
        assert_eq!(nearest("Max-Words", ["max_words"].into_iter()), Some("max_words"));
    }
}

//! What is said beside the report: what somebody may have meant whose options do not fit the data or each other.

use crate::cli::terminal::sanitize;
use crate::quality::Detector;

use super::settings::Settings;
use super::state::State;

/// That the control tokens of the template are plain text for the tokenizer, if some are.
pub(super) fn plain(settings: &Settings) -> Option<String> {
    let (tokenizer, template) = (settings.tokenizer.as_ref()?, settings.template.as_ref()?);
    (!settings.plain.is_empty()).then(|| {
        format!(
            "the chat template {} writes {}, plain text for {}: counts are too high; give the model's own --tokenizer",
            sanitize(&template.name),
            settings.plain.join(" and "),
            sanitize(&tokenizer.name)
        )
    })
}

/// That the template renders no record, with the most frequent reason in full; none where it renders one.
/// `undefined` are the special tokens that it asks for and nothing defines.
pub(super) fn refusal(state: &State, detector: &Detector, undefined: &[&str]) -> Option<String> {
    let audit = state.audit.as_ref().filter(|audit| audit.refused > 0)?;
    let reason = audit.refused_why.sorted().into_iter().next();
    let reason = reason.map_or(String::new(), |reason| detector.masked(&reason.name).into_owned());
    let template = state.settings.template.as_ref().map_or("", |of| of.name.as_str());
    let hint = match undefined {
        [] => String::new(),
        names => format!("; nothing defines {} (--bos-token, --eos-token)", names.join(" and ")),
    };
    (audit.refused == state.records).then(|| {
        format!(
            "the chat template {} renders no record: {}{hint}",
            sanitize(template),
            sanitize(&reason)
        )
    })
}

/// Keys that are named where none is near.
const NAMED: usize = 5;

/// For each field of `--by` that no record has: that it is so, and which keys there are. `of` says of which input,
/// where there is another.
pub(super) fn fields(state: &State, of: &str) -> Vec<String> {
    let missing = |field: &&super::categories::Field| {
        state.records > 0 && field.values.is_empty() && field.missing == state.records
    };
    let hint = |field: &super::categories::Field| {
        let pointer = sanitize(&field.pointer).into_owned();
        let keys = keys(state);
        let near = keys.iter().min_by_key(|key| distance(key, &field.pointer));
        // Every third letter may be wrong, and one of a short name.
        let most = (field.pointer.len() / 3).max(1);
        let what = match near.filter(|key| distance(key, &field.pointer) <= most) {
            Some(near) => format!("; {} is near", sanitize(near)),
            None if keys.is_empty() => String::new(),
            None => {
                let keys: Vec<_> = keys.iter().take(NAMED).map(|key| sanitize(key)).collect();
                format!("; there is {}", keys.join(", "))
            }
        };
        format!("--by {pointer}: no record{of} has anything there{what}")
    };
    state.categories.fields.iter().filter(missing).map(hint).collect()
}

/// Paths that a pointer can name in every record and that are no part of a message, the most frequent first.
fn keys(state: &State) -> Vec<&str> {
    let paths = state.schema.paths();
    let mut paths: Vec<(u64, &str)> = paths
        .iter()
        .filter(|(path, _)| !path.contains("/*") && *path != "/messages")
        .map(|(path, counts)| (counts.iter().fold(0, |sum: u64, n| sum.saturating_add(*n)), *path))
        .collect();
    paths.sort_unstable_by(|(a, x), (b, y)| (b, x).cmp(&(a, y)));
    paths.into_iter().map(|(_, path)| path).collect()
}

/// Letters that have to be put in, taken out or changed to make one of the other; case does not count.
fn distance(one: &str, other: &str) -> usize {
    let [one, other] = [one, other].map(|text| text.to_lowercase().chars().collect::<Vec<_>>());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (place, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != wanted);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_differ_in_few_letters() {
        let table = [
            ("", "", 0),
            ("/cat", "/CAT", 0),
            ("/categry", "/category", 1),
            ("ab", "ba", 2),
            ("", "abc", 3),
        ];
        for (one, other, wanted) in table {
            assert_eq!(
                (distance(one, other), distance(other, one)),
                (wanted, wanted),
                "{one} {other}"
            );
        }
    }
}

//! A ready plan with some answers of one's own: those that are a value of one key of it. What else a preset says, its
//! topics, phrases and prompts belong together, and is changed in the plan.

use crate::generate::presets::Preset;

use super::answers::{Answer, Answers};
use super::questions::QUESTIONS;
use super::write::{TRIED, quoted};

/// Answers that change a ready plan: the id, and the table and the key.
const KEYS: [(&str, &str, &str); 6] = [
    ("name", "", "name"),
    ("count", "", "count"),
    ("typos", "task", "typos"),
    ("tone", "task", "tone"),
    ("negatives", "task", "negatives"),
    ("validation", "output", "validation"),
];

/// The text of the plan with these answers, or why one of them does not fit.
pub(super) fn changed(preset: &Preset, answers: &Answers) -> Result<String, String> {
    let mut text = preset.text.to_owned();
    for question in QUESTIONS {
        let Some(answer) = answers.get(question.id) else { continue };
        let name = preset.name;
        let unfit = || {
            let could: Vec<&str> = KEYS.iter().map(|(id, ..)| *id).collect();
            format!(
                "--set {}: the preset {name} has its own; write it with `chatml-gen ask --preset {name} -o plan.toml` \
                 and change {} there (--set changes {} of a preset)",
                question.id,
                question.sets.join(" and "),
                could.join(", ")
            )
        };
        let key = KEYS.iter().find(|(id, ..)| *id == question.id);
        let value = match answer {
            Answer::Text(text) => quoted(text),
            Answer::Whole(number) => number.to_string(),
            Answer::Share(share) => share.to_string(),
            Answer::Yes(_) | Answer::List(_) | Answer::Weights(_) => return Err(unfit()),
        };
        let (_, table, key) = key.ok_or_else(unfit)?;
        text = with(&text, table, key, &value).ok_or_else(unfit)?;
        if let Answer::Whole(count) = answer {
            let most = count.saturating_mul(TRIED).to_string();
            text = with(&text, table, "max_candidates", &most).ok_or_else(unfit)?;
        }
    }
    Ok(text)
}

/// The text with this value of a key that stands on a line of its own; none if it does not.
fn with(text: &str, table: &str, key: &str, value: &str) -> Option<String> {
    let (mut at, mut within, mut found) = (String::new(), false, false);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // What stands in a text of several lines is no key.
        let outside = !within;
        within ^= line.matches("\"\"\"").count() % 2 == 1;
        if outside && line.starts_with('[') {
            at = line.trim().trim_matches(['[', ']']).to_owned();
        }
        let is_it = outside && at == table && line.split('=').next().map(str::trim) == Some(key);
        match is_it && !found {
            true => {
                let comment = line.find(" #").and_then(|at| line.get(at..));
                let comment = comment.map(|comment| format!("        {}", comment.trim()));
                out.push_str(&format!("{key} = {value}{}\n", comment.unwrap_or_default()));
                found = true;
            }
            false => out.push_str(line),
        }
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_in_its_table_alone() {
        let text = "count = 1  # all\nx = \"\"\"\ncount = 2\n[a]\n\"\"\"\n[task]\ncount = 3\ntypos = 0.1\n";
        let wanted = text.replace("count = 1  # all", "count = 70        # all");
        assert_eq!(with(text, "", "count", "70").as_deref(), Some(wanted.as_str()));
        let wanted = text.replace("typos = 0.1", "typos = 0");
        assert_eq!(with(text, "task", "typos", "0").as_deref(), Some(wanted.as_str()));
        assert_eq!(with(text, "a", "count", "1"), None);
        assert_eq!(with(text, "task", "typo", "1"), None);
    }
}

//! A ready plan with some answers of one's own: those that are a value of one key of it. What else a preset says, its
//! topics, phrases and prompts belong together, and is changed in the plan.

use std::path::Path;

use crate::generate::node::Fault;
use crate::generate::opened;
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

/// The text of a plan with these answers, which is one that `run` takes, or what is wrong with them.
pub(super) fn written(preset: &Preset, answers: &Answers) -> Result<String, Vec<String>> {
    let text = changed(preset, answers).map_err(|why| vec![why])?;
    match faults(preset, &text) {
        None => Ok(text),
        Some(faults) => Err(vec![refused(preset, answers, &faults)]),
    }
}

/// What is wrong with a plan, if something is.
fn faults(preset: &Preset, text: &str) -> Option<Vec<Fault>> {
    opened::read(Path::new(preset.name), text.as_bytes()).err()
}

fn fits(preset: &Preset, answers: &Answers) -> bool {
    changed(preset, answers).is_ok_and(|text| faults(preset, &text).is_none())
}

/// Says which answer a preset cannot have. Of the faults of the plan only the reasons: it was not written, and has no
/// lines to look at.
fn refused(preset: &Preset, answers: &Answers, faults: &[Fault]) -> String {
    let Preset { name, .. } = preset;
    let reasons: Vec<String> =
        faults.iter().map(|of| format!("{}: {}", of.key, of.reason)).collect();
    let is_it = |(id, ..): &&(&'static str, &str, &str)| {
        let mut others = answers.clone();
        others.forget(id);
        answers.get(id).is_some() && fits(preset, &others)
    };
    match KEYS.iter().find(is_it).map(|(id, ..)| (*id, answers.get(id))) {
        Some((id, Some(Answer::Whole(count)))) => {
            let least = least(preset, answers, id, *count);
            format!(
                "{id}: {count}; the preset {name} makes {least} or more, so that all that it is about comes often enough"
            )
        }
        Some((id, _)) => {
            format!("{id}: the preset {name} cannot have this: {}", reasons.join("; "))
        }
        None => format!("the preset {name} cannot have these answers: {}", reasons.join("; ")),
    }
}

/// The least number that a preset can have for this question, above one that is too small: each number from it on is
/// as good as the one before.
fn least(preset: &Preset, answers: &Answers, id: &str, too_small: u64) -> u64 {
    let fits = |number: u64| {
        let mut answers = answers.clone();
        answers.set(id, &number.to_string()).is_ok() && fits(preset, &answers)
    };
    let (mut below, mut enough) = (too_small, too_small.saturating_mul(2));
    while !fits(enough) && enough < u64::MAX {
        (below, enough) = (enough, enough.saturating_mul(2));
    }
    while enough - below > 1 {
        let middle = below + (enough - below) / 2;
        match fits(middle) {
            true => enough = middle,
            false => below = middle,
        }
    }
    enough
}

/// The text of the plan with these answers, or why one of them does not fit.
fn changed(preset: &Preset, answers: &Answers) -> Result<String, String> {
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
    use crate::generate::presets::PRESETS;

    #[test]
    fn a_count_that_is_too_small_is_told_with_the_least_that_a_preset_can_have() {
        let written = |preset: &Preset, count: u64| {
            let mut answers = Answers::default();
            answers.set("count", &count.to_string()).unwrap();
            written(preset, &answers).map_err(|why| why.join("|"))
        };
        let least = |preset: &Preset| {
            let told = written(preset, 1).err()?;
            let least =
                told.strip_prefix(&format!("count: 1; the preset {} makes ", preset.name))?;
            least.split_once(" or more")?.0.parse::<u64>().ok()
        };
        let all: Vec<_> = PRESETS.iter().map(|preset| (preset.name, least(preset))).collect();
        let wanted = [
            ("customer-support", Some(100)),
            ("code-generation", None),
            ("classification", Some(200)),
            ("extraction", Some(160)),
            ("tool-use", Some(112)),
            ("tutoring", Some(180)),
        ];
        assert_eq!(all, wanted);
        for preset in PRESETS {
            let least = least(preset).unwrap_or(1);
            assert!(written(preset, least).is_ok() && written(preset, least + 1).is_ok());
            assert!(least == 1 || written(preset, least - 1).is_err());
        }
    }

    #[test]
    fn an_answer_that_a_preset_cannot_have_is_named_without_a_line() {
        let mut answers = Answers::default();
        answers.set("negatives", "1").unwrap();
        answers.set("typos", "0").unwrap();
        let preset = PRESETS.iter().find(|preset| preset.name == "classification").unwrap();
        let wanted = "negatives: the preset classification cannot have this: grammar: there is no scene with negative = true";
        assert_eq!(written(preset, &answers), Err(vec![wanted.to_owned()]));
        answers.set("count", "9").unwrap();
        let told = written(preset, &answers).unwrap_err().join("|");
        assert!(
            told.starts_with("the preset classification cannot have these answers: "),
            "{told}"
        );
    }

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

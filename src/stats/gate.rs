//! Conditions on figures, for scripts: `duplicates.rate < 0.01 and tokens.record.p99 <= 4096`.

use serde_json::{Map, Value};

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};

use super::definitions::{self, Report, compared, names_of, refusal};
use super::number::{no_number, number_at};
use super::settings::Settings;

/// Does a comparison of two numbers hold?
type Holds = fn(f64, f64) -> bool;

/// How two numbers are compared, as it is written, longer ones first.
const COMPARISONS: [(&str, Holds); 6] = [
    ("<=", |a, b| a <= b),
    (">=", |a, b| a >= b),
    ("==", |a, b| a == b),
    ("!=", |a, b| a != b),
    ("<", |a, b| a < b),
    (">", |a, b| a > b),
];

/// A condition: all of its comparisons hold.
#[derive(Debug, Clone)]
pub struct Gate {
    comparisons: Vec<Comparison>,
}

/// A figure compared with a number.
#[derive(Debug, Clone)]
struct Comparison {
    figure: String,
    sign: &'static str,
    holds: Holds,
    number: f64,
}

impl Gate {
    /// Reads a condition. An [`Error::Usage`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Gate> {
        let mut comparisons = Vec::new();
        let mut begun: Option<String> = None;
        for piece in text.split(" and ") {
            // The pointer of a --by may hold the word that joins conditions.
            let whole = begun.map_or(piece.to_owned(), |before| format!("{before} and {piece}"));
            let comparison = Comparison::parse(&whole);
            begun = comparison.is_none().then_some(whole);
            comparisons.extend(comparison);
        }
        begun.is_none().then_some(Gate { comparisons }).ok_or_else(|| {
            let text = quote(text, QUOTE_BYTES);
            Error::Usage(format!(
                "--gate {text} is no condition; write a figure, one of < <= > >= == !=, and a number, as in 'duplicates.rate < 0.01'; 'and' joins several"
            ))
        })
    }

    /// Trouble if a figure in it is none that a report of this kind has, or none that is a number.
    pub fn check_names(&self, report: Report) -> Result<()> {
        let mut figures = self.comparisons.iter().map(|comparison| &comparison.figure);
        let why = figures.find_map(|figure| refusal(report, figure));
        why.map_or(Ok(()), |why| Err(Error::Usage(format!("--gate: {why}"))))
    }

    /// Trouble if a figure in it is not there in what is measured so.
    pub fn check_asked_for(&self, settings: &Settings, price: Option<f64>) -> Result<()> {
        let mut figures = self.comparisons.iter().map(|comparison| &comparison.figure);
        let missing = figures.find_map(|of| Some((of, not_asked_for(of, settings, price)?)));
        missing.map_or(Ok(()), |(figure, why)| Err(no_number(figure, &why)))
    }

    /// What does not hold, in words; nothing where all holds. A figure of nothing is no answer, so that no condition
    /// on it holds. An [`Error::Usage`] names a figure that is not there.
    pub fn failures(&self, figures: &Map<String, Value>, report: Report) -> Result<Vec<String>> {
        let mut failures = Vec::new();
        for Comparison { figure, sign, holds, number } in &self.comparisons {
            match number_at(figures, report, figure)? {
                None => {
                    failures
                        .push(format!("{figure}: nothing was measured, wanted {sign} {number}"));
                }
                Some(found) if !holds(found, *number) => {
                    failures.push(format!("{figure} is {}, wanted {sign} {number}", short(found)));
                }
                Some(_) => {}
            }
        }
        Ok(failures)
    }
}

/// At most six digits behind the point, and no zeros at the end.
fn short(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Comparison {
    fn parse(text: &str) -> Option<Comparison> {
        // The last sign: a pointer of --by may hold nearly anything.
        let end = text.rfind(['<', '>', '=']).map(|at| at + 1)?;
        let (condition, number) = (text.get(..end)?, text.get(end..)?.trim());
        let (figure, sign, holds) = COMPARISONS.iter().find_map(|(sign, holds)| {
            Some((condition.strip_suffix(sign)?.trim(), *sign, *holds))
        })?;
        let number: f64 = number.parse().ok()?;
        let names = figure.split("./").next().unwrap_or_default();
        let is_of_name = |c: char| !c.is_whitespace() && !"<>=!".contains(c);
        let valid = !names.is_empty() && names.chars().all(is_of_name) && number.is_finite();
        valid.then(|| Comparison { figure: figure.to_owned(), sign, holds, number })
    }
}

/// Parts of a report that are there only if they are asked for: what a figure lacks by these settings, in words.
fn not_asked_for(figure: &str, settings: &Settings, price: Option<f64>) -> Option<String> {
    const OF_A_LIMIT: [&str; 7] =
        ["max_tokens", "over", "over_at", "lost", "trained_lost", "cut_inside", "cut_at"];
    let figure = compared(figure).map_or(figure, |(figure, _)| figure);
    let names = names_of(figure);
    let first = names.first().copied().unwrap_or_default();
    let (no_tokens, no_limit) = (settings.tokenizer.is_none(), settings.max_tokens.is_none());
    let fields = settings.by.len();
    let not_measured = || Some(format!("{first} was not measured"));
    match names[..] {
        ["tokens" | "supervision" | "training", ..] if no_tokens => not_measured(),
        ["distances", "tokens"] if no_tokens => Some("tokens were not measured".to_owned()),
        ["duplicates" | "diversity" | "signs" | "overlap", ..] if !settings.quality => {
            not_measured()
        }
        ["languages", ..] if !settings.languages => Some("there was no --languages".to_owned()),
        ["supervision", name, ..] if no_limit && OF_A_LIMIT.contains(&name) => {
            Some("there was no --max-tokens".to_owned())
        }
        ["supervision", "idle_by_cause", "cut"] if no_limit => {
            Some("there was no --max-tokens".to_owned())
        }
        ["training", "steps_packed"] if no_limit => Some("there was no --max-tokens".to_owned()),
        ["training", "cost"] if price.is_none() => Some("there was no --price".to_owned()),
        ["categories", place, ..]
            if definitions::place(place).is_some_and(|place| place >= fields) =>
        {
            Some(format!("--by was given {}", times(fields)))
        }
        ["category_pairs", _, ..] if fields < 2 => {
            Some(format!("--by was given {}", times(fields)))
        }
        ["distances", pointer]
            if pointer.starts_with('/') && !settings.by.iter().any(|by| by == pointer) =>
        {
            Some(format!("there was no --by {}", quote(pointer, QUOTE_BYTES)))
        }
        _ => None,
    }
}

fn times(count: usize) -> String {
    format!("{count} time{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failures(condition: &str) -> std::result::Result<Vec<String>, String> {
        let figures = json!({
            "duplicates": {"rate": 0.25, "total": 4, "prompts": {"count": 3}},
            "training": {"packing": [{"limit": 10}]},
        });
        let gate = Gate::parse(condition).map_err(|error| error.to_string())?;
        let figures = figures.as_object().unwrap();
        gate.failures(figures, Report::One).map_err(|error| error.to_string())
    }

    #[test]
    fn conditions_hold_or_say_what_was_found() {
        for holds in [
            "duplicates.rate < 0.3",
            "duplicates.rate<=0.25",
            "duplicates.rate == 0.25 and duplicates.prompts.count != 4",
            "training.packing.0.limit >= 1e1",
        ] {
            assert_eq!(failures(holds), Ok(vec![]), "{holds}");
        }
        assert_eq!(
            failures(
                "duplicates.rate < 0.01 and training.packing.0.limit > 10 and training.packing.1.limit > 1"
            ),
            Ok(vec![
                "duplicates.rate is 0.25, wanted < 0.01".to_owned(),
                "training.packing.0.limit is 10, wanted > 10".to_owned(),
                "training.packing.1.limit: nothing was measured, wanted > 1".to_owned(),
            ])
        );
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            "",
            "duplicates.rate",
            "< 1",
            "duplicates.rate < x",
            "a b < 1",
            "x < nan",
            "x < 1 and ",
            " and x < 1",
            "x and y < 1",
            "x => 1",
            "x < = 1",
            "x <== 1",
            "x = 1",
            "x ! 1",
        ] {
            assert!(failures(wrong).unwrap_err().contains("is no condition"), "{wrong}");
        }
    }

    #[test]
    fn a_pointer_may_hold_what_conditions_are_made_of() {
        for pointer in ["/a b", "/a < 1", "/this and that", "/a<=b and c", "/é = 1 and ü"] {
            let text = format!("records.count > 1 and distances.{pointer} <= 0.5 and x.y == 2");
            let gate = Gate::parse(&text).unwrap();
            let figures: Vec<_> = gate.comparisons.iter().map(|of| of.figure.as_str()).collect();
            assert_eq!(figures, ["records.count", &format!("distances.{pointer}"), "x.y"]);
        }
    }

    #[test]
    fn what_was_not_asked_for_is_known_before_anything_is_read() {
        let mut settings = Settings {
            tokenizer: None,
            template: None,
            plain: vec![],
            template_date: None,
            max_tokens: None,
            by: vec![],
            quality: false,
            languages: false,
            examples: 3,
        };
        let all = [
            ("tokens.record.p50", "tokens was not measured"),
            ("signs.email", "signs was not measured"),
            ("overlap.prompts", "overlap was not measured"),
            ("distances.tokens", "tokens were not measured"),
            ("figures.tokens.record.p50.difference", "tokens was not measured"),
            ("distances./a.b", "there was no --by"),
            ("languages.top.0.share", "there was no --languages"),
            ("categories.0.gini", "--by was given 0 times"),
            ("category_pairs.0.count", "--by was given 0 times"),
        ];
        for (figure, why) in all {
            let told = not_asked_for(figure, &settings, None).unwrap();
            assert!(told.starts_with(why), "{figure}: {told}");
        }
        settings.tokenizer = Some(super::super::settings::Source::new("chars", None));
        for (figure, why) in [
            ("supervision.cut_inside.share", "there was no --max-tokens"),
            ("training.steps_packed", "there was no --max-tokens"),
            ("training.cost", "there was no --price"),
        ] {
            assert_eq!(not_asked_for(figure, &settings, None).unwrap(), why, "{figure}");
        }
        settings.max_tokens = Some(9);
        settings.by = vec!["/a.b".to_owned(), "/c".to_owned()];
        (settings.quality, settings.languages) = (true, true);
        for (figure, _) in all {
            assert_eq!(not_asked_for(figure, &settings, Some(1.0)), None, "{figure}");
        }
    }
}

//! The checks of a dataset: what was looked at, with what result.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::report::{count, plural};
use crate::quality::Sign;

use super::chat::Role;
use super::figures::{At, DiversityFigures, Figures};
use super::number::as_map;
use super::phrase::{near_source, percent_unspaced, place};

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Usable,
    Duplicates,
    Near,
    Diversity,
    Fields,
    Trained,
    Limit,
    Private,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Passed,
    Failed,
    NotMade,
}

/// A check that was made, or could have been. Serialised it is as the JSON report has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    #[serde(rename = "check")]
    pub(super) what: What,
    pub(super) verdict: Verdict,
    text: String,
}

impl Check {
    /// The check as a line of the report.
    pub(super) fn line(&self) -> String {
        match self.verdict {
            Verdict::Passed => format!("✓ {}", self.text),
            Verdict::Failed => format!("✗ {}", self.text),
            Verdict::NotMade => format!("- not checked: {}", self.text),
        }
    }
}

/// Fewer messages are not judged: ten openings are most of them whatever they say. A hundred examples is also
/// what a simple task is said to take.
const DIVERSE_FROM: u64 = 100;

/// The largest compression ratio of diverse texts. Zstd finds 2.9 to 3.1 in real conversations, 6.5 to 9.7 in
/// texts made of a few templates.
const MOST_COMPRESSED: f64 = 4.0;

/// The largest share of messages that begin with one of the ten most frequent openings. Real users do so in .08,
/// real assistants in .23, texts made of a few templates in .55 to .80 of their messages.
const MOST_OPENINGS: f64 = 0.4;

/// The largest share of records whose first message differs from another's in names and numbers only. It is .05
/// to .06 in real conversations, and 1 in texts made of a few templates.
const MOST_TEMPLATED: f64 = 0.2;

/// Signs of personal data and of secrets.
const PRIVATE: [Sign; 6] =
    [Sign::Email, Sign::Phone, Sign::CardNumber, Sign::Iban, Sign::IpAddress, Sign::ApiKey];

/// The figures as the JSON report has them: behind them the checks.
pub(super) fn with_checks(figures: &Figures) -> Map<String, Value> {
    let mut map = as_map(figures);
    let checks = serde_json::to_value(checks(figures));
    map.insert("checks".to_owned(), checks.unwrap_or_default());
    map
}

/// All checks, in the order of the report.
pub(super) fn checks(figures: &Figures) -> Vec<Check> {
    let any = figures.records.count > 0;
    let mut checks = vec![usable(figures)];
    if any {
        checks.extend([duplicates(figures), near(figures), diversity(figures)]);
        checks.extend([fields(figures), trained(figures), limit(figures), private(figures)]);
    }
    checks
}

fn judged(what: What, passed: bool, text: String) -> Check {
    Check { what, verdict: if passed { Verdict::Passed } else { Verdict::Failed }, text }
}

fn not_made(what: What, text: &str) -> Check {
    Check { what, verdict: Verdict::NotMade, text: text.to_owned() }
}

fn first(at: Option<&At>) -> String {
    at.map_or(String::new(), |at| format!(", first {}", place(at)))
}

/// That every line can be measured. That trainers take it is more: NaN, repeated keys and lone surrogates are read
/// here, and are findings of chatml-validate.
fn usable(figures: &Figures) -> Check {
    let unusable = figures.input.unusable;
    let text = match (figures.records.count, unusable) {
        (0, 0) => "There is no example".to_owned(),
        (_, 0) => "Every line is a conversation (what trainers refuse: chatml-validate)".to_owned(),
        (_, n) => {
            format!("Lines that are no conversation: {} (chatml-validate names each)", count(n))
        }
    };
    judged(What::Usable, unusable == 0 && figures.records.count > 0, text)
}

fn duplicates(figures: &Figures) -> Check {
    let Some(of) = figures.duplicates.as_ref().map(|of| &of.records) else {
        return not_made(What::Duplicates, "duplicate examples (--no-quality)");
    };
    let about = if of.estimated { "about " } else { "" };
    let text = match of.count {
        0 if of.estimated => "No duplicate examples found in a sample".to_owned(),
        0 => "No duplicate examples found".to_owned(),
        n => {
            let first = first(of.largest.first().map(|group| &group.first));
            format!(
                "Duplicate examples found: {about}{} ({}){first}",
                count(n),
                percent_unspaced(of.rate)
            )
        }
    };
    judged(What::Duplicates, of.count == 0, text)
}

fn near(figures: &Figures) -> Check {
    let Some(of) = figures.duplicates.as_ref().map(|of| &of.near) else {
        return not_made(What::Near, "near-duplicate examples (--no-quality)");
    };
    if of.sample == 0 {
        return not_made(What::Near, "near-duplicate examples (none has words)");
    }
    let source = near_source(of);
    let text = match of.rate > 0.0 {
        false => format!("No near-duplicate examples found ({source})"),
        true => {
            format!("Near-duplicate examples found: about {} ({source})", percent_unspaced(of.rate))
        }
    };
    judged(What::Near, of.rate <= 0.0, text)
}

/// The share of answers that are labels or JSON above which the texts of the assistant are not judged: they are
/// to repeat themselves. In published conversations and instructions it is .00 to .18, in data for classification
/// and extraction .8 to 1.
const MOST_VALUES: f64 = 0.5;

/// How a figure of diversity is found, the most it may be, and both in words.
type Measure = (fn(&DiversityFigures) -> f64, f64, Shown, &'static str);

/// How a figure is written with so many digits behind the point.
type Shown = fn(f64, usize) -> String;

const MEASURES: [Measure; 3] = [
    (
        |of| of.compression_ratio,
        MOST_COMPRESSED,
        |ratio, digits| format!("{ratio:.digits$}"),
        "compression ratio",
    ),
    (
        |of| of.opening_concentration,
        MOST_OPENINGS,
        percent_digits,
        "messages with one of ten openings",
    ),
    (|of| of.templated.share, MOST_TEMPLATED, percent_digits, "examples that share a template"),
];

fn percent_digits(share: f64, digits: usize) -> String {
    format!("{:.digits$}%", share * 100.0)
}

/// A figure beyond its bar and the bar, with as many digits as it takes to tell them apart.
fn apart(found: f64, most: f64, shown: Shown) -> (String, String) {
    // A figure has some sixteen digits.
    let pairs = (1..16).map(|digits| (shown(found, digits), shown(most, digits)));
    let mut pairs = pairs.filter(|(found, most)| found != most);
    pairs.next().unwrap_or_else(|| (shown(found, 1), shown(most, 1)))
}

fn diversity(figures: &Figures) -> Check {
    let Some(roles) = &figures.diversity else {
        return not_made(What::Diversity, "diversity (--no-quality)");
    };
    let enough = |of: &DiversityFigures| of.messages >= DIVERSE_FROM;
    if !roles.values().any(enough) {
        let text = format!("diversity (fewer than {DIVERSE_FROM} messages of a role tell little)");
        return not_made(What::Diversity, &text);
    }
    // Only what an assistant says is told its form.
    let of_values = |role: &str, of: &DiversityFigures| {
        role == Role::Assistant.name() && of.values as f64 > of.messages as f64 * MOST_VALUES
    };
    let aside = match roles.iter().any(|(role, of)| enough(of) && of_values(role, of)) {
        true => "; answers are labels or JSON, and not judged",
        false => "",
    };
    let mut over = Vec::new();
    for (role, of) in roles.iter().filter(|(role, of)| enough(of) && !of_values(role, of)) {
        for (get, most, shown, name) in MEASURES {
            let found = get(of);
            if found > most {
                let (found, most) = apart(found, most, shown);
                over.push(format!("{role} {name} {found}, at most {most}"));
            }
        }
    }
    let limits: Vec<String> = MEASURES
        .iter()
        .map(|(_, most, shown, name)| format!("{name} at most {}", shown(*most, 1)))
        .collect();
    let text = match over.is_empty() {
        true => format!("Diversity check passed ({}{aside})", limits.join(", ")),
        false => format!("Diversity check failed: {}{aside}", over.join("; ")),
    };
    judged(What::Diversity, over.is_empty(), text)
}

fn fields(figures: &Figures) -> Check {
    let records = &figures.records;
    let no_answer = records.count.saturating_sub(records.assistant_last.count);
    let faults = [
        (figures.messages.empty, "empty message", ""),
        (records.empty.count, "example", " without messages"),
        (records.no_user.count, "example", " without a user message"),
        (no_answer, "example", " whose last message is not the assistant's"),
    ];
    let found = faults.iter().filter(|(n, ..)| *n > 0);
    let found: Vec<String> =
        found.map(|(n, noun, what)| format!("{}{what}", plural(*n, noun))).collect();
    let text = match found.is_empty() {
        true => "All required fields present".to_owned(),
        false => format!("Required fields missing: {}", found.join(", ")),
    };
    judged(What::Fields, found.is_empty(), text)
}

fn trained(figures: &Figures) -> Check {
    let Some(of) = &figures.supervision else {
        return not_made(
            What::Trained,
            "whether every example has something to train on (no tokenizer)",
        );
    };
    let text = match of.idle.count {
        0 => "Every example has something to train on".to_owned(),
        n => {
            format!("Examples with nothing to train on: {}{}", count(n), first(of.idle_at.first()))
        }
    };
    judged(What::Trained, of.idle.count == 0, text)
}

fn limit(figures: &Figures) -> Check {
    let found = figures.supervision.as_ref().and_then(|of| Some((of, of.max_tokens?)));
    let Some((of, limit)) = found else {
        return not_made(What::Limit, "whether examples fit the sequence length (no --max-tokens)");
    };
    if of.tokens == 0 {
        return not_made(What::Limit, "whether examples fit the sequence length (none has tokens)");
    }
    // What has no length is neither longer nor shorter.
    if of.over.count == 0 && of.refused.count > 0 {
        let refused = plural(of.refused.count, "example");
        let text = format!(
            "whether all examples fit the sequence length (the chat template refuses {refused})"
        );
        return not_made(What::Limit, &text);
    }
    let text = match of.over.count {
        0 => format!("No example is longer than {} tokens", count(limit)),
        n => format!(
            "Examples longer than {} tokens: {} ({}){}",
            count(limit),
            count(n),
            percent_unspaced(of.over.share),
            first(of.over_at.first())
        ),
    };
    judged(What::Limit, of.over.count == 0, text)
}

fn private(figures: &Figures) -> Check {
    let Some(signs) = &figures.signs else {
        return not_made(What::Private, "personal data and keys (--no-quality)");
    };
    let found = PRIVATE.iter().filter_map(|sign| signs.get_key_value(sign.name()));
    let mut found: Vec<_> = found.filter(|(_, of)| of.count > 0).collect();
    found.sort_by_key(|(_, of)| std::cmp::Reverse(of.count));
    let list: Vec<String> = found
        .iter()
        .map(|(name, of)| format!("{name} in {}{}", count(of.count), first(of.at.first())))
        .collect();
    let text = match list.is_empty() {
        true => "No personal data or keys found".to_owned(),
        false => format!("Personal data or keys found: {}", list.join("; ")),
    };
    judged(What::Private, list.is_empty(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_and_the_bar_that_it_misses_never_look_the_same() {
        let ratio = MEASURES[0].2;
        for (found, shown, wanted) in [
            (5.53, ratio, ("5.5", "4.0")),
            (4.04, ratio, ("4.04", "4.00")),
            (4.000_21, ratio, ("4.0002", "4.0000")),
            (0.4004, percent_digits as Shown, ("40.04%", "40.00%")),
        ] {
            let most = if found < 1.0 { MOST_OPENINGS } else { MOST_COMPRESSED };
            let (found, most) = apart(found, most, shown);
            assert_eq!((found.as_str(), most.as_str()), wanted);
        }
    }
}

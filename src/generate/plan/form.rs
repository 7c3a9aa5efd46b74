//! Whether a value has the form that its key takes, and what it then says.

use std::time::Duration;

use crate::generate::node::{Node, Value};

use super::check::{nearest, shown};
use super::keys::Takes;

/// What is wrong with a value.
pub(super) struct Wrong {
    pub(super) reason: String,
    pub(super) advice: String,
}

impl Wrong {
    pub(super) fn new(reason: impl Into<String>, advice: impl Into<String>) -> Wrong {
        Wrong { reason: reason.into(), advice: advice.into() }
    }

    fn kind(node: &Node, wanted: &str) -> Wrong {
        Wrong::new(format!("{}; wanted {wanted}", node.kind()), "")
    }
}

/// Does the value have this form? Those with tables of their own are looked at elsewhere.
pub(super) fn fits(node: &Node, takes: Takes) -> Result<(), Wrong> {
    match takes {
        Takes::Whole(least, most) => whole(node, least, most),
        Takes::Number(least, most) => number(node, least, most),
        Takes::Bool => match node.value {
            Value::Bool(_) => Ok(()),
            _ => Err(Wrong::kind(node, "true or false, without quotes")),
        },
        Takes::OneOf(names) => one_of(node, names),
        Takes::Name => name(node),
        Takes::Text | Takes::Template | Takes::Path => match node.text() {
            Some(text) if text.trim().is_empty() && takes != Takes::Text => {
                Err(Wrong::new("an empty text", ""))
            }
            Some(_) => Ok(()),
            None => Err(Wrong::kind(node, "a text in quotes")),
        },
        Takes::Time => time(node).map(|_| ()),
        Takes::Size => size(node).map(|_| ()),
        Takes::Grammar => match node.table() {
            Some(_) => Ok(()),
            None => Err(Wrong::kind(node, "a table of phrases")),
        },
        _ => Ok(()),
    }
}

fn whole(node: &Node, least: i64, most: i64) -> Result<(), Wrong> {
    let number = match node.value {
        Value::Integer(number) => number,
        Value::Float(number) if number.is_finite() && number.fract() == 0.0 => number as i64,
        Value::Text(_) => return Err(Wrong::kind(node, "a whole number, without quotes")),
        _ => return Err(Wrong::kind(node, "a whole number")),
    };
    match (number < least, number > most) {
        (false, false) => Ok(()),
        (true, _) => Err(Wrong::new(format!("{number} is less than {least}"), "")),
        (_, true) => Err(Wrong::new(format!("{number} is more than {most}"), "")),
    }
}

/// The whole number, if it is one.
pub(super) fn as_whole(node: &Node) -> Option<i64> {
    match node.value {
        Value::Integer(number) => Some(number),
        Value::Float(number) if number.is_finite() && number.fract() == 0.0 => Some(number as i64),
        _ => None,
    }
}

fn number(node: &Node, least: f64, most: f64) -> Result<(), Wrong> {
    let number = match node.number() {
        Some(number) => number,
        None if node.text().is_some_and(|text| text.trim().ends_with('%')) => {
            return Err(Wrong::kind(node, "a number, such as 0.1 for 10%"));
        }
        None => return Err(Wrong::kind(node, "a number, without quotes")),
    };
    if number >= least && number <= most {
        return Ok(());
    }
    let share = most == 1.0 && number > 1.0 && number <= 100.0;
    let advice =
        if share { format!("write {} for {number}%", number / 100.0) } else { String::new() };
    Err(Wrong::new(format!("{number} is not between {least} and {most}"), advice))
}

fn one_of(node: &Node, names: &[&str]) -> Result<(), Wrong> {
    let Some(text) = node.text() else {
        return Err(Wrong::kind(node, &format!("one of {}", names.join(", "))));
    };
    if names.contains(&text) {
        return Ok(());
    }
    Err(Wrong::new(format!("{} is not known", shown(text)), instead(text, names)))
}

/// What to write instead of a name that is not known.
pub fn instead(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("known: {}", known.join(", ")),
    }
}

fn name(node: &Node) -> Result<(), Wrong> {
    let Some(text) = node.text() else {
        return Err(Wrong::kind(node, "a name in quotes"));
    };
    let mut chars = text.chars();
    let good = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if good {
        return Ok(());
    }
    let advice = "a name has a letter, then letters, digits and _, so that templates can say it";
    Err(Wrong::new(format!("{} is no name", shown(text)), advice))
}

/// A time such as `"120s"`, or a number of seconds.
pub(super) fn time(node: &Node) -> Result<Duration, Wrong> {
    let wrong = || Wrong::new("no time", "write it as \"90s\", \"15m\" or \"2h\"");
    let seconds = match &node.value {
        Value::Text(text) => {
            let text = text.trim();
            let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
            let (number, unit) = text.split_at(split);
            let factor = match unit {
                "ms" => 0.001,
                "" | "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return Err(wrong()),
            };
            number.trim().parse::<f64>().map_err(|_| wrong())? * factor
        }
        _ => node.number().ok_or_else(wrong)?,
    };
    // A hundred years: no run takes longer, and beyond it clocks overflow.
    if !(seconds > 0.0 && seconds <= 3.2e9) {
        return Err(Wrong::new("no time above 0", "write it as \"90s\", \"15m\" or \"2h\""));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// A size such as `"8M"`, or a number of bytes.
pub(super) fn size(node: &Node) -> Result<u64, Wrong> {
    let wrong = || Wrong::new("no size above 0", "write it as \"512K\", \"8M\" or \"1G\"");
    let bytes = match &node.value {
        Value::Text(text) => crate::cli::options::parse_size(text).map_err(|_| wrong())?,
        Value::Integer(number) => u64::try_from(*number).map_err(|_| wrong())?,
        _ => return Err(wrong()),
    };
    if bytes == 0 { Err(wrong()) } else { Ok(bytes) }
}

/// Why a regular expression is none, on one line.
pub(super) fn regex_reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

//! What the manuals hold that is made from tables, in man(7) macros.

use clap::ValueEnum;
use serde_json::Value;

use chatml::cli::report::count;
use chatml::generate::backend::{Action, Class};
use chatml::generate::corrupt::kinds;
use chatml::generate::evolve::Op;
use chatml::generate::from::Format;
use chatml::generate::plan::keys::{KEYS, Otherwise, Takes};
use chatml::generate::plan::names::TOOL_NAMES;
use chatml::generate::presets::PRESETS;
use chatml::generate::reason::{REASONS, ReasonInfo, When};
use chatml::quality::{SIGNS, SignInfo};
use chatml::rules::{PROFILES, Rule};
use chatml::similar::key::BY_NAMES;
use chatml::stats::definitions::{COMPARED, Definition, GROUPS, Group, Report, definitions};
use chatml::tokens::template::{BuiltIn, TEMPLATES};

use chatml::cli::generate::roff;

use super::TOOLS;

/// One paragraph for each thing that can be compared.
pub(super) fn man_by() -> String {
    let row = |(name, _, about): &(&str, _, &str)| {
        format!(".TP\n\\fB{}\\fR\n{}.\n", roff(name), roff(about))
    };
    BY_NAMES.iter().map(row).collect()
}

/// A paragraph for a figure; `before` stands before its path.
fn man_figure(row: &Definition, before: &str) -> String {
    let unit = match row.unit {
        "" => String::new(),
        "=" => " (as the figure)".to_owned(),
        unit => format!(" ({})", roff(unit)),
    };
    format!(".TP\n\\fB{before}{}\\fR{unit}\n{}\n", roff(row.path), roff(row.text))
}

/// One paragraph for each figure, then for each group of them.
pub(super) fn man_figures() -> String {
    let rows: String = definitions(Report::One).map(|of| man_figure(of, "")).collect();
    let group = |group: &Group| {
        let before = format!("<{}>.", group.name);
        let rows: String = group.figures.iter().map(|of| man_figure(of, &before)).collect();
        format!(".SS <{}>\n{rows}", group.name)
    };
    rows + &GROUPS.iter().map(group).collect::<String>()
}

/// One paragraph for each figure of a comparison, then the names of those that are compared.
pub(super) fn man_comparison() -> String {
    let rows: String = definitions(Report::Comparison).map(|of| man_figure(of, "")).collect();
    let names: Vec<String> = COMPARED.map(|name| format!(".I {}", roff(name))).to_vec();
    format!("{rows}.PP\nThe figures that are compared:\n{}.\n", names.join(" ,\n"))
}

/// One paragraph for each sign.
pub(super) fn man_signs() -> String {
    let row = |sign: &SignInfo| format!(".TP\n\\fB{}\\fR\n{}\n", roff(sign.name), roff(sign.about));
    SIGNS.iter().map(row).collect()
}

/// A paragraph of a list: a term, what stands behind it on its line, and what it means.
fn man_item(term: &str, more: &str, about: &str) -> String {
    let stop = if about.ends_with(['.', ':', '?']) { "" } else { "." };
    format!(".TP\n\\fB{}\\fR{}\n{}{stop}\n", roff(term), roff(more), roff(about))
}

/// A text with its first letter large, unless it begins with the name of a key.
fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.contains('_') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// One paragraph for each question that chatml-gen asks.
pub(super) fn man_questions() -> String {
    let tool = TOOLS.iter().find(|tool| tool.name == "chatml-gen").unwrap();
    let all: Value = serde_json::from_str(&tool.prints(&["ask", "--questions-json"])).unwrap();
    let row = |of: &Value| {
        let text = |name: &str| of[name].as_str().unwrap_or_default().to_owned();
        let without = match &of["default"] {
            Value::Null => " (must be answered)".to_owned(),
            Value::String(usual) if usual.is_empty() => String::new(),
            Value::String(usual) => format!(" ({usual})"),
            usual => format!(" ({usual})"),
        };
        let answers = of["only_if"]["answers"].as_array().into_iter().flatten();
        let answers: Vec<&str> = answers.filter_map(Value::as_str).collect();
        let only = match of["only_if"]["id"].as_str() {
            Some(id) => format!(" (Only if {id} is {}.)", answers.join(" or ")),
            None => String::new(),
        };
        man_item(&text("id"), &without, &(text("question") + &only))
    };
    all["questions"].as_array().unwrap().iter().map(row).collect()
}

/// One paragraph for each ready plan.
pub(super) fn man_presets() -> String {
    PRESETS.iter().map(|preset| man_item(preset.name, "", &capital(preset.about))).collect()
}

/// One paragraph for each key of a plan, under the table that it stands in.
pub(super) fn man_keys() -> String {
    KEYS.iter()
        .map(|key| {
            if matches!(key.takes, Takes::Table | Takes::Tables | Takes::Named) {
                let header = match key.takes {
                    Takes::Tables => format!("[[{}]]", key.path.replace("[]", "")),
                    _ => format!("[{}]", key.path.replace(".*", ".NAME").replace("[]", "")),
                };
                let header = match key.takes {
                    Takes::Named => header.replace(']', ".NAME]"),
                    _ => header,
                };
                return format!(".SS {}\n{}\n", roff(&header), roff(key.about));
            }
            let without = match key.otherwise {
                Otherwise::Required => " Required.".to_owned(),
                Otherwise::Nothing => String::new(),
                Otherwise::Is(value) => format!(" Without it: {value}."),
                Otherwise::Told(told) => format!(" Without it: {told}."),
            };
            let of = match key.of {
                [] => String::new(),
                kinds => format!(" Of kind {}.", kinds.join(", ")),
            };
            let about = format!("{}{of}{without}", key.about);
            man_item(key.path, &format!(" ({})", man_takes(key.takes)), &about)
        })
        .collect()
}

/// What a key takes, in words.
fn man_takes(takes: Takes) -> String {
    match takes {
        Takes::Whole(least, most) if least == most => least.to_string(),
        Takes::Whole(least, i64::MAX) => format!("whole number, at least {least}"),
        Takes::Whole(least, most) => format!("whole number, {least} to {}", count(most as u64)),
        Takes::Number(least, most) if most < 100.0 => format!("number, {least} to {most}"),
        Takes::Number(..) => "number".to_owned(),
        Takes::OneOf(values) => values.join(", "),
        Takes::Table | Takes::Tables | Takes::Named => "table".to_owned(),
        Takes::Bool => "true or false".to_owned(),
        Takes::Text => "text".to_owned(),
        Takes::Name => "name".to_owned(),
        Takes::Template => "template".to_owned(),
        Takes::Path => "path".to_owned(),
        Takes::Time => "time".to_owned(),
        Takes::Size => "size".to_owned(),
        Takes::Texts => "list of texts".to_owned(),
        Takes::Templates => "list of templates".to_owned(),
        Takes::Regexes => "list of regular expressions".to_owned(),
        Takes::Paths => "list of paths".to_owned(),
        Takes::Turns => "table: turns = weight".to_owned(),
        Takes::Values => "list of texts, or a table of lists".to_owned(),
        Takes::Weights => "list of numbers, or a table".to_owned(),
        Takes::When => "table, or a list of tables".to_owned(),
        Takes::Words => "text, or a list of texts".to_owned(),
        Takes::Schema => "JSON Schema".to_owned(),
        Takes::Object => "JSON object".to_owned(),
        Takes::Grammar => "see PHRASES".to_owned(),
    }
}

/// One paragraph for each name that templates know.
pub(super) fn man_names() -> String {
    TOOL_NAMES.iter().map(|of| man_item(of.name, "", of.about)).collect()
}

/// One paragraph for each reason to refuse an example.
pub(super) fn man_reasons() -> String {
    let row = |info: &ReasonInfo| {
        let when = match info.when {
            When::Always => " (always)",
            When::Usually => "",
            When::Asked => " (only if it is listed)",
        };
        man_item(info.name, when, info.about)
    };
    REASONS.iter().map(row).collect()
}

/// One paragraph for each class of faults.
pub(super) fn man_classes() -> String {
    let row = |class: Class| {
        let action = match class.action() {
            Action::Retry => " (asked again)",
            Action::Terminal => " (the backend is given up)",
            Action::Adapt => " (asked otherwise)",
            Action::Fail => " (the request has failed)",
        };
        man_item(class.name(), action, &capital(class.advice()))
    };
    Class::all().map(row).collect()
}

/// One paragraph for each value that an option takes.
fn man_values<T: ValueEnum>() -> String {
    let row = |value: &T| {
        let value = value.to_possible_value().unwrap();
        let about = value.get_help().map(ToString::to_string).unwrap_or_default();
        man_item(value.get_name(), "", &about)
    };
    T::value_variants().iter().map(row).collect()
}

/// One paragraph for each form of a document.
pub(super) fn man_formats() -> String {
    man_values::<Format>()
}

/// One paragraph for each way of making a variant.
pub(super) fn man_ops() -> String {
    man_values::<Op>()
}

/// One paragraph for each kind of damage.
pub(super) fn man_kinds() -> String {
    let row = |(name, does, finder): (&str, &str, String)| {
        man_item(name, "", &format!("{does}: {finder}"))
    };
    kinds().map(row).collect()
}

/// One paragraph for each built-in chat template.
pub(super) fn man_templates() -> String {
    let row = |template: &BuiltIn| {
        format!(".TP\n\\fB{}\\fR\n{}.\n", roff(template.name), roff(template.description))
    };
    TEMPLATES.iter().map(row).collect()
}

/// One paragraph a rule: code, name, severity and repair, then what triggers it.
pub(super) fn man_rules() -> String {
    Rule::all()
        .map(|rule| {
            let info = rule.info();
            let repair = match info.repair.name() {
                "no" => String::new(),
                name => format!(", repair {name}"),
            };
            let severity = info.default.name();
            format!(
                ".TP\n\\fB{}\\fR {} ({severity}{repair})\n{}.\n",
                info.code,
                roff(info.name),
                roff(info.trigger)
            )
        })
        .collect()
}

pub(super) fn man_profiles() -> String {
    let row = |profile: &chatml::rules::Profile| {
        format!(".TP\n\\fB{}\\fR\n{}.\n", roff(profile.name), roff(profile.about))
    };
    PROFILES.iter().map(row).collect()
}

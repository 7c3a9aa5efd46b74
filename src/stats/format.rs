//! The report as people and programs read it. Every format shows the same figures.

mod html;
mod info;
mod markdown;
mod pairs;
mod table;
mod text;

use serde_json::{Map, Value};

use crate::cli::json::to_json_line;
use crate::cli::report::report_header;
use crate::cli::terminal::{Colors, colors_for};
use crate::stream::Output;

use super::compare::Comparison;
use super::config::{Config, Format};
use super::figures::Figures;

/// The styles for a report that goes to `main`, or to standard error.
pub(super) fn colors(config: &Config, main: Option<&Output>) -> Colors {
    let on = match main {
        Some(output) if output.is_terminal() => colors_for(&std::io::stdout(), config.color),
        Some(_) => config.color == crate::cli::terminal::ColorChoice::Always,
        None => colors_for(&std::io::stderr(), config.color),
    };
    Colors::new(on)
}

/// The report on one dataset; `json` are the same figures. `top`: the most entries of any list.
pub(super) fn report(
    figures: &Figures,
    json: &Map<String, Value>,
    format: Format,
    colors: Colors,
    top: usize,
) -> String {
    match format {
        Format::Text => text::report(figures, colors, top),
        Format::Json => as_json(json),
        Format::Markdown => markdown::report(figures),
        Format::Info => info::report(figures),
        Format::Html => html::report(figures),
    }
}

/// The report on how two datasets differ; `json` is the same.
pub(super) fn comparison(
    comparison: &Comparison,
    json: &Map<String, Value>,
    format: Format,
    colors: Colors,
) -> String {
    match format {
        Format::Json => as_json(json),
        Format::Markdown => markdown::comparison(comparison),
        Format::Html => html::comparison(comparison),
        Format::Text | Format::Info => text::comparison(comparison, colors),
    }
}

fn as_json(json: &Map<String, Value>) -> String {
    let mut map = report_header("chatml-stats");
    map.extend(json.clone());
    String::from_utf8(to_json_line(&map)).unwrap_or_default()
}

//! What a run told of the examples that it made, for records that do not say themselves what they are about.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::similar::Threshold;

use super::reports::{Field, OfValue, Part};

/// The examples of a run by the first axis of its plan.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// Examples in all.
    pub records: u64,
    /// They by the values of the axis; none if the plan has no axis.
    pub field: Option<Field>,
    /// The share of common runs of words from which on examples were near-duplicates.
    pub near: Option<Threshold>,
    /// The targets that the plan names, as chatml-validate takes them; none if it names none.
    pub profile: Option<String>,
}

impl Made {
    /// Reads the report of a run.
    pub(super) fn read(path: &Path) -> Result<Made> {
        let name = || path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Error::Open { name: name(), source })?;
        let made = serde_json::from_slice(&bytes).ok().and_then(|report: Value| made(&report));
        made.ok_or_else(|| Error::Unfit(format!("{}: is no report of `chatml-gen run`", name())))
    }
}

fn made(report: &Value) -> Option<Made> {
    let records = report.get("records_written")?.as_u64()?;
    let coverage = report.get("coverage")?.as_array()?;
    let axis = coverage.first().and_then(|of| of.get("axis")?.as_str());
    let field = axis.map(|axis| {
        let own = coverage.iter().filter(|of| of.get("axis").and_then(Value::as_str) == Some(axis));
        let mut values: Vec<OfValue> = own
            .filter_map(|of| {
                let count = of.get("accepted")?.as_u64()?;
                let share = count as f64 / records.max(1) as f64;
                Some(OfValue { value: of.get("value")?.as_str()?.to_owned(), count, share })
            })
            .collect();
        values.sort_by(|one, other| other.count.cmp(&one.count).then(one.value.cmp(&other.value)));
        let distinct = values.len() as u64;
        Field { pointer: axis.to_owned(), missing: Part { count: 0, share: 0.0 }, distinct, values }
    });
    let near = report.get("near").and_then(|near| near.to_string().parse().ok());
    let targets = report.get("targets").and_then(Value::as_array).into_iter().flatten();
    let targets: Vec<&str> = targets.filter_map(Value::as_str).collect();
    let profile = (!targets.is_empty()).then(|| targets.join(","));
    Some(Made { records, field, near, profile })
}

//! The place in the line under a finding, as compilers show it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::cli::terminal::sanitize;
use crate::rules::Finding;

/// Characters shown before and behind the spot; with the margin they fit a terminal of 100 columns.
const BEFORE: usize = 40;
const BEHIND: usize = 40;

/// Two lines: an excerpt around the spot, and carets under it. Empty for a finding without a place.
pub(super) fn excerpt(finding: &Finding, line: &[u8]) -> String {
    if finding.span.start > line.len() {
        return String::new();
    }
    let start = finding.span.start;
    let end = finding.span.end.clamp(start, line.len());
    let before = String::from_utf8_lossy(&line[start.saturating_sub(4 * BEFORE)..start]);
    let marked = String::from_utf8_lossy(&line[start..end.min(start + 4 * BEHIND)]);
    let behind = String::from_utf8_lossy(&line[end..line.len().min(end + 4 * BEHIND)]);
    let from = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let cut_before = from > 0 || start > 4 * BEFORE;
    let before = sanitize(&before[from..]).into_owned();
    let marked = clip(&sanitize(&marked), BEHIND);
    let behind = clip(&sanitize(&behind), BEHIND.saturating_sub(marked.width()));
    let lead = if cut_before { "..." } else { "" };
    let carets = "^".repeat(marked.width().max(1));
    let number = finding.line.to_string();
    let margin = " ".repeat(number.len());
    let column = " ".repeat(lead.len() + before.width());
    format!("{number} | {lead}{before}{marked}{behind}\n{margin} | {column}{carets}\n")
}

/// The beginning of a text that is no wider than `width` columns.
fn clip(text: &str, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Rule, Severity};

    #[test]
    fn carets_stand_under_the_spot_also_behind_wide_characters() {
        let line = "{\"a\":\"中文<s>x\u{1b}\"}";
        let start = line.find("<s>").unwrap();
        let finding = Finding {
            rule: Rule::C001,
            severity: Severity::Warning,
            line: 12,
            offset: 0,
            span: start..start + 3,
            pointer: String::new(),
            message: String::new(),
            what: 0,
            profiles: vec![],
            fix: None,
        };
        let shown = excerpt(&finding, line.as_bytes());
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0], "12 | {\"a\":\"中文<s>x\\u{1b}\"}");
        assert_eq!(lines[1], "   |           ^^^");
    }
}

//! Tables and bars of text.

use unicode_width::UnicodeWidthStr;

use crate::cli::report;
use crate::measure::Bin;

/// Columns that a report for a terminal takes at most.
pub(super) const WIDTH: usize = 80;

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows as lines of aligned columns, two spaces before and between them. The first column is to the left, the
/// others are to the right, unless `last` says otherwise of the last one.
pub(super) fn aligned(rows: &[Vec<String>], last: Align) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str("  ");
            let room = " ".repeat(widths[column].saturating_sub(cell.width()));
            let left = column == 0 || column + 1 == columns && last == Align::Left;
            match left {
                true => line.extend([cell.as_str(), &room]),
                false => line.extend([room.as_str(), cell]),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// `text` in at most `width` columns, with an ellipsis where it was cut.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if out.width() >= width {
            out.pop();
            break;
        }
    }
    out.push('…');
    out
}

/// Eighths of a block, from one to seven.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A bar of `share` of `width` columns; something is always shown of what is more than nothing.
pub(super) fn bar(share: f64, width: usize) -> String {
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).and_then(|rest| EIGHTHS.get(rest)));
    bar
}

/// A histogram: a line for each bin.
pub(super) fn histogram(bins: &[Bin]) -> String {
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let label = |bin: &Bin| match bin.from == bin.to {
        true => report::count(bin.from),
        false => format!("{}–{}", report::count(bin.from), report::count(bin.to)),
    };
    let wide = bins.iter().map(|bin| label(bin).width()).max().unwrap_or(0);
    let counts = bins.iter().map(|bin| report::count(bin.count).len()).max().unwrap_or(0);
    let room = WIDTH.saturating_sub(wide + counts + 6);
    let line = |bin: &Bin| {
        let label = label(bin);
        let gap = " ".repeat(wide - label.width());
        let bar = bar(bin.count as f64 / most as f64, room);
        let line = format!("  {gap}{label}  {:>counts$}  {bar}", report::count(bin.count));
        format!("{}\n", line.trim_end())
    };
    bins.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let rows = [vec!["a".to_owned(), "10".to_owned()], vec!["世界".to_owned(), "7".to_owned()]];
        assert_eq!(aligned(&rows, Align::Right), "  a     10\n  世界   7\n");
    }

    #[test]
    fn bars_show_the_least_and_fill_the_most() {
        assert_eq!([bar(0.0, 4), bar(1e-9, 4), bar(0.5, 4), bar(1.0, 4)], ["", "▏", "██", "████"]);
    }

    #[test]
    fn what_is_too_wide_is_cut() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("世界世界", 5), "世界…");
        assert_eq!(fit("abc", 3), "abc");
    }

    #[test]
    fn histograms_fit_the_terminal() {
        let bins = [
            Bin { from: 0, to: 999, count: 1_234_567 },
            Bin { from: 1000, to: 1_999_999, count: 3 },
        ];
        assert!(histogram(&bins).lines().all(|line| line.width() <= WIDTH), "{}", histogram(&bins));
    }
}

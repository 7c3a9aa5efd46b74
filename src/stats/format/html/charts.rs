//! Charts as SVG within a page. They are drawn for the width of a phone and grow with the page, so that their
//! text is readable at both ends.

use std::fmt::Write as _;

use crate::cli::report::count;
use crate::measure::Bin;

use super::super::super::phrase::percent;
use super::page::escape;

/// The size of a chart, in units of its own: points on a phone.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 200.0;

/// Room around what is drawn: for the numbers at the axis, and for the name of the limit above it.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 40.0;

/// Between the columns and that of all that is longer, in columns.
const GAP: f64 = 0.5;

/// The width of a digit at the size of text in charts, rounded up.
const LETTER: f64 = 7.0;

/// Numbers along an axis that have room side by side.
const TICKS: usize = 5;

/// A chart of lengths.
pub(super) struct Chart<'a> {
    /// Tells this chart from the others of the page.
    pub id: &'a str,
    /// What it shows.
    pub title: &'a str,
    /// What it tells, for those who do not see it.
    pub about: String,
    /// The unit of the lengths.
    pub unit: &'a str,
    /// Lengths.
    pub bins: &'a [Bin],
    /// The longest record that training takes.
    pub limit: Option<u64>,
}

/// Where lengths are in a chart: bins of equal width, and one of all that is longer behind a gap.
struct Scale {
    /// Lengths in a bin.
    step: u64,
    /// Bins of that width.
    whole: usize,
    /// The bin of all that is longer.
    tail: Option<Bin>,
    /// The width of a column.
    column: f64,
}

impl Scale {
    /// None without a bin.
    fn new(bins: &[Bin]) -> Option<Scale> {
        let first = bins.first()?;
        let step = first.to.saturating_sub(first.from).saturating_add(1);
        let is_tail =
            |bin: &&Bin| bins.len() > 1 && bin.from == step.saturating_mul(bins.len() as u64 - 1);
        // The last bin is of the others' width only by chance; as the bin of the rest it is as right.
        let tail = bins
            .last()
            .filter(is_tail)
            .filter(|bin| bin.to.saturating_add(1) != bin.from.saturating_add(step))
            .copied();
        let whole = bins.len() - usize::from(tail.is_some());
        let columns = whole as f64 + if tail.is_some() { 1.0 + GAP } else { 0.0 };
        Some(Scale { step, whole, tail, column: (WIDTH - LEFT - RIGHT) / columns })
    }

    /// Where a length ends; none beyond the longest.
    fn x(&self, length: u64) -> Option<f64> {
        let end = self.step.saturating_mul(self.whole as u64);
        if length < end {
            return Some(LEFT + (length as f64 + 1.0) / self.step as f64 * self.column);
        }
        let tail = self.tail.filter(|tail| length <= tail.to)?;
        let share = length.saturating_sub(tail.from) as f64 + 1.0;
        let share = share / (tail.to.saturating_sub(tail.from) as f64 + 1.0);
        Some(LEFT + (self.whole as f64 + GAP + share) * self.column)
    }

    /// The left side of a column.
    fn left(&self, nth: usize) -> f64 {
        let gap = if nth >= self.whole { GAP } else { 0.0 };
        LEFT + (nth as f64 + gap) * self.column
    }
}

/// How often each length occurs. Nothing without a length.
pub(super) fn histogram(chart: &Chart<'_>) -> String {
    let Some(scale) = Scale::new(chart.bins) else { return String::new() };
    let most = chart.bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let step = round_step(most, 4);
    let top = most.div_ceil(step) * step;
    let ticks: Vec<(f64, String)> =
        (0..=top / step).map(|n| (n as f64 * step as f64 / top as f64, short(n * step))).collect();
    let mut out = begin(chart, &ticks);
    for (nth, bin) in chart.bins.iter().enumerate() {
        let height = bin.count as f64 / top as f64 * (HEIGHT - TOP - BOTTOM);
        let height = if bin.count > 0 { height.max(1.0) } else { 0.0 };
        let class = if nth < scale.whole { "bar" } else { "bar rest" };
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\">\
             <title>{}: {}</title></rect>",
            scale.left(nth) + 0.5,
            HEIGHT - BOTTOM - height,
            (scale.column - 1.0).max(0.5),
            range(bin),
            count(bin.count)
        );
    }
    lengths(&mut out, chart, &scale);
    limit(&mut out, chart, &scale, None);
    out.push_str("</svg></figure>\n");
    out
}

/// The share of the records up to each length; exact at the end of each bin and at the limit. `fit`: the share
/// up to the limit, where it is known.
pub(super) fn curve(chart: &Chart<'_>, fit: Option<f64>) -> String {
    let Some(scale) = Scale::new(chart.bins) else { return String::new() };
    let all: u64 = chart.bins.iter().map(|bin| bin.count).sum();
    let ticks: Vec<(f64, String)> =
        (0..=4).map(|n| (f64::from(n) / 4.0, format!("{} %", n * 25))).collect();
    let mut out = begin(chart, &ticks);
    let mut points = vec![(LEFT, 0.0)];
    let mut sum = 0;
    for bin in chart.bins {
        sum += bin.count;
        points.extend(scale.x(bin.to).map(|x| (x, sum as f64 / all.max(1) as f64)));
    }
    let at_limit = chart.limit.and_then(|limit| scale.x(limit)).zip(fit);
    points.extend(at_limit);
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let path: Vec<String> =
        points.iter().map(|(x, share)| format!("{x:.2},{:.2}", y(*share))).collect();
    let _ = writeln!(out, "<polyline class=\"curve\" points=\"{}\"/>", path.join(" "));
    lengths(&mut out, chart, &scale);
    limit(&mut out, chart, &scale, fit);
    out.push_str("</svg></figure>\n");
    out
}

/// Where a share of the height is.
fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

/// The beginning of a chart, with lines across it at shares of its height.
fn begin(chart: &Chart<'_>, ticks: &[(f64, String)]) -> String {
    let (id, title, about) = (chart.id, escape(chart.title), escape(&chart.about));
    let mut out = format!(
        "<figure><figcaption>{title}</figcaption>\n\
         <svg role=\"img\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-labelledby=\"{id}-t {id}-d\">\n\
         <title id=\"{id}-t\">{title}</title>\n<desc id=\"{id}-d\">{about}</desc>\n"
    );
    for (share, label) in ticks {
        let (y, end) = (y(*share), WIDTH - RIGHT);
        let class = if *share > 0.0 { "gridline" } else { "axis" };
        let _ = writeln!(
            out,
            "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{end}\" y1=\"{y:.2}\" y2=\"{y:.2}\"/>\
             <text x=\"{:.2}\" y=\"{:.2}\" text-anchor=\"end\">{label}</text>",
            LEFT - 5.0,
            y + 4.0
        );
    }
    out
}

/// The lengths along the axis, and their unit.
fn lengths(out: &mut String, chart: &Chart<'_>, scale: &Scale) {
    let base = HEIGHT - BOTTOM + 14.0;
    let every = scale.whole.div_ceil(TICKS).max(1);
    let rest = scale.tail.map_or(String::new(), |tail| format!("{}+", short(tail.from)));
    let end = WIDTH - RIGHT - LETTER * rest.chars().count() as f64;
    for nth in (0..=scale.whole).step_by(every) {
        let middle = if scale.step == 1 { scale.column / 2.0 } else { 0.0 };
        let x = LEFT + nth as f64 * scale.column + middle;
        let label = short(scale.step.saturating_mul(nth as u64));
        if rest.is_empty() || x + LETTER * (label.chars().count() as f64 / 2.0 + 1.0) <= end {
            let _ = writeln!(
                out,
                "<text x=\"{x:.2}\" y=\"{base}\" text-anchor=\"middle\">{label}</text>"
            );
        }
    }
    let x = WIDTH - RIGHT;
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{base}\" text-anchor=\"end\">{rest}</text>");
    let unit = match scale.tail {
        Some(tail) => format!("{}; the last column: {}", chart.unit, range(&tail)),
        None => chart.unit.to_owned(),
    };
    let (x, y) = (LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 8.0);
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{unit}</text>");
}

/// The limit as a line with its name, where it is within the chart.
fn limit(out: &mut String, chart: &Chart<'_>, scale: &Scale, fit: Option<f64>) {
    let Some((limit, x)) = chart.limit.and_then(|limit| Some((limit, scale.x(limit)?))) else {
        return;
    };
    let name = match fit {
        Some(fit) => escape(&format!("{} fit {}", percent(fit), count(limit))),
        None => format!("limit {}", count(limit)),
    };
    let (anchor, from) = if x > WIDTH / 2.0 { ("end", x - 4.0) } else { ("start", x + 4.0) };
    let bottom = HEIGHT - BOTTOM;
    let _ = writeln!(
        out,
        "<line class=\"limit\" x1=\"{x:.2}\" x2=\"{x:.2}\" y1=\"4\" y2=\"{bottom}\"/>\
         <text class=\"limit-name\" x=\"{from:.2}\" y=\"13\" text-anchor=\"{anchor}\">{name}</text>"
    );
}

/// Lengths of a bin in words.
pub(super) fn range(bin: &Bin) -> String {
    match bin.from == bin.to {
        true => count(bin.from),
        false => format!("{}–{}", count(bin.from), count(bin.to)),
    }
}

/// 1, 2 or 5 times a power of ten, such that `most` takes at most `steps` of them.
fn round_step(most: u64, steps: u64) -> u64 {
    let all = (0..19).flat_map(|power| [1, 2, 5].map(|step| step * 10u64.pow(power)));
    all.into_iter().find(|step| most.div_ceil(*step) <= steps).unwrap_or(most.max(1))
}

/// A number in few letters: `9,999`, `120 k`, `1.2 M`.
fn short(n: u64) -> String {
    let scaled = |unit: u64, name: &str| {
        let n = n as f64 / unit as f64;
        if n == n.trunc() || n >= 100.0 {
            format!("{n:.0} {name}")
        } else {
            format!("{n:.1} {name}")
        }
    };
    match n {
        0..100_000 => count(n),
        100_000..1_000_000 => scaled(1000, "k"),
        1_000_000..1_000_000_000 => scaled(1_000_000, "M"),
        _ => scaled(1_000_000_000, "G"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINS: [Bin; 3] = [
        Bin { from: 0, to: 99, count: 5 },
        Bin { from: 100, to: 199, count: 3 },
        Bin { from: 200, to: 999, count: 2 },
    ];

    fn chart(limit: Option<u64>) -> Chart<'static> {
        let about = "About".to_owned();
        Chart { id: "c", title: "Records", about, unit: "tokens", bins: &BINS, limit }
    }

    #[test]
    fn lengths_are_placed_by_their_bin_and_the_rest_behind_a_gap() {
        let scale = Scale::new(&BINS).unwrap();
        assert_eq!((scale.whole, scale.step), (2, 100));
        let at = |length| (scale.x(length).unwrap() - LEFT) / scale.column;
        assert!((at(49) - 0.5).abs() < 1e-9 && (at(199) - 2.0).abs() < 1e-9);
        assert!((at(599) - 3.0).abs() < 1e-9 && (at(999) - 3.5).abs() < 1e-9);
        assert!((scale.x(999).unwrap() - (WIDTH - RIGHT)).abs() < 1e-9);
        assert_eq!(scale.x(1000), None);
        let even = Scale::new(&BINS[..2]).unwrap();
        assert!(even.tail.is_none() && even.whole == 2);
        assert!(Scale::new(&[]).is_none());
    }

    #[test]
    fn the_limit_is_drawn_where_it_is_within_the_chart() {
        assert!(histogram(&chart(Some(150))).contains(">limit 150</text>"));
        assert!(curve(&chart(Some(150)), Some(0.75)).contains(">75.0 % fit 150</text>"));
        for none in [None, Some(5000)] {
            assert!(!histogram(&chart(none)).contains("limit"));
        }
    }

    #[test]
    fn the_curve_rises_to_all() {
        let text = curve(&chart(None), None);
        let points = text.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        let heights: Vec<f64> = points
            .split(' ')
            .map(|point| point.split(',').nth(1).unwrap().parse().unwrap())
            .collect();
        assert!(heights.is_sorted_by(|one, other| one >= other), "{points}");
        assert_eq!((heights[0], heights[3]), (HEIGHT - BOTTOM, TOP));
    }

    #[test]
    fn steps_are_round_and_numbers_short() {
        assert_eq!([1, 3, 528, 4_000].map(|most| round_step(most, 4)), [1, 1, 200, 1000]);
        let shown = [99_999, 120_000, 1_250_000, 2_000_000, 7_000_000_000].map(short);
        assert_eq!(shown, ["99,999", "120 k", "1.2 M", "2 M", "7 G"]);
    }
}

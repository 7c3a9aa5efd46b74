//! Figures that stand at the end of many paths.

use super::{Group, row};

/// All groups.
pub const GROUPS: &[Group] = &[
    Group {
        name: "summary",
        figures: &[
            row("count", "number", "How many values there are."),
            row("total", "=", "Their sum."),
            row("mean", "=", "total / count."),
            row(
                "std",
                "=",
                "The standard deviation of the population: sqrt(count * sum of squares - total^2) / count, from exact whole numbers.",
            ),
            row("min|max", "=", "The least and the greatest."),
            row(
                "p1|p5|p25|p50|p75|p90|p95|p99",
                "=",
                "The percentile by nearest rank: the least value that at least so many percent of all values do not exceed. Exact; always a value that occurs.",
            ),
        ],
    },
    Group {
        name: "part",
        figures: &[
            row("count", "=", "How many."),
            row("share", "0 to 1", "count / all records (of messages.by_role: / all messages)."),
        ],
    },
    Group {
        name: "ranking",
        figures: &[
            row("count", "=", "How often any name was counted."),
            row(
                "distinct",
                "names",
                "Different names that are held; all of them as long as error is 0.",
            ),
            row(
                "error",
                "=",
                "How much a count can be too low. 0: all are exact. More only where there are more different names than are held; which of the rare ones are then held depends on the order of the data.",
            ),
            row(
                "top.*.name",
                "text",
                "The most frequent, first; of equal counts in the order of their bytes. At most 160 bytes of it, secrets masked. --top says how many.",
            ),
            row("top.*.count", "=", "How often it was counted."),
            row("top.*.share", "0 to 1", "Its count / the count of the ranking."),
        ],
    },
    Group {
        name: "lines",
        figures: &[
            row("*.file", "text", "The input, as it was named."),
            row(
                "*.line",
                "line number",
                "The line in it, from 1. The first lines, as many as --examples says.",
            ),
        ],
    },
    Group {
        name: "repeats",
        figures: &[
            row("total", "=", "How many were compared; what a record lacks is not."),
            row(
                "count",
                "=",
                "Those that are there beside the first of each kind: what keeping one of each would remove. The sum of (members - 1) over all groups of equal ones.",
            ),
            row("rate", "0 to 1", "count / total."),
            row("distinct", "=", "total - count."),
            row(
                "estimated",
                "true or false",
                "False: exact up to 131,072 different ones. True: from those of them whose hash begins with enough zero bits; the relative standard error of distinct is then .004 at most.",
            ),
            row(
                "largest.*.count",
                "=",
                "Members of the largest groups, first; at most as many groups as --examples and --top say. Of a sample those that are in it.",
            ),
            row("largest.*.file", "text", "The input of its first member."),
            row("largest.*.line", "line number", "The line of its first member."),
        ],
    },
    Group {
        name: "bins",
        figures: &[
            row(
                "*.from|to",
                "=",
                "The least and the greatest length of the bin. Up to 20 bins of equal width reach to the 99th percentile; longer ones are in one more.",
            ),
            row("*.count", "number", "How many are so long."),
        ],
    },
];

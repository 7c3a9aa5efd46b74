//! A page of headings, facts, lists and tables, as text for a terminal or as Markdown.
//!
//! What it shows comes from a plan and may hold anything; nothing of it reaches a terminal raw, and nothing of it is
//! Markdown of its own.

use unicode_width::UnicodeWidthStr as _;

use crate::cli::terminal::sanitize;

/// A page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) sections: Vec<Section>,
}

/// A part of a page under a heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

/// What stands under a heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// Names with what is known of them.
    Facts(Vec<(String, String)>),
    /// One item a line.
    List(Vec<String>),
    /// Rows under a head; all columns but the first hold numbers.
    Table { head: Vec<String>, rows: Vec<Vec<String>> },
    /// Text of several lines, as it is.
    Verbatim(String),
}

impl Section {
    pub(super) fn new(title: &str, blocks: Vec<Block>) -> Section {
        Section { title: title.to_owned(), blocks }
    }
}

impl Page {
    /// The page as text.
    pub(super) fn text(&self) -> String {
        let mut out = headed(&self.title, '=');
        for section in &self.sections {
            out.push('\n');
            out.push_str(&headed(&section.title, '-'));
            for (at, block) in section.blocks.iter().enumerate() {
                if at > 0 && !matches!(block, Block::List(_)) {
                    out.push('\n');
                }
                out.push_str(&block.text());
            }
        }
        out
    }

    /// The page as Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("# {}\n", escaped(&self.title));
        for section in &self.sections {
            out.push_str(&format!("\n## {}\n", escaped(&section.title)));
            for block in &section.blocks {
                out.push('\n');
                out.push_str(&block.markdown());
            }
        }
        out
    }
}

fn headed(title: &str, under: char) -> String {
    let title = sanitize(title);
    let line: String = std::iter::repeat_n(under, title.width().max(1)).collect();
    format!("{title}\n{line}\n")
}

impl Block {
    fn text(&self) -> String {
        match self {
            Block::Facts(facts) => {
                let facts: Vec<_> =
                    facts.iter().map(|(name, what)| (sanitize(name), sanitize(what))).collect();
                let width = facts.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
                let lines = facts
                    .iter()
                    .map(|(name, what)| format!("{}  {what}\n", padded(name, width, false)));
                lines.collect()
            }
            Block::List(items) => {
                items.iter().map(|item| format!("- {}\n", sanitize(item))).collect()
            }
            Block::Table { head, rows } => table(head, rows),
            Block::Verbatim(text) => {
                text.lines().map(|line| format!("    {}\n", sanitize(line))).collect()
            }
        }
    }

    fn markdown(&self) -> String {
        match self {
            Block::Facts(facts) => facts
                .iter()
                .map(|(name, what)| format!("- **{}**: {}\n", escaped(name), escaped(what)))
                .collect(),
            Block::List(items) => {
                items.iter().map(|item| format!("- {}\n", escaped(item))).collect()
            }
            Block::Table { head, rows } => {
                let line = |cells: &Vec<String>| {
                    let cells: Vec<String> =
                        cells.iter().map(|cell| escaped(cell.trim())).collect();
                    format!("| {} |\n", cells.join(" | "))
                };
                let rule: Vec<&str> =
                    (0..head.len()).map(|at| if at == 0 { "---" } else { "---:" }).collect();
                let rows: String = rows.iter().map(line).collect();
                format!("{}| {} |\n{rows}", line(head), rule.join(" | "))
            }
            Block::Verbatim(text) => {
                let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
                let fence = "`".repeat(longest.max(2) + 1);
                let text: String =
                    text.lines().map(|line| format!("{}\n", sanitize(line))).collect();
                format!("{fence}text\n{text}{fence}\n")
            }
        }
    }
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let clean = |cells: &[String]| -> Vec<String> {
        cells.iter().map(|cell| sanitize(cell).into_owned()).collect()
    };
    let lines: Vec<Vec<String>> =
        std::iter::once(clean(head)).chain(rows.iter().map(|row| clean(row))).collect();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| padded(cell, *width, column > 0))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

fn padded(text: &str, width: usize, right: bool) -> String {
    let blanks = " ".repeat(width.saturating_sub(text.width()));
    if right { format!("{blanks}{text}") } else { format!("{text}{blanks}") }
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in sanitize(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let cell = |text: &str| text.to_owned();
        Page {
            title: "Plan".to_owned(),
            sections: vec![Section::new(
                "What",
                vec![
                    Block::Facts(vec![(cell("a"), cell("1")), (cell("long"), cell("x\u{1b}[2J"))]),
                    Block::Table {
                        head: vec![cell("topic"), cell("n")],
                        rows: vec![
                            vec![cell("世界|b"), cell("7")],
                            vec![cell("*c*"), cell("1,000")],
                        ],
                    },
                    Block::List(vec![cell("one <b>")]),
                    Block::Verbatim("x\n```\ny".to_owned()),
                ],
            )],
        }
    }

    #[test]
    fn text_is_aligned_and_harmless() {
        let wanted = "Plan\n====\n\nWhat\n----\na     1\nlong  x\\u{1b}[2J\n\ntopic       n\n世界|b      7\n*c*     1,000\n- one <b>\n\n    x\n    ```\n    y\n";
        assert_eq!(page().text(), wanted);
    }

    #[test]
    fn markdown_shows_what_the_plan_holds_and_obeys_none_of_it() {
        let wanted = "# Plan\n\n## What\n\n- **a**: 1\n- **long**: x\\\\u{1b}\\[2J\n\n| topic | n |\n| --- | ---: |\n| 世界\\|b | 7 |\n| \\*c\\* | 1,000 |\n\n- one \\<b\\>\n\n````text\nx\n```\ny\n````\n";
        assert_eq!(page().markdown(), wanted);
    }
}

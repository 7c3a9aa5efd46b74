//! A page of HTML: one file without a script and without anything from elsewhere. All text goes through
//! [`escape`] here, so that what writes a section cannot forget it.

use std::fmt::Write as _;

use crate::cli::terminal::sanitize;

const STYLE: &str = include_str!("style.css");

/// Nothing may be loaded or run, even if something got around the escapes.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Text from outside as text of HTML, also within a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let text = sanitize(text);
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A name, which on a narrow screen is broken behind its parts before it is broken anywhere.
fn breakable(name: &str) -> String {
    let parts: Vec<String> = name.split_inclusive(['.', '_', '/']).map(escape).collect();
    parts.join("<wbr>")
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    /// What the row is about.
    Name(String),
    /// A number, to the right.
    Number(String),
    /// Words, to the left.
    Text(String),
    /// A bar of this share of the column.
    Bar(f64),
}

/// A tile of the overview.
pub(super) struct Tile {
    pub name: &'static str,
    pub value: String,
    pub note: String,
}

/// A page that is written section by section.
pub(super) struct Page {
    title: &'static str,
    intro: Vec<String>,
    sections: Vec<(String, String)>,
    body: String,
}

impl Page {
    /// An empty page; `intro` are paragraphs under its title.
    pub(super) fn new(title: &'static str, intro: Vec<String>) -> Page {
        Page { title, intro, sections: Vec::new(), body: String::new() }
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &str) {
        self.close();
        let id = format!("s{}", self.sections.len() + 1);
        let title = escape(title);
        let _ =
            write!(self.body, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n");
        self.sections.push((id, title));
    }

    fn close(&mut self) {
        if !self.sections.is_empty() {
            self.body.push_str("</section>\n");
        }
    }

    /// A heading within a section.
    pub(super) fn head(&mut self, title: &str) {
        let _ = writeln!(self.body, "<h3>{}</h3>", escape(title));
    }

    /// A paragraph that may be skipped in reading.
    pub(super) fn note(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p class=\"note\">{}</p>", escape(text));
    }

    /// Markup of this program, which is written as it is.
    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// What is written by `inside` stands side by side where there is room; each call of
    /// [`beside`](Page::beside) makes one.
    pub(super) fn grid(&mut self, inside: impl FnOnce(&mut Page)) {
        self.side_by_side("grid", inside);
    }

    /// The same with more room for each, for charts.
    pub(super) fn wide_grid(&mut self, inside: impl FnOnce(&mut Page)) {
        self.side_by_side("grid wide", inside);
    }

    fn side_by_side(&mut self, class: &str, inside: impl FnOnce(&mut Page)) {
        let _ = writeln!(self.body, "<div class=\"{class}\">");
        inside(self);
        self.body.push_str("</div>\n");
    }

    /// One thing within a grid.
    pub(super) fn beside(&mut self, inside: impl FnOnce(&mut Page)) {
        self.body.push_str("<div>\n");
        inside(self);
        self.body.push_str("</div>\n");
    }

    /// Figures to be seen first.
    pub(super) fn tiles(&mut self, tiles: &[Tile]) {
        self.body.push_str("<dl class=\"tiles\">\n");
        for Tile { name, value, note } in tiles {
            let (value, note) = (escape(value), escape(note));
            let _ = write!(self.body, "<div><dt>{name}</dt><dd class=\"value\">{value}</dd>");
            if !note.is_empty() {
                let _ = write!(self.body, "<dd class=\"note\">{note}</dd>");
            }
            self.body.push_str("</div>\n");
        }
        self.body.push_str("</dl>\n");
    }

    /// Names with values.
    pub(super) fn facts<N: AsRef<str>>(&mut self, facts: &[(N, String)]) {
        self.body.push_str("<dl class=\"facts\">\n");
        for (name, value) in facts {
            let (name, value) = (escape(name.as_ref()), escape(value));
            let _ = writeln!(self.body, "<dt>{name}</dt><dd>{value}</dd>");
        }
        self.body.push_str("</dl>\n");
    }

    /// Points of a list.
    pub(super) fn points(&mut self, points: &[String]) {
        self.body.push_str("<ul>\n");
        for point in points {
            let _ = writeln!(self.body, "<li>{}</li>", escape(point));
        }
        self.body.push_str("</ul>\n");
    }

    /// A table; one that is wider than the page scrolls in its own box. The heads are aligned as the cells of
    /// the last row. A row of a name alone heads those after it.
    pub(super) fn table(&mut self, caption: &str, heads: &[&str], rows: &[Vec<Cell>]) {
        self.boxed("scroll", caption, heads, rows);
    }

    /// A table that may be long: it scrolls in a box of limited height.
    pub(super) fn long_table(&mut self, caption: &str, heads: &[&str], rows: &[Vec<Cell>]) {
        self.boxed("scroll tall", caption, heads, rows);
    }

    fn boxed(&mut self, class: &str, caption: &str, heads: &[&str], rows: &[Vec<Cell>]) {
        let caption = escape(caption);
        let out = &mut self.body;
        let _ = write!(
            out,
            "<div class=\"{class}\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n\
             <table><caption>{caption}</caption>\n<thead><tr>"
        );
        let last = rows.last().map_or(&[][..], Vec::as_slice);
        for (nth, head) in heads.iter().enumerate() {
            let class = match last.get(nth) {
                Some(Cell::Number(_)) => " class=\"n\"",
                Some(Cell::Text(_)) => " class=\"t\"",
                _ => "",
            };
            let _ = match head.is_empty() {
                true => write!(out, "<td{class}></td>"),
                false => write!(out, "<th scope=\"col\"{class}><bdi>{}</bdi></th>", escape(head)),
            };
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            match &row[..] {
                [Cell::Name(name)] if heads.len() > 1 => {
                    let (wide, name) = (heads.len(), escape(name));
                    let _ = writeln!(
                        out,
                        "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{wide}\">{name}</th></tr>"
                    );
                }
                cells => {
                    out.push_str("<tr>");
                    cells.iter().for_each(|of| cell(out, of));
                    out.push_str("</tr>\n");
                }
            }
        }
        out.push_str("</tbody></table>\n</div>\n");
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        self.close();
        let title = self.title;
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>{title}</h1>\n"
        );
        for text in &self.intro {
            let _ = writeln!(out, "<p>{}</p>", escape(text));
        }
        out.push_str("</header>\n<nav aria-label=\"Sections\"><ul>\n");
        for (id, title) in &self.sections {
            let _ = writeln!(out, "<li><a href=\"#{id}\">{title}</a></li>");
        }
        let version = env!("CARGO_PKG_VERSION");
        out.extend(["</ul></nav>\n<main>\n", &self.body, "</main>\n"]);
        let _ = write!(out, "<footer>chatml-stats {version}</footer>\n</body>\n</html>\n");
        out
    }
}

/// Text of data may be written from right to left; `bdi` keeps that from turning what stands beside it.
fn cell(out: &mut String, cell: &Cell) {
    let _ = match cell {
        Cell::Name(text) => write!(out, "<th scope=\"row\"><bdi>{}</bdi></th>", breakable(text)),
        Cell::Number(text) => write!(out, "<td class=\"n\">{}</td>", escape(text)),
        Cell::Text(text) => write!(out, "<td class=\"t\"><bdi>{}</bdi></td>", escape(text)),
        // The number stands in the row; the bar only shows it.
        Cell::Bar(share) => {
            let width = if *share > 0.0 { (share * 100.0).clamp(1.0, 100.0) } else { 0.0 };
            write!(
                out,
                "<td class=\"b\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" \
                 aria-hidden=\"true\"><rect class=\"bar\" width=\"{width:.2}\" height=\"10\"/></svg></td>"
            )
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_data_is_nothing_but_text() {
        assert_eq!(escape("a<b>&\"'\u{1b}\n"), "a&lt;b&gt;&amp;&quot;&#39;\\u{1b}\\n");
    }

    #[test]
    fn every_part_of_a_page_is_escaped() {
        let evil = "</script><img src=x onerror=alert(1)>\"'";
        let text = || evil.to_owned();
        let mut page = Page::new("Title", vec![text()]);
        page.section(evil);
        page.head(evil);
        page.note(evil);
        page.facts(&[(evil, text())]);
        page.points(&[text()]);
        page.tiles(&[Tile { name: "name", value: text(), note: text() }]);
        let row = vec![Cell::Name(text()), Cell::Number(text()), Cell::Text(text())];
        page.table(evil, &[evil, evil, evil], &[vec![Cell::Name(text())], row]);
        let html = page.finish();
        assert!(!html.contains("<img") && !html.contains("</script"), "{html}");
        let quoted = html.split('"').skip(1).step_by(2);
        assert!(quoted.clone().all(|value| !value.contains(['<', '>'])), "an attribute was left");
    }
}

//! The documents hold: their examples do what they show, and what is made from tables is up to date.
//!
//! `UPDATE=1 cargo test docs` writes what was found into the documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chatml::rules::PROFILES;

use self::examples::{MARKDOWN, ROFF, document, from_roff};
use self::tables::{
    man_by, man_classes, man_comparison, man_figures, man_formats, man_keys, man_kinds, man_names,
    man_ops, man_presets, man_profiles, man_questions, man_reasons, man_rules, man_signs,
    man_templates,
};

mod completions;
mod examples;
mod tables;

/// What a document has a mark for, and the text that takes its place.
type Hole = (&'static str, fn() -> String);

/// A tool and what is particular to its manual, which is made from `man/NAME.1.in`.
struct Tool {
    name: &'static str,
    binary: &'static str,
    /// Tables in its manual beside that of the options.
    tables: &'static [Hole],
}

/// Every tool in `bin/`.
const TOOLS: &[Tool] = &[
    Tool {
        name: "chatml-dedup",
        binary: env!("CARGO_BIN_EXE_chatml-dedup"),
        tables: &[("@BY@\n", man_by)],
    },
    Tool {
        name: "chatml-gen",
        binary: env!("CARGO_BIN_EXE_chatml-gen"),
        tables: &[
            ("@QUESTIONS@\n", man_questions),
            ("@PRESETS@\n", man_presets),
            ("@KEYS@\n", man_keys),
            ("@NAMES@\n", man_names),
            ("@REASONS@\n", man_reasons),
            ("@CLASSES@\n", man_classes),
            ("@FORMATS@\n", man_formats),
            ("@OPS@\n", man_ops),
            ("@KINDS@\n", man_kinds),
        ],
    },
    Tool {
        name: "chatml-split",
        binary: env!("CARGO_BIN_EXE_chatml-split"),
        tables: &[("@BY@\n", man_by)],
    },
    Tool {
        name: "chatml-stats",
        binary: env!("CARGO_BIN_EXE_chatml-stats"),
        tables: &[
            ("@FIGURES@\n", man_figures),
            ("@COMPARISON@\n", man_comparison),
            ("@SIGNS@\n", man_signs),
            ("@TEMPLATES@\n", man_templates),
        ],
    },
    Tool {
        name: "chatml-validate",
        binary: env!("CARGO_BIN_EXE_chatml-validate"),
        tables: &[("@RULES@\n", man_rules), ("@PROFILES@\n", man_profiles)],
    },
];

/// Documents about all tools; `chatml.5` has no examples.
const README: &str = "README.md";
const FORMAT_PAGE: &str = "man/chatml.5";

/// The data that examples find, under the name that they know it by.
const SAMPLES: &[(&str, &str)] = &[
    ("tests/data/sample.jsonl", "train.jsonl"),
    ("tests/data/duplicates.jsonl", "chats.jsonl"),
    ("tests/data/evaluation.jsonl", "evaluation.jsonl"),
    ("tests/data/plan.toml", "labels.toml"),
];

/// Options of other programs that the documents mention.
const FOREIGN: &[&str] = &["--locked", "--path", "--rawfile"];

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(in_repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Is the committed file as it should be? With UPDATE=1 it is made so.
fn check(path: &str, wanted: &str) {
    let old = fs::read_to_string(in_repository(path)).unwrap_or_default();
    if old == wanted {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(in_repository(path), wanted).unwrap();
    }
    let differs = old.lines().zip(wanted.lines()).find(|(old, new)| old != new);
    let (old, new) = differs.unwrap_or(("as far as it goes", "more or fewer lines"));
    panic!("{path} is stale; UPDATE=1 cargo test rewrites it\nis:     {old}\nwanted: {new}");
}

impl Tool {
    /// What the tool prints.
    fn prints(&self, args: &[&str]) -> String {
        let output = Command::new(self.binary).args(args).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{} {args:?}: {output:?}", self.name);
        String::from_utf8(output.stdout).unwrap()
    }

    /// The commands that its help lists, if it has any.
    fn commands(&self) -> Vec<String> {
        let help = self.prints(&["--help"]);
        let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names = lines.take_while(|line| !line.is_empty());
        let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next());
        names.filter(|name| *name != "help").map(str::to_owned).collect()
    }

    /// The long options that its help lists, or that of its commands.
    fn options(&self) -> BTreeSet<String> {
        let helps = self.commands().into_iter().map(|command| self.prints(&[&command, "--help"]));
        helps.chain([self.prints(&["--help"])]).flat_map(|help| self.named(&help)).collect()
    }

    /// The long options that a text mentions, but for those behind the name of another tool, up to the end of its
    /// command.
    fn named(&self, text: &str) -> BTreeSet<String> {
        let others: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.name != self.name).collect();
        let own = |command: &str| {
            let other = others.iter().filter_map(|tool| command.find(tool.name)).min();
            long_options(&command[..other.unwrap_or(command.len())])
        };
        plain(text).lines().flat_map(|line| line.split(['|', '`', ';'])).flat_map(own).collect()
    }
}

/// The options of all tools.
fn all_options() -> BTreeSet<String> {
    TOOLS.iter().flat_map(Tool::options).collect()
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Says on the real standard error, which cargo does not hide, what is not tested.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[test]
fn readme_shows_what_the_tools_print() {
    let (text, ran) = document(&with_profiles(&read(README)), &MARKDOWN);
    assert!(ran >= 10, "only {ran} examples");
    check(README, &text);
}

#[test]
fn man_pages_show_what_the_tools_print_and_are_up_to_date() {
    for tool in TOOLS {
        let path = format!("man/{}.1.in", tool.name);
        let (text, ran) = document(&read(&path), &ROFF);
        assert!(ran >= 5, "{path}: only {ran} examples");
        check(&path, &text);
        check(&tool.page(), &tool.filled(&text));
    }
}

// What is made from tables --------------------------------------------------------------------------

impl Tool {
    /// Where its manual is.
    fn page(&self) -> String {
        format!("man/{}.1", self.name)
    }

    /// Its manual: the template with the holes filled.
    fn filled(&self, template: &str) -> String {
        let name = self.name;
        let common = [
            ("@VERSION@", env!("CARGO_PKG_VERSION").to_owned()),
            ("@OPTIONS@\n", self.prints(&["--generate", "man-options"])),
        ];
        let tables = self.tables.iter().map(|(hole, table)| (*hole, table()));
        let head = format!(".\\\" Made from {name}.1.in; UPDATE=1 cargo test makes it anew.\n");
        common.into_iter().chain(tables).fold(head + template, |text, (hole, filling)| {
            assert!(text.contains(hole), "no {hole} in the template of {name}");
            text.replace(hole, &filling)
        })
    }
}

/// The README with its table of profiles made anew.
fn with_profiles(readme: &str) -> String {
    let (open, close) = ("<!-- profiles -->\n", "<!-- end of profiles -->\n");
    let (before, rest) = readme.split_once(open).unwrap();
    let (_, after) = rest.split_once(close).unwrap();
    let rows: String =
        PROFILES.iter().map(|p| format!("| `{}` | {} |\n", p.name, p.about)).collect();
    format!("{before}{open}| profile | target |\n|---|---|\n{rows}{close}{after}")
}

// What documents and tool say of each other ---------------------------------------------------------

/// A text of a manual without what roff needs.
fn plain(text: &str) -> String {
    let fonts = ["\\fB", "\\fI", "\\fR"];
    fonts.iter().fold(text.replace("\\-", "-"), |text, font| text.replace(font, ""))
}

/// The long options that a text mentions.
fn long_options(text: &str) -> BTreeSet<String> {
    let text = plain(text);
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.match_indices("--")
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '-'))
        .map(|(at, _)| text[at..].chars().take_while(|c| is_part(*c)).collect::<String>())
        .filter(|option| option.len() > 2 && option.as_bytes()[2].is_ascii_lowercase())
        .collect()
}

#[test]
fn documents_name_no_option_that_does_not_exist() {
    let pages = TOOLS.iter().map(|tool| {
        let page = tool.page();
        let named = tool.named(&read(&page));
        (page, named, tool.options())
    });
    let others = [README, FORMAT_PAGE]
        .map(|path| (path.to_owned(), long_options(&read(path)), all_options()));
    for (path, named, options) in pages.chain(others) {
        let unknown: Vec<_> = named
            .difference(&options)
            .filter(|option| !FOREIGN.contains(&option.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{path} names {unknown:?}");
    }
}

#[test]
fn every_option_is_documented() {
    for tool in TOOLS {
        let listed = tool.named(&tool.prints(&["--generate", "man-options"]));
        assert_eq!(listed, tool.options(), "{}", tool.page());
    }
    let named = long_options(&read(README));
    let missing: Vec<_> = all_options().difference(&named).cloned().collect();
    assert!(missing.is_empty(), "{README} does not name {missing:?}");
}

#[test]
fn records_shown_in_the_format_page_are_valid() {
    let page = read(FORMAT_PAGE);
    let tool = TOOLS.iter().find(|tool| tool.name == "chatml-validate").unwrap();
    let records: Vec<String> =
        page.lines().filter(|line| line.starts_with('{')).map(from_roff).collect();
    assert!(records.len() >= 6, "{} records", records.len());
    for record in records {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("record.jsonl");
        fs::write(&file, format!("{record}\n")).unwrap();
        let args = ["--check", "--strict", "-q"];
        let status = Command::new(tool.binary).args(args).arg(&file).status().unwrap();
        assert!(status.success(), "{record}");
    }
}

#[test]
fn every_binary_has_a_manual_and_something_to_try() {
    let mut binaries: Vec<String> = fs::read_dir(in_repository("bin"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    binaries.sort();
    assert_eq!(binaries, TOOLS.iter().map(|tool| tool.name).collect::<Vec<_>>());
    for name in binaries {
        for path in [format!("man/{name}.1.in"), format!("try/{name}.sh")] {
            assert!(in_repository(&path).is_file(), "no {path}");
        }
    }
}

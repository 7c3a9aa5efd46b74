//! The documents hold: their examples do what they show, and what is made from tables is up to date.
//!
//! An example is a code block with lines that start with `$ `. The commands of a document are run with
//! bash, block by block, in one new folder that holds the [`SAMPLES`] (each also under its path in the
//! repository), the tools first on PATH, standard error behind standard output. What they print must be what
//! stands below them, except that
//!
//! - a line `...` stands for any number of lines;
//! - the time and speed at the end of a summary's first line do not count.
//!
//! `UPDATE=1 cargo test docs` writes what was found into the documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use chatml::rules::PROFILES;

use self::tables::{
    man_by, man_classes, man_comparison, man_figures, man_formats, man_keys, man_kinds, man_names,
    man_ops, man_presets, man_profiles, man_questions, man_reasons, man_rules, man_signs,
    man_templates,
};

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

/// Programs that an example may need and a machine may lack.
const OPTIONAL: &[&str] = &["jq", "zstd", "parallel", "patch"];

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

// Examples ------------------------------------------------------------------------------------------

/// A command and what the document shows below it.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    command: String,
    shown: Vec<String>,
}

/// How a document marks a code block, and how it writes a line in one.
struct Dialect {
    opens: fn(&str) -> bool,
    closes: &'static str,
    plain: fn(&str) -> String,
    written: fn(&str) -> String,
}

const MARKDOWN: Dialect = Dialect {
    opens: |line| line.starts_with("```"),
    closes: "```",
    plain: str::to_owned,
    written: str::to_owned,
};

const ROFF: Dialect =
    Dialect { opens: |line| line == ".EX", closes: ".EE", plain: from_roff, written: to_roff };

fn from_roff(line: &str) -> String {
    let pairs = [
        ("\\(aq", "'"),
        ("\\(ga", "`"),
        ("\\(ha", "^"),
        ("\\(ti", "~"),
        ("\\-", "-"),
        ("\\e", "\\"),
    ];
    let line = line.strip_prefix("\\&").unwrap_or(line);
    pairs.iter().fold(line.to_owned(), |line, (roff, plain)| line.replace(roff, plain))
}

fn to_roff(line: &str) -> String {
    let mut out = String::new();
    if line.starts_with(['.', '\'']) {
        out.push_str("\\&");
    }
    for c in line.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            c => out.push(c),
        }
    }
    out
}

/// The examples of a code block: commands go on behind a backslash at the end of a line.
fn examples(block: &[String]) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut continued = false;
    for line in block {
        if let Some(command) = line.strip_prefix("$ ") {
            found.push(Example { command: command.to_owned(), shown: Vec::new() });
        } else if let Some(last) = found.last_mut() {
            if continued {
                last.command.push('\n');
                last.command.push_str(line);
            } else {
                last.shown.push(line.clone());
            }
        }
        let in_command = found.last().is_some_and(|last| last.shown.is_empty());
        continued = in_command && line.ends_with('\\');
    }
    found
}

/// Runs the commands of a block in one bash; what each of them prints, by lines.
fn run(folder: &Path, block: &[Example]) -> Vec<Vec<String>> {
    const END: &str = "\u{1e}";
    let mut script = String::from("exec 2>&1\n");
    for example in block {
        // The next command must find the status of this one.
        script += &format!("{}\n__status=$?; printf '{END}'; (exit $__status)\n", example.command);
    }
    let tools = Path::new(TOOLS[0].binary).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = [tools.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("LC_ALL", "C")
        .env_remove("CHATML_JOBS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts: Vec<Vec<String>> =
        text.split(END).map(|part| part.lines().map(str::to_owned).collect()).collect();
    parts.pop();
    assert_eq!(parts.len(), block.len(), "a command ended the shell: {script}\n{text}");
    parts
}

/// A line without what differs from run to run: the time and the speed of a summary.
fn steady(line: &str) -> &str {
    let ends = [" invalid (", " removed (", " would go (", " written ("];
    let is_summary = ends.iter().any(|last| line.contains(last));
    let is_run = line.starts_with("chatml-gen: ") && line.ends_with(" s");
    match line.rfind(" in ") {
        Some(at) if is_summary && line.ends_with("/s)") => &line[..at],
        Some(at) if is_run => &line[..at],
        _ => line,
    }
}

fn same(shown: &[String], real: &[String]) -> bool {
    match shown.split_first() {
        None => real.is_empty(),
        Some((any, rest)) if any == "..." => (0..=real.len()).any(|at| same(rest, &real[at..])),
        Some((line, rest)) => real
            .split_first()
            .is_some_and(|(first, others)| steady(line) == steady(first) && same(rest, others)),
    }
}

/// What to show of a real output: cut as it was cut before, when that was in one place.
fn to_show(shown: &[String], real: &[String]) -> Vec<String> {
    let cuts: Vec<usize> = (0..shown.len()).filter(|at| shown[*at] == "...").collect();
    let &[cut] = cuts.as_slice() else { return real.to_vec() };
    let behind = shown.len() - cut - 1;
    if real.len() <= cut + behind {
        return real.to_vec();
    }
    let end = real[real.len() - behind..].iter().cloned();
    real[..cut].iter().cloned().chain(["...".to_owned()]).chain(end).collect()
}

/// The document with the real outputs in place of those shown that differ, and how many examples ran.
fn document(text: &str, dialect: &Dialect) -> (String, usize) {
    let folder = tempfile::tempdir().unwrap();
    for (path, name) in SAMPLES {
        let sample = folder.path().join(path);
        fs::create_dir_all(sample.parent().unwrap()).unwrap();
        fs::copy(in_repository(path), &sample).unwrap();
        fs::copy(&sample, folder.path().join(name)).unwrap();
    }

    let mut out = String::new();
    let mut ran = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        if !(dialect.opens)(line) {
            continue;
        }
        let raw: Vec<&str> = lines.by_ref().take_while(|line| *line != dialect.closes).collect();
        let block: Vec<String> = raw.iter().map(|line| (dialect.plain)(line)).collect();
        let examples = examples(&block);
        let commands = || examples.iter().flat_map(|example| example.command.split_whitespace());
        let missing =
            OPTIONAL.iter().find(|p| commands().any(|word| word == **p) && !is_installed(p));
        match missing {
            Some(program) => {
                say(&format!("NOT TESTED, {program} is not installed: {}", examples[0].command));
            }
            None if !examples.is_empty() => {
                ran += examples.len();
                let real = run(folder.path(), &examples);
                for (example, real) in examples.iter().zip(&real) {
                    let shown = match same(&example.shown, real) {
                        true => example.shown.clone(),
                        false => to_show(&example.shown, real),
                    };
                    let command = format!("$ {}", example.command);
                    for line in command.lines().map(str::to_owned).chain(shown) {
                        out += &format!("{}\n", (dialect.written)(&line));
                    }
                }
                out += &format!("{}\n", dialect.closes);
                continue;
            }
            None => {}
        }
        raw.iter().for_each(|line| out += &format!("{line}\n"));
        out += &format!("{}\n", dialect.closes);
    }
    (out, ran)
}

#[test]
fn examples_are_found_with_commands_of_several_lines() {
    let block = ["$ a \\", "  b", "x", "...", "$ c"].map(str::to_owned);
    let wanted = [("a \\\n  b", vec!["x", "..."]), ("c", vec![])].map(|(command, shown)| Example {
        command: command.to_owned(),
        shown: shown.into_iter().map(str::to_owned).collect(),
    });
    assert_eq!(examples(&block), wanted);
}

#[test]
fn an_ellipsis_stands_for_any_lines_and_no_other_difference_is_allowed() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let real = lines("a\nb\nc\n1 record: 1 valid, 0 invalid (9 bytes in 0.00 s, 1.2 MB/s)");
    assert!(same(&lines("a\n...\n1 record: 1 valid, 0 invalid (9 bytes in 4 s, 9 B/s)"), &real));
    assert!(!same(&lines("a\n...\n1 record: 1 valid, 0 invalid (8 bytes in 4 s, 9 B/s)"), &real));
    assert!(same(&lines("..."), &real) && same(&lines("a\nb\nc\n..."), &real));
    assert!(!same(&lines("a\nb"), &real) && !same(&lines("b\n..."), &real));
    assert_eq!(to_show(&lines("x\n...\ny"), &real)[..2], lines("a\n..."));
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
fn completions_are_produced_for_three_shells() {
    for shell in ["bash", "zsh", "fish"] {
        for tool in TOOLS {
            let text = tool.prints(&["--generate", &format!("complete-{shell}")]);
            let words = tool.options().into_iter().map(|option| option[2..].to_owned());
            for word in words.chain(tool.commands()).chain([tool.name.to_owned()]) {
                assert!(text.contains(&word), "{shell}, {}: {word}", tool.name);
            }
            if is_installed(shell) {
                accepts(shell, &text);
            }
        }
        if !is_installed(shell) {
            say(&format!("NOT TESTED, {shell} is not installed: the syntax of its completions"));
        }
    }
}

/// Fails if a script is not in the language of the shell.
fn accepts(shell: &str, script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("completions");
    fs::write(&file, script).unwrap();
    let Output { status, stderr, .. } = Command::new(shell).arg("-n").arg(&file).output().unwrap();
    assert!(status.success(), "{shell}: {}", String::from_utf8_lossy(&stderr));
}

#[test]
fn completions_that_are_loaded_complete_commands_and_their_options() {
    let gen_tool = TOOLS.iter().find(|tool| tool.name == "chatml-gen").unwrap();
    let shells = [
        ("bash", "complete-bash", COMPLETE_IN_BASH),
        (
            "zsh",
            "complete-zsh",
            "autoload -Uz compinit && compinit -u -D && . ./it && print $_comps[chatml-gen]",
        ),
        (
            "fish",
            "complete-fish",
            "source it; complete -C 'chatml-gen cor'; complete -C 'chatml-gen run --jou'",
        ),
    ];
    for (shell, what, script) in shells.into_iter().filter(|(shell, ..)| is_installed(shell)) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("it"), gen_tool.prints(&["--generate", what])).unwrap();
        let mut command = Command::new(shell);
        command.args(["-c", script]).current_dir(folder.path()).env("HOME", folder.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && err.is_empty(), "{shell}: {out}{err}");
        let wanted: &[&str] =
            if shell == "zsh" { &["_chatml-gen"] } else { &["corrupt", "--journal"] };
        assert!(wanted.iter().all(|word| out.contains(word)), "{shell}: {out}");
    }
}

/// Completes as bash does when the tab key is pressed.
const COMPLETE_IN_BASH: &str = r#"
. ./it
tab() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    "$(complete -p chatml-gen | sed 's/.*-F \([^ ]*\).*/\1/')" chatml-gen "${@: -1}" "${@: -2:1}"
    echo "${COMPREPLY[@]}"
}
tab chatml-gen cor
tab chatml-gen run --jou
"#;

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

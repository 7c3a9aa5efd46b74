//! Runs the examples of a document, and puts what they print in place of what it shows.
//!
//! An example is a code block with lines that start with `$ `. The commands of a document are run with
//! bash, block by block, in one new folder that holds the [`SAMPLES`] (each also under its path in the
//! repository), the tools first on PATH, standard error behind standard output. What they print must be what
//! stands below them, except that
//!
//! - a line `...` stands for any number of lines;
//! - the time and speed at the end of a summary's first line do not count.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chatml::cli::generate::roff;

use super::{SAMPLES, TOOLS, in_repository, is_installed, say};

/// Programs that an example may need and a machine may lack.
const OPTIONAL: &[&str] = &["jq", "zstd", "parallel", "patch"];

/// A command and what the document shows below it.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    command: String,
    shown: Vec<String>,
}

/// How a document marks a code block, and how it writes a line in one.
pub(super) struct Dialect {
    opens: fn(&str) -> bool,
    closes: &'static str,
    plain: fn(&str) -> String,
    written: fn(&str) -> String,
}

pub(super) const MARKDOWN: Dialect = Dialect {
    opens: |line| line.starts_with("```"),
    closes: "```",
    plain: str::to_owned,
    written: str::to_owned,
};

pub(super) const ROFF: Dialect =
    Dialect { opens: |line| line == ".EX", closes: ".EE", plain: from_roff, written: roff };

pub(super) fn from_roff(line: &str) -> String {
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
pub(super) fn document(text: &str, dialect: &Dialect) -> (String, usize) {
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

//! Imports run one way: tool -> cli, knowledge -> record -> stream -> error, and never sideways.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the bottom; those of one row do not know each other. A new top-level module is
/// given its place here.
const FLOORS: &[&[&str]] = &[
    &["error"],
    &["stream"],
    &["record"],
    &["cli", "measure", "quality", "rules", "similar", "tokens"],
    &["dedup", "generate", "split", "stats", "validate"],
];

/// The tools.
const TOOLS: usize = FLOORS[FLOORS.len() - 1].len();

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The Rust files under a folder, in order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect();
    found.sort();
    found
}

/// The top-level modules that a line of code names behind `prefix`: one, or a group in braces.
fn named(line: &str, prefix: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let mut depth = 0;
        let mut word = String::new();
        let mut fresh = true;
        for c in rest.chars() {
            match c {
                c if c.is_alphanumeric() || c == '_' => word.push(c),
                '{' => depth += 1,
                _ => {
                    if fresh && !word.is_empty() {
                        names.push(std::mem::take(&mut word));
                    }
                    word.clear();
                    fresh = c == ',' && depth == 1 || fresh && c == ' ';
                    depth -= usize::from(c == '}' && depth > 0);
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
    }
    names
}

#[test]
fn names_behind_a_prefix_are_found() {
    let table = [
        ("use crate::error::Result;", vec!["error"]),
        (
            "use crate::{error::{Error, Result}, stream, record::Value};",
            vec!["error", "stream", "record"],
        ),
        ("let x = crate::cli::json(crate::rules::A);", vec!["cli", "rules"]),
        ("// use crate::validate;", vec![]),
    ];
    for (line, names) in table {
        assert_eq!(named(line, "crate::"), names, "{line}");
    }
}

#[test]
fn no_import_points_upwards_or_sideways() {
    let src = root().join("src");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).unwrap();
        let first = inside.iter().next().unwrap().to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let from = floor(&module);
        assert!(from.is_some(), "module {module} has no floor in tests/floors.rs");
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            for name in named(line, "crate::") {
                let allowed = name == module || floor(&name).is_none_or(|to| Some(to) < from);
                if !allowed {
                    wrong.push(format!("src/{}:{}: {}", inside.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point the wrong way:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_floor_and_every_floor_a_module() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|rest| rest.trim_end_matches(';'))
        .collect();
    let floors: BTreeSet<&str> = FLOORS.iter().flat_map(|floor| floor.iter().copied()).collect();
    assert_eq!(modules, floors);
}

#[test]
fn a_binary_names_its_tool_and_the_exit_only() {
    for path in sources(&root().join("bin")) {
        let text = fs::read_to_string(&path).unwrap();
        let names: BTreeSet<String> =
            text.lines().flat_map(|line| named(line, "chatml::")).collect();
        let tools = names.iter().filter(|name| floor(name) == Some(FLOORS.len() - 1)).count();
        // chatml-gen calls the others by their command lines; no tool knows another one.
        let most = if path.ends_with("chatml-gen.rs") { TOOLS } else { 1 };
        let wanted = names.contains("cli") && tools == most && names.len() == most + 1;
        assert!(wanted, "{path:?}: {names:?}");
    }
}

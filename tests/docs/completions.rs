//! The completions that the tools print, in the shells that are installed.

use std::fs;
use std::process::{Command, Output, Stdio};

use super::{TOOLS, is_installed, say};

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

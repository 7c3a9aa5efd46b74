//! What packaging needs of a tool: shell completions, and the options section of its manual page.
//!
//! Both are made from the same table that parses the command line, so they cannot disagree with it. The
//! rest of a manual page is written by hand: it explains, which no table does.

use clap::{Arg, Command};
use clap_complete::Shell;

/// What `--generate` can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Generate {
    /// Completions for bash.
    CompleteBash,
    /// Completions for zsh.
    CompleteZsh,
    /// Completions for fish.
    CompleteFish,
    /// The options in man(7) macros, to stand under `.SH OPTIONS`.
    ManOptions,
}

/// The text of `what` for `command`, which bears the name of the tool.
pub fn generate(what: Generate, mut command: Command) -> Vec<u8> {
    let shell = match what {
        Generate::CompleteBash => Shell::Bash,
        Generate::CompleteZsh => Shell::Zsh,
        Generate::CompleteFish => Shell::Fish,
        Generate::ManOptions => return man_options(command).into_bytes(),
    };
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, &name, &mut text);
    if shell == Shell::Bash { with_known_commands(&text, &name) } else { text }
}

/// A script for bash whose commands know their options. clap_complete 4.6 calls the command `run` of `my-tool`
/// `my__tool__subcmd__run` where it finds it and `my__subcmd__tool__subcmd__run` where it lists its options.
fn with_known_commands(script: &[u8], name: &str) -> Vec<u8> {
    let (listed, found) = (name.replace('-', "__subcmd__"), name.replace('-', "__"));
    String::from_utf8_lossy(script).replace(&listed, &found).into_bytes()
}

/// The options of `command`, each heading a subsection, in the order of the help; or, of a command that has
/// commands, a subsection for each of these, and one for the options that several of them have.
fn man_options(mut command: Command) -> String {
    command.build();
    let commands: Vec<&Command> =
        command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    if !commands.is_empty() {
        let own: Vec<&Arg> = shown(&command).filter(|arg| arg.get_id() != "help").collect();
        return man_commands(&commands, &own);
    }
    let mut headings: Vec<Option<&str>> = Vec::new();
    let shown = || shown(&command);
    for arg in shown() {
        if !headings.contains(&arg.get_help_heading()) {
            headings.push(arg.get_help_heading());
        }
    }
    // Operands and options without a heading come first, as in the help.
    headings.sort_by_key(Option::is_some);
    let mut out = String::new();
    for heading in headings {
        if let Some(heading) = heading {
            out += &format!(".SS {}\n", roff(heading));
        }
        for arg in shown().filter(|arg| arg.get_help_heading() == heading) {
            man_option(&mut out, arg);
        }
    }
    out
}

/// The arguments that the help shows, without the option that asks for it.
fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_hide_set())
}

/// A subsection for each command; what three or more have in common stands once, behind them, and then what is `own`
/// of the tool and goes without a command.
fn man_commands(commands: &[&Command], own: &[&Arg]) -> String {
    let same = |one: &Arg, other: &Arg| {
        let help = |arg: &Arg| arg.get_help().map(ToString::to_string);
        one.get_id() == other.get_id() && help(one) == help(other)
    };
    let owners = |arg: &Arg| -> Vec<&str> {
        let has = |command: &&&Command| shown(command).any(|other| same(arg, other));
        commands.iter().filter(has).map(|command| command.get_name()).collect()
    };
    let (mut out, mut common) = (String::new(), Vec::<&Arg>::new());
    for command in commands {
        out += &format!(".SS {}\n", roff(command.get_name()));
        let about = command.get_long_about().or(command.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        out += &format!("{}\n", paragraphs(&about, ".PP"));
        for arg in shown(command) {
            if owners(arg).len() < 3 {
                man_option(&mut out, arg);
            } else if !common.iter().any(|other| same(arg, other)) {
                common.push(arg);
            }
        }
    }
    if !common.is_empty() || !own.is_empty() {
        out += ".SS Options of several commands\n";
    }
    for arg in common {
        man_option(&mut out, arg);
        let owners = owners(arg);
        if owners.len() < commands.len() {
            out += &format!(
                "Of {}.\n",
                owners.iter().map(|name| roff(name)).collect::<Vec<_>>().join(", ")
            );
        }
    }
    for arg in own {
        man_option(&mut out, arg);
        out += "Without a command.\n";
    }
    out
}

/// A text of several paragraphs, each ended by a stop, with `between` them.
fn paragraphs(text: &str, between: &str) -> String {
    let mut out = String::new();
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            out += &format!("\n{between}\n");
        }
        let paragraph = roff(paragraph.trim());
        let end = if paragraph.ends_with(['.', ':']) { "" } else { "." };
        out += &format!("{paragraph}{end}");
    }
    out
}

fn man_option(out: &mut String, arg: &Arg) {
    let mut names = Vec::new();
    if let Some(short) = arg.get_short() {
        names.push(format!("\\fB{}\\fR", roff(&format!("-{short}"))));
    }
    if let Some(long) = arg.get_long() {
        names.push(format!("\\fB{}\\fR", roff(&format!("--{long}"))));
    }
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().into_iter().flatten().next();
    let value = value.map(|name| format!("\\fI{}\\fR", roff(name)));
    let is_optional =
        takes_value && arg.get_num_args().is_some_and(|values| values.min_values() == 0);
    let term = match (names.is_empty(), value) {
        (true, value) => value.unwrap_or_default(),
        (false, Some(value)) if is_optional => format!("{}[={value}]", names.join(", ")),
        (false, Some(value)) if takes_value => format!("{} {value}", names.join(", ")),
        (false, _) => names.join(", "),
    };
    *out += &format!(".TP\n{term}\n");

    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    *out += &format!("{}\n", paragraphs(&help, ".IP"));
    if takes_value && !arg.is_hide_possible_values_set() {
        let values = arg.get_possible_values();
        let values: Vec<&str> = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| value.get_name())
            .collect();
        if !values.is_empty() {
            *out += &format!("Possible values: {}.\n", roff(&values.join(", ")));
        }
    }
    let defaults = arg.get_default_values();
    if takes_value && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
        *out += &format!("The default is {}.\n", roff(&defaults.join(" ")));
    }
    if let Some(variable) = arg.get_env() {
        *out += &format!(
            "The environment variable \\fB{}\\fR gives another default.\n",
            roff(&variable.to_string_lossy())
        );
    }
}

/// `text` as roff shows it: no character is a request, an escape or a hyphen that typesets otherwise.
pub fn roff(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            out.push('\n');
        }
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
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::options::CommonOptions;
    use super::*;
    use clap::Args;

    fn text(what: Generate) -> String {
        let command = CommonOptions::augment_args(Command::new("chatml-test"));
        String::from_utf8(generate(what, command)).unwrap()
    }

    #[test]
    fn completions_know_the_options() {
        for what in [Generate::CompleteBash, Generate::CompleteZsh, Generate::CompleteFish] {
            let text = text(what);
            assert!(text.contains("max-line-bytes") && text.contains("chatml-test"), "{what:?}");
        }
    }

    #[test]
    fn the_manual_has_every_visible_option_once() {
        let text = text(Generate::ManOptions);
        assert_eq!(text.matches("\\fB\\-\\-output\\fR").count(), 1);
        assert!(text.contains(".TP\n\\fB\\-j\\fR, \\fB\\-\\-jobs\\fR \\fIN\\fR\n"), "{text}");
        assert!(text.contains(".SS Input\n") && text.contains("The default is 256M.\n"));
        assert!(text.contains("Possible values: auto, always, never.\n"));
        assert!(text.contains("\\fBCHATML_JOBS\\fR"));
        assert!(!text.contains("generate") && !text.contains("no\\-quiet"));
        assert!(text.starts_with(".TP\n\\fIFILE\\fR\n"), "{text}");
    }

    #[test]
    fn a_value_that_may_be_left_out_stands_in_brackets() {
        let near = Arg::new("near").long("near").value_name("SHARE").num_args(0..=1);
        let text = generate(Generate::ManOptions, Command::new("chatml-test").arg(near));
        assert!(String::from_utf8(text).unwrap().contains("\\fB\\-\\-near\\fR[=\\fISHARE\\fR]\n"));
    }

    /// A tool of commands: `--seed` in three of four, once with another meaning, `--only` in one.
    fn commands() -> Command {
        let seed = || Arg::new("seed").long("seed").value_name("N").help("Seed of every choice");
        let of = |name: &'static str| Command::new(name).about(format!("Does {name}"));
        let only = Arg::new("only").long("only").action(clap::ArgAction::SetTrue).help("Only this");
        Command::new("chatml-test")
            .version("1")
            .subcommand(of("one").arg(seed()).arg(only))
            .subcommand(of("two").arg(seed()))
            .subcommand(of("three").arg(seed()))
            .subcommand(of("four").arg(seed().help("Another seed")))
    }

    #[test]
    fn each_command_has_a_subsection_with_what_it_does_and_its_own_options() {
        let text = String::from_utf8(generate(Generate::ManOptions, commands())).unwrap();
        let (own, _) = text.split_once(".SS Options of several commands\n").unwrap();
        let sections: Vec<&str> = own.split(".SS ").skip(1).collect();
        assert_eq!(sections[0], "one\nDoes one.\n.TP\n\\fB\\-\\-only\\fR\nOnly this.\n");
        assert_eq!(sections[1..3], ["two\nDoes two.\n", "three\nDoes three.\n"]);
        assert!(sections[3].contains("Another seed") && sections.len() == 4, "{text}");
    }

    #[test]
    fn an_option_of_three_commands_stands_once_behind_them_with_their_names() {
        let text = String::from_utf8(generate(Generate::ManOptions, commands())).unwrap();
        let (own, common) = text.split_once(".SS Options of several commands\n").unwrap();
        assert!(!own.contains("Seed of every choice"), "{text}");
        let wanted =
            ".TP\n\\fB\\-\\-seed\\fR \\fIN\\fR\nSeed of every choice.\nOf one, two, three.\n";
        assert!(common.contains(wanted), "{common}");
        assert!(common.ends_with("Print version.\nWithout a command.\n"), "{common}");
        assert_eq!(common.matches("\\-\\-help").count(), 1, "{common}");
    }

    #[test]
    fn completions_know_the_commands_and_their_options() {
        for what in [Generate::CompleteBash, Generate::CompleteZsh, Generate::CompleteFish] {
            let text = String::from_utf8(generate(what, commands())).unwrap();
            assert!(["three", "seed", "only"].iter().all(|word| text.contains(word)), "{what:?}");
        }
    }

    #[test]
    fn bash_lists_the_options_of_each_command_that_it_finds() {
        let text = String::from_utf8(generate(Generate::CompleteBash, commands())).unwrap();
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("cmd=\"")?.strip_suffix('"'))
            .filter(|found| !found.is_empty())
            .collect();
        assert!(found.len() > 4, "{text}");
        for found in found {
            assert!(text.contains(&format!("\n        {found})\n")), "{found}");
        }
    }

    #[test]
    fn roff_requests_cannot_be_smuggled() {
        assert_eq!(roff(".so /etc/passwd\n'x \\fB-"), "\\&.so /etc/passwd\n\\&\\(aqx \\efB\\-");
    }
}

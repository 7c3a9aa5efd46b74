//! Where a tool begins and ends: from arguments to an exit status or a death by signal.
//!
//! A script sees of a run little but how it ended, so the ending is decided in one place. Three things
//! are done here because the obvious way gets them wrong: clap ignores that `--help` could not be
//! written, so the text is written here and the write checked; clap's messages repeat arguments raw, so
//! they are cleaned; and a panic, which is a fault of the tool and not an answer about the data, ends in
//! the status of trouble instead of one that no manual lists.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches, Parser};

use super::generate::{self, Generate};
use super::terminal::{self, ColorChoice, sanitize};
use crate::error::{Error, Result};
use crate::stream::{Buffering, Output, signals};

/// How a run ended that was not cut off by a signal. The greater one wins where two apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All done, nothing to complain of.
    Ok,
    /// All done, and the answer is no: an invalid record, a rejected line, a duplicate.
    Found,
    /// Not all could be done.
    Trouble,
}

impl Exit {
    /// What `--exit-zero` makes of it: [`Exit::Found`] becomes [`Exit::Ok`], trouble remains.
    #[must_use]
    pub fn forgiven_if(self, exit_zero: bool) -> Exit {
        if exit_zero && self == Exit::Found { Exit::Ok } else { self }
    }

    /// The number the shell sees.
    fn status(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Found => 1,
            Exit::Trouble => 2,
        }
    }
}

/// The whole of a tool's `main`: parses the arguments, runs the tool and ends as it ended.
///
/// The name of the tool in messages is the name of `O`'s clap command. Options that only the parser
/// needs (`--help`, `--version`, `--generate`) are answered here. An error of `run` is printed on
/// standard error as `TOOL: MESSAGE`, one line, and gives status 2; [`Error::Usage`] is followed by the
/// usage. [`Error::ClosedPipe`] and [`Error::Signal`] are silent and end the process by that signal.
/// A panic is reported as a fault of the tool and gives status 2.
pub fn main<O: Parser>(run: fn(O) -> Result<Exit>) -> ExitCode {
    let name = O::command().get_name().to_owned();
    panic::set_hook(Box::new(move |panic| print_stderr(&panic_message(&name, panic))));
    let session = || {
        let run = |options| signals::install().and_then(|()| run(options));
        session(std::env::args_os(), run, write_stdout, print_stderr)
    };
    match panic::catch_unwind(AssertUnwindSafe(session)) {
        Ok(Ending::Exit(exit)) => ExitCode::from(exit.status()),
        Ok(Ending::Signal(signal)) => signals::die_of(signal),
        Err(_) => ExitCode::from(Exit::Trouble.status()),
    }
}

/// Runs a tool from within another one, by its command line without the name: what it prints and writes is as if it
/// had been called, and how it ends is for the caller. A command line that cannot be parsed is a fault of the caller.
pub fn run<O: Parser>(
    words: impl IntoIterator<Item = OsString>,
    tool: impl FnOnce(O) -> Result<Exit>,
) -> Result<Exit> {
    let mut command = command::<O>();
    let name = OsString::from(command.get_name().to_owned());
    let words = std::iter::once(name).chain(words);
    match parse(&mut command, words) {
        Ok(Request::Run(options)) => tool(options),
        Ok(Request::Print(text)) => write_stdout(&text).map(|()| Exit::Ok),
        Err(error) => Err(Error::Usage(parse_message(&command, error))),
    }
}

/// How the process is to end.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Exit(Exit),
    Signal(i32),
}

/// All of [`main`] but the process: `out` writes to standard output, `err` to standard error.
fn session<O: Parser>(
    args: impl IntoIterator<Item = OsString>,
    run: impl FnOnce(O) -> Result<Exit>,
    out: impl FnOnce(&[u8]) -> Result<()>,
    err: impl FnOnce(&str),
) -> Ending {
    let mut command = command::<O>();
    let result = match parse(&mut command, args) {
        Ok(Request::Run(options)) => run(options),
        Ok(Request::Print(text)) => out(&text).map(|()| Exit::Ok),
        Err(error) => {
            err(&parse_message(&command, error));
            return Ending::Exit(Exit::Trouble);
        }
    };
    match result {
        Ok(exit) => Ending::Exit(exit),
        Err(Error::ClosedPipe) => Ending::Signal(libc::SIGPIPE),
        Err(Error::Signal(signal)) => Ending::Signal(signal),
        Err(error) => {
            err(&message(&mut command, &error));
            Ending::Exit(Exit::Trouble)
        }
    }
}

/// The clap command of a tool with what all tools share: the last of two equal options wins, and what
/// the tool was called as does not show.
fn command<O: CommandFactory>() -> Command {
    let command = O::command();
    let name = command.get_name().to_owned();
    let command =
        command.bin_name(name).version(env!("CARGO_PKG_VERSION")).args_override_self(true);
    command.mut_subcommands(|command| command.args_override_self(true))
}

/// What the arguments ask for.
enum Request<O> {
    /// A run of the tool.
    Run(O),
    /// Nothing but a text on standard output.
    Print(Vec<u8>),
}

fn parse<O: FromArgMatches>(
    command: &mut Command,
    args: impl IntoIterator<Item = OsString>,
) -> std::result::Result<Request<O>, clap::Error> {
    let matches = match command.try_get_matches_from_mut(args) {
        Ok(matches) => matches,
        Err(error) => {
            let text = match error.kind() {
                ErrorKind::DisplayHelp => help(&error.render()),
                ErrorKind::DisplayVersion => version(command.get_name()),
                _ => return Err(error),
            };
            return Ok(Request::Print(text.into_bytes()));
        }
    };
    if let Ok(Some(&what)) = matches.try_get_one::<Generate>("generate") {
        return Ok(Request::Print(generate::generate(what, command.clone())));
    }
    match O::from_arg_matches(&matches) {
        Ok(options) => Ok(Request::Run(options)),
        Err(error) => Err(error.format(command)),
    }
}

fn help(text: &StyledStr) -> String {
    if terminal::colors_for(&io::stdout(), ColorChoice::Auto) {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

fn version(name: &str) -> String {
    format!("{name} {}\nsimd: {}\n", env!("CARGO_PKG_VERSION"), simd())
}

/// The widest vector instructions of this machine that are of use.
fn simd() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        return "avx2";
    } else if is_x86_feature_detected!("sse4.2") {
        return "sse4.2";
    }
    if cfg!(target_arch = "aarch64") { "neon" } else { "portable" }
}

/// The text on standard error for an error of a run.
fn message(command: &mut Command, error: &Error) -> String {
    let name = command.get_name().to_owned();
    let text = format!("{name}: {}\n", sanitize(&error.to_string()));
    match error {
        Error::Usage(_) => format!("{text}{}\n{}", command.render_usage(), hint(&name)),
        _ => text,
    }
}

/// clap's text for a command line that cannot be parsed, in the form of all messages.
fn parse_message(command: &Command, mut error: clap::Error) -> String {
    let name = command.get_name();
    let context: Vec<_> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in context {
        if kind != ContextKind::Usage {
            error.insert(kind, cleaned(value));
        }
    }
    if is_of_number(&error) {
        error.remove(ContextKind::Suggested);
    }
    if let Some(variable) = variable(command, &error) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.split("\nFor more information, try").next().unwrap_or(text);
    let lines: Vec<_> = text.trim_end().lines().map(sanitize).collect();
    format!("{name}: {}\n{}", lines.join("\n"), hint(name))
}

/// Is the argument that nobody expected a negative number? clap advises to write it as a file's name.
fn is_of_number(error: &clap::Error) -> bool {
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidArg) else {
        return false;
    };
    let number = wrong.strip_prefix('-').unwrap_or_default();
    error.kind() == ErrorKind::UnknownArgument
        && number.starts_with(|c: char| c == '.' || c.is_ascii_digit())
}

/// The environment variable that a wrong value came from: clap names the option that nobody typed.
fn variable(command: &Command, error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (wrong, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let name = command.get_arguments().find(|arg| arg.to_string() == wrong)?.get_env()?;
    let set = std::env::var_os(name)?;
    (sanitize(&set.to_string_lossy()) == value).then(|| name.to_string_lossy().into_owned())
}

/// The arguments in a part of clap's message made harmless: a line break in one would look like a
/// message of its own.
fn cleaned(value: ContextValue) -> ContextValue {
    let clean = |text: &str| sanitize(text).into_owned();
    let clean_styled = |text: &StyledStr| StyledStr::from(clean(&text.to_string()));
    match value {
        ContextValue::String(text) => ContextValue::String(clean(&text)),
        ContextValue::Strings(texts) => {
            ContextValue::Strings(texts.iter().map(|text| clean(text)).collect())
        }
        ContextValue::StyledStr(text) => ContextValue::StyledStr(clean_styled(&text)),
        ContextValue::StyledStrs(texts) => {
            ContextValue::StyledStrs(texts.iter().map(clean_styled).collect())
        }
        other => other,
    }
}

fn hint(name: &str) -> String {
    format!("Try '{name} --help' for more information.\n")
}

fn panic_message(name: &str, panic: &PanicHookInfo<'_>) -> String {
    let what = sanitize(panic.payload_as_str().unwrap_or("unknown"));
    let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let text = format!("{name}: this is a fault of {name}: {what}{}\n", place.unwrap_or_default());
    // Captured only if RUST_BACKTRACE asks for it.
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured { format!("{text}{trace}") } else { text }
}

/// Nothing can be done about an error here, and a closed standard error is no reason to fail.
fn print_stderr(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes all of `bytes` to standard output.
fn write_stdout(bytes: &[u8]) -> Result<()> {
    let mut stdout = Output::stdout(Buffering::Block);
    stdout.write(bytes)?;
    stdout.finish()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::options::CommonOptions;
    use super::*;

    #[derive(Parser, Debug)]
    #[command(name = "chatml-test")]
    struct Options {
        #[command(flatten)]
        common: CommonOptions,
        #[arg(long, required_unless_present = "generate")]
        needed: Option<String>,
    }

    /// The ending, standard output and standard error of a command line.
    fn run(args: &[&str], result: Result<Exit>) -> (Ending, String, String) {
        run_with(args, |_| result, |_| Ok(()))
    }

    fn run_with(
        args: &[&str],
        tool: impl FnOnce(Options) -> Result<Exit>,
        write: impl FnOnce(&[u8]) -> Result<()>,
    ) -> (Ending, String, String) {
        let args = std::iter::once("/tmp/a\u{1b}b").chain(args.iter().copied()).map(OsString::from);
        let (mut out, mut err) = (String::new(), String::new());
        let write = |bytes: &[u8]| {
            out.push_str(std::str::from_utf8(bytes).unwrap());
            write(bytes)
        };
        let ending = session(args, tool, write, |text| err.push_str(text));
        (ending, out, err)
    }

    #[test]
    fn the_status_is_what_the_tool_says() {
        for exit in [Exit::Ok, Exit::Found, Exit::Trouble] {
            let end = run(&["--needed=1"], Ok(exit));
            assert_eq!(end, (Ending::Exit(exit), String::new(), String::new()));
        }
        assert_eq!([Exit::Ok, Exit::Found, Exit::Trouble].map(Exit::status), [0, 1, 2]);
        assert_eq!(Exit::Found.max(Exit::Trouble), Exit::Trouble);
    }

    #[test]
    fn exit_zero_forgives_findings_but_no_trouble() {
        assert_eq!(Exit::Found.forgiven_if(true), Exit::Ok);
        assert_eq!(Exit::Found.forgiven_if(false), Exit::Found);
        assert_eq!(Exit::Trouble.forgiven_if(true), Exit::Trouble);
    }

    #[test]
    fn help_and_version_go_to_standard_output() {
        for help in ["-h", "--help"] {
            let (ending, out, err) = run(&[help], Ok(Exit::Found));
            assert_eq!((ending, err.as_str()), (Ending::Exit(Exit::Ok), ""));
            assert!(out.contains("Usage: chatml-test [OPTIONS]"), "{out}");
            assert!(!out.contains("--generate") && !out.contains("--no-quiet"), "{out}");
        }
        let (_, out, _) = run(&["--version"], Ok(Exit::Found));
        let version = concat!("chatml-test ", env!("CARGO_PKG_VERSION"), "\nsimd: ");
        assert!(
            out.starts_with(version) && out.ends_with('\n') && out.lines().count() == 2,
            "{out}"
        );
    }

    #[test]
    fn help_that_cannot_be_written_is_trouble() {
        let full = || Error::Write {
            name: "standard output".to_owned(),
            source: io::Error::from_raw_os_error(libc::ENOSPC),
        };
        for option in ["--help", "--version", "--generate=man-options"] {
            let (ending, _, err) = run_with(&[option], |_| Ok(Exit::Ok), |_| Err(full()));
            assert_eq!(ending, Ending::Exit(Exit::Trouble));
            let text = "chatml-test: standard output: write error: No space left on device\n";
            assert_eq!(err, text);
        }
    }

    #[test]
    fn a_closed_pipe_is_a_silent_death() {
        let end = run_with(&["--help"], |_| Ok(Exit::Ok), |_| Err(Error::ClosedPipe));
        assert_eq!((end.0, end.2.as_str()), (Ending::Signal(libc::SIGPIPE), ""));
        let end = run(&["--needed=1"], Err(Error::ClosedPipe));
        assert_eq!((end.0, end.2.as_str()), (Ending::Signal(libc::SIGPIPE), ""));
        let end = run(&["--needed=1"], Err(Error::Signal(15)));
        assert_eq!((end.0, end.2.as_str()), (Ending::Signal(15), ""));
    }

    #[test]
    fn an_error_is_one_line() {
        let source = io::Error::from_raw_os_error(libc::ENOENT);
        let error = Error::Open { name: "no\nsuch\u{1b}".to_owned(), source };
        let (ending, _, err) = run(&["--needed=1"], Err(error));
        assert_eq!(ending, Ending::Exit(Exit::Trouble));
        let text = "chatml-test: no\\nsuch\\u{1b}: cannot open: No such file or directory\n";
        assert_eq!(err, text);
    }

    #[test]
    fn a_usage_error_shows_the_usage() {
        let (_, _, err) = run(&["--needed=1"], Err(Error::Usage("no FILE given".to_owned())));
        let lines: Vec<&str> = err.lines().collect();
        assert_eq!(lines[0], "chatml-test: no FILE given");
        assert!(lines[1].starts_with("Usage: chatml-test "), "{err}");
        assert_eq!(lines[2], "Try 'chatml-test --help' for more information.");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_wrong_command_line_is_trouble_with_the_parsers_advice() {
        let (ending, out, err) = run(&["--needed=1", "--outputt=x"], Ok(Exit::Ok));
        assert_eq!((ending, out.as_str()), (Ending::Exit(Exit::Trouble), ""));
        assert!(err.starts_with("chatml-test: unexpected argument '--outputt' found\n"), "{err}");
        assert!(err.contains("'--output'") && err.contains("Usage: chatml-test"), "{err}");
        assert!(err.ends_with("\nTry 'chatml-test --help' for more information.\n"), "{err}");
        assert_eq!(run(&[], Ok(Exit::Ok)).0, Ending::Exit(Exit::Trouble));
    }

    #[test]
    fn a_negative_number_is_refused_without_the_advice_to_take_it_for_a_file() {
        for number in ["-3", "-0.5", "-.5"] {
            let (ending, _, err) = run(&["--needed=1", "--jobs", number], Ok(Exit::Ok));
            assert_eq!(ending, Ending::Exit(Exit::Trouble));
            assert!(err.starts_with("chatml-test: unexpected argument '-"), "{err}");
            assert!(!err.contains("tip:") && err.contains("\n\nUsage: "), "{err}");
        }
        assert!(run(&["--needed=1", "-Z"], Ok(Exit::Ok)).2.contains("tip: to pass '-Z'"));
    }

    #[test]
    fn strips_escape_and_newline_forgery_from_arguments() {
        let forged = "x\u{1b}[2J\nchatml-test: all valid\r\u{202e}";
        for arg in [format!("--{forged}"), format!("--jobs={forged}"), format!("--color={forged}")]
        {
            let (_, _, err) = run(&["--needed=1", &arg], Ok(Exit::Ok));
            assert!(!err.chars().any(|c| c != '\n' && terminal::is_hazard(c)), "{err:?}");
            assert_eq!(err.matches("\nchatml-test:").count(), 0, "{err}");
        }
    }

    #[test]
    fn the_last_of_two_equal_options_wins() {
        let tool = |options: Options| {
            assert_eq!(options.common.output, Some(PathBuf::from("b")));
            assert_eq!(options.needed.as_deref(), Some("2"));
            Ok(Exit::Ok)
        };
        let args = ["-oa", "--needed=1", "--needed=2", "-q", "-q", "-ob"];
        assert_eq!(run_with(&args, tool, |_| Ok(())).0, Ending::Exit(Exit::Ok));
    }

    #[test]
    fn generate_needs_nothing_else() {
        let (ending, out, _) = run(&["--generate", "complete-bash"], Ok(Exit::Found));
        assert_eq!(ending, Ending::Exit(Exit::Ok));
        assert!(out.contains("complete -F"), "{out}");
    }
}

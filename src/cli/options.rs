//! The options that every tool has, so that they are spelled, described and checked in one place.
//!
//! Only what was typed stands here. What it means for a run is each tool's configuration, and no clap
//! type goes further than the module that holds the tool's own options. Every flag that switches
//! something on has a twin that switches it off again, for aliases and scripts that add options behind
//! others; the last one counts.

use std::io::IsTerminal;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;

use super::generate::Generate;
use super::terminal::{self, ColorChoice};
use crate::error::{Error, Result};
use crate::stream::{Buffering, Reading};

/// The most worker threads that can be asked for: a slip of the finger, `-j 10000`, must not use up the
/// threads of the machine.
const MAX_JOBS: usize = 1024;

/// The longest line that can be allowed. The JSON parser holds positions in 32 bits.
const MAX_LINE_LIMIT: u64 = u32::MAX as u64;

/// Options that all tools have; flattened into each tool's own.
///
/// The doc comments of the fields are the help texts.
#[derive(Args, Debug, Clone)]
pub struct CommonOptions {
    /// Read records from FILE; standard input if none is given, or for `-`
    ///
    /// Several files are read as one stream, in the order given. Input compressed with gzip, zstd or xz
    /// is recognised by its first bytes and decompressed.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// Read the names of the input files from FILE, each ended by a NUL byte
    ///
    /// As `find -print0` writes them. With `-`, the names come from standard input. Cannot be used with
    /// FILE operands.
    #[arg(long, value_name = "FILE", help_heading = "Input", value_hint = clap::ValueHint::FilePath)]
    pub files0_from: Option<PathBuf>,

    /// Treat a line longer than SIZE as an invalid record
    ///
    /// Such a line is reported by its number and skipped, and does not grow the memory in use. SIZE is
    /// a number of bytes; the suffixes K, M and G multiply by 1024, 1024^2 and 1024^3, kB, MB and GB by
    /// 1000 and so on.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256M",
        value_parser = parse_line_limit,
        help_heading = "Input"
    )]
    pub max_line_bytes: u64,

    /// Take compressed input as it is
    #[arg(long, overrides_with = "decompress", help_heading = "Input")]
    pub no_decompress: bool,

    /// Twin of `--no-decompress`; nothing but its position on the command line matters.
    #[arg(long, hide = true, overrides_with = "no_decompress")]
    decompress: bool,

    /// Write to FILE instead of standard output
    ///
    /// FILE appears when the run has ended well, complete; until then an older FILE stays as it is. It
    /// must not be one of the input files.
    #[arg(
        short,
        long,
        value_name = "FILE",
        help_heading = "Output",
        value_hint = clap::ValueHint::FilePath
    )]
    pub output: Option<PathBuf>,

    /// Write the lines that could not be used to FILE, byte for byte
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = clap::ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,

    /// Write a summary of the run to FILE, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = clap::ValueHint::FilePath)]
    pub report: Option<PathBuf>,

    /// Write each line as soon as it is ready
    ///
    /// The default when standard output is a terminal. Otherwise lines are written in large blocks,
    /// and whenever the input pauses.
    #[arg(
        long,
        overrides_with_all = ["block_buffered", "no_line_buffered"],
        help_heading = "Output"
    )]
    pub line_buffered: bool,

    /// Write in large blocks, even to a terminal
    #[arg(
        long,
        overrides_with_all = ["line_buffered", "no_block_buffered"],
        help_heading = "Output"
    )]
    pub block_buffered: bool,

    /// Twin of `--line-buffered`.
    #[arg(long, hide = true, overrides_with = "line_buffered")]
    no_line_buffered: bool,

    /// Twin of `--block-buffered`.
    #[arg(long, hide = true, overrides_with = "block_buffered")]
    no_block_buffered: bool,

    /// When to use colour
    ///
    /// `auto` colours what goes to a terminal, unless NO_COLOR is set and not empty, or TERM is `dumb`.
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto", help_heading = "Output")]
    pub color: ColorChoice,

    /// Use N worker threads; 0 means one for each core
    ///
    /// The output does not depend on it.
    #[arg(
        short,
        long,
        value_name = "N",
        env = "CHATML_JOBS",
        hide_env_values = true,
        value_parser = parse_jobs,
        help_heading = "Running"
    )]
    pub jobs: Option<usize>,

    /// Print nothing but the data, and messages about trouble
    #[arg(short, long, overrides_with = "no_quiet", help_heading = "Running")]
    pub quiet: bool,

    /// Twin of `--quiet`.
    #[arg(long, hide = true, overrides_with = "quiet")]
    no_quiet: bool,

    /// Show progress on standard error, even if that is not a terminal
    #[arg(long, overrides_with = "no_progress", help_heading = "Running")]
    pub progress: bool,

    /// Show no progress
    ///
    /// By default a run of more than a second shows it if standard error is a terminal.
    #[arg(long, overrides_with = "progress", help_heading = "Running")]
    pub no_progress: bool,

    /// Exit with status 0 where it would be 1
    ///
    /// For engines that take every other status for a failure of the tool. Trouble remains status 2.
    #[arg(long, overrides_with = "no_exit_zero", help_heading = "Running")]
    pub exit_zero: bool,

    /// Twin of `--exit-zero`.
    #[arg(long, hide = true, overrides_with = "exit_zero")]
    no_exit_zero: bool,

    /// Print a shell's completions or the options section of the manual, and do nothing else
    ///
    /// An argument that a tool requires is to be `required_unless_present = "generate"`.
    #[arg(long, value_name = "WHAT", value_enum, hide = true)]
    pub generate: Option<Generate>,
}

impl CommonOptions {
    /// The number of worker threads to use, at least 1: `-j`, else `CHATML_JOBS`, else one a core.
    ///
    /// Cores are those that the process may use: affinity and container limits count.
    pub fn jobs(&self) -> usize {
        match self.jobs {
            Some(jobs) if jobs > 0 => jobs,
            _ => std::thread::available_parallelism().map_or(1, NonZero::get),
        }
    }

    /// How inputs are read.
    pub fn reading(&self) -> Reading {
        Reading {
            decompress: !self.no_decompress,
            max_line_bytes: usize::try_from(self.max_line_bytes).unwrap_or(usize::MAX),
            ..Reading::default()
        }
    }

    /// How to gather output.
    pub fn buffering(&self) -> Buffering {
        match (self.line_buffered, self.block_buffered) {
            (true, _) => Buffering::Line,
            (false, true) => Buffering::Block,
            (false, false) => Buffering::Auto,
        }
    }

    /// Whether progress was asked for or refused; `None` leaves it to the terminal.
    ///
    /// `--quiet` refuses, unless `--progress` is given too.
    pub fn wants_progress(&self) -> Option<bool> {
        match (self.progress, self.no_progress || self.quiet) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }

    /// The inputs in order, `-` standing for standard input: the FILE operands, or the names that
    /// `read_list` finds in the file of `--files0-from`, or `-` alone if neither is given.
    ///
    /// The result is empty only for an empty list. [`Error::Usage`] if operands and a list are given
    /// both, if standard input would be read twice, or if it is a terminal and nothing was named: a
    /// tool that waits for somebody to type JSON looks as if it hung.
    pub fn input_paths(
        &self,
        read_list: impl FnOnce(&Path) -> Result<Vec<PathBuf>>,
    ) -> Result<Vec<PathBuf>> {
        self.input_paths_given(read_list, || std::io::stdin().is_terminal())
    }

    fn input_paths_given(
        &self,
        read_list: impl FnOnce(&Path) -> Result<Vec<PathBuf>>,
        stdin_is_terminal: impl FnOnce() -> bool,
    ) -> Result<Vec<PathBuf>> {
        let stdin = Path::new("-");
        let (paths, list_is_stdin) = match (&self.files0_from, self.files.first()) {
            (Some(_), Some(file)) => {
                let file = terminal::quote(&file.to_string_lossy(), terminal::QUOTE_BYTES);
                return usage(format!("FILE {file} cannot be combined with --files0-from"));
            }
            (Some(list), None) => (read_list(list)?, list == stdin),
            (None, Some(_)) => (self.files.clone(), false),
            (None, None) if stdin_is_terminal() => {
                return usage(
                    "no FILE given and standard input is a terminal (use - to type records in)",
                );
            }
            (None, None) => (vec![stdin.to_owned()], false),
        };
        match paths.iter().filter(|path| *path == stdin).count() {
            0 => Ok(paths),
            _ if list_is_stdin => usage("the file names come from standard input, so - is no FILE"),
            1 => Ok(paths),
            _ => usage("- (standard input) can be read only once"),
        }
    }
}

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}

/// A size in bytes: a whole number and, without a space, a unit.
///
/// As in GNU tools: `K` or `KiB` is 1024 bytes, `kB` or `KB` 1000; likewise `M`, `G` and `T`; `B` alone
/// is a byte. Case does not matter. The error says what is wrong without repeating the text.
pub fn parse_size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(match text.as_bytes().first() {
            None => "a size is needed, such as 4096, 64K or 256M",
            Some(b'-') => "a size cannot be negative",
            Some(_) => "a size begins with a number, such as 4096, 64K or 256M",
        }
        .to_owned());
    }
    let too_large = || "the size is too large".to_owned();
    let number: u64 = number.parse().map_err(|_| too_large())?;
    let (base, power) = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => (1, 1),
        "k" | "kib" => (1024, 1),
        "m" | "mib" => (1024, 2),
        "g" | "gib" => (1024, 3),
        "t" | "tib" => (1024, 4),
        "kb" => (1000, 1),
        "mb" => (1000, 2),
        "gb" => (1000, 3),
        "tb" => (1000, 4),
        fraction if fraction.starts_with('.') => {
            return Err("a size is a whole number; use a smaller unit".to_owned());
        }
        _ => return Err("unknown unit; use K, M, G or T, or KiB, kB and so on".to_owned()),
    };
    number.checked_mul(u64::pow(base, power)).ok_or_else(too_large)
}

/// The longest line that is a record, as it is typed: a size that the JSON parser can hold.
pub fn parse_line_limit(text: &str) -> std::result::Result<u64, String> {
    match parse_size(text)? {
        0 => Err("at least 1 byte is needed".to_owned()),
        size if size > MAX_LINE_LIMIT => Err(format!("at most {MAX_LINE_LIMIT} bytes (4G - 1)")),
        size => Ok(size),
    }
}

/// A number of worker threads; 0 and an empty text mean one for each core.
pub fn parse_jobs(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        // An empty CHATML_JOBS is as good as none.
        _ if text.is_empty() => Ok(0),
        Ok(jobs) if jobs <= MAX_JOBS => Ok(jobs),
        _ => Err(format!("a number from 0 to {MAX_JOBS} is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser, Debug)]
    #[command(name = "chatml-test", args_override_self = true)]
    struct Test {
        #[command(flatten)]
        common: CommonOptions,
    }

    fn parse(args: &[&str]) -> CommonOptions {
        let args = std::iter::once("chatml-test").chain(args.iter().copied());
        Test::try_parse_from(args).unwrap().common
    }

    fn paths(args: &[&str], list: &[&str], terminal: bool) -> Result<Vec<String>> {
        let list = list.iter().map(PathBuf::from).collect();
        let paths = parse(args).input_paths_given(|_| Ok(list), || terminal)?;
        Ok(paths.into_iter().map(|path| path.to_string_lossy().into_owned()).collect())
    }

    #[test]
    fn the_command_is_well_formed() {
        <Test as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_as_gnu_reads_them() {
        let table = [
            ("0", 0),
            ("4096", 4096),
            ("7B", 7),
            ("64K", 65_536),
            ("64k", 65_536),
            ("64KiB", 65_536),
            ("1kB", 1000),
            ("1KB", 1000),
            ("1M", 1 << 20),
            ("3MB", 3_000_000),
            ("1G", 1 << 30),
            ("2TiB", 2 << 40),
            ("18446744073709551615", u64::MAX),
        ];
        for (text, size) in table {
            assert_eq!(parse_size(text), Ok(size), "{text}");
        }
    }

    #[test]
    fn sizes_that_make_no_sense_are_refused() {
        let table = [
            ("", "needed"),
            ("-1", "negative"),
            ("K", "begins with a number"),
            (" 1", "begins with a number"),
            ("1 K", "unit"),
            ("1X", "unit"),
            ("1é", "unit"),
            ("1.5G", "whole number"),
            ("18446744073709551616", "too large"),
            ("99999999T", "too large"),
        ];
        for (text, reason) in table {
            let error = parse_size(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn the_defaults_are_those_documented() {
        let options = parse(&[]);
        assert_eq!(options.max_line_bytes, 256 << 20);
        assert_eq!(options.color, ColorChoice::Auto);
        assert_eq!(options.buffering(), Buffering::Auto);
        assert_eq!(options.wants_progress(), None);
        assert!(options.jobs() >= 1);
    }

    #[test]
    fn the_last_of_two_flags_wins() {
        assert!(!parse(&["-q", "--no-quiet"]).quiet);
        assert!(parse(&["--no-quiet", "-q"]).quiet);
        assert!(parse(&["-q", "-q"]).quiet);
        assert!(!parse(&["--exit-zero", "--no-exit-zero"]).exit_zero);
        assert!(!parse(&["--no-decompress", "--decompress"]).no_decompress);
        assert!(parse(&["--decompress", "--no-decompress"]).no_decompress);
        assert_eq!(parse(&["--progress", "--no-progress"]).wants_progress(), Some(false));
        assert_eq!(parse(&["--no-progress", "--progress"]).wants_progress(), Some(true));
        assert_eq!(parse(&["--line-buffered", "--block-buffered"]).buffering(), Buffering::Block);
        assert_eq!(parse(&["--block-buffered", "--line-buffered"]).buffering(), Buffering::Line);
        assert_eq!(parse(&["--line-buffered", "--no-line-buffered"]).buffering(), Buffering::Auto);
        assert_eq!(parse(&["-j3", "--jobs=4"]).jobs(), 4);
        assert_eq!(parse(&["-o", "a", "-o", "b"]).output, Some("b".into()));
        assert_eq!(parse(&["--color=always", "--color", "never"]).color, ColorChoice::Never);
    }

    #[test]
    fn options_may_follow_operands_until_two_dashes() {
        let options = parse(&["a", "-q", "b", "--", "-q", "--jobs"]);
        assert!(options.quiet);
        assert_eq!(options.files, ["a", "b", "-q", "--jobs"].map(PathBuf::from));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for args in [["-j", "-1"], ["-j", "1025"], ["-j", "x"], ["--max-line-bytes", "0"]] {
            assert!(Test::try_parse_from(["t", args[0], args[1]]).is_err(), "{args:?}");
        }
        assert!(Test::try_parse_from(["t", "--max-line-bytes=4G"]).is_err());
        assert_eq!(parse(&["--max-line-bytes=4294967295"]).max_line_bytes, u64::from(u32::MAX));
    }

    #[test]
    fn no_operand_means_standard_input_unless_it_is_a_terminal() {
        assert_eq!(paths(&[], &[], false).unwrap(), ["-"]);
        assert!(
            matches!(paths(&[], &[], true), Err(Error::Usage(text)) if text.contains("terminal"))
        );
        assert_eq!(paths(&["-"], &[], true).unwrap(), ["-"]);
        assert_eq!(paths(&["a", "-", "a"], &[], true).unwrap(), ["a", "-", "a"]);
        assert!(paths(&["-", "a", "-"], &[], false).is_err());
    }

    #[test]
    fn a_list_of_names_replaces_operands() {
        let list = "--files0-from=list";
        assert_eq!(paths(&[list], &["b", "a"], true).unwrap(), ["b", "a"]);
        assert_eq!(paths(&[list], &[], true).unwrap(), [""; 0]);
        assert_eq!(paths(&[list], &["-"], false).unwrap(), ["-"]);
        assert!(paths(&["--files0-from=-"], &["-"], false).is_err());
        assert!(matches!(paths(&[list, "x"], &[], false), Err(Error::Usage(_))));
    }
}

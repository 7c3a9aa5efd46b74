//! Text on its way to a terminal: made harmless, and coloured where that is wanted.
//!
//! A terminal obeys the bytes it is sent. A record or a file name can hold sequences that set the
//! clipboard, move the cursor over an earlier line, or make text read in another order than it is
//! stored, and whoever looks at a bad record is exactly the one who meets them. So nothing from
//! outside is printed as it is: every character that acts instead of showing is written as a visible
//! escape.

use std::ffi::OsStr;
use std::fmt;
use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

pub use crate::record::text::{QUOTE_BYTES, is_hazard, quote, sanitize};

/// When to colour, as `--color` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// If the stream is a terminal and the environment does not object.
    #[default]
    Auto,
    /// Always, into files and pipes too.
    Always,
    /// Never.
    Never,
}

/// Whether to colour what is written to `stream`.
///
/// `Auto` means: that stream is a terminal, `NO_COLOR` is unset or empty, and `TERM` is not `dumb`.
/// Asked for each stream by itself: standard output may be a file while standard error is a terminal.
pub fn colors_for(stream: &impl IsTerminal, choice: ColorChoice) -> bool {
    let no_color = std::env::var_os("NO_COLOR");
    let term = std::env::var_os("TERM");
    decide(choice, stream.is_terminal(), no_color.as_deref(), term.as_deref())
}

fn decide(
    choice: ColorChoice,
    terminal: bool,
    no_color: Option<&OsStr>,
    term: Option<&OsStr>,
) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            terminal
                && no_color.is_none_or(OsStr::is_empty)
                && term.is_none_or(|term| term != "dumb")
        }
    }
}

/// The styles of a message; all empty if colour is off, so that a caller need not ask.
#[derive(Clone, Copy, Debug, Default)]
pub struct Colors {
    /// `file:line:column`.
    pub location: Style,
    /// The word `error`, and what is wrong.
    pub error: Style,
    /// The word `warning`.
    pub warning: Style,
    /// The word `info`.
    pub info: Style,
    /// What may be skipped in reading: codes, hints.
    pub dim: Style,
}

impl Colors {
    /// The styles if `on`, else empty ones.
    pub fn new(on: bool) -> Colors {
        if !on {
            return Colors::default();
        }
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Colors {
            location: Style::new().bold(),
            error: color(AnsiColor::Red).bold(),
            warning: color(AnsiColor::Yellow).bold(),
            info: color(AnsiColor::Cyan),
            dim: Style::new().dimmed(),
        }
    }
}

/// `text` in `style`, for formatting: `write!(out, "{}", paint(colors.error, "error"))`.
///
/// `text` is written as it is; what comes from outside is to be sanitised before.
pub fn paint<T: fmt::Display>(style: Style, text: T) -> impl fmt::Display {
    fmt::from_fn(move |f| write!(f, "{style}{text}{style:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_legitimate_text_unchanged_and_unallocated() {
        for text in [
            "",
            "plain ASCII ~",
            "Grüße, 世界, مرحبا, עברית, ไทย",
            "👍🏽 ❤\u{fe0f} \u{fffd}",
            "e\u{301}",
        ] {
            assert!(
                matches!(sanitize(text), std::borrow::Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn strips_osc52_clipboard_payload() {
        let safe = sanitize("a\u{1b}]52;c;cm0gLXJmIC8=\u{7}b");
        assert_eq!(safe, "a\\u{1b}]52;c;cm0gLXJmIC8=\\u{7}b");
    }

    #[test]
    fn strips_osc8_link() {
        assert!(!sanitize("\u{1b}]8;;http://evil\u{1b}\\ok\u{1b}]8;;\u{1b}\\").contains('\u{1b}'));
    }

    #[test]
    fn strips_cr_output_forgery() {
        assert_eq!(sanitize("bad\rall valid"), "bad\\rall valid");
    }

    #[test]
    fn strips_newline_message_forgery() {
        assert_eq!(sanitize("x\nchatml-validate: ok"), "x\\nchatml-validate: ok");
    }

    #[test]
    fn strips_backspace_and_del_overwriting() {
        assert_eq!(sanitize("rm\u{8}\u{7f}"), "rm\\u{8}\\u{7f}");
    }

    #[test]
    fn strips_c1_csi() {
        assert_eq!(sanitize("\u{9b}2J"), "\\u{9b}2J");
    }

    #[test]
    fn strips_bidi_reordering() {
        assert_eq!(sanitize("a\u{202e}b\u{2066}c\u{61c}"), "a\\u{202e}b\\u{2066}c\\u{61c}");
    }

    #[test]
    fn strips_zero_width_and_bom_hiding() {
        assert_eq!(sanitize("us\u{200b}er\u{feff}\u{2060}"), "us\\u{200b}er\\u{feff}\\u{2060}");
    }

    #[test]
    fn strips_line_and_paragraph_separators() {
        assert_eq!(sanitize("a\u{2028}b\u{2029}c\u{85}"), "a\\u{2028}b\\u{2029}c\\u{85}");
    }

    #[test]
    fn strips_tag_smuggling() {
        assert_eq!(sanitize("\u{e0001}\u{e0041}\u{e0100}"), "\\u{e0001}\\u{e0041}\\u{e0100}");
    }

    #[test]
    fn strips_noncharacters_and_unassigned_specials() {
        assert_eq!(
            sanitize("\u{fff0}\u{ffff}\u{1fffe}\u{fdd0}"),
            "\\u{fff0}\\u{ffff}\\u{1fffe}\\u{fdd0}"
        );
    }

    #[test]
    fn no_hazard_survives() {
        let all: String = ('\0'..=char::MAX).collect();
        assert!(!sanitize(&all).chars().any(is_hazard));
        assert!(!quote(&all, usize::MAX).chars().any(is_hazard));
    }

    #[test]
    fn a_quote_is_cut_between_characters() {
        assert_eq!(quote("abc", 60), "\"abc\"");
        assert_eq!(quote("abcd", 3), "\"abc\"...");
        assert_eq!(quote("aé", 2), "\"a\"...");
        assert_eq!(quote("é", 1), "\"\"...");
        assert_eq!(quote("", 0), "\"\"");
    }

    #[test]
    fn a_quote_cannot_be_closed_from_inside() {
        assert_eq!(quote("a\" \\\u{1b}", 60), "\"a\\\" \\\\\\u{1b}\"");
    }

    #[test]
    fn colour_follows_terminal_and_environment() {
        use ColorChoice::{Always, Auto, Never};
        let os = |text: &'static str| Some(OsStr::new(text));
        assert!(decide(Auto, true, None, os("xterm")));
        assert!(decide(Auto, true, os(""), None));
        assert!(!decide(Auto, true, os("1"), os("xterm")));
        assert!(!decide(Auto, true, None, os("dumb")));
        assert!(!decide(Auto, false, None, os("xterm")));
        assert!(decide(Always, false, os("1"), os("dumb")));
        assert!(!decide(Never, true, None, os("xterm")));
    }

    #[test]
    fn no_colour_means_no_escape() {
        let text = |on| format!("{}", paint(Colors::new(on).error, "error"));
        assert_eq!(text(false), "error");
        assert!(text(true).starts_with('\u{1b}') && text(true).ends_with("\u{1b}[0m"));
    }
}

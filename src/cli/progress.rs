//! A line on standard error that says how far a long run is.
//!
//! It must never be in the way: it stays silent unless somebody can see it, appears only when a run
//! turns out to take long, costs a clock reading a block of input, and is gone before anything else is
//! written to the terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

use super::report;
use crate::stream::signals;

/// How long a run is silent. What ends before needs no progress.
const SILENCE: Duration = Duration::from_secs(1);
/// How often the line is renewed: often enough to be alive, too rarely to cost anything.
const RENEWAL: Duration = Duration::from_millis(200);
/// How often a line is added where it cannot be renewed in place, as in a log.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
/// The width taken for a terminal that does not tell its own.
const USUAL_WIDTH: usize = 80;

/// The progress of a run. Dropping it clears the line.
#[derive(Debug)]
pub struct Progress {
    /// What is shown and where; nothing at all if `Off`.
    mode: Mode,
    /// When the run began, on the monotonic clock.
    start: Instant,
    /// When the next line is due.
    due: Instant,
    /// Bytes of all inputs as they are stored, if every one is a file.
    total: Option<u64>,
    /// Whether a line stands on the terminal now.
    shown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Off,
    /// One line, renewed in place.
    Terminal,
    /// A new line each time.
    Log,
}

impl Progress {
    /// Progress for a run that begins now.
    ///
    /// `wanted` is [`wants_progress`](super::options::CommonOptions::wants_progress): without a wish,
    /// progress is shown if standard error is a terminal that can be written over. `total` is the
    /// number of bytes to come, if known, counted like the `bytes` of [`tick`](Progress::tick).
    pub fn new(wanted: Option<bool>, total: Option<u64>) -> Progress {
        let terminal = std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let mode = match (wanted, terminal) {
            (Some(false), _) | (None, false) => Mode::Off,
            (_, true) => Mode::Terminal,
            (Some(true), false) => Mode::Log,
        };
        let start = Instant::now();
        Progress { mode, start, due: start + SILENCE, total, shown: false }
    }

    /// Tells that `bytes` and `records` are done since the start, and renews the line if it is time.
    ///
    /// Also answers a request by signal. Costs next to nothing when progress is off, and a reading of the
    /// clock otherwise: for a call a block, not a record.
    pub fn tick(&mut self, bytes: u64, records: u64) {
        let total = self.total;
        self.tell(|elapsed| describe(bytes, records, total, elapsed));
    }

    /// Likewise with a line of the caller's, ASCII only, which is told the time since the start.
    pub fn tell(&mut self, line: impl FnOnce(Duration) -> String) {
        let asked = signals::status_requested();
        if !asked && self.mode == Mode::Off {
            return;
        }
        let now = Instant::now();
        if !asked && now < self.due {
            return;
        }
        let line = line(self.start.elapsed());
        if asked {
            self.clear();
            write(&format!("{line}\n"));
        }
        if self.mode == Mode::Off || now < self.due {
            return;
        }
        let written = match self.mode {
            Mode::Off => return,
            Mode::Terminal => {
                self.due = now + RENEWAL;
                self.shown = true;
                // A line wider than the terminal would wrap and could not be cleared.
                let width = terminal_width().saturating_sub(1);
                write(&format!("\r{}\u{1b}[K", line.get(..width).unwrap_or(&line)))
            }
            Mode::Log => {
                self.due = now + LOG_INTERVAL;
                write(&format!("{line}\n"))
            }
        };
        if !written {
            self.mode = Mode::Off;
        }
    }

    /// Takes the line away; to be called before anything else is written to the terminal, be it to
    /// standard error or standard output. The next tick that is due brings it back.
    pub fn clear(&mut self) {
        if self.shown {
            self.shown = false;
            write("\r\u{1b}[K");
        }
    }

    /// The state in one line, as at the end of a progress line: for a request by signal.
    ///
    /// ASCII only, so its bytes are its columns.
    pub fn line(&self, bytes: u64, records: u64) -> String {
        describe(bytes, records, self.total, self.start.elapsed())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn describe(bytes: u64, records: u64, total: Option<u64>, elapsed: Duration) -> String {
    let mut line = report::bytes(bytes);
    // A file may grow while it is read; then the total is not worth showing.
    let total = total.filter(|&total| total > 0 && total >= bytes);
    // Writing to a String cannot fail.
    if let Some(total) = total {
        let percent = u128::from(bytes) * 100 / u128::from(total);
        let _ = write!(line, " of {} ({percent}%)", report::bytes(total));
    }
    let _ =
        write!(line, ", {}, {}", report::plural(records, "record"), report::rate(bytes, elapsed));
    if let Some(total) = total
        && bytes > 0
        && total > bytes
    {
        let left = elapsed.as_secs_f64() * ((total - bytes) as f64 / bytes as f64);
        // Without the decimal of `duration`: the number is a guess, and would only flicker.
        if left < 60.0 {
            let _ = write!(line, ", {left:.0} s left");
        } else if let Ok(left) = Duration::try_from_secs_f64(left) {
            let _ = write!(line, ", {} left", report::duration(left));
        }
    }
    line
}

/// False if nobody can read it.
fn write(text: &str) -> bool {
    std::io::stderr().write_all(text.as_bytes()).is_ok()
}

fn terminal_width() -> usize {
    match rustix::termios::tcgetwinsize(rustix::stdio::stderr()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => USUAL_WIDTH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_is_done_and_what_is_left() {
        let second = Duration::from_secs(1);
        assert_eq!(
            describe(250_000_000, 1_234, Some(1_000_000_000), second),
            "250.0 MB of 1.0 GB (25%), 1,234 records, 250.0 MB/s, 3 s left"
        );
        assert_eq!(describe(2_000, 1, None, second), "2.0 kB, 1 record, 2.0 kB/s");
        assert_eq!(describe(0, 0, Some(10), second), "0 bytes of 10 bytes (0%), 0 records, 0 B/s");
    }

    #[test]
    fn a_file_that_grew_has_no_total() {
        let line = describe(2_000, 1, Some(1_000), Duration::from_secs(1));
        assert!(!line.contains("of"), "{line}");
    }

    #[test]
    fn every_line_is_ascii_and_short() {
        let line =
            describe(u64::MAX - 1, 999_999_999_999, Some(u64::MAX), Duration::from_secs(1_000_000));
        assert!(line.is_ascii() && line.len() < 100, "{line}");
    }

    #[test]
    fn refused_progress_is_off() {
        assert_eq!(Progress::new(Some(false), None).mode, Mode::Off);
    }
}

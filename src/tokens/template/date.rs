//! The date that `strftime_now` gives.
//!
//! Some templates write the day into the system prompt. A day that is given keeps the output the same
//! from run to run.

use std::fmt::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// A day and a time of it, without time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    year: i64,
    month: u32,
    day: u32,
    /// Seconds since midnight.
    second: u32,
}

/// As it is typed, each moment in one way: without a time at midnight, else with one to the second.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Moment { year, month, day, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        match second {
            0 => Ok(()),
            _ => write!(f, "T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
        }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const SECONDS_OF_DAY: i64 = 86_400;

impl Moment {
    /// Reads `YYYY-MM-DD`, with or without `THH:MM` or `THH:MM:SS` behind it.
    pub(super) fn parse(text: &str) -> Option<Moment> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let [year, month, day] = fields(date, '-')?;
        let second = match time {
            None => 0,
            Some(time) => {
                let padded = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
                let [hour, minute, second] = fields(&padded, ':')?;
                if hour > 23 || minute > 59 || second > 59 {
                    return None;
                }
                hour * 3600 + minute * 60 + second
            }
        };
        let moment = Moment { year: i64::from(year), month, day, second };
        // A day that the calendar lacks, as 30 February, comes back as another one.
        let same = (1..=12).contains(&month) && Moment::of_day(moment.days(), second) == moment;
        (same && date.len() == 10).then_some(moment)
    }

    /// The beginning of this day, in coordinated universal time.
    pub(super) fn today() -> Moment {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(now.as_secs()).unwrap_or_default();
        Moment::of_day(seconds / SECONDS_OF_DAY, 0)
    }

    /// Days since 1 January 1970. Years are counted from March, so that the leap day is the last of one.
    fn days(self) -> i64 {
        let month = i64::from(self.month);
        let year = if month <= 2 { self.year - 1 } else { self.year };
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
            - DAYS_BEFORE_1970
    }

    fn of_day(days: i64, second: u32) -> Moment {
        let day = days + DAYS_BEFORE_1970;
        let era = day.div_euclid(DAYS_OF_ERA);
        let of_era = day.rem_euclid(DAYS_OF_ERA);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Moment {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: month as u32,
            day: (of_year - (153 * shifted + 2) / 5 + 1) as u32,
            second,
        }
    }

    /// As C's `strftime` formats it; a directive that is unknown stays as it is.
    pub(super) fn format(self, format: &str) -> String {
        let mut out = String::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let (pad, directive) = match chars.next() {
                Some('-') => (false, chars.next()),
                other => (true, other),
            };
            match directive {
                Some(directive) => self.push(directive, pad, &mut out),
                None => out.push('%'),
            }
        }
        out
    }

    fn push(self, directive: char, pad: bool, out: &mut String) {
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        let weekday = (self.days() + 4).rem_euclid(7) as usize;
        let month = MONTHS.get(self.month as usize - 1).copied().unwrap_or_default();
        let day = DAYS.get(weekday).copied().unwrap_or_default();
        let new_year = Moment { month: 1, day: 1, ..self };
        let mut number = |value: i64, width: usize| {
            let width = if pad { width } else { 0 };
            // Writing to a string cannot fail.
            let _ = write!(out, "{value:0width$}");
        };
        match directive {
            'Y' => number(self.year, 0),
            'm' => number(self.month.into(), 2),
            'd' => number(self.day.into(), 2),
            'y' => number(self.year.rem_euclid(100), 2),
            'H' => number(hour.into(), 2),
            'I' => number(((hour + 11) % 12 + 1).into(), 2),
            'M' => number(minute.into(), 2),
            'S' => number(second.into(), 2),
            'j' => number(self.days() - new_year.days() + 1, 3),
            'w' => number(weekday as i64, 0),
            'u' => number((weekday as i64 + 6) % 7 + 1, 0),
            'B' => out.push_str(month),
            'b' | 'h' => out.push_str(&month[..3]),
            'A' => out.push_str(day),
            'a' => out.push_str(&day[..3]),
            'p' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
            'e' => {
                let width = if pad { 2 } else { 0 };
                let _ = write!(out, "{:width$}", self.day);
            }
            'F' => out.push_str(&self.format("%Y-%m-%d")),
            'T' => out.push_str(&self.format("%H:%M:%S")),
            'R' => out.push_str(&self.format("%H:%M")),
            'D' => out.push_str(&self.format("%m/%d/%y")),
            // Without a time zone there is nothing to say about it.
            'Z' | 'z' => {}
            'n' => out.push('\n'),
            't' => out.push('\t'),
            '%' => out.push('%'),
            other => {
                out.push_str(if pad { "%" } else { "%-" });
                out.push(other);
            }
        }
    }
}

/// The most bytes that a byte of a format stands for: `%F` for ten.
pub(super) const LONGEST: usize = 5;

/// Days of the 400 years after which the calendar repeats itself.
const DAYS_OF_ERA: i64 = 146_097;

/// Days from 1 March of the year 0 to 1 January 1970.
const DAYS_BEFORE_1970: i64 = 719_468;

fn fields(text: &str, between: char) -> Option<[u32; 3]> {
    let mut parts = text.split(between).map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<u32>().ok() } else { None }
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

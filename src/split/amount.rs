//! How much of the data, and what of it, as it is typed.

use std::str::FromStr;

use crate::similar::Threshold;

/// Digits behind the point of a share or weight: a billionth is a record of the largest data.
const DIGITS: u32 = 9;

/// One, in billionths.
pub(super) const WHOLE: u64 = 10u64.pow(DIGITS);

/// A share from 0 to 1, in billionths, so that it is compared in integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(pub u64);

impl FromStr for Share {
    type Err = String;

    /// `0.1`, `.1` or `10%`.
    fn from_str(text: &str) -> Result<Share, String> {
        let fail = || "a share from 0 to 1 is needed, such as 0.1 or 10%".to_owned();
        let parts = match text.strip_suffix('%') {
            Some(percent) => billionths(percent).map(|parts| parts / 100),
            None => billionths(text),
        };
        match parts {
            Some(parts) if parts <= WHOLE => Ok(Share(parts)),
            Some(_) if !text.contains(['.', '%']) => Err(format!(
                "{}; a number of records is asked for with --val-count or --test-count",
                fail()
            )),
            _ => Err(fail()),
        }
    }
}

impl Share {
    /// The share of `2^64` that this is, rounded down: `2^64` for all of it.
    pub fn of_range(self) -> u128 {
        (u128::from(self.0) << 64) / u128::from(WHOLE)
    }
}

/// A decimal number as billionths.
fn billionths(text: &str) -> Option<u64> {
    let (before, behind) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(before) && digits(behind) && behind.len() <= DIGITS as usize;
    if !fits || before.len() + behind.len() == 0 {
        return None;
    }
    let number = |part: &str| if part.is_empty() { Some(0) } else { part.parse::<u64>().ok() };
    let scale = 10u64.pow(DIGITS - behind.len() as u32);
    number(before)?.checked_mul(WHOLE)?.checked_add(number(behind)? * scale)
}

/// A part and its weight among all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// The part's name.
    pub name: String,
    /// Its weight, in billionths.
    pub weight: u64,
}

/// Bytes of a part's name: it is the beginning of file names.
const LONGEST_NAME: usize = 64;

/// Can a part be called so?
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
        return Err("the name of a part is of letters, digits and ._-, at most 64".to_owned());
    }
    match name.starts_with(['.', '-']) {
        true => Err("the name of a part begins with a letter or digit".to_owned()),
        false => Ok(()),
    }
}

impl Amount {
    /// `NAME=WEIGHT`.
    pub fn parse(text: &str) -> Result<Amount, String> {
        let (name, weight) =
            text.split_once('=').ok_or("a name and a weight are needed, such as train=8")?;
        check_name(name)?;
        let weight = billionths(weight).ok_or("a weight is a number such as 8 or 0.8")?;
        Ok(Amount { name: name.to_owned(), weight })
    }
}

/// How many records a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// So many, or all if there are fewer.
    Count(u64),
    /// Each with this probability.
    Share(Share),
}

impl Grain {
    /// A whole number is a count, anything else a share.
    pub fn parse(text: &str) -> Result<Grain, String> {
        match text.parse::<u64>() {
            Ok(count) => Ok(Grain::Count(count)),
            Err(_) => text.parse().map(Grain::Share).map_err(|_: String| {
                "a number of records or a share is needed, such as 1000, 0.1 or 10%".to_owned()
            }),
        }
    }
}

/// At most so many records of each value at a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Where the value stands.
    pub pointer: String,
    /// So many.
    pub most: u64,
}

impl Limit {
    /// `POINTER=N`.
    pub fn parse(text: &str) -> Result<Limit, String> {
        let fail = "a JSON pointer and a number are needed, such as /category=100";
        let (pointer, most) = text.rsplit_once('=').ok_or(fail)?;
        match most.parse() {
            Ok(most) if is_pointer(pointer) => Ok(Limit { pointer: pointer.to_owned(), most }),
            _ => Err(fail.to_owned()),
        }
    }
}

/// What ties records together beside their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// The same value at a pointer.
    Pointer(String),
    /// So much common text, directly or through others.
    Near(Threshold),
}

impl Group {
    /// A pointer, `near` or `near=SHARE`.
    pub fn parse(text: &str) -> Result<Group, String> {
        match text.strip_prefix("near") {
            Some("") => Ok(Group::Near(Threshold::NEAR)),
            Some(share) if share.starts_with('=') => share[1..].parse().map(Group::Near),
            _ if is_pointer(text) => Ok(Group::Pointer(text.to_owned())),
            _ => Err("near, near=SHARE or a JSON pointer such as /user is needed".to_owned()),
        }
    }
}

/// Does it lead to a field of an object?
pub(super) fn is_pointer(text: &str) -> bool {
    text.len() > 1 && text.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        let table = [
            ("0.1", 100_000_000),
            ("10%", 100_000_000),
            ("0", 0),
            ("1", WHOLE),
            (".05", 50_000_000),
            ("0.5%", 5_000_000),
            ("1.0", WHOLE),
        ];
        for (text, parts) in table {
            assert_eq!(text.parse(), Ok(Share(parts)), "{text}");
        }
        for text in ["", ".", "1.1", "-0.1", "101%", "0.1x", "%", "1e-1", "0.0000000001"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
        assert!("500".parse::<Share>().unwrap_err().contains("--val-count"));
        assert_eq!(Share(WHOLE).of_range(), 1 << 64);
        assert_eq!(Share(WHOLE / 2).of_range(), 1 << 63);
    }

    #[test]
    fn parts_have_names_that_files_can_have() {
        assert_eq!(
            Amount::parse("train=0.8"),
            Ok(Amount { name: "train".to_owned(), weight: 800_000_000 })
        );
        for text in ["train", "=1", "a/b=1", "..=1", "-x=1", "a=x", "a="] {
            assert!(Amount::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn samples_limits_and_groups_are_read() {
        assert_eq!(Grain::parse("1000"), Ok(Grain::Count(1000)));
        assert_eq!(Grain::parse("0.5"), Ok(Grain::Share(Share(WHOLE / 2))));
        assert!(Grain::parse("many").is_err());
        assert_eq!(Limit::parse("/a=b=3").unwrap().pointer, "/a=b");
        assert!(Limit::parse("a=3").is_err());
        assert_eq!(Group::parse("/near"), Ok(Group::Pointer("/near".to_owned())));
        assert_eq!(Group::parse("near=0.8"), Group::parse("near"));
        assert!(Group::parse("nearly").is_err());
    }
}

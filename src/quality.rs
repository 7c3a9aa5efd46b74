//! What makes chat data bad, though every record is valid: found in one text or in one conversation.
//!
//! The rules say what a loader or a trainer trips over. Here stands what a model learns by mistake: refusals,
//! flattery, roles and blanks left by templates, cut and repeated text, personal data. None of it is certain, so
//! precision comes before recall: a sign counts only where it can hardly be anything else, and what is said about
//! a text is to be counted and shown, never to be repaired.
//!
//! [`signs`] is the table. A [`Detector`] looks for all of them: for phrases at the start of a response, for
//! markers anywhere, for secrets, for repetition, for an ending that is none, and for what a query and its
//! response are to each other. Beside it stand what is compared between texts, the [`skeleton`](fn@skeleton) and
//! the [`opening`](fn@opening), and the [`scripts`] and
//! [`language`](fn@language) that a text is written in.

mod card;
mod census;
mod detector;
mod ending;
mod iban;
mod ip;
mod language;
mod markers;
mod numbers;
mod opening;
mod pair;
mod phrases;
mod repetition;
mod script;
mod secrets;
pub mod signs;
mod skeleton;
#[cfg(test)]
mod timing;

pub use detector::Detector;
pub use language::language;
pub use opening::opening;
pub use script::{ScriptCounts, scripts};
pub use signs::{Place, SIGNS, Sign, SignInfo, Signs, Speaker};
pub use skeleton::{skeleton, skeleton_text};

/// Does the text hold a private key, a signed token, or an access key of a known service?
pub fn holds_key(text: &str) -> bool {
    let mut found = false;
    secrets::each(text, census::Census::of(text), |sign, _| found |= sign == Sign::ApiKey);
    found
}

/// The text with `(hidden)` for each such key, to be shown.
pub fn without_keys(text: &str) -> String {
    let mut keys = Vec::new();
    secrets::each(text, census::Census::of(text), |sign, span| {
        if sign == Sign::ApiKey {
            keys.push(span);
        }
    });
    keys.sort_by_key(|span| span.start);
    let (mut out, mut copied) = (String::with_capacity(text.len()), 0);
    for span in keys {
        if let Some(before) = text.get(copied..span.start) {
            out.push_str(before);
            out.push_str("(hidden)");
        }
        copied = copied.max(span.end);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

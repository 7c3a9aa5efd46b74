//! The table of reasons for which an example is not taken.

use crate::quality::Sign;

/// Why an example is not taken. In the order of [`REASONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // REASONS says what each is
pub enum Reason {
    Unanswered,
    Unreadable,
    Missing,
    RoleOrder,
    Invalid,
    TooShort,
    TooLong,
    Forbidden,
    Refusal,
    MetaTalk,
    Placeholder,
    UnclosedFence,
    Truncated,
    Repetition,
    EchoOfPrompt,
    RoleMarker,
    Reasoning,
    ControlToken,
    FillerOpening,
    Invisible,
    Secret,
    OffTopic,
    Judge,
    Duplicate,
    NearDuplicate,
    Known,
    Opening,
}

/// When a reason counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// In every run.
    Always,
    /// Unless the plan's `quality.reject` leaves it out.
    Usually,
    /// If `quality.reject` names it.
    Asked,
}

/// What is known about a reason.
#[derive(Debug)]
pub struct ReasonInfo {
    /// The reason.
    pub reason: Reason,
    /// Its name in plans and reports.
    pub name: &'static str,
    /// When it counts.
    pub when: When,
    /// The signs of bad data that it stands for.
    pub signs: &'static [Sign],
    /// One sentence that defines it.
    pub about: &'static str,
}

const fn always(reason: Reason, name: &'static str, about: &'static str) -> ReasonInfo {
    ReasonInfo { reason, name, when: When::Always, signs: &[], about }
}

const fn of_signs(
    reason: Reason,
    name: &'static str,
    when: When,
    signs: &'static [Sign],
    about: &'static str,
) -> ReasonInfo {
    ReasonInfo { reason, name, when, signs, about }
}

/// Every reason, in the order in which an example is asked about them, which is that of [`Reason`].
pub const REASONS: [ReasonInfo; 27] = [
    always(Reason::Unanswered, "unanswered", "The request got no answer, though it was repeated."),
    always(Reason::Unreadable, "unreadable", "The answer is not in the form that was asked for."),
    always(Reason::Missing, "missing", "The answer holds fewer examples than were asked for."),
    always(
        Reason::RoleOrder,
        "role_order",
        "The messages do not alternate between user and assistant as they should, or are not as many turns as were asked for.",
    ),
    always(
        Reason::Invalid,
        "invalid",
        "chatml-validate would find an error in the record, or control characters, or a call that does not fit its tool.",
    ),
    always(Reason::TooShort, "too_short", "An answer has fewer words than response_length allows."),
    always(Reason::TooLong, "too_long", "An answer has more words than response_length allows."),
    always(Reason::Forbidden, "forbidden", "A message matches one of the forbidden patterns."),
    of_signs(
        Reason::Refusal,
        "refusal",
        When::Usually,
        &[Sign::Refusal],
        "The assistant declines to do what was asked, in an example that is not to be a negative one.",
    ),
    of_signs(
        Reason::MetaTalk,
        "meta_talk",
        When::Usually,
        &[Sign::AsAnAi],
        "The assistant speaks of itself as a language model or an AI.",
    ),
    of_signs(
        Reason::Placeholder,
        "placeholder",
        When::Usually,
        &[Sign::Placeholder],
        "A blank to be filled in was left, such as [Your Name], or dots in place of a message.",
    ),
    of_signs(
        Reason::UnclosedFence,
        "unclosed_fence",
        When::Usually,
        &[Sign::UnclosedFence],
        "The last block of code is not closed.",
    ),
    of_signs(
        Reason::Truncated,
        "truncated",
        When::Usually,
        &[Sign::Truncated],
        "A message ends in the middle of a sentence.",
    ),
    of_signs(
        Reason::Repetition,
        "repetition",
        When::Usually,
        &[Sign::Repetition],
        "The same words or lines stand there over and over.",
    ),
    of_signs(
        Reason::EchoOfPrompt,
        "echo_of_prompt",
        When::Usually,
        &[Sign::Echo],
        "The answer begins with the whole question.",
    ),
    of_signs(
        Reason::RoleMarker,
        "role_marker",
        When::Usually,
        &[Sign::RoleMarker],
        "A line starts with the name of a speaker, such as \"User:\".",
    ),
    of_signs(
        Reason::Reasoning,
        "reasoning",
        When::Usually,
        &[Sign::ThinkTag],
        "What a model thinks stands in a message, in <think> tags.",
    ),
    of_signs(
        Reason::ControlToken,
        "control_token",
        When::Usually,
        &[Sign::ControlToken],
        "A message holds what a tokenizer may read as a control token.",
    ),
    of_signs(
        Reason::FillerOpening,
        "filler_opening",
        When::Asked,
        &[Sign::FillerOpening],
        "The answer opens with praise of the question or with a word of assent that says nothing.",
    ),
    of_signs(
        Reason::Invisible,
        "invisible",
        When::Asked,
        &[Sign::Invisible],
        "A message holds a character that shows nothing.",
    ),
    of_signs(
        Reason::Secret,
        "secret",
        When::Asked,
        &[Sign::Email, Sign::Phone, Sign::CardNumber, Sign::Iban, Sign::IpAddress, Sign::ApiKey],
        "A message holds an e-mail address, a phone number, a key or the like.",
    ),
    of_signs(
        Reason::OffTopic,
        "off_topic",
        When::Asked,
        &[Sign::OffTopic],
        "The answer has no content word of the question.",
    ),
    always(Reason::Judge, "judge", "The judging model gave fewer points than quality.judge.min."),
    always(Reason::Duplicate, "duplicate", "An equal example was taken before."),
    always(
        Reason::NearDuplicate,
        "near_duplicate",
        "An example was taken before that shares at least dedup.near of its runs of five words.",
    ),
    always(
        Reason::Known,
        "known",
        "It repeats a record of the files in dedup.against, or one that it was shown.",
    ),
    always(
        Reason::Opening,
        "opening",
        "So many examples begin with the same three words that dedup.max_same_opening is reached.",
    ),
];

impl Reason {
    /// What is known about it.
    pub fn info(self) -> &'static ReasonInfo {
        &REASONS[self as usize]
    }

    /// Its name in plans and reports.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The reason of a name.
    pub fn of(name: &str) -> Option<Reason> {
        REASONS.iter().find(|info| info.name == name).map(|info| info.reason)
    }
}

/// What is said where the judge gave no points; of points a number is said first.
const UNJUDGED: &str = "the judge gave no points";

/// An example that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// What there is to say beyond that: a rule, a number, a similar example; may be empty.
    pub detail: String,
}

impl Rejection {
    /// For `reason`, with nothing to add.
    pub fn plain(reason: Reason) -> Rejection {
        Rejection { reason, detail: String::new() }
    }

    /// For want of points from the judge, which is a fault of the judge and says nothing about the example.
    pub fn unjudged(why: &str) -> Rejection {
        Rejection::new(Reason::Judge, format!("{UNJUDGED}: {why}"))
    }

    /// Is the model or the plan at fault and not the example, so that what there is to say is worth telling?
    pub fn is_fault(&self) -> bool {
        match self.reason {
            Reason::Unanswered | Reason::Unreadable | Reason::Missing | Reason::Invalid => true,
            Reason::Judge => self.detail.starts_with(UNJUDGED),
            _ => false,
        }
    }

    /// For `reason`, with more to say.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Rejection {
        Rejection { reason, detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_reasons_and_every_name_is_its_own() {
        for (at, info) in REASONS.iter().enumerate() {
            assert_eq!(info.reason as usize, at, "{}", info.name);
            assert_eq!(Reason::of(info.name), Some(info.reason));
        }
        assert_eq!(Reason::of("nonsense"), None);
    }
}

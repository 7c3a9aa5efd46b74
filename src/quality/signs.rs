//! The table of signs: every kind of trouble that is looked for in texts.

/// Who speaks a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The system prompt.
    System,
    /// The user.
    User,
    /// The model that learns.
    Assistant,
    /// A tool, or any other role.
    Other,
}

/// Where a sign is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the text of every role.
    Everywhere,
    /// In what the assistant says; a user may write so for good reason.
    Response,
    /// In a query and the response to it, together.
    Pair,
}

/// A sign of trouble. In the order of [`SIGNS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // SIGNS says what each is
pub enum Sign {
    Refusal,
    AsAnAi,
    FillerOpening,
    RoleMarker,
    ControlToken,
    Placeholder,
    UnclosedFence,
    ThinkTag,
    Replacement,
    Invisible,
    Repetition,
    Truncated,
    Echo,
    OffTopic,
    Email,
    Phone,
    CardNumber,
    Iban,
    IpAddress,
    ApiKey,
}

/// What is known about a sign.
#[derive(Debug)]
pub struct SignInfo {
    /// The sign.
    pub sign: Sign,
    /// Its name in reports and conditions.
    pub name: &'static str,
    /// Where it is looked for.
    pub place: Place,
    /// What stands for it when a text is shown, if nobody should see it.
    pub mask: Option<&'static str>,
    /// One sentence that defines it.
    pub about: &'static str,
}

const fn row(sign: Sign, name: &'static str, place: Place, about: &'static str) -> SignInfo {
    SignInfo { sign, name, place, mask: None, about }
}

const fn secret(
    sign: Sign,
    name: &'static str,
    mask: &'static str,
    about: &'static str,
) -> SignInfo {
    SignInfo { sign, name, place: Place::Everywhere, mask: Some(mask), about }
}

/// Every sign, in the order of [`Sign`].
pub const SIGNS: [SignInfo; 20] = [
    row(
        Sign::Refusal,
        "refusal",
        Place::Response,
        "One of the first sentences declines to do what was asked.",
    ),
    row(
        Sign::AsAnAi,
        "as-an-ai",
        Place::Response,
        "One of the first sentences speaks of its writer as a language model or an AI.",
    ),
    row(
        Sign::FillerOpening,
        "filler-opening",
        Place::Response,
        "The text opens with praise of the question or with a word of assent that says nothing.",
    ),
    row(
        Sign::RoleMarker,
        "role-marker",
        Place::Response,
        "A line outside of code starts with the name of a speaker, such as \"User:\" or \"### Response\".",
    ),
    row(
        Sign::ControlToken,
        "control-token",
        Place::Everywhere,
        "The text holds a string that a tokenizer may read as a control token.",
    ),
    row(
        Sign::Placeholder,
        "placeholder",
        Place::Response,
        "A blank to be filled in stands outside of code, such as \"{{name}}\", \"[Your Name]\" or \"lorem ipsum\".",
    ),
    row(
        Sign::UnclosedFence,
        "unclosed-fence",
        Place::Response,
        "The last fenced block of code is not closed.",
    ),
    row(Sign::ThinkTag, "think-tag", Place::Everywhere, "The text holds <think> or </think>."),
    row(
        Sign::Replacement,
        "replacement",
        Place::Everywhere,
        "The text holds U+FFFD, which stands for characters that were lost.",
    ),
    row(
        Sign::Invisible,
        "invisible",
        Place::Everywhere,
        "The text holds a character that shows nothing: of no width, or turning the direction of writing.",
    ),
    row(
        Sign::Repetition,
        "repetition",
        Place::Response,
        "The same words or lines stand there over and over, one right after the other.",
    ),
    row(
        Sign::Truncated,
        "truncated",
        Place::Response,
        "The text ends in the middle of a sentence.",
    ),
    row(
        Sign::Echo,
        "echo",
        Place::Pair,
        "The response begins with the whole query, word for word.",
    ),
    row(
        Sign::OffTopic,
        "off-topic",
        Place::Pair,
        "The response has no content word of the query, though both are long enough to share some.",
    ),
    secret(Sign::Email, "email", "e-mail", "The text holds an e-mail address."),
    secret(
        Sign::Phone,
        "phone",
        "phone",
        "The text holds a phone number: international, North American, or named as one.",
    ),
    secret(
        Sign::CardNumber,
        "card-number",
        "card",
        "The text holds the number of a payment card: digits of a known issuer with a right check digit.",
    ),
    secret(
        Sign::Iban,
        "iban",
        "iban",
        "The text holds an international bank account number with right check digits.",
    ),
    secret(
        Sign::IpAddress,
        "ip-address",
        "ip",
        "The text holds an IP address that is reached from the whole internet.",
    ),
    secret(
        Sign::ApiKey,
        "api-key",
        "key",
        "The text holds a private key, a signed token, or an access key of a known service.",
    ),
];

impl Sign {
    /// What is known about it.
    pub fn info(self) -> &'static SignInfo {
        &SIGNS[self as usize]
    }

    /// Its name in reports and conditions.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The sign of a name.
    pub fn of(name: &str) -> Option<Sign> {
        SIGNS.iter().find(|info| info.name == name).map(|info| info.sign)
    }

    /// Is it looked for in what `speaker` says?
    pub fn is_for(self, speaker: Speaker) -> bool {
        match self.info().place {
            Place::Everywhere => true,
            Place::Response => speaker == Speaker::Assistant,
            Place::Pair => false,
        }
    }
}

/// A set of signs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs(u32);

impl Signs {
    /// The empty set.
    pub const NONE: Signs = Signs(0);

    /// Adds a sign.
    pub fn insert(&mut self, sign: Sign) {
        self.0 |= 1 << sign as u32;
    }

    /// Adds a sign if `holds`.
    pub fn insert_if(&mut self, sign: Sign, holds: bool) {
        self.0 |= u32::from(holds) << sign as u32;
    }

    /// Adds all signs of another set.
    pub fn union(&mut self, other: Signs) {
        self.0 |= other.0;
    }

    /// Is the sign in it?
    pub fn contains(self, sign: Sign) -> bool {
        self.0 >> sign as u32 & 1 == 1
    }

    /// Is there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signs in it, in the order of [`SIGNS`].
    pub fn iter(self) -> impl Iterator<Item = Sign> {
        SIGNS.iter().map(|info| info.sign).filter(move |sign| self.contains(*sign))
    }
}

impl FromIterator<Sign> for Signs {
    fn from_iter<I: IntoIterator<Item = Sign>>(signs: I) -> Signs {
        let mut set = Signs::NONE;
        signs.into_iter().for_each(|sign| set.insert(sign));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_signs_and_its_names_are_kebab_case_and_unique() {
        for (index, info) in SIGNS.iter().enumerate() {
            assert_eq!(info.sign as usize, index);
            assert!(
                info.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                info.name
            );
            assert_eq!(Sign::of(info.name), Some(info.sign), "the name is taken twice");
            assert!(info.about.ends_with('.') && !info.about.contains('\n'), "{}", info.name);
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_lists_it_in_the_order_of_the_table() {
        let mut set = Signs::NONE;
        assert!(set.is_empty());
        set.insert(Sign::ApiKey);
        set.insert_if(Sign::Refusal, true);
        set.insert_if(Sign::Echo, false);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Sign::Refusal, Sign::ApiKey]);
        set.union([Sign::Echo].into_iter().collect());
        assert!(set.contains(Sign::Echo) && !set.contains(Sign::OffTopic));
    }

    #[test]
    fn what_users_may_write_is_looked_for_in_responses_only() {
        assert!(Sign::Email.is_for(Speaker::User) && Sign::Refusal.is_for(Speaker::Assistant));
        assert!(!Sign::Refusal.is_for(Speaker::User) && !Sign::Echo.is_for(Speaker::Assistant));
    }
}

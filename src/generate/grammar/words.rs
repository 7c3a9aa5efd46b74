//! What a phrase does with a text before it is put in: `{city|upper}`, `{product|a}`.

/// What is done with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modifier {
    /// The first letter large.
    Capital,
    /// All letters large.
    Upper,
    /// All letters small.
    Lower,
    /// The first letter small.
    Small,
    /// As it stands between the quotation marks of a JSON string.
    Json,
    /// The English plural of the last word.
    Plural,
    /// With `a` or `an` before it.
    A,
    /// In an argument or a result of a tool: a JSON number though it is a text.
    Number,
    /// In an argument or a result of a tool: a JSON string though it is a number.
    Text,
}

/// Modifiers by name.
pub(super) const MODIFIERS: &[(&str, Modifier)] = &[
    ("capital", Modifier::Capital),
    ("upper", Modifier::Upper),
    ("lower", Modifier::Lower),
    ("small", Modifier::Small),
    ("json", Modifier::Json),
    ("plural", Modifier::Plural),
    ("a", Modifier::A),
    ("number", Modifier::Number),
    ("text", Modifier::Text),
];

impl Modifier {
    /// Changes `text`.
    pub(super) fn apply(self, text: &mut String) {
        match self {
            Modifier::Capital => first(text, |c| c.to_uppercase().collect()),
            Modifier::Small => first(text, |c| c.to_lowercase().collect()),
            Modifier::Upper => *text = text.to_uppercase(),
            Modifier::Lower => *text = text.to_lowercase(),
            Modifier::Json => *text = json(text),
            Modifier::Plural => plural(text),
            Modifier::A => text.insert_str(0, if sounds_like_a_vowel(text) { "an " } else { "a " }),
            Modifier::Number | Modifier::Text => {}
        }
    }
}

fn first(text: &mut String, change: impl Fn(char) -> String) {
    if let Some(c) = text.chars().next() {
        text.replace_range(..c.len_utf8(), &change(c));
    }
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// Words whose plural follows no ending, and those that have none.
const PLURALS: &[(&str, &str)] = &[
    ("person", "people"),
    ("man", "men"),
    ("woman", "women"),
    ("child", "children"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("mouse", "mice"),
    ("goose", "geese"),
    ("knife", "knives"),
    ("shelf", "shelves"),
    ("leaf", "leaves"),
    ("loaf", "loaves"),
    ("scarf", "scarves"),
    ("half", "halves"),
    ("life", "lives"),
    ("potato", "potatoes"),
    ("tomato", "tomatoes"),
    ("hero", "heroes"),
    ("echo", "echoes"),
    ("quiz", "quizzes"),
    ("analysis", "analyses"),
    ("index", "indexes"),
    ("sheep", "sheep"),
    ("fish", "fish"),
    ("series", "series"),
    ("software", "software"),
    ("equipment", "equipment"),
    ("information", "information"),
    ("luggage", "luggage"),
];

fn plural(text: &mut String) {
    let word = text.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    if let Some((one, many)) = PLURALS.iter().find(|(one, _)| *one == word) {
        let start = text.len() - one.len();
        text.replace_range(start + 1.., many.get(1..).unwrap_or_default());
        return;
    }
    let before_y = word.chars().rev().nth(1).is_some_and(|c| !"aeiou".contains(c));
    if word.ends_with('y') && before_y {
        text.pop();
        text.push_str("ies");
    } else if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        text.push_str("es");
    } else {
        text.push('s');
    }
}

/// Beginnings that are spoken with a vowel though they are written without one.
const SILENT: &[&str] =
    &["hour", "honest", "honor", "honour", "heir", "x-ray", "mri", "sms", "sql", "html"];

/// Beginnings that are written with a vowel and spoken without one.
const SPOKEN: &[&str] =
    &["uni", "use", "usu", "usb", "eur", "one", "once", "ufo", "utensil", "url"];

fn sounds_like_a_vowel(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(12).flat_map(char::to_lowercase).collect();
    let digits = start.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return start.starts_with('8')
            || digits == 2 && (start.starts_with("11") || start.starts_with("18"));
    }
    let begins = |with: &&str| start.starts_with(*with);
    SILENT.iter().any(begins)
        || start.starts_with(['a', 'e', 'i', 'o', 'u']) && !SPOKEN.iter().any(begins)
        || start.starts_with("unin")
        || start.starts_with("unim")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(modifier: Modifier, text: &str) -> String {
        let mut text = text.to_owned();
        modifier.apply(&mut text);
        text
    }

    #[test]
    fn words_become_what_english_makes_of_them() {
        for (one, many) in [
            ("lamp", "lamps"),
            ("tea box", "tea boxes"),
            ("battery", "batteries"),
            ("key", "keys"),
            ("Wine glass", "Wine glasses"),
            ("kitchen knife", "kitchen knives"),
            ("Person", "People"),
            ("brush", "brushes"),
        ] {
            assert_eq!(made(Modifier::Plural, one), many);
        }
        for (word, with) in [
            ("lamp", "a lamp"),
            ("umbrella", "an umbrella"),
            ("USB stick", "a USB stick"),
            ("hour", "an hour"),
            ("European plug", "a European plug"),
            ("8-pack", "an 8-pack"),
            ("11 inch pan", "an 11 inch pan"),
            ("110 V adapter", "a 110 V adapter"),
            ("uninteresting book", "an uninteresting book"),
        ] {
            assert_eq!(made(Modifier::A, word), with);
        }
    }

    #[test]
    fn letters_and_quotes_are_changed_as_asked() {
        assert_eq!(made(Modifier::Capital, "éclair"), "Éclair");
        assert_eq!(made(Modifier::Capital, ""), "");
        assert_eq!(made(Modifier::Small, "The End"), "the End");
        assert_eq!(made(Modifier::Upper, "straße"), "STRASSE");
        assert_eq!(made(Modifier::Lower, "ABC"), "abc");
        assert_eq!(made(Modifier::Json, "a \"b\"\n\\"), r#"a \"b\"\n\\"#);
        assert_eq!(made(Modifier::Plural, ""), "s");
        assert_eq!(made(Modifier::A, ""), "a ");
    }
}

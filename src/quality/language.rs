//! In which language a text is written.

/// Bytes that a language is guessed from: enough for a certain guess.
const GUESSED_FROM: usize = 1000;

/// The English name of the language that texts are written in together, guessed from the trigrams of their first
/// 1,000 bytes (whatlang); none where the guess is not reliable.
pub fn language<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    let mut sample = String::new();
    for text in texts {
        let left = GUESSED_FROM.saturating_sub(sample.len());
        sample.push_str(&text[..text.floor_char_boundary(left)]);
        sample.push('\n');
    }
    let guess = whatlang::detect(&sample).filter(whatlang::Info::is_reliable)?;
    Some(guess.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_by_name_or_not_at_all() {
        let german =
            ["Der schnelle braune Fuchs springt über den faulen Hund und schläft dann ein."];
        assert_eq!(language(german), Some("German"));
        assert_eq!(language(["ok"]), None);
        assert_eq!(language([]), None);
    }
}

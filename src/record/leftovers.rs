//! What a template or a transcript leaves in a text: unfilled placeholders, and the role of who speaks.

/// `{{ name }}`: two braces, an ASCII identifier with white space around it, two braces.
pub fn placeholders(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(skip) = memchr::memmem::find(text.as_bytes().get(from..)?, b"{{") {
            let at = from + skip;
            if let Some(end) = placeholder_end(text, at) {
                from = end;
                return Some((at, &text[at..end]));
            }
            from = at + 1;
        }
        None
    })
}

fn placeholder_end(text: &str, at: usize) -> Option<usize> {
    let inside = text[at + 2..].trim_start();
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let len = inside.bytes().take_while(word).count();
    if len == 0 || inside.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let rest = inside[len..].trim_start();
    rest.starts_with("}}").then(|| text.len() - rest.len() + 2)
}

/// The role with its colon, or the heading, that a text starts with.
pub fn role_prefix(text: &str) -> Option<&str> {
    const ROLES: [&str; 5] = ["system", "user", "assistant", "human", "gpt"];
    const HEADINGS: [&str; 7] =
        ["instruction", "input", "response", "system", "user", "human", "assistant"];
    let starts = |text: &str, word: &str| {
        text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    for role in ROLES {
        if starts(text, role) && text[role.len()..].trim_start().starts_with(':') {
            let colon = text.find(':')?;
            return Some(&text[..=colon]);
        }
    }
    let heading = text.strip_prefix("###")?;
    let word = heading.trim_start();
    if word.len() == heading.len() {
        return None;
    }
    let whole = |found: &&&str| {
        let behind = word[found.len()..].chars().next();
        behind.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    };
    let found = HEADINGS.iter().filter(|heading| starts(word, heading)).find(whole)?;
    Some(&text[..text.len() - word.len() + found.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_identifiers_in_two_braces() {
        let found: Vec<_> = placeholders("{{name}} {{ a_1 }} {{1}} {{}} {{a b}} {{{x}}").collect();
        assert_eq!(found, [(0, "{{name}}"), (9, "{{ a_1 }}"), (39, "{{x}}")]);
    }

    #[test]
    fn prefixes_are_whole_words_before_a_colon_or_after_a_heading_mark() {
        assert_eq!(role_prefix("User : hi"), Some("User :"));
        assert_eq!(role_prefix("### Response\n"), Some("### Response"));
        for fine in ["users: x", "###input", "### inputs", "user", "a user: b"] {
            assert_eq!(role_prefix(fine), None, "{fine}");
        }
    }
}

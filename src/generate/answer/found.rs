//! The JSON within a text.

use serde_json::Value;

/// Texts longer than this are not searched for another place to begin at: the search takes time that grows with
/// the number of brackets times the length.
const TRIES: usize = 64;

/// The first whole object or list in `text`, or a list of the objects that stand there one behind the other. An
/// outermost value that does not end gives none: what stands within it is not what was asked for.
pub(super) fn found(text: &str) -> Option<Value> {
    for (at, _) in text.match_indices(['{', '[']).take(TRIES) {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(first)) => {
                let more: Vec<Value> =
                    values.take_while(Result::is_ok).flatten().filter(Value::is_object).collect();
                return Some(match (more.is_empty(), first.is_object()) {
                    (false, true) => std::iter::once(first).chain(more).collect(),
                    _ => first,
                });
            }
            // A bracket in the words before the JSON, such as "[sic]" or "{name}", goes wrong at once.
            Some(Err(trouble)) if !trouble.is_eof() && is_near(&text[at..], &trouble) => {}
            _ => return None,
        }
    }
    None
}

/// Did the reading go wrong within the first characters, where a sentence has brackets and no JSON?
fn is_near(text: &str, trouble: &serde_json::Error) -> bool {
    const WORD: usize = 24;
    trouble.line() == 1 && trouble.column() <= WORD.min(text.len())
        || text[1..].trim_start().starts_with(|c: char| c.is_alphabetic() || matches!(c, '{' | '%'))
}

//! How much a template may do for a record, where the engine does not count it itself: in methods of texts, and in
//! what is written of lists.

use minijinja::value::{Kwargs, StringInput, Value};
use minijinja::{Error, ErrorKind, State};

/// So many steps, or 64 bytes of text for each of them. A template that doubles a text in a loop ends at 1 GiB in
/// place of all memory. The built-in templates render records of 100 MB and of 50,000 messages; one that looks at all
/// messages for each of them gets to 1,000.
pub(super) const FUEL: u64 = 1 << 24;

/// Bytes of a text.
const TEXT: usize = 1 << 30;

/// What a value may take that is written out.
pub(super) struct Room {
    values: u64,
}

impl Room {
    pub(super) fn new() -> Room {
        Room { values: FUEL }
    }

    /// Takes the room of one more value behind so much text. A list of lists can stand for any number of them in no
    /// memory.
    pub(super) fn take(&mut self, text: usize) -> Result<(), Error> {
        self.values = self.values.checked_sub(1).ok_or_else(exhausted)?;
        fits(Some(text))
    }

    /// Trouble if there is no room for a list of so many.
    pub(super) fn holds(&self, values: Option<usize>) -> Result<(), Error> {
        let fits = values.is_none_or(|values| values as u64 <= self.values);
        if fits { Ok(()) } else { Err(exhausted()) }
    }
}

/// Trouble if a text would have more bytes than a template may write.
fn fits(bytes: Option<usize>) -> Result<(), Error> {
    bytes.filter(|bytes| *bytes <= TEXT).map(|_| ()).ok_or_else(exhausted)
}

fn exhausted() -> Error {
    Error::from(ErrorKind::OutOfFuel)
}

/// Trouble if the result of a method of a text would be too large, before it is made.
pub(super) fn check_method(text: &str, method: &str, args: &[Value]) -> Result<(), Error> {
    match (method, args) {
        ("replace", [old, new, ..]) => {
            let (old, new) = (old.as_str().unwrap_or_default(), new.as_str().unwrap_or_default());
            let places = text.matches(old).count();
            fits(places.checked_mul(new.len()).and_then(|more| more.checked_add(text.len())))
        }
        ("join", [values, ..]) => check_join(values, text),
        ("format", args) => check_format(text, args),
        _ => Ok(()),
    }
}

/// Trouble if the texts of a list have too much room together.
fn check_join(values: &Value, separator: &str) -> Result<(), Error> {
    let mut room = Room::new();
    let mut bytes = 0_usize;
    for value in values.try_iter().into_iter().flatten() {
        let own = value.as_str().map_or(0, str::len) + separator.len();
        bytes = bytes.saturating_add(own);
        room.take(bytes)?;
    }
    Ok(())
}

/// Trouble if numbers in a format, which are widths, or its arguments at all of its places come to too much.
fn check_format(text: &str, args: &[Value]) -> Result<(), Error> {
    let fields = text.split('{').skip(1).map(|field| field.split('}').next().unwrap_or_default());
    let numbers = fields.flat_map(|field| field.split(|c: char| !c.is_ascii_digit()));
    let numbers = numbers.filter(|digits| !digits.is_empty());
    let widths = numbers.map(|digits| digits.parse().unwrap_or(usize::MAX));
    let widths = widths.fold(0, usize::saturating_add);
    let longest = args.iter().map(longest).max().unwrap_or(0);
    let places = text.matches('{').count();
    fits(places.checked_mul(longest).and_then(|all| all.checked_add(widths)))
}

/// The longest text that an argument is, or, of named ones, that one of them is.
fn longest(value: &Value) -> usize {
    let of = |value: &Value| value.as_str().map_or(0, str::len);
    let named = value.is_kwargs().then(|| value.try_iter().into_iter().flatten());
    let named = named.into_iter().flatten().filter_map(|name| value.get_item(&name).ok());
    named.map(|value| of(&value)).chain([of(value)]).max().unwrap_or(0)
}

/// The filter `join` of the engine, which counts what stands between the texts, but not the texts.
pub(super) fn join(
    state: &mut State<'_, '_>,
    value: &Value,
    joiner: Option<StringInput<'_>>,
    attribute: Option<&str>,
    kwargs: Kwargs,
) -> Result<Value, Error> {
    check_join(value, "")?;
    minijinja::filters::join(state, value, joiner, attribute, kwargs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_method_would_make_is_known_before() {
        let of = |text: &str| Value::from(text);
        let long = "b".repeat(1 << 20);
        let table: [(&str, &str, &[Value], bool); 9] = [
            ("abc", "replace", &[of("b"), of(&long)], true),
            (&"b".repeat(1 << 11), "replace", &[of("b"), of(&long)], false),
            ("a", "upper", &[], true),
            (&long, "join", &[Value::from(vec![1; 9])], true),
            (&long, "join", &[Value::from(vec![1; 1 << 11])], false),
            ("{:>99} 99999999999", "format", &[of("x")], true),
            ("{:>99999999999}", "format", &[of("x")], false),
            ("{0}{0}", "format", &[of(&long)], true),
            (&"{0}".repeat(1 << 11), "format", &[of(&long)], false),
        ];
        for (text, method, args, fits) in table {
            assert_eq!(check_method(text, method, args).is_ok(), fits, "{method} {text:.20}");
        }
    }

    #[test]
    fn room_is_taken_value_by_value() {
        let mut room = Room { values: 2 };
        assert!(room.holds(Some(2)).is_ok() && room.holds(Some(3)).is_err());
        assert!(room.take(9).is_ok() && room.take(TEXT).is_ok() && room.take(9).is_err());
        assert!(Room::new().take(TEXT + 1).is_err());
    }
}

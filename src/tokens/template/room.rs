//! How much a template may do for a record, where the engine does not count it itself: in methods of texts, and in
//! what is written of lists.

use std::cell::Cell;

use minijinja::value::{Kwargs, Rest, StringInput, Value, ValueKind, ValueOrKwargs};
use minijinja::{Error, ErrorKind, State};

/// So many steps, or 64 bytes of text for each of them. A template that doubles a text in a loop ends at 1 GiB in
/// place of all memory. The built-in templates render records of 100 MB and of 50,000 messages; one that looks at all
/// messages for each of them gets to 1,000.
pub(super) const FUEL: u64 = 1 << 24;

/// Levels of lists and dicts that are written. Records have at most 128; a template could nest on.
pub(super) const DEPTH_LIMIT: usize = 300;

/// Bytes of a text.
const TEXT: usize = 1 << 30;

thread_local! {
    /// Values that the render of this thread may still look at. The engine's own fuel cannot be taken from outside
    /// of it, and one call that writes a list out may cost as much as all of it.
    static LEFT: Cell<u64> = const { Cell::new(FUEL) };
}

/// A render begins, with all of its room.
pub(super) fn begin() {
    LEFT.set(FUEL);
}

/// Takes the room of one more value behind so much text. A list of lists can stand for any number of them in no
/// memory.
pub(super) fn take(text: usize) -> Result<(), Error> {
    LEFT.set(LEFT.get().checked_sub(1).ok_or_else(exhausted)?);
    fits(Some(text))
}

/// Trouble if there is no room for a list of so many.
pub(super) fn holds(values: Option<usize>) -> Result<(), Error> {
    let fits = values.is_none_or(|values| values as u64 <= LEFT.get());
    if fits { Ok(()) } else { Err(exhausted()) }
}

/// Trouble if a text would have more bytes than a template may write.
fn fits(bytes: Option<usize>) -> Result<(), Error> {
    bytes.filter(|bytes| *bytes <= TEXT).map(|_| ()).ok_or_else(exhausted)
}

/// Trouble if a text of so many bytes may become too large, each byte becoming at most so many.
pub(super) fn check_growth(bytes: usize, times: usize) -> Result<(), Error> {
    fits(bytes.checked_mul(times))
}

fn exhausted() -> Error {
    Error::from(ErrorKind::OutOfFuel)
}

/// Trouble if the result of a method of a text would be too large, before it is made.
pub(super) fn check_method(text: &str, method: &str, args: &[Value]) -> Result<(), Error> {
    match (method, args) {
        ("replace", [old, new, times @ ..]) => {
            let (old, new) = (old.as_str().unwrap_or_default(), new.as_str().unwrap_or_default());
            let times = times.first().and_then(|times| usize::try_from(times.clone()).ok());
            let places = text.matches(old).take(times.unwrap_or(usize::MAX)).count();
            fits(places.checked_mul(new.len()).and_then(|more| more.checked_add(text.len())))
        }
        ("join", [values, ..]) => check_join(values, text),
        ("format", args) => check_format(text, args),
        _ => Ok(()),
    }
}

/// Trouble if what is joined has too much room together.
fn check_join(values: &Value, separator: &str) -> Result<(), Error> {
    let mut bytes = 0_usize;
    for value in values.try_iter().into_iter().flatten() {
        bytes = bytes.saturating_add(separator.len());
        weigh(&value, 0, &mut bytes)?;
    }
    Ok(())
}

/// Adds what a value has as text, or nearly: at least its texts, however deep they stand. Deeper than lists are
/// written elsewhere there is no room.
fn weigh(value: &Value, depth: usize, bytes: &mut usize) -> Result<(), Error> {
    if depth > DEPTH_LIMIT {
        return Err(exhausted());
    }
    let depth = depth + 1;
    *bytes = bytes.saturating_add(value.as_str().map_or(1, str::len));
    take(*bytes)?;
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable if value.len().is_some() => {
            value.try_iter().into_iter().flatten().try_for_each(|item| weigh(&item, depth, bytes))
        }
        ValueKind::Map => value.try_iter().into_iter().flatten().try_for_each(|key| {
            weigh(&key, depth, bytes)?;
            value.get_item(&key).map_or(Ok(()), |member| weigh(&member, depth, bytes))
        }),
        _ => Ok(()),
    }
}

/// Trouble if numbers in a format, which are widths, or its arguments at all of its places come to too much.
fn check_format(text: &str, args: &[Value]) -> Result<(), Error> {
    // Braces that stand for themselves.
    let text = text.replace("{{", "").replace("}}", "");
    let fields = text.split('{').skip(1).map(|field| field.split('}').next().unwrap_or_default());
    let numbers = fields.flat_map(|field| field.split(|c: char| !c.is_ascii_digit()));
    let numbers = numbers.filter(|digits| !digits.is_empty());
    let widths = numbers.map(|digits| digits.parse().unwrap_or(usize::MAX));
    let widths = widths.fold(0, usize::saturating_add);
    let mut longest = 0;
    for value in args {
        let mut bytes = 0;
        weigh(value, 0, &mut bytes)?;
        longest = longest.max(bytes);
    }
    let places = text.matches('{').count();
    fits(places.checked_mul(longest).and_then(|all| all.checked_add(widths)))
}

/// Trouble if the arguments of a format as C has it come to too much: each is taken once, or wherever it is named.
fn check_printf(text: &str, args: &[ValueOrKwargs]) -> Result<(), Error> {
    let (mut all, mut longest) = (text.len(), 0);
    for value in args {
        let mut bytes = 0;
        weigh(value, 0, &mut bytes)?;
        all = all.saturating_add(bytes);
        longest = longest.max(bytes);
    }
    fits(text.matches("%(").count().checked_mul(longest).and_then(|more| more.checked_add(all)))
}

/// The filter `format` of the engine, which counts widths before it writes, but not the arguments.
pub(super) fn format(
    state: &mut State<'_, '_>,
    format: &Value,
    args: Rest<ValueOrKwargs>,
) -> Result<Value, Error> {
    check_printf(format.as_str().unwrap_or_default(), &args)?;
    minijinja::filters::format(state, format, args)
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
    fn what_stands_deep_in_a_list_counts_as_well() {
        let long = Value::from(vec![Value::from("b".repeat(1 << 20))]);
        let many = Value::from(vec![long.clone(); 1 << 11]);
        for (method, text, args, fits) in [
            ("join", ",", [Value::from(vec![long.clone(); 3])], true),
            ("join", ",", [many], false),
            ("format", &"{0}".repeat(1 << 11), [long.clone()], false),
            ("format", "{0} {{99999999999}}", [long], true),
        ] {
            begin();
            assert_eq!(check_method(text, method, &args).is_ok(), fits, "{method}");
        }
    }

    #[test]
    fn arguments_of_a_format_count_as_often_as_they_are_written() {
        let long = || ValueOrKwargs::from(Value::from("b".repeat(1 << 20)));
        let few = vec![long()];
        let many: Vec<_> = (0..1 << 10).map(|_| long()).collect();
        let named = "%(a)s".repeat(1 << 10);
        for (text, args, is_room) in [
            ("%s %d", &few, true),
            (&"%d".repeat(1 << 10), &few, true),
            (&named, &few, false),
            ("%s", &many, false),
        ] {
            begin();
            assert_eq!(check_printf(text, args).is_ok(), is_room, "{text:.20}");
        }
        assert!(check_growth(9, 5).is_ok() && check_growth(TEXT / 4, 5).is_err());
    }

    #[test]
    fn room_is_taken_value_by_value_until_the_render_ends() {
        LEFT.set(2);
        assert!(holds(Some(2)).is_ok() && holds(Some(3)).is_err());
        assert!(take(9).is_ok() && take(TEXT).is_ok() && take(9).is_err());
        begin();
        assert!(take(9).is_ok() && take(TEXT + 1).is_err());
    }
}

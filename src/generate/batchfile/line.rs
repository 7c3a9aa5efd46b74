//! The lines of requests and of answers.

use serde_json::{Value, json};

use crate::generate::backend::Usage;

/// An example that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::generate) struct Named {
    pub attempt: u32,
    pub slot: u64,
}

/// The `custom_id` of a request for these examples: `12a0-15a0-q1b2c3d4e`, each as slot and attempt, and behind them
/// the [`Mark`] of what is asked. Letters, digits and hyphens are what all batch services take.
pub(super) fn custom_id(examples: &[Named], mark: Mark) -> String {
    let names = examples.iter().map(|named| format!("{}a{}", named.slot, named.attempt));
    let mut names: Vec<String> = names.collect();
    names.push(format!("q{:08x}", mark.0));
    names.join("-")
}

/// Tells requests for the same examples apart: an answer to what another plan asked is none to this one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::generate) struct Mark(pub u32);

/// The examples that a `custom_id` names, and the mark, if it has one.
pub(super) fn named(custom_id: &str) -> Option<(Vec<Named>, Option<Mark>)> {
    let Some((rest, mark)) = custom_id.split_once("-q") else {
        return Some((examples(custom_id)?, None));
    };
    let is_mark = mark.len() == 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mark = u32::from_str_radix(mark, 16).ok().filter(|_| is_mark)?;
    Some((examples(rest)?, Some(Mark(mark))))
}

fn examples(custom_id: &str) -> Option<Vec<Named>> {
    let named = |name: &str| {
        let (slot, attempt) = name.split_once('a')?;
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(slot) && digits(attempt)).then_some(())?;
        Some(Named { attempt: attempt.parse().ok()?, slot: slot.parse().ok()? })
    };
    custom_id.split('-').map(named).collect()
}

/// A request as a line.
pub(super) fn request(examples: &[Named], mark: Mark, body: Value) -> Value {
    json!({"custom_id": custom_id(examples, mark), "method": "POST", "url": "/v1/chat/completions", "body": body})
}

/// An answer that was brought.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::generate) struct Brought {
    pub examples: Vec<Named>,
    /// What was asked; none if the line does not tell.
    pub mark: Option<Mark>,
    /// The text and why it ended, or why there is none.
    pub said: Result<(String, Option<String>), String>,
    pub usage: Option<Usage>,
    pub model: Option<String>,
}

/// Reads a line of answers: of OpenAI's batch service, or `{"custom_id": ..., "text": ...}`.
pub(super) fn answer(line: &[u8]) -> Result<Brought, String> {
    brought(&serde_json::from_slice(line).map_err(|_| "is no JSON".to_owned())?)
}

/// Reads a line of answers that is parsed.
pub(in crate::generate) fn brought(value: &Value) -> Result<Brought, String> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = text(value, "custom_id").ok_or("has no custom_id")?;
    let (examples, mark) = named(&id).ok_or_else(|| {
        format!(
            "has a custom_id that no request of `prompts` has: {}",
            crate::record::text::quote(&id, 60)
        )
    })?;
    if let Some(said) = text(value, "text") {
        let said = Ok((said, text(value, "finish")));
        return Ok(Brought { examples, mark, said, usage: None, model: text(value, "model") });
    }
    if value.get("url").is_some() && value.get("body").is_some() {
        return Err("is a request, and no answer to one".to_owned());
    }
    let response = value.get("response").filter(|response| !response.is_null());
    let Some(response) = response else {
        let error = value.get("error").unwrap_or(&Value::Null);
        let why = text(error, "message").unwrap_or_else(|| error.to_string());
        return Ok(Brought { examples, mark, said: Err(why), usage: None, model: None });
    };
    let body = response.get("body").unwrap_or(response);
    let status = response.get("status_code").and_then(Value::as_u64).unwrap_or(200);
    let usage = body.get("usage").and_then(|usage| {
        let count = |name: &str| usage.get(name).and_then(Value::as_u64);
        Some(Usage { input: count("prompt_tokens")?, output: count("completion_tokens")? })
    });
    let choice = body.pointer("/choices/0");
    let said = choice.and_then(|choice| choice.pointer("/message/content")).and_then(Value::as_str);
    let said = match said {
        Some(said) if status == 200 => {
            Ok((said.to_owned(), choice.and_then(|choice| text(choice, "finish_reason"))))
        }
        _ => Err(format!("status {status}: {}", why(body))),
    };
    Ok(Brought { examples, mark, said, usage, model: text(body, "model") })
}

fn why(body: &Value) -> String {
    let error = body.get("error").unwrap_or(&Value::Null);
    match error.get("message").and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None => "no answer in it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Named = Named { attempt: 2, slot: 12 };

    #[test]
    fn a_custom_id_names_its_examples() {
        let two = [ONE, Named { attempt: 0, slot: 5 }];
        assert_eq!(custom_id(&two, Mark(0xabc)), "12a2-5a0-q00000abc");
        assert_eq!(named("12a2-5a0-q00000abc").unwrap(), (two.to_vec(), Some(Mark(0xabc))));
        assert_eq!(named("12a2-5a0").unwrap(), (two.to_vec(), None));
        for wrong in [
            "",
            "12",
            "a",
            "1a",
            "a1",
            "1a2-",
            "+1a2",
            "1a-2",
            "99999999999999999999a0",
            "x",
            "1a2-q",
            "1a2-q+0000abc",
            "1a2-q00000abc0",
            "-q00000abc",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_of_a_batch_service_is_read() {
        let line = br#"{"id":"b","custom_id":"12a2","response":{"status_code":200,"body":{"model":"m","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}},"error":null}"#;
        let brought = answer(line).unwrap();
        assert_eq!(brought.said, Ok(("hi".to_owned(), Some("stop".to_owned()))));
        assert_eq!(brought.usage, Some(Usage { input: 7, output: 3 }));
        assert_eq!((brought.examples, brought.model), (vec![ONE], Some("m".to_owned())));
    }

    #[test]
    fn a_plain_answer_is_read_and_a_failed_one_says_why() {
        let said = |line: &[u8]| answer(line).unwrap().said;
        assert_eq!(said(br#"{"custom_id":"1a0","text":"hi"}"#), Ok(("hi".to_owned(), None)));
        let failed =
            br#"{"custom_id":"1a0","response":null,"error":{"code":"x","message":"expired"}}"#;
        assert_eq!(said(failed), Err("expired".to_owned()));
        let refused = br#"{"custom_id":"1a0","response":{"status_code":429,"body":{"error":{"message":"slow"}}}}"#;
        assert_eq!(said(refused), Err("status 429: slow".to_owned()));
        assert_eq!(answer(b"{").unwrap_err(), "is no JSON");
        assert_eq!(answer(br#"{"text":"hi"}"#).unwrap_err(), "has no custom_id");
        let asked = request(&[ONE], Mark(7), json!({}));
        assert_eq!(brought(&asked).unwrap_err(), "is a request, and no answer to one");
        assert!(answer(br#"{"custom_id":"mine","text":"hi"}"#).unwrap_err().contains("\"mine\""));
    }
}

//! From what a server says to the class of the fault.
//!
//! Status codes alone do not tell what passes from what stays: 429 is both a limit a minute and an empty account,
//! 400 both a request that is too long and one that is wrong. So the words of the body decide first. The words are
//! those that OpenAI, Azure, OpenRouter, vLLM, llama.cpp, Ollama and their kin are known to use.

use serde_json::Value;

use super::class::Class;
use super::habits::Parameter;

/// What a server says of an error.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words {
    /// For people.
    pub(super) message: String,
    /// Everything in which a word may stand, in small letters.
    all: String,
}

/// Most of a body that is searched for words.
const SEARCHED: usize = 4096;

impl Words {
    /// What a body says: of JSON its `error`, else all of it.
    pub(super) fn read(body: &str) -> Words {
        let json: Option<Value> = serde_json::from_str(body).ok();
        match json.as_ref() {
            Some(json) => {
                Words::of(json.get("error").filter(|error| !error.is_null()).unwrap_or(json))
            }
            None => Words::of(&Value::String(body.to_owned())),
        }
    }

    /// What the value of `error` says: a text, or an object with a message.
    pub(super) fn of(error: &Value) -> Words {
        let all = match error {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let message = ["message", "detail", "error", "msg"]
            .iter()
            .find_map(|name| error.get(name).and_then(Value::as_str))
            .unwrap_or(&all)
            .to_owned();
        let end = all.floor_char_boundary(SEARCHED);
        let all = all.get(..end).unwrap_or_default().to_lowercase();
        Words { message, all }
    }

    fn has(&self, words: &[&str]) -> bool {
        words.is_empty() || words.iter().any(|word| self.all.contains(word))
    }
}

/// A class, the statuses at which it is looked for, and words of which one must be there. The first row that fits
/// decides.
struct Row(&'static [u16], &'static [&'static str], Class);

static ROWS: &[Row] = &[
    Row(
        &[400, 402, 403, 429],
        &[
            "insufficient_quota",
            "exceeded your current quota",
            "billing",
            "insufficient credits",
            "insufficient balance",
            "credit balance",
        ],
        Class::Quota,
    ),
    Row(&[402], &[], Class::Quota),
    Row(&[500], &["peg-native", "does not match the expected"], Class::CutShape),
    Row(
        &[400, 413, 422, 500],
        &[
            "context_length_exceeded",
            "exceed_context_size",
            "context length",
            "context size",
            "context window",
            "prompt is too long",
            "input is too long",
            "reduce the length",
        ],
        Class::Context,
    ),
    Row(&[413], &[], Class::Context),
    Row(
        &[400, 403, 422],
        &["content_filter", "content_policy", "content management policy", "moderation", "flagged"],
        Class::Filtered,
    ),
    Row(
        &[400, 404, 422, 500, 501],
        &[
            "response_format",
            "json_schema",
            "json_object",
            "json schema",
            "structured output",
            "grammar",
            "requested parameters",
        ],
        Class::Shape,
    ),
    Row(&[401], &[], Class::Unauthorized),
    Row(&[403], &[], Class::Forbidden),
    Row(&[404, 405, 410], &[], Class::NotFound),
    Row(&[408, 409, 425], &[], Class::Busy),
    Row(&[429], &[], Class::RateLimited),
    Row(&[503, 529], &[], Class::Overloaded),
];

/// The class of an answer with this status and these words, and the parameter that is not understood, if it is
/// about one.
pub(super) fn classify(status: u16, words: &Words) -> (Class, Option<Parameter>) {
    let fits = |row: &&Row| row.0.contains(&status) && words.has(row.1);
    if let Some(row) = ROWS.iter().find(fits) {
        return (row.2, None);
    }
    if [400, 422].contains(&status)
        && let Some(parameter) = Parameter::named(&words.all)
    {
        return (Class::Parameter, Some(parameter));
    }
    let class = match status {
        500.. => Class::Server,
        300..400 => Class::Redirect,
        400.. => Class::Refused,
        _ => Class::Garbled,
    };
    (class, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statuses and bodies as servers send them.
    const TABLE: &[(u16, &str, Class)] = &[
        (
            429,
            r#"{"error":{"message":"Rate limit reached for requests","code":"rate_limit_exceeded"}}"#,
            Class::RateLimited,
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            Class::Quota,
        ),
        (429, "", Class::RateLimited),
        (
            402,
            r#"{"error":{"code":402,"message":"This request requires more credits"}}"#,
            Class::Quota,
        ),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#,
            Class::Context,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":2048}}"#,
            Class::Context,
        ),
        (413, "<html>Request Entity Too Large</html>", Class::Context),
        (
            400,
            r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","code":"content_filter"}}"#,
            Class::Filtered,
        ),
        (
            400,
            r#"{"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."}}"#,
            Class::Shape,
        ),
        (400, r#"{"error":{"code":400,"message":"failed to parse grammar"}}"#, Class::Shape),
        (
            404,
            r#"{"error":{"message":"No endpoints found that can handle the requested parameters.","code":404}}"#,
            Class::Shape,
        ),
        (
            500,
            r#"{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format","type":"server_error"}}"#,
            Class::CutShape,
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#,
            Class::Parameter,
        ),
        (
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
            Class::Parameter,
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.9 with this model.","param":"temperature"}}"#,
            Class::Parameter,
        ),
        (400, r#"{"error":"messages must not be empty"}"#, Class::Refused),
        (422, r#"{"detail":"messages: field required"}"#, Class::Refused),
        (418, "", Class::Refused),
        (401, r#"{"error":{"message":"Incorrect API key provided"}}"#, Class::Unauthorized),
        (403, r#"{"error":{"message":"Project does not have access to model"}}"#, Class::Forbidden),
        (
            404,
            r#"{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}"#,
            Class::NotFound,
        ),
        (404, "404 page not found", Class::NotFound),
        (408, "", Class::Busy),
        (409, "", Class::Busy),
        (425, "", Class::Busy),
        (500, r#"{"error":{"message":"The server had an error"}}"#, Class::Server),
        (502, "<html>Bad Gateway</html>", Class::Server),
        (503, r#"{"error":{"code":503,"message":"Loading model"}}"#, Class::Overloaded),
        (529, "overloaded", Class::Overloaded),
        (301, "", Class::Redirect),
        (204, "", Class::Garbled),
    ];

    #[test]
    fn statuses_and_words_say_the_class() {
        for (status, body, class) in TABLE {
            let words = Words::read(body);
            assert_eq!(classify(*status, &words).0, *class, "{status} {body}");
        }
    }

    #[test]
    fn the_message_is_found_where_servers_put_it() {
        let message = |body: &str| Words::read(body).message;
        assert_eq!(message(r#"{"error":{"message":"a"}}"#), "a");
        assert_eq!(message(r#"{"error":"b"}"#), "b");
        assert_eq!(message(r#"{"detail":"c"}"#), "c");
        assert_eq!(message("plain"), "plain");
        assert_eq!(message(r#"{"error":null,"message":"d"}"#), "d");
    }
}

//! Chat templates: the text that a model is trained on, made of a conversation.
//!
//! A model does not see messages. It sees one text in which a template of its own, in the language
//! Jinja2, has written roles, ends of turns, tools and dates between them. How many tokens a record has,
//! and which of them are trained on, is known only from that text. So templates are rendered as the
//! transformers library renders them, byte for byte, and what stands between `{% generation %}` and
//! `{% endgeneration %}` comes with its place.

mod date;
mod environment;
mod json;
mod load;
mod methods;
mod room;
mod source;
mod values;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use minijinja::value::Value;
use minijinja::{Environment, ErrorKind};
use xxhash_rust::xxh3::Xxh3;

use self::environment::Raised;
use self::values::Variables;
use crate::error::{Error, Result};
use crate::record;

pub use self::load::{BuiltIn, TEMPLATES, config_of, files};

/// Renders conversations; to be loaded once and shared by all threads.
#[derive(Debug)]
pub struct Template {
    name: String,
    has_marks: bool,
    has_tool_use: bool,
    environment: Environment<'static>,
    special_tokens: Vec<(String, String)>,
    /// The names that the template takes from outside.
    uses: BTreeSet<String>,
    /// Of the template itself.
    digest_of_text: u128,
    /// Characters for private use that stand in the template itself and so cannot be marks.
    own: Vec<char>,
    /// The moment that `strftime_now` gives.
    date: String,
}

/// A rendered conversation. To be reused from record to record, since it keeps its memory.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The whole text.
    pub text: String,
    /// The byte ranges of `text` that are trained on, in order, apart; one is empty where marks hold
    /// nothing. None if the template has no marks.
    pub trained: Vec<Range<usize>>,
}

/// Why a template cannot be rendered for a record. One line without control characters, but with words of
/// the record and of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateFault {
    /// The record has no message list, or one of things that are no messages.
    NoMessages,
    /// The template refuses the conversation by `raise_exception`, with this reason.
    Refused(String),
    /// The template meets what it does not handle, as a missing key.
    Failed(String),
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TemplateFault::NoMessages => f.write_str("no messages to render"),
            TemplateFault::Refused(reason) => write!(f, "refused by the template: {reason}"),
            TemplateFault::Failed(reason) => write!(f, "the template fails: {reason}"),
        }
    }
}

impl std::error::Error for TemplateFault {}

/// The names under which the engine knows the templates.
const DEFAULT: &str = "default";
const TOOL_USE: &str = "tool_use";

impl Template {
    /// Loads the template that `spec` names: one of [`TEMPLATES`], else the path of a template in Jinja2,
    /// of a `tokenizer_config.json`, or of a model's folder with `chat_template.jinja` or
    /// `tokenizer_config.json`.
    ///
    /// Special tokens such as `bos_token` are taken from the `tokenizer_config.json` beside the template;
    /// without one they are undefined, as they are without a tokenizer. Of several templates with names,
    /// `tool_use` is for records with tools and `default` for all others.
    ///
    /// `date` is what `strftime_now` gives: `YYYY-MM-DD`, with `THH:MM` or `THH:MM:SS` behind it if need
    /// be; None is the day of now in coordinated universal time, the same for all records.
    ///
    /// [`Error::Usage`] if there is no such template, if it is no valid template (with the line), or if
    /// the date is none; [`Error::Open`] and [`Error::Read`] if a file cannot be read.
    pub fn load(spec: &str, date: Option<&str>) -> Result<Template> {
        let moment = match date {
            None => date::Moment::today(),
            Some(text) => date::Moment::parse(text).ok_or_else(|| {
                Error::Usage(format!("not a date: '{text}'; write it as 2026-01-31"))
            })?,
        };
        let loaded = load::load(spec)?;
        let mut digest = Xxh3::new();
        for text in [Some(&loaded.text), loaded.tool_use.as_ref()] {
            update(&mut digest, text.map_or("", String::as_str));
        }
        let wrong = |e: minijinja::Error| {
            let line = e.line().map(|line| format!("line {line}: ")).unwrap_or_default();
            Error::Usage(format!("chat template {spec}: {line}{}", reason(&e)))
        };
        let mut environment = environment::environment(moment).map_err(wrong)?;
        let default = source::translate(&loaded.text);
        let own = private(&default.text).chain(loaded.tool_use.iter().flat_map(|t| private(t)));
        let own = own.collect();
        environment.add_template_owned(DEFAULT, default.text).map_err(wrong)?;
        let mut has_marks = default.has_marks;
        if let Some(text) = &loaded.tool_use {
            let tool_use = source::translate(text);
            has_marks |= tool_use.has_marks;
            environment.add_template_owned(TOOL_USE, tool_use.text).map_err(wrong)?;
        }
        let templates = environment.templates();
        let uses =
            templates.flat_map(|(_, template)| template.undeclared_variables(false)).collect();
        Ok(Template {
            name: spec.to_owned(),
            has_marks,
            has_tool_use: loaded.tool_use.is_some(),
            environment,
            special_tokens: loaded.special_tokens,
            uses,
            digest_of_text: digest.digest128(),
            own,
            date: moment.to_string(),
        })
    }

    /// The moment that it is told, if it asks for one: `YYYY-MM-DD`, with `THH:MM:SS` behind it but for midnight.
    pub fn date(&self) -> Option<&str> {
        self.uses("strftime_now").then_some(self.date.as_str())
    }

    /// The name it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A digest of the template and of the special tokens that it asks for: of what it writes.
    pub fn digest(&self) -> u128 {
        let mut digest = Xxh3::new();
        digest.update(&self.digest_of_text.to_le_bytes());
        // By its text, which names more than `uses`: a name that is also set in it may still come from outside.
        let asked_for = |(name, _): &&(String, String)| self.holds(name);
        let mut tokens: Vec<_> = self.special_tokens.iter().filter(asked_for).collect();
        tokens.sort_unstable();
        for (name, text) in tokens {
            update(&mut digest, name);
            update(&mut digest, text);
        }
        digest.digest128()
    }

    /// Does it ask for this variable?
    pub fn uses(&self, name: &str) -> bool {
        self.uses.contains(name)
    }

    /// Does this stand in its text?
    pub fn holds(&self, text: &str) -> bool {
        self.environment.templates().any(|(_, template)| template.source().contains(text))
    }

    /// The special tokens that it asks for and nothing defines: they are empty texts in what it writes.
    pub fn undefined_tokens(&self) -> impl Iterator<Item = &str> {
        let names = self.uses.iter().map(String::as_str);
        names.filter(|name| {
            name.ends_with("_token") && self.special_tokens.iter().all(|(known, _)| known != name)
        })
    }

    /// Defines a special token such as `bos_token`, whatever was known of it.
    pub fn define(&mut self, name: &str, text: &str) {
        self.special_tokens.retain(|(known, _)| known != name);
        self.special_tokens.push((name.to_owned(), text.to_owned()));
    }

    /// Defines the special tokens that nothing defines by the `tokenizer_config.json` of a model, if its folder has
    /// one.
    ///
    /// [`Error::Usage`] if that file is no JSON; [`Error::Open`] and [`Error::Read`] if it cannot be read.
    pub fn complete_from(&mut self, model: &Path) -> Result<()> {
        let undefined: Vec<String> = self.undefined_tokens().map(str::to_owned).collect();
        for (name, text) in load::special_tokens_of(model)? {
            if undefined.contains(&name) {
                self.define(&name, &text);
            }
        }
        Ok(())
    }

    /// Does it say what is trained on, by `{% generation %}`?
    pub fn has_marks(&self) -> bool {
        self.has_marks
    }

    /// Renders a record as `apply_chat_template` does: its `messages` with its `tools` and `documents`,
    /// without a prompt for a next answer. Members of `chat_template_kwargs` are variables of the template,
    /// as trainers hand them on.
    ///
    /// After a fault, what is in `out` is of no use.
    pub fn render(
        &self,
        record: record::Value<'_>,
        out: &mut Rendered,
    ) -> std::result::Result<(), TemplateFault> {
        room::begin();
        out.trained.clear();
        let mut text = std::mem::take(&mut out.text).into_bytes();
        text.clear();
        let (marks, variables) = self.variables(record)?;
        let name = match record.get("tools") {
            Some(tools) if self.has_tool_use && !tools.is_null() => TOOL_USE,
            _ => DEFAULT,
        };
        self.environment
            .get_template(name)
            .and_then(|template| {
                template.render_captured_to(Value::from_object(variables), &mut text).map(drop)
            })
            .map_err(|e| fault(&e))?;
        // The engine writes whole characters only.
        out.text = String::from_utf8(text).unwrap_or_default();
        if self.has_marks {
            take_marks(out, marks);
        }
        Ok(())
    }

    /// What the template sees of a record, with the marks of trained text.
    fn variables(
        &self,
        record: record::Value<'_>,
    ) -> std::result::Result<([char; 2], Variables), TemplateFault> {
        let list = record.get("messages").ok_or(TemplateFault::NoMessages)?;
        if list.is_empty() || !list.items().all(|message| message.is_object()) {
            return Err(TemplateFault::NoMessages);
        }
        let marks = if self.has_marks { self.marks(record)? } else { MARKS };
        let messages = list.items().map(values::message).collect::<Vec<Value>>();
        let of_record = |name: &str| record.get(name).map_or(Value::from(()), values::of);
        let special = self.special_tokens.iter();
        let mut variables: Vec<(String, Value)> =
            special.map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
        let mut set = |name: &str, value| variables.push((name.to_owned(), value));
        if let Some(more) = record.get("chat_template_kwargs") {
            for (key, value) in more.members() {
                set(key.as_str().unwrap_or_default(), values::of(value));
            }
        }
        set("messages", Value::from_object(messages));
        set("tools", of_record("tools"));
        set("documents", of_record("documents"));
        set("add_generation_prompt", Value::from(false));
        set(source::OPEN, Value::from(marks[0].to_string()));
        set(source::CLOSE, Value::from(marks[1].to_string()));
        Ok((marks, Variables(variables)))
    }

    /// Two characters that neither the template nor the record holds.
    fn marks(&self, record: record::Value<'_>) -> std::result::Result<[char; 2], TemplateFault> {
        let mut taken: Vec<char> = self.own.clone();
        for text in record.descendants().filter_map(|value| value.as_str()) {
            taken.extend(private(text));
        }
        if taken.is_empty() {
            return Ok(MARKS);
        }
        taken.sort_unstable();
        let mut free = PRIVATE.filter(|c| taken.binary_search(c).is_err());
        match (free.next(), free.next()) {
            (Some(open), Some(close)) => Ok([open, close]),
            _ => Err(TemplateFault::Failed(
                "the record holds every character that could mark trained text".to_owned(),
            )),
        }
    }
}

/// Adds a text with its length, so that two texts are told from one.
fn update(digest: &mut Xxh3, text: &str) {
    digest.update(&(text.len() as u64).to_le_bytes());
    digest.update(text.as_bytes());
}

/// Characters that no script uses and few texts hold.
const PRIVATE: std::ops::RangeInclusive<char> = '\u{e000}'..='\u{f8ff}';

/// What stands around trained text, where nothing else claims these characters.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// The characters of a text that could be taken for marks.
fn private(text: &str) -> impl Iterator<Item = char> {
    // UTF-8 writes them with 0xEE or 0xEF in front; text without these bytes is passed at memory speed.
    let from = memchr::memchr2(0xee, 0xef, text.as_bytes());
    from.map_or("", |at| &text[at..]).chars().filter(|c| PRIVATE.contains(c))
}

/// Takes the marks out of the text and notes where they stood. Marks inside marks add nothing.
fn take_marks(out: &mut Rendered, marks: [char; 2]) {
    let mut buffer = [[0; 3]; 2];
    for (mark, bytes) in marks.iter().zip(&mut buffer) {
        mark.encode_utf8(bytes);
    }
    let mut text = std::mem::take(&mut out.text).into_bytes();
    let mut depth = 0_usize;
    let (mut read, mut written, mut start) = (0, 0, 0);
    loop {
        let found =
            memchr::memchr_iter(buffer[0][0], &text[read..]).map(|at| read + at).find_map(|at| {
                let here = text.get(at..at + buffer[0].len())?;
                buffer.iter().position(|mark| mark == here).map(|which| (at, which))
            });
        let end = found.map_or(text.len(), |(at, _)| at);
        text.copy_within(read..end, written);
        written += end - read;
        match found {
            Some((_, 0)) => {
                if depth == 0 {
                    start = written;
                }
                depth += 1;
            }
            Some(_) if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    out.trained.push(start..written);
                }
            }
            Some(_) => {}
            None => break,
        }
        read = end + buffer[0].len();
    }
    if depth > 0 {
        out.trained.push(start..written);
    }
    text.truncate(written);
    // Whole characters were taken out of whole characters.
    out.text = String::from_utf8(text).unwrap_or_default();
}

/// What went wrong while rendering, and whose word it is.
fn fault(error: &minijinja::Error) -> TemplateFault {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = at {
        if let Some(Raised(text)) = cause.downcast_ref::<Raised>() {
            return TemplateFault::Refused(one_line(text));
        }
        at = cause.source();
    }
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    TemplateFault::Failed(one_line(&reason(error)) + &line)
}

/// The engine's reason, without the name of the template.
fn reason(error: &minijinja::Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it does more for a record than a template may".to_owned(),
        (ErrorKind::SyntaxError | ErrorKind::InvalidOperation, Some(detail)) => detail.to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;

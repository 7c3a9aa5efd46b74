//! Where examples come from, read from the plan.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::generate::node::{Node, Value};

use super::check::{Faults, shown};
use super::files::Files;
use super::form::instead;
use super::view::View;
use super::{Backend, BackendKind, Pace, Price, Program, Server, Structured};

/// What the tool sets in each request, and what to do about it instead.
const SET: [(&str, &str); 9] = [
    ("model", "write the key model of this backend"),
    ("messages", "the keys of [prompt] say what is asked"),
    ("temperature", "write the key temperature of this backend"),
    ("max_tokens", "write the key max_tokens of this backend"),
    ("max_completion_tokens", "write the key max_tokens of this backend"),
    ("response_format", "write the key structured of this backend"),
    ("stream", "answers are streamed where the server can"),
    ("stream_options", "answers are streamed where the server can"),
    ("n", "each request asks for one answer"),
];

/// The backends that are tried, in order, and those that are not.
pub(super) fn read(
    top: View<'_>,
    files: &mut Files,
    faults: &mut Faults,
) -> (Vec<Backend>, Vec<Backend>) {
    let written = top.node("backend").and_then(Node::table).unwrap_or_default();
    let mut all: Vec<Backend> = Vec::new();
    for (name, node) in written {
        let view = View::of(node, "backend.*");
        let mut reader = Reader { view, at: format!("backend.{name}"), files, faults };
        if let Some(kind) = reader.kind() {
            all.push(Backend { name: name.clone(), kind });
        }
    }
    let Some(order) = top.node("backends").and_then(Node::list) else {
        if written.is_empty() {
            all.push(Backend { name: "template".to_owned(), kind: BackendKind::Template });
        }
        // Who judges makes examples only if there is no other model to, or the plan says so.
        let judge = top.sub("quality").sub("judge");
        let judges = judge.text("backend").filter(|_| judge.flag("enabled"));
        let is_judge = |backend: &Backend| Some(&backend.name) == judges.as_ref();
        let is_model = |backend: &Backend| !matches!(backend.kind, BackendKind::Template);
        let has_other = all.iter().any(|backend| is_model(backend) && !is_judge(backend));
        let judge = all.iter().position(is_judge).filter(|_| has_other);
        let spare = judge.map(|place| all.remove(place));
        return (all, spare.into_iter().collect());
    };
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    let mut tried = Vec::new();
    for node in order {
        let Some(name) = node.text() else { continue };
        match all.iter().position(|backend| backend.name == name) {
            Some(place) => tried.push(all.remove(place)),
            None if tried.iter().any(|backend: &Backend| backend.name == name) => {
                let reason = format!("{} stands here twice", shown(name));
                faults.add(node.line, "backends", reason, "");
            }
            None if names.contains(&name) => {} // what is wrong with it is told there
            None => {
                let reason = format!("there is no [backend.{name}]");
                let advice = match names.is_empty() {
                    true => "write one".to_owned(),
                    false => instead(name, &names),
                };
                faults.add(node.line, "backends", reason, &advice);
            }
        }
    }
    if order.is_empty() {
        faults.add(
            top.line("backends"),
            "backends",
            "is empty",
            "name at least one, or take it out",
        );
    }
    (tried, all)
}

struct Reader<'r> {
    view: View<'r>,
    at: String,
    files: &'r mut Files,
    faults: &'r mut Faults,
}

impl Reader<'_> {
    fn fault(&mut self, key: &str, reason: impl Into<String>, advice: &str) {
        let at = format!("{}.{key}", self.at);
        self.faults.add(self.view.line(key), &at, reason, advice);
    }

    fn kind(&mut self) -> Option<BackendKind> {
        match self.view.text("kind")?.as_str() {
            "template" => Some(BackendKind::Template),
            "openai" => self.server().map(BackendKind::OpenAi),
            "command" => self.program().map(BackendKind::Command),
            "replay" => {
                let path = self.view.text("file")?;
                let place = self.files.readable(Path::new(&path));
                self.place("file", &path, place).map(BackendKind::Replay)
            }
            _ => None,
        }
    }

    fn place(&mut self, key: &str, path: &str, place: Result<PathBuf, String>) -> Option<PathBuf> {
        match place {
            Ok(place) => Some(place),
            Err(reason) => {
                let advice = self.files.advice();
                self.fault(key, format!("{}: {reason}", shown(path)), advice);
                None
            }
        }
    }

    fn server(&mut self) -> Option<Server> {
        let base_url = self.base_url();
        let key_file = self.view.text("key_file").and_then(|path| {
            let place = self.files.secret(Path::new(&path));
            self.place("key_file", &path, place)
        });
        let key_env = self.view.text("key_env");
        self.key_env(key_env.as_deref());
        if key_env.is_some() && self.view.node("key_file").is_some() {
            self.fault("key_file", "key_env names the key already", "take one of them out");
        }
        let body = self.body();
        let view = self.view;
        Some(Server {
            base_url: base_url?,
            model: view.text("model")?,
            key_env,
            key_file,
            structured: match view.text("structured")?.as_str() {
                "json_schema" => Structured::JsonSchema,
                "json_object" => Structured::JsonObject,
                "prompt" => Structured::Prompt,
                _ => Structured::Auto,
            },
            temperature: view.number("temperature"),
            max_tokens: view.whole("max_tokens"),
            body,
            finish_ok: view.texts("finish_ok"),
            idle_timeout: view.time("idle_timeout"),
            pace: self.pace(),
            price: self.price(),
        })
    }

    fn base_url(&mut self) -> Option<String> {
        match address(&self.view.text("base_url")?) {
            Ok(url) => Some(url),
            Err((reason, advice)) => {
                self.fault("base_url", reason, advice);
                None
            }
        }
    }

    /// What else is asked; nothing that the tool writes itself.
    fn body(&mut self) -> Map<String, Json> {
        let Some(node) = self.view.node("body") else { return Map::new() };
        let body = match node.to_object() {
            Ok(body) => body,
            Err(reason) => {
                self.fault("body", reason, "such as { top_p = 0.95 }");
                return Map::new();
            }
        };
        for (name, advice) in SET.iter().filter(|(name, _)| body.contains_key(*name)) {
            self.fault("body", format!("{name} is not set here"), advice);
        }
        body
    }

    /// A name of a variable, not a key that was put in its place; which is not shown.
    fn key_env(&mut self, name: Option<&str>) {
        let Some(name) = name else { return };
        if !is_variable(name) {
            let advice =
                "write the name, such as OPENAI_API_KEY; the key itself never stands in a plan";
            self.fault("key_env", "is no name of an environment variable", advice);
        }
    }

    fn program(&mut self) -> Option<Program> {
        let words = self.words()?;
        let view = self.view;
        Some(Program {
            words,
            folder: self.files.place(Path::new("")),
            json: view.flag("json"),
            timeout: view.time("timeout")?,
            max_bytes: usize::try_from(view.size("max_bytes")?).unwrap_or(usize::MAX),
            pace: self.pace(),
            price: self.price(),
        })
    }

    fn words(&mut self) -> Option<Vec<String>> {
        let node = self.view.node("command")?;
        let words = match &node.value {
            Value::Text(text) => match shell_words::split(text) {
                Ok(words) => {
                    if let Some(sign) = words.iter().find(|word| OF_SHELLS.contains(&word.as_str()))
                    {
                        let reason = format!("no shell reads it, so {sign} would be an argument");
                        let advice =
                            "write [\"sh\", \"-c\", \"...\"], or a list of words to mean it";
                        self.fault("command", reason, advice);
                        return None;
                    }
                    words
                }
                Err(_) => {
                    self.fault("command", "a quote is not closed", "or write a list of words");
                    return None;
                }
            },
            Value::List(items) if items.iter().all(|item| item.text().is_some()) => {
                items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
            }
            _ => {
                let reason = format!("{}; wanted a text or a list of texts", node.kind());
                self.fault("command", reason, "such as \"llm -m MODEL\"");
                return None;
            }
        };
        if words.first().is_none_or(String::is_empty) {
            self.fault("command", "names no program", "such as \"llm -m MODEL\"");
            return None;
        }
        Some(words)
    }

    fn pace(&self) -> Pace {
        Pace {
            concurrency: self.view.whole("concurrency").unwrap_or(1) as usize,
            rpm: self.view.whole("rpm"),
            tpm: self.view.whole("tpm"),
            retries: self.view.whole("retries").unwrap_or(0) as u32,
        }
    }

    fn price(&self) -> Option<Price> {
        let view = self.view.sub("price");
        let price = |name| view.node(name).and_then(Node::number);
        Some(Price { input: price("in_per_mtok")?, output: price("out_per_mtok")? })
    }
}

/// Words by which a shell is told to do more than to run a program.
const OF_SHELLS: [&str; 8] = ["|", "||", "&&", "&", ";", "<", ">", ">>"];

/// The address of a server without the slash at its end; or what is wrong with it, and what to do. Neither shows it: it
/// can hold a key.
pub fn address(text: &str) -> Result<String, (&'static str, &'static str)> {
    let url = text.trim().trim_end_matches('/');
    let behind = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match behind.and_then(|behind| behind.split('/').next()) {
        None => Err(("no address that begins with http:// or https://", "")),
        Some(host) if host.contains('@') => Err((
            "holds a name or password before the host, which no plan may hold",
            "name the environment variable of the key in key_env",
        )),
        Some(_) if url.contains(['?', '#']) => Err((
            "holds a ? or #, behind which no path can be put",
            "end it before; a key belongs into key_env",
        )),
        Some("") => Err(("names no host", "such as http://127.0.0.1:8080/v1")),
        Some(_) if url.ends_with("/completions") => Err((
            "ends in the path of a request, which the tool puts there itself",
            "end it with /v1",
        )),
        Some(_) => Ok(url.to_owned()),
    }
}

/// Can an environment variable be called so?
pub fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

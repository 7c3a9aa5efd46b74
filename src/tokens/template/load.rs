//! Where chat templates come from: the table of built-in ones, and the files of a model.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};

/// A template that is built into the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The name to ask for it by.
    pub name: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    text: &'static str,
}

/// The templates built in, in the order in which they are listed. All of them mark what is trained on.
pub const TEMPLATES: [BuiltIn; 5] = [
    BuiltIn {
        name: "chatml",
        description: "<|im_start|>ROLE ... <|im_end|>, the format of Qwen, Hermes and many more",
        text: include_str!("../templates/chatml.jinja"),
    },
    BuiltIn {
        name: "llama3",
        description: "<|start_header_id|>ROLE<|end_header_id|> ... <|eot_id|>, Llama 3",
        text: include_str!("../templates/llama3.jinja"),
    },
    BuiltIn {
        name: "gemma",
        description: "<start_of_turn>ROLE ... <end_of_turn>, Gemma and Gemma 2; no system prompt",
        text: include_str!("../templates/gemma.jinja"),
    },
    BuiltIn {
        name: "phi3",
        description: "<|ROLE|> ... <|end|>, Phi-3 and Phi-3.5 mini",
        text: include_str!("../templates/phi3.jinja"),
    },
    BuiltIn {
        name: "zephyr",
        description: "<|ROLE|> ... </s>, Zephyr 7B and TinyLlama Chat",
        text: include_str!("../templates/zephyr.jinja"),
    },
];

/// The largest file that is read for a template. The largest `tokenizer_config.json` in use have less
/// than 1 MB; without a limit, the weights beside it given by mistake would fill the memory.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What `spec` leads to, as it was written.
pub(super) struct Loaded {
    /// For conversations without tools, and with tools if there is no other.
    pub(super) text: String,
    /// For conversations with tools.
    pub(super) tool_use: Option<String>,
    /// `bos_token` and its like, with their texts.
    pub(super) special_tokens: Vec<(String, String)>,
}

/// Finds and reads what `spec` names: see [`Template::load`](super::Template::load).
pub(super) fn load(spec: &str) -> Result<Loaded> {
    if let Some(built_in) = TEMPLATES.iter().find(|template| template.name == spec) {
        let text = built_in.text.to_owned();
        return Ok(Loaded { text, tool_use: None, special_tokens: Vec::new() });
    }
    let path = Path::new(spec);
    let named_as_file = [".jinja", ".jinja2", ".j2", ".json"].iter().any(|end| spec.ends_with(end));
    if !path.exists() && !spec.contains('/') && !named_as_file {
        let names: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
        return Err(Error::Usage(format!(
            "unknown chat template '{spec}': give {}, or the path of a .jinja file, a \
             tokenizer_config.json or a model's folder",
            names.join(", ")
        )));
    }
    if path.is_dir() {
        let template = path.join(TEMPLATE);
        if template.exists() { of_file(&template) } else { of_config(&path.join(CONFIG)) }
    } else if spec.ends_with(".json") {
        of_config(path)
    } else {
        of_file(path)
    }
}

/// The name of the file that holds a model's special tokens, and often its template.
const CONFIG: &str = "tokenizer_config.json";

/// The name of the file of a model's folder that holds its template and nothing else.
const TEMPLATE: &str = "chat_template.jinja";

fn of_file(path: &Path) -> Result<Loaded> {
    let text = read(path)?;
    let special_tokens = special_tokens_of(path.parent().unwrap_or(Path::new("")))?;
    Ok(Loaded { text, tool_use: None, special_tokens })
}

/// The files that are read for the template that `spec` names, or would be if they were there.
pub fn files(spec: &str) -> Vec<PathBuf> {
    if TEMPLATES.iter().any(|template| template.name == spec) {
        return Vec::new();
    }
    let path = Path::new(spec);
    if path.is_dir() {
        return vec![path.join(TEMPLATE), path.join(CONFIG)];
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    vec![path.to_owned(), folder.join(CONFIG)]
}

/// The file of a model's folder that tells its special tokens.
pub fn config_of(model: &Path) -> PathBuf {
    model.join(CONFIG)
}

/// The special tokens that a model's folder tells, if it tells any.
pub(super) fn special_tokens_of(model: &Path) -> Result<Vec<(String, String)>> {
    let config = config_of(model);
    if config.exists() { Ok(special_tokens(&parse(&config)?)) } else { Ok(Vec::new()) }
}

fn of_config(path: &Path) -> Result<Loaded> {
    let config = parse(path)?;
    let unusable = |what: &str| Error::Usage(format!("{}: {what}", path.display()));
    let special_tokens = special_tokens(&config);
    let (text, tool_use) = match config.get("chat_template") {
        Some(Value::String(text)) => (text.clone(), None),
        Some(Value::Array(list)) => {
            let named = |name: &str| {
                list.iter()
                    .find(|one| one.get("name").and_then(Value::as_str) == Some(name))
                    .and_then(|one| one.get("template").and_then(Value::as_str))
                    .map(str::to_owned)
            };
            let text = named("default")
                .ok_or_else(|| unusable("none of its chat templates is named 'default'"))?;
            (text, named("tool_use"))
        }
        _ => return Err(unusable("holds no chat_template")),
    };
    Ok(Loaded { text, tool_use, special_tokens })
}

/// The texts of `bos_token`, `eos_token` and all else that ends so: strings, or objects with `content`.
fn special_tokens(config: &Value) -> Vec<(String, String)> {
    let Some(members) = config.as_object() else { return Vec::new() };
    members
        .iter()
        .filter(|(key, _)| key.ends_with("_token"))
        .filter_map(|(key, value)| {
            let text = value.as_str().or_else(|| value.get("content")?.as_str())?;
            Some((key.clone(), text.to_owned()))
        })
        .collect()
}

fn parse(path: &Path) -> Result<Value> {
    serde_json::from_str(&read(path)?)
        .map_err(|e| Error::Usage(format!("{}: not JSON: {e}", path.display())))
}

fn read(path: &Path) -> Result<String> {
    let name = || path.to_string_lossy().into_owned();
    let file = File::open(path).map_err(|source| Error::Open { name: name(), source })?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|source| Error::Read {
        name: name(),
        offset: None,
        source,
    })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::Usage(format!("{}: too large for a chat template", name())));
    }
    String::from_utf8(bytes).map_err(|_| Error::Usage(format!("{}: not UTF-8", name())))
}

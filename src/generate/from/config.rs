//! What the options mean.

use std::path::PathBuf;
use std::sync::Arc;

use super::columns::Columns;
use super::options::{Format, Options};
use super::speaker::Names;
use super::templates::Templates;
use crate::error::{Error, Result};
use crate::generate::setup::Setup;

/// A run, resolved.
pub(super) struct Config {
    pub setup: Setup,
    /// The form of all documents; none: each is told by itself.
    pub format: Option<Format>,
    /// Records of a document.
    pub most: Option<u64>,
    /// Sections or questions of a conversation.
    pub chain: Option<usize>,
    pub templates: Arc<Templates>,
    /// The file that they are read from.
    pub templates_file: Option<PathBuf>,
    pub columns: Option<Arc<Columns>>,
    pub system: Option<String>,
    pub names: Names,
    pub delimiter: Option<u8>,
    pub seed: u64,
    /// Options that were given for documents of some forms.
    pub special: Vec<Special>,
}

/// An option that is for documents of these forms.
pub(super) type Special = (&'static str, &'static [Format]);

impl Config {
    pub(super) fn new(options: &Options) -> Result<Config> {
        let special = check(options)?;
        let templates = match &options.templates {
            Some(path) => {
                let name = path.display().to_string();
                let read = std::fs::read_to_string(path);
                let text = read.map_err(|source| Error::Open { name: name.clone(), source })?;
                Templates::of_lines(&name, &text)?
            }
            None => Templates::usual()?,
        };
        let columns = match (&options.user, &options.assistant) {
            (Some(user), Some(assistant)) => Some(Arc::new(Columns::new(user, assistant)?)),
            _ => None,
        };
        Ok(Config {
            setup: Setup::new(&options.common)?,
            format: options.format,
            most: options.max_per_source,
            chain: options.chain.map(|most| most as usize),
            templates: Arc::new(templates),
            templates_file: options.templates.clone(),
            columns,
            system: options.system.clone(),
            names: Names::new(&options.user_name, &options.assistant_name),
            delimiter: options.delimiter,
            seed: options.seed,
            special,
        })
    }
}

/// The options that are not for all forms. Refuses an empty system message, and options that the form has no use for.
fn check(options: &Options) -> Result<Vec<Special>> {
    if options.system.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Error::Usage("--system is empty".to_owned()));
    }
    let all: [(bool, Special); 6] = [
        (options.chain.is_some(), ("--chain", &[Format::Md, Format::Faq])),
        (options.templates.is_some(), ("--templates", &[Format::Md])),
        (options.user.is_some(), ("--user", &[Format::Csv, Format::Jsonl])),
        (!options.user_name.is_empty(), ("--user-name", &[Format::Transcript])),
        (!options.assistant_name.is_empty(), ("--assistant-name", &[Format::Transcript])),
        (options.delimiter.is_some(), ("--delimiter", &[Format::Csv])),
    ];
    let given: Vec<Special> =
        all.into_iter().filter(|(is_given, _)| *is_given).map(|(_, special)| special).collect();
    let idle = |format| given.iter().find(move |(_, formats)| !formats.contains(&format));
    match options.format.and_then(idle) {
        Some((name, _)) => Err(Error::Usage(format!("{name} has no use with this --format"))),
        None => Ok(given),
    }
}

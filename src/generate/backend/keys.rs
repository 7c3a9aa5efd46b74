//! Keys of servers: from the environment or a file, and from there to the server alone.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};

use super::super::plan::Server;
use super::address::Address;

/// Where keys are looked up.
#[derive(Debug, Clone, Default)]
pub struct Keys(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    Environment,
    Given(BTreeMap<String, String>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Environment => "Environment",
            Source::Given(_) => "Given(..)",
        })
    }
}

impl Keys {
    /// The variables of this process.
    pub fn environment() -> Keys {
        Keys::default()
    }

    /// These variables instead, by name.
    pub fn given(variables: &[(&str, &str)]) -> Keys {
        let owned = |(name, key): &(&str, &str)| ((*name).to_owned(), (*key).to_owned());
        Keys(Source::Given(variables.iter().map(owned).collect()))
    }

    fn get(&self, name: &str) -> Option<String> {
        match &self.0 {
            Source::Environment => std::env::var(name).ok(),
            Source::Given(variables) => variables.get(name).cloned(),
        }
    }

    /// The key for a server, if it has one. A server on this machine may go without the key that its plan names.
    pub(super) fn find(
        &self,
        backend: &str,
        server: &Server,
        address: &Address,
    ) -> Result<Option<Secret>> {
        if let Some(path) = &server.key_file {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|source| Error::Open { name: name.clone(), source })?;
            return Secret::new(&text).map(Some).ok_or_else(|| {
                Error::Unfit(format!(
                    "{name}: the key of backend {backend} must be one word of ASCII"
                ))
            });
        }
        let Some(name) = &server.key_env else {
            return Ok(None);
        };
        match self.get(name).filter(|key| !key.trim().is_empty()) {
            Some(key) => Secret::new(&key).map(Some).ok_or_else(|| {
                Error::Unfit(format!(
                    "{name}: the key of backend {backend} must be one word of ASCII"
                ))
            }),
            None if address.is_loopback() => Ok(None),
            None => Err(Error::Unfit(format!(
                "backend {backend}: the environment variable {name} is not set; set it to the key of the server, \
                 or name a key_file in the plan"
            ))),
        }
    }
}

/// A key. It is shown nowhere.
#[derive(Clone)]
pub(super) struct Secret(String);

impl Secret {
    /// The key in this text, without the white space around it; none if it could not stand in a header.
    fn new(text: &str) -> Option<Secret> {
        let key = text.trim();
        let fit = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        fit.then(|| Secret(key.to_owned()))
    }

    /// The value of the header `authorization`.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// `text` without the key, should a server repeat it.
    pub(super) fn hide(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_nowhere() {
        let secret = Secret::new(" sk-abc\n").unwrap();
        assert_eq!(secret.header(), "Bearer sk-abc");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.hide("wrong key sk-abc!"), "wrong key [key]!");
        let keys = format!("{:?}", Keys::given(&[("K", "sk-abc")]));
        assert!(!keys.contains("sk-abc"), "{keys}");
    }

    #[test]
    fn what_cannot_be_a_header_is_no_key() {
        for text in ["", "  ", "a b", "a\nb", "é", "a\r\nX-Y: z"] {
            assert!(Secret::new(text).is_none(), "{text:?}");
        }
    }
}

//! What a server does not understand, found out once.
//!
//! "OpenAI-compatible" means something else everywhere. The first request asks for the best; what a server refuses
//! by name is left out or replaced from then on, for all requests to it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::plan::Structured;

/// A parameter that some servers do not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    /// `stream_options`: the count of tokens at the end of a stream.
    StreamOptions,
    /// `max_tokens`, where it is called `max_completion_tokens`.
    MaxTokens,
    /// `temperature`, where a model has only one.
    Temperature,
    /// `stream`.
    Stream,
}

impl Parameter {
    /// The parameter that these words, in small letters, complain of.
    pub(super) fn named(words: &str) -> Option<Parameter> {
        let table: [(&[&str], Parameter); 4] = [
            (&["stream_options"], Parameter::StreamOptions),
            (&["max_completion_tokens", "max_tokens"], Parameter::MaxTokens),
            (&["temperature", "support"], Parameter::Temperature),
            (&["stream", "support"], Parameter::Stream),
        ];
        let fits =
            |(needed, _): &&(&[&str], Parameter)| needed.iter().all(|word| words.contains(word));
        table.iter().find(fits).map(|(_, parameter)| *parameter)
    }

    /// What is done about it, for people.
    pub(super) fn change(self) -> &'static str {
        match self {
            Parameter::StreamOptions => "takes no stream_options: tokens are estimated",
            Parameter::MaxTokens => "takes max_completion_tokens instead of max_tokens",
            Parameter::Temperature => "takes no temperature: its own is used",
            Parameter::Stream => "does not stream: answers come at once",
        }
    }
}

/// How an answer of a certain shape is asked for, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rung {
    /// With the schema.
    Schema,
    /// As any JSON object; the schema in words.
    Object,
    /// In words alone.
    Words,
}

impl Rung {
    /// The next one, if there is one.
    pub(super) fn next(self) -> Option<Rung> {
        match self {
            Rung::Schema => Some(Rung::Object),
            Rung::Object => Some(Rung::Words),
            Rung::Words => None,
        }
    }

    /// As the plan writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Rung::Schema => "json_schema",
            Rung::Object => "json_object",
            Rung::Words => "prompt",
        }
    }
}

/// Requests that a rung may fail by cut answers until no other request begins with it: each of them costs two
/// requests more, and one alone may be bad luck.
const CUTS: u32 = 3;

/// How a server is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Manner {
    /// Where requests begin.
    pub(super) rung: Rung,
    /// Whether another rung may be tried.
    pub(super) ladder: bool,
    /// Ask for a stream.
    pub(super) stream: bool,
    /// Ask for the count of tokens at its end.
    pub(super) stream_options: bool,
    /// Call the limit `max_completion_tokens`.
    pub(super) completion: bool,
    /// Send the temperature.
    pub(super) temperature: bool,
    /// Requests whose answer was cut on this rung.
    cuts: u32,
}

impl Manner {
    /// How a batch service is asked, which answers all at once.
    pub(super) fn batch() -> Manner {
        Manner {
            rung: Rung::Object,
            ladder: false,
            stream: false,
            stream_options: false,
            completion: false,
            temperature: true,
            cuts: 0,
        }
    }
}

/// What was found out about a server.
#[derive(Debug)]
pub(super) struct Habits(Mutex<Manner>);

impl Habits {
    /// For a server that is asked as the plan says.
    pub(super) fn new(structured: Structured) -> Habits {
        let (rung, ladder) = match structured {
            Structured::Auto => (Rung::Schema, true),
            Structured::JsonSchema => (Rung::Schema, false),
            Structured::JsonObject => (Rung::Object, false),
            Structured::Prompt => (Rung::Words, false),
        };
        Habits(Mutex::new(Manner {
            rung,
            ladder,
            stream: true,
            stream_options: true,
            completion: false,
            temperature: true,
            cuts: 0,
        }))
    }

    /// How it is asked now.
    pub(super) fn manner(&self) -> Manner {
        *self.lock()
    }

    /// A request that was asked in this manner was refused for a parameter. Says whether another manner is there
    /// to try, and whether this request found it.
    pub(super) fn refuse(&self, asked: &Manner, parameter: Parameter) -> (bool, bool) {
        let mut manner = self.lock();
        let before = *manner;
        let may = match parameter {
            Parameter::StreamOptions => std::mem::take(&mut manner.stream_options),
            Parameter::MaxTokens => !std::mem::replace(&mut manner.completion, true),
            Parameter::Temperature => std::mem::take(&mut manner.temperature),
            Parameter::Stream => std::mem::take(&mut manner.stream),
        };
        // Another request may have found it while this one was under way.
        let otherwise = |manner: &Manner| {
            (manner.stream_options, manner.completion, manner.temperature, manner.stream)
        };
        (may || otherwise(&before) != otherwise(asked), may)
    }

    /// The server does not understand this rung: requests begin with the next one. Says whether this request found
    /// it.
    pub(super) fn lower(&self, from: Rung) -> bool {
        let mut manner = self.lock();
        match from.next() {
            Some(next) if manner.rung <= from => {
                manner.rung = next;
                manner.cuts = 0;
                true
            }
            _ => false,
        }
    }

    /// An answer was cut on this rung even with room for twice as much. Says whether requests begin with the next
    /// one from now on.
    pub(super) fn cut(&self, from: Rung) -> bool {
        let enough = {
            let mut manner = self.lock();
            manner.cuts += u32::from(manner.rung == from);
            manner.cuts >= CUTS
        };
        enough && self.lower(from)
    }

    fn lock(&self) -> MutexGuard<'_, Manner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_goes_down_once_for_all() {
        let habits = Habits::new(Structured::Auto);
        assert!(habits.lower(Rung::Schema));
        assert!(!habits.lower(Rung::Schema), "found by another request already");
        assert_eq!(habits.manner().rung, Rung::Object);
        assert!(habits.lower(Rung::Object));
        assert!(!habits.lower(Rung::Words));
        assert_eq!(habits.manner().rung, Rung::Words);
    }

    #[test]
    fn cut_answers_lower_the_rung_only_when_they_are_many() {
        let habits = Habits::new(Structured::Auto);
        assert_eq!([1, 2, 3].map(|_| habits.cut(Rung::Schema)), [false, false, true]);
        assert_eq!(habits.manner().rung, Rung::Object);
        assert!(!habits.cut(Rung::Schema), "from requests that began before");
        assert_eq!(habits.manner().rung, Rung::Object);
    }

    #[test]
    fn a_parameter_is_refused_once() {
        let habits = Habits::new(Structured::Auto);
        let asked = habits.manner();
        assert_eq!(habits.refuse(&asked, Parameter::MaxTokens), (true, true));
        assert_eq!(habits.refuse(&asked, Parameter::MaxTokens), (true, false), "sent before");
        let asked = habits.manner();
        assert!(asked.completion);
        assert_eq!(habits.refuse(&asked, Parameter::MaxTokens), (false, false), "no other way");
    }
}

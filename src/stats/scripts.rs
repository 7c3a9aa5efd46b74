//! Which scripts texts are written in, and, on request, which languages.

use serde::{Deserialize, Serialize};

use crate::measure::Top;
use crate::measure::sum::add;
use crate::quality::{ScriptCounts, language, scripts};

use super::chat::{Chat, Role};

/// Scripts and languages that are told apart: all that there are.
const NAMES: usize = 256;

/// Counts about scripts and languages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Scripts {
    /// Records by the script of most of their letters.
    pub records: Top,
    /// Records by language, where that can be told.
    pub languages: Top,
    /// Records whose language cannot be told.
    pub unknown: u64,
}

impl Default for Scripts {
    fn default() -> Scripts {
        Scripts { records: Top::new(NAMES), languages: Top::new(NAMES), unknown: 0 }
    }
}

impl Scripts {
    /// Counts a record by what users and assistants say.
    pub fn add(&mut self, chat: &Chat, languages: bool) {
        let spoken = || {
            let said = chat.messages();
            said.filter(|(role, _)| matches!(role, Role::User | Role::Assistant))
        };
        let mut letters = ScriptCounts::default();
        spoken().for_each(|(_, text)| scripts(text, &mut letters));
        self.records.add(letters.dominant().map_or("none", |script| script.full_name()));
        if languages {
            match language(spoken().map(|(_, text)| text)) {
                Some(name) => self.languages.add(name),
                None => self.unknown += 1,
            }
        }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Scripts) {
        self.records.merge(other.records);
        self.languages.merge(other.languages);
        add(&mut self.unknown, other.unknown);
    }
}

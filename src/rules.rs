//! What is wrong with a record, for whom, and how to mend it.
//!
//! Everything known about faults is in tables: the rules ([`table`]), what each target reads ([`profile`]),
//! roles and aliases ([`roles`]), what ShareGPT becomes ([`sharegpt`]). The modules named after the groups of rules hold the judging: [`mod@line`]
//! (B), [`schema`] (S), [`parts`] (P), [`turns`] (T), [`calls`], [`pairing`] and [`tools`] (F), [`loss`] (L),
//! [`reasoning`] (R), [`content`] (C), [`across`] (X) and [`preference`] (Q). [`judge`] runs them over a line;
//! [`repair`] turns findings into the smallest edits.

pub mod across;
pub mod calls;
pub mod content;
pub mod finding;
pub mod judge;
pub mod kind;
pub mod line;
pub mod list;
pub mod loss;
pub mod pairing;
pub mod parts;
pub mod preference;
pub mod profile;
pub mod reasoning;
pub mod repair;
pub mod roles;
pub mod schema;
pub mod settings;
pub mod sharegpt;
pub mod table;
pub mod tools;
pub mod turns;
pub mod usable;

pub use finding::Finding;
pub use judge::Judge;
pub use profile::{PROFILES, Profile};
pub use settings::{Settings, View};
pub use table::{RULES, Repair, Rule, RuleInfo, Severity};

//! Which rules are judged, how severely, and by which limits: what the user chose on top of the profiles.

use std::sync::Arc;

use super::profile::Profile;
use super::repair::Level;
use super::table::{Rule, Severity};

/// A line longer than this is B015; the block size above which Arrow readers fail.
pub const LONG_LINE: usize = 10 << 20;

/// Everything that a judgement depends on besides the data.
#[derive(Clone)]
pub struct Settings {
    /// The profiles that judge, each with its severities.
    pub views: Vec<View>,
    /// Lines longer than this are B015.
    pub long_line: usize,
    /// Repairs that findings carry.
    pub repairs: Option<Level>,
    /// The token limit of L006 and L007.
    pub tokens: Option<TokenLimit>,
}

/// A limit on the tokens of a record, and how they are counted.
#[derive(Clone)]
pub struct TokenLimit {
    /// Most tokens.
    pub limit: usize,
    /// Tokens of a text.
    pub count: Arc<dyn Fn(&str) -> usize + Send + Sync>,
    /// Counted by the target's tokenizer rather than estimated from the length.
    pub exact: bool,
}

/// One profile with its final severities.
#[derive(Debug, Clone)]
pub struct View {
    /// What the target reads.
    pub profile: &'static Profile,
    severities: Vec<Severity>,
    /// The user set this severity: no case of the profile changes it.
    forced: Vec<bool>,
    /// Every warning is an error.
    strict: bool,
}

/// What the user said about rules: codes, prefixes of codes, names, or `ALL`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these are judged, when any is given.
    pub select: Vec<String>,
    /// These too, also when they are off by default.
    pub extend: Vec<String>,
    /// These not.
    pub ignore: Vec<String>,
    /// These are errors.
    pub error: Vec<String>,
    /// These are warnings.
    pub warn: Vec<String>,
    /// Every warning is an error.
    pub strict: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let default = super::profile::PROFILES.iter().take(1);
        let views = default.map(|p| View::new(p, &Selection::default())).filter_map(Result::ok);
        Settings { views: views.collect(), long_line: LONG_LINE, repairs: None, tokens: None }
    }
}

impl Settings {
    /// Judges by these profiles; an unknown rule in the selection is an error that names it.
    pub fn new(profiles: &[&'static Profile], selection: &Selection) -> Result<Settings, String> {
        let views = profiles.iter().map(|p| View::new(p, selection)).collect::<Result<_, _>>()?;
        Ok(Settings { views, ..Settings::default() })
    }

    /// Is the rule judged by any profile?
    pub fn is_on(&self, rule: Rule) -> bool {
        self.views.iter().any(|view| view.severity(rule) != Severity::Off)
    }
}

/// Rules about lines that nothing can be read from: a selection of others does not make such a line a
/// record.
const UNREADABLE: [Rule; 7] =
    [Rule::B002, Rule::B003, Rule::B004, Rule::B005, Rule::B006, Rule::B016, Rule::B017];

/// How a word of the user names rules.
enum Named {
    /// One rule, by code or name: turns it on even when it is off by default.
    One(Rule),
    /// All rules whose code starts so: leaves those alone that are off by default.
    Group(Vec<Rule>),
}

fn named(word: &str) -> Result<Named, String> {
    if let Some(rule) = Rule::find(word) {
        return Ok(Named::One(rule));
    }
    let prefix = if word.eq_ignore_ascii_case("all") { "" } else { word };
    let starts = |rule: &Rule| {
        rule.code().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let group: Vec<Rule> = Rule::all().filter(starts).collect();
    if group.is_empty() || word.is_empty() {
        return Err(format!(
            "no rule, prefix or name {}; --list-rules shows them",
            serde_json::Value::from(word)
        ));
    }
    Ok(Named::Group(group))
}

impl View {
    /// The profile's severities, changed as the user asks: select, extend, ignore, error, warn, strict.
    pub fn new(profile: &'static Profile, asked: &Selection) -> Result<View, String> {
        let start: Vec<Severity> = Rule::all().map(|rule| profile.severity(rule)).collect();
        let mut view = View {
            profile,
            severities: start.clone(),
            forced: vec![false; Rule::COUNT],
            strict: asked.strict,
        };
        if !asked.select.is_empty() {
            for rule in Rule::all().filter(|rule| !UNREADABLE.contains(rule)) {
                view.severities[rule as usize] = Severity::Off;
            }
        }
        for word in asked.select.iter().chain(&asked.extend) {
            match named(word)? {
                Named::One(rule) => {
                    view.severities[rule as usize] = match start[rule as usize] {
                        Severity::Off => rule.info().when_on,
                        on => on,
                    }
                }
                Named::Group(rules) => rules
                    .into_iter()
                    .for_each(|rule| view.severities[rule as usize] = start[rule as usize]),
            }
        }
        for (words, severity) in [(&asked.warn, Severity::Warning), (&asked.error, Severity::Error)]
        {
            for word in words {
                view.force(named(word)?, severity);
            }
        }
        for word in &asked.ignore {
            view.force(named(word)?, Severity::Off);
        }
        if asked.strict {
            let warnings = view.severities.iter_mut().filter(|s| **s == Severity::Warning);
            warnings.for_each(|s| *s = Severity::Error);
        }
        Ok(view)
    }

    fn force(&mut self, named: Named, severity: Severity) {
        let (rules, one) = match named {
            Named::One(rule) => (vec![rule], true),
            Named::Group(rules) => (rules, false),
        };
        for rule in rules {
            let at = rule as usize;
            if one || self.severities[at] != Severity::Off {
                self.severities[at] = severity;
                self.forced[at] = true;
            }
        }
    }

    /// The severity of a rule.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.severities[rule as usize]
    }

    /// The severity of a case of a rule to which the profile gives another severity than to the rest.
    ///
    /// What the user set, and a rule that is switched off, stay as they are.
    pub fn case(&self, rule: Rule, severity: Severity) -> Severity {
        let set = self.severity(rule);
        let not_selected = set == Severity::Off && self.profile.severity(rule) != Severity::Off;
        if self.forced[rule as usize] || not_selected {
            set
        } else if self.strict && severity == Severity::Warning {
            Severity::Error
        } else {
            severity
        }
    }

    /// Is the rule judged?
    pub fn is_on(&self, rule: Rule) -> bool {
        self.severity(rule) != Severity::Off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(asked: Selection) -> View {
        View::new(Profile::find("default").unwrap(), &asked).unwrap()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| w.to_string()).collect()
    }

    #[test]
    fn select_by_code_turns_on_what_is_off_and_by_prefix_does_not() {
        let one = view(Selection { select: words(&["X006"]), ..Default::default() });
        assert_eq!(one.severity(Rule::X006), Severity::Warning);
        assert_eq!(one.severity(Rule::S001), Severity::Off);
        let group =
            view(Selection { select: words(&["x", "messages-empty"]), ..Default::default() });
        assert_eq!(group.severity(Rule::X006), Severity::Off);
        assert_eq!(group.severity(Rule::X001), Severity::Warning);
        assert_eq!(group.severity(Rule::S003), Severity::Error);
    }

    #[test]
    fn ignore_wins_and_severities_can_be_set() {
        let asked = Selection {
            error: words(&["T007"]),
            warn: words(&["S003"]),
            ignore: words(&["C"]),
            ..Default::default()
        };
        let view = view(asked);
        assert_eq!(view.severity(Rule::T007), Severity::Error);
        assert_eq!(view.severity(Rule::S003), Severity::Warning);
        assert_eq!(view.severity(Rule::C001), Severity::Off);
        assert_eq!(view.case(Rule::C001, Severity::Error), Severity::Off);
    }

    #[test]
    fn an_unknown_word_is_named() {
        let asked = Selection { select: words(&["Z9"]), ..Default::default() };
        let error = View::new(Profile::find("default").unwrap(), &asked).unwrap_err();
        assert!(error.contains("\"Z9\""));
    }
}

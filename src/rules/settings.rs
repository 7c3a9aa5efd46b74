//! Which rules are judged, how severely, and by which limits: what the user chose on top of the profiles.

use std::sync::Arc;

use super::profile::{Case, Profile};
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
    /// What counts, by rule: the profile's and what the user changed.
    severities: Vec<Severity>,
    /// The profile's, by rule. Its tables are read once, not for each finding.
    own: Vec<Severity>,
    /// The profile's, by case; none where it takes the case as the rule.
    cases: Vec<Option<Severity>>,
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

impl Named {
    fn rules(&self) -> &[Rule] {
        match self {
            Named::One(rule) => std::slice::from_ref(rule),
            Named::Group(rules) => rules,
        }
    }
}

fn named(word: &str) -> Result<Named, String> {
    if let Some(rule) = Rule::find(word) {
        return Ok(Named::One(rule));
    }
    let prefix = prefix(word);
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

/// What the codes that a word names start with; nothing for `ALL`.
fn prefix(word: &str) -> &str {
    if word.eq_ignore_ascii_case("all") { "" } else { word }
}

/// How narrowly a word names rules: a code or name more than any prefix, a long prefix more than a short
/// one, and `ALL` least.
fn narrowness(word: &str) -> usize {
    if Rule::find(word).is_some() { usize::MAX } else { prefix(word).len() }
}

/// What the user said about a rule with `--select` and `--ignore`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Open,
    Selected,
    Ignored,
}

impl View {
    /// The profile's severities, changed as the user asks: select, extend, ignore, error, warn, strict.
    ///
    /// Of selections and ignores that name a rule, the narrowest counts, and ignore where two are alike. An
    /// ignored rule stays off whatever severity it is given.
    pub fn new(profile: &'static Profile, asked: &Selection) -> Result<View, String> {
        let start: Vec<Severity> = Rule::all().map(|rule| profile.severity(rule)).collect();
        let mut view = View {
            profile,
            severities: start.clone(),
            own: start.clone(),
            cases: Case::ALL.iter().map(|case| profile.case(*case)).collect(),
            forced: vec![false; Rule::COUNT],
            strict: asked.strict,
        };
        if !asked.select.is_empty() {
            for rule in Rule::all().filter(|rule| !UNREADABLE.contains(rule)) {
                view.severities[rule as usize] = Severity::Off;
            }
        }
        let choices = view.choose(&start, asked)?;
        for (words, severity) in [(&asked.warn, Severity::Warning), (&asked.error, Severity::Error)]
        {
            for word in words {
                view.force(&named(word)?, severity);
            }
        }
        for rule in Rule::all().filter(|rule| choices[*rule as usize] == Choice::Ignored) {
            view.severities[rule as usize] = Severity::Off;
            view.forced[rule as usize] = true;
        }
        if asked.strict {
            let warnings = view.severities.iter_mut().filter(|s| **s == Severity::Warning);
            warnings.for_each(|s| *s = Severity::Error);
        }
        Ok(view)
    }

    /// Turns selected rules on, the wide selections first; what is said last of a rule counts.
    fn choose(&mut self, start: &[Severity], asked: &Selection) -> Result<Vec<Choice>, String> {
        let selected = asked.select.iter().chain(&asked.extend);
        let selected = selected.map(|word| (word, Choice::Selected));
        let ignored = asked.ignore.iter().map(|word| (word, Choice::Ignored));
        let mut words: Vec<_> = selected.chain(ignored).collect();
        words.sort_by_key(|(word, _)| narrowness(word));
        let mut choices = vec![Choice::Open; Rule::COUNT];
        for (word, choice) in words {
            let named = named(word)?;
            for rule in named.rules() {
                let at = *rule as usize;
                choices[at] = choice;
                if choice == Choice::Selected {
                    self.severities[at] = match (start[at], &named) {
                        (Severity::Off, Named::One(rule)) => rule.info().when_on,
                        (severity, _) => severity,
                    };
                }
            }
        }
        Ok(choices)
    }

    fn force(&mut self, named: &Named, severity: Severity) {
        let one = matches!(named, Named::One(_));
        for rule in named.rules() {
            let at = *rule as usize;
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

    /// The severity that the profile gives a rule, whatever the user changed.
    pub fn own(&self, rule: Rule) -> Severity {
        self.own[rule as usize]
    }

    /// The severity that the profile gives a case; none where it takes the case as the rule.
    pub fn of_case(&self, case: Case) -> Option<Severity> {
        self.cases[case as usize]
    }

    /// The severity of a case of a rule to which the profile gives another severity than to the rest.
    ///
    /// What the user set, and a rule that is switched off, stay as they are.
    pub fn case(&self, rule: Rule, severity: Severity) -> Severity {
        let set = self.severity(rule);
        let not_selected = set == Severity::Off && self.own(rule) != Severity::Off;
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
    fn an_ignored_rule_has_no_severity_and_others_can_be_given_one() {
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
    fn of_select_and_ignore_the_narrower_counts_and_ignore_of_two_alike() {
        for (select, extend, ignore, on) in [
            ("B", "", "B010", "B001"),
            ("B010", "", "B", "B010"),
            ("B01", "", "B", "B010"),
            ("B", "", "B01", "B001"),
            ("ALL", "", "B", "S003"),
            ("B", "", "ALL", "B001 B010"),
            ("S", "blank-line", "B", "S003 B010"),
            ("B010", "", "B010", ""),
            ("B010", "", "blank-line", ""),
            ("", "X006", "X", "X006 B001 B010 S003"),
            ("", "X", "X006", "B001 B010 S003"),
        ] {
            let list = |words: &str| words.split_whitespace().map(str::to_owned).collect();
            let asked = Selection {
                select: list(select),
                extend: list(extend),
                ignore: list(ignore),
                ..Default::default()
            };
            let view = view(asked);
            for rule in [Rule::B001, Rule::B010, Rule::S003, Rule::X006] {
                let wanted = on.split(' ').any(|code| code == rule.code());
                assert_eq!(view.is_on(rule), wanted, "{select}+{extend}-{ignore}: {rule:?}");
            }
        }
    }

    #[test]
    fn an_unknown_word_is_named() {
        let asked = Selection { select: words(&["Z9"]), ..Default::default() };
        let error = View::new(Profile::find("default").unwrap(), &asked).unwrap_err();
        assert!(error.contains("\"Z9\""));
    }
}

//! What is looked at in one example by itself.

use crate::generate::draft::{Draft, Said};
use crate::generate::plan::Plan;
use crate::quality::{Detector, Sign, Signs, Speaker};
use crate::record::text;
use crate::rules::judge::Line;
use crate::rules::{Judge, Settings, Severity, across};

use super::fingerprint::{Fingerprint, Printer};
use crate::generate::reason::{REASONS, Reason, Rejection, When};

/// An example that nothing is wrong with by itself: its line, and what it is compared by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The record as a line with a line feed.
    pub line: Vec<u8>,
    /// What it is compared by.
    pub fingerprint: Fingerprint,
}

/// Signs that are none in what a person asks: people do not end their sentences, and say what they cannot do.
const ONLY_OF_ANSWERS: [Sign; 5] =
    [Sign::Refusal, Sign::AsAnAi, Sign::FillerOpening, Sign::Truncated, Sign::UnclosedFence];

/// Judges one example after the other; its buffers are reused.
pub struct Checker<'p> {
    plan: &'p Plan,
    detector: &'p Detector,
    judge: Judge<'p>,
    /// What the judge notes of lines among each other, which nobody asks for. To begin anew for each line takes a
    /// twentieth of the time.
    across: across::Block,
    refused: Vec<Reason>,
    printer: Printer,
}

impl<'p> Checker<'p> {
    /// A checker for what the plan refuses. `settings` are those of [`Checker::settings`].
    pub fn new(plan: &'p Plan, settings: &'p Settings, detector: &'p Detector) -> Checker<'p> {
        let refused = REASONS.iter().filter(|info| match info.when {
            When::Always => false,
            When::Usually | When::Asked => plan.quality.reject.iter().any(|name| name == info.name),
        });
        Checker {
            plan,
            detector,
            judge: Judge::new(settings),
            across: across::Block::default(),
            refused: refused.map(|info| info.reason).collect(),
            printer: Printer::new(plan),
        }
    }

    /// What looks for signs of bad data: for secrets only if the plan refuses them.
    pub fn detector(plan: &Plan) -> Detector {
        let secret = Reason::Secret.name();
        match plan.quality.reject.iter().any(|name| name == secret) {
            true => Detector::new(),
            false => Detector::without_secrets(),
        }
    }

    /// The rules that an example must hold: those of the plan's targets about one record, as chatml-validate
    /// has them.
    pub fn settings(plan: &Plan) -> Result<Settings, String> {
        use crate::rules::{PROFILES, Profile, settings::Selection};
        let of = |name: &String| -> Result<&'static Profile, String> {
            PROFILES
                .iter()
                .find(|profile| profile.name == name)
                .ok_or_else(|| format!("no profile {name}"))
        };
        let profiles = plan.task.targets.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let one_record = Selection {
            ignore: vec!["X".to_owned()],
            // What is a warning about data of unknown origin is a fault of an answer: a call that does not fit its
            // tool, control characters.
            error: ["F010", "F011", "B014"].map(str::to_owned).to_vec(),
            ..Selection::default()
        };
        match profiles.is_empty() {
            true => Settings::new(&PROFILES.iter().take(1).collect::<Vec<_>>(), &one_record),
            false => Settings::new(&profiles, &one_record),
        }
    }

    /// Judges an example. `negative`: its assistant is to decline or to ask back. `turns`: user turns that it is
    /// to have.
    pub fn check(
        &mut self,
        draft: &Draft,
        negative: bool,
        turns: u32,
    ) -> Result<Judgement, Rejection> {
        check_order(draft, turns)?;
        self.check_lengths(draft)?;
        self.check_forbidden(draft)?;
        self.check_signs(draft, negative)?;
        let mut line = Vec::with_capacity(512);
        draft.write(&mut line);
        self.check_rules(&line)?;
        Ok(Judgement { line, fingerprint: self.printer.print(draft) })
    }

    fn check_lengths(&self, draft: &Draft) -> Result<(), Rejection> {
        let (least, most) = self.plan.task.words;
        if least.is_none() && most.is_none() {
            return Ok(());
        }
        for said in &draft.messages {
            let Said::Assistant(content) = said else { continue };
            let words = text::words(content) as u64;
            if least.is_some_and(|least| words < least) {
                return Err(Rejection::new(Reason::TooShort, format!("{words} words")));
            }
            if most.is_some_and(|most| words > most) {
                return Err(Rejection::new(Reason::TooLong, format!("{words} words")));
            }
        }
        Ok(())
    }

    fn check_forbidden(&self, draft: &Draft) -> Result<(), Rejection> {
        for content in draft.messages.iter().filter_map(spoken) {
            let found = self.plan.task.forbidden.iter().find(|pattern| pattern.is_match(content));
            if let Some(pattern) = found {
                return Err(Rejection::new(Reason::Forbidden, pattern.as_str()));
            }
        }
        Ok(())
    }

    fn check_signs(&self, draft: &Draft, negative: bool) -> Result<(), Rejection> {
        if self.refused.is_empty() {
            return Ok(());
        }
        let is_form = draft.messages.iter().filter_map(spoken).any(is_left_out);
        if is_form && self.refused.contains(&Reason::Placeholder) {
            return Err(Rejection::new(Reason::Placeholder, "dots in place of a message"));
        }
        let mut found = Signs::NONE;
        let mut query: Option<(&str, bool)> = None;
        for said in &draft.messages {
            match said {
                Said::User(content) => {
                    let mut signs = Signs::NONE;
                    self.detector.text(Speaker::Assistant, content, &mut signs);
                    signs
                        .iter()
                        .filter(|sign| !ONLY_OF_ANSWERS.contains(sign))
                        .for_each(|sign| found.insert(sign));
                    query = Some((content, query.is_none()));
                }
                Said::Assistant(content) => {
                    self.detector.text(Speaker::Assistant, content, &mut found);
                    if let Some((query, first)) = query {
                        self.detector.pair(query, content, first, &mut found);
                    }
                }
                Said::System(_) | Said::Calls(_) | Said::Result { .. } => {}
            }
        }
        let counts = |reason: &&Reason| {
            let declines = negative && **reason == Reason::Refusal;
            !declines && reason.info().signs.iter().any(|sign| found.contains(*sign))
        };
        match self.refused.iter().find(counts) {
            None => Ok(()),
            Some(reason) => {
                let signs = reason.info().signs.iter().filter(|sign| found.contains(**sign));
                let names: Vec<&str> = signs.map(|sign: &Sign| sign.name()).collect();
                let detail =
                    if reason.info().signs.len() > 1 { names.join(", ") } else { String::new() };
                Err(Rejection::new(*reason, detail))
            }
        }
    }

    fn check_rules(&mut self, line: &[u8]) -> Result<(), Rejection> {
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let at = Line { bytes, terminated: true, first: false, number: 0, offset: 0 };
        let mut findings = Vec::new();
        self.judge.line(at, &mut self.across, &mut findings);
        match findings.iter().find(|finding| finding.severity == Severity::Error) {
            None => Ok(()),
            Some(finding) => {
                let detail = format!("{} {}", finding.rule.code(), finding.what());
                Err(Rejection::new(Reason::Invalid, detail))
            }
        }
    }
}

/// What a person or the model says in words.
fn spoken(said: &Said) -> Option<&str> {
    match said {
        Said::User(content) | Said::Assistant(content) => Some(content),
        Said::System(_) | Said::Calls(_) | Said::Result { .. } => None,
    }
}

/// Are there only dots, as in the form of the answer that a model is shown?
fn is_left_out(content: &str) -> bool {
    let mut letters = content.chars().filter(|c| !c.is_whitespace()).peekable();
    letters.peek().is_some() && letters.all(|c| matches!(c, '.' | '\u{2026}'))
}

/// Are the messages a conversation of so many turns: the user, then the assistant, which may call tools first?
fn check_order(draft: &Draft, turns: u32) -> Result<(), Rejection> {
    let wrong = |detail: String| Err(Rejection::new(Reason::RoleOrder, detail));
    let mut user_is_next = true;
    let mut asked = 0;
    for (at, said) in draft.messages.iter().enumerate() {
        match said {
            Said::System(_) if at == 0 => {}
            Said::User(_) if user_is_next => {
                user_is_next = false;
                asked += 1;
            }
            Said::Assistant(_) if !user_is_next => user_is_next = true,
            Said::Calls(_) | Said::Result { .. } if !user_is_next => {}
            _ => return wrong(format!("message {}", at + 1)),
        }
    }
    match () {
        () if !user_is_next => wrong("the last message is not the assistant's".to_owned()),
        () if asked != turns => wrong(format!("{asked} turns, {turns} were asked for")),
        () => Ok(()),
    }
}

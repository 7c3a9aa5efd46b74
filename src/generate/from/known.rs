//! Names of columns and keys that are known without a template.

use crate::generate::draft::Said;
use crate::record::text::{QUOTE_BYTES, quote};

/// Names that are listed in a message.
const LISTED: usize = 12;

/// The names that there are, for a message about one that there is not.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| quote(name, QUOTE_BYTES)).collect();
    if names.len() > LISTED {
        names.truncate(LISTED);
        names.push("others".to_owned());
    }
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Those of a question and its answer, the first pair that is there counts.
const PAIRS: [(&str, &str); 9] = [
    ("question", "answer"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "answer"),
    ("query", "response"),
    ("query", "answer"),
    ("instruction", "output"),
    ("instruction", "response"),
    ("input", "output"),
];

/// Those of what the question is about, which is asked together with it.
const WITH: [&str; 2] = ["input", "context"];

/// Those of a system message.
const SYSTEM: [&str; 2] = ["system", "system_prompt"];

/// The names that a document has of those that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub question: &'static str,
    pub answer: &'static str,
    with: Option<&'static str>,
    system: Option<&'static str>,
}

impl Known {
    /// None: there is no question with an answer.
    pub(super) fn of(has: impl Fn(&str) -> bool) -> Option<Known> {
        let (question, answer) =
            PAIRS.into_iter().find(|(question, answer)| has(question) && has(answer))?;
        Some(Known {
            question,
            answer,
            with: WITH.into_iter().find(|name| *name != question && has(name)),
            system: SYSTEM.into_iter().find(|name| has(name)),
        })
    }

    /// The names.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        [self.question, self.answer].into_iter().chain(self.with).chain(self.system)
    }

    /// The messages of a row. `text` gives what stands under a name, an empty text where that is nothing.
    pub(super) fn said<'r>(
        self,
        text: impl Fn(&str) -> Result<&'r str, String>,
    ) -> Result<Vec<Said>, String> {
        let optional = |name: Option<&str>| name.map_or(Ok(""), &text).map(str::trim);
        let wanted = |name: &str| match text(name)?.trim() {
            "" => Err(format!("{name} is empty")),
            text => Ok(text.to_owned()),
        };
        let mut question = wanted(self.question)?;
        let with = optional(self.with)?;
        if !with.is_empty() {
            question = format!("{question}\n\n{with}");
        }
        let system = optional(self.system)?;
        let system = (!system.is_empty()).then(|| Said::System(system.to_owned()));
        let turn = [Said::User(question), Said::Assistant(wanted(self.answer)?)];
        Ok(system.into_iter().chain(turn).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_question_is_asked_with_it() {
        let row = [("question", "q"), ("answer", " a "), ("context", "c"), ("system_prompt", "s")];
        let there = |name: &str| row.iter().find(|(known, _)| *known == name);
        let known = Known::of(|name| there(name).is_some()).unwrap();
        let text = |name: &str| Ok(there(name).map_or("", |(_, text)| *text));
        let wanted = [
            Said::System("s".to_owned()),
            Said::User("q\n\nc".to_owned()),
            Said::Assistant("a".to_owned()),
        ];
        assert_eq!(known.said(text), Ok(wanted.to_vec()));
        let bare = |name: &str| Ok(if name == "question" { "q" } else { "" });
        assert_eq!(known.said(bare), Err("answer is empty".to_owned()));
    }

    #[test]
    fn an_input_is_a_question_only_where_nothing_else_is() {
        let of = |names: &[&str]| Known::of(|name| names.contains(&name));
        let asked = |names| of(names).map(|known| (known.question, known.with));
        assert_eq!(
            asked(&["instruction", "input", "output"]),
            Some(("instruction", Some("input")))
        );
        assert_eq!(asked(&["input", "output"]), Some(("input", None)));
        assert_eq!(asked(&["input", "question"]), None);
    }
}

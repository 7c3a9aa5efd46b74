//! From examples that are to be made to requests: what a model is asked, word for word.
//!
//! What a model wrote before, such as an opening that is used too often or an example that was accepted, and what
//! stands in files of seeds, is shown as data in the user's message. No system prompt holds any of it: a text that
//! gives orders must not be obeyed.

mod opening;
mod shots;
mod templates;
mod words;

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{self, Asked, Tools};
use super::backend::{Id, Request, Role, Shape};
use super::draft::{Draft, Said};
use super::draw::{Draw, Purpose};
use super::example::Example;
use super::plan::{Plan, System};
use crate::record::text::{QUOTE_BYTES, quote};

use templates::Templates;

pub use shots::Shots;
pub use templates::check;

/// The step at which an example is judged; turns have lower ones.
pub const JUDGE: u32 = u32::MAX;

/// What earlier examples say about the next ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steering {
    /// Openings that are used too often.
    pub avoid: Vec<String>,
    /// Examples that were accepted, to be shown.
    pub own: Vec<Value>,
}

/// Makes requests of examples.
#[derive(Debug)]
pub struct Prompts<'p> {
    plan: &'p Plan,
    templates: Templates<'p>,
    shots: Shots,
    tools: Option<Arc<Value>>,
}

impl<'p> Prompts<'p> {
    /// One for the templates of the plan, which were checked when it was read.
    pub fn new(plan: &'p Plan, shots: Shots) -> Result<Prompts<'p>, String> {
        let templates = Templates::new(plan)?;
        let tools = (!plan.tools.is_empty()).then(|| Arc::new(plan.tools.clone().into()));
        Ok(Prompts { plan, templates, shots, tools })
    }

    /// The tools of a record; none if the plan has none.
    pub fn tools(&self) -> Option<Arc<Value>> {
        self.tools.clone()
    }

    /// What the assistant of an example is told about itself, if anything.
    pub fn system(&self, example: &Example) -> Result<Option<String>, String> {
        let (at, text) = match &self.plan.system {
            System::None => return Ok(None),
            System::Fixed(prompt) => (0, prompt),
            System::Varied(prompts) => {
                let mut draw = self.draw(example, Purpose::System);
                let at = draw.below(prompts.len());
                match prompts.get(at) {
                    Some(prompt) => (at, prompt),
                    None => return Ok(None),
                }
            }
        };
        // Most prompts have nothing to fill in.
        match text.contains('{') {
            true => {
                self.templates.fill("system.prompts", at, example, &Steering::default()).map(Some)
            }
            false => Ok(Some(text.clone())),
        }
    }

    /// Asks for whole conversations: one for each example, or several candidates for one. `shots`: examples are
    /// shown, as many as the plan says.
    pub fn request(
        &self,
        examples: &[Example],
        steering: &Steering,
        shots: bool,
    ) -> Result<Request, String> {
        let asked = self.asked(examples);
        let user = words::request(&words::Parts {
            plan: self.plan,
            asked,
            specs: examples
                .iter()
                .map(|example| self.spec(example, steering, true))
                .collect::<Result<_, String>>()?,
            shown: if shots { self.shown(examples, steering) } else { Vec::new() },
            avoid: &steering.avoid,
        });
        let turns: Vec<u32> = examples.iter().map(|example| example.turns).collect();
        let tools = if self.plan.tools.is_empty() { Tools::None } else { Tools::Some };
        let schema = answer::shape(asked, &turns, self.plan.task.words.1, tools);
        Ok(Request {
            id: id(examples, 0),
            messages: vec![(Role::System, self.instructions(examples)?), (Role::User, user)],
            shape: Some(Shape { name: "examples", schema }),
            backend: None,
        })
    }

    /// What is asked for in one request for these examples.
    pub fn asked(&self, examples: &[Example]) -> Asked {
        match self.plan.prompt.verbalized {
            true => Asked { count: self.plan.prompt.per_request, verbalized: true },
            false => Asked { count: examples.len(), verbalized: false },
        }
    }

    /// Asks for what the person says next in a conversation; `step` counts the requests for this example.
    pub fn next_question(
        &self,
        example: &Example,
        said: &[Said],
        steering: &Steering,
        step: u32,
    ) -> Result<Request, String> {
        let spec = self.spec(example, steering, said.is_empty())?;
        let shown = self.shown(std::slice::from_ref(example), steering);
        let told = words::told(&shown, &steering.avoid);
        let user = words::next_question(self.plan, &spec, said, &told);
        let messages = vec![(Role::System, words::ROLE_OF_PERSON.to_owned()), (Role::User, user)];
        Ok(Request {
            id: Id { step, ..id(std::slice::from_ref(example), 0) },
            messages,
            shape: None,
            backend: None,
        })
    }

    /// Asks for what the assistant answers: the conversation as it is.
    pub fn next_answer(
        &self,
        example: &Example,
        said: &[Said],
        step: u32,
    ) -> Result<Request, String> {
        let mut system = self.system(example)?.unwrap_or_default();
        system.push_str(&words::manner(self.plan, example));
        let mut messages = vec![(Role::System, system.trim().to_owned())];
        messages.extend(said.iter().filter_map(|said| match said {
            Said::User(text) => Some((Role::User, text.clone())),
            Said::Assistant(text) => Some((Role::Assistant, text.clone())),
            Said::System(_) | Said::Calls(_) | Said::Result { .. } => None,
        }));
        Ok(Request {
            id: Id { step, ..id(std::slice::from_ref(example), 0) },
            messages,
            shape: None,
            backend: None,
        })
    }

    /// Asks a judge for the points of an example, from 0 to 10.
    pub fn judge(&self, example: &Example, draft: &Draft) -> Result<Option<Request>, String> {
        let Some(judge) = &self.plan.quality.judge else { return Ok(None) };
        let question = match &judge.prompt {
            Some(_) => {
                self.templates.fill("quality.judge.prompt", 0, example, &Steering::default())?
            }
            None => words::JUDGE.to_owned(),
        };
        let schema = json!({
            "type": "object",
            "properties": {
                "reason": {"type": "string", "maxLength": 400},
                "score": {"type": "number", "minimum": 0, "maximum": 10},
            },
            "required": ["reason", "score"],
            "additionalProperties": false,
        });
        let record = serde_json::to_string(draft).unwrap_or_default();
        Ok(Some(Request {
            id: Id { step: JUDGE, ..id(std::slice::from_ref(example), 0) },
            messages: vec![
                (Role::System, question),
                (Role::User, format!("The example:\n{record}")),
            ],
            shape: Some(Shape { name: "judgement", schema }),
            backend: Some(judge.backend.clone()),
        }))
    }

    /// The points that a judge gave, with what it said of them, or why there are none in its answer.
    pub fn points(text: &str) -> Result<(f64, String), String> {
        let value = answer::value(text)?;
        let reason = value.get("reason").and_then(Value::as_str).unwrap_or_default().trim();
        let score = value.get("score").ok_or("its answer has no score")?;
        let typed = |text: &&str| text.bytes().all(|of| of.is_ascii_digit() || of == b'.');
        let points = match score {
            Value::String(text) => Some(text.trim()).filter(typed).and_then(|of| of.parse().ok()),
            score => score.as_f64(),
        };
        // More than was asked for is another scale.
        let points = points.filter(|points| (0.0..=10.0).contains(points)).ok_or_else(|| {
            let score = score.as_str().map_or_else(|| score.to_string(), str::to_owned);
            format!("its score is no number from 0 to 10: {}", quote(&score, QUOTE_BYTES))
        })?;
        Ok((points, reason.to_owned()))
    }

    /// What the model is told about its task.
    fn instructions(&self, examples: &[Example]) -> Result<String, String> {
        match (&self.plan.prompt.system, examples.first()) {
            (Some(_), Some(example)) => {
                self.templates.fill("prompt.system", 0, example, &Steering::default())
            }
            _ => Ok(words::instructions(self.plan)),
        }
    }

    /// What one example is to be. `begins`: its first message is asked for.
    fn spec(
        &self,
        example: &Example,
        steering: &Steering,
        begins: bool,
    ) -> Result<words::Spec, String> {
        let asked = match &self.plan.prompt.user {
            Some(_) => self.templates.fill("prompt.user_template", 0, example, steering)?,
            None => words::bindings(self.plan, example),
        };
        Ok(words::Spec {
            asked,
            system: self.system(example)?,
            begins: begins.then(|| self.opening(example)).flatten(),
            turns: example.turns,
            negative: example.is_negative(),
        })
    }

    /// How the person begins, unless the plan leaves that to its own words.
    fn opening(&self, example: &Example) -> Option<String> {
        let draw = || opening::opening(&mut self.draw(example, Purpose::Opening));
        self.plan.prompt.vary.then(draw)
    }

    /// The examples that are shown: some of the seeds, and some that were accepted.
    fn shown(&self, examples: &[Example], steering: &Steering) -> Vec<Value> {
        let Some(first) = examples.first() else { return Vec::new() };
        let mut draw = self.draw(first, Purpose::Shots);
        let mut shown = self.shots.some(self.plan.prompt.shot_count, &mut draw);
        shown.extend(shots::some_of(&steering.own, self.plan.prompt.own_count, &mut draw));
        shown
    }

    fn draw(&self, example: &Example, purpose: Purpose) -> Draw {
        Draw::new(self.plan.seed, example.slot, example.attempt, purpose)
    }
}

fn id(examples: &[Example], step: u32) -> Id {
    let first = examples.first();
    Id {
        slot: first.map_or(0, |first| first.slot),
        attempt: first.map_or(0, |first| first.attempt),
        step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_a_number_or_the_text_of_one() {
        let of = |text: &str| Prompts::points(text);
        let points = |points: f64, why: &str| Ok((points, why.to_owned()));
        assert_eq!(of(r#"{"reason": " good ", "score": 9}"#), points(9.0, "good"));
        assert_eq!(of(r#"So: {"score": " 7.5 "}"#), points(7.5, ""));
        for (text, why) in [
            ("I like it.", "there is no JSON in it"),
            (" ", "the answer is empty"),
            (r#"{"score": 9"#, "the JSON is broken or cut off"),
            (r#"{"points": 9}"#, "its answer has no score"),
            (r#"{"score": 40}"#, "its score is no number from 0 to 10: \"40\""),
            (r#"{"score": "9/10"}"#, "its score is no number from 0 to 10: \"9/10\""),
            (r#"{"score": ""}"#, "its score is no number from 0 to 10: \"\""),
            (r#"{"score": null}"#, "its score is no number from 0 to 10: \"null\""),
        ] {
            assert_eq!(of(text), Err(why.to_owned()), "{text}");
        }
        for text in ["-1", "inf", "NaN", "1e1", "+9", "..", "11"] {
            assert!(of(&format!("{{\"score\": \"{text}\"}}")).is_err(), "{text}");
        }
    }
}

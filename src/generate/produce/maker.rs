//! Makes examples by asking models.

use crate::error::{Error, Result};
use crate::generate::accept::Checker;
use crate::generate::answer;
use crate::generate::backend::{Answer, Carrier, Class, Refusal, Request};
use crate::generate::draft::{Draft, Said};
use crate::generate::draw::{Draw, Purpose};
use crate::generate::example::Example;
use crate::generate::journal::{Known, Past, Pen};
use crate::generate::plan::Plan;
use crate::generate::prompt::{Prompts, Steering};
use crate::generate::reason::{Reason, Rejection};
use crate::generate::typos::{Kept, slipped};

use super::intake::{Candidate, Outcome};

/// Why a request led to nothing.
pub(in crate::generate) enum Trouble {
    /// The run ends.
    Ended(Refusal),
    /// The run fails.
    Failed(Error),
}

/// One of the workers that ask models.
pub(in crate::generate) struct Maker<'a> {
    pub plan: &'a Plan,
    pub prompts: &'a Prompts<'a>,
    pub carrier: &'a Carrier,
    pub known: &'a Known,
    pub checker: Checker<'a>,
    /// What was paid for goes into the journal at once: before it is judged, whatever others wait for.
    pub pen: Pen,
}

impl Maker<'_> {
    /// What came of each example of a request; an error ends the run.
    pub(in crate::generate) fn make(
        &mut self,
        examples: &[Example],
        steering: &Steering,
    ) -> Result<std::result::Result<Vec<Outcome>, Refusal>> {
        let made = match self.plan.prompt.turn_by_turn {
            true => examples
                .iter()
                .map(|example| self.turn_by_turn(example, steering).map(|outcome| vec![outcome]))
                .collect::<std::result::Result<Vec<_>, _>>()
                .map(|made| made.into_iter().flatten().collect()),
            false => self.at_once(examples, steering),
        };
        match made {
            Ok(outcomes) => Ok(Ok(outcomes)),
            Err(Trouble::Ended(refusal)) => Ok(Err(refusal)),
            Err(Trouble::Failed(error)) => Err(error),
        }
    }

    /// Whole conversations in one answer.
    fn at_once(
        &mut self,
        examples: &[Example],
        steering: &Steering,
    ) -> std::result::Result<Vec<Outcome>, Trouble> {
        let build = |shots| self.prompts.request(examples, steering, shots).map_err(unfit);
        let answer = match self.ask(&build(true)?)? {
            Err((Class::Context, _)) => self.ask(&build(false)?)?,
            answer => answer,
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err((class, reason)) => {
                return Ok(examples.iter().map(|_| Outcome::unanswered(class, &reason)).collect());
            }
        };
        let asked = self.prompts.asked(examples);
        let mut drafts = answer::read(&answer.text, asked, self.plan.quality.strip_think);
        let raw = || Some(answer.text.clone());
        if asked.verbalized {
            let Some(example) = examples.first() else { return Ok(Vec::new()) };
            // One that is there twice is judged, and paid for, once.
            let mut seen: Vec<Draft> = Vec::new();
            drafts.retain(|draft| {
                let is_new = draft.as_ref().map_or(true, |draft| !seen.contains(draft));
                seen.extend(draft.iter().filter(|_| is_new).cloned());
                is_new
            });
            let candidates = drafts
                .into_iter()
                .map(|draft| self.candidate(example, draft))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            return Ok(vec![Outcome::of(candidates, raw())]);
        }
        // An answer that could not be read at all is one rejection, which stands for each of the examples.
        if let [Err(rejection)] = drafts.as_slice() {
            drafts = vec![Err(rejection.clone()); examples.len()];
        }
        examples
            .iter()
            .zip(drafts)
            .map(|(example, draft)| Ok(Outcome::of(vec![self.candidate(example, draft)?], raw())))
            .collect()
    }

    /// A conversation in which each side is asked in turn.
    fn turn_by_turn(
        &mut self,
        example: &Example,
        steering: &Steering,
    ) -> std::result::Result<Outcome, Trouble> {
        let mut said: Vec<Said> = Vec::new();
        let strip = self.plan.quality.strip_think;
        for turn in 0..example.turns {
            let step = turn.saturating_mul(2);
            let question =
                self.prompts.next_question(example, &said, steering, step).map_err(unfit)?;
            match self.said(&question, strip)? {
                Ok(text) => said.push(Said::User(text)),
                Err(nothing) => return Ok(nothing),
            }
            let answer =
                self.prompts.next_answer(example, &said, step.saturating_add(1)).map_err(unfit)?;
            match self.said(&answer, strip)? {
                Ok(text) => said.push(Said::Assistant(text)),
                Err(nothing) => return Ok(nothing),
            }
        }
        let draft = Draft { messages: said, ..Draft::default() };
        Ok(Outcome::of(vec![self.candidate(example, Ok(draft))?], None))
    }

    /// What one side says, or what comes of an example that cannot go on.
    fn said(
        &mut self,
        request: &Request,
        strip: bool,
    ) -> std::result::Result<std::result::Result<String, Outcome>, Trouble> {
        Ok(match self.ask(request)? {
            Ok(answer) => answer::said(&answer.text, strip)
                .map_err(|rejection| Outcome::nothing(rejection, Some(answer.text))),
            Err((class, reason)) => Err(Outcome::unanswered(class, &reason)),
        })
    }

    /// Judges what was made, at last by the model that judges.
    fn candidate(
        &mut self,
        example: &Example,
        draft: std::result::Result<Draft, Rejection>,
    ) -> std::result::Result<Candidate, Trouble> {
        let draft = match draft {
            Ok(draft) => dressed(self.plan, self.prompts, example, draft).map_err(unfit)?,
            Err(rejection) => return Ok(Candidate { draft: None, verdict: Err(rejection) }),
        };
        let mut verdict = self.checker.check(&draft, example.is_negative(), example.turns);
        if verdict.is_ok()
            && let Some(request) = self.prompts.judge(example, &draft).map_err(unfit)?
            && let Err(rejection) = self.points(&request)?
        {
            verdict = Err(rejection);
        }
        Ok(Candidate { draft: Some(draft), verdict })
    }

    fn points(
        &mut self,
        request: &Request,
    ) -> std::result::Result<std::result::Result<(), Rejection>, Trouble> {
        let least = self.plan.quality.judge.as_ref().map_or(0.0, |judge| judge.min);
        Ok(match self.ask(request)? {
            Ok(answer) => match Prompts::points(&answer.text) {
                Ok((points, _)) if points >= least => Ok(()),
                Ok((points, why)) => {
                    let why = if why.is_empty() { why } else { format!(": {why}") };
                    Err(Rejection::new(Reason::Judge, format!("{points} points{why}")))
                }
                Err(why) => Err(Rejection::unjudged(&why)),
            },
            Err((class, reason)) => {
                let why = format!("{}: {reason}", class.name());
                Err(match class.counts() {
                    true => Rejection::new(Reason::Unanswered, format!("no judgement: {why}")),
                    false => Rejection::unjudged(&why),
                })
            }
        })
    }

    /// Asks, unless the journal knows what comes of it.
    fn ask(
        &mut self,
        request: &Request,
    ) -> std::result::Result<std::result::Result<Answer, (Class, String)>, Trouble> {
        let hash = request.hash();
        if let Some(past) = self.known(hash, request).map_err(Trouble::Failed)? {
            return Ok(match past {
                Past::Answer(answer) => Ok(answer),
                Past::Unanswered { class, reason } => Err((class, reason)),
            });
        }
        let asked = self.carrier.ask(request);
        // Whoever lost it: what was paid for goes into the journal.
        self.carrier
            .lost()
            .iter()
            .try_for_each(|lost| self.pen.lost(lost))
            .map_err(Trouble::Failed)?;
        match asked {
            Ok(answer) => {
                self.pen.answer(hash, request.id, &answer).map_err(Trouble::Failed)?;
                Ok(Ok(answer))
            }
            Err(Refusal::Failed { class, reason }) => {
                let kept = self.pen.unanswered(hash, request.id, class, &reason);
                kept.map_err(Trouble::Failed)?;
                Ok(Err((class, reason)))
            }
            Err(refusal) => Err(Trouble::Ended(refusal)),
        }
    }

    /// What the journal knows of a request. What it has of another plan, or of the same example in other words, becomes
    /// this one's.
    fn known(&self, hash: u128, request: &Request) -> Result<Option<Past>> {
        if let Some(past) = self.known.take(hash, request.id)? {
            return Ok(Some(past));
        }
        let found = match self.known.adopt(hash, request.id)? {
            None if self.asks_for_one(request) => self.known.reworded(request.id)?,
            found => found,
        };
        let Some((of, past)) = found else { return Ok(None) };
        self.pen.adopted(hash, request.id, of, &past)?;
        Ok(Some(past))
    }

    /// Is all that the request asks for the whole conversation of one example? Then any answer is one to it.
    fn asks_for_one(&self, request: &Request) -> bool {
        let prompt = &self.plan.prompt;
        let is_whole = !prompt.turn_by_turn && !prompt.verbalized && prompt.per_request <= 1;
        is_whole && request.id.step == 0
    }
}

/// Share of the letters of a message with slips that get one: one or two in a sentence.
const SLIPS: f64 = 0.02;

/// Gives a share of the user's messages slips of the keyboard, but not in words that the rest repeats.
fn slip(draft: &mut Draft, share: f64, draw: &mut Draw) {
    let mut kept = None;
    for at in 0..draft.messages.len() {
        let Said::User(text) = &draft.messages[at] else { continue };
        if draw.chance(share) {
            let kept = kept.get_or_insert_with(|| kept_of(&draft.messages));
            draft.messages[at] = Said::User(slipped(text, kept, SLIPS, draw));
        }
    }
}

/// The words of what others say than the user that must still be right.
fn kept_of(messages: &[Said]) -> Kept {
    let mut kept = Kept::default();
    for said in messages {
        match said {
            Said::User(_) => {}
            Said::System(text) | Said::Assistant(text) => kept.keep(text),
            Said::Calls(calls) => {
                calls.iter().for_each(|call| kept.keep_all(&call.arguments.to_string()))
            }
            Said::Result { content, .. } => kept.keep_all(content),
        }
    }
    kept
}

/// The conversation as its record has it: with the slips of the user, the system prompt, the tools, and what it was
/// made from.
pub(in crate::generate) fn dressed(
    plan: &Plan,
    prompts: &Prompts<'_>,
    example: &Example,
    mut draft: Draft,
) -> std::result::Result<Draft, String> {
    if plan.task.typos > 0.0 {
        let mut draw = Draw::new(plan.seed, example.slot, example.attempt, Purpose::Typos);
        slip(&mut draft, plan.task.typos, &mut draw);
    }
    if let Some(system) = prompts.system(example)? {
        draft.messages.insert(0, Said::System(system));
    }
    draft.tools = prompts.tools();
    if plan.output.metadata {
        let values = example.bindings.iter().map(|(name, value)| (name.to_owned(), value.into()));
        draft.metadata = Some(serde_json::Value::Object(values.collect()));
    }
    Ok(draft)
}

/// A template that does not render is a fault of the plan.
fn unfit(what: String) -> Trouble {
    Trouble::Failed(Error::Unfit(what))
}

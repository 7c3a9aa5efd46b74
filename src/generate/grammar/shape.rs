//! What a grammar is once it was read: names are places in lists, so that nothing is looked up by name in a draft.

use serde_json::Value;

use super::fixed::Fixed;
use super::formula::Formula;
use super::words::Modifier;
use crate::generate::plan::Pattern;

/// What a name in a phrase stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The value of an axis.
    Axis(usize),
    /// What was drawn for a slot.
    Slot(usize),
    /// A field of what was drawn for a slot.
    Field(usize, usize),
    /// A phrase of a rule, drawn anew each time.
    Rule(usize),
}

/// A part of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Itself.
    Text(Box<str>),
    /// What a name stands for.
    Name(Of, Box<[Modifier]>),
    /// The value of a formula with so many decimal places, or as many as it has.
    Sum(Formula, Option<u32>),
}

/// One way of saying it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase {
    /// Its parts.
    pub(super) pieces: Box<[Piece]>,
    /// It is only taken where this is not 0.
    pub(super) only_if: Option<Formula>,
}

/// What a name of a rule stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    /// One of these phrases.
    Any {
        /// At least one.
        phrases: Vec<Phrase>,
        /// As many weights; empty: all alike.
        weights: Vec<f64>,
        /// Some phrase has a condition.
        conditional: bool,
    },
    /// Another rule, by what a name stands for.
    By(Of, Cases),
}

/// Places by text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Cases {
    /// In order of the texts.
    pub(super) at: Vec<(Box<str>, usize)>,
    /// For all other texts.
    pub(super) otherwise: Option<usize>,
}

impl Cases {
    /// The place for a text.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let found = self.at.binary_search_by(|(case, _)| (**case).cmp(text)).ok();
        found.and_then(|at| self.at.get(at)).map(|(_, place)| *place).or(self.otherwise)
    }

    /// All places.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.at.iter().map(|(_, place)| *place).chain(self.otherwise)
    }
}

/// What is drawn once for an example, and remembered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Slot {
    /// One of these rows.
    Listed(Table),
    /// A number in steps.
    Number {
        /// The least.
        min: Fixed,
        /// The distance of two.
        step: Fixed,
        /// How many there are.
        count: usize,
        /// Decimal places.
        places: u32,
    },
    /// A text of a form.
    Pattern(Pattern),
    /// The value of a formula, rounded to so many places.
    Sum(Formula, Option<u32>),
    /// A row of the table of another slot, which neither that slot nor another of this kind has drawn.
    Other(usize),
    /// What another slot is, by what a name stands for.
    By(Of, Cases),
}

/// Rows to draw one of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Table {
    /// Names of the fields with whether all their values are numbers; a list of texts has one without a name.
    pub(super) fields: Vec<(String, bool)>,
    /// At least one; each with as many values as there are fields.
    pub(super) rows: Vec<Box<[Box<str>]>>,
    /// As many weights; empty: all alike.
    pub(super) weights: Vec<f64>,
}

/// A JSON value with phrases in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Itself.
    Fixed(Value),
    /// A string.
    Text(Phrase),
    /// A number that a phrase writes.
    Number(Phrase),
    /// Some in order.
    List(Vec<Shape>),
    /// Some by name; left out is one whose name ends in `?` in the plan and whose text is empty.
    Table(Vec<(String, bool, Shape)>),
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CallShape {
    /// The tool.
    pub(super) tool: String,
    /// A table.
    pub(super) arguments: Shape,
    /// What comes back: a text, or anything else as JSON.
    pub(super) result: Shape,
    /// It is called together with the one before it.
    pub(super) together: bool,
}

/// What one asks and the other answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    /// A rule.
    pub(super) user: usize,
    /// Calls before the answer.
    pub(super) calls: Vec<CallShape>,
    /// A rule.
    pub(super) assistant: usize,
}

/// For which values of the axes something is meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct When {
    /// Axes with the values that they may have; all must.
    pub(super) axes: Vec<(usize, Vec<String>)>,
    /// For examples in which the assistant declines or asks back.
    pub(super) negative: bool,
}

impl When {
    /// Is it meant for these values of the axes?
    pub(super) fn holds(&self, values: &[&str], negative: bool) -> bool {
        self.negative == negative
            && self.axes.iter().all(|(axis, wanted)| {
                values.get(*axis).is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
            })
    }
}

/// A turn after the first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Followup {
    /// Which conversations it is for.
    pub(super) when: When,
    /// What is said.
    pub(super) turn: Turn,
    /// It can only be the last.
    pub(super) last: bool,
}

/// A kind of conversation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// The line where it stands.
    pub(super) line: usize,
    /// Which examples it is for.
    pub(super) when: When,
    /// Against other scenes that are for the same example.
    pub(super) weight: f64,
    /// The first turn.
    pub(super) first: Turn,
    /// Turns that only fit here.
    pub(super) followups: Vec<Followup>,
    /// These are taken in order.
    pub(super) in_order: bool,
}

/// Chooses a place by weights, or each alike if there are none.
pub(super) fn weighted(
    draw: &mut crate::generate::draw::Draw,
    weights: &[f64],
    count: usize,
) -> usize {
    if weights.is_empty() { draw.below(count) } else { draw.weighted(weights).unwrap_or(0) }
}

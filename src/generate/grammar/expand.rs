//! From a grammar to texts: one expansion for each example, in which slots keep what was drawn for them.

use serde_json::Value as Json;

use super::Grammar;
use super::fixed::Fixed;
use super::pattern;
use super::shape::{Of, Phrase, Piece, Rule, Shape, Slot, Table, weighted};
use super::words::Modifier;
use crate::generate::draw::Draw;

/// Rules inside each other: a rule that leads to itself seldom goes as deep, and each level takes less than 1 KiB of the
/// stack.
const DEPTH: u32 = 64;

/// Pieces of an example, so that rules that double each other end.
const PIECES: u32 = 100_000;

/// Bytes of a message: far beyond what a person writes.
const BYTES: usize = 1 << 20;

/// What was drawn for a slot.
#[derive(Debug, Clone, PartialEq)]
enum Drawn {
    Nothing,
    /// A row of the table of a slot.
    Row(usize, usize),
    Number(Fixed, Option<u32>),
    Text(String),
    /// What was drawn for another slot.
    Same(usize),
}

/// What is said in one example.
pub(super) struct Expansion<'g, 'd> {
    grammar: &'g Grammar,
    values: &'g [&'g str],
    draw: &'d mut Draw,
    drawn: Vec<Drawn>,
    pieces: u32,
    depth: u32,
    /// Something was left empty: a space after it goes.
    gap: bool,
}

impl<'g, 'd> Expansion<'g, 'd> {
    /// For these values of the axes, in the order in which they were named.
    pub(super) fn new(
        grammar: &'g Grammar,
        values: &'g [&'g str],
        draw: &'d mut Draw,
    ) -> Expansion<'g, 'd> {
        let drawn = vec![Drawn::Nothing; grammar.slots.len()];
        Expansion { grammar, values, draw, drawn, pieces: 0, depth: 0, gap: false }
    }

    /// The stream of chance.
    pub(super) fn draw(&mut self) -> &mut Draw {
        self.draw
    }

    /// A message by a rule, without white space at its ends; an error if nothing is left of it.
    pub(super) fn message(&mut self, rule: usize) -> Result<String, String> {
        let mut out = String::with_capacity(256);
        self.gap = true;
        self.rule(rule, &mut out)?;
        out.truncate(out.trim_end().len());
        let white = out.len() - out.trim_start().len();
        out.drain(..white);
        if out.is_empty() { Err("the grammar made an empty message".to_owned()) } else { Ok(out) }
    }

    /// A JSON value.
    pub(super) fn json(&mut self, shape: &'g Shape) -> Result<Json, String> {
        Ok(match shape {
            Shape::Fixed(value) => value.clone(),
            Shape::Text(phrase) => Json::String(self.text(phrase)?),
            Shape::Number(phrase) => number(&self.text(phrase)?)?,
            Shape::List(items) => {
                let all: Result<Vec<_>, _> = items.iter().map(|item| self.json(item)).collect();
                Json::Array(all?)
            }
            Shape::Table(entries) => {
                let mut table = serde_json::Map::with_capacity(entries.len());
                for (name, optional, shape) in entries {
                    let value = match shape {
                        // What is left out is known before it is read as a number, and is not drawn twice.
                        Shape::Text(phrase) | Shape::Number(phrase) if *optional => {
                            let text = self.text(phrase)?;
                            match shape {
                                _ if text.is_empty() => continue,
                                Shape::Number(_) => number(&text)?,
                                _ => Json::String(text),
                            }
                        }
                        _ => self.json(shape)?,
                    };
                    table.insert(name.clone(), value);
                }
                Json::Object(table)
            }
        })
    }

    fn text(&mut self, phrase: &'g Phrase) -> Result<String, String> {
        let mut out = String::new();
        self.gap = true;
        self.phrase(phrase, &mut out)?;
        Ok(out)
    }

    fn rule(&mut self, at: usize, out: &mut String) -> Result<(), String> {
        let grammar = self.grammar;
        if self.depth >= DEPTH {
            return Err("rules of the grammar lead to each other too often".to_owned());
        }
        match grammar.rules.get(at) {
            None => Err("a rule of the grammar is missing".to_owned()),
            Some(Rule::By(of, cases)) => {
                let case = self.with_text(*of, |text| cases.find(text))?;
                let case =
                    case.ok_or_else(|| "a rule of the grammar has no case for a value".to_owned())?;
                self.depth += 1;
                self.rule(case, out)?;
                self.depth -= 1;
                Ok(())
            }
            Some(Rule::Any { phrases, weights, conditional }) => {
                let place = if *conditional {
                    self.allowed(phrases, weights)?
                } else {
                    weighted(self.draw, weights, phrases.len())
                };
                let Some(phrase) = phrases.get(place) else { return Ok(()) };
                self.depth += 1;
                self.phrase(phrase, out)?;
                self.depth -= 1;
                Ok(())
            }
        }
    }

    /// One of the phrases whose condition holds.
    fn allowed(&mut self, phrases: &'g [Phrase], weights: &[f64]) -> Result<usize, String> {
        let mut open = Vec::with_capacity(phrases.len());
        for (at, phrase) in phrases.iter().enumerate() {
            let holds = match &phrase.only_if {
                None => true,
                Some(condition) => condition.value(&mut |of| self.number(of))? != Fixed::ZERO,
            };
            open.push(if holds { weights.get(at).copied().unwrap_or(1.0) } else { 0.0 });
        }
        self.draw
            .weighted(&open)
            .ok_or_else(|| "no phrase of a rule has a condition that holds".to_owned())
    }

    fn phrase(&mut self, phrase: &'g Phrase, out: &mut String) -> Result<(), String> {
        let start = out.len();
        for piece in &phrase.pieces {
            self.pieces += 1;
            if self.pieces > PIECES || out.len() > BYTES {
                return Err("an example of the grammar grows too large".to_owned());
            }
            match piece {
                Piece::Text(text) => self.push(text, start, out),
                Piece::Sum(formula, places) => {
                    let number = formula.value(&mut |of| self.number(of))?;
                    number.write(*places, out);
                    self.gap = false;
                }
                Piece::Name(of, how) => {
                    let before = out.len();
                    self.name(*of, out)?;
                    if out.len() == before {
                        self.gap = true;
                    } else {
                        self.gap &= matches!(of, Of::Rule(_));
                        modify(how, before, out);
                    }
                }
            }
        }
        // An end that was left empty takes the space before it along.
        if self.gap && out.len() > start && out.ends_with(' ') {
            out.pop();
        }
        Ok(())
    }

    /// Appends what is written in the grammar. Where something before it was left empty, one space too many goes.
    fn push(&mut self, text: &str, start: usize, out: &mut String) {
        let mut text = text;
        if std::mem::take(&mut self.gap) {
            let open = out.len() == start || out.ends_with([' ', '\n']);
            match text.strip_prefix(' ') {
                Some(rest) if open => text = rest,
                _ if out.ends_with(' ')
                    && text.starts_with(['.', ',', '?', '!', ';', ':', '\n', ')']) =>
                {
                    out.pop();
                }
                _ => {}
            }
            self.gap = text.is_empty();
        }
        out.push_str(text);
    }

    fn name(&mut self, of: Of, out: &mut String) -> Result<(), String> {
        match of {
            Of::Rule(rule) => self.rule(rule, out),
            Of::Axis(axis) => {
                out.push_str(self.values.get(axis).copied().unwrap_or_default());
                Ok(())
            }
            Of::Slot(_) | Of::Field(..) => self.with_text(of, |text| out.push_str(text)),
        }
    }

    /// Does something with the text that a name stands for.
    fn with_text<T>(&mut self, of: Of, mut with: impl FnMut(&str) -> T) -> Result<T, String> {
        let (slot, field) = match of {
            Of::Axis(axis) => return Ok(with(self.values.get(axis).copied().unwrap_or_default())),
            Of::Slot(slot) => (slot, 0),
            Of::Field(slot, field) => (slot, field),
            Of::Rule(rule) => {
                let mut text = String::new();
                self.rule(rule, &mut text)?;
                return Ok(with(&text));
            }
        };
        let slot = self.drawn(slot)?;
        Ok(match self.drawn.get(slot) {
            Some(Drawn::Row(table, row)) => with(self.cell(*table, *row, field)),
            Some(Drawn::Text(text)) => with(text),
            Some(Drawn::Number(number, places)) => {
                let mut text = String::new();
                number.write(*places, &mut text);
                with(&text)
            }
            _ => with(""),
        })
    }

    fn number(&mut self, of: Of) -> Result<Fixed, String> {
        if let Of::Slot(slot) = of {
            let slot = self.drawn(slot)?;
            if let Some(Drawn::Number(number, _)) = self.drawn.get(slot) {
                return Ok(*number);
            }
        }
        let told =
            |text: &str| format!("`{text}` is no number, and a formula of the grammar needs one");
        self.with_text(of, |text| Fixed::parse(text).ok_or_else(|| told(text)))?
    }

    fn table(&self, slot: usize) -> Option<&'g Table> {
        let grammar = self.grammar;
        if let Some(Slot::Listed(table)) = grammar.slots.get(slot) { Some(table) } else { None }
    }

    fn cell(&self, slot: usize, row: usize, field: usize) -> &'g str {
        let row = self.table(slot).and_then(|table| table.rows.get(row));
        row.and_then(|row| row.get(field)).map_or("", |cell| cell)
    }

    /// Draws for a slot unless that was done, and returns the slot that holds it.
    fn drawn(&mut self, slot: usize) -> Result<usize, String> {
        let mut at = slot;
        // A slot only leads to those before it.
        while let Some(Drawn::Same(next)) = self.drawn.get(at) {
            at = *next;
        }
        if self.drawn.get(at) != Some(&Drawn::Nothing) {
            return Ok(at);
        }
        // A slot can be made of the one above it, that of the one above, and so on.
        if self.depth >= DEPTH {
            return Err("slots of the grammar are made of each other too often".to_owned());
        }
        self.depth += 1;
        let grammar = self.grammar;
        let drawn = match grammar.slots.get(at) {
            None => return Err("a slot of the grammar is missing".to_owned()),
            Some(Slot::Listed(table)) => {
                Drawn::Row(at, weighted(self.draw, &table.weights, table.rows.len()))
            }
            Some(Slot::Number { min, step, count, places }) => {
                let steps = self.draw.below(*count) as u64;
                Drawn::Number(min.stepped(*step, steps), Some(*places))
            }
            Some(Slot::Pattern(form)) => {
                let mut text = String::new();
                pattern::write(form, self.draw, &mut text);
                Drawn::Text(text)
            }
            Some(Slot::Sum(formula, places)) => {
                let number = formula.value(&mut |of| self.number(of))?;
                Drawn::Number(places.map_or(number, |places| number.round(places)), *places)
            }
            Some(Slot::Other(of)) => self.other(*of)?,
            Some(Slot::By(of, cases)) => {
                let case = self.with_text(*of, |text| cases.find(text))?;
                let case =
                    case.ok_or_else(|| "a slot of the grammar has no case for a value".to_owned())?;
                Drawn::Same(self.drawn(case)?)
            }
        };
        self.depth -= 1;
        if let Some(place) = self.drawn.get_mut(at) {
            *place = drawn;
        }
        self.drawn(at)
    }

    /// A row of the table that a slot has drawn from, which no slot has drawn yet.
    fn other(&mut self, slot: usize) -> Result<Drawn, String> {
        let first = self.drawn(slot)?;
        let Some(Drawn::Row(table, _)) = self.drawn.get(first) else {
            return Err("there is no other of a slot that lists nothing".to_owned());
        };
        let table = *table;
        let mut rows: Vec<f64> = match self.table(table) {
            Some(known) if known.weights.is_empty() => vec![1.0; known.rows.len()],
            Some(known) => known.weights.clone(),
            None => Vec::new(),
        };
        for drawn in &self.drawn {
            if let Drawn::Row(of, row) = drawn
                && *of == table
                && let Some(open) = rows.get_mut(*row)
            {
                *open = 0.0;
            }
        }
        let row =
            self.draw.weighted(&rows).ok_or_else(|| "a slot has no other value left".to_owned())?;
        Ok(Drawn::Row(table, row))
    }
}

/// The number that a text is, digit for digit.
fn number(text: &str) -> Result<Json, String> {
    let told = |_| format!("`{text}` is no number, and a tool takes or gives one here");
    serde_json::from_str(text).map(Json::Number).map_err(told)
}

/// Changes what was appended since `before`.
fn modify(how: &[Modifier], before: usize, out: &mut String) {
    if !how.is_empty() {
        let mut tail = out.split_off(before);
        for modifier in how {
            modifier.apply(&mut tail);
        }
        out.push_str(&tail);
    }
}

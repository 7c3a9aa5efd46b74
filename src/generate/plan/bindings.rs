//! The values of the axes for one example: cheap to make, since texts of lists stay where they are.

use std::sync::Arc;

use super::{Plan, Values};

/// What the names of a plan stand for.
#[derive(Debug)]
pub(super) struct Names {
    names: Vec<(String, Source)>,
    /// The values of listed axes, by axis.
    values: Vec<Vec<String>>,
    /// The groups of trees, by axis and value.
    groups: Vec<Vec<String>>,
    /// Numbers of turns as text, from 0.
    numbers: Vec<String>,
}

/// Where the text for a name comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    Value(usize),
    Group(usize),
    Negative,
    Turns,
}

impl Names {
    pub(super) fn new(plan: &Plan) -> Names {
        let mut names = Vec::new();
        let (mut values, mut groups) = (Vec::new(), Vec::new());
        for (at, axis) in plan.axes.iter().enumerate() {
            names.push((axis.name.clone(), Source::Value(at)));
            let (mut own, mut of) = (Vec::new(), Vec::new());
            match &axis.values {
                Values::List(list) => own = list.clone(),
                Values::Tree(leaves) => {
                    names.push((format!("{}_group", axis.name), Source::Group(at)));
                    (of, own) = leaves.iter().cloned().unzip();
                }
                Values::Pattern(_) | Values::Number { .. } => {}
            }
            values.push(own);
            groups.push(of);
        }
        names.push(("negative".to_owned(), Source::Negative));
        names.push(("turns".to_owned(), Source::Turns));
        let most = plan.turns.iter().map(|(turns, _)| *turns).max().unwrap_or(1);
        Names { names, values, groups, numbers: (0..=most).map(|n| n.to_string()).collect() }
    }
}

/// The value of an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Picked {
    /// None yet.
    None,
    /// One of a list.
    Listed(u32),
    /// A text of its own.
    Own(Box<str>),
}

/// What the slot says beside the axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub(super) turns: u32,
    pub(super) negative: bool,
}

/// The values of all axes for one example, under the names by which templates and grammar find them: each axis, the
/// group of each tree as NAME`_group`, `negative` ("true" or "false") and `turns`.
#[derive(Debug, Clone)]
pub struct Bindings {
    names: Arc<Names>,
    picked: Vec<Picked>,
    drawn: Drawn,
}

impl Bindings {
    pub(super) fn new(names: Arc<Names>, picked: Vec<Picked>, drawn: Drawn) -> Bindings {
        Bindings { names, picked, drawn }
    }

    /// The value under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, source) = self.names.names.iter().find(|(known, _)| known == name)?;
        self.text(*source)
    }

    /// All names with their values, axes in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names
            .names
            .iter()
            .filter_map(|(name, source)| Some((name.as_str(), self.text(*source)?)))
    }

    /// How many times the user speaks.
    pub fn turns(&self) -> u32 {
        self.drawn.turns
    }

    /// Is the assistant to decline or to ask back?
    pub fn is_negative(&self) -> bool {
        self.drawn.negative
    }

    fn text(&self, source: Source) -> Option<&str> {
        match source {
            Source::Value(axis) => match self.picked.get(axis)? {
                Picked::Listed(value) => {
                    self.names.values.get(axis)?.get(*value as usize).map(String::as_str)
                }
                Picked::Own(text) => Some(text),
                Picked::None => None,
            },
            Source::Group(axis) => match self.picked.get(axis)? {
                Picked::Listed(value) => {
                    self.names.groups.get(axis)?.get(*value as usize).map(String::as_str)
                }
                _ => None,
            },
            Source::Negative => Some(if self.drawn.negative { "true" } else { "false" }),
            Source::Turns => self.names.numbers.get(self.drawn.turns as usize).map(String::as_str),
        }
    }
}

impl PartialEq for Bindings {
    /// The same names with the same values.
    fn eq(&self, other: &Bindings) -> bool {
        self.iter().eq(other.iter())
    }
}

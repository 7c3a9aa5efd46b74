//! What of the data is trained on: the tokens that count in the loss, and what a length limit does to them.

use serde::{Deserialize, Serialize};

use crate::measure::sum::add;
use crate::measure::{Histogram, Top};

use super::place::{Place, Places, Shift};

/// Why a record has nothing to train on, as reports name it, and in a few words.
pub const CAUSES: [(&str, &str); 6] = [
    ("no_assistant", "no assistant message"),
    ("empty_assistant", "the assistant says nothing"),
    ("not_trained", "weight 0 or train false"),
    ("not_marked", "nothing marked by the template"),
    ("cut", "cut before any trained token"),
    ("refused", "refused by the chat template"),
];

/// Why a record has nothing to train on; the numbers are places in [`CAUSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No assistant message.
    NoAssistant = 0,
    /// None that says anything.
    EmptyAssistant = 1,
    /// None that is to be trained on.
    NotTrained = 2,
    /// The chat template marks nothing.
    NotMarked = 3,
    /// All of it is behind the limit.
    Cut = 4,
    /// The chat template refuses the record.
    Refused = 5,
}

/// What a record without a trained token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// There is nothing to train on.
    For(Cause),
    /// The answers are calls, which are trained on, and in how many tokens is not known.
    OnlyCalls,
}

/// Reasons of a template that are told apart.
const REASONS: usize = 16;

/// Counts about what is trained on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Audit {
    /// Trained tokens a record, before any cut.
    pub trained: Histogram,
    /// Tokens of all records.
    pub tokens: u64,
    /// Records of which every token is trained on.
    pub fully: u64,
    /// Records over the limit.
    pub over: u64,
    /// Tokens behind the limit.
    pub lost: u64,
    /// Trained tokens behind the limit.
    pub trained_lost: u64,
    /// Records whose cut falls into what is trained on: the end of the answer is not learned.
    pub cut_inside: u64,
    /// Records with nothing to train on, by cause.
    pub idle: [u64; CAUSES.len()],
    /// Records whose answers are only calls, the tokens of which are not known.
    pub only_calls: u64,
    /// The first lines over the limit.
    pub over_at: Places,
    /// The first lines cut within what is trained on.
    pub cut_at: Places,
    /// The first lines with nothing to train on.
    pub idle_at: Places,
    /// Records that the chat template refuses; they have no tokens.
    pub refused: u64,
    /// The first lines of these.
    pub refused_at: Places,
    /// Why they are refused.
    pub refused_why: Top,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit {
            trained: Histogram::default(),
            tokens: 0,
            fully: 0,
            over: 0,
            lost: 0,
            trained_lost: 0,
            cut_inside: 0,
            idle: [0; CAUSES.len()],
            only_calls: 0,
            over_at: Places::default(),
            cut_at: Places::default(),
            idle_at: Places::default(),
            refused: 0,
            refused_at: Places::default(),
            refused_why: Top::new(REASONS),
        }
    }
}

/// Tokens side by side, with whether they are trained on.
pub type Run = (u64, bool);

impl Audit {
    /// Counts a record of these runs of tokens. `idle`: what the record is, if nothing is trained on before any
    /// cut. `examples`: how many lines are told of each.
    pub fn add(
        &mut self,
        runs: impl IntoIterator<Item = Run>,
        limit: Option<u64>,
        idle: impl FnOnce() -> Idle,
        place: Place,
        examples: usize,
    ) {
        let limit = limit.unwrap_or(u64::MAX);
        let (mut tokens, mut trained, mut trained_before) = (0, 0, 0);
        let mut inside = false;
        for (count, is_trained) in runs {
            if is_trained {
                trained += count;
                trained_before += count.min(limit.saturating_sub(tokens));
                inside |= tokens < limit && tokens + count > limit;
            }
            tokens += count;
        }
        self.tokens += tokens;
        self.trained.add(trained);
        self.fully += u64::from(trained == tokens && tokens > 0);
        if tokens > limit {
            self.over += 1;
            self.lost += tokens - limit;
            self.trained_lost += trained - trained_before;
            self.over_at.push(place, examples);
        }
        if inside {
            self.cut_inside += 1;
            self.cut_at.push(place, examples);
        }
        if trained_before == 0 {
            match if trained > 0 { Idle::For(Cause::Cut) } else { idle() } {
                Idle::For(cause) => self.leave(cause, place, examples),
                Idle::OnlyCalls => self.only_calls += 1,
            }
        }
    }

    fn leave(&mut self, cause: Cause, place: Place, examples: usize) {
        self.idle[cause as usize] += 1;
        self.idle_at.push(place, examples);
    }

    /// Counts a record that the chat template refuses.
    pub fn refuse(&mut self, why: &str, place: Place, examples: usize) {
        self.leave(Cause::Refused, place, examples);
        self.refused += 1;
        self.refused_why.add(why);
        self.refused_at.push(place, examples);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Audit, shift: Shift<'_>, examples: usize) {
        self.trained.merge(&other.trained);
        add(&mut self.tokens, other.tokens);
        add(&mut self.fully, other.fully);
        add(&mut self.over, other.over);
        add(&mut self.lost, other.lost);
        add(&mut self.trained_lost, other.trained_lost);
        add(&mut self.cut_inside, other.cut_inside);
        self.idle.iter_mut().zip(other.idle).for_each(|(own, other)| add(own, other));
        add(&mut self.only_calls, other.only_calls);
        add(&mut self.refused, other.refused);
        self.refused_why.merge(other.refused_why);
        self.over_at.merge(&other.over_at, shift, examples);
        self.cut_at.merge(&other.cut_at, shift, examples);
        self.idle_at.merge(&other.idle_at, shift, examples);
        self.refused_at.merge(&other.refused_at, shift, examples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { file: 0, line: 1 };

    fn audit(runs: &[Run], limit: u64) -> Audit {
        let mut audit = Audit::default();
        audit.add(runs.iter().copied(), Some(limit), || Idle::For(Cause::NoAssistant), PLACE, 3);
        audit
    }

    #[test]
    fn a_cut_within_the_answer_is_told_from_one_behind_it() {
        let runs = [(10, false), (5, true), (3, false)];
        let whole = audit(&runs, 18);
        assert_eq!((whole.over, whole.cut_inside, whole.lost), (0, 0, 0));
        let behind = audit(&runs, 15);
        assert_eq!(
            (behind.over, behind.cut_inside, behind.lost, behind.trained_lost),
            (1, 0, 3, 0)
        );
        let inside = audit(&runs, 12);
        assert_eq!(
            (inside.over, inside.cut_inside, inside.lost, inside.trained_lost),
            (1, 1, 6, 3)
        );
        let before = audit(&runs, 10);
        assert_eq!((before.cut_inside, before.idle), (0, [0, 0, 0, 0, 1, 0]));
    }

    #[test]
    fn nothing_trained_has_the_cause_that_is_given() {
        assert_eq!(audit(&[(4, false)], 2).idle, [1, 0, 0, 0, 0, 0]);
        assert_eq!(audit(&[], 2).idle, [1, 0, 0, 0, 0, 0]);
        let full = audit(&[(4, true)], 9);
        assert_eq!((full.fully, full.idle), (1, [0; CAUSES.len()]));
    }
}

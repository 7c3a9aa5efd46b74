//! The shape of conversations: how many messages, of whom, in which order.

use serde::{Deserialize, Serialize};

use crate::measure::sum::add;
use crate::measure::{Histogram, Top};

use super::chat::{Chat, ROLES, Role, letter};

/// Different role sequences that are told apart; real data has some hundreds.
const SEQUENCES: usize = 4096;

/// Counts about the shape of conversations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shape {
    /// Messages a record.
    pub messages: Histogram,
    /// User messages a record.
    pub turns: Histogram,
    /// Messages by role, in the order of [`ROLES`].
    pub by_role: [u64; ROLES.len()],
    /// First messages that are not of the system, by role.
    pub first: [u64; ROLES.len()],
    /// Last messages by role.
    pub last: [u64; ROLES.len()],
    /// Sequences of roles.
    pub sequences: Top,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape {
            messages: Histogram::default(),
            turns: Histogram::default(),
            by_role: [0; ROLES.len()],
            first: [0; ROLES.len()],
            last: [0; ROLES.len()],
            sequences: Top::new(SEQUENCES),
        }
    }
}

impl Shape {
    /// Counts a record.
    pub fn add(&mut self, chat: &Chat) {
        self.messages.add(chat.len() as u64);
        self.turns.add(chat.turns());
        let mut roles = chat.messages().map(|(role, _)| role);
        let all: Vec<Role> = roles.by_ref().collect();
        all.iter().for_each(|role| self.by_role[*role as usize] += 1);
        if let Some(first) = all.iter().find(|role| !role.is_system()) {
            self.first[*first as usize] += 1;
        }
        if let Some(last) = all.last() {
            self.last[*last as usize] += 1;
        }
        self.sequences.add(&sequence(&all));
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Shape) {
        self.messages.merge(&other.messages);
        self.turns.merge(&other.turns);
        let pairs = [
            (&mut self.by_role, other.by_role),
            (&mut self.first, other.first),
            (&mut self.last, other.last),
        ];
        for (own, others) in pairs {
            own.iter_mut().zip(others).for_each(|(own, other)| add(own, other));
        }
        self.sequences.merge(other.sequences);
    }
}

/// The longest run of roles that is looked for as one that repeats: a call, its result, and the answer
/// behind the user's message.
const UNIT: usize = 4;

/// A sequence of roles in letters: what repeats stands once, with how often, as in `S (U A)x3`.
fn sequence(roles: &[Role]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(role) = roles.get(at) {
        if !out.is_empty() {
            out.push(' ');
        }
        let repeats = |unit: usize| {
            let chunks = roles[at..].chunks_exact(unit);
            chunks.take_while(|chunk| *chunk == &roles[at..at + unit]).count()
        };
        let longest = roles.len() - at;
        // Of those that cover equally much the shortest.
        let best = (1..=UNIT.min(longest)).rev().max_by_key(|unit| match repeats(*unit) {
            1 => 0,
            times => times * unit,
        });
        let unit = best.unwrap_or(1);
        match repeats(unit) {
            times @ 2.. => {
                let letters: Vec<String> =
                    roles[at..at + unit].iter().map(|role| letter(*role).to_string()).collect();
                let letters = letters.join(" ");
                match unit {
                    1 => out.push_str(&format!("{letters}x{times}")),
                    _ => out.push_str(&format!("({letters})x{times}")),
                }
                at += unit * times;
            }
            _ => {
                out.push(letter(*role));
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_stands_once() {
        let table = [
            ("", ""),
            ("SUA", "S U A"),
            ("UAUAUA", "(U A)x3"),
            ("SUAUA", "S (U A)x2"),
            ("UATAUATA", "(U A T A)x2"),
            ("UATTAUA", "U A Tx2 A U A"),
            ("UUUU", "Ux4"),
            ("AUAUA", "(A U)x2 A"),
        ];
        for (letters, wanted) in table {
            let of = |c| ROLES.into_iter().find(|role| letter(*role) == c).unwrap();
            let roles: Vec<Role> = letters.chars().map(of).collect();
            assert_eq!(sequence(&roles), wanted, "{letters}");
        }
    }
}

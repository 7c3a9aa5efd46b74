//! Uniting those of many sets that are alike, with as few comparisons as families allow.
//!
//! *Few sets*, or few that are not of one family: families are compared with each other, record by record, until
//! one pair is alike.
//!
//! *Many sets* go by their rarest elements. They come in order of length, so that a set looks among shorter ones
//! only, of which fewer elements have to be in the index than of a set that may look for longer ones (Xiao, Wang,
//! Lin, Yu, PPJoin, WWW 2008). Elements that a single set has are neither indexed nor asked for. A list may name
//! tens of thousands of records of one family: whoever is of that family passes over all of them in one step, and
//! remembers for the next one how far the step went.

use std::ops::Range;

use crate::error::Result;
use crate::similar::distinct::{Distinct, Rows};
use crate::similar::lists::{Collected, Lists, Order, Outline, Posting, Ranked};
use crate::similar::ordered;
use crate::similar::sets::is_short;
use crate::similar::threshold::Threshold;
use crate::similar::unions::Unions;

/// Sets that are so few that comparing all of them costs less than an index.
const FEW: usize = 32;

/// Comparisons for each set that cost as much as an index of them.
const INDEX: usize = 8;

/// Which pairs are asked for.
pub(super) enum Pairs<'k> {
    /// All.
    All,
    /// Those of which a set is short.
    OneShort,
    /// Those that share this band and none before it. All sets have rows.
    FirstBand(&'k Rows, usize),
}

/// What a join works on, and its buffers.
pub(super) struct Join<'k> {
    threshold: Threshold,
    sets: &'k Distinct,
    /// The node of each set.
    nodes: &'k [u32],
    unions: &'k mut Unions,
    /// Comparisons so far.
    pub(super) compared: u64,
    set: Vec<u64>,
    ranked: Vec<Ranked>,
    found: Vec<(u32, usize)>,
    buffer: Vec<u8>,
}

/// Sets in order of length, with what is known of each.
struct Members {
    numbers: Vec<u32>,
    outlines: Vec<Outline>,
    lists: Lists,
    /// From each posting on, how many are of one family at least.
    runs: Vec<u32>,
    order: Order,
    /// Which member was last compared with each.
    asked: Vec<u32>,
}

impl<'k> Join<'k> {
    pub(super) fn new(
        threshold: Threshold,
        sets: &'k Distinct,
        nodes: &'k [u32],
        unions: &'k mut Unions,
    ) -> Join<'k> {
        let (set, ranked, found, buffer) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Join { threshold, sets, nodes, unions, compared: 0, set, ranked, found, buffer }
    }

    /// The family of a set.
    fn family(&mut self, number: u32) -> u32 {
        self.unions.root(self.nodes[number as usize])
    }

    /// Unites those that share a band and are alike.
    pub(super) fn by_band(&mut self, rows: &Rows, band: usize) -> Result<()> {
        for same in rows.sorted(band).chunk_by(|one, other| one.0 == other.0) {
            if same.len() > 1 {
                let numbers = same.iter().map(|(_, row)| rows.numbers[*row as usize]);
                self.of_one_band(numbers, &Pairs::FirstBand(rows, band))?;
            }
        }
        Ok(())
    }

    fn of_one_band(&mut self, numbers: impl Iterator<Item = u32>, pairs: &Pairs<'_>) -> Result<()> {
        let mut families: Vec<(u32, u32)> =
            numbers.map(|number| (self.family(number), number)).collect();
        families.sort_unstable();
        let same = families.chunk_by(|one, other| one.0 == other.0).map(<[_]>::len);
        let within: usize = same.map(|len| len * len).sum();
        let across = (families.len() * families.len() - within) / 2;
        match across {
            0 => Ok(()),
            _ if families.len() <= FEW || across <= INDEX * families.len() => {
                self.by_family(&families, pairs)
            }
            _ => self.by_prefix(families.into_iter().map(|(_, number)| number).collect(), pairs),
        }
    }

    /// Compares families, which stand side by side, with each other.
    fn by_family(&mut self, families: &[(u32, u32)], pairs: &Pairs<'_>) -> Result<()> {
        let mut rest = families;
        while let Some(first) = rest.first() {
            let (family, others) = rest.split_at(rest.partition_point(|at| at.0 == first.0));
            rest = others;
            for other in others.chunk_by(|one, other| one.0 == other.0) {
                self.two_families(family, other, pairs)?;
            }
        }
        Ok(())
    }

    fn two_families(
        &mut self,
        one: &[(u32, u32)],
        other: &[(u32, u32)],
        pairs: &Pairs<'_>,
    ) -> Result<()> {
        for (_, first) in one {
            self.sets.read(*first, &mut self.set, &mut self.buffer)?;
            for (_, second) in other {
                if self.family(*first) == self.family(*second) {
                    return Ok(());
                }
                if pairs.has(*first, *second) {
                    self.compare(*first, *second)?;
                }
            }
        }
        Ok(())
    }

    /// Unites the set in hand with another one if they are alike.
    fn compare(&mut self, first: u32, second: u32) -> Result<bool> {
        let (one, other) = (self.set.len(), self.sets.size(second));
        if !self.threshold.is_met(one.min(other), one.max(other)) {
            return Ok(false);
        }
        self.compared += 1;
        let shared = self.sets.shared(&self.set, second, &mut self.buffer)?;
        let alike = self.threshold.is_met(shared, one + other - shared);
        if alike {
            self.unions.unite(self.nodes[first as usize], self.nodes[second as usize]);
        }
        Ok(alike)
    }

    /// Unites those of many sets that are alike.
    pub(super) fn by_prefix(&mut self, mut numbers: Vec<u32>, pairs: &Pairs<'_>) -> Result<()> {
        numbers.sort_unstable_by_key(|number| (self.sets.size(*number), *number));
        let mut members = self.index(numbers, pairs)?;
        for member in 0..members.numbers.len() as u32 {
            self.ask(member, &mut members, pairs)?;
        }
        Ok(())
    }

    /// Counts the elements of sets, and indexes the first ones of each.
    fn index(&mut self, numbers: Vec<u32>, pairs: &Pairs<'_>) -> Result<Members> {
        let elements = numbers.iter().map(|number| self.sets.size(*number)).sum();
        let (mut order, mut outlines) = (Order::new(elements), Vec::with_capacity(numbers.len()));
        for number in &numbers {
            self.sets.read(*number, &mut self.set, &mut self.buffer)?;
            order.count(&self.set);
            outlines.push(Outline::new(&self.set));
        }
        let mut collected = Collected::default();
        for (member, number) in (0..).zip(&numbers) {
            let size = self.sets.size(*number);
            if matches!(pairs, Pairs::OneShort) && !is_short(self.threshold, size) {
                break;
            }
            self.sets.read(*number, &mut self.set, &mut self.buffer)?;
            // Who asks is as long or longer.
            let first = size + 1 - self.threshold.least_shared(2 * size);
            order.rank(&self.set, first, &mut self.ranked);
            collected.push(member, size, repeated(&self.ranked));
        }
        let lists = collected.into_lists();
        let (runs, asked) = (vec![1; lists.postings.len()], vec![u32::MAX; numbers.len()]);
        Ok(Members { numbers, outlines, lists, runs, order, asked })
    }

    /// Compares a member with those before it that may be alike.
    fn ask(&mut self, member: u32, members: &mut Members, pairs: &Pairs<'_>) -> Result<()> {
        let number = members.numbers[member as usize];
        self.sets.read(number, &mut self.set, &mut self.buffer)?;
        let first = ordered::prefix(self.threshold, self.set.len());
        members.order.rank(&self.set, first, &mut self.ranked);
        let least = self.threshold.least_of(self.set.len());
        let least = members.outlines.partition_point(|outline| outline.size < least) as u32;
        let mut found = std::mem::take(&mut self.found);
        members.lists.of(repeated(&self.ranked), &mut found);
        let (size, mut parts) = (self.set.len(), Vec::new());
        for (list, at) in &found {
            let last = ordered::last_step(self.threshold, size, *at);
            // Longer ones would have to share more than is left.
            let most = self.threshold.most_with(size - at).saturating_sub(size);
            let most = members.outlines.partition_point(|outline| outline.size <= most) as u32;
            parts.clear();
            parts.extend(members.lists.parts(*list, last));
            for part in &parts {
                let postings = &members.lists.postings[part.clone()];
                let from = postings.partition_point(|posting| posting.set < least);
                let until = postings.partition_point(|posting| posting.set < member.min(most));
                if from < until {
                    self.ask_list(
                        member,
                        *at,
                        part.start + from..part.start + until,
                        members,
                        pairs,
                    )?;
                }
            }
        }
        self.found = found;
        Ok(())
    }

    /// Likewise, with those in a list, of which the member has an element at a place.
    fn ask_list(
        &mut self,
        member: u32,
        at: usize,
        list: Range<usize>,
        members: &mut Members,
        pairs: &Pairs<'_>,
    ) -> Result<()> {
        let Members { numbers, outlines, lists, runs, asked, .. } = members;
        let (number, outline) = (numbers[member as usize], outlines[member as usize]);
        let mut family = self.family(number);
        let mut next = list.start;
        while next < list.end {
            let posting @ Posting { set, .. } = lists.postings[next];
            let other = numbers[set as usize];
            if self.family(other) == family {
                let mut end = next + runs[next] as usize;
                while end < list.end
                    && self.family(numbers[lists.postings[end].set as usize]) == family
                {
                    end += runs[end] as usize;
                }
                runs[next] = u32::try_from(end - next).unwrap_or(u32::MAX);
                next = end;
                continue;
            }
            next += 1;
            if asked[set as usize] != member
                && outline.may_be_alike(at, outlines[set as usize], posting.at(), self.threshold)
                && pairs.has(number, other)
            {
                asked[set as usize] = member;
                if self.compare(number, other)? {
                    family = self.family(number);
                }
            }
        }
        Ok(())
    }
}

/// The elements that more than one set has, with their places.
fn repeated(ranked: &[Ranked]) -> impl Iterator<Item = (usize, u64)> {
    let with_places = ranked.iter().enumerate().filter(|(_, (count, _))| *count > 1);
    with_places.map(|(at, (_, element))| (at, *element))
}

impl Pairs<'_> {
    /// Is this pair one that is asked for? That a set is short is seen to by the index.
    fn has(&self, one: u32, other: u32) -> bool {
        let Pairs::FirstBand(rows, band) = self else { return true };
        let (Some(one), Some(other)) = (rows.of(one), rows.of(other)) else { return true };
        one[..*band].iter().zip(&other[..*band]).all(|(one, other)| one != other)
    }
}

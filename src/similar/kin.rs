//! Families of near-duplicates: records that are alike, directly or through others.
//!
//! Two records are *kin* when their sets are similar enough and, where both sets are long, their signatures have
//! a band in common (with [`Kin::new`] `complete`, whether they have or not). This is a property of the pair:
//! neither the order of the records nor what else is there matters. Families are the connected components of
//! this relation, exactly. A record without shingles is kin of nobody.
//!
//! Components need far fewer comparisons than pairs: two records that are of one family already need not be
//! compared. So equal sets are united by their hash, at once; everything else waits until all records are
//! there, when it is known which elements are rare (`lists`(super::lists)). Then, band by band, records that share
//! the band are joined, and all short ones in one go (`join`).

mod join;

use crate::error::Result;

use super::distinct::{Distinct, Number, Rows};
use super::make_room;
use super::near::Scheme;
use super::sets::is_short;
use super::threshold::Threshold;
use super::unions::Unions;

use join::{Join, Pairs};

/// Records of which families are to be made.
#[derive(Debug)]
pub struct Kin {
    threshold: Threshold,
    complete: bool,
    sets: Distinct,
    /// The node of each set: that of the record that had it first.
    nodes: Vec<u32>,
    /// The signatures of long sets.
    rows: Rows,
    compared: u64,
}

impl Kin {
    /// No records yet. `complete`: of long sets, too, no pair may be missed. Whoever makes bands does so by the
    /// sketcher of [`Scheme::jaccard`] with the same two values.
    pub fn new(threshold: Threshold, complete: bool) -> Kin {
        let bands = match Scheme::jaccard(threshold, complete) {
            Scheme::Bands(banding) => banding.bands,
            Scheme::Complete | Scheme::Contain => 0,
        };
        Kin {
            threshold,
            complete: bands == 0,
            sets: Distinct::default(),
            nodes: Vec::new(),
            rows: Rows::new(bands),
            compared: 0,
        }
    }

    /// Adds a record by its set, which is sorted, and the bands of its signature; `node` stands for it in
    /// `unions`. Here it is united only with records whose sets are equal.
    pub fn push(
        &mut self,
        set: &[u64],
        bands: &[u32],
        node: u32,
        unions: &mut Unions,
    ) -> Result<()> {
        if set.is_empty() {
            return Ok(());
        }
        match self.sets.number(set)? {
            Number::Known(number) => unions.unite(self.nodes[number as usize], node),
            Number::New(number) => {
                make_room(&mut self.nodes, 1);
                self.nodes.push(node);
                if !self.complete && !is_short(self.threshold, set.len()) {
                    self.rows.push(bands, number);
                }
            }
        }
        Ok(())
    }

    /// Unites every two records that are kin. More can be added and united later.
    pub fn unite(&mut self, unions: &mut Unions) -> Result<()> {
        let Kin { threshold, complete, sets, nodes, rows, .. } = self;
        let mut join = Join::new(*threshold, sets, nodes, unions);
        let everything: Vec<u32> = (0..sets.len() as u32).collect();
        match complete {
            true => join.by_prefix(everything, &Pairs::All)?,
            false => {
                // A set with so many elements can be similar to one that is short.
                let near_short =
                    |number: &u32| is_short(*threshold, threshold.least_of(sets.size(*number)));
                let members = everything.into_iter().filter(near_short).collect();
                join.by_prefix(members, &Pairs::OneShort)?;
                (0..rows.bands()).try_for_each(|band| join.by_band(rows, band))?;
            }
        }
        self.compared += join.compared;
        Ok(())
    }

    /// Different sets among those that were added.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Was no set added that has elements?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Comparisons of whole sets so far.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// The bytes of memory in use; the sets lie on disk. While [`Kin::unite`] runs it takes more: some 36
    /// bytes for each set, up to 16 MiB of counters, and up to 50 for every first element of a set that another set
    /// has, too.
    pub fn bytes(&self) -> usize {
        self.sets.bytes() + self.nodes.capacity() * size_of::<u32>() + self.rows.bytes()
    }
}

#[cfg(test)]
mod tests;

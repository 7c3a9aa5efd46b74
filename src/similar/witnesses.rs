//! Which record of a finished part is alike to one of another part: evidence of a leak.
//!
//! "Alike" is what it is in [`kin`](super::kin), for the pair and nothing else: between parts that never
//! part a family nothing is found. Unlike an index of records that stay ([`near`](super::near)), this one holds
//! records that are alike to each other, tens of thousands of them perhaps, so it goes through its lists in
//! portions, from the first record on, and stops at the first that is alike.

use std::ops::Range;

use crate::error::Result;

use super::distinct::{Directory, Distinct, Number, Rows};
use super::lists::{Collected, Lists, Order, Outline, Ranked};
use super::near::Scheme;
use super::sets::{Match, is_short};
use super::threshold::Threshold;
use super::{make_room, ordered};

/// Records with one band in common from which on they are found by their rarest elements. Below, comparing
/// all of them costs less than looking for better ones.
const CROWD: usize = 32;

/// Records of the first portion.
const PORTION: u32 = 64;

/// Each portion ends so many times as far along as the one before: of all that is read, less than this part is
/// read in vain.
const GROWTH: u32 = 4;

/// The records of one part.
#[derive(Debug)]
pub struct Witnesses {
    threshold: Threshold,
    complete: bool,
    sets: Distinct,
    /// Where the record stands that had each set first.
    places: Vec<u32>,
    outlines: Vec<Outline>,
    /// The signatures of long sets.
    rows: Rows,
    /// None before the first question.
    index: Option<Index>,
    compared: u64,
    buffers: Buffers,
}

/// Where the records are found.
#[derive(Debug)]
struct Index {
    /// Rows by each band.
    by_band: Vec<Directory>,
    order: Order,
    /// Sets by their first elements: those that may be similar to a short one, and those of crowds.
    lists: Lists,
}

#[derive(Debug, Default)]
struct Buffers {
    set: Vec<u64>,
    bytes: Vec<u8>,
    ranked: Vec<Ranked>,
    found: Vec<(u32, usize)>,
    spans: Vec<Span>,
    candidates: Vec<u32>,
}

/// A part of the index that may name a set that is alike.
#[derive(Debug, Clone)]
enum Span {
    /// A part of a list of postings, of which the asked set has an element at this place.
    List(Range<usize>, usize),
    /// Among the rows in the order of this band.
    Band(Range<usize>, usize),
}

impl Witnesses {
    /// No records yet; the two values are those of [`Kin::new`](super::Kin::new).
    pub fn new(threshold: Threshold, complete: bool) -> Witnesses {
        let bands = match Scheme::jaccard(threshold, complete) {
            Scheme::Bands(banding) => banding.bands,
            Scheme::Complete | Scheme::Contain => 0,
        };
        Witnesses {
            threshold,
            complete: bands == 0,
            sets: Distinct::default(),
            places: Vec::new(),
            outlines: Vec::new(),
            rows: Rows::new(bands),
            index: None,
            compared: 0,
            buffers: Buffers::default(),
        }
    }

    /// Adds a record by its set, which is sorted, and the bands of its signature. Add all before the first
    /// question: behind one, the index is made anew.
    pub fn push(&mut self, set: &[u64], bands: &[u32], place: u32) -> Result<()> {
        if set.is_empty() {
            return Ok(());
        }
        if let Number::New(number) = self.sets.number(set)? {
            self.index = None;
            make_room(&mut self.places, 1);
            self.places.push(place);
            make_room(&mut self.outlines, 1);
            self.outlines.push(Outline::new(set));
            if !self.complete && !is_short(self.threshold, set.len()) {
                self.rows.push(bands, number);
            }
        }
        Ok(())
    }

    /// The record added first that is alike.
    pub fn find(&mut self, set: &[u64], bands: &[u32]) -> Result<Option<Match>> {
        if set.is_empty() {
            return Ok(None);
        }
        let index = match self.index.take() {
            Some(index) => index,
            None => self.make_index()?,
        };
        let mut buffers = std::mem::take(&mut self.buffers);
        self.look_up(&index, set, bands, &mut buffers);
        let found = self.first(&index, set, bands, &mut buffers);
        (self.index, self.buffers) = (Some(index), buffers);
        found
    }

    /// Can a set of this size be similar to a short one?
    fn is_near_short(&self, size: usize) -> bool {
        self.complete || is_short(self.threshold, self.threshold.least_of(size))
    }

    fn make_index(&mut self) -> Result<Index> {
        let by_band: Vec<Directory> =
            (0..self.rows.bands()).map(|band| Directory::new(self.rows.sorted(band))).collect();
        let near_short = |outline: &Outline| self.is_near_short(outline.size);
        let mut is_listed: Vec<bool> = self.outlines.iter().map(near_short).collect();
        for band in &by_band {
            let same = band.pairs().chunk_by(|one, other| one.0 == other.0);
            for (_, row) in same.filter(|same| same.len() > CROWD).flatten() {
                is_listed[self.rows.numbers[*row as usize] as usize] = true;
            }
        }
        let listed = (0..).zip(is_listed).filter(|(_, listed)| *listed).map(|(number, _)| number);
        let (order, lists) = self.list(&listed.collect::<Vec<u32>>())?;
        Ok(Index { by_band, order, lists })
    }

    /// Puts sets into lists by their first elements.
    fn list(&mut self, numbers: &[u32]) -> Result<(Order, Lists)> {
        let Buffers { set, bytes, ranked, .. } = &mut self.buffers;
        let elements = numbers.iter().map(|number| self.sets.size(*number)).sum();
        let mut order = Order::new(elements);
        for number in numbers {
            self.sets.read(*number, set, bytes)?;
            order.count(set);
        }
        let mut collected = Collected::default();
        for number in numbers {
            self.sets.read(*number, set, bytes)?;
            order.rank(set, ordered::prefix(self.threshold, set.len()), ranked);
            collected.push(*number, set.len(), with_places(ranked));
        }
        Ok((order, collected.into_lists()))
    }

    /// Finds the parts of the index that may name a set that is alike.
    fn look_up(&self, index: &Index, set: &[u64], bands: &[u32], buffers: &mut Buffers) {
        let Buffers { ranked, found, spans, .. } = buffers;
        let mut by_order = self.is_near_short(set.len());
        spans.clear();
        // A short set is found by its elements, whatever the other one is.
        let bands = if is_short(self.threshold, set.len()) { &[] } else { bands };
        for ((band, directory), hash) in index.by_band.iter().enumerate().zip(bands) {
            let rows = directory.find(*hash);
            match rows.len() {
                0 => {}
                1..=CROWD => spans.push(Span::Band(rows, band)),
                _ => by_order = true,
            }
        }
        if by_order {
            index.order.rank(set, ordered::prefix(self.threshold, set.len()), ranked);
            index.lists.of(with_places(ranked), found);
            for (list, at) in found {
                let last = ordered::last_step(self.threshold, set.len(), *at);
                spans.extend(index.lists.parts(*list, last).map(|part| Span::List(part, *at)));
            }
        }
    }

    /// Of the sets that are named by the parts that were found, the first that is alike.
    fn first(
        &mut self,
        index: &Index,
        set: &[u64],
        bands: &[u32],
        buffers: &mut Buffers,
    ) -> Result<Option<Match>> {
        let Buffers { spans, candidates, bytes, .. } = buffers;
        let outline = Outline::new(set);
        let mut end = PORTION;
        while !spans.is_empty() {
            candidates.clear();
            spans.retain_mut(|span| self.name(index, span, outline, end, candidates));
            candidates.sort_unstable();
            candidates.dedup();
            for number in candidates.iter().copied() {
                if let Some(found) = self.compare(set, bands, number, bytes)? {
                    return Ok(Some(found));
                }
            }
            end = end.saturating_mul(GROWTH);
        }
        Ok(None)
    }

    /// Adds the sets before `end` that a part of the index names and that may be alike. False: it names no more.
    fn name(
        &self,
        index: &Index,
        span: &mut Span,
        outline: Outline,
        end: u32,
        candidates: &mut Vec<u32>,
    ) -> bool {
        let mut add = |number: u32, at, there| {
            if outline.may_be_alike(at, self.outlines[number as usize], there, self.threshold) {
                candidates.push(number);
            }
        };
        match span {
            Span::Band(rows, band) => {
                let pairs = &index.by_band[*band].pairs()[rows.clone()];
                let numbers = pairs.iter().map(|(_, row)| self.rows.numbers[*row as usize]);
                for number in numbers.take_while(|number| *number < end) {
                    add(number, 0, 0);
                    rows.start += 1;
                }
                rows.start < rows.end
            }
            Span::List(list, at) => {
                let postings = &index.lists.postings[list.clone()];
                let before = postings.partition_point(|posting| posting.set < end);
                for posting in &postings[..before] {
                    add(posting.set, *at, posting.at());
                }
                list.start += before;
                list.start < list.end
            }
        }
    }

    fn compare(
        &mut self,
        set: &[u64],
        bands: &[u32],
        number: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Match>> {
        let other = self.sets.size(number);
        let by_size = self.complete || is_short(self.threshold, set.len().min(other));
        let shares = |row: &[u32]| row.iter().zip(bands).any(|(one, other)| one == other);
        if !by_size && !self.rows.of(number).is_some_and(shares) {
            return Ok(None);
        }
        self.compared += 1;
        let shared = self.sets.shared(set, number, buffer)?;
        let of = set.len() + other - shared;
        let alike = self.threshold.is_met(shared, of);
        Ok(alike.then(|| Match { place: self.places[number as usize], shared, of }))
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

    /// The bytes of memory in use; the sets lie on disk.
    pub fn bytes(&self) -> usize {
        let of_index = |index: &Index| {
            let bands: usize = index.by_band.iter().map(Directory::bytes).sum();
            bands + index.order.bytes() + index.lists.bytes()
        };
        let outlines = self.outlines.capacity() * size_of::<Outline>();
        let places = self.places.capacity() * size_of::<u32>();
        let index = self.index.as_ref().map_or(0, of_index);
        self.sets.bytes() + self.rows.bytes() + outlines + places + index
    }
}

/// Elements with their places.
fn with_places(ranked: &[Ranked]) -> impl Iterator<Item = (usize, u64)> {
    ranked.iter().enumerate().map(|(at, (_, element))| (at, *element))
}

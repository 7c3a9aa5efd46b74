//! Candidates by prefix filter: complete, and quick where most records have most of their text in common.
//!
//! Put the elements of all sets into one order. If two sets have similarity T, each has at most (1-T)n
//! elements that the other lacks; so among its first floor((1-T)n)+1 elements there is one that the other has,
//! and among *its* first ones too. It is enough to index these. Any order will do for the truth of this
//! (Chaudhuri, Ganti, Kaushik, ICDE 2006), but it decides about the cost: with frequent elements last, the
//! first ones are names and numbers that hardly any other record has, and not the wording of a template that a
//! million records share. Signatures cannot do that: they sample all elements alike.
//!
//! Where two sets first meet says more (Xiao, Wang, Lin, Yu, PPJoin, WWW 2008): if it is at position i of one
//! and j of the other, they share at most min(n-i, m-j) elements. So a set is indexed by its first elements
//! *together with how far along they stand*, and asked for are only positions at which enough can follow.
//! Without that the first wording that a thousand records share, behind what is each one's own, would call
//! all of the thousand.
//!
//! What is still called and need not be compared is seen from a *picture* of the set beside each entry: 64 bits,
//! of which every element sets one. A bit that only one of two pictures has is an element that only one of the
//! sets has, so that too many of them rule a pair out, for certain. Lists of thousands are passed over so.
//! Nearly all bits of a longer set are set. In data put together from a few wordings of each part, thousands of
//! records have two thirds of such a set; that shows in a finer picture, of which each of these records has one.
//!
//! How frequent elements are is learned from the records themselves, in a table of hashed counters, of which
//! only the magnitude counts. While records come in the order stays as it is, since every indexed prefix
//! depends on it. When comparisons become many for the number of records, a wording has become frequent that
//! was not: then everything is counted again and the index is made anew. That takes some microseconds a
//! record, and happens only after comparisons that took several times as long.

use crate::error::Result;

use super::buckets::{Buckets, Entry};
use super::sets::Sets;
use super::threshold::Threshold;
use super::{make_room, mix};

/// The most counters of elements: 1 MiB. Elements that share one look more frequent than they are, which costs
/// a little time and no truth.
const COUNTERS: usize = 1 << 20;

/// There is a counter of a byte for so many elements, up to that number: little beside the entries of their
/// records, so that few records do not suddenly take a megabyte more. Where the order matters, most of a record's
/// elements are those of all others, so that its own still have counters enough.
const SHARED: usize = 4;

/// Steps in which positions are told apart, over the length of a set. With a threshold of .8 the first 7 of
/// these occur. Measured on a million short records of a few templates: 64 steps ask more often and take
/// 20 % longer, 16 compare three times as much.
pub(super) const STEPS: usize = 32;

/// Comparisons for each indexed record after which the order is made anew.
const PATIENCE: u64 = 16;

/// Comparisons that are too few to bother.
const FEW: u64 = 10_000;

/// The longest sets that have a picture: of longer ones nearly all bits would be set.
const PICTURED: usize = 100;

/// The longest sets that have no finer picture: in half of the bits at most there is an element.
const COARSE: usize = 32;

/// The words of a finer picture: five times as many bits as the longest sets have that are indexed by elements
/// alone, and 40 bytes with the number of elements. It halves the time of 50,000 records put together of the same
/// wordings (5.8 to 3.0 s).
const WORDS: usize = 9;

/// Entries passed over that cost as much as one comparison.
const PASSED: u64 = 64;

/// A record that has an element at a step.
#[derive(Debug, Clone, Copy)]
struct Posting {
    key: u32,
    /// Its place among the members.
    member: u32,
    picture: u64,
}

/// A record that is indexed.
#[derive(Debug, Clone, Copy)]
struct Member {
    record: u32,
    /// The place of its finer picture; behind all of them if it has none.
    fine: u32,
}

/// A finer picture, with the number of elements.
#[derive(Debug, Clone, Copy)]
struct Fine {
    len: u32,
    bits: [u32; WORDS],
}

impl Entry for Posting {
    /// 192 bytes on average: many lists are asked for, and most are short.
    const MOST: usize = 12;

    fn top(self) -> u32 {
        self.key
    }
}

/// Records by the first elements of their sets.
#[derive(Debug)]
pub(super) struct Ordered {
    threshold: Threshold,
    /// The magnitude of how often the elements were there when the order was made; empty: all alike.
    counts: Vec<u8>,
    postings: Buckets<Posting>,
    /// The records that are indexed.
    members: Vec<Member>,
    /// The finer pictures of those with longer sets.
    fine: Vec<Fine>,
    /// The elements of their sets.
    elements: usize,
    /// Comparisons since the order was made.
    compared: u64,
    ranked: Vec<(u8, u64)>,
    /// What a set is looked up by.
    keys: Vec<u32>,
}

impl Ordered {
    pub(super) fn new(threshold: Threshold) -> Ordered {
        Ordered {
            threshold,
            counts: Vec::new(),
            postings: Buckets::default(),
            members: Vec::new(),
            fine: Vec::new(),
            elements: 0,
            compared: 0,
            ranked: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Adds the records that may be similar to a set: all that are, and others.
    pub(super) fn candidates(&mut self, set: &[u64], candidates: &mut Vec<u32>) {
        self.rank(set);
        let (picture, fine) = (picture(set), Fine::of(set));
        let longest = (set.len() as f64 / self.threshold.value()) as usize + 1;
        let most = lacking(self.threshold, set.len(), longest);
        let mut passed = 0;
        self.keys.clear();
        for (at, (_, element)) in self.ranked.iter().enumerate() {
            let last = last_step(self.threshold, set.len(), at);
            self.keys.extend((0..=last).map(|step| key(*element, step)));
        }
        self.postings.fetch(&self.keys);
        for key in &self.keys {
            for posting in self.postings.near(*key).iter().filter(|posting| posting.key == *key) {
                passed += 1;
                let differ = (posting.picture ^ picture).count_ones() as usize;
                let ruled_out = differ > most && posting.picture != 0 && picture != 0;
                if ruled_out {
                    continue;
                }
                let member = self.members[posting.member as usize];
                let other = self.fine.get(member.fine as usize);
                if other.is_none_or(|other| fine.may_be_alike(other, self.threshold)) {
                    candidates.push(member.record);
                }
            }
        }
        self.compared += passed / PASSED;
    }

    /// Adds a record.
    pub(super) fn insert(&mut self, set: &[u64], record: u32) {
        self.rank(set);
        let (picture, member) = (picture(set), self.members.len() as u32);
        for (at, (_, element)) in self.ranked.iter().enumerate() {
            let key = key(*element, at * STEPS / set.len());
            self.postings.insert(Posting { key, member, picture });
        }
        make_room(&mut self.members, 1);
        let fine = self.fine_of(set);
        self.members.push(Member { record, fine });
        self.elements += set.len();
    }

    /// The place of the finer picture of a set, which is added if it needs one.
    fn fine_of(&mut self, set: &[u64]) -> u32 {
        if set.len() <= COARSE {
            return u32::MAX;
        }
        make_room(&mut self.fine, 1);
        self.fine.push(Fine::of(set));
        self.fine.len() as u32 - 1
    }

    /// Notes comparisons that were made for its candidates. True: the order should be made anew.
    pub(super) fn note(&mut self, compared: u64) -> bool {
        self.compared += compared;
        self.compared > FEW + PATIENCE * self.members.len() as u64
    }

    /// Makes the order anew, from the sets of the records in it.
    pub(super) fn reorder(&mut self, sets: &Sets) -> Result<()> {
        let mut set = Vec::new();
        let counters = (self.elements / SHARED).next_power_of_two().min(COUNTERS);
        let mut counts = vec![0u8; counters];
        for Member { record, .. } in &self.members {
            sets.read(*record, &mut set)?;
            for element in &set {
                let count = &mut counts[*element as usize % counters];
                *count += u8::from(is_next(*count, *element, *record));
            }
        }
        (self.counts, self.postings) = (counts, Buckets::default());
        (self.compared, self.elements) = (0, 0);
        self.fine.clear();
        for Member { record, .. } in std::mem::take(&mut self.members) {
            sets.read(record, &mut set)?;
            self.insert(&set, record);
        }
        Ok(())
    }

    /// Puts the first elements of a set into `ranked`.
    fn rank(&mut self, set: &[u64]) {
        let first = prefix(self.threshold, set.len());
        let Ordered { counts, ranked, .. } = self;
        let magnitude = |element: u64| match counts.len() {
            0 => 0,
            counters => counts[element as usize % counters],
        };
        ranked.clear();
        ranked.extend(set.iter().map(|element| (magnitude(*element), *element)));
        if first < ranked.len() {
            ranked.select_nth_unstable(first);
            ranked.truncate(first);
        }
        ranked.sort_unstable();
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.postings.bytes()
            + size_of_val(&*self.counts)
            + self.members.capacity() * size_of::<Member>()
            + self.fine.capacity() * size_of::<Fine>()
    }
}

/// Does an element of this record bring a counter from one magnitude to the next? Approximate counting (Morris,
/// CACM 1978): of 2^n elements, one does. By hash and not by chance, so that the same records have the same order.
fn is_next(magnitude: u8, element: u64, record: u32) -> bool {
    mix(element ^ u64::from(record) << 32).trailing_zeros() >= u32::from(magnitude)
}

/// A bit for every element; none for a set that is too long, of which nothing can be told.
fn picture(set: &[u64]) -> u64 {
    match set.len() > PICTURED {
        true => 0,
        false => set.iter().fold(0, |picture, element| picture | 1 << (element >> 32 & 63)),
    }
}

impl Fine {
    fn of(set: &[u64]) -> Fine {
        let mut bits = [0; WORDS];
        for element in set {
            let bit = (((element >> 32) * (32 * WORDS as u64)) >> 32) as usize;
            bits[bit / 32] |= 1 << (bit % 32);
        }
        Fine { len: set.len() as u32, bits }
    }

    /// Does it leave open whether the sets are alike?
    fn may_be_alike(&self, other: &Fine, threshold: Threshold) -> bool {
        let pairs = self.bits.iter().zip(&other.bits);
        let differ: usize = pairs.map(|(one, other)| (one ^ other).count_ones() as usize).sum();
        differ <= lacking(threshold, self.len as usize, other.len as usize)
    }
}

/// The most elements that only one of two similar sets of these lengths has.
fn lacking(threshold: Threshold, len: usize, other: usize) -> usize {
    let t = threshold.value();
    // One more, for what floating point may have lost.
    ((1.0 - t) / (1.0 + t) * (len + other) as f64) as usize + 1
}

/// What a set is indexed by: an element, and how far along it stands.
fn key(element: u64, step: usize) -> u32 {
    (mix(element ^ step as u64) >> 32) as u32
}

/// The last step at which a similar set can have the element that a set of `len` has at position `at`, if it
/// is the first that they share.
///
/// They share at most len - at elements, and must share T/(1+T) of len + m; that bounds m. Of its m elements
/// the other one can pass over m less what they must share; the longer it is, the more.
pub(super) fn last_step(threshold: Threshold, len: usize, at: usize) -> usize {
    let t = threshold.value();
    let (len, left) = (len as f64, (len - at) as f64);
    let most = (left * (1.0 + t) / t - len).max(1.0);
    let passed = 1.0 - t / (1.0 + t) * (len + most) / most;
    // One more, for what floating point may have lost.
    ((passed.max(0.0) * STEPS as f64) as usize + 1).min(STEPS - 1)
}

/// The number of elements of a set of which one must be in every similar set.
pub(super) fn prefix(threshold: Threshold, len: usize) -> usize {
    if len == 0 { 0 } else { len + 1 - threshold.least_of(len).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::words::to_set;

    #[test]
    fn records_of_the_same_few_wordings_are_hardly_ever_named_to_each_other() {
        // Each has 48 of 64 elements in common with some 28 others, and 32 with some 300.
        let mut ordered = Ordered::new("0.8".parse().unwrap());
        let mut named = Vec::new();
        for n in 0..4096u64 {
            let parts = [n % 8, n / 8 % 8, n / 64 % 8, n / 512].into_iter().enumerate();
            let part =
                |(at, wording)| (0..16u64).map(move |n| mix((at as u64) << 40 | wording << 20 | n));
            let mut set: Vec<u64> = parts.flat_map(part).collect();
            to_set(&mut set);
            ordered.candidates(&set, &mut named);
            ordered.insert(&set, n as u32);
        }
        assert!(named.len() < 4096, "{}", named.len());
    }

    #[test]
    fn a_counter_has_the_magnitude_of_what_is_counted() {
        for (count, least, most) in
            [(0, 0, 0), (1, 1, 1), (30, 2, 8), (10_000, 10, 16), (1_000_000, 17, 23)]
        {
            for element in 0..20u64 {
                let next = |counter, record| counter + u8::from(is_next(counter, element, record));
                let counter = (0..count).fold(0, next);
                assert!((least..=most).contains(&counter), "{counter} for {count}");
            }
        }
    }
}

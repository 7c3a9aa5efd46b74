//! The sets of records that stay, and the comparison in full that alone decides.

use crate::error::Result;

use super::make_room;
use super::near::Scheme;
use super::ordered;
use super::store::Store;
use super::threshold::Threshold;

/// A record that is alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Where it stands, as it was given to [`Near::insert`](super::near::Near::insert).
    pub place: u32,
    /// Elements that both sets have.
    pub shared: usize,
    /// Elements of either set; with [`Scheme::Contain`] those of the asked one.
    pub of: usize,
}

impl Match {
    /// The share as a number.
    pub fn similarity(self) -> f64 {
        self.shared as f64 / self.of.max(1) as f64
    }
}

/// First elements of a set that take no more memory than its bands would: 16 bytes each. With a threshold of
/// .8 these are the sets of up to 54 runs of words.
const SHORT: usize = 11;

/// Is a set so short that its first elements are fewer than the bands of a signature, and tell more?
pub(super) fn is_short(threshold: Threshold, len: usize) -> bool {
    ordered::prefix(threshold, len) <= SHORT
}

/// The sets of records that stay, with their bands and where each record stands.
#[derive(Debug)]
pub(super) struct Sets {
    scheme: Scheme,
    threshold: Threshold,
    store: Store,
    places: Vec<u32>,
    /// The one that is compared with.
    other: Vec<u8>,
    /// Comparisons so far.
    pub(super) compared: u64,
}

impl Sets {
    pub(super) fn new(scheme: Scheme, threshold: Threshold) -> Sets {
        let (store, places, other) = (Store::default(), Vec::new(), Vec::new());
        Sets { scheme, threshold, store, places, other, compared: 0 }
    }

    /// Adds the set of a record and tells its number.
    pub(super) fn push(&mut self, set: &[u64], bands: &[u32], place: u32) -> Result<u32> {
        make_room(&mut self.places, 1);
        self.places.push(place);
        self.store.push_set(set, bands)?;
        Ok(self.places.len() as u32 - 1)
    }

    /// The set of a record, in place of what `into` holds.
    pub(super) fn read(&self, number: u32, into: &mut Vec<u64>) -> Result<()> {
        let mut bytes = Vec::new();
        self.store.read(number, &mut bytes)?;
        into.clear();
        into.extend(elements(&bytes[..bytes.len() - self.bytes_of_bands()]));
        Ok(())
    }

    /// The first of the candidates that may be alike, is, and is taken by `accept`.
    pub(super) fn first(
        &mut self,
        set: &[u64],
        bands: &[u32],
        candidates: &[u32],
        mut may: impl FnMut(u32) -> bool,
        accept: &mut impl FnMut(u32) -> Result<bool>,
    ) -> Result<Option<Match>> {
        for number in candidates.iter().copied().filter(|number| may(*number)) {
            let found = self.compare(set, bands, number)?;
            if found.is_some() && accept(number)? {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Compares a candidate. Of a pair in which the earlier set is long the signatures must have a band in
    /// common, however the candidate was found: so it depends on the pair alone whether it is found, and not
    /// on what else is in the index.
    fn compare(&mut self, set: &[u64], bands: &[u32], number: u32) -> Result<Option<Match>> {
        let behind = self.store.size(number) - self.bytes_of_bands();
        let (one, other) = (set.len(), behind / size_of::<u64>());
        let contain = self.scheme == Scheme::Contain;
        let most = if contain { one } else { one.max(other) };
        if !self.threshold.is_met(one.min(other), most) {
            return Ok(None);
        }
        self.store.read(number, &mut self.other)?;
        let (elements, signature) = self.other.split_at(behind);
        if !is_short(self.threshold, other) && !share_a_band(bands, signature) {
            return Ok(None);
        }
        self.compared += 1;
        let shared = shared(set, elements);
        let of = if contain { one } else { one + other - shared };
        let alike = self.threshold.is_met(shared, of);
        Ok(alike.then(|| Match { place: self.places[number as usize], shared, of }))
    }

    /// The bytes of the bands behind each set in the store.
    fn bytes_of_bands(&self) -> usize {
        match self.scheme {
            Scheme::Bands(banding) => banding.bands * size_of::<u32>(),
            Scheme::Complete | Scheme::Contain => 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<u32>() + self.store.bytes()
    }
}

/// Have two signatures a band in common, the second as it lies in a [`Store`]? Where there are no bands they
/// do not matter.
fn share_a_band(bands: &[u32], stored: &[u8]) -> bool {
    let mut pairs = bands.iter().zip(stored.chunks_exact(size_of::<u32>()));
    stored.is_empty() || pairs.any(|(mine, other)| mine.to_le_bytes() == *other)
}

/// The number of elements that two sets share, the second as it lies in a [`Store`].
pub(super) fn shared(set: &[u64], stored: &[u8]) -> usize {
    let mut left = set.iter().peekable();
    let mut shared = 0;
    for element in elements(stored) {
        while left.next_if(|mine| **mine < element).is_some() {}
        shared += usize::from(left.next_if(|mine| **mine == element).is_some());
    }
    shared
}

/// The elements of a set as it lies in a [`Store`].
pub(super) fn elements(stored: &[u8]) -> impl Iterator<Item = u64> {
    stored.chunks_exact(size_of::<u64>()).map(|bytes| {
        let mut element = [0; 8];
        element.copy_from_slice(bytes);
        u64::from_le_bytes(element)
    })
}

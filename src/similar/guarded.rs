//! Similar records, with a guard against templates.
//!
//! With the guard two records are alike when they are with all their shingles *and* without the common ones.
//! Candidates are found without the common ones: otherwise all records of a template, which now stay, would be
//! candidates of each other. A record of nothing but common shingles is taken with all of them.

use std::sync::Arc;

use crate::error::Result;

use super::common::Common;
use super::near::{Near, Scheme};
use super::sets::{self, Match};
use super::sketch::Sketcher;
use super::store::Store;
use super::threshold::Threshold;

/// An index of records that stay, which may leave out common shingles.
#[derive(Debug)]
pub struct Guarded {
    near: Near,
    guard: Option<Guard>,
}

/// What is needed where common shingles are left out. The index then holds the other ones.
#[derive(Debug)]
struct Guard {
    scheme: Scheme,
    threshold: Threshold,
    common: Arc<Common>,
    limit: u64,
    sketcher: Option<Sketcher>,
    /// All shingles of the records in the index.
    whole: Store,
    /// The shingles of the record in hand that are not common, and their bands.
    own: Vec<u64>,
    bands: Vec<u32>,
}

impl Guarded {
    /// An empty index.
    pub fn new(scheme: Scheme, threshold: Threshold, common: Option<Arc<Common>>) -> Guarded {
        let guard = common.map(|common| Guard {
            scheme,
            threshold,
            limit: common.limit(),
            common,
            sketcher: scheme.sketcher(),
            whole: Store::default(),
            own: Vec::new(),
            bands: Vec::new(),
        });
        Guarded { near: Near::new(scheme, threshold), guard }
    }

    /// The record added first that is alike. `bands` are those of the set.
    pub fn find(&mut self, set: &[u64], bands: &[u32]) -> Result<Option<Match>> {
        let Some(guard) = &mut self.guard else { return self.near.find(set, bands) };
        guard.take(set);
        let Guard { scheme, threshold, whole, own, bands, .. } = guard;
        let mut bytes = Vec::new();
        let mut in_full = None;
        let accept = |number: u32| {
            whole.read(number, &mut bytes)?;
            let shared = sets::shared(set, &bytes);
            let of = match scheme {
                Scheme::Contain => set.len(),
                _ => set.len() + bytes.len() / size_of::<u64>() - shared,
            };
            in_full = threshold.is_met(shared, of).then_some((shared, of));
            Ok(in_full.is_some())
        };
        let found = self.near.find_where(own, bands, accept)?;
        Ok(found.zip(in_full).map(|(found, (shared, of))| Match { shared, of, ..found }))
    }

    /// Adds a record that stays.
    pub fn insert(&mut self, set: &[u64], bands: &[u32], place: u32) -> Result<()> {
        let Some(guard) = &mut self.guard else { return self.near.insert(set, bands, place) };
        guard.take(set);
        guard.whole.push_set(set, &[])?;
        self.near.insert(&guard.own, &guard.bands, place)
    }

    /// The index.
    pub fn near(&self) -> &Near {
        &self.near
    }

    /// The bytes of memory in use.
    pub fn bytes(&self) -> usize {
        self.near.bytes() + self.guard.as_ref().map_or(0, |guard| guard.whole.bytes())
    }
}

impl Guard {
    /// Leaves the common shingles of a record out.
    fn take(&mut self, set: &[u64]) {
        self.own.clear();
        self.own.extend(set.iter().filter(|element| !self.common.has(**element, self.limit)));
        if self.own.is_empty() {
            self.own.extend(set);
        }
        self.bands.clear();
        if let Some(sketcher) = &mut self.sketcher {
            sketcher.bands(&self.own, &mut self.bands);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::mix;
    use crate::similar::words::to_set;

    #[test]
    fn records_that_share_only_the_wording_of_a_template_stay() {
        let threshold: Threshold = "0.8".parse().unwrap();
        let record = |n: u64| {
            let mut set: Vec<u64> =
                (0..95).chain([n << 20, n << 20 | 1, n << 20 | 2]).map(mix).collect();
            to_set(&mut set);
            set
        };
        let records = || (1..=60).chain(1..=60).map(record);
        let mut common = Common::new(0.01);
        records().for_each(|set| common.count(&set));
        assert_eq!(common.limit(), 50, "copies are counted once");
        let common = Arc::new(common);
        let run = |scheme: Scheme, common: Option<Arc<Common>>| {
            let mut index = Guarded::new(scheme, threshold, common);
            let stays = |(place, set): (u32, Vec<u64>)| {
                let mut bands = Vec::new();
                scheme
                    .sketcher()
                    .into_iter()
                    .for_each(|mut sketcher| sketcher.bands(&set, &mut bands));
                let found = index.find(&set, &bands).unwrap();
                if found.is_none() {
                    index.insert(&set, &bands, place).unwrap();
                }
                found.is_none()
            };
            (0..).zip(records()).map(stays).filter(|stays| *stays).count()
        };
        for scheme in [Scheme::Complete, Scheme::jaccard(threshold, false), Scheme::Contain] {
            let plain = run(scheme, None);
            assert_eq!(plain, 1, "{scheme:?}");
            assert_eq!(run(scheme, Some(Arc::clone(&common))), 60, "{scheme:?}");
        }
    }
}

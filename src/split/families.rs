//! Records that are tied together by more than their key, directly or through others.
//!
//! Keys, values of groups and lines of lists are nodes, and a record ties those together that it has. What hangs
//! together in the end is one unit. Its number is that of one of its keys, chosen by a hash that has nothing to do
//! with parts, so that large units are as likely in each part as small ones, and a key that is tied to no other
//! keeps its own number.
//!
//! In memory are up to 90 bytes for each node (measured: 257 MB for 2.4 million), and what
//! [`Kin`] needs for the records.

use std::collections::{BTreeSet, HashMap};

use crate::error::{Error, Result};
use crate::similar::{Kin, Unions};

use super::block::{Item, Prepared};
use super::config::Config;
use super::deal::Chance;

/// The ties between records.
pub(super) struct Families {
    nodes: HashMap<u64, u32>,
    unions: Unions,
    /// By node, when all is settled.
    roots: Vec<u32>,
    kin: Option<Kin>,
    /// By node: the key of a root's unit when all is settled; before, its own key. None: it is no key.
    keys: Vec<Option<u64>>,
    /// By node: its records; when all is settled, those of its unit, where it is the root.
    records: Vec<u64>,
    /// The numbers of the pointers that records had.
    met: BTreeSet<usize>,
    choice: Chance,
}

impl Families {
    /// None yet; nothing if the run knows no groups.
    pub(super) fn new(config: &Config) -> Option<Families> {
        config.has_groups().then(|| Families {
            nodes: HashMap::new(),
            unions: Unions::default(),
            roots: Vec::new(),
            kin: config.near.map(|near| Kin::new(near.threshold, near.complete)),
            keys: Vec::new(),
            records: Vec::new(),
            met: BTreeSet::new(),
            choice: Chance::new("unit", config.seed),
        })
    }

    /// Adds a record; `listed` are its groups in lists.
    pub(super) fn add(
        &mut self,
        item: &Item,
        prepared: &Prepared,
        listed: impl Iterator<Item = u64>,
    ) -> Result<()> {
        let node = self.node(item.u)?;
        self.keys[node as usize] = Some(item.u);
        self.records[node as usize] += 1;
        let Some(more) = &item.more else { return self.tie(node, listed) };
        let groups = &prepared.groups[more.groups.clone()];
        self.met.extend(groups.iter().map(|(at, _)| *at));
        self.tie(node, groups.iter().map(|(_, group)| *group).chain(listed))?;
        if let Some(kin) = &mut self.kin {
            let (set, bands) =
                (&prepared.sets[more.set.clone()], &prepared.bands[more.bands.clone()]);
            kin.push(set, bands, node, &mut self.unions)?;
        }
        Ok(())
    }

    fn tie(&mut self, node: u32, groups: impl Iterator<Item = u64>) -> Result<()> {
        for group in groups {
            let other = self.node(group)?;
            self.unions.unite(node, other);
        }
        Ok(())
    }

    fn node(&mut self, id: u64) -> Result<u32> {
        if let Some(node) = self.nodes.get(&id) {
            return Ok(*node);
        }
        if self.keys.len() == u32::MAX as usize {
            let what = format!("more than {} different keys and groups", u32::MAX);
            return Err(Error::Unfit(what));
        }
        let node = self.unions.add();
        self.nodes.insert(id, node);
        self.keys.push(None);
        self.records.push(0);
        Ok(node)
    }

    /// No more records come.
    pub(super) fn settled(mut self) -> Result<Families> {
        if let Some(mut kin) = self.kin.take() {
            kin.unite(&mut self.unions)?;
        }
        for node in 0..self.keys.len() as u32 {
            let root = self.unions.root(node);
            self.roots.push(root);
            if root == node {
                continue;
            }
            let (root, node) = (root as usize, node as usize);
            self.records[root] += std::mem::take(&mut self.records[node]);
            let keys = [self.keys[root], self.keys[node]].into_iter().flatten();
            self.keys[root] = keys.min_by_key(|key| (self.choice.of(*key), *key));
        }
        Ok(self)
    }

    /// The number of the unit of a key, when all is settled.
    pub(super) fn unit(&self, key: u64) -> u64 {
        let node = self.nodes.get(&key).copied();
        let root = node.and_then(|node| self.roots.get(node as usize));
        root.and_then(|root| self.keys[*root as usize]).unwrap_or(key)
    }

    /// The pointers of groups that no record has.
    pub(super) fn unmet<'c>(&self, config: &'c Config) -> impl Iterator<Item = &'c str> {
        let met = self.met.clone();
        let pointers = config.groups.iter().enumerate();
        pointers.filter(move |(at, _)| !met.contains(at)).map(|(_, pointer)| pointer.as_str())
    }

    /// The number of groups of two records or more, and the records of the largest.
    pub(super) fn census(&self) -> (u64, u64) {
        let sizes = self.records.iter().copied().filter(|records| *records > 1);
        (sizes.clone().count() as u64, sizes.max().unwrap_or(0))
    }
}

//! Which of many nodes belong together: disjoint sets under union.
//!
//! A set is known by its least node, so that it does not depend on the order in which nodes were united who
//! represents whom. Paths are halved on the way (Tarjan, van Leeuwen, JACM 1984).

use super::make_room;

/// Disjoint sets of nodes 0, 1, 2, and so on. 4 bytes a node.
#[derive(Debug, Default)]
pub struct Unions {
    /// A lesser node of the same set for each; a root is its own.
    parents: Vec<u32>,
}

impl Unions {
    /// Adds a node in a set of its own and tells its number. There is room for 2^32 of them.
    pub fn add(&mut self) -> u32 {
        let node = self.parents.len() as u32;
        make_room(&mut self.parents, 1);
        self.parents.push(node);
        node
    }

    /// Makes the sets of two nodes one. Nodes that were never added change nothing.
    pub fn unite(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        let (least, root) = (one.min(other), one.max(other));
        if let Some(parent) = self.parents.get_mut(root as usize) {
            *parent = least;
        }
    }

    /// The least node of the set that a node is in; the node itself if it was never added.
    pub fn root(&mut self, node: u32) -> u32 {
        let mut node = node;
        while let Some(parent) = self.parent(node).filter(|parent| *parent != node) {
            let above = self.parent(parent).unwrap_or(parent);
            self.parents[node as usize] = above;
            node = above;
        }
        node
    }

    fn parent(&self, node: u32) -> Option<u32> {
        self.parents.get(node as usize).copied()
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Is there no node?
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The bytes of memory in use.
    pub fn bytes(&self) -> usize {
        self.parents.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every node has the name of its set; uniting renames one by one.
    fn naive(nodes: u32, pairs: &[(u32, u32)]) -> Vec<u32> {
        let mut names: Vec<u32> = (0..nodes).collect();
        for (one, other) in pairs {
            let (one, other) = (names[*one as usize], names[*other as usize]);
            let of_either = names.iter_mut().filter(|name| **name == one || **name == other);
            of_either.for_each(|name| *name = one.min(other));
        }
        names
    }

    fn fast(nodes: u32, pairs: &[(u32, u32)]) -> Vec<u32> {
        let mut unions = Unions::default();
        assert!((0..nodes).all(|node| unions.add() == node));
        pairs.iter().for_each(|(one, other)| unions.unite(*one, *other));
        (0..nodes).map(|node| unions.root(node)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_root_is_the_least_node_of_its_set_whatever_the_order(
            pairs in prop::collection::vec((0u32..80, 0u32..80), 0..120)
        ) {
            let wanted = naive(80, &pairs);
            prop_assert_eq!(&fast(80, &pairs), &wanted);
            let turned: Vec<_> = pairs.iter().rev().map(|(one, other)| (*other, *one)).collect();
            prop_assert_eq!(&fast(80, &turned), &wanted);
        }
    }

    #[test]
    fn a_chain_of_a_million_nodes_is_as_short_as_any() {
        let mut unions = Unions::default();
        (0..1_000_000).for_each(|_| _ = unions.add());
        (1..1_000_000).rev().for_each(|node| unions.unite(node, node - 1));
        assert!((0..1_000_000).rev().all(|node| unions.root(node) == 0));
        assert!(unions.len() == 1_000_000 && unions.bytes() < 5_000_000);
    }

    #[test]
    fn a_node_that_was_never_added_is_alone() {
        let mut unions = Unions::default();
        let node = unions.add();
        unions.unite(node, 7);
        unions.unite(8, 9);
        assert_eq!((unions.root(0), unions.root(7), unions.root(9), unions.len()), (0, 7, 9, 1));
    }
}

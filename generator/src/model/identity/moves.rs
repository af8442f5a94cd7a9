//! Uses that had to leave their group, because they contradict the others.

use std::collections::HashMap;

use crate::model::types::TypeId;

/// The group that each of these uses belongs to instead, by the keys of groups.
#[derive(Debug, Default)]
pub(super) struct Moves {
    targets: HashMap<(String, TypeId), String>,
}

impl Moves {
    /// The key of the group that a member of the group `key` has moved to.
    pub(super) fn moved_to(&self, key: &str, ty: TypeId) -> Option<&str> {
        if self.targets.is_empty() {
            return None;
        }
        let found = self.targets.get(&(key.to_owned(), ty));
        found.map(String::as_str)
    }

    /// Moves a member of the group `key` to another group.
    pub(super) fn insert_move(&mut self, key: &str, ty: TypeId, target: &str) {
        self.targets.insert((key.to_owned(), ty), target.to_owned());
    }

    /// The number of moves.
    pub(super) fn count_moves(&self) -> usize {
        self.targets.len()
    }
}

//! The objects of one account, by tag and id.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

/// An object, as a response has it if nothing is expanded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredObject {
    pub(crate) value: Value,
    /// The ids in the path below which it was created.
    pub(crate) owners: Vec<String>,
    pub(crate) is_deleted: bool,
}

/// Tag and id.
pub(crate) type ObjectKey = (String, String);

/// The objects of one account, in the order of their creation.
#[derive(Debug, Default)]
pub(crate) struct ObjectStore {
    tags: HashMap<String, IndexMap<String, StoredObject>>,
    /// The value before the request of what the request has changed, in the order of the changes.
    changed: IndexMap<ObjectKey, Option<StoredObject>>,
    /// The contents of files, by id. They are in memory alone.
    contents: HashMap<String, Vec<u8>>,
}

impl ObjectStore {
    /// An object that exists and is not deleted.
    pub(crate) fn find(&self, tag: &str, id: &str) -> Option<&Value> {
        let stored = self.find_stored(tag, id)?;
        (!stored.is_deleted).then_some(&stored.value)
    }

    pub(crate) fn find_stored(&self, tag: &str, id: &str) -> Option<&StoredObject> {
        self.tags.get(tag)?.get(id)
    }

    /// The first of the tags that has an object of this id.
    pub(crate) fn tag_of_id<'t>(&self, tags: &'t [String], id: &str) -> Option<&'t str> {
        let found = tags.iter().find(|tag| self.find_stored(tag, id).is_some());
        found.map(String::as_str)
    }

    /// The objects with a tag that are not deleted, newest first.
    pub(crate) fn iterate<'s>(
        &'s self,
        tag: &str,
    ) -> impl Iterator<Item = (&'s String, &'s StoredObject)> + use<'s> {
        let objects = self.tags.get(tag).into_iter().flatten().rev();
        objects.filter(|(_, stored)| !stored.is_deleted)
    }

    /// The values of the objects with a tag that fulfil a condition, newest first.
    pub(crate) fn select(&self, tag: &str, condition: impl Fn(&Value) -> bool) -> Vec<Value> {
        let objects = self.iterate(tag).map(|(_, stored)| &stored.value);
        objects.filter(|value| condition(value)).cloned().collect()
    }

    /// The content of a file.
    pub(crate) fn find_content(&self, id: &str) -> Option<&[u8]> {
        self.contents.get(id).map(Vec::as_slice)
    }

    pub(crate) fn set_content(&mut self, id: &str, content: Vec<u8>) {
        self.contents.insert(id.to_owned(), content);
    }

    /// Adds or replaces an object.
    pub(crate) fn insert(&mut self, tag: &str, id: &str, object: StoredObject) {
        let objects = self.tags.entry(tag.to_owned()).or_default();
        let before = objects.insert(id.to_owned(), object);
        let key = (tag.to_owned(), id.to_owned());
        self.changed.entry(key).or_insert(before);
    }

    /// Changes the value of an object, if it exists and is not deleted.
    pub(crate) fn modify(&mut self, tag: &str, id: &str, change: impl FnOnce(&mut Value)) {
        let objects = self.tags.get_mut(tag);
        let Some(stored) = objects.and_then(|objects| objects.get_mut(id)) else {
            return;
        };
        if stored.is_deleted {
            return;
        }
        let key = (tag.to_owned(), id.to_owned());
        self.changed
            .entry(key)
            .or_insert_with(|| Some(stored.clone()));
        change(&mut stored.value);
    }

    /// Replaces the value by that of a deleted object, which can still be retrieved.
    pub(crate) fn mark_deleted(&mut self, tag: &str, id: &str, value: Value) {
        self.modify(tag, id, |stored| *stored = value);
        let objects = self.tags.get_mut(tag);
        if let Some(stored) = objects.and_then(|objects| objects.get_mut(id)) {
            stored.is_deleted = true;
        }
    }

    /// Adds an object that was stored earlier.
    #[cfg(feature = "sqlite")]
    pub(crate) fn restore(&mut self, tag: &str, id: &str, object: StoredObject) {
        let objects = self.tags.entry(tag.to_owned()).or_default();
        objects.insert(id.to_owned(), object);
    }

    /// What [`Self::take_changes`] would return now.
    pub(crate) fn changes_so_far(&self) -> IndexMap<ObjectKey, Option<StoredObject>> {
        self.changed.clone()
    }

    /// What was changed since the last call, with its value before.
    pub(crate) fn take_changes(&mut self) -> IndexMap<ObjectKey, Option<StoredObject>> {
        std::mem::take(&mut self.changed)
    }

    /// Undoes all changes since the last call of [`Self::take_changes`].
    pub(crate) fn roll_back(&mut self) {
        for ((tag, id), before) in self.take_changes() {
            let Some(objects) = self.tags.get_mut(&tag) else {
                continue;
            };
            match before {
                Some(before) => _ = objects.insert(id, before),
                None => _ = objects.shift_remove(&id),
            }
        }
    }
}

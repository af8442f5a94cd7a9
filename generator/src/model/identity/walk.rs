//! Groups uses by the public type of their place.
//!
//! The walk goes from operations, tagged objects and events to the types they use, and on to what
//! those use. A place that the lock knows has the type that it had. Only then follow the places
//! that are new: they get the type of their component, or one of their own.

use std::collections::{HashMap, HashSet, VecDeque};

use super::moves::Moves;
use super::raw::RawTypes;
use crate::lock::{Lock, LockedKind, Place};
use crate::model::slots::SlotRole;
use crate::model::types::TypeId;

/// An index into [`Groups::all`].
pub(super) type GroupId = usize;

/// The uses that are one public type.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// What tells it from other groups, in this walk and in repeated ones.
    pub key: String,
    /// Its public path, if the lock has one.
    pub locked_path: Option<String>,
    /// The locked type whose places are looked up for its fields.
    pub lookup: Option<String>,
    /// The uses, and how often each is referred to.
    pub members: Vec<(TypeId, usize)>,
}

/// The result of the walk.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub all: Vec<Group>,
    /// The groups that the slots of a member refer to, in the order of `TypeKind::slots`. `None` is
    /// an id without a type.
    pub edges: HashMap<(GroupId, TypeId), Vec<Option<GroupId>>>,
    /// The group of each root.
    pub roots: Vec<Option<GroupId>>,
    /// The group of each component.
    pub components: HashMap<TypeId, GroupId>,
}

/// Who refers to a use.
#[derive(Clone, Copy, Debug)]
enum Referrer {
    Root(usize),
    Slot(GroupId, TypeId, usize),
    /// Nothing: the component has to be declared in any case.
    None,
}

struct Walk<'a> {
    raw: &'a RawTypes,
    lock: &'a Lock,
    moves: &'a Moves,
    groups: Groups,
    by_key: HashMap<String, GroupId>,
    /// The groups of each use.
    homes: HashMap<TypeId, Vec<GroupId>>,
    /// Where in [`Group::members`] each member is.
    positions: HashMap<(GroupId, TypeId), usize>,
    /// Members whose slots have not been followed.
    open: VecDeque<(GroupId, TypeId)>,
    /// Components at places that the lock does not know.
    deferred: VecDeque<(Referrer, String, TypeId)>,
    locked_objects: HashSet<&'a str>,
    /// The place of each retired type.
    retired: HashMap<&'a str, &'a str>,
}

/// Walks over all uses.
pub(super) fn group_uses(raw: &RawTypes, lock: &Lock, moves: &Moves) -> Groups {
    let retired = lock.retired.iter();
    let mut walk = Walk {
        raw,
        lock,
        moves,
        groups: Groups::default(),
        by_key: HashMap::new(),
        homes: HashMap::new(),
        positions: HashMap::new(),
        open: VecDeque::new(),
        deferred: VecDeque::new(),
        locked_objects: raw
            .tags
            .values()
            .filter_map(|place| lock.type_at(place))
            .collect(),
        retired: retired
            .map(|(path, ty)| (ty.place.as_str(), path.as_str()))
            .collect(),
    };
    walk.follow_roots();
    walk.follow_deferred();
    walk.follow_components();
    walk.groups
}

impl Walk<'_> {
    fn follow_roots(&mut self) {
        self.groups.roots = vec![None; self.raw.roots.len()];
        for (index, root) in self.raw.roots.iter().enumerate() {
            let key = root.place.clone();
            self.refer_to(Referrer::Root(index), Some(&root.place), key, root.ty);
        }
        for (id, _) in &self.raw.components {
            if let Some(place) = self.raw.tags.get(id) {
                self.refer_to(Referrer::None, Some(place), place.clone(), *id);
            }
        }
        self.follow_open();
    }

    fn follow_deferred(&mut self) {
        while let Some((referrer, key, ty)) = self.deferred.pop_front() {
            let group = match self.by_key.get(&key) {
                Some(&group) => group,
                None => {
                    let group = self.component_group(ty);
                    self.by_key.insert(key, group);
                    group
                }
            };
            self.add_member(group, ty, referrer);
            self.follow_open();
        }
    }

    /// Declares what nothing refers to, and notes the group of each component.
    fn follow_components(&mut self) {
        for (id, _) in &self.raw.components {
            let group = self.component_group(*id);
            if !self.homes.contains_key(id) {
                self.add_member(group, *id, Referrer::None);
                self.follow_open();
                self.follow_deferred();
            }
        }
    }

    fn follow_open(&mut self) {
        while let Some((group, member)) = self.open.pop_front() {
            let slots = self.raw.ty(member).kind.slots();
            self.groups
                .edges
                .insert((group, member), vec![None; slots.len()]);
            for (index, slot) in slots.iter().enumerate() {
                let owner = self.group_at(group).lookup.clone();
                let place = owner.as_ref().map(|owner| {
                    let label = &slot.label;
                    Place::Field { owner, label }.to_string()
                });
                // The ids of a type that got its tag after it was locked stay text.
                let is_locked = owner.is_some_and(|owner| self.lock.types.contains_key(&owner));
                let is_known = place
                    .as_ref()
                    .is_some_and(|p| self.lock.type_at(p).is_some());
                if slot.role == SlotRole::Identity && is_locked && !is_known {
                    continue;
                }
                let key = format!("{} > {}", self.group_at(group).key, slot.label);
                let referrer = Referrer::Slot(group, member, index);
                self.refer_to(referrer, place.as_deref(), key, slot.ty);
            }
        }
    }

    /// Follows one reference to `ty`.
    fn refer_to(&mut self, referrer: Referrer, place: Option<&str>, key: String, ty: TypeId) {
        if let Some(path) = self.locked_path(place, ty) {
            let group = self.locked_group(path);
            self.add_member(group, ty, referrer);
            return;
        }
        let kind = self.raw.kind_of(ty);
        let key = format!("{key} {kind:?}");
        if !self.raw.uses.contains_key(&ty) && !self.is_operation_own(ty) {
            self.deferred.push_back((referrer, key, ty));
            return;
        }
        let group = self.keyed_group(key, None, None);
        self.add_member(group, ty, referrer);
    }

    /// Whether the type belongs to one operation: its parameters or its error codes.
    fn is_operation_own(&self, ty: TypeId) -> bool {
        let kind = self.raw.kind_of(ty);
        let is_own = matches!(kind, LockedKind::Params | LockedKind::Errors);
        is_own && !self.raw.parameter_components.contains(&ty)
    }

    /// The public path that the lock has for `ty` at a place. An object with a tag is known by
    /// its tag, everywhere.
    fn locked_path(&self, place: Option<&str>, ty: TypeId) -> Option<String> {
        let is_same_kind = |path: &str| {
            let known = self.lock.locked_type(path);
            known.is_some_and(|known| known.kind == self.raw.kind_of(ty))
        };
        let tag = self.raw.tags.get(&ty);
        let by_tag = tag.and_then(|place| self.lock.type_at(place));
        if let Some(path) = by_tag.filter(|path| is_same_kind(path)) {
            return Some(path.to_owned());
        }
        let place = place?;
        let path = self
            .lock
            .type_at(place)
            .or_else(|| self.retired.get(place).copied())
            .or_else(|| self.lock.type_at(&keyword_place(place)))?;
        // The place led to an object that is known by another tag.
        let is_other_object = self.locked_objects.contains(path);
        (is_same_kind(path) && !is_other_object).then(|| path.to_owned())
    }

    fn locked_group(&mut self, path: String) -> GroupId {
        self.keyed_group(path.clone(), Some(path.clone()), Some(path))
    }

    fn keyed_group(
        &mut self,
        key: String,
        locked_path: Option<String>,
        lookup: Option<String>,
    ) -> GroupId {
        if let Some(&group) = self.by_key.get(&key) {
            return group;
        }
        let id = self.groups.all.len();
        self.by_key.insert(key.clone(), id);
        self.groups.all.push(Group {
            key,
            locked_path,
            lookup,
            members: Vec::new(),
        });
        id
    }

    /// The group of a component at a new place: the one that most places give it, or a new one.
    fn component_group(&mut self, ty: TypeId) -> GroupId {
        if let Some(&group) = self.groups.components.get(&ty) {
            return group;
        }
        let homes = self.homes.get(&ty).map_or(&[][..], Vec::as_slice);
        let best = homes.iter().copied().max_by(|a, b| {
            let (a, b) = (self.group_at(*a), self.group_at(*b));
            (a.uses_of(ty), &b.key).cmp(&(b.uses_of(ty), &a.key))
        });
        let group = best.unwrap_or_else(|| {
            let key = format!("component {}", ty.0);
            self.keyed_group(key, None, None)
        });
        self.groups.components.insert(ty, group);
        group
    }

    fn add_member(&mut self, group: GroupId, ty: TypeId, referrer: Referrer) {
        let mut group = group;
        while let Some(key) = self.moves.moved_to(&self.group_at(group).key, ty) {
            let (key, lookup) = (key.to_owned(), self.group_at(group).lookup.clone());
            group = self.keyed_group(key, None, lookup);
        }
        match referrer {
            Referrer::Root(index) => {
                if let Some(root) = self.groups.roots.get_mut(index) {
                    *root = Some(group);
                }
            }
            Referrer::Slot(owner, member, index) => {
                let slots = self.groups.edges.get_mut(&(owner, member));
                if let Some(slot) = slots.and_then(|slots| slots.get_mut(index)) {
                    *slot = Some(group);
                }
            }
            Referrer::None => {}
        }
        let next = self.group_at(group).members.len();
        let position = *self.positions.entry((group, ty)).or_insert(next);
        let members = &mut self.group_at_mut(group).members;
        match members.get_mut(position) {
            Some((_, uses)) => *uses += 1,
            None => {
                members.push((ty, 1));
                self.homes.entry(ty).or_default().push(group);
                self.open.push_back((group, ty));
            }
        }
    }

    #[expect(clippy::indexing_slicing, reason = "only this walk makes groups")]
    fn group_at(&self, id: GroupId) -> &Group {
        &self.groups.all[id]
    }

    #[expect(clippy::indexing_slicing, reason = "only this walk makes groups")]
    fn group_at_mut(&mut self, id: GroupId) -> &mut Group {
        &mut self.groups.all[id]
    }
}

/// The place of an enum, when other values became possible beside it, and the reverse.
fn keyword_place(place: &str) -> String {
    let suffix = SlotRole::Keyword.suffix();
    match place.strip_suffix(suffix) {
        Some(alone) => alone.to_owned(),
        None => format!("{place}{suffix}"),
    }
}

impl Group {
    /// How often a member is referred to.
    fn uses_of(&self, ty: TypeId) -> usize {
        let found = self.members.iter().find(|(known, _)| *known == ty);
        found.map_or(0, |(_, uses)| *uses)
    }

    /// The member with the lowest id, which was declared first.
    pub(super) fn first_member(&self) -> Option<TypeId> {
        self.members.iter().map(|(ty, _)| *ty).min()
    }
}

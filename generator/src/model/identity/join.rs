//! Joins new groups whose content equals that of another group: equal shapes at new places are one
//! type. Types that were published apart stay apart.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::content::{group_type, keep_required, member_content, merge_content};
use super::raw::RawTypes;
use super::walk::{Group, GroupId, Groups};
use crate::lock::Lock;
use crate::model::types::{
    EitherVariant, ParamsObject, ResponseObject, TypeId, TypeKind, UnionVariant,
};

/// Content that can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shape {
    Object(ResponseObject),
    Params(ParamsObject),
    Choice(Vec<String>),
    Token(Vec<String>),
    Union(Vec<UnionVariant>),
    Either(Vec<TypeId>),
}

/// The result of joining.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The group that each group became part of; itself, if it stays.
    pub target: Vec<GroupId>,
    /// The content of each group. Types are groups that stay.
    pub content: Vec<Option<TypeKind>>,
}

struct Joiner<'a> {
    raw: &'a RawTypes,
    lock: &'a Lock,
    groups: &'a Groups,
    joined: Joined,
    /// Groups whose content is being made.
    open: Vec<bool>,
    known: HashMap<Shape, GroupId>,
}

/// Makes the content of all groups and joins equal new ones.
pub(super) fn join_equal(raw: &RawTypes, lock: &Lock, groups: &Groups) -> Joined {
    let count = groups.all.len();
    let mut joiner = Joiner {
        raw,
        lock,
        groups,
        joined: Joined {
            target: (0..count).collect(),
            content: vec![None; count],
        },
        open: vec![false; count],
        known: HashMap::new(),
    };
    for id in joiner.joining_order() {
        joiner.settle_group(id);
    }
    for id in 0..count {
        joiner.fill_content(id);
    }
    joiner.joined
}

impl Joiner<'_> {
    /// Locked types first, those with most uses before others, then named unions, then new groups
    /// in the order of the document.
    fn joining_order(&self) -> Vec<GroupId> {
        let mut order: Vec<GroupId> = (0..self.groups.all.len()).collect();
        order.sort_by_cached_key(|id| {
            let group = self.group_at(*id);
            let uses: usize = group.members.iter().map(|(_, uses)| uses).sum();
            let rank = match &group.locked_path {
                Some(_) => 0,
                None if !self.is_inline(group) => 1,
                None => 2,
            };
            let uses = if rank == 0 { uses } else { 0 };
            let path = group.locked_path.clone();
            (rank, Reverse(uses), path, group.first_member())
        });
        order
    }

    fn is_inline(&self, group: &Group) -> bool {
        group
            .members
            .iter()
            .all(|(ty, _)| self.raw.uses.contains_key(ty))
    }

    /// Whether equal groups may become part of this one: inline shapes, and named unions.
    fn takes_equals(&self, group: &Group) -> bool {
        let is_union = group
            .members
            .iter()
            .any(|(ty, _)| matches!(self.raw.ty(*ty).kind, TypeKind::Union(_)));
        self.is_inline(group) || is_union
    }

    /// Decides which group `id` becomes part of. The groups of its inline parts are settled before.
    fn settle_group(&mut self, id: GroupId) {
        let groups = self.groups;
        let Some(group) = groups.all.get(id) else {
            return;
        };
        if !self.takes_equals(group) || self.open.get(id).copied() != Some(false) {
            return;
        }
        self.set_open(id);
        for (ty, _) in &group.members {
            let edges = groups.edges.get(&(id, *ty));
            for target in edges.into_iter().flatten().flatten() {
                self.settle_group(*target);
            }
        }
        let Some(shape) = self.make_content(id).and_then(Shape::from_kind) else {
            return;
        };
        match self.known.get(&shape) {
            Some(&equal) if group.locked_path.is_none() && self.is_inline(group) => {
                if let Some(target) = self.joined.target.get_mut(id) {
                    *target = equal;
                }
            }
            Some(_) => {}
            None => {
                self.known.insert(shape, id);
            }
        }
    }

    fn set_open(&mut self, id: GroupId) {
        if let Some(open) = self.open.get_mut(id) {
            *open = true;
        }
    }

    fn fill_content(&mut self, id: GroupId) {
        let content = self.make_content(id);
        if let Some(slot) = self.joined.content.get_mut(id) {
            *slot = content;
        }
    }

    /// The superset of the members, as far as joining is decided.
    fn make_content(&self, id: GroupId) -> Option<TypeKind> {
        let group = self.group_at(id);
        let mut members: Vec<TypeId> = group.members.iter().map(|(ty, _)| *ty).collect();
        members.sort();
        let mut content: Option<TypeKind> = None;
        for ty in members {
            let other = member_content(self.raw, self.groups, id, ty);
            match &mut content {
                None => content = Some(other),
                // There is no contradiction left.
                Some(content) => drop(merge_content(content, &other, None)),
            }
        }
        let mut content = content?;
        let locked = group.locked_path.as_ref();
        let locked = locked.and_then(|path| self.lock.locked_type(path));
        if let Some(required) = locked.and_then(|locked| locked.required.as_ref()) {
            keep_required(&mut content, required);
        }
        Some(content.map_types(&mut |ty| self.target_type(ty)))
    }

    fn target_type(&self, ty: TypeId) -> TypeId {
        let target = self.joined.target.get(ty.0 as usize);
        target.map_or(ty, |target| group_type(*target))
    }

    #[expect(clippy::indexing_slicing, reason = "only the walk makes groups")]
    fn group_at(&self, id: GroupId) -> &Group {
        &self.groups.all[id]
    }
}

impl Shape {
    fn from_kind(kind: TypeKind) -> Option<Self> {
        Some(match kind {
            TypeKind::Object(object) => Self::Object(object),
            TypeKind::Params(params) => Self::Params(params),
            TypeKind::Choice(values) => Self::Choice(values),
            TypeKind::Token(values) => Self::Token(values),
            TypeKind::Union(variants) => Self::Union(variants),
            TypeKind::Either(members) => Self::Either(member_types(&members)),
            TypeKind::ErrorCodes(..) => return None,
        })
    }
}

fn member_types(members: &[EitherVariant]) -> Vec<TypeId> {
    members.iter().map(|member| member.ty).collect()
}

//! Joins new groups whose content equals that of another group: equal shapes at new places are one
//! type if they are used for the same, or if the dialect names one of them. Types that were
//! published apart stay apart.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::content::{add_facts, group_type, keep_required, member_content, merge_content};
use super::meaning::Meaning;
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
    /// Groups that are settled or are being settled, and those that take no part.
    is_settled: Vec<bool>,
    known: HashMap<(Meaning, Shape), GroupId>,
    /// Shapes that the dialect names, by version of the API.
    named: HashMap<(Option<String>, Shape), GroupId>,
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
        is_settled: Vec::new(),
        known: HashMap::new(),
        named: HashMap::new(),
    };
    // Found once: a group may have as many members as the document has uses of a shape, and it is
    // referred to by as many.
    let all = groups.all.iter();
    joiner.is_settled = all.map(|group| !joiner.takes_equals(group)).collect();
    for id in joiner.joining_order() {
        joiner.settle_group(id);
    }
    joiner.join_replaced();
    for id in 0..count {
        joiner.fill_content(id);
    }
    joiner.join_facts();
    joiner.joined
}

impl Joiner<'_> {
    /// Locked types first, those with most uses before others, then named unions, then shapes that
    /// the dialect names, enums before the objects that contain them, then new groups in the order
    /// of the document.
    fn joining_order(&self) -> Vec<GroupId> {
        let mut order: Vec<GroupId> = (0..self.groups.all.len()).collect();
        order.sort_by_cached_key(|id| {
            let group = self.group_at(*id);
            let uses: usize = group.members.iter().map(|(_, uses)| uses).sum();
            let rank = match &group.locked_path {
                Some(_) => 0,
                None if !self.is_inline(group) => 1,
                None if self.is_named(group) && self.is_enum(group) => 2,
                None if self.is_named(group) => 3,
                None => 4,
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
        match self.is_settled.get_mut(id) {
            Some(is_settled) if !*is_settled => *is_settled = true,
            _ => return,
        }
        for (ty, _) in &group.members {
            let edges = groups.edges.get(&(id, *ty));
            for target in edges.into_iter().flatten().flatten() {
                self.settle_group(*target);
            }
        }
        let Some(shape) = self.make_content(id).and_then(Shape::from_kind) else {
            return;
        };
        let meanings = self.meanings_of(group);
        let equal = meanings.iter().find_map(|meaning| {
            let named = self.named.get(&(meaning.version.clone(), shape.clone()));
            let known = || self.known.get(&(meaning.clone(), shape.clone()));
            named.or_else(known).copied()
        });
        if let Some(equal) = equal {
            if group.locked_path.is_none() && self.is_inline(group) {
                if let Some(target) = self.joined.target.get_mut(id) {
                    *target = equal;
                }
            }
        }
        let is_named = self.is_named(group);
        for meaning in meanings {
            if is_named {
                let key = (meaning.version.clone(), shape.clone());
                self.named.entry(key).or_insert(equal.unwrap_or(id));
            }
            let key = (meaning, shape.clone());
            self.known.entry(key).or_insert(equal.unwrap_or(id));
        }
    }

    /// What the members of a group are used for. Components are used for what they are.
    fn meanings_of(&self, group: &Group) -> BTreeSet<Meaning> {
        let members = group.members.iter();
        let meanings = members.map(|(ty, _)| self.raw.meanings.get(ty).cloned());
        meanings.map(Option::unwrap_or_default).collect()
    }

    fn is_enum(&self, group: &Group) -> bool {
        let first = group.members.first();
        first.is_some_and(|(ty, _)| {
            matches!(
                self.raw.ty(*ty).kind,
                TypeKind::Choice(_) | TypeKind::Token(_)
            )
        })
    }

    fn is_named(&self, group: &Group) -> bool {
        let mut members = group.members.iter();
        members.any(|(ty, _)| self.raw.named.contains(ty))
    }

    /// A deprecated operation takes the parameters of the one that replaces it, if they are equal.
    fn join_replaced(&mut self) {
        for (old, new) in &self.raw.replaced {
            let (Some(old), Some(new)) = (self.group_of(*old), self.group_of(*new)) else {
                continue;
            };
            let is_new = self.group_at(old).locked_path.is_none();
            let shape = |id| self.make_content(id).and_then(Shape::from_kind);
            if is_new && old != new && shape(old) == shape(new) {
                if let Some(target) = self.joined.target.get_mut(old) {
                    *target = new;
                }
            }
        }
    }

    /// The group of the parameters of an operation.
    fn group_of(&self, params: TypeId) -> Option<GroupId> {
        let mut roots = self.raw.roots.iter().zip(&self.groups.roots);
        roots.find_map(|(root, group)| group.filter(|_| root.ty == params))
    }

    fn fill_content(&mut self, id: GroupId) {
        let content = self.make_content(id);
        if let Some(slot) = self.joined.content.get_mut(id) {
            *slot = content;
        }
    }

    /// Equal groups may differ in why a field has no value, and in the known values of numbers: their
    /// type allows what one of them does.
    fn join_facts(&mut self) {
        let Joined { target, content } = &mut self.joined;
        for (id, target) in target.iter().enumerate() {
            let other = content.get(id).cloned().flatten();
            let into = content.get_mut(*target).and_then(Option::as_mut);
            if let (Some(into), Some(other)) = (into.filter(|_| id != *target), other) {
                add_facts(into, &other);
            }
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
            TypeKind::ErrorCodes(..) | TypeKind::ErrorBodies(..) => return None,
        })
    }
}

fn member_types(members: &[EitherVariant]) -> Vec<TypeId> {
    members.iter().map(|member| member.ty).collect()
}

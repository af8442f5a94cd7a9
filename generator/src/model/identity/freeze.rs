//! Makes the public types of the groups that stay.

use std::collections::HashMap;

use super::content::{constructor_arguments, group_type};
use super::join::Joined;
use super::raw::RawTypes;
use super::walk::{GroupId, Groups};
use crate::lock::Lock;
use crate::model::builder::ShapeUse;
use crate::model::types::{Type, TypeId, TypeKind};

/// The public types, and what refers to them.
#[derive(Debug, Default)]
pub(super) struct FrozenTypes {
    pub types: Vec<Type>,
    /// The uses of the inline shapes of each type, in document order.
    pub uses: HashMap<TypeId, Vec<ShapeUse>>,
    /// The type of each root, in the order of `RawTypes::roots`.
    pub roots: Vec<TypeId>,
    /// The type of each component.
    pub components: HashMap<TypeId, TypeId>,
}

/// Makes the types, in the order in which the document mentions them first.
pub(super) fn freeze_types(
    raw: &RawTypes,
    lock: &Lock,
    groups: &Groups,
    joined: &Joined,
) -> FrozenTypes {
    let members = collect_members(groups, joined);
    let mut order: Vec<(TypeId, &str, GroupId)> = Vec::new();
    for (id, all) in members.iter().enumerate() {
        if let (Some(first), Some(group)) = (all.first(), groups.all.get(id)) {
            order.push((*first, group.key.as_str(), id));
        }
    }
    order.sort();
    let public: HashMap<GroupId, TypeId> = (0u32..)
        .map(TypeId)
        .zip(&order)
        .map(|(ty, (_, _, group))| (*group, ty))
        .collect();
    let public_type = |group: GroupId| -> Option<TypeId> {
        let target = joined.target.get(group)?;
        public.get(target).copied()
    };
    let mut frozen = FrozenTypes::default();
    for (_, _, id) in &order {
        let all = members.get(*id).map_or(&[][..], Vec::as_slice);
        if let Some(ty) = freeze_type(raw, lock, groups, joined, *id, all, &public_type) {
            let uses: Vec<ShapeUse> = all
                .iter()
                .filter_map(|ty| raw.uses.get(ty).cloned())
                .collect();
            let next = TypeId(u32::try_from(frozen.types.len()).unwrap_or(u32::MAX));
            if !uses.is_empty() {
                frozen.uses.insert(next, uses);
            }
            frozen.types.push(ty);
        }
    }
    let fallback = TypeId(0);
    frozen.roots = groups
        .roots
        .iter()
        .map(|group| group.and_then(public_type).unwrap_or(fallback))
        .collect();
    frozen.components = groups
        .components
        .iter()
        .filter_map(|(component, group)| Some((*component, public_type(*group)?)))
        .collect();
    frozen
}

/// The members of each group that stays, with those of the groups that became part of it.
fn collect_members(groups: &Groups, joined: &Joined) -> Vec<Vec<TypeId>> {
    let mut members = vec![Vec::new(); groups.all.len()];
    for (group, target) in groups.all.iter().zip(&joined.target) {
        if let Some(all) = members.get_mut(*target) {
            all.extend(group.members.iter().map(|(ty, _)| *ty));
        }
    }
    for all in &mut members {
        all.sort();
        all.dedup();
    }
    members
}

fn freeze_type(
    raw: &RawTypes,
    lock: &Lock,
    groups: &Groups,
    joined: &Joined,
    id: GroupId,
    members: &[TypeId],
    public_type: &dyn Fn(GroupId) -> Option<TypeId>,
) -> Option<Type> {
    let group = groups.all.get(id)?;
    let content = joined.content.get(id)?.as_ref()?;
    let mut kind = content.map_types(&mut |ty| {
        let group = ty.0 as usize;
        public_type(group).unwrap_or(group_type(group))
    });
    let locked_path = group.locked_path.as_ref();
    let locked = locked_path.and_then(|path| lock.locked_type(path));
    let required = locked.and_then(|locked| locked.required.as_deref());
    if let TypeKind::Params(params) = &mut kind {
        params.arguments = constructor_arguments(params, required.unwrap_or_default());
    }
    // What a component says about its name holds for the uses that joined it.
    let is_component = |ty: &TypeId| !raw.uses.contains_key(ty);
    // The parameters of a deprecated operation do not say what its replacement's are.
    let is_replaced = |ty: &TypeId| raw.replaced.iter().any(|(old, _)| old == ty);
    let own = group.members.iter().map(|(ty, _)| *ty);
    let own = own
        .filter(is_component)
        .min_by_key(|ty| (is_replaced(ty), *ty));
    let head = own.or(members.iter().copied().find(is_component));
    let head = head.or(members.first().copied())?;
    let head = raw.ty(head);
    let mut docs = members.iter().filter_map(|ty| raw.ty(*ty).doc.clone());
    Some(Type {
        module: head.module,
        locked_path: locked_path.cloned(),
        is_superset: matches!(kind, TypeKind::Object(_))
            && (members.len() > 1 || required.is_some()),
        site: head.site.clone(),
        fixed_name: head.fixed_name.clone(),
        component: head.component.clone(),
        kind,
        doc: docs.next(),
    })
}

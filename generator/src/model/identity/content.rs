//! The content of a group: the superset of what its members describe.

use super::raw::RawTypes;
use super::walk::{GroupId, Groups};
use crate::model::types::{
    EitherVariant, Field, ParamsObject, Presence, ResponseObject, Ty, TypeId, TypeKind,
    UnionVariant,
};

/// Stands for the type of an id that is text.
const UNTYPED: TypeId = TypeId(u32::MAX);

/// The content of one member, with the index of a group in the place of each type.
pub(super) fn member_content(
    raw: &RawTypes,
    groups: &Groups,
    group: GroupId,
    member: TypeId,
) -> TypeKind {
    let edges = groups.edges.get(&(group, member));
    let mut edges = edges.into_iter().flatten();
    let mut kind = raw
        .ty(member)
        .kind
        .map_types(&mut |_| match edges.next().copied().flatten() {
            Some(group) => group_type(group),
            None => UNTYPED,
        });
    let fields: &mut [Field] = match &mut kind {
        TypeKind::Object(object) => &mut object.fields,
        TypeKind::Params(params) => &mut params.fields,
        _ => &mut [],
    };
    for field in fields {
        untype_ids(&mut field.ty);
    }
    kind
}

/// Makes the ids of objects that were published as text text again.
fn untype_ids(ty: &mut Ty) {
    match ty {
        Ty::Id(UNTYPED) => *ty = Ty::String,
        Ty::List(inner) => untype_ids(inner),
        _ => {}
    }
}

/// The index of a group as the id of a type.
pub(super) fn group_type(group: GroupId) -> TypeId {
    TypeId(u32::try_from(group).unwrap_or(u32::MAX))
}

/// Extends `content` by that of another member. Fails with the field or value about which the two
/// contradict each other; `required` are the fields of objects that callers rely on.
pub(super) fn merge_content(
    content: &mut TypeKind,
    other: &TypeKind,
    required: Option<&[String]>,
) -> Result<(), String> {
    match (content, other) {
        (TypeKind::Object(a), TypeKind::Object(b)) => merge_objects(a, b, required),
        (TypeKind::Params(a), TypeKind::Params(b)) => merge_params(a, b),
        (TypeKind::Choice(a), TypeKind::Choice(b)) | (TypeKind::Token(a), TypeKind::Token(b)) => {
            merge_values(a, b);
            Ok(())
        }
        (TypeKind::Union(a), TypeKind::Union(b)) => merge_unions(a, b),
        (TypeKind::Either(a), TypeKind::Either(b)) => merge_eithers(a, b),
        _ => Err("the whole shape".to_owned()),
    }
}

fn merge_objects(
    into: &mut ResponseObject,
    other: &ResponseObject,
    required: Option<&[String]>,
) -> Result<(), String> {
    if into.constants != other.constants {
        let mut constants = into.constants.iter().chain(&other.constants);
        return Err(constants
            .next()
            .map_or(String::new(), |(wire, _)| wire.clone()));
    }
    let is_relied_on = |wire: &str| required.is_some_and(|all| all.iter().any(|w| w == wire));
    for field in &mut into.fields {
        let same = other.fields.iter().find(|f| f.wire == field.wire);
        let is_everywhere = same.is_some_and(|f| f.presence == field.presence);
        if same.is_some_and(|f| f.ty != field.ty) || (!is_everywhere && is_relied_on(&field.wire)) {
            return Err(field.wire.clone());
        }
        if !is_everywhere {
            field.presence = Presence::Optional;
        }
        field.is_required_somewhere |= same.is_some_and(|f| f.is_required_somewhere);
        same.into_iter()
            .for_each(|same| add_known_values(field, same));
        field.absence = match same {
            Some(same) => field.absence.union(same.absence),
            None => field.absence.or_left_out(),
        };
    }
    for field in &other.fields {
        if into.fields.iter().any(|f| f.wire == field.wire) {
            continue;
        }
        if is_relied_on(&field.wire) {
            return Err(field.wire.clone());
        }
        into.fields.push(Field {
            presence: Presence::Optional,
            absence: field.absence.or_left_out(),
            is_partial: true,
            ..field.clone()
        });
    }
    Ok(())
}

fn merge_params(into: &mut ParamsObject, other: &ParamsObject) -> Result<(), String> {
    for field in &mut into.fields {
        let same = other.fields.iter().find(|f| f.wire == field.wire);
        same.into_iter()
            .for_each(|same| add_known_values(field, same));
        let presence = match same {
            Some(same) if same.ty != field.ty => return Err(field.wire.clone()),
            Some(same) => weaker_presence(field.presence, same.presence),
            None => {
                field.is_partial = true;
                weaker_presence(field.presence, Presence::Optional)
            }
        };
        field.presence = presence;
    }
    for field in &other.fields {
        if !into.fields.iter().any(|f| f.wire == field.wire) {
            into.fields.push(Field {
                presence: weaker_presence(field.presence, Presence::Optional),
                is_partial: true,
                ..field.clone()
            });
        }
    }
    Ok(())
}

/// Adds the ways in which fields of an equal object may lack a value, and the known values of numbers.
pub(super) fn add_facts(into: &mut TypeKind, other: &TypeKind) {
    let (into, other) = match (into, other) {
        (TypeKind::Object(into), TypeKind::Object(other)) => (&mut into.fields, &other.fields),
        (TypeKind::Params(into), TypeKind::Params(other)) => (&mut into.fields, &other.fields),
        _ => return,
    };
    for (field, same) in into.iter_mut().zip(other) {
        field.absence = field.absence.union(same.absence);
        add_known_values(field, same);
    }
}

/// Adds the known values of the same field of another object.
fn add_known_values(field: &mut Field, same: &Field) {
    for value in &same.known_values {
        if !field.known_values.contains(value) {
            field.known_values.push(value.clone());
        }
    }
}

/// Required if both are, clearable if one is.
fn weaker_presence(a: Presence, b: Presence) -> Presence {
    set_required(
        if is_clearable(a) { a } else { b },
        a.is_required() && b.is_required(),
    )
}

fn is_clearable(presence: Presence) -> bool {
    matches!(presence, Presence::Clearable | Presence::RequiredClearable)
}

/// The same presence, required or not.
fn set_required(presence: Presence, is_required: bool) -> Presence {
    match (is_clearable(presence), is_required) {
        (false, true) => Presence::Required,
        (true, true) => Presence::RequiredClearable,
        (false, false) => Presence::Optional,
        (true, false) => Presence::Clearable,
    }
}

fn merge_values(into: &mut Vec<String>, other: &[String]) {
    into.extend(other.iter().cloned());
    into.sort();
    into.dedup();
}

fn merge_unions(into: &mut Vec<UnionVariant>, other: &[UnionVariant]) -> Result<(), String> {
    for variant in other {
        let is_same =
            |v: &&UnionVariant| v.object == variant.object && v.deleted == variant.deleted;
        match into.iter().find(is_same) {
            Some(same) if same.ty != variant.ty => return Err(variant.object.clone()),
            Some(_) => {}
            None => into.push(variant.clone()),
        }
    }
    into.sort_by(|a, b| (a.deleted, &a.object).cmp(&(b.deleted, &b.object)));
    Ok(())
}

fn merge_eithers(into: &mut Vec<EitherVariant>, other: &[EitherVariant]) -> Result<(), String> {
    for member in other {
        match into.iter().find(|m| m.name == member.name) {
            Some(same) if same.ty != member.ty => return Err(member.name.clone()),
            Some(_) => {}
            None => into.push(member.clone()),
        }
    }
    Ok(())
}

/// Keeps what is locked about required fields: an argument of `new` stays one when the document
/// makes the parameter optional; a field that was missing in some descriptions stays optional.
pub(super) fn keep_required(kind: &mut TypeKind, required: &[String]) {
    match kind {
        TypeKind::Params(params) => {
            for field in &mut params.fields {
                if required.contains(&field.wire) {
                    field.presence = set_required(field.presence, true);
                }
            }
        }
        TypeKind::Object(object) => {
            for field in &mut object.fields {
                if !required.contains(&field.wire) {
                    field.presence = Presence::Optional;
                }
            }
        }
        _ => {}
    }
}

/// The arguments of `new`: those that are locked, in their order, then new ones.
pub(super) fn constructor_arguments(params: &ParamsObject, locked: &[String]) -> Vec<usize> {
    let required = || {
        let fields = params.fields.iter().enumerate();
        fields.filter(|(_, field)| field.presence.is_required())
    };
    let position = |wire: &String| locked.iter().position(|known| known == wire);
    let mut arguments: Vec<(usize, usize)> = required()
        .map(|(index, field)| (position(&field.wire).unwrap_or(usize::MAX), index))
        .collect();
    arguments.sort_unstable();
    arguments.into_iter().map(|(_, index)| index).collect()
}

/// The names of the required fields.
pub(super) fn required_fields(kind: &TypeKind) -> Vec<String> {
    let fields = match kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Params(params) => &params.fields,
        _ => return Vec::new(),
    };
    let required = fields.iter().filter(|field| field.presence.is_required());
    required.map(|field| field.wire.clone()).collect()
}

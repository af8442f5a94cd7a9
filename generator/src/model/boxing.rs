//! Boxes nested objects, by a rule that does not depend on what the objects contain: optional ones
//! are boxed, required ones are not. So a field keeps its type when its object grows.
//!
//! Lists and maps hold their elements on the heap anyway. A required object that contains itself is
//! boxed too, since its type would be infinite otherwise.

use std::collections::HashSet;

use super::description::Model;
use super::types::{Field, Ty, TypeId, TypeKind};

/// Wraps optional nested objects in [`Ty::Boxed`].
pub(super) fn box_nested_objects(model: &mut Model) {
    let mut boxed: Vec<(TypeId, usize)> = Vec::new();
    for (id, ty) in model.types() {
        for (index, field) in fields_of(&ty.kind).iter().enumerate() {
            let Some(target) = nested_object(model, field) else {
                continue;
            };
            if !field.presence.is_required() || requires_itself(model, id, target) {
                boxed.push((id, index));
            }
        }
    }
    for (id, index) in boxed {
        let Some(ty) = model.types.get_mut(id.0 as usize) else {
            continue;
        };
        let fields = match &mut ty.kind {
            TypeKind::Object(object) => &mut object.fields,
            TypeKind::Params(params) => &mut params.fields,
            _ => continue,
        };
        if let Some(field) = fields.get_mut(index) {
            let inner = std::mem::replace(&mut field.ty, Ty::Nothing);
            field.ty = Ty::Boxed(Box::new(inner));
        }
    }
}

fn fields_of(kind: &TypeKind) -> &[Field] {
    match kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Params(params) => &params.fields,
        _ => &[],
    }
}

/// The object that a field holds inline.
fn nested_object(model: &Model, field: &Field) -> Option<TypeId> {
    let Ty::Named(target) = field.ty else {
        return None;
    };
    let is_object = matches!(
        model.ty(target).kind,
        TypeKind::Object(_) | TypeKind::Params(_)
    );
    is_object.then_some(target)
}

/// Whether `owner` is reached from `target` through required fields alone.
fn requires_itself(model: &Model, owner: TypeId, target: TypeId) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![target];
    while let Some(next) = open.pop() {
        if next == owner {
            return true;
        }
        if seen.insert(next) {
            let fields = fields_of(&model.ty(next).kind).iter();
            let required = fields.filter(|field| field.presence.is_required());
            open.extend(required.filter_map(|field| nested_object(model, field)));
        }
    }
    false
}

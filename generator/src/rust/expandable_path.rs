//! A field of a response that can be expanded, as the path that requests name it by.

use crate::model::{Model, Ty, TypeId, TypeKind};

/// The most levels that a path may have.
const MAX_LEVELS: usize = 4;

/// The shortest path to an expandable field, such as `customer` or `data.customer`; `None` if the
/// response has none.
pub(super) fn expandable_path(model: &Model, output: &Ty) -> Option<String> {
    (1..=MAX_LEVELS).find_map(|levels| path_of_length(model, output, levels))
}

/// A path of exactly this many levels.
fn path_of_length(model: &Model, ty: &Ty, levels: usize) -> Option<String> {
    match ty {
        Ty::Boxed(inner) | Ty::List(inner) | Ty::Optional(inner) => {
            path_of_length(model, inner, levels)
        }
        Ty::Page(_, item) if levels > 1 => {
            Some(format!("data.{}", path_of_length(model, item, levels - 1)?))
        }
        Ty::MaybeDeleted(id, _) | Ty::Named(id) => path_in_type(model, *id, levels),
        _ => None,
    }
}

fn path_in_type(model: &Model, id: TypeId, levels: usize) -> Option<String> {
    match &model.ty(id).kind {
        TypeKind::Object(object) => object.fields.iter().find_map(|field| {
            if levels == 1 {
                return is_expandable(&field.ty).then(|| field.wire.clone());
            }
            let rest = path_of_length(model, &field.ty, levels - 1)?;
            Some(format!("{}.{rest}", field.wire))
        }),
        TypeKind::Union(variants) => {
            let mut variants = variants.iter();
            variants.find_map(|variant| path_in_type(model, variant.ty, levels))
        }
        _ => None,
    }
}

fn is_expandable(ty: &Ty) -> bool {
    match ty {
        Ty::Boxed(inner) | Ty::List(inner) => is_expandable(inner),
        Ty::Expandable(_) => true,
        _ => false,
    }
}

//! Texts and ids of samples and examples.

use super::context::FileContext;
use crate::model::{Constant, Field, Ty, TypeKind};

pub(super) fn sample_text(field: &Field) -> String {
    let text = match field.wire.as_str() {
        wire if wire.ends_with("currency") => "usd",
        wire if wire.ends_with("country") => "US",
        wire if wire.ends_with("email") => "jenny@example.com",
        wire if wire.ends_with("url") => "https://example.com/",
        _ => "sample",
    };
    let limit = field.max_length.and_then(|max| usize::try_from(max).ok());
    text.chars().take(limit.unwrap_or(text.len())).collect()
}

/// An id of an object, with the prefix that the API uses for its ids.
pub(super) fn sample_id(cx: &FileContext<'_>, object: &Ty) -> String {
    let tag = object_tag(cx, object).unwrap_or_default();
    let prefixes = &cx.model.facts.id_prefixes;
    let prefix = prefixes.iter().find(|(known, _)| known == tag);
    match (prefix, tag) {
        (Some((_, prefix)), _) => format!("{prefix}_sample"),
        (None, "") => "id_sample".to_owned(),
        (None, tag) => format!("{}_sample", tag.replace('.', "_")),
    }
}

/// The value of `object` in an object, or in the first of several.
fn object_tag<'m>(cx: &FileContext<'m>, ty: &Ty) -> Option<&'m str> {
    let id = match ty {
        Ty::Boxed(inner) => return object_tag(cx, inner),
        Ty::Named(id) | Ty::MaybeDeleted(id, _) => *id,
        _ => return None,
    };
    match &cx.model.ty(id).kind {
        TypeKind::Object(object) => object.constants.iter().find_map(|(_, value)| match value {
            Constant::String(tag) => Some(tag.as_str()),
            Constant::True => None,
        }),
        TypeKind::Union(variants) => variants.first().map(|first| first.object.as_str()),
        _ => None,
    }
}

//! Puts the public types in the place of the uses.

use super::freeze::FrozenTypes;
use super::raw::visit_roots;
use crate::model::builder::ModelBuilder;
use crate::model::types::TypeId;

/// Puts the public types into the builder.
pub(super) fn replace_types(builder: &mut ModelBuilder<'_>, frozen: FrozenTypes) {
    let mut roots = frozen.roots.into_iter();
    visit_roots(builder, &mut |_, ty| roots.next().unwrap_or(ty));
    let public = |id: &mut TypeId| {
        if let Some(found) = frozen.components.get(id) {
            *id = *found;
        }
    };
    builder.declared.values_mut().for_each(public);
    builder.resources.iter_mut().for_each(|r| public(&mut r.ty));
    builder.objects.iter_mut().for_each(|o| public(&mut o.ty));
    builder.types = frozen.types;
    builder.type_uses = frozen.uses;
}

//! Boxes fields, so that types are finite and small.
//!
//! An optional object of more than [`INLINE_OPTIONAL`] bytes is boxed, so that absent parts cost a
//! pointer; a required one from [`INLINE_REQUIRED`] bytes, and every type that contains itself.

use super::description::Model;
use super::types::{Field, Presence, Ty, TypeId, TypeKind};

/// Bytes up to which an optional object is stored inline.
const INLINE_OPTIONAL: usize = 32;
/// Bytes up to which a required object is stored inline.
const INLINE_REQUIRED: usize = 128;

/// Wraps large and recursive fields in [`Ty::Boxed`].
pub(super) fn box_large_fields(model: &mut Model) {
    let mut sizes = TypeSizes {
        model,
        known: vec![SizeState::Unknown; model.types.len()],
        boxed: Vec::new(),
    };
    for index in 0..model.types.len() {
        sizes.type_size(TypeId(u32::try_from(index).unwrap_or(u32::MAX)));
    }
    let boxed = sizes.boxed;
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

#[derive(Clone, Copy)]
enum SizeState {
    Unknown,
    Open,
    Known(usize),
}

struct TypeSizes<'a> {
    model: &'a Model,
    known: Vec<SizeState>,
    /// Type and index of each field to box.
    boxed: Vec<(TypeId, usize)>,
}

impl TypeSizes<'_> {
    /// The size of a type in bytes; `None` while it is being computed, which means that
    /// the type contains itself.
    fn type_size(&mut self, id: TypeId) -> Option<usize> {
        match self.known.get(id.0 as usize).copied() {
            Some(SizeState::Known(size)) => return Some(size),
            Some(SizeState::Open) | None => return None,
            Some(SizeState::Unknown) => self.set_state(id, SizeState::Open),
        }
        let model = self.model;
        let size = match &model.ty(id).kind {
            TypeKind::Object(object) => self.fields_size(id, &object.fields),
            TypeKind::Params(params) => self.fields_size(id, &params.fields),
            TypeKind::Union(_) | TypeKind::Either(_) => 16,
            TypeKind::Choice(_) | TypeKind::Token(_) | TypeKind::ErrorCodes(..) => 24,
        };
        self.set_state(id, SizeState::Known(size));
        Some(size)
    }

    fn set_state(&mut self, id: TypeId, state: SizeState) {
        if let Some(slot) = self.known.get_mut(id.0 as usize) {
            *slot = state;
        }
    }

    fn fields_size(&mut self, id: TypeId, fields: &[Field]) -> usize {
        fields
            .iter()
            .enumerate()
            .map(|(index, field)| self.field_size(id, index, field))
            .sum()
    }

    fn field_size(&mut self, id: TypeId, index: usize, field: &Field) -> usize {
        let Ty::Named(target) = field.ty else {
            return inline_size(&field.ty);
        };
        let limit = match field.presence {
            Presence::Required | Presence::RequiredClearable => INLINE_REQUIRED,
            Presence::Optional | Presence::Clearable => INLINE_OPTIONAL,
        };
        match self.type_size(target) {
            Some(size) if size <= limit => size,
            _ => {
                self.boxed.push((id, index));
                8
            }
        }
    }
}

fn inline_size(ty: &Ty) -> usize {
    match ty {
        Ty::Integer
        | Ty::IntegerText
        | Ty::Number
        | Ty::Timestamp
        | Ty::Raw(_)
        | Ty::MaybeDeleted(..) => 16,
        Ty::Boolean | Ty::Nothing => 1,
        Ty::Boxed(_) => 8,
        Ty::Expandable(_) | Ty::KeywordOr(..) | Ty::TokenOr(_) => 32,
        Ty::File | Ty::Binary | Ty::Range(_) => 64,
        Ty::Page(..) => 72,
        _ => 24,
    }
}

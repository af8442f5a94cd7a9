//! The uses of types within a type, in a fixed order.

use super::types::{EitherVariant, ErrorBodyVariant, Field, Ty, TypeId, TypeKind, UnionVariant};

/// What a use of a type within a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotRole {
    /// The value itself, or a part of it.
    Value,
    /// What stands for a deleted object.
    Deleted,
    /// The keywords beside a value.
    Keyword,
    /// The object that an id identifies.
    Identity,
}

impl SlotRole {
    /// What tells a use from others in the same field.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Value => "",
            Self::Deleted => " (deleted)",
            Self::Keyword => " (keyword)",
            Self::Identity => " (id)",
        }
    }
}

/// One use of a type within another type.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The field and, if it uses several types, which of them.
    pub label: String,
    /// What it is.
    pub role: SlotRole,
    /// The type.
    pub ty: TypeId,
}

impl Ty {
    /// Every type that a value contains, without those in other types.
    pub fn slots(&self) -> Vec<(SlotRole, TypeId)> {
        match self {
            Self::Named(id) => vec![(SlotRole::Value, *id)],
            Self::Id(id) => vec![(SlotRole::Identity, *id)],
            Self::MaybeDeleted(live, dead) => {
                vec![(SlotRole::Value, *live), (SlotRole::Deleted, *dead)]
            }
            Self::KeywordOr(keyword, inner) => {
                let mut all = vec![(SlotRole::Keyword, *keyword)];
                all.extend(inner.slots());
                all
            }
            Self::Boxed(inner)
            | Self::List(inner)
            | Self::Map(inner)
            | Self::Expandable(inner)
            | Self::Clearable(inner)
            | Self::Range(inner)
            | Self::TokenOr(inner)
            | Self::Optional(inner)
            | Self::Page(_, inner) => inner.slots(),
            Self::String
            | Self::Integer
            | Self::IntegerText
            | Self::Number
            | Self::Boolean
            | Self::Timestamp
            | Self::DateTime
            | Self::Decimal
            | Self::File
            | Self::Binary
            | Self::Raw(_)
            | Self::PlainText
            | Self::Nothing => Vec::new(),
        }
    }

    /// The same value with other types in it, in the order of [`Ty::slots`].
    pub(super) fn map_types(&self, next: &mut dyn FnMut(TypeId) -> TypeId) -> Self {
        let mut boxed = |inner: &Self| Box::new(inner.map_types(next));
        match self {
            Self::Boxed(inner) => Self::Boxed(boxed(inner)),
            Self::List(inner) => Self::List(boxed(inner)),
            Self::Map(inner) => Self::Map(boxed(inner)),
            Self::Expandable(inner) => Self::Expandable(boxed(inner)),
            Self::Clearable(inner) => Self::Clearable(boxed(inner)),
            Self::Range(inner) => Self::Range(boxed(inner)),
            Self::TokenOr(inner) => Self::TokenOr(boxed(inner)),
            Self::Optional(inner) => Self::Optional(boxed(inner)),
            Self::Page(style, inner) => Self::Page(*style, boxed(inner)),
            Self::Named(id) => Self::Named(next(*id)),
            Self::Id(id) => Self::Id(next(*id)),
            Self::MaybeDeleted(live, dead) => Self::MaybeDeleted(next(*live), next(*dead)),
            Self::KeywordOr(keyword, inner) => {
                let keyword = next(*keyword);
                Self::KeywordOr(keyword, Box::new(inner.map_types(next)))
            }
            Self::String
            | Self::Integer
            | Self::IntegerText
            | Self::Number
            | Self::Boolean
            | Self::Timestamp
            | Self::DateTime
            | Self::Decimal
            | Self::File
            | Self::Binary
            | Self::Raw(_)
            | Self::PlainText
            | Self::Nothing => self.clone(),
        }
    }
}

impl TypeKind {
    /// Every use of another type.
    pub fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Object(object) => field_slots(&object.fields),
            Self::Params(params) => field_slots(&params.fields),
            Self::Union(variants) => variants.iter().map(union_slot).collect(),
            Self::Either(members) => members.iter().map(either_slot).collect(),
            Self::ErrorBodies(_, variants) => variants.iter().flat_map(error_slots).collect(),
            Self::Choice(_) | Self::Token(_) | Self::ErrorCodes(..) => Vec::new(),
        }
    }

    /// The same content with other types in it, in the order of [`TypeKind::slots`].
    pub(super) fn map_types(&self, next: &mut dyn FnMut(TypeId) -> TypeId) -> Self {
        let mut kind = self.clone();
        match &mut kind {
            Self::Object(object) => map_fields(&mut object.fields, next),
            Self::Params(params) => map_fields(&mut params.fields, next),
            Self::Union(variants) => variants.iter_mut().for_each(|v| v.ty = next(v.ty)),
            Self::Either(members) => members.iter_mut().for_each(|m| m.ty = next(m.ty)),
            Self::ErrorBodies(_, variants) => {
                variants
                    .iter_mut()
                    .for_each(|v| v.ty = v.ty.map_types(next));
            }
            Self::Choice(_) | Self::Token(_) | Self::ErrorCodes(..) => {}
        }
        kind
    }
}

fn map_fields(fields: &mut [Field], next: &mut dyn FnMut(TypeId) -> TypeId) {
    for field in fields {
        field.ty = field.ty.map_types(next);
    }
}

fn field_slots(fields: &[Field]) -> Vec<Slot> {
    let of_field = |field: &Field| {
        let wire = field.wire.clone();
        field.ty.slots().into_iter().map(move |(role, ty)| Slot {
            label: format!("{wire}{}", role.suffix()),
            role,
            ty,
        })
    };
    fields.iter().flat_map(of_field).collect()
}

fn union_slot(variant: &UnionVariant) -> Slot {
    let role = match variant.deleted {
        true => SlotRole::Deleted,
        false => SlotRole::Value,
    };
    Slot {
        label: format!("{}{}", variant.object, role.suffix()),
        role,
        ty: variant.ty,
    }
}

fn error_slots(variant: &ErrorBodyVariant) -> Vec<Slot> {
    let slot = |(role, ty): (SlotRole, TypeId)| Slot {
        label: format!("{}{}", variant.status, role.suffix()),
        role,
        ty,
    };
    variant.ty.slots().into_iter().map(slot).collect()
}

fn either_slot(member: &EitherVariant) -> Slot {
    Slot {
        label: member.name.clone(),
        role: SlotRole::Value,
        ty: member.ty,
    }
}

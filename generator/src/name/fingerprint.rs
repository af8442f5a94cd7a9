//! Fingerprints of the structure of types, and the lock of a name table.

use std::collections::HashMap;
use std::fmt::Write;

use super::lock::{LockEntry, NameLock};
use super::table::NameTable;
use crate::model::{Model, Presence, Ty, TypeId, TypeKind};

/// The lock of a model and its names.
pub(super) fn build_lock(model: &Model, table: &NameTable) -> NameLock {
    let mut shapes = Fingerprints::new(model);
    let mut lock = NameLock::default();
    for (id, _) in model.types() {
        lock.types
            .insert(table.type_path(model, id), shapes.lock_entry(id));
    }
    for (id, operation) in model.operations() {
        let mut name = model.service(operation.service).path.join(".");
        let _ = write!(name, ".{}", table.operation(id).method);
        lock.operations.insert(name, operation.id.clone());
    }
    lock.events = super::events::event_lock_entries(model, table);
    lock
}

/// Computes fingerprints and caches them.
pub(super) struct Fingerprints<'a> {
    model: &'a Model,
    known: HashMap<TypeId, String>,
}

impl<'a> Fingerprints<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        Self {
            model,
            known: HashMap::new(),
        }
    }

    /// The entry of a type in the lock.
    pub(super) fn lock_entry(&mut self, id: TypeId) -> LockEntry {
        let ty = self.model.ty(id);
        let is_nominal = matches!(ty.kind, TypeKind::Object(_) | TypeKind::ErrorCodes(..))
            || (matches!(ty.kind, TypeKind::Params(_)) && ty.site.path.is_empty());
        let shape = (!is_nominal).then(|| self.type_fingerprint(id));
        LockEntry {
            site: ty.site.to_string(),
            shape,
        }
    }

    fn type_fingerprint(&mut self, id: TypeId) -> String {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let model = self.model;
        let mut text = String::new();
        match &model.ty(id).kind {
            TypeKind::Choice(values) => text = format!("choice:{}", values.join("\n")),
            TypeKind::Token(values) => text = format!("token:{}", values.join("\n")),
            TypeKind::Params(params) => {
                for field in &params.fields {
                    let presence = match field.presence {
                        Presence::Required => "!",
                        Presence::RequiredClearable => "!~",
                        Presence::Optional => "",
                        Presence::Clearable => "~",
                    };
                    let _ = writeln!(
                        text,
                        "{}{presence}:{}",
                        field.wire,
                        self.reference_text(&field.ty)
                    );
                }
            }
            TypeKind::Union(variants) => {
                for v in variants {
                    let _ = writeln!(text, "{}{}", v.object, if v.deleted { "!" } else { "" });
                }
            }
            TypeKind::Either(members) => {
                for member in members {
                    text.push_str(&self.type_fingerprint(*member));
                }
            }
            // Nominal types are identified by their site.
            TypeKind::Object(_) | TypeKind::ErrorCodes(..) => {
                text = model.ty(id).site.to_string();
            }
        }
        let shape = hash_text(&text);
        self.known.insert(id, shape.clone());
        shape
    }

    fn reference_text(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Named(id) | Ty::Id(id) => self.type_fingerprint(*id),
            // Boxing does not change the structure.
            Ty::Boxed(inner) => self.reference_text(inner),
            Ty::List(inner) => format!("[{}]", self.reference_text(inner)),
            Ty::Map(inner) => format!("{{{}}}", self.reference_text(inner)),
            Ty::Clearable(inner) => format!("~{}", self.reference_text(inner)),
            Ty::Range(inner) => format!("range {}", self.reference_text(inner)),
            Ty::TokenOr(inner) => format!("token or {}", self.reference_text(inner)),
            Ty::Expandable(inner) => format!("expandable {}", self.reference_text(inner)),
            Ty::Page(style, inner) => format!("page {style:?} {}", self.reference_text(inner)),
            Ty::KeywordOr(keyword, inner) => {
                format!(
                    "{} or {}",
                    self.type_fingerprint(*keyword),
                    self.reference_text(inner)
                )
            }
            Ty::MaybeDeleted(live, dead) => format!(
                "{}?{}",
                self.type_fingerprint(*live),
                self.type_fingerprint(*dead)
            ),
            scalar => format!("{scalar:?}"),
        }
    }
}

/// FNV-1a with 64 bits: short and stable across platforms and releases. The input is trusted.
fn hash_text(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

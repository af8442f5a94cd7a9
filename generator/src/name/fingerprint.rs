//! Fingerprints of structure, and the lock that a table amounts to.

use std::collections::HashMap;
use std::fmt::Write;

use super::lock::{Entry, Lock};
use super::table::NameTable;
use crate::model::{Model, Presence, Ty, TypeId, TypeKind};

/// The lock entries of a whole model.
pub(super) fn lock_of(model: &Model, table: &NameTable) -> Lock {
    let mut shapes = Shapes::new(model);
    let mut lock = Lock::default();
    for (id, _) in model.types() {
        lock.types.insert(table.path(model, id), shapes.entry(id));
    }
    for (id, operation) in model.operations() {
        let mut name = model.service(operation.service).path.join(".");
        let _ = write!(name, ".{}", table.operation(id).method);
        lock.operations.insert(name, operation.id.clone());
    }
    lock.events = super::events::lock_of(model, table);
    lock
}

/// Works out fingerprints, each once.
pub(super) struct Shapes<'a> {
    model: &'a Model,
    known: HashMap<TypeId, String>,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        Self {
            model,
            known: HashMap::new(),
        }
    }

    /// How the lock knows a type.
    pub(super) fn entry(&mut self, id: TypeId) -> Entry {
        let ty = self.model.ty(id);
        let is_nominal = matches!(ty.kind, TypeKind::Object(_) | TypeKind::ErrorCodes(..))
            || (matches!(ty.kind, TypeKind::Params(_)) && ty.site.path.is_empty());
        let shape = (!is_nominal).then(|| self.of(id));
        Entry {
            site: ty.site.to_string(),
            shape,
        }
    }

    fn of(&mut self, id: TypeId) -> String {
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
                    let _ = writeln!(text, "{}{presence}:{}", field.wire, self.ty(&field.ty));
                }
            }
            TypeKind::Union(variants) => {
                for v in variants {
                    let _ = writeln!(text, "{}{}", v.object, if v.deleted { "!" } else { "" });
                }
            }
            TypeKind::Either(members) => {
                for member in members {
                    text.push_str(&self.of(*member));
                }
            }
            // Nominal: the site says it all.
            TypeKind::Object(_) | TypeKind::ErrorCodes(..) => {
                text = model.ty(id).site.to_string();
            }
        }
        let shape = fingerprint(&text);
        self.known.insert(id, shape.clone());
        shape
    }

    fn ty(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Named(id) | Ty::Id(id) => self.of(*id),
            // Layout is not structure.
            Ty::Boxed(inner) => self.ty(inner),
            Ty::List(inner) => format!("[{}]", self.ty(inner)),
            Ty::Map(inner) => format!("{{{}}}", self.ty(inner)),
            Ty::Clearable(inner) => format!("~{}", self.ty(inner)),
            Ty::Range(inner) => format!("range {}", self.ty(inner)),
            Ty::TokenOr(inner) => format!("token or {}", self.ty(inner)),
            Ty::Expandable(inner) => format!("expandable {}", self.ty(inner)),
            Ty::Page(style, inner) => format!("page {style:?} {}", self.ty(inner)),
            Ty::KeywordOr(keyword, inner) => {
                format!("{} or {}", self.of(*keyword), self.ty(inner))
            }
            Ty::MaybeDeleted(live, dead) => format!("{}?{}", self.of(*live), self.of(*dead)),
            scalar => format!("{scalar:?}"),
        }
    }
}

/// FNV-1a, 64 bits: short, stable across platforms and releases, and nobody attacks it.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

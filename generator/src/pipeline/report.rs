//! What a run has made, for people and for programs.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::stopwatch::Stopwatch;
use crate::model::{Field, Model, Ty, TypeKind};
use crate::name::NameTable;

/// The facts about a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Title of the API.
    pub title: String,
    /// Version that requests are pinned to.
    pub version: String,
    /// The operations, in document order.
    pub operations: Vec<Operation>,
    /// Nodes of the service tree.
    pub services: usize,
    /// Resources.
    pub resources: usize,
    /// Types by kind.
    pub types: Types,
    /// What merging equal shapes saved.
    pub merged: Merged,
    /// Fields that the document leaves open.
    pub untyped: Vec<Untyped>,
    /// Public names that the lock did not have.
    pub names_added: Vec<String>,
    /// Public names that only the lock had.
    pub names_gone: Vec<String>,
    /// The output.
    pub size: Size,
    /// Milliseconds per stage.
    pub stages: Vec<Stage>,
    /// Milliseconds in all.
    #[serde(serialize_with = "milliseconds")]
    pub total: Duration,
}

/// An operation and how it is called.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// HTTP method.
    pub method: &'static str,
    /// Path template.
    pub path: String,
    /// `service.method` below the client.
    pub call: String,
    /// Deprecated by the document or the dialect.
    pub deprecated: bool,
}

/// Numbers of types.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Types {
    /// Objects of responses.
    pub objects: usize,
    /// Objects of requests.
    pub parameters: usize,
    /// Enums and string newtypes.
    pub enums: usize,
    /// Unions of objects.
    pub unions: usize,
    /// Lists of documented error codes.
    pub errors: usize,
}

impl Types {
    /// All of them.
    pub fn total(&self) -> usize {
        self.objects + self.parameters + self.enums + self.unions + self.errors
    }
}

/// How many sites share how many types.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Merged {
    /// Nested parameter objects of the document.
    pub parameter_sites: usize,
    /// Types that stand for them.
    pub parameters: usize,
    /// Enum sites of the document.
    pub enum_sites: usize,
    /// Types that stand for them.
    pub enums: usize,
}

/// A field that is raw JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Untyped {
    /// The type's site and the field.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// The size of the output.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Size {
    /// Files.
    pub files: usize,
    /// Lines in them.
    pub lines: usize,
}

/// A stage and its duration.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Stage {
    /// Name.
    pub name: &'static str,
    /// Milliseconds.
    #[serde(serialize_with = "milliseconds")]
    pub time: Duration,
}

fn milliseconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u128(time.as_millis())
}

impl Report {
    /// Takes stock of a model that has been named.
    pub(super) fn of(model: &Model, names: &NameTable, watch: Stopwatch) -> Self {
        let (stages, total) = watch.stop();
        let merged = model.merged;
        Self {
            title: model.title.clone(),
            version: model.version.clone(),
            operations: operations(model, names),
            services: model.services().count(),
            resources: model.resources().count(),
            types: types(model),
            merged: Merged {
                parameter_sites: merged.record_sites,
                parameters: merged.records,
                enum_sites: merged.choice_sites,
                enums: merged.choices,
            },
            untyped: untyped(model),
            names_added: names.added.clone(),
            names_gone: names.removed.clone(),
            size: Size::default(),
            stages: stages
                .into_iter()
                .map(|(name, time)| Stage { name, time })
                .collect(),
            total,
        }
    }
}

fn operations(model: &Model, names: &NameTable) -> Vec<Operation> {
    let describe = |(id, op): (_, &crate::model::Operation)| {
        let mut call = Vec::new();
        let mut next = Some(op.service);
        while let Some(service) = next {
            call.push(names.service(service).module.to_string());
            next = model.service(service).parent;
        }
        call.reverse();
        call.push(names.operation(id).method.to_string());
        Operation {
            id: op.id.clone(),
            method: op.method.as_str(),
            path: op.path.clone(),
            call: call.join("."),
            deprecated: op.deprecation.is_some(),
        }
    };
    model.operations().map(describe).collect()
}

fn types(model: &Model) -> Types {
    let mut types = Types::default();
    for (_, ty) in model.types() {
        *match &ty.kind {
            TypeKind::Object(_) => &mut types.objects,
            TypeKind::Params(_) => &mut types.parameters,
            TypeKind::Choice(_) | TypeKind::Token(_) => &mut types.enums,
            TypeKind::Union(_) | TypeKind::Either(_) => &mut types.unions,
            TypeKind::ErrorCodes(..) => &mut types.errors,
        } += 1;
    }
    types
}

fn untyped(model: &Model) -> Vec<Untyped> {
    let mut found = Vec::new();
    for (_, ty) in model.types() {
        let fields: &[Field] = match &ty.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Params(params) => &params.fields,
            _ => &[],
        };
        for field in fields {
            if let Some(reason) = raw(&field.ty) {
                let place = format!("{}/{}", ty.site, field.wire);
                found.push(Untyped {
                    place,
                    reason: reason.to_owned(),
                });
            }
        }
    }
    for (_, op) in model.operations() {
        if let Some(reason) = raw(&op.output) {
            found.push(Untyped {
                place: op.id.clone(),
                reason: reason.to_owned(),
            });
        }
    }
    found
}

/// The reason why a type is, or contains, raw JSON.
fn raw(ty: &Ty) -> Option<&str> {
    match ty {
        Ty::Raw(reason) => Some(reason),
        Ty::Boxed(inner)
        | Ty::List(inner)
        | Ty::Map(inner)
        | Ty::Expandable(inner)
        | Ty::Clearable(inner)
        | Ty::KeywordOr(_, inner)
        | Ty::Range(inner)
        | Ty::TokenOr(inner)
        | Ty::Page(_, inner) => raw(inner),
        _ => None,
    }
}

//! The report of a run.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::coverage::{CoverageReport, UntypedField, untyped_fields};
use super::manifest::WorkspaceReport;
use super::stopwatch::Stopwatch;
use crate::model::{Model, TypeKind};
use crate::name::NameTable;

/// The facts about a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GenerateReport {
    /// Title of the API.
    pub title: String,
    /// Version that requests are pinned to.
    pub version: String,
    /// The operations, in document order.
    pub operations: Vec<OperationReport>,
    /// Operations that the dialect leaves out.
    pub ignored: Vec<IgnoredReport>,
    /// Nodes of the service tree.
    pub services: usize,
    /// Resources.
    pub resources: usize,
    /// Types by kind.
    pub types: TypeCounts,
    /// How many equal shapes were merged.
    pub merged: MergeReport,
    /// How many operations are generated and fields typed; `None` if nothing was generated.
    pub coverage: Option<CoverageReport>,
    /// Fields that are raw JSON.
    pub untyped: Vec<UntypedField>,
    /// Public names that the lock did not have.
    pub names_added: Vec<String>,
    /// Public names that only the lock had.
    pub names_gone: Vec<String>,
    /// The path of the lock; empty if nothing was generated.
    pub lock: String,
    /// The workspace above the output, if the crate belongs to it.
    pub workspace: Option<WorkspaceReport>,
    /// The size of the output.
    pub size: OutputSize,
    /// Milliseconds per stage.
    pub stages: Vec<StageTime>,
    /// Milliseconds in all.
    #[serde(serialize_with = "serialize_millis")]
    pub total: Duration,
}

/// An operation and the method that calls it.
#[derive(Clone, Debug, Serialize)]
pub struct OperationReport {
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

/// An operation that is left out.
#[derive(Clone, Debug, Serialize)]
pub struct IgnoredReport {
    /// `operationId`.
    pub id: String,
    /// `METHOD /path`.
    pub operation: String,
    /// The entry of the dialect that it matches.
    pub pattern: String,
}

/// Numbers of types by kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TypeCounts {
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

impl TypeCounts {
    /// Number of all types.
    pub fn total(&self) -> usize {
        self.objects + self.parameters + self.enums + self.unions + self.errors
    }
}

/// How many inline shapes were merged into how many types.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct MergeReport {
    /// Nested parameter objects of the document.
    pub parameter_sites: usize,
    /// Types that stand for them.
    pub parameters: usize,
    /// Enum sites of the document.
    pub enum_sites: usize,
    /// Types that stand for them.
    pub enums: usize,
}

/// The size of the output.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct OutputSize {
    /// Files.
    pub files: usize,
    /// Lines in them.
    pub lines: usize,
}

/// A stage and its duration.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StageTime {
    /// Name.
    pub name: &'static str,
    /// Milliseconds.
    #[serde(serialize_with = "serialize_millis")]
    pub time: Duration,
}

fn serialize_millis<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u128(time.as_millis())
}

impl GenerateReport {
    /// The report of a model and its names.
    pub(super) fn new(model: &Model, names: &NameTable, watch: Stopwatch) -> Self {
        let (stages, total) = watch.stop();
        let merged = model.merged;
        Self {
            title: model.title.clone(),
            version: model.version.clone(),
            operations: operation_reports(model, names),
            ignored: ignored_reports(model),
            services: model.services().count(),
            resources: model.resources().count(),
            types: count_types(model),
            merged: MergeReport {
                parameter_sites: merged.record_sites,
                parameters: merged.records,
                enum_sites: merged.choice_sites,
                enums: merged.choices,
            },
            coverage: None,
            untyped: untyped_fields(model),
            names_added: names.added.clone(),
            names_gone: names.removed.clone(),
            lock: String::new(),
            workspace: None,
            size: OutputSize::default(),
            stages: stages
                .into_iter()
                .map(|(name, time)| StageTime { name, time })
                .collect(),
            total,
        }
    }
}

pub(super) fn operation_reports(model: &Model, names: &NameTable) -> Vec<OperationReport> {
    let describe = |(id, op): (_, &crate::model::Operation)| {
        let mut call = Vec::new();
        let mut next = Some(op.service);
        while let Some(service) = next {
            call.push(names.service(service).module.to_string());
            next = model.service(service).parent;
        }
        call.reverse();
        call.push(names.operation(id).method.to_string());
        OperationReport {
            id: op.id.clone(),
            method: op.method.as_str(),
            path: op.path.clone(),
            call: call.join("."),
            deprecated: op.deprecation.is_some(),
        }
    };
    model.operations().map(describe).collect()
}

fn ignored_reports(model: &Model) -> Vec<IgnoredReport> {
    let all = model.ignored.iter();
    all.map(|ignored| IgnoredReport {
        id: ignored.id.clone(),
        operation: ignored.operation.clone(),
        pattern: ignored.pattern.clone(),
    })
    .collect()
}

fn count_types(model: &Model) -> TypeCounts {
    let mut types = TypeCounts::default();
    for (_, ty) in model.types() {
        *match &ty.kind {
            TypeKind::Object(_) => &mut types.objects,
            TypeKind::Params(_) => &mut types.parameters,
            TypeKind::Choice(_) | TypeKind::Token(_) => &mut types.enums,
            TypeKind::Union(_) | TypeKind::Either(_) => &mut types.unions,
            TypeKind::ErrorCodes(..) | TypeKind::ErrorBodies(..) => &mut types.errors,
        } += 1;
    }
    types
}

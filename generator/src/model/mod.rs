//! Decides what will be generated: which types, in which modules, which of their fields are boxed,
//! and which service each operation belongs to.
//!
//! In: [`Api`]. Out: a frozen [`Model`]. Afterwards: inline shapes are types of their own, equal
//! parameter shapes and equal value sets are one type, every type is finite, every operation has
//! a service and a method. No identifier exists yet; names are still wire words.

mod boxing;
mod builder;
mod components;
mod description;
mod events;
mod modules;
mod operations;
mod reachability;
mod service_rules;
mod types;
mod values;

pub use self::description::{
    EventEndpoint, EventEnvelope, EventType, Events, MergeCounts, Model, Operation, PathParam,
    Resource, Service,
};
pub(crate) use self::service_rules::singularize;
pub use self::types::{
    Field, ModuleId, OperationId, ParamsObject, PathStep, Presence, ResourceId, ResponseObject,
    ServiceId, Ty, Type, TypeId, TypeKind, UnionVariant, UseSite,
};

// Facts that pass through this stage unchanged.
pub use crate::api::{Constant, Encoding, ErrorCode, HttpMethod, PageStyle, RateLimits};

use crate::api::Api;
use crate::diag::DiagnosticSink;

/// Builds the model. `None` if an error was reported.
pub fn build_model(api: &Api, sink: &mut DiagnosticSink) -> Option<Model> {
    let before = sink.error_count();
    let mut builder = builder::ModelBuilder::new(api, sink);
    components::declare_components(&mut builder);
    components::fill_components(&mut builder);
    operations::fill_operations(&mut builder);
    events::fill_events(&mut builder);
    modules::assign_modules(&mut builder);
    let mut model = builder.finish();
    boxing::box_large_fields(&mut model);
    (sink.error_count() == before).then_some(model)
}

//! Decides what will be generated: which types, in which modules, which of their fields are boxed,
//! and which service each operation belongs to.
//!
//! In: [`Api`] and the lock of earlier runs. Out: a frozen [`Model`]. Afterwards: what had a public
//! type has it again; new inline shapes are types of their own, equal ones are one type; every type
//! is finite; every operation has a service and a method. No new identifier exists yet; names are
//! still wire words.

mod absence;
mod boxing;
mod builder;
mod chosen_names;
mod components;
mod description;
mod events;
mod identity;
mod modules;
mod operation_names;
mod operations;
mod paging;
mod parameter_ids;
mod part;
mod reachability;
mod service_rules;
mod slots;
mod types;
mod vague_words;
mod values;

pub use self::description::{
    EventEndpoint, EventEnvelope, EventType, Events, MergeCounts, Model, ModelPart, Operation,
    PathParam, Resource, Service, TaggedObject,
};
pub use self::paging::PageItems;
pub use self::part::keep_marked;
pub(crate) use self::service_rules::singularize;
pub use self::slots::{Slot, SlotRole};
pub use self::types::{
    EitherVariant, ErrorBodyVariant, Field, ModuleId, OperationId, ParamsObject, PathStep,
    Presence, ResourceId, ResponseObject, ServiceId, Ty, Type, TypeId, TypeKind, UnionVariant,
    UseSite,
};
pub(crate) use self::vague_words::is_vague_word;

// Facts that pass through this stage unchanged.
pub use crate::api::{
    Absence, AuthScheme, Constant, Encoding, ErrorCode, HttpMethod, MemberSelector, PageStyle,
    Paging, PagingStyle, ParamPlace, PathStyle, PlacedParam, QueryStyle, RateLimits, RawCalls,
    RequiredScheme, SchemeFacts,
};
pub use crate::lock::CallForm;

use crate::api::Api;
use crate::diag::DiagnosticSink;
use crate::lock::Lock;

/// Builds the model. `None` if an error was reported.
pub fn build_model(api: &Api, lock: &Lock, sink: &mut DiagnosticSink) -> Option<Model> {
    let before = sink.error_count();
    let mut builder = builder::ModelBuilder::new(api, lock, sink);
    components::declare_components(&mut builder);
    components::declare_parameter_components(&mut builder);
    components::fill_components(&mut builder);
    components::fill_parameter_components(&mut builder);
    operations::fill_operations(&mut builder);
    parameter_ids::type_parameter_ids(&mut builder);
    events::fill_events(&mut builder);
    identity::resolve_identity(&mut builder);
    events::find_event_operations(&mut builder);
    modules::assign_modules(&mut builder);
    let mut model = builder.finish();
    boxing::box_nested_objects(&mut model);
    paging::check_page_items(&model, sink);
    (sink.error_count() == before).then_some(model)
}

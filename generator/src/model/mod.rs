//! Decides what will be generated: which types, where they live, how they are laid out,
//! which service each operation belongs to.
//!
//! In: [`Api`]. Out: a frozen [`Model`]. Afterwards: inline shapes are types of their own, equal
//! parameter shapes and equal value sets are one type, every type is finite, every operation has
//! a service and a method. No identifier exists yet; names are still wire words.

mod components;
mod description;
mod draft;
mod events;
mod homes;
mod layout;
mod operations;
mod reach;
mod service_rules;
mod types;
mod values;

pub use self::description::{
    EventEndpoint, EventEnvelope, EventType, Events, Merged, Model, Operation, PathParam, Resource,
    Service,
};
pub(crate) use self::service_rules::singular;
pub use self::types::{
    Field, Home, Object, OperationId, Params, Presence, ResourceId, ServiceId, Site, Step, Ty,
    Type, TypeId, TypeKind, Variant,
};

// Facts that pass through this stage unchanged.
pub use crate::api::{Constant, Encoding, ErrorCode, Method, PageStyle, RateLimits};

use crate::api::Api;
use crate::diag::Sink;

/// Builds the model. `None` if something was reported that has to be put right first.
pub fn build(api: &Api, sink: &mut Sink) -> Option<Model> {
    let before = sink.error_count();
    let mut draft = draft::Draft::new(api, sink);
    components::declare(&mut draft);
    components::fill(&mut draft);
    operations::fill(&mut draft);
    events::fill(&mut draft);
    homes::settle(&mut draft);
    let mut model = draft.finish();
    layout::box_large_fields(&mut model);
    (sink.error_count() == before).then_some(model)
}

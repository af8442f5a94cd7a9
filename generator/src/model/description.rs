//! The frozen description of what will be generated: the result of this stage. Types only.

use super::types::{OperationId, ResourceId, ServiceId, Ty, Type, TypeId};
use crate::api::{Deprecation, Encoding, Method, Naming, ServiceFacts};

/// Everything the back end needs, with every decision taken except names.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Title of the API.
    pub title: String,
    /// API version that requests are pinned to.
    pub version: String,
    /// Transport facts.
    pub facts: ServiceFacts,
    /// Naming facts.
    pub naming: Naming,
    pub(super) types: Vec<Type>,
    pub(super) resources: Vec<Resource>,
    pub(super) services: Vec<Service>,
    pub(super) operations: Vec<Operation>,
    /// The type of the error object, if the API has one.
    pub error_object: Option<TypeId>,
    /// What the API sends on its own, if that is known.
    pub events: Option<Events>,
    /// What merging equal shapes saved.
    pub merged: Merged,
}

/// How many sites were folded into how many types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Inline objects met.
    pub record_sites: usize,
    /// Types that stand for them.
    pub records: usize,
    /// Enum sites met.
    pub choice_sites: usize,
    /// Enum types that stand for them.
    pub choices: usize,
}

impl Model {
    /// The type behind `id`.
    #[expect(clippy::indexing_slicing, reason = "ids are made by this model alone")]
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// The operation behind `id`.
    #[expect(clippy::indexing_slicing, reason = "ids are made by this model alone")]
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[id.0 as usize]
    }

    /// The service behind `id`.
    #[expect(clippy::indexing_slicing, reason = "ids are made by this model alone")]
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize]
    }

    /// The resource behind `id`.
    #[expect(clippy::indexing_slicing, reason = "ids are made by this model alone")]
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// All types with their ids.
    pub fn types(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        (0u32..).map(TypeId).zip(&self.types)
    }

    /// All operations with their ids, in document order.
    pub fn operations(&self) -> impl Iterator<Item = (OperationId, &Operation)> {
        (0u32..).map(OperationId).zip(&self.operations)
    }

    /// All services with their ids, parents before children.
    pub fn services(&self) -> impl Iterator<Item = (ServiceId, &Service)> {
        (0u32..).map(ServiceId).zip(&self.services)
    }

    /// All resources with their ids, in document order.
    pub fn resources(&self) -> impl Iterator<Item = (ResourceId, &Resource)> {
        (0u32..).map(ResourceId).zip(&self.resources)
    }
}

/// A resource: the module that a tagged object and its parts live in.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The wire tag, e.g. `checkout.session`.
    pub tag: String,
    /// The type of the object itself.
    pub ty: TypeId,
}

/// A node of the service tree.
#[derive(Clone, Debug)]
pub struct Service {
    /// Wire names from the root, e.g. `["checkout", "sessions"]`.
    pub path: Vec<String>,
    /// The node above; `None` directly below the client.
    pub parent: Option<ServiceId>,
    /// Operations, in document order.
    pub operations: Vec<OperationId>,
    /// Nodes below, in document order.
    pub children: Vec<ServiceId>,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// HTTP method.
    pub method: Method,
    /// Path template.
    pub path: String,
    /// Wire names of the template's parameters, in order.
    pub path_params: Vec<PathParam>,
    /// The parameter object, if there are parameters.
    pub params: Option<TypeId>,
    /// How the body travels; `None`: everything is in the query.
    pub encoding: Option<Encoding>,
    /// Call options that the document lists for it.
    pub call_options: Vec<String>,
    /// What a successful call gives.
    pub output: Ty,
    /// The type of documented failures.
    pub errors: Option<TypeId>,
    /// Key of the host.
    pub host: String,
    /// Requests carry an idempotency key.
    pub idempotent_key: bool,
    /// Rate-limit class.
    pub rate_class: String,
    /// Attempt timeout, where the default does not fit.
    pub timeout_secs: Option<u64>,
    /// Deprecated, and what instead.
    pub deprecation: Option<Deprecation>,
    /// The service it belongs to.
    pub service: ServiceId,
    /// Its method name there, in wire words.
    pub method_name: String,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

/// A parameter in the path.
#[derive(Clone, Debug)]
pub struct PathParam {
    /// Name in the template.
    pub wire: String,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

/// What the API sends on its own, and what has to do with that. What is not part of the crate is
/// not here either.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Types of events with a snapshot of their object, in document order.
    pub types: Vec<EventType>,
    /// Types of notifications.
    pub notifications: Vec<EventType>,
    /// The operation that lists past events.
    pub list: Option<OperationId>,
    /// The operations that list the events behind notifications and fetch one of them.
    pub notification_operations: Option<(OperationId, OperationId)>,
    /// How an endpoint is created that gets events in the version of the crate.
    pub endpoint: Option<EventEndpoint>,
    /// What a listed event is made of.
    pub envelope: Option<EventEnvelope>,
}

/// A type of events.
#[derive(Clone, Debug)]
pub struct EventType {
    /// Its name on the wire.
    pub name: String,
    /// The tags of the objects that it may carry.
    pub tags: Vec<String>,
    /// The type of the object: an object, a union, or raw JSON.
    pub object: Ty,
}

/// How an endpoint is created that gets events in the version of the crate.
#[derive(Clone, Copy, Debug)]
pub struct EventEndpoint {
    /// The operation.
    pub operation: OperationId,
    /// Its parameter object.
    pub params: TypeId,
    /// The field of that which takes the version.
    pub version: usize,
}

/// A listed event: the fields on the way to what matters, each with the type that has it.
#[derive(Clone, Debug)]
pub struct EventEnvelope {
    /// The type of the event.
    pub ty: TypeId,
    /// To the name of its type.
    pub type_: Vec<(TypeId, usize)>,
    /// To its object.
    pub object: Vec<(TypeId, usize)>,
    /// To the earlier values of what has changed, which are optional.
    pub previous: Vec<(TypeId, usize)>,
}

//! The frozen description of what will be generated: the result of this stage. Types only.

use std::collections::{BTreeSet, HashMap};

use super::types::{OperationId, ResourceId, ServiceId, Ty, Type, TypeId};
use crate::api::{
    Absence, AuthScheme, Deprecation, Encoding, HttpMethod, IgnoredOperation, NamingFacts, Paging,
    PathStyle, PlacedParam, RequiredScheme, ServiceFacts,
};
use crate::lock::CallForm;

/// Everything that the later stages need, with every decision taken except names.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Title of the API.
    pub title: String,
    /// API version that requests are pinned to.
    pub version: String,
    /// Transport facts.
    pub facts: ServiceFacts,
    /// Naming facts.
    pub naming: NamingFacts,
    pub(super) types: Vec<Type>,
    pub(super) resources: Vec<Resource>,
    pub(super) services: Vec<Service>,
    pub(super) operations: Vec<Operation>,
    pub(super) operations_by_id: HashMap<String, usize>,
    /// The tagged objects.
    pub objects: Vec<TaggedObject>,
    /// The type of the error object, if the API has one.
    pub error_object: Option<TypeId>,
    /// Types that are the body of all failures of an operation.
    pub error_bodies: BTreeSet<TypeId>,
    /// The wire name of the error object's class.
    pub error_class: Option<String>,
    /// The wire names of the error object's objects, with their types.
    pub error_objects: Vec<(String, TypeId)>,
    /// In which ways most optional fields of responses may lack a value.
    pub usual_absence: Absence,
    /// Events of the API, if the dialect describes them.
    pub events: Option<Events>,
    /// How many equal shapes were merged.
    pub merged: MergeCounts,
    /// Operations that are left out.
    pub ignored: Vec<IgnoredOperation>,
    /// The part that is generated; `None` for all of it.
    pub(super) part: Option<ModelPart>,
}

/// What is generated of a model.
#[derive(Clone, Debug, Default)]
pub struct ModelPart {
    /// The operations.
    pub operations: BTreeSet<OperationId>,
    /// The types that they reach.
    pub types: BTreeSet<TypeId>,
    /// The services that have the operations, or are the module of a type.
    pub services: BTreeSet<ServiceId>,
    /// The resources that are the module of a type.
    pub resources: BTreeSet<ResourceId>,
    /// Whether each type of events is about something in the part.
    pub events: Vec<bool>,
    /// Whether each type of notifications is.
    pub notifications: Vec<bool>,
}

/// How many inline shapes were merged into how many types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeCounts {
    /// Inline objects in the document.
    pub record_sites: usize,
    /// Types that stand for them.
    pub records: usize,
    /// Inline enums in the document.
    pub choice_sites: usize,
    /// Enum types that stand for them.
    pub choices: usize,
}

impl Model {
    /// The type behind `id`.
    #[expect(clippy::indexing_slicing, reason = "only this model makes ids")]
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// The operation behind `id`.
    #[expect(clippy::indexing_slicing, reason = "only this model makes ids")]
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[id.0 as usize]
    }

    /// The service behind `id`.
    #[expect(clippy::indexing_slicing, reason = "only this model makes ids")]
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize]
    }

    /// The resource behind `id`.
    #[expect(clippy::indexing_slicing, reason = "only this model makes ids")]
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The types to generate, with their ids.
    pub fn types(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        let all = (0u32..).map(TypeId).zip(&self.types);
        all.filter(|(id, _)| self.is_generated(|part| part.types.contains(id)))
    }

    /// The operations to generate, with their ids, in document order.
    pub fn operations(&self) -> impl Iterator<Item = (OperationId, &Operation)> {
        let all = (0u32..).map(OperationId).zip(&self.operations);
        all.filter(|(id, _)| self.is_generated(|part| part.operations.contains(id)))
    }

    /// The services to generate, with their ids, parents before children.
    pub fn services(&self) -> impl Iterator<Item = (ServiceId, &Service)> {
        let all = (0u32..).map(ServiceId).zip(&self.services);
        all.filter(|(id, _)| self.is_generated(|part| part.services.contains(id)))
    }

    /// The resources to generate, with their ids, in document order.
    pub fn resources(&self) -> impl Iterator<Item = (ResourceId, &Resource)> {
        let all = (0u32..).map(ResourceId).zip(&self.resources);
        all.filter(|(id, _)| self.is_generated(|part| part.resources.contains(id)))
    }

    /// An operation of the document, whether it is generated or not.
    pub fn find_operation(&self, id: &str) -> Option<&Operation> {
        let index = *self.operations_by_id.get(id)?;
        self.operations.get(index)
    }

    fn is_generated(&self, is_in_part: impl FnOnce(&ModelPart) -> bool) -> bool {
        self.part.as_ref().is_none_or(is_in_part)
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

/// An object with a tag, which is what it is known by.
#[derive(Clone, Debug)]
pub struct TaggedObject {
    /// The wire tag.
    pub tag: String,
    /// It is what is returned once the object is deleted.
    pub deleted: bool,
    /// Its type.
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
    pub method: HttpMethod,
    /// Path template.
    pub path: String,
    /// Wire names of the template's parameters, in order.
    pub path_params: Vec<PathParam>,
    /// The parameter object, if there are parameters.
    pub params: Option<TypeId>,
    /// The encoding of the body; `None` if all parameters are in the query.
    pub encoding: Option<Encoding>,
    /// Parameters that are not in the default place.
    pub placed: Vec<PlacedParam>,
    /// The media type of a JSON body, if it is not `application/json`.
    pub media_type: Option<String>,
    /// The media type of a JSON response, if it is not `application/json`.
    pub accept: Option<String>,
    /// How requests carry the credential, for APIs with one kind of credential.
    pub auth: Vec<AuthScheme>,
    /// The alternatives, for APIs with several.
    pub security: Vec<Vec<RequiredScheme>>,
    /// Call options that the document lists for it.
    pub call_options: Vec<String>,
    /// What a successful call returns.
    pub output: Ty,
    /// How the pages of the list follow each other, if the dialect says it.
    pub pages: Option<Paging>,
    /// The path that a page says is its own, if the document states it.
    pub list_path: Option<String>,
    /// The type of documented failures.
    pub errors: Option<TypeId>,
    /// Key of the host.
    pub host: String,
    /// Requests carry an idempotency key.
    pub idempotent_key: bool,
    /// The header of the key, if it is not `Idempotency-Key`.
    pub idempotency_header: Option<String>,
    /// Requests may be repeated without one.
    pub is_repeatable: bool,
    /// Rate-limit class.
    pub rate_class: String,
    /// Attempt timeout, where the default does not fit.
    pub timeout_secs: Option<u64>,
    /// Why each call must set the API version, if it must.
    pub explicit_version: Option<String>,
    /// Whether it is deprecated, and what replaces it.
    pub deprecation: Option<Deprecation>,
    /// The service it belongs to.
    pub service: ServiceId,
    /// With which arguments it is called.
    pub form: CallForm,
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
    /// The type of object whose id it is, if the document says so.
    pub identifies: Option<TypeId>,
    /// It is a whole number, or a list of such.
    pub is_integer: bool,
    /// It is a list.
    pub is_list: bool,
    /// How it is written, if not as one text.
    pub style: Option<PathStyle>,
    /// The known values of a number.
    pub known_values: Vec<String>,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

/// The events that the API sends, and the operations for them. Contains only what is part of the
/// generated crate.
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
    /// The fields of a listed event.
    pub envelope: Option<EventEnvelope>,
}

/// A type of events.
#[derive(Clone, Debug)]
pub struct EventType {
    /// Its name on the wire.
    pub name: String,
    /// The tags of the objects that it may contain.
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
    /// Index of the parameter that takes the version.
    pub version: usize,
}

/// Paths into a listed event: each step is a type and the index of one of its fields.
#[derive(Clone, Debug)]
pub struct EventEnvelope {
    /// The type of the event.
    pub ty: TypeId,
    /// Path to the name of its type.
    pub type_: Vec<(TypeId, usize)>,
    /// Path to its object.
    pub object: Vec<(TypeId, usize)>,
    /// Path to the previous values of changed fields, which are optional.
    pub previous: Vec<(TypeId, usize)>,
}

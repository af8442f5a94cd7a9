//! The frozen description of what will be generated. Types only.

use super::events::Events;
use crate::api::{
    Constant, Deprecation, Encoding, ErrorCode, Method, Naming, PageStyle, ServiceFacts,
};

/// An index into [`Model::types`]. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub(super) u32);

impl TypeId {
    /// The position among all types, for names that only have to be different.
    pub fn index(self) -> u32 {
        self.0
    }
}

/// An index into [`Model::operations`]. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub(super) u32);

/// An index into [`Model::services`]. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub(super) u32);

/// An index into [`Model::resources`]. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub(super) u32);

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

/// Where a type is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// With a resource.
    Resource(ResourceId),
    /// With a service.
    Service(ServiceId),
    /// With what several resources or services share on the response side, and shared enums.
    Shared,
    /// With the parameter objects that several services share.
    Params,
}

/// Where a shape was first met: the seed of its name and its key in the name lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The resource tag, component or operation id.
    pub root: String,
    /// The way down from there.
    pub path: Vec<Step>,
}

/// One step from an object into one of its fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Name of the field on the wire.
    pub wire: String,
    /// The step goes on into an element of the list or map that the field holds.
    pub element: bool,
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        for step in &self.path {
            write!(f, "/{}{}", step.wire, if step.element { "[]" } else { "" })?;
        }
        Ok(())
    }
}

/// A type to declare.
#[derive(Clone, Debug)]
pub struct Type {
    /// Where it belongs unless the name lock says otherwise.
    pub home: Home,
    /// The site that names it.
    pub site: Site,
    /// How many sites use it.
    pub uses: usize,
    /// A name that the document or the dialect prescribes, in wire words.
    pub fixed_name: Option<String>,
    /// What it is.
    pub kind: TypeKind,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

/// What to declare.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// An object in responses.
    Object(Object),
    /// An object in requests.
    Params(Params),
    /// A string with known values that may grow.
    Choice(Vec<String>),
    /// A string with too many known values to list.
    Token(Vec<String>),
    /// One of several tagged objects.
    Union(Vec<Variant>),
    /// One of several inline parameter objects.
    Either(Vec<TypeId>),
    /// The documented error codes of one operation.
    ErrorCodes(OperationId, Vec<ErrorCode>),
}

/// A member of a tagged union.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// The type it holds.
    pub ty: TypeId,
    /// The value of `object` that selects it.
    pub object: String,
    /// `deleted: true` selects it.
    pub deleted: bool,
}

/// An object in responses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Object {
    /// Fields in document order.
    pub fields: Vec<Field>,
    /// Tags whose value the type implies; they have no Rust field.
    pub constants: Vec<(String, Constant)>,
}

/// An object in requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params {
    /// Fields in document order.
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name on the wire.
    pub wire: String,
    /// Type of a present value.
    pub ty: Ty,
    /// Whether it has to be there, and whether it can be cleared.
    pub presence: Presence,
    /// The document says not to use it any more.
    pub deprecated: bool,
    /// The value must not be shown.
    pub sensitive: bool,
    /// Largest length of the text, where it is worth knowing.
    pub max_length: Option<u64>,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

// Documentation does not make two shapes different.
impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.wire == other.wire && self.ty == other.ty && self.presence == other.presence
    }
}

impl Eq for Field {}

impl std::hash::Hash for Field {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.wire.hash(state);
        self.ty.hash(state);
        self.presence.hash(state);
    }
}

/// Whether a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// Always.
    Required,
    /// Always, as a value or cleared (parameters only).
    RequiredClearable,
    /// Perhaps.
    Optional,
    /// Perhaps, as a value or cleared (parameters only).
    Clearable,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ty {
    /// Text.
    String,
    /// `i64`.
    Integer,
    /// `f64`.
    Number,
    /// `bool`.
    Boolean,
    /// Seconds since 1970.
    Timestamp,
    /// RFC 3339 text.
    DateTime,
    /// Decimal text.
    Decimal,
    /// File upload.
    File,
    /// Bytes of a response.
    Binary,
    /// Raw JSON, with the reason.
    Raw(String),
    /// No content.
    Nothing,
    /// The id of an object.
    Id(TypeId),
    /// A declared type.
    Named(TypeId),
    /// On the heap, to keep the type that holds it small or finite.
    Boxed(Box<Ty>),
    /// A list.
    List(Box<Ty>),
    /// A map with free keys.
    Map(Box<Ty>),
    /// An id or the object behind it.
    Expandable(Box<Ty>),
    /// A live object or what is left of a deleted one.
    MaybeDeleted(TypeId, TypeId),
    /// A value or "clear it" (inside maps; fields have [`Presence::Clearable`]).
    Clearable(Box<Ty>),
    /// A keyword or a value.
    KeywordOr(TypeId, Box<Ty>),
    /// Exact or bounded.
    Range(Box<Ty>),
    /// A token or the inline object it stands for.
    TokenOr(Box<Ty>),
    /// A page of a list.
    Page(PageStyle, Box<Ty>),
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

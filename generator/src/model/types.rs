//! The types to declare, and references to them. Types only.

use crate::api::{Constant, ErrorCode, PageStyle};

/// An index into `Model::types`. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub(super) u32);

impl TypeId {
    /// The position among all types, for names that only have to be different.
    pub fn index(self) -> u32 {
        self.0
    }
}

/// An index into `Model::operations`. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub(super) u32);

/// An index into `Model::services`. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub(super) u32);

/// An index into `Model::resources`. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub(super) u32);

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

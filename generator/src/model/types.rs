//! The types to declare, and references to them. Types only.

use crate::api::{Absence, Constant, ErrorCode, MemberSelector, PageStyle, RawReason};
use crate::lock::LockedKind;

/// An index into `Model::types`. Only `model` makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub(super) u32);

impl TypeId {
    /// The position among all types, for names that only have to be unique.
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

/// The module that a type is declared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleId {
    /// The module of a resource.
    Resource(ResourceId),
    /// The module of a service.
    Service(ServiceId),
    /// Response types and enums that several resources or services use.
    Shared,
    /// Parameter objects that several services use.
    Params,
}

/// The use of a shape that names it, which is also its key in the name lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UseSite {
    /// The resource tag, component or operation id.
    pub root: String,
    /// The fields that lead from there to the use.
    pub path: Vec<PathStep>,
}

/// One step from an object into one of its fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathStep {
    /// Name of the field on the wire.
    pub wire: String,
    /// The step goes on into an element of the list or map that the field holds.
    pub element: bool,
}

impl UseSite {
    /// The last word of the path.
    pub fn last_word(&self) -> &str {
        let last = self.path.last();
        last.map_or(self.root.as_str(), |step| &step.wire)
    }
}

impl std::fmt::Display for UseSite {
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
    /// Its module, unless it has a locked path.
    pub module: ModuleId,
    /// The public path that an earlier run gave to it.
    pub locked_path: Option<String>,
    /// It stands for several descriptions in the document, which may differ in what they require.
    pub is_superset: bool,
    /// The site that names it.
    pub site: UseSite,
    /// A name that the document or the dialect prescribes, in wire words.
    pub fixed_name: Option<String>,
    /// The component that it is named after rather than a field, since several fields hold it.
    pub component: Option<String>,
    /// What it is.
    pub kind: TypeKind,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

impl Type {
    /// A type with one use, whose name is still open.
    pub(super) fn new(module: ModuleId, site: UseSite, kind: TypeKind) -> Self {
        Self {
            module,
            locked_path: None,
            is_superset: false,
            site,
            fixed_name: None,
            component: None,
            kind,
            doc: None,
        }
    }
}

/// What to declare.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// An object in responses.
    Object(ResponseObject),
    /// An object in requests.
    Params(ParamsObject),
    /// A string with known values that may grow.
    Choice(Vec<String>),
    /// A string with too many known values to list.
    Token(Vec<String>),
    /// One of several tagged objects.
    Union(Vec<UnionVariant>),
    /// One of several inline parameter objects.
    Either(Vec<EitherVariant>),
    /// The documented error codes of one operation.
    ErrorCodes(OperationId, Vec<ErrorCode>),
    /// The documented failures of one operation, by status.
    ErrorBodies(OperationId, Vec<ErrorBodyVariant>),
}

impl TypeKind {
    /// What the lock calls it.
    pub fn locked_kind(&self) -> LockedKind {
        match self {
            Self::Object(_) => LockedKind::Object,
            Self::Params(_) => LockedKind::Params,
            Self::Choice(_) => LockedKind::Enum,
            Self::Token(_) => LockedKind::Token,
            Self::Union(_) => LockedKind::Union,
            Self::Either(_) => LockedKind::Either,
            Self::ErrorCodes(..) | Self::ErrorBodies(..) => LockedKind::Errors,
        }
    }
}

/// A member of a union of parameter objects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EitherVariant {
    /// Its name in wire words, which tells it from the others.
    pub name: String,
    /// The parameter object.
    pub ty: TypeId,
}

/// A documented failure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorBodyVariant {
    /// The status: `404`, `4XX` or `default`.
    pub status: String,
    /// The body.
    pub ty: Ty,
}

/// A member of a tagged union.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnionVariant {
    /// The type it holds.
    pub ty: TypeId,
    /// The value of `object` that selects it.
    pub object: String,
    /// `deleted: true` selects it.
    pub deleted: bool,
    /// What tells it from the others.
    pub selector: MemberSelector,
}

/// An object in responses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResponseObject {
    /// Fields in document order.
    pub fields: Vec<Field>,
    /// Tags whose value the type implies; they have no Rust field.
    pub constants: Vec<(String, Constant)>,
}

/// An object in requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ParamsObject {
    /// Fields in document order.
    pub fields: Vec<Field>,
    /// Indexes of the required fields, in the order of the arguments of `new`.
    pub(super) arguments: Vec<usize>,
}

impl ParamsObject {
    /// The required fields with their indexes, in the order of the arguments of `new`.
    pub fn arguments(&self) -> impl Iterator<Item = (usize, &Field)> {
        let fields = &self.fields;
        let found = |index: &usize| Some((*index, fields.get(*index)?));
        self.arguments.iter().filter_map(found)
    }
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name on the wire.
    pub wire: String,
    /// Type of a present value.
    pub ty: Ty,
    /// Whether it is required, and whether it can be cleared.
    pub presence: Presence,
    /// In which ways a response may lack the value (responses only).
    pub absence: Absence,
    /// The document marks it as deprecated.
    pub deprecated: bool,
    /// The value must not be shown.
    pub sensitive: bool,
    /// Maximum length of the text, unless it is the usual one.
    pub max_length: Option<u64>,
    /// Some of the places that use the type always have it.
    pub is_required_somewhere: bool,
    /// The path of the page that the field holds, if the document states it.
    pub list_path: Option<String>,
    /// The known values of the number that the field is or has within lists and maps.
    pub known_values: Vec<String>,
    /// Only some of the places that use the type have it.
    pub is_partial: bool,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

// Shapes that differ in documentation only are equal.
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

impl Field {
    /// Whether integers in the value are written as text.
    pub fn has_text_integers(&self) -> bool {
        self.ty.innermost() == &Ty::IntegerText
    }
}

/// Whether a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// Always.
    Required,
    /// Always, as a value or cleared (parameters only).
    RequiredClearable,
    /// Not always.
    Optional,
    /// Not always, as a value or cleared (parameters only).
    Clearable,
}

impl Presence {
    /// Whether the field is always there.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Required | Self::RequiredClearable)
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ty {
    /// Text.
    String,
    /// `i64`.
    Integer,
    /// `i64`, as text on the wire.
    IntegerText,
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
    Raw(RawReason),
    /// No content.
    Nothing,
    /// Text of a response that is not JSON.
    PlainText,
    /// A value, or null; as a response also no content.
    Optional(Box<Ty>),
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
    /// An object, or what is returned for it once it is deleted.
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

impl Ty {
    /// The type that is left without what surrounds it: boxes, lists, maps, alternatives.
    pub fn innermost(&self) -> &Self {
        match self {
            Self::Boxed(inner)
            | Self::List(inner)
            | Self::Map(inner)
            | Self::Expandable(inner)
            | Self::Clearable(inner)
            | Self::KeywordOr(_, inner)
            | Self::Range(inner)
            | Self::TokenOr(inner)
            | Self::Optional(inner)
            | Self::Page(_, inner) => inner.innermost(),
            _ => self,
        }
    }
}

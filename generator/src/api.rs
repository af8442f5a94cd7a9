//! The description of an API in a closed vocabulary, independent of OpenAPI. Types only.
//!
//! In: nothing. Out: the types that `normalize` fills and `model` reads.
//! Afterwards: every construct of the document is one of these shapes; there is no "other".
//! This module depends neither on `openapiv3` nor on Rust syntax.

mod operation;
mod raw_reason;

use std::collections::BTreeSet;

use crate::diag::SpecPath;

pub use operation::{
    AuthScheme, Deprecation, Encoding, Endpoint, ErrorCode, ErrorFacts, HttpMethod, Paging,
    PagingStyle, ParamPlace, PathStyle, PlacedParam, QueryStyle, RequiredScheme, SchemeFacts,
};
pub use raw_reason::{RawCause, RawReason};

/// The facts about an API that the document and the dialect state.
#[derive(Clone, Debug, Default)]
pub struct Api {
    /// `info.title`.
    pub title: String,
    /// The API version that requests are pinned to, e.g. `2026-01-28.clover`.
    pub version: String,
    /// Transport facts from the dialect.
    pub service: ServiceFacts,
    /// Naming facts from the dialect.
    pub naming: NamingFacts,
    /// Component schemas in document order. Error components that only describe
    /// failures of v2 operations are not here: they are in [`Endpoint::errors`].
    pub components: Vec<Component>,
    /// The components of parameters that are types of their own: objects and unions of objects. In
    /// parameters a [`ValueKind::Reference`] is to one of these.
    pub parameter_components: Vec<Component>,
    /// Operations in document order.
    pub endpoints: Vec<Endpoint>,
    /// Events; `None` if the dialect does not say where their types are listed.
    pub events: Option<EventFacts>,
    /// Fields whose values must not be shown.
    pub sensitive: Vec<SensitiveField>,
    /// The component that describes the body of a failed v1 call (Stripe: `api_errors`), if any.
    pub error_object: Option<String>,
    /// The members of that object that have types of their own.
    pub error_members: ErrorMembers,
    /// Operations that the dialect leaves out, in document order.
    pub ignored: Vec<IgnoredOperation>,
}

/// The members of the error object that have types of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorMembers {
    /// The member with the class of the error, an enum.
    pub class: Option<String>,
    /// Members that are objects, with the component of the object.
    pub objects: Vec<(String, String)>,
}

/// An operation that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredOperation {
    /// `operationId`.
    pub id: String,
    /// `METHOD /path`.
    pub operation: String,
    /// The entry of the dialect that it matches.
    pub pattern: String,
}

/// A field whose value must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitiveField {
    /// Its name on the wire.
    pub field: String,
    /// It is sensitive only in objects that have this field too.
    pub beside: Option<String>,
}

/// The events that the API sends, and the operations for them.
#[derive(Clone, Debug, Default)]
pub struct EventFacts {
    /// Types of events with a snapshot of their object, in document order.
    pub types: Vec<EventTypeFacts>,
    /// Types of notifications, which contain only the id of their object, in the order of the dialect.
    pub notifications: Vec<EventTypeFacts>,
    /// Id of the operation that lists past events.
    pub list: Option<String>,
    /// Ids of the operations that list the events behind notifications and retrieve one of them.
    pub notification_operations: Option<(String, String)>,
    /// The operation that creates an endpoint for events.
    pub endpoint: Option<EventEndpointFacts>,
    /// The fields of a listed event.
    pub envelope: Option<EventEnvelopeFacts>,
}

/// An event type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTypeFacts {
    /// Its name, e.g. `customer.created`.
    pub name: String,
    /// The tags of the objects that it may contain; empty if they have no component.
    pub objects: Vec<String>,
}

/// How an endpoint with a fixed API version is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventEndpointFacts {
    /// Id of the operation.
    pub operation: String,
    /// The parameter that takes the version.
    pub parameter: String,
}

/// Paths into a listed event. All fields but the last of each are required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventEnvelopeFacts {
    /// The component of the event.
    pub component: String,
    /// Path to its type, which is text.
    pub type_: Vec<String>,
    /// Path to its object, which is raw JSON.
    pub object: Vec<String>,
    /// Path to the previous values of changed fields, which are raw JSON and optional.
    pub previous: Vec<String>,
}

/// Transport facts.
#[derive(Clone, Debug, Default)]
pub struct ServiceFacts {
    /// Base URLs by host key, default host first, e.g. `("api", "https://api.stripe.com")`.
    pub hosts: Vec<(String, String)>,
    /// Variables of the base URLs, with their defaults.
    pub server_variables: Vec<(String, String)>,
    /// The security schemes, if there are several or one that needs more than a key. The first is
    /// the one that most operations can do with.
    pub schemes: Vec<SchemeFacts>,
    /// What calls without an operation have in common; `None` for the defaults of the runtime.
    pub raw_calls: Option<RawCalls>,
    /// Name of the header that pins the API version, e.g. `Stripe-Version`.
    pub version_header: Option<String>,
    /// Name of the header that selects a connected account, e.g. `Stripe-Account`.
    pub account_header: Option<String>,
    /// Name of the header that selects a context, e.g. `Stripe-Context`.
    pub context_header: Option<String>,
    /// Name of the header with the id of the event that a request is made for.
    pub trigger_header: Option<String>,
    /// Environment variable that contains the API key, e.g. `STRIPE_SECRET_KEY`.
    pub key_variable: String,
    /// Prefixes of API keys of live mode.
    pub live_keys: Vec<String>,
    /// Prefixes of API keys of test mode.
    pub test_keys: Vec<String>,
    /// Prefixes of credentials that are no API keys, and what they are.
    pub other_keys: Vec<(String, String)>,
    /// Object tags and the prefixes of their ids, e.g. `("customer", "cus")`.
    pub id_prefixes: Vec<(String, String)>,
    /// The limits that the vendor publishes.
    pub rate_limits: Option<RateLimits>,
    /// Currencies whose amounts do not have two decimals, sorted by code.
    pub currencies: Vec<CurrencyFacts>,
    /// Hosts that need a session instead of the API key.
    pub sessions: Vec<SessionFacts>,
    /// Names of all fields that are sensitive somewhere.
    pub sensitive: Vec<String>,
    /// URL of the API reference, for docs.
    pub docs_url: Option<String>,
    /// URL of the page of an operation, with `{service}` and `{method}`.
    pub operation_docs_url: Option<String>,
    /// URL of the page of an object, with `{service}`.
    pub object_docs_url: Option<String>,
    /// What doc comments say beyond the document.
    pub docs: DocFacts,
}

/// What calls without an operation have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawCalls {
    /// How requests carry the credential.
    pub auth: Vec<AuthScheme>,
    /// The alternatives, for APIs with several kinds of credentials: each alone.
    pub security: Vec<Vec<RequiredScheme>>,
    /// The header of idempotency keys, if all operations that write declare it.
    pub idempotency_header: Option<String>,
    /// No operation needs a credential.
    pub is_public: bool,
}

/// What doc comments say beyond the document.
#[derive(Clone, Debug, Default)]
pub struct DocFacts {
    /// Names of integers that are amounts of money, in the smallest unit of their currency.
    pub amounts: BTreeSet<String>,
    /// Tasks, and `METHOD /path` of the operation that each begins with.
    pub tasks: Vec<(String, String)>,
    /// `METHOD /path`, and a parameter that its example sets although it is optional.
    pub examples: Vec<(String, String)>,
    /// `METHOD /path`, and words by which a search finds it.
    pub aliases: Vec<(String, String)>,
}

/// How amounts of a currency are written as integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyFacts {
    /// The code, in lower case.
    pub code: String,
    /// How many digits of an integer are decimals.
    pub digits: u32,
    /// How many decimals an amount may have.
    pub decimals: u32,
}

/// Rate limits, in requests per second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Limit of one account in live mode.
    pub live: u32,
    /// Limit of one account in test mode.
    pub test: u32,
    /// Limit of one operation, unless its class has another one.
    pub operation: u32,
    /// Limits of classes of operations.
    pub classes: Vec<ClassRateLimit>,
}

/// The rate limit of a class of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRateLimit {
    /// The class.
    pub class: String,
    /// Requests per second.
    pub per_second: u32,
    /// Maximum number of concurrent requests, if it is known.
    pub concurrent: Option<u32>,
    /// The class does not count against the account's limit.
    pub separate: bool,
}

/// How a host's sessions are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// Key of the host.
    pub host: String,
    /// Id of the operation that opens a session.
    pub operation: String,
    /// The field of its response that contains the token.
    pub token: String,
    /// The field of its response with the time at which the session expires.
    pub expires: String,
}

/// Naming facts that cannot be derived from the document.
#[derive(Clone, Debug, Default)]
pub struct NamingFacts {
    /// Services and methods are named by paths, and not by tags and operationIds.
    pub by_path: bool,
    /// Leading path literals that are namespaces (`billing`, `test_helpers`), by version prefix
    /// (`""` for v1, `"v2"`).
    pub namespaces: Vec<(String, Vec<String>)>,
    /// Path prefixes that are left out of names (`v1`).
    pub hidden_prefixes: Vec<String>,
    /// Inferred dotted service name and the one to use (`"invoiceitems"`, `"invoice_items"`).
    pub service_renames: Vec<(String, String)>,
    /// `"METHOD /path"` and the dotted `service.method` to use.
    pub method_overrides: Vec<(String, String)>,
    /// Verbs that get the resource as suffix (`void` becomes `void_invoice`).
    pub suffixed_verbs: Vec<String>,
    /// Words in component names after which the name itself begins (`resource` in
    /// `quotes_resource_total_details`).
    pub component_markers: Vec<String>,
    /// Component name and the public type name to use (`item`, `LineItem`).
    pub type_names: Vec<(String, String)>,
    /// Path of one use of a shared shape, and the public name of the shape.
    pub shared_names: Vec<(SpecPath, String)>,
}

/// A named schema of the document.
#[derive(Clone, Debug)]
pub struct Component {
    /// The key under `components.schemas`.
    pub name: String,
    /// Whether it is marked as a resource (`x-resourceId`).
    pub is_resource: bool,
    /// The shape. A record, a union, or raw.
    pub schema: Schema,
}

/// A shape with its place in the document and its documentation.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its place in the document.
    pub at: SpecPath,
    /// The shape.
    pub kind: ValueKind,
    /// Documentation.
    pub doc: Doc,
}

/// The shape of a value.
#[derive(Clone, Debug)]
pub enum ValueKind {
    /// A single value.
    Scalar(Scalar),
    /// One of a list of strings that may grow.
    Choice(Choice),
    /// A string with so many known values that they are documentation, not variants
    /// (time zones, API versions). Becomes a string newtype.
    Token(Choice),
    /// A tag whose value is fixed by the object that contains it (`object: "customer"`, `deleted: true`).
    Constant(Constant),
    /// An object with known fields. No fields: a marker, whose presence is all that it says.
    Record(RecordSchema),
    /// A list.
    List(Box<Schema>),
    /// An object with free keys and values of one shape.
    Map(Box<Schema>),
    /// One of several components, distinguished by the tags `object` and `deleted`.
    Union(Vec<UnionMember>),
    /// One of several inline objects without tags (parameters only).
    Either(Vec<Schema>),
    /// A component, by name: in parameters one of [`Api::parameter_components`].
    Reference(String),
    /// An id, or the object (a `Reference` or a `Union`) if the caller expands the field.
    Expandable(Box<Schema>),
    /// A parameter that may also be cleared (empty string in forms, `null` in JSON).
    Clearable(Box<Schema>),
    /// A keyword or a value (`"now"` or a timestamp).
    KeywordOr(Choice, Box<Schema>),
    /// Exact value or bounds `gt`, `gte`, `lt`, `lte`.
    Range(Box<Schema>),
    /// A token (string) or the inline object it stands for.
    TokenOr(Box<Schema>),
    /// One page of a list.
    Page(PageStyle, Box<Schema>),
    /// Raw JSON, with the reason.
    Raw(RawReason),
    /// An object that never has fields, as the whole response of an operation.
    Nothing,
    /// Text that is not JSON, as the whole response of an operation.
    PlainText,
    /// A value or null, also in lists and maps; as the whole response of an operation also no body.
    Optional(Box<Schema>),
}

/// A single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// Any text. `format: currency` is text too: the format is used incompletely.
    String,
    /// 64-bit signed.
    Integer,
    /// A 64-bit signed integer that is written as text (`type: string, format: int64`).
    IntegerText,
    /// Binary floating point.
    Number,
    /// True or false.
    Boolean,
    /// Integer seconds since 1970 (`format: unix-time`).
    Timestamp,
    /// RFC 3339 text (`format: date-time`).
    DateTime,
    /// A decimal number as text (`format: decimal`).
    Decimal,
    /// A file upload in a request; the raw body in a response (`format: binary`).
    Binary,
}

/// The known values of a string.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Choice {
    /// In document order, without the empty string.
    pub values: Vec<String>,
}

/// The value of a constant field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// `object: "customer"`.
    String(String),
    /// `deleted: true`.
    True,
}

/// An object with known fields, in document order.
#[derive(Clone, Debug, Default)]
pub struct RecordSchema {
    /// The fields.
    pub fields: Vec<FieldSchema>,
}

/// A field of a record, or a parameter of an operation.
#[derive(Clone, Debug)]
pub struct FieldSchema {
    /// Name on the wire.
    pub wire: String,
    /// Shape of the value. In responses `nullable` is folded into `required`.
    pub schema: Schema,
    /// Present and not null in every valid document.
    pub required: bool,
    /// Why it is not `required` (responses only).
    pub absence: Absence,
    /// The document marks it as deprecated.
    pub deprecated: bool,
}

/// In which ways the document lets a response lack the value of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// The field may be `null`.
    pub null: bool,
    /// The field may be left out.
    pub left_out: bool,
}

impl Absence {
    /// What two descriptions of one field allow together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            null: self.null || other.null,
            left_out: self.left_out || other.left_out,
        }
    }

    /// The same, for a field that some descriptions of the object do not have.
    #[must_use]
    pub fn or_left_out(self) -> Self {
        Self {
            left_out: true,
            ..self
        }
    }
}

/// A member of a tagged union.
#[derive(Clone, Debug)]
pub struct UnionMember {
    /// The component.
    pub component: String,
    /// The value of its `object` field.
    pub object: String,
    /// It has `deleted: true`.
    pub deleted: bool,
    /// What tells it from the others.
    pub selector: MemberSelector,
}

/// What tells a member of a union from the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemberSelector {
    /// The tags `object` and `deleted`.
    Tags,
    /// The value of a property.
    Property {
        /// Its name on the wire.
        name: String,
        /// The value of this member.
        value: String,
    },
    /// It has these properties, and is tried after members that have more.
    Required(Vec<String>),
}

/// How a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PageStyle {
    /// `object: list`, cursors `starting_after` and `ending_before`.
    Cursor,
    /// `object: search_result`, `next_page` token.
    Search,
    /// `next_page_url` and `previous_page_url`.
    Url,
}

/// Documentation found in the input. Empty if the input has no prose.
#[derive(Clone, Debug, Default)]
pub struct Doc {
    /// Markdown.
    pub text: Option<String>,
    /// Maximum length of a string, unless it is the usual one.
    pub max_length: Option<u64>,
    /// The path of a page, if the document states it.
    pub list_path: Option<String>,
    /// The known values of a number, in document order.
    pub known_values: Vec<String>,
}

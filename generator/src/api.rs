//! The closed vocabulary in which an API is described once OpenAPI is left behind. Types only.
//!
//! In: nothing. Out: the types that `normalize` fills and `model` reads.
//! Afterwards: whatever the document said is one of these shapes; there is no "other".
//! This module deliberately knows neither `openapiv3` nor Rust syntax.

use crate::diag::SpecPath;

/// Everything the generator knows about an API after its input has been understood.
#[derive(Clone, Debug, Default)]
pub struct Api {
    /// `info.title`.
    pub title: String,
    /// The API version that requests are pinned to, e.g. `2026-01-28.clover`.
    pub version: String,
    /// Transport facts from the dialect.
    pub service: ServiceFacts,
    /// Naming facts from the dialect.
    pub naming: Naming,
    /// Component schemas in document order. Error components that only describe
    /// failures of v2 operations are not here: they are in [`Endpoint::errors`].
    pub components: Vec<Component>,
    /// Operations in document order.
    pub endpoints: Vec<Endpoint>,
    /// What the API sends on its own; `None` if the dialect does not say where that is listed.
    pub events: Option<Events>,
    /// Fields whose values must not be shown.
    pub sensitive: Vec<Sensitive>,
    /// The component that describes the body of a failed v1 call (Stripe: `api_errors`), if any.
    pub error_object: Option<String>,
}

/// A field whose value must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitive {
    /// Its name on the wire.
    pub field: String,
    /// It is sensitive only in objects that have this field too.
    pub beside: Option<String>,
}

/// What the API sends on its own, and what has to do with that.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Types of events with a snapshot of their object, in document order.
    pub types: Vec<EventType>,
    /// Types of notifications, which name their object only, in the order of the dialect.
    pub notifications: Vec<EventType>,
    /// Id of the operation that lists past events.
    pub list: Option<String>,
    /// Ids of the operations that list the events behind notifications and fetch one of them.
    pub notification_operations: Option<(String, String)>,
    /// The operation that creates an endpoint for events.
    pub endpoint: Option<EventEndpoint>,
    /// What a listed event is made of.
    pub envelope: Option<EventEnvelope>,
}

/// A type of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventType {
    /// Its name, e.g. `customer.created`.
    pub name: String,
    /// The tags of the objects that it may carry; empty means that they have no component.
    pub objects: Vec<String>,
}

/// How an endpoint is created that gets its events in one version of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventEndpoint {
    /// Id of the operation.
    pub operation: String,
    /// The parameter that takes the version.
    pub parameter: String,
}

/// Where a listed event has what matters: the fields on the way, all but the last of them always
/// there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventEnvelope {
    /// The component of the event.
    pub component: String,
    /// To its type, which is text.
    pub type_: Vec<String>,
    /// To its object, which is raw JSON.
    pub object: Vec<String>,
    /// To the earlier values of what has changed, which are raw JSON and may be absent.
    pub previous: Vec<String>,
}

/// How the service is reached.
#[derive(Clone, Debug, Default)]
pub struct ServiceFacts {
    /// Host key to base URL, default host first, e.g. `("api", "https://api.stripe.com")`.
    pub hosts: Vec<(String, String)>,
    /// Name of the header that pins the API version, e.g. `Stripe-Version`.
    pub version_header: Option<String>,
    /// Name of the header that selects a connected account, e.g. `Stripe-Account`.
    pub account_header: Option<String>,
    /// Name of the header that selects a context, e.g. `Stripe-Context`.
    pub context_header: Option<String>,
    /// The header that says which event a request is made for.
    pub trigger_header: Option<String>,
    /// Environment variable that holds the API key, e.g. `STRIPE_SECRET_KEY`.
    pub key_variable: String,
    /// What API keys of live mode begin with.
    pub live_keys: Vec<String>,
    /// The limits that the vendor publishes.
    pub rate_limits: Option<RateLimits>,
    /// Hosts that want a session instead of the API key.
    pub sessions: Vec<Session>,
    /// Names of all fields that are sensitive somewhere.
    pub sensitive: Vec<String>,
    /// Link to the reference of the API, used in docs.
    pub docs_url: Option<String>,
}

/// Rate limits, in requests per second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Of one account in live mode.
    pub live: u32,
    /// Of one account in test mode.
    pub test: u32,
    /// Of one operation, unless its class says otherwise.
    pub operation: u32,
    /// Of classes of operations.
    pub classes: Vec<ClassLimit>,
}

/// The rate limit of a class of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassLimit {
    /// The class.
    pub class: String,
    /// Requests per second.
    pub per_second: u32,
    /// Requests at once, if that is known.
    pub concurrent: Option<u32>,
    /// The class does not count against the account's limit.
    pub separate: bool,
}

/// How a host's sessions are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Key of the host.
    pub host: String,
    /// Id of the operation that opens a session.
    pub operation: String,
    /// The field of its answer that holds the token.
    pub token: String,
    /// The field of its answer that says when the session ends.
    pub expires: String,
}

/// Naming facts that cannot be derived from the document.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// Leading path literals that are namespaces (`billing`, `test_helpers`), by version prefix
    /// (`""` for v1, `"v2"`).
    pub namespaces: Vec<(String, Vec<String>)>,
    /// Path prefixes that vanish from names (`v1`).
    pub hidden_prefixes: Vec<String>,
    /// Inferred dotted service name to the one to use (`"invoiceitems"` to `"invoice_items"`).
    pub service_renames: Vec<(String, String)>,
    /// `"METHOD /path"` to the dotted `service.method` to use.
    pub method_overrides: Vec<(String, String)>,
    /// Verbs that get the resource as suffix (`void` becomes `void_invoice`).
    pub suffixed_verbs: Vec<String>,
    /// Component name to the public type name to use (`item` to `LineItem`).
    pub type_names: Vec<(String, String)>,
    /// Names for shapes that many resources share: site of one use to public name.
    pub shared_names: Vec<(SpecPath, String)>,
}

/// A named schema of the document.
#[derive(Clone, Debug)]
pub struct Component {
    /// The key under `components.schemas`.
    pub name: String,
    /// `x-resourceId` is present: the type is a resource that users know by name.
    pub is_resource: bool,
    /// The shape. A record, a union, or raw.
    pub schema: Schema,
}

/// A shape together with where it was found and what is documented about it.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Where it stands in the document.
    pub at: SpecPath,
    /// What it is.
    pub kind: Kind,
    /// Documentation.
    pub doc: Doc,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// A string out of a list that may grow.
    Choice(Choice),
    /// A string with so many known values that they are documentation, not variants
    /// (time zones, API versions). Becomes a string newtype.
    Token(Choice),
    /// A tag whose value is fixed by the shape it stands in (`object: "customer"`, `deleted: true`).
    Constant(Constant),
    /// An object with known fields. No fields: a presence marker.
    Record(Record),
    /// A list.
    List(Box<Schema>),
    /// An object with free keys and values of one shape.
    Map(Box<Schema>),
    /// One of several components, told apart by the tags `object` and `deleted`.
    Union(Vec<Member>),
    /// One of several inline objects that nothing tells apart (parameters only).
    Either(Vec<Schema>),
    /// A component, by name.
    Reference(String),
    /// An id, or the object behind it (a `Reference` or a `Union`) when the caller asked for it.
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
    /// Left open by the document; carried as raw JSON. The text says why.
    Raw(String),
    /// An object that never has fields, as the whole answer of an operation.
    Nothing,
}

/// A single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// Any text. `format: currency` is text too: the format is used incompletely.
    String,
    /// 64-bit signed.
    Integer,
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
pub struct Record {
    /// The fields.
    pub fields: Vec<Field>,
}

/// A field of a record, or a parameter of an operation.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name on the wire.
    pub wire: String,
    /// Shape of the value. In responses `nullable` is folded into `required`.
    pub schema: Schema,
    /// Present and not null in every valid document.
    pub required: bool,
    /// The document says not to use it any more.
    pub deprecated: bool,
}

/// A member of a tagged union.
#[derive(Clone, Debug)]
pub struct Member {
    /// The component.
    pub component: String,
    /// The value of its `object` field.
    pub object: String,
    /// It carries `deleted: true`.
    pub deleted: bool,
}

/// How a list operation pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PageStyle {
    /// `object: list`, cursors `starting_after` and `ending_before`.
    Cursor,
    /// `object: search_result`, `next_page` token.
    Search,
    /// `next_page_url` and `previous_page_url`.
    Url,
}

/// Documentation found in the input. Empty when the input carries facts only.
#[derive(Clone, Debug, Default)]
pub struct Doc {
    /// Markdown.
    pub text: Option<String>,
    /// Maximum length of a string, where it says more than the ubiquitous 5000.
    pub max_length: Option<u64>,
}

/// HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

impl Method {
    /// As written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// How the parameters of a request body travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-www-form-urlencoded` with brackets.
    Form,
    /// `application/json`.
    Json,
    /// `multipart/form-data`.
    Multipart,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Where it stands in the document.
    pub at: SpecPath,
    /// `operationId`.
    pub id: String,
    /// HTTP method.
    pub method: Method,
    /// Path template, e.g. `/v1/customers/{customer}`.
    pub path: String,
    /// Parameters of the template, in template order.
    pub path_params: Vec<Field>,
    /// Parameters that travel in the query string. A `DELETE` has its body fields here.
    /// Parameters that are call options (`expand`) are already taken out.
    pub query: Record,
    /// Parameters that travel in the body.
    pub body: Option<(Encoding, Record)>,
    /// The operation takes `expand` (or whatever the dialect lists) as a call option.
    pub call_options: Vec<String>,
    /// What a successful call returns: `Reference`, `Union`, `Page`, `Scalar(Binary)` or `Nothing`.
    pub output: Schema,
    /// What a failed call may return.
    pub errors: Errors,
    /// Key into [`ServiceFacts::hosts`].
    pub host: String,
    /// Requests carry an idempotency key.
    pub idempotent_key: bool,
    /// Rate-limit class from the dialect, `default` if none matched.
    pub rate_class: String,
    /// Attempt timeout in seconds from the dialect, where the default does not fit.
    pub timeout_secs: Option<u64>,
    /// Deprecated by the document or the dialect.
    pub deprecation: Option<Deprecation>,
    /// Documentation.
    pub doc: Doc,
}

/// Why an operation is deprecated.
#[derive(Clone, Debug)]
pub struct Deprecation {
    /// What to call instead, `"METHOD /path"`, if the dialect says so.
    pub instead: Option<String>,
    /// A sentence from the dialect for operations without a replacement.
    pub note: Option<String>,
}

/// Failures of an operation as documented.
#[derive(Clone, Debug)]
pub enum Errors {
    /// The API's one error object.
    Common,
    /// The values that `error.code` may take, in document order.
    Codes(Vec<ErrorCode>),
}

/// A documented error code of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// Value of `error.code`.
    pub code: String,
    /// Markdown, if the input carries prose.
    pub doc: Option<String>,
}

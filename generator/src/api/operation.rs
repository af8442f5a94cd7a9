//! Operations: their parameters, their answers, their errors, and how they are sent.

use super::{Doc, FieldSchema, RecordSchema, Schema};
use crate::diag::SpecPath;

/// HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `HEAD`
    Head,
    /// `OPTIONS`
    Options,
}

impl HttpMethod {
    /// Its name in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }

    /// The method with this name in capitals.
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [HttpMethod; 7] = [
            HttpMethod::Get,
            HttpMethod::Post,
            HttpMethod::Put,
            HttpMethod::Patch,
            HttpMethod::Delete,
            HttpMethod::Head,
            HttpMethod::Options,
        ];
        ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Whether executing a request twice has the effect of executing it once, by the
    /// specification of HTTP (RFC 9110, 9.2.2).
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }
}

/// The encoding of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-www-form-urlencoded` with brackets.
    Form,
    /// `application/json`.
    Json,
    /// `multipart/form-data`.
    Multipart,
}

/// A parameter that is not in the default place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedParam {
    /// Its name on the wire.
    pub wire: String,
    /// Where it travels.
    pub place: ParamPlace,
}

/// Where a parameter travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamPlace {
    /// In the query.
    Query(QueryStyle),
    /// In the form of the body.
    Form(QueryStyle),
    /// In a header of its name.
    Header,
    /// In a cookie of its name.
    Cookie,
    /// It is the whole body, as JSON.
    JsonBody,
    /// It is the whole body, as text of this media type.
    TextBody(String),
    /// It is the whole body, as bytes of this media type.
    BytesBody(String),
}

/// How lists and objects are written as pairs of names and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryStyle {
    /// `a[b]=1`, `a[0]=1`.
    Brackets,
    /// `a=1&a=2`.
    Repeated,
    /// `a=1,2`.
    Comma,
    /// `a=1%202`.
    Space,
    /// `a=1|2`.
    Pipe,
    /// Each property of the object is a pair of its own.
    Properties,
    /// The value as a JSON text.
    Json,
}

/// How a request carries the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …`.
    Basic,
    /// In this header.
    Header(String),
    /// In this parameter of the query.
    Query(String),
    /// In this cookie.
    Cookie(String),
    /// Not at all.
    None,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its place in the document.
    pub at: SpecPath,
    /// `operationId`.
    pub id: String,
    /// Groups that the document puts it in.
    pub tags: Vec<String>,
    /// HTTP method.
    pub method: HttpMethod,
    /// Path template, e.g. `/v1/customers/{customer}`.
    pub path: String,
    /// Parameters of the template, in template order.
    pub path_params: Vec<FieldSchema>,
    /// Parameters outside of path and body, including the body fields of a `DELETE`.
    /// Parameters that are call options (`expand`) are not included.
    pub query: RecordSchema,
    /// Parameters in the body.
    pub body: Option<(Encoding, RecordSchema)>,
    /// Parameters that are not in the default place: the body if there is one, otherwise the query
    /// with brackets.
    pub placed: Vec<PlacedParam>,
    /// The media type of a JSON body, if it is not `application/json`.
    pub media_type: Option<String>,
    /// The media type of a JSON response, if it is not `application/json`.
    pub accept: Option<String>,
    /// How requests carry the credential.
    pub auth: Vec<AuthScheme>,
    /// What the credential must be allowed to do.
    pub scopes: Vec<String>,
    /// Parameters that are call options, such as `expand`. The dialect lists them.
    pub call_options: Vec<String>,
    /// What a successful call returns.
    pub output: Schema,
    /// The errors of a failed call.
    pub errors: ErrorFacts,
    /// Key into [`ServiceFacts::hosts`](super::ServiceFacts::hosts).
    pub host: String,
    /// Requests have an idempotency key.
    pub idempotent_key: bool,
    /// The header of the idempotency key, if it is not `Idempotency-Key`.
    pub idempotency_header: Option<String>,
    /// Requests may be repeated without one.
    pub is_repeatable: bool,
    /// Rate-limit class from the dialect, `default` if none matched.
    pub rate_class: String,
    /// Attempt timeout in seconds from the dialect, if it differs from the default.
    pub timeout_secs: Option<u64>,
    /// Why each call must set the API version, if it must.
    pub explicit_version: Option<String>,
    /// Deprecated by the document or the dialect.
    pub deprecation: Option<Deprecation>,
    /// Documentation.
    pub doc: Doc,
}

/// Why an operation is deprecated.
#[derive(Clone, Debug)]
pub struct Deprecation {
    /// The replacement, `"METHOD /path"`, if the dialect names one.
    pub instead: Option<String>,
    /// A sentence from the dialect for operations without a replacement.
    pub note: Option<String>,
}

/// The documented errors of an operation.
#[derive(Clone, Debug)]
pub enum ErrorFacts {
    /// The API's common error object.
    Common,
    /// The values that `error.code` may take, in document order.
    Codes(Vec<ErrorCode>),
    /// The bodies of failures, by status: `404`, `4XX` or `default`.
    Bodies(Vec<(String, Schema)>),
}

/// A documented error code of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// Value of `error.code`.
    pub code: String,
    /// Markdown, if the input has prose.
    pub doc: Option<String>,
}

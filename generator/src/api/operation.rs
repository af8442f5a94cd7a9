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
    /// Its name among the parameters of the operation.
    pub wire: String,
    /// Its name on the wire, if that is another one: several places have a parameter of this name.
    pub sent_name: Option<String>,
    /// Where it travels.
    pub place: ParamPlace,
}

impl PlacedParam {
    /// Its name on the wire.
    pub fn sent_name(&self) -> &str {
        self.sent_name.as_deref().unwrap_or(&self.wire)
    }
}

/// Where a parameter travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamPlace {
    /// In the query.
    Query(QueryStyle),
    /// In the form of the body.
    Form(QueryStyle),
    /// A part of a multipart body, of this media type if it is stated.
    Part(Option<String>),
    /// In a header of its name.
    Header,
    /// In a header of its name, as JSON.
    JsonHeader,
    /// In a cookie of its name.
    Cookie,
    /// In a cookie of its name, as JSON.
    JsonCookie,
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
    /// JSON text.
    Json,
}

/// How an argument of the path is written, if not as one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStyle {
    /// `a,b`.
    Simple,
    /// `.a,b`.
    Label,
    /// `.a.b`.
    LabelExploded,
    /// `;name=a,b`.
    Matrix,
    /// `;name=a;name=b`.
    MatrixExploded,
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

/// A security scheme that operations require.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeFacts {
    /// The name in the document.
    pub name: String,
    /// How requests carry the credential.
    pub auth: AuthScheme,
    /// Where OAuth's client credentials flow fetches tokens.
    pub token_url: Option<String>,
    /// All scopes that operations require of it.
    pub scopes: Vec<String>,
}

/// That an operation requires a security scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredScheme {
    /// The name of the scheme.
    pub scheme: String,
    /// What the credential must be allowed to do.
    pub scopes: Vec<String>,
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
    /// The styles of those that are lists, or are not written as one text.
    pub path_styles: Vec<(String, PathStyle)>,
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
    /// How requests carry the credential, for APIs with one kind of credential.
    pub auth: Vec<AuthScheme>,
    /// The alternatives that the document states, for APIs with several. An empty one is that of no
    /// credential.
    pub security: Vec<Vec<RequiredScheme>>,
    /// Parameters that are call options, such as `expand`. The dialect lists them.
    pub call_options: Vec<String>,
    /// What a successful call returns.
    pub output: Schema,
    /// How the pages of the list follow each other, if it is read in pages.
    pub pages: Option<Paging>,
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

/// How the pages of a list follow each other. A field is named by the keys that lead to it in the
/// response; no key stands for no field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Its place in the dialect file.
    pub at: SpecPath,
    /// What the next page is requested with.
    pub style: PagingStyle,
    /// The field with the items. No key: the response is the array of the items.
    pub items: Vec<String>,
    /// The field that says whether there are further pages.
    pub has_more: Vec<String>,
    /// The field with the number of all items, or of all pages if they are numbered.
    pub total: Vec<String>,
}

/// What the next page of a list is requested with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagingStyle {
    /// A field of the page, in a parameter.
    Cursor {
        /// The parameter.
        parameter: String,
        /// The field.
        field: Vec<String>,
    },
    /// The number of items before the page, in a parameter.
    Offset {
        /// The parameter.
        parameter: String,
        /// The parameter with the number of items of a page.
        limit: Option<String>,
    },
    /// The number of the page, in a parameter.
    Number {
        /// The parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
    },
    /// The URL in the header `Link`.
    Link,
    /// The URL in a field of the page.
    Url {
        /// The field.
        field: Vec<String>,
    },
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

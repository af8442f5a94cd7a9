//! What an operation of the API is: constants, parameter and answer types.
//!
//! In: what generated code states about an operation. Out: [`OperationSpec`], from which calls
//! are built, and the traits that tie it to Rust types. Nothing here sends anything.

use std::time::Duration;

use crate::codec::{DecodeError, Encode, Place, decode};
use crate::http::RawResponse;
use crate::value::Binary;

pub use crate::codec::Body;
pub use crate::error::TypedError;

mod api_spec;
mod path;
#[cfg(test)]
mod tests;

pub use api_spec::{ApiSpec, EventsSpec, SessionSpec};
pub(crate) use path::{expand_template, split_url};

/// The method of an operation; the APIs that this crate serves use no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, changes or acts.
    Post,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method in the types of the `http` crate.
    pub const fn as_http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Delete => http::Method::DELETE,
        }
    }

    /// The method as it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// Whether requests of this method only read, so that repeating them is harmless. All others
    /// are repeated only under the same idempotency key.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get)
    }
}

/// The constants of an operation.
///
/// ```
/// use runtime::operation::{Body, OperationSpec};
///
/// const CREATE: OperationSpec =
///     OperationSpec::post("PostV2CoreAccounts", "/v2/core/accounts").json().timeout_secs(30);
///
/// assert_eq!(CREATE.body, Body::Json);
/// assert!(!CREATE.method.is_safe());
/// assert!(CREATE.idempotency_key);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The operation's id in the document.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path with `{placeholders}`.
    pub path: &'static str,
    /// The key of the host in [`ApiSpec::hosts`](crate::client::ApiSpec).
    pub host: &'static str,
    /// How the parameters travel.
    pub body: Body,
    /// Whether each call gets an idempotency key of its own if the caller gives none.
    pub idempotency_key: bool,
    /// Operations of one class share the server's rate limit.
    pub rate_class: &'static str,
    /// The time that one attempt may take, for operations that are slow by nature.
    pub timeout: Option<Duration>,
}

impl OperationSpec {
    const fn new(id: &'static str, method: Method, path: &'static str, body: Body) -> Self {
        Self {
            id,
            method,
            path,
            host: "api",
            body,
            idempotency_key: matches!(method, Method::Post),
            rate_class: "",
            timeout: None,
        }
    }

    /// An operation that reads, with its parameters in the query.
    pub const fn get(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Get, path, Body::None)
    }

    /// An operation that writes, with a form body and an idempotency key.
    pub const fn post(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Body::Form)
    }

    /// An operation that deletes, with its parameters in the query and without a key.
    pub const fn delete(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Delete, path, Body::None)
    }

    /// The same with a JSON body.
    pub const fn json(mut self) -> Self {
        self.body = Body::Json;
        self
    }

    /// The same with a multipart body.
    pub const fn multipart(mut self) -> Self {
        self.body = Body::Multipart;
        self
    }

    /// The same on another host.
    pub const fn host(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    /// The same with an idempotency key per call. Every POST has one already.
    pub const fn idempotent_key(mut self) -> Self {
        self.idempotency_key = true;
        self
    }

    /// The same without an idempotency key, for APIs that refuse the header.
    pub const fn without_idempotency_key(mut self) -> Self {
        self.idempotency_key = false;
        self
    }

    /// The same in another class of rate limits.
    pub const fn rate_class(mut self, class: &'static str) -> Self {
        self.rate_class = class;
        self
    }

    /// The same with more, or less, time for an attempt than the client's default.
    pub const fn timeout_secs(mut self, seconds: u64) -> Self {
        self.timeout = Some(Duration::from_secs(seconds));
        self
    }
}

/// An operation as a type: what it is called with and what it answers.
///
/// Generated code has one such type per operation; a program can write its own for an operation
/// that the document lacks:
///
/// ```
/// use runtime::error::ErrorBody;
/// use runtime::operation::{Operation, OperationSpec, TypedError};
/// use runtime::value::RawJson;
///
/// struct Undocumented;
/// struct NoErrors;
///
/// impl TypedError for NoErrors {
///     fn from_error(_: &ErrorBody) -> Option<Self> { None }
/// }
///
/// impl Operation for Undocumented {
///     type Params = ();
///     type Output = RawJson;
///     type Error = NoErrors;
///     const SPEC: &'static OperationSpec =
///         &OperationSpec::get("GetUndocumented", "/v1/undocumented/{id}");
/// }
///
/// fn call(client: &runtime::client::Client) -> runtime::call::Call<RawJson> {
///     client.request::<Undocumented>(&["id_1"], &())
/// }
/// ```
pub trait Operation: 'static {
    /// The parameters outside of the path; `()` if there are none.
    type Params: Encode;
    /// What a successful response decodes to.
    type Output: Output;
    /// The errors that the document lists for the operation.
    type Error: TypedError;
    /// The constants.
    const SPEC: &'static OperationSpec;
}

/// What a successful response can become.
///
/// Implemented for everything that the decoder fills, and for [`Binary`].
pub trait Output: Sized + Send + 'static {
    /// The media type that is asked for.
    const ACCEPT: &'static str = "application/json";

    /// Makes the value from a response with a status of success.
    ///
    /// # Errors
    /// If the body is not what the type needs.
    fn from_response(response: &RawResponse) -> Result<Self, DecodeError>;
}

impl<T: Place + Default + Send + 'static> Output for T {
    fn from_response(response: &RawResponse) -> Result<Self, DecodeError> {
        decode(json_text(response))
    }
}

impl Output for Binary {
    const ACCEPT: &'static str = "*/*";

    fn from_response(response: &RawResponse) -> Result<Self, DecodeError> {
        Ok(Self {
            content_type: response.header("content-type").map(str::to_owned),
            bytes: response.body().clone(),
        })
    }
}

/// The JSON of a response; a status that forbids a body stands for `null`.
fn json_text(response: &RawResponse) -> &[u8] {
    if response.status() == http::StatusCode::NO_CONTENT && response.body().is_empty() {
        return b"null";
    }
    response.body()
}

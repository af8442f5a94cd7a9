//! Operations of the API: their constants, parameter types and response types.
//!
//! In: constants of generated code. Out: [`OperationSpec`], from which calls are built, and the
//! traits that connect it to Rust types. This module sends no requests.

use std::any::TypeId;
use std::time::Duration;

use crate::codec::{
    Correction, DecodeError, DecodePolicy, Encode, Expected, Place, decode_response,
};
use crate::http::RawResponse;
use crate::value::Binary;

pub use crate::codec::Body;
pub use crate::error::TypedError;

mod api_spec;
mod path;
#[cfg(test)]
mod tests;

pub use api_spec::{ApiSpec, EventsSpec, SessionSpec};
pub(crate) use path::{expand_template, split_path, split_url};

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or changes.
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

    /// Whether requests of this method only read.
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
    /// How programs call it: `payment_intents().create`. Empty if it has no method.
    pub call: &'static str,
    /// The method.
    pub method: Method,
    /// The path with `{placeholders}`.
    pub path: &'static str,
    /// The key of the host in [`ApiSpec::hosts`](crate::client::ApiSpec).
    pub host: &'static str,
    /// How the parameters are encoded.
    pub body: Body,
    /// Whether a key is generated for each call without one.
    pub idempotency_key: bool,
    /// Whether executing a request twice has the effect of executing it once, so that it is
    /// repeated without a key too.
    pub repeatable: bool,
    /// Operations of one class share the server's rate limit.
    pub rate_class: &'static str,
    /// The time limit of one attempt, for operations that are known to be slow.
    pub timeout: Option<Duration>,
    /// Why each call must set the API version, if it must.
    pub explicit_version: Option<&'static str>,
}

impl OperationSpec {
    const fn new(id: &'static str, method: Method, path: &'static str, body: Body) -> Self {
        Self {
            id,
            call: "",
            method,
            path,
            host: "api",
            body,
            idempotency_key: matches!(method, Method::Post),
            repeatable: method.is_safe(),
            rate_class: "",
            timeout: None,
            explicit_version: None,
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

    /// Sets how programs call the operation, which errors say.
    pub const fn called(mut self, call: &'static str) -> Self {
        self.call = call;
        self
    }

    /// Sets that a call without [`Call::api_version`](crate::call::Call::api_version) fails with
    /// [`Error::is_build`](crate::error::Error::is_build). `why` is the part of a sentence that
    /// the error shows.
    ///
    /// ```
    /// use runtime::operation::OperationSpec;
    ///
    /// const CREATE: OperationSpec = OperationSpec::post("PostKeys", "/v1/keys")
    ///     .explicit_version("the library that uses the key requires a version of its own");
    /// ```
    pub const fn explicit_version(mut self, why: &'static str) -> Self {
        self.explicit_version = Some(why);
        self
    }

    /// Sets a JSON body.
    pub const fn json(mut self) -> Self {
        self.body = Body::Json;
        self
    }

    /// Sets a multipart body.
    pub const fn multipart(mut self) -> Self {
        self.body = Body::Multipart;
        self
    }

    /// Sets the host, by its key. Defaults to `api`.
    pub const fn host(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    /// Sets that each call has an idempotency key. POST operations have one by default.
    pub const fn idempotent_key(mut self) -> Self {
        self.idempotency_key = true;
        self
    }

    /// Sets that calls have no idempotency key, for APIs that reject the header.
    pub const fn without_idempotency_key(mut self) -> Self {
        self.idempotency_key = false;
        self
    }

    /// Sets that executing a request twice has the effect of executing it once, so that it is
    /// repeated without a key after a failure that leaves its outcome unknown. Operations that read
    /// are by default.
    ///
    /// ```
    /// use runtime::operation::OperationSpec;
    ///
    /// const DELETE: OperationSpec = OperationSpec::delete("Delete", "/v1/customers/{id}").repeatable();
    /// assert!(DELETE.repeatable && !DELETE.idempotency_key);
    /// ```
    pub const fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Sets the rate limit class. Defaults to none.
    pub const fn rate_class(mut self, class: &'static str) -> Self {
        self.rate_class = class;
        self
    }

    /// Sets the time limit of an attempt, in seconds. The client's limit applies if it is longer.
    pub const fn timeout_secs(mut self, seconds: u64) -> Self {
        self.timeout = Some(Duration::from_secs(seconds));
        self
    }
}

/// An operation as a type, with its parameters, its output and its errors.
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

/// A type that a successful response can be converted to.
///
/// Implemented for all types that implement [`Place`], and for [`Binary`].
pub trait Output: Sized + Send + 'static {
    /// The value of the request's `Accept` header.
    const ACCEPT: &'static str = "application/json";

    /// Converts a response with a success status, and returns what was corrected in it. `expected`
    /// is what its object must have, if that is checked.
    ///
    /// # Errors
    /// Returns an error if the body does not decode to the type, or is not what is expected.
    fn from_response(
        response: &RawResponse,
        policy: DecodePolicy,
        expected: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError>;
}

impl<T: Place + Default + Send + 'static> Output for T {
    fn from_response(
        response: &RawResponse,
        policy: DecodePolicy,
        expected: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError> {
        // An operation that returns nothing may do so with any status and no body at all.
        let returns_nothing = TypeId::of::<Self>() == TypeId::of::<()>();
        if returns_nothing && response.body().is_empty() {
            return Ok((Self::default(), Vec::new()));
        }
        decode_response(json_text(response), policy, expected)
    }
}

impl Output for Binary {
    const ACCEPT: &'static str = "*/*";

    fn from_response(
        response: &RawResponse,
        _: DecodePolicy,
        _: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError> {
        let file = Self {
            content_type: response.header("content-type").map(str::to_owned),
            bytes: response.body().clone(),
        };
        Ok((file, Vec::new()))
    }
}

/// The JSON of a response; a status that forbids a body stands for `null`.
fn json_text(response: &RawResponse) -> &[u8] {
    if response.status() == http::StatusCode::NO_CONTENT && response.body().is_empty() {
        return b"null";
    }
    response.body()
}

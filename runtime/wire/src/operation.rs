//! The constants of operations, from which requests are made.
//!
//! In: constants of generated code. Out: [`OperationSpec`]: method, path, and how parameters and the
//! credential are sent. This module encodes and sends nothing.

use std::borrow::Cow;
use std::time::Duration;

use crate::encode::Encode;
use crate::params::EncodedParams;

mod pages;
mod scheme;
#[cfg(test)]
mod tests;

pub use crate::params::{Body, ParamPlace, QueryStyle};
pub use crate::path::{PathStyle, join_items};
pub use pages::{PageSpec, PageStyle};
pub use scheme::{CredentialScheme, MissingCredentials, RequiredCredential};

/// The default name of the header of idempotency keys.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or changes.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
    /// Reads the headers alone. Its responses have no body.
    Head,
    /// Reads what the server supports.
    Options,
}

impl Method {
    /// The method in the types of the `http` crate.
    pub const fn as_http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Patch => http::Method::PATCH,
            Self::Delete => http::Method::DELETE,
            Self::Head => http::Method::HEAD,
            Self::Options => http::Method::OPTIONS,
        }
    }

    /// The method as it is sent.
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

    /// Whether requests of this method only read.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }

    /// The method with this name, in upper case; `None` if it is none of these.
    ///
    /// ```
    /// use wire::operation::Method;
    ///
    /// assert_eq!(Method::parse("PATCH"), Some(Method::Patch));
    /// assert_eq!(Method::parse("TRACE"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let known = [
            Self::Get,
            Self::Post,
            Self::Put,
            Self::Patch,
            Self::Delete,
            Self::Head,
            Self::Options,
        ];
        known.into_iter().find(|method| method.as_str() == name)
    }
}

/// How a request carries a credential, such as the client's API key.
///
/// A value that is sent in a header is marked sensitive, and one in the query is added to the URL
/// when the request is handed to the transport. So it is in no log, error, journal and cassette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthSpec {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …`. The API key is `user:password`, and is sent in Base64.
    Basic,
    /// A header of this name, whose value is the API key alone.
    Header(&'static str),
    /// A parameter of this name in the query.
    Query(&'static str),
    /// A cookie of this name.
    Cookie(&'static str),
    /// No credential.
    None,
}

/// The constants of an operation.
///
/// ```
/// use wire::operation::{Body, OperationSpec};
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
    /// The key of the host in `ApiSpec::hosts`.
    pub host: &'static str,
    /// How the parameters are encoded.
    pub body: Body,
    /// Whether a key is generated for each call without one.
    pub idempotency_key: bool,
    /// The name of the header that the key is sent in.
    pub idempotency_header: &'static str,
    /// Whether executing a request twice has the effect of executing it once, so that it is
    /// repeated without a key too.
    pub repeatable: bool,
    /// Operations of one class share the server's rate limit.
    pub rate_class: &'static str,
    /// The time limit of one attempt, for operations that are known to be slow.
    pub timeout: Option<Duration>,
    /// Why each call must set the API version, if it must.
    pub explicit_version: Option<&'static str>,
    /// How the client's only credential is sent: in each of these places.
    pub auth: &'static [AuthSpec],
    /// Which credentials are sent, for APIs with several kinds: those of one of these alternatives.
    /// If there are any, `auth` does not count.
    pub security: &'static [&'static [RequiredCredential]],
    /// The parameters that are sent elsewhere than in the body, or in the query if there is none.
    pub placed: &'static [ParamPlace],
    /// The arguments of the path that the caller has percent-encoded.
    pub styled_path: &'static [&'static str],
    /// The media type of the body, if it is not the one of its format.
    pub content_type: Option<&'static str>,
    /// The value of the `Accept` header, if it is not that of the output type.
    pub accept: Option<&'static str>,
    /// Whether a successful response may have no body.
    pub optional_body: bool,
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
            idempotency_key: false,
            idempotency_header: IDEMPOTENCY_KEY,
            repeatable: method.is_safe(),
            rate_class: "",
            timeout: None,
            explicit_version: None,
            auth: &[AuthSpec::Bearer],
            security: &[],
            placed: &[],
            styled_path: &[],
            content_type: None,
            accept: None,
            optional_body: false,
        }
    }

    /// An operation of any method, with its parameters in the query and without an idempotency key.
    ///
    /// Only an operation that reads is repeated after a failure that leaves its outcome unknown.
    /// Set [`repeatable`](Self::repeatable) for a PUT or DELETE that may be repeated as well.
    ///
    /// ```
    /// use wire::operation::{Body, Method, OperationSpec};
    ///
    /// const UPDATE: OperationSpec = OperationSpec::of("update", Method::Patch, "/pets/{id}").json();
    ///
    /// assert_eq!(UPDATE.body, Body::Json);
    /// assert!(!UPDATE.repeatable && !UPDATE.idempotency_key);
    /// ```
    pub const fn of(id: &'static str, method: Method, path: &'static str) -> Self {
        Self::new(id, method, path, Body::None)
    }

    /// An operation that reads, with its parameters in the query.
    pub const fn get(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Get, path, Body::None)
    }

    /// An operation that writes, with a form body and an idempotency key.
    pub const fn post(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Body::Form).idempotent_key()
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

    /// Sets that a call without `Call::api_version` fails with `Error::is_build`. `why` is the part
    /// of a sentence that the error shows.
    ///
    /// ```
    /// use wire::operation::OperationSpec;
    ///
    /// const CREATE: OperationSpec = OperationSpec::post("PostKeys", "/v1/keys")
    ///     .explicit_version("the library that uses the key requires a version of its own");
    /// ```
    pub const fn explicit_version(mut self, why: &'static str) -> Self {
        self.explicit_version = Some(why);
        self
    }

    /// Sets a form body: `application/x-www-form-urlencoded`.
    pub const fn form(mut self) -> Self {
        self.body = Body::Form;
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

    /// Sets that each call has an idempotency key. Operations of [`post`](Self::post) have one by
    /// default.
    pub const fn idempotent_key(mut self) -> Self {
        self.idempotency_key = true;
        self
    }

    /// Sets that each call has an idempotency key, and the name of the header that it is sent in.
    /// Defaults to `Idempotency-Key`.
    ///
    /// ```
    /// use wire::operation::{Method, OperationSpec};
    ///
    /// const PAY: OperationSpec =
    ///     OperationSpec::of("pay", Method::Post, "/payments").idempotency_header("X-Request-Id");
    /// assert!(PAY.idempotency_key);
    /// ```
    pub const fn idempotency_header(mut self, name: &'static str) -> Self {
        self.idempotency_header = name;
        self.idempotent_key()
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
    /// use wire::operation::OperationSpec;
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

    /// Sets how the credential is sent: in each of these places. Defaults to
    /// [`AuthSpec::Bearer`]. An operation with [`AuthSpec::None`] alone sends no credential, and
    /// needs none.
    ///
    /// ```
    /// use wire::operation::{AuthSpec, OperationSpec};
    ///
    /// const LIST: OperationSpec =
    ///     OperationSpec::get("list", "/pets").auth(&[AuthSpec::Header("X-Api-Key")]);
    /// # let _ = LIST;
    /// ```
    pub const fn auth(mut self, places: &'static [AuthSpec]) -> Self {
        self.auth = places;
        self
    }

    /// Sets which parameters are sent in another place than the others, which are in the body, or
    /// in the query if the operation has no body.
    ///
    /// ```
    /// use wire::operation::{Method, OperationSpec, ParamPlace, QueryStyle};
    ///
    /// const UPDATE: OperationSpec = OperationSpec::of("update", Method::Put, "/pets/{id}")
    ///     .json()
    ///     .placed(&[
    ///         ParamPlace::header("X-Request-Source"),
    ///         ParamPlace::query("tags").style(QueryStyle::Comma),
    ///     ]);
    /// # let _ = UPDATE;
    /// ```
    pub const fn placed(mut self, places: &'static [ParamPlace]) -> Self {
        self.placed = places;
        self
    }

    /// Sets which arguments of the path are lists, or have another style than one text. Callers write
    /// them with [`join_items`].
    ///
    /// ```
    /// use wire::operation::{OperationSpec, PathStyle, join_items};
    ///
    /// const LIST: OperationSpec =
    ///     OperationSpec::get("list", "/pets/{ids}/toys").styled_path(&["ids"]);
    /// assert_eq!(join_items(PathStyle::Simple, "ids", ["1", "2"]), "1,2");
    /// # let _ = LIST;
    /// ```
    pub const fn styled_path(mut self, names: &'static [&'static str]) -> Self {
        self.styled_path = names;
        self
    }

    /// Sets the media type of the body, such as `application/vnd.api+json`. Defaults to that of its
    /// format. The media type of a parameter that is the whole body takes precedence.
    pub const fn content_type(mut self, media_type: &'static str) -> Self {
        self.content_type = Some(media_type);
        self
    }

    /// Sets the value of the `Accept` header, such as `application/vnd.github+json`. Defaults to
    /// that of the output type, which is `application/json` for decoded values. A successful
    /// response that is not JSON is an error if this is a JSON media type.
    pub const fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = Some(media_type);
        self
    }

    /// Sets that a successful response may have no body, whatever its status is. The output is then an
    /// `Option`, which is `None`.
    ///
    /// ```
    /// use wire::operation::OperationSpec;
    ///
    /// const NEXT: OperationSpec = OperationSpec::get("next", "/queue/next").optional_body();
    /// assert!(NEXT.optional_body);
    /// ```
    pub const fn optional_body(mut self) -> Self {
        self.optional_body = true;
        self
    }

    /// Encodes the parameters, each for its place. `random` is called for multipart boundaries.
    ///
    /// # Errors
    /// Returns a text without user data if a value has no notation in its place.
    #[doc(hidden)]
    pub fn encode_params(
        &self,
        params: &dyn Encode,
        random: impl Fn() -> u64,
    ) -> Result<EncodedParams, Cow<'static, str>> {
        let (places, media_type) = (self.placed, self.content_type);
        EncodedParams::encode_placed(self.body, places, media_type, params, random)
    }
}

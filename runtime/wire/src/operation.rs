//! The constants of operations, from which requests are made.
//!
//! In: constants of generated code. Out: [`OperationSpec`]: method, path, and how parameters and the
//! credential are sent. This module encodes and sends nothing.

use std::time::Duration;

pub use crate::params::Body;

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
}

#[cfg(test)]
mod tests;

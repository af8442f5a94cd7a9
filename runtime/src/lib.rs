//! The hand-written half of a generated API client: it carries every call.
//!
//! Generated code states what an API is ([`operation`], [`client::ApiSpec`]) and has the types;
//! this crate builds requests, sends them, and makes values of the responses. The codec and the
//! value types are in the crate `wire`; webhooks, OAuth, the file journal, blocking calls, metrics
//! and test doubles are in crates of their own.
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`clock`] |
//! | 1 | [`error`], [`http`] |
//! | 2 | [`operation`] |
//! | 3 | [`transport`], [`auth`], [`idempotency`], [`retry`], [`rate_limit`], [`circuit_breaker`], [`telemetry`] |
//! | 4 | `execute`, the one loop, where the order of a call is documented |
//! | 5 | [`client`], [`call`] |
//! | 6 | [`page`] |

pub mod auth;
pub mod call;
pub mod circuit_breaker;
pub mod client;
pub mod clock;
pub mod error;
mod execute;
pub mod http;
pub mod idempotency;
pub mod operation;
pub mod page;
pub mod rate_limit;
mod request;
pub mod retry;
pub mod telemetry;
pub mod transport;

/// The types that generated code is made of, beside its own records and enums.
pub mod value {
    pub use crate::http::Binary;
    pub use wire::value::*;
}

// For programs that write transports or look at headers: the versions that this crate uses.
// `http` is the name of a module of ours.
pub use ::bytes;
pub use ::http as http_types;

pub use wire::{codec, secret};
#[cfg(feature = "serde")]
pub use wire::{impl_deserialize, impl_serde, impl_serialize};
pub use wire::{open_enum, params, record, redacted_debug, string_newtypes};

pub use auth::ApiKey;
pub use call::{Call, CallFuture, ResponseFuture};
pub use client::{ApiSpec, Client, ClientBuilder};
pub use error::{Error, ErrorBody, Outcome};
pub use http::{RawResponse, Response};
pub use operation::{Body, Method, Operation, OperationSpec, Output, TypedError};
pub use page::{Items, Page, Pages};
pub use secret::Secret;

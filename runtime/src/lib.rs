//! The runtime of generated API clients.
//!
//! Generated code describes an API ([`operation`], [`client::ApiSpec`]) and has its types; this
//! crate builds requests, sends them, and decodes the responses. The codec and the value types are
//! in the crate `wire`, rate limits and the clock in `rate-limit`, the circuit breaker in
//! `circuit-breaker`, what transports exchange with the client in `transport`; webhooks, OAuth,
//! journals, blocking calls, metrics and test doubles are in crates of their own.
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`http`], [`error`] |
//! | 1 | [`transport`], [`auth`], [`idempotency`], [`retry`], [`telemetry`] |
//! | 2 | [`operation`] |
//! | 3 | `request`, a request with its options |
//! | 4 | `execute`, the loop of attempts, where the order of a call is documented |
//! | 5 | [`client`], [`call`] |
//! | 6 | [`page`], [`download`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod auth;
pub mod call;
pub mod client;
pub mod download;
pub mod error;
mod execute;
pub mod http;
pub mod idempotency;
pub mod operation;
pub mod page;
mod request;
pub mod retry;
pub mod telemetry;
pub mod transport;

/// The types that generated code uses, besides its own structs and enums.
pub mod value {
    pub use crate::http::{Binary, PlainText};
    pub use wire::value::*;
}

// The versions of dependencies that this crate uses, for programs that implement transports or read
// headers. `http` is the name of a module of this crate.
pub use ::bytes;
pub use ::http as http_types;

pub use ::circuit_breaker;
pub use ::rate_limit;
pub use ::rate_limit::clock;

pub use wire::{codec, secret};
pub use wire::{currency, open_enum, params, record, redacted_debug, string_newtypes};
#[cfg(feature = "serde")]
pub use wire::{impl_deserialize, impl_serde, impl_serialize};

pub use auth::ApiKey;
pub use call::{Call, CallFuture, ResponseFuture};
pub use client::{ApiSpec, Client, ClientBuilder};
pub use download::Download;
pub use error::{Error, ErrorBody, Outcome};
pub use http::{RawResponse, Response};
pub use operation::{Body, Method, Operation, OperationSpec, Output, TypedError};
pub use page::{CollectError, Items, Page, PageCursor, Pages, Paging};
pub use secret::Secret;

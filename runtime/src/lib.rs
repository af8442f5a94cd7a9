//! The runtime of generated API clients.
//!
//! Generated code describes an API ([`operation`], [`client::ApiSpec`]) and has its types; this
//! crate builds requests, sends them, and decodes the responses. The codec and the value types are
//! in the crate `wire`; webhooks, OAuth, the file journal, blocking calls, metrics and test doubles
//! are in crates of their own.
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`clock`] |
//! | 1 | [`http`], [`error`] |
//! | 2 | [`transport`], [`auth`], [`idempotency`], [`retry`], [`rate_limit`], [`circuit_breaker`], [`telemetry`] |
//! | 3 | [`operation`] |
//! | 4 | `request`, a request with its options |
//! | 5 | `execute`, the loop of attempts, where the order of a call is documented |
//! | 6 | [`client`], [`call`] |
//! | 7 | [`page`] |

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

/// The types that generated code uses, besides its own structs and enums.
pub mod value {
    pub use crate::http::Binary;
    pub use wire::value::*;
}

// The versions of dependencies that this crate uses, for programs that implement transports or read
// headers. `http` is the name of a module of this crate.
pub use ::bytes;
pub use ::http as http_types;

pub use wire::{codec, secret};
pub use wire::{currency, open_enum, params, record, redacted_debug, string_newtypes};
#[cfg(feature = "serde")]
pub use wire::{impl_deserialize, impl_serde, impl_serialize};

pub use auth::ApiKey;
pub use call::{Call, CallFuture, ResponseFuture};
pub use client::{ApiSpec, Client, ClientBuilder};
pub use error::{Error, ErrorBody, Outcome};
pub use http::{RawResponse, Response};
pub use operation::{Body, Method, Operation, OperationSpec, Output, TypedError};
pub use page::{CollectError, Items, Page, PageCursor, Pages};
pub use secret::Secret;

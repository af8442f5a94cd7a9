//! The hand-written half of a generated API client: it carries every call.
//!
//! Generated code states what an API is ([`operation`], [`client::ApiSpec`]) and has the types;
//! this crate builds requests, sends them, and makes answers of the responses:
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`clock`], [`secret`] |
//! | 1 | [`error`], [`http`], [`value`] |
//! | 2 | [`codec`], [`redact`] |
//! | 3 | [`operation`], [`transport`], [`auth`], [`idempotency`], [`retry`], [`rate_limit`], [`circuit_breaker`], [`telemetry`] |
//! | 3 | `webhook` (feature): signatures, events and notifications |
//! | 4 | `inbox` (feature): stores and works off what was received |
//! | 4 | `execute`, the one loop, where the order of a call is documented |
//! | 5 | [`client`], [`call`] |
//! | 6 | [`page`], [`oauth`], `blocking` (feature), `fetch` and `sweep` (feature `webhook`) |
//! | 7 | `testing` (feature): test doubles |

pub mod auth;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod call;
pub mod circuit_breaker;
pub mod client;
pub mod clock;
pub mod codec;
pub mod error;
mod execute;
#[cfg(feature = "webhook")]
mod fetch;
pub mod http;
pub mod idempotency;
#[cfg(feature = "webhook")]
pub mod inbox;
pub mod oauth;
pub mod operation;
pub mod page;
pub mod rate_limit;
pub mod redact;
pub mod retry;
pub mod secret;
#[cfg(feature = "webhook")]
pub mod sweep;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;
pub mod value;
#[cfg(feature = "webhook")]
pub mod webhook;

// For programs that write transports or look at headers: the versions that this crate uses.
// `http` is the name of a module of ours.
pub use ::bytes;
pub use ::http as http_types;

pub use auth::ApiKey;
pub use call::{Call, CallFuture, ResponseFuture};
pub use client::{ApiSpec, Client, ClientBuilder};
pub use error::{Error, ErrorBody, Outcome};
pub use http::{RawResponse, Response};
pub use operation::{Body, Method, Operation, OperationSpec, Output, Safety, TypedError};
pub use page::{Items, Page, Pages};
pub use secret::Secret;

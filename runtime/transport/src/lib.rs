//! What the client and its transports exchange.
//!
//! In: a complete [`Request`]. Out: the [`RawResponse`] with any status, or a [`TransportError`]
//! with the progress of the request. Bodies are bytes in memory; a transport that can also sends
//! files while it reads them ([`Request::upload`]) and returns a body before it is complete
//! ([`BodyStream`]). A [`PendingWrite`] is a request that can be sent again later. `Debug` shows neither header values, bodies nor the real path, since all of
//! them may contain secrets or personal data.
//!
//! The crate opens no connections and knows nothing of calls: `runtime` re-exports it as
//! `runtime::http` and `runtime::transport`.

#![cfg_attr(docsrs, feature(doc_cfg))]

use std::fmt;

use rate_limit::clock::BoxFuture;

mod body_stream;
mod error;
mod pending_write;
mod received_body;
mod request;
mod response;

pub use body_stream::BodyStream;
pub use error::{Progress, TransportError};
pub use pending_write::PendingWrite;
#[cfg(feature = "tokio")]
pub use received_body::SaveError;
pub use received_body::{InterruptedBody, ReceivedBody};
pub use request::{EchoedHeaders, Request};
pub use response::RawResponse;

/// A transport, which sends requests.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use rate_limit::clock::BoxFuture;
/// use transport::{RawResponse, Request, Transport, TransportError};
///
/// /// A transport whose responses are empty objects.
/// #[derive(Debug)]
/// struct Empty;
///
/// impl Transport for Empty {
///     fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
///         Box::pin(async { Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), "{}")) })
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request once and reads the whole response, or its head if the request
    /// [wants a stream](Request::wants_stream) and the transport supports that.
    ///
    /// A response with any status is `Ok`. Dropping the future cancels the attempt.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>>;

    /// Stops using the connections that are kept, because a response belonged to another request:
    /// one that was sent too many shifts all later responses of its connection. Requests in flight
    /// are not affected. Defaults to nothing, for transports that keep no connections.
    fn discard_connections(&self) {}

    /// Whether [`send`](Transport::send) reads [`Request::upload`]. Defaults to `false`: then the
    /// client reads the files of an upload into [`Request::body`] before each attempt, so they must
    /// fit into memory.
    fn streams_uploads(&self) -> bool {
        false
    }
}

//! Transports, which send one request and receive one response.
//!
//! In: a complete [`Request`](crate::http::Request). Out: the
//! [`RawResponse`](crate::http::RawResponse) with any status and its whole body, or a
//! [`TransportError`] with the progress of the request. A transport never retries and never follows
//! redirects. It enforces two time limits: that of connecting and that of each chunk of the body.
//! The caller enforces the time limit of the attempt by dropping the future; a transport that
//! blocks its thread enforces it as well.

#[cfg(feature = "hyper")]
mod http_transport;

#[cfg(feature = "hyper")]
pub use http_client::{HttpOptions, ProxyChoice, RootCertificates, SetupError};
#[cfg(feature = "hyper")]
pub use http_transport::HttpTransport;
pub use transport::{Progress, Transport, TransportError};

//! A small HTTP server that behaves as an OpenAPI document says, and not one bit more leniently.
//!
//! It is the second opinion on the generated crate: it reads the document by itself, shares no
//! code with the generator or the runtime, and leaves the verdict on every request to a JSON
//! Schema validator. Answers are synthesised from the response schemas.
//!
//! The way of a request: `route` finds the operation, `headers` checks what every call must
//! carry, `bracket` and `multipart` take the wire format apart, `coerce` gives text leaves their
//! types, `check` validates, `synth` answers. All of it is in [`Service`], without a socket;
//! [`SchemaServer`] adds the socket.
//!
//! ```no_run
//! # fn main() -> Result<(), tests::schema_server::StartError> {
//! let server = tests::schema_server::SchemaServer::start("specs/stripe.yaml")?;
//! let base_url = server.base_url(); // http://127.0.0.1:<free port>, until `server` is dropped
//! # Ok(()) }
//! ```

mod bracket;
mod check;
mod coerce;
mod document;
mod headers;
mod json;
mod load;
mod multipart;
mod problem;
mod request;
mod route;
mod scalar;
mod server;
mod service;
mod synth;
mod translate;

pub use load::DocumentError;
pub(crate) use load::load;
pub use server::{SchemaServer, StartError};
pub use service::Service;
pub use synth::Mode;

#[cfg(test)]
mod bracket_tests;
#[cfg(test)]
mod coerce_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod multipart_tests;
#[cfg(test)]
mod round_trip_tests;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod synth_tests;
#[cfg(test)]
mod whole_document_tests;

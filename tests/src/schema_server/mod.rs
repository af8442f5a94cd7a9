//! A small HTTP server that implements an OpenAPI document strictly.
//!
//! It tests the generated crate independently: it reads the document itself, shares no code with
//! the generator or the runtime, and validates every request with a JSON Schema validator.
//! Responses are synthesised from the response schemas.
//!
//! The steps of a request: `route` finds the operation, `headers` checks the required headers,
//! `stripe_dev::wire_format` decodes forms and converts text leaves to their types,
//! `check` and `expand` validate, `synth` generates the response. [`Service`] does all of it, without a socket;
//! [`SchemaServer`] adds the socket.
//!
//! ```no_run
//! # fn main() -> Result<(), tests::schema_server::StartError> {
//! let server = tests::schema_server::SchemaServer::start("specs/stripe.yaml")?;
//! let base_url = server.base_url(); // http://127.0.0.1:<free port>, until `server` is dropped
//! # Ok(()) }
//! ```

mod check;
mod document;
mod expand;
mod headers;
mod json;
mod load;
mod problem;
mod request;
mod responses;
mod route;
mod scalar;
mod server;
mod service;
mod synth;
mod translate;

pub use load::DocumentError;
pub(crate) use load::load;
pub use responses::ResponseSchemas;
pub use server::{SchemaServer, StartError};
pub use service::Service;
pub use synth::Mode;

#[cfg(test)]
mod fixture;
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

//! Calls every operation of some documents, against a server that checks the requests.
//!
//! For each document the client is generated with a program that calls every operation: with the
//! required parameters, with all of them, and once for each documented example of the response. The
//! server reads the document by itself and shares no code with the generator and the runtime. It
//! checks method, URL, credential, parameters and body, and responds with the example, or with a
//! value made from the schema. What the client has decoded is encoded again and compared with what
//! the server sent.

pub mod body;
pub mod check;
pub mod compare;
pub mod credentials;
pub mod document;
pub mod list;
pub mod operation;
pub mod outcome;
pub mod plan;
pub mod program;
pub mod route;
pub mod run;
pub mod schema;
pub mod server;
pub mod summary;
pub mod synth;
#[cfg(test)]
mod tests;
pub mod values;

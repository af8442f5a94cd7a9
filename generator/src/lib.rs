//! A compiler from OpenAPI 3.0 documents to Rust client crates.
//!
//! A one-way pipeline; every stage has its own types, which do not change after it. Findings are
//! collected in a stage and stop the run between stages. `ARCHITECTURE.md` has the table of
//! stages and what each may import.

pub mod api;
pub mod cli;
pub mod diag;
pub mod dialect;
pub mod diff;
pub mod files;
pub mod import;
pub mod init;
pub mod lock;
pub mod lower;
pub mod markdown;
pub mod model;
pub mod name;
pub mod normalize;
pub mod pipeline;
pub mod rust;
pub mod source;
pub mod spec;

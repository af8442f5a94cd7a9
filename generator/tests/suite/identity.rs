//! Regenerating after an update of the document: what upstream did not break stays as it was.
//!
//! Each test makes a crate from a small document, changes the document, and makes the crate again
//! with the lock that the first run wrote.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

mod absences;
mod crates;
mod differences;
mod members;
mod parameters;
mod planted;
mod responses;
mod variants;

//! The client against a real socket: its requests, and how it handles responses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod any_api;
mod api;
mod cursors;
mod errors;
mod failures;
mod pages;
mod requests;
mod secrets;
mod server;
mod timeouts;
mod transport;

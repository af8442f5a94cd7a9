//! OAuth against a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "../../../tests/credentials/api.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod api;
mod client_credentials;
mod flow;
#[path = "../../../tests/wire/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;

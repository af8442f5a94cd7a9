//! Credentials against real sockets: keys from providers, and sessions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod api;
mod files;
#[path = "../wire/server.rs"]
#[allow(dead_code, reason = "made for other tests, which use all of it")]
mod server;
mod sessions;
mod vault;
#[path = "../../examples/vault.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "an example has a `main`, and is copied"
)]
mod vault_example;

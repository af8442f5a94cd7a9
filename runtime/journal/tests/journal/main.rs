//! Pending writes that are resumed after errors, dropped futures and killed processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "../../../tests/wire/api.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod api;
mod crash;
mod drops;
mod keys;
mod resume;
#[path = "../../../tests/wire/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
mod store;

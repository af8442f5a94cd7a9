//! Blocking calls against a real socket, without tokio.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "../../../tests/wire/api.rs"]
#[allow(dead_code, reason = "not every operation is used here")]
mod api;
mod calls;
mod connections;
mod files;
#[path = "../../../tests/files/api.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod files_api;
#[path = "../../../tests/files/server.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod files_server;
mod limiter;
mod limits;
mod logs;
mod server;

use blocking::prelude::*;
use runtime::{Client, ClientBuilder};
use server::Server;

/// A blocking client without retries.
fn builder(server: &Server) -> ClientBuilder {
    api::builder(server).blocking()
}

fn client(server: &Server) -> Client {
    builder(server).build().unwrap()
}

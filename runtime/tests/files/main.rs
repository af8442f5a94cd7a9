//! Files that are uploaded and downloaded while they are read, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests may fail loudly"
)]

mod api;
mod downloads;
mod memory;
mod server;
mod uploads;

//! The test doubles, through a real client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod api;
mod cassette;
mod clock;
mod errors;
mod fault_injector;
mod files;
mod mock;
mod mock_by_path;

//! What a program observes of its calls: spans and events, and what is reported to the server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod capture;
mod events;
mod report;
mod secrets;
mod spans;
mod stage;

/// The page that lists spans and metrics.
const DOCS: &str = include_str!("../../../docs/policies/telemetry.md");

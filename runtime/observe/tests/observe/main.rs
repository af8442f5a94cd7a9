//! Metrics, health and bodies of a client's calls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod bodies;
#[path = "../../../tests/telemetry/capture.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod capture;
mod health;
mod metrics;
mod quota;
#[path = "../../../tests/telemetry/stage.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod stage;

/// The page that lists spans and metrics.
const DOCS: &str = include_str!("../../../../docs/policies/telemetry.md");

//! Health window, metrics and body logging, as observers of a client.
//!
//! In: the events that a client reports to its [`Observer`](runtime::telemetry::Observer)s. Out: a
//! sliding window with alerts ([`HealthWindow`]), numbers for the `metrics` facade
//! (`MetricsObserver`, feature `metrics`) and redacted bodies as `tracing` events (`BodyLogger`,
//! feature `tracing`).

#[cfg(feature = "tracing")]
mod bodies;
#[cfg(feature = "metrics")]
mod metrics_observer;
mod redact;
#[cfg(test)]
mod test_events;
mod window;

#[cfg(feature = "tracing")]
pub use bodies::BodyLogger;
#[cfg(feature = "metrics")]
pub use metrics_observer::MetricsObserver;
pub use redact::{MARK, Redactor};
pub use window::{Change, Health, HealthWindow, Latency, Threshold};

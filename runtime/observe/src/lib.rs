//! Health, metrics and body logging, as observers of a client.
//!
//! | module | contents |
//! |---|---|
//! | `health_window` | [`HealthWindow`]: error rate, latency and retries of the last minute, with alerts |
//! | `metrics_observer` | `MetricsObserver`: counters and histograms for the `metrics` facade (feature `metrics`) |
//! | `body_logger` | `BodyLogger`: redacted bodies as `tracing` events (feature `tracing`) |
//! | `redactor` | [`Redactor`]: removes credentials and personal data from bodies and headers |
//!
//! In: the events that a client reports to its [`Observer`](runtime::telemetry::Observer)s.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tracing")]
mod body_logger;
mod health_window;
#[cfg(feature = "metrics")]
mod metrics_observer;
mod redactor;
#[cfg(test)]
mod test_events;

#[cfg(feature = "tracing")]
pub use body_logger::BodyLogger;
pub use health_window::{
    AlertChange, AlertThreshold, HealthSnapshot, HealthWindow, LatencyPercentiles,
};
#[cfg(feature = "metrics")]
pub use metrics_observer::MetricsObserver;
pub use redactor::{REDACTED, Redactor};

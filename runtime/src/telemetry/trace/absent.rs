//! The same names without `tracing`: nothing happens, and nothing is kept.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use super::SpanStart;
use crate::telemetry::Event;

/// The span of a call or of an attempt: nothing.
#[derive(Clone, Debug)]
pub(crate) struct Span;

const _: () = assert!(
    size_of::<Span>() == 0,
    "a span that is not there has no size"
);

impl Span {
    pub(crate) fn call(_: &SpanStart<'_>) -> Self {
        Self
    }

    pub(crate) fn attempt(_: &SpanStart<'_>, _: u32) -> Self {
        Self
    }

    pub(crate) fn instrument<F: Future>(&self, future: F) -> F {
        future
    }

    pub(crate) fn end(&self, _: &Event<'_>) {}
}

pub(crate) fn attempt_ended(_: &Event<'_>) {}

pub(crate) fn retrying(_: &Event<'_>, _: Duration) {}

pub(crate) fn call_dropped(_: &Event<'_>) {}

pub(crate) fn circuit_changed(_: &str, _: &str, _: &str) {}

pub(crate) fn background_error(_: &str, _: &(dyn Error + 'static)) {}

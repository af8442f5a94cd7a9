//! Spans around calls and attempts; without the feature `tracing` they are nothing.

use std::future::Future;

use super::Event;

/// What is known of a call when it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    /// The title of the API.
    pub(crate) service: &'a str,
    /// The operation's id; empty for a raw request.
    pub(crate) operation: &'a str,
    /// The method.
    pub(crate) method: &'a str,
    /// The path with its placeholders.
    pub(crate) template: &'a str,
    /// The name of the server that the request goes to.
    pub(crate) server: &'a str,
    /// The port of the server, if it is not the scheme's own.
    pub(crate) port: Option<u16>,
}

/// The span of a call or of an attempt.
#[derive(Clone, Debug)]
pub(crate) struct Span;

impl Span {
    /// The span of a call.
    pub(crate) fn call(_start: &Start<'_>) -> Self {
        Self
    }

    /// The span of an attempt of this call, numbered from 1.
    pub(crate) fn attempt(&self, _start: &Start<'_>, _number: u32) -> Self {
        Self
    }

    /// Runs a future inside of the span.
    pub(crate) fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        future
    }

    /// Notes how it ended.
    pub(crate) fn end(&self, _event: &Event<'_>) {}
}

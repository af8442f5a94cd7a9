//! Spans around calls and attempts, and events about what happens in between.
//!
//! In: what is known of a call at its start, and the [`Event`]s of its way. Out: spans and events
//! of `tracing`, with the attribute names of OpenTelemetry's conventions for HTTP clients and
//! remote procedure calls. Without the feature `tracing` all of this is nothing, of no size.
//! A span that nobody listens to costs a load and a comparison; nothing is formatted for it.

#[cfg(not(feature = "tracing"))]
mod absent;
#[cfg(feature = "tracing")]
mod live;

#[cfg(not(feature = "tracing"))]
pub(crate) use absent::{
    Span, attempt_ended, background_error, call_dropped, circuit_changed, retrying,
};
#[cfg(feature = "tracing")]
pub(crate) use live::{
    Span, attempt_ended, background_error, call_dropped, circuit_changed, retrying,
};

/// What is known of a call when it starts.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "only spans are told")
)]
pub(crate) struct SpanStart<'a> {
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
    /// The port of the server.
    pub(crate) port: u16,
}

//! What a program can watch: one event per attempt and one per call.
//!
//! In: facts that `execute` gathers. Out: calls of an [`Observer`]. Events hold path templates
//! and never paths, headers or bodies, so they can be logged as they are. Nothing is sent
//! anywhere by itself.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::error::Outcome;

/// One attempt, or one whole call, that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The operation's id; empty for a raw request.
    pub operation: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path with its placeholders.
    pub template: &'a str,
    /// The key of the host, such as `api`.
    pub host: &'a str,
    /// The number of the attempt, from 1; for a call, how many there were.
    pub attempt: u32,
    /// How long it took. For a call this includes all waiting.
    pub duration: Duration,
    /// The status of the answer, if one came.
    pub status: Option<StatusCode>,
    /// The server's name for the request.
    pub request_id: Option<&'a str>,
    /// `None` for success, otherwise what may have happened at the server.
    pub failure: Option<Outcome>,
}

/// Watches calls. Its methods run inside of the call, so they should be quick.
///
/// ```
/// use runtime::telemetry::{Event, Observer};
///
/// #[derive(Debug)]
/// struct Log;
///
/// impl Observer for Log {
///     fn call_ended(&self, event: &Event<'_>) {
///         eprintln!("{} took {:?}", event.operation, event.duration);
///     }
/// }
/// ```
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// An attempt has ended. It may be followed by another.
    fn attempt_ended(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// A call has ended. Not called for a call whose future was dropped.
    fn call_ended(&self, event: &Event<'_>) {
        let _ = event;
    }
}

/// Watches nothing. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

//! Client-side rate limiting: when an attempt may be made.
//!
//! In: who wants to send what, and the time. Out: an [`Admission`]. A limiter waits for nothing
//! and starts no timers; `execute` does the waiting and holds the [`Ticket`] of each attempt from
//! the first question to its end, also if the call is dropped in between.
//!
//! [`StandardLimiter`] is the built-in one, [`Unlimited`] the off switch. Both know only the
//! calls of this process.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

mod preset;
mod standard;

pub use preset::{ClassLimit, Preset};
pub use standard::StandardLimiter;

use crate::http::Names;

/// Who goes first when calls have to wait for the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Priority {
    /// Somebody waits for the answer.
    #[default]
    Interactive,
    /// Work in the background: goes behind everything interactive, but is not starved by it.
    Bulk,
}

/// What an attempt wants to use.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Demand<'a> {
    /// The account that the request is for, or nothing for the key's own.
    pub account: Option<&'a str>,
    /// Whether the API key is one of live mode.
    pub live: bool,
    /// The class of rate limits of the operation; empty for the general one.
    pub class: &'a str,
    /// The operation's id; empty for a raw request, whose operation is not known.
    pub operation: &'a str,
    /// Who goes first.
    pub priority: Priority,
    /// The time.
    pub now: Instant,
    /// When the call gives up. A limiter that knows that it will take longer refuses at once.
    pub until: Option<Instant>,
}

impl<'a> Demand<'a> {
    /// What an operation wants at a time, for the key's own account in test mode.
    pub fn new(operation: &'a str, now: Instant) -> Self {
        Self {
            account: None,
            live: false,
            class: "",
            operation,
            priority: Priority::Interactive,
            now,
            until: None,
        }
    }
}

/// Names one attempt towards a limiter, unique within the process, so that several clients can
/// share a limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// At once; what it uses is taken, until [`RateLimiter::release`].
    Now,
    /// Not yet: ask again when woken, or after this time if one is given. It may take longer
    /// than that, or less.
    Wait(Option<Duration>),
    /// Not at all: too many wait already. The ticket is void.
    QueueFull,
    /// Not at all: it has waited for as long as the limiter allows, or surely would have to.
    /// The ticket is void.
    WaitedTooLong,
}

/// Decides when attempts may be made.
///
/// Each ticket is asked about until it is admitted or refused, and released exactly once if it
/// was admitted; a ticket that still waits when its call is dropped or out of time is released
/// too. All demands about a ticket are the same but for the time. An `Arc` of a limiter is a
/// limiter, for several clients that share the limits of an account.
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Whether the attempt may be made now. With [`Admission::Wait`] the limiter keeps the waker
    /// and wakes it when asking again is worth it.
    fn ask(&self, ticket: Ticket, demand: &Demand<'_>, waker: &Waker) -> Admission;

    /// Learns that an attempt has ended, or that its call was dropped while it waited or ran.
    fn release(&self, ticket: Ticket, demand: &Demand<'_>, end: End<'_>);

    /// Whether the limiter was set up in a way that makes sense. The client's builder asks once.
    ///
    /// # Errors
    /// With what is wrong and what to change, in words without secrets.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// How much is used of what; empty if the limiter keeps no accounts.
    fn usage(&self, now: Instant) -> Vec<Usage> {
        let _ = now;
        Vec::new()
    }
}

/// How an attempt that held a ticket ended. `Debug` shows which headers the answer has, and none
/// of their values.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum End<'a> {
    /// The server answered with this.
    Answered {
        /// The status.
        status: StatusCode,
        /// All headers.
        headers: &'a HeaderMap,
        /// The `code` of the answer's error object.
        code: Option<&'a str>,
    },
    /// There was no answer.
    Unanswered,
    /// The call was dropped, while it waited or while the attempt was under way.
    Dropped,
}

impl fmt::Debug for End<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Answered {
                status,
                headers,
                code,
            } => out
                .debug_struct("Answered")
                .field("status", &status)
                .field("headers", &Names(headers))
                .field("code", &code)
                .finish(),
            Self::Unanswered => out.write_str("Unanswered"),
            Self::Dropped => out.write_str("Dropped"),
        }
    }
}

/// How much of one limit is used.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// The account that requests were for; `None` for the key's own.
    pub account: Option<String>,
    /// Whether the limit is that of live mode.
    pub live: bool,
    /// What the limit is for, in words: `account`, `operation PostCustomers`, `class search`,
    /// `raw calls`.
    pub scope: String,
    /// The preset: attempts per second. `None` if only concurrency is bounded.
    pub per_second: Option<u32>,
    /// What is allowed now, after the server's refusals; never above the preset. `None` if
    /// unbounded.
    pub allowed_per_second: Option<f64>,
    /// Attempts admitted during the last second.
    pub used: u32,
    /// The most attempts at once, as allowed now. `None` if unbounded.
    pub concurrent: Option<u32>,
    /// Attempts under way.
    pub in_flight: u32,
    /// Attempts that wait.
    pub waiting: u32,
    /// How often the server refused because of this limit.
    pub refusals: u64,
    /// For how long nothing more is admitted, because the server asked for a pause.
    pub pause: Option<Duration>,
}

impl Usage {
    /// A limit of which nothing is used, for limiters of a program's own.
    pub fn new(scope: impl Into<String>) -> Self {
        Self {
            account: None,
            live: false,
            scope: scope.into(),
            per_second: None,
            allowed_per_second: None,
            used: 0,
            concurrent: None,
            in_flight: 0,
            waiting: 0,
            refusals: 0,
            pause: None,
        }
    }
}

/// Admits every attempt at once: the off switch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl RateLimiter for Unlimited {
    fn ask(&self, _: Ticket, _: &Demand<'_>, _: &Waker) -> Admission {
        Admission::Now
    }

    fn release(&self, _: Ticket, _: &Demand<'_>, _: End<'_>) {}
}

impl<L: RateLimiter + ?Sized> RateLimiter for Arc<L> {
    fn ask(&self, ticket: Ticket, demand: &Demand<'_>, waker: &Waker) -> Admission {
        (**self).ask(ticket, demand, waker)
    }

    fn release(&self, ticket: Ticket, demand: &Demand<'_>, end: End<'_>) {
        (**self).release(ticket, demand, end);
    }

    fn check(&self) -> Result<(), String> {
        (**self).check()
    }

    fn usage(&self, now: Instant) -> Vec<Usage> {
        (**self).usage(now)
    }
}

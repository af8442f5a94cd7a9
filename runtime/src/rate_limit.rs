//! Client-side rate limiting: when an attempt may be made.
//!
//! In: who wants to send what, and the time. Out: an [`Admission`]. A limiter waits for nothing
//! and starts no timers; `execute` does the waiting and holds the [`Ticket`] of each attempt from
//! the first question to its end, also if the call is dropped in between.

use std::fmt;
use std::task::Waker;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

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
    /// The operation's id; for a raw request its method and path template.
    pub operation: &'a str,
    /// Who goes first.
    pub priority: Priority,
    /// The time.
    pub now: Instant,
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
        }
    }
}

/// Names one attempt towards a limiter, unique within a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// At once; what it uses is taken, until [`RateLimiter::release`].
    Now,
    /// Not yet: ask again when woken, or after this time if one is given.
    Wait(Option<Duration>),
    /// Not at all: too many wait already. The ticket is void.
    QueueFull,
    /// Not at all: it has waited for as long as the limiter allows, or surely would have to.
    /// The ticket is void.
    WaitedTooLong,
}

/// Decides when attempts may be made.
///
/// Each ticket is asked about until it is admitted or refused, and then released exactly once;
/// a ticket that still waits when its call is dropped is released too.
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Whether the attempt may be made now. With [`Admission::Wait`] the limiter keeps the waker
    /// and wakes it when asking again is worth it.
    fn ask(&self, ticket: Ticket, demand: &Demand<'_>, waker: &Waker) -> Admission;

    /// Learns that an attempt has ended, or that its call was dropped while it waited or ran.
    fn release(&self, ticket: Ticket, demand: &Demand<'_>, end: End<'_>);

    /// How much is used of what; empty if the limiter keeps no accounts.
    fn usage(&self, now: Instant) -> Vec<Usage> {
        let _ = now;
        Vec::new()
    }
}

/// How an attempt that held a ticket ended.
#[derive(Clone, Copy, Debug)]
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

/// How much of one limit is used.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// What the limit is for, in words: `account`, `account acct_1 (live)`,
    /// `operation PostCustomers`, `class search`.
    pub scope: String,
    /// The preset: attempts per second. `None` if only concurrency is bounded.
    pub per_second: Option<u32>,
    /// What is allowed now, after the server's refusals; never above the preset.
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
}

/// Limits that an API publishes, stated by generated code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// Attempts per second and account in live mode.
    pub live_per_second: u32,
    /// Attempts per second and account outside of live mode.
    pub test_per_second: u32,
    /// Attempts per second of one operation, whatever its path arguments, unless its class says
    /// otherwise.
    pub operation_per_second: u32,
    /// Classes of operations with limits of their own.
    pub classes: &'static [ClassLimit],
}

impl Preset {
    /// Limits without classes, in attempts per second.
    pub const fn new(live: u32, test: u32, operation: u32) -> Self {
        Self {
            live_per_second: live,
            test_per_second: test,
            operation_per_second: operation,
            classes: &[],
        }
    }

    /// The same with classes.
    pub const fn classes(mut self, classes: &'static [ClassLimit]) -> Self {
        self.classes = classes;
        self
    }
}

/// The limit of a class of operations, which they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassLimit {
    /// The class, as operations name it.
    pub class: &'static str,
    /// Attempts per second.
    pub per_second: u32,
    /// The most attempts at once; 0 if nothing is known.
    pub concurrent: u32,
    /// Whether the class does not count against the account's limit.
    pub separate: bool,
}

impl ClassLimit {
    /// A class that shares the account's limit.
    pub const fn new(class: &'static str, per_second: u32) -> Self {
        Self {
            class,
            per_second,
            concurrent: 0,
            separate: false,
        }
    }

    /// The same with a bound on attempts at once.
    pub const fn concurrent(mut self, attempts: u32) -> Self {
        self.concurrent = attempts;
        self
    }

    /// The same, not counted against the account's limit.
    pub const fn separate(mut self) -> Self {
        self.separate = true;
        self
    }
}

/// Admits every attempt at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl RateLimiter for Unlimited {
    fn ask(&self, _: Ticket, _: &Demand<'_>, _: &Waker) -> Admission {
        Admission::Now
    }

    fn release(&self, _: Ticket, _: &Demand<'_>, _: End<'_>) {}
}

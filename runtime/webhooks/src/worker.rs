//! Claims messages and runs handlers for them.
//!
//! In: an inbox and a router. Out: handlers that are called, and messages that are completed, due
//! again later, or dead-lettered. No message is lost and none is handled by two workers at the same
//! time: a lease is renewed while its handler runs, and the leases of a worker that crashed expire.
//! A message whose lease expired may have crashed the worker, so it is then the only one of its
//! worker, and no other message is affected if it does so again.
//! A worker is one future, on any executor; handlers that block or compute should spawn tasks of
//! their own.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use runtime::clock::Clock;
#[cfg(feature = "tokio")]
use runtime::clock::SystemClock;

use crate::queue::{ClaimOrder, ClaimRequest, DEFAULT_CRASH_LIMIT, Inbox, Router};

mod backoff;
mod job;
mod worker_loop;

pub use backoff::Backoff;

use worker_loop::WorkerLoop;

/// Claims messages from an [`Inbox`] and passes them to the handlers of a [`Router`].
///
/// ```
/// # use std::sync::Arc;
/// # use webhooks::{Inbox, Router, Worker, WorkerSetupError};
/// # async fn example(inbox: Arc<dyn Inbox>, router: Router, stop: impl Future<Output = ()>)
/// # -> Result<(), WorkerSetupError> {
/// let report = Worker::new(inbox, router)?.concurrency(16).run(stop).await;
/// println!("{} handled, {} failed", report.handled, report.failed);
/// # Ok(())
/// # }
/// ```
pub struct Worker {
    inbox: Arc<dyn Inbox>,
    router: Arc<Router>,
    clock: Arc<dyn Clock>,
    settings: WorkerSettings,
}

#[derive(Clone, Debug)]
struct WorkerSettings {
    concurrency: usize,
    lease_duration: Duration,
    poll_interval: Duration,
    handler_timeout: Duration,
    drain_timeout: Duration,
    order: ClaimOrder,
    backoff: Backoff,
    crash_limit: u32,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: 8,
            lease_duration: Duration::from_secs(60),
            poll_interval: Duration::from_secs(1),
            handler_timeout: Duration::from_secs(300),
            drain_timeout: Duration::from_secs(25),
            order: ClaimOrder::Any,
            backoff: Backoff::default(),
            crash_limit: DEFAULT_CRASH_LIMIT,
        }
    }
}

impl WorkerSettings {
    fn claim_request(&self, limit: usize) -> ClaimRequest {
        ClaimRequest::new(limit, self.lease_duration)
            .order(self.order)
            .crash_limit(self.crash_limit)
    }
}

/// Why a worker cannot be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkerSetupError {
    /// A type of event has two handlers.
    DuplicateHandler(&'static str),
    /// The router has no handlers and no fallback: every message would be completed without being
    /// handled.
    NoHandlers,
}

impl fmt::Display for WorkerSetupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateHandler(kind) => {
                write!(out, "`{kind}` has two handlers: merge them into one")
            }
            Self::NoHandlers => out.write_str("the router has no handlers and no fallback"),
        }
    }
}

impl std::error::Error for WorkerSetupError {}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Messages that a handler completed.
    pub handled: u64,
    /// Messages without a handler, which were completed.
    pub ignored: u64,
    /// Attempts that failed and will be repeated.
    pub failed: u64,
    /// Messages that became dead letters.
    pub dead_lettered: u64,
    /// Attempts whose lease was lost or whose outcome could not be stored. The message is
    /// delivered again unless it is completed.
    pub lease_lost: u64,
    /// Claims that failed.
    pub claim_errors: u64,
    /// Handlers that were stopped because they still ran at the drain timeout.
    pub stopped: u64,
}

impl Worker {
    /// Creates a worker with the system's clock.
    ///
    /// # Errors
    /// Returns an error if the router has no handlers, or two for one type of event.
    #[cfg(feature = "tokio")]
    pub fn new(inbox: impl Into<Arc<dyn Inbox>>, router: Router) -> Result<Self, WorkerSetupError> {
        Self::with_clock(inbox, router, SystemClock)
    }

    /// Creates a worker with another clock, for executors other than tokio and for tests.
    ///
    /// # Errors
    /// Returns an error if the router has no handlers, or two for one type of event.
    pub fn with_clock(
        inbox: impl Into<Arc<dyn Inbox>>,
        router: Router,
        clock: impl Clock,
    ) -> Result<Self, WorkerSetupError> {
        if let Some(kind) = router.duplicate() {
            return Err(WorkerSetupError::DuplicateHandler(kind));
        }
        if router.is_empty() {
            return Err(WorkerSetupError::NoHandlers);
        }
        Ok(Self {
            inbox: inbox.into(),
            router: Arc::new(router),
            clock: Arc::new(clock),
            settings: WorkerSettings::default(),
        })
    }

    /// Sets the maximum number of messages that are handled at the same time. Defaults to 8.
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.settings.concurrency = limit.max(1);
        self
    }

    /// Sets how long a lease lasts, which is the time after which the messages of a crashed worker
    /// are delivered again; up to a tenth less, at random. A running worker renews its leases three times within it. Defaults to
    /// one minute; at least 10 ms.
    pub fn lease_duration(mut self, time: Duration) -> Self {
        self.settings.lease_duration = time.max(Duration::from_millis(10));
        self
    }

    /// Sets the time between two queries of the inbox for messages that other processes stored or
    /// that are due again. Messages that this process stores wake the worker. Defaults to one
    /// second; at least 1 ms.
    pub fn poll_interval(mut self, time: Duration) -> Self {
        self.settings.poll_interval = time.max(Duration::from_millis(1));
        self
    }

    /// Sets how long a handler may run. After that, its future is dropped and the attempt has
    /// failed. Defaults to five minutes.
    pub fn handler_timeout(mut self, time: Duration) -> Self {
        self.settings.handler_timeout = time;
        self
    }

    /// Sets how long handlers may run after the worker was stopped. Defaults to 25 seconds, less
    /// than the 30 seconds that Kubernetes waits before it kills a process.
    pub fn drain_timeout(mut self, time: Duration) -> Self {
        self.settings.drain_timeout = time;
        self
    }

    /// Sets the order in which messages are handled. Defaults to [`ClaimOrder::Any`].
    pub fn order(mut self, order: ClaimOrder) -> Self {
        self.settings.order = order;
        self
    }

    /// Sets how many attempts in a row may leave no outcome, because the process ends or the worker
    /// is dropped, while the message is the only one of its worker. After that it is a dead letter.
    /// They are not counted by the [`backoff`](Self::backoff). Defaults to 3; at least 1.
    ///
    /// Such a message is the only one of its worker, and not of the process: run one worker per
    /// process and inbox, with as much concurrency as you need.
    pub fn crash_limit(mut self, limit: u32) -> Self {
        self.settings.crash_limit = limit.max(1);
        self
    }

    /// Sets how often and after which delays a failed message is retried.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = backoff;
        self
    }

    /// Runs until `stop` is ready, then drains: it claims no more messages, waits for the handlers
    /// that run, and returns the report. Errors of the inbox do not end it; it retries.
    ///
    /// If the future is dropped, the worker stops without draining. The messages that were in
    /// progress are delivered again when their leases expire.
    pub async fn run(self, stop: impl Future<Output = ()>) -> WorkerReport {
        WorkerLoop::new(self).run(stop).await
    }

    /// Handles messages until none is due or a claim fails ([`WorkerReport::claim_errors`]), and
    /// returns the report: for tests, and for workers that a scheduler starts.
    pub async fn run_until_idle(self) -> WorkerReport {
        WorkerLoop::new(self).run_until_idle().await
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Worker")
            .field("inbox", &self.inbox)
            .field("router", &self.router)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

//! Works the inbox off.
//!
//! In: an inbox and a router. Out: handlers that are called, and messages that are done, due again
//! later, or dead. Afterwards no message is lost and none is in two hands at once: a lease is
//! renewed for as long as its handler runs, and a worker that dies leaves leases that end by
//! themselves. All of it is one future, on any executor: handlers that keep a processor busy should
//! spawn tasks of their own.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::router::Router;
use super::store::{Inbox, ClaimOrder};
use runtime::clock::Clock;
#[cfg(feature = "tokio")]
use runtime::clock::SystemClock;

mod backoff;
mod crew;
mod job;

pub use backoff::Backoff;

use crew::WorkerLoop;

/// Takes messages from an [`Inbox`] and gives them to the handlers of a [`Router`].
///
/// ```
/// # use webhooks::{Inbox, Router, WorkerSetupError, Worker};
/// # async fn example(inbox: impl Inbox, router: Router, stop: impl Future<Output = ()>)
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
    settings: Settings,
}

#[derive(Clone, Debug)]
struct Settings {
    concurrency: usize,
    lease: Duration,
    look_every: Duration,
    time_limit: Duration,
    drain: Duration,
    order: ClaimOrder,
    backoff: Backoff,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 8,
            lease: Duration::from_secs(60),
            look_every: Duration::from_secs(1),
            time_limit: Duration::from_secs(300),
            drain: Duration::from_secs(25),
            order: ClaimOrder::Any,
            backoff: Backoff::default(),
        }
    }
}

/// What a worker cannot be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkerSetupError {
    /// A type of event has two handlers.
    Repeated(&'static str),
    /// There are no handlers, and no fallback: every message would be done at once.
    NoHandlers,
}

impl fmt::Display for WorkerSetupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated(kind) => write!(out, "`{kind}` has two handlers: do both in one"),
            Self::NoHandlers => out.write_str("the router has no handlers and no fallback"),
        }
    }
}

impl std::error::Error for WorkerSetupError {}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Messages that a handler was done with.
    pub handled: u64,
    /// Messages that nobody handles, which are done.
    pub ignored: u64,
    /// Attempts that failed and will be repeated.
    pub failed: u64,
    /// Messages that became dead letters.
    pub buried: u64,
    /// Attempts whose lease was lost or whose end could not be stored: the message is delivered
    /// again, if it is not done.
    pub lost: u64,
    /// Times that the inbox was asked for messages and failed.
    pub unclaimed: u64,
    /// Handlers that were stopped because they were still busy when the time to end was over.
    pub stopped: u64,
}

impl Worker {
    /// A worker with the system's clock.
    ///
    /// # Errors
    /// If the router is of no use.
    #[cfg(feature = "tokio")]
    pub fn new(inbox: impl Inbox, router: Router) -> Result<Self, WorkerSetupError> {
        Self::with_clock(inbox, router, SystemClock)
    }

    /// A worker with another clock, whose timers must work where it runs.
    ///
    /// # Errors
    /// If the router is of no use.
    pub fn with_clock(
        inbox: impl Inbox,
        router: Router,
        clock: impl Clock,
    ) -> Result<Self, WorkerSetupError> {
        if let Some(kind) = router.repeated() {
            return Err(WorkerSetupError::DuplicateHandler(kind));
        }
        if router.is_empty() {
            return Err(WorkerSetupError::NoHandlers);
        }
        Ok(Self {
            inbox: Arc::new(inbox),
            router: Arc::new(router),
            clock: Arc::new(clock),
            settings: Settings::default(),
        })
    }

    /// How many messages are handled at once. 8 unless set.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.settings.concurrency = most.max(1);
        self
    }

    /// How long a message stays with a worker that died. A live one renews its leases three times
    /// within that time. One minute unless set.
    pub fn lease(mut self, time: Duration) -> Self {
        self.settings.lease = time.max(Duration::from_millis(10));
        self
    }

    /// How often the worker looks for messages that others have stored or that are due again.
    /// Those that this process stores wake it. One second unless set.
    pub fn look_every(mut self, time: Duration) -> Self {
        self.settings.look_every = time.max(Duration::from_millis(1));
        self
    }

    /// How long a handler may take; it has failed then, and its future is dropped. Five minutes
    /// unless set.
    pub fn time_limit(mut self, time: Duration) -> Self {
        self.settings.time_limit = time;
        self
    }

    /// How long handlers may go on when the worker is told to stop. 25 seconds unless set, which
    /// is less than the 30 that Kubernetes gives a process to end.
    pub fn drain(mut self, time: Duration) -> Self {
        self.settings.drain = time;
        self
    }

    /// In which order messages are handled. [`ClaimOrder::Any`] unless set.
    pub fn order(mut self, order: ClaimOrder) -> Self {
        self.settings.order = order;
        self
    }

    /// How often and when a failed message is tried again.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = backoff;
        self
    }

    /// Works until `stop` is ready, then lets the handlers that are under way finish, and answers
    /// what it did. It does not end by itself: while the inbox fails, it waits and tries again.
    ///
    /// Dropping the future stops at once; messages under way are delivered again when their leases
    /// are over.
    pub async fn run(self, stop: impl Future<Output = ()>) -> WorkerReport {
        WorkerLoop::new(self).run(stop).await
    }

    /// Handles what is due until nothing is, or until the inbox fails ([`WorkerReport::unclaimed`]),
    /// and answers what it did: for tests, and for workers that somebody else starts from time to
    /// time.
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

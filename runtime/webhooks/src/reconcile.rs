//! Catches up on events that never arrived.
//!
//! In: a client and an inbox. Out: every event that the API knows and the inbox does not, stored,
//! oldest first, and a [`ReconcileReport`] of what was found. Afterwards the inbox remembers how far the
//! sweep has come, so that the next one goes on from there, in whatever process. A sweep only
//! stores; a [`Worker`](crate::inbox::Worker) handles. Its calls have bulk priority: they go behind
//! everything that somebody waits for.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use runtime::client::Client;
use runtime::error::Error;
use crate::{Inbox, InboxError};
use wire::value::Timestamp;

mod ascent;
mod lists;
mod position;
mod report;

pub use report::{ReconcileGap, ReconcileReport};

use lists::Source;

/// The API keeps events for 30 days (<https://docs.stripe.com/api/events>). An hour less, so that
/// none is forgotten while a sweep is on its way.
const KEPT: Duration = Duration::from_secs(30 * 86_400 - 3_600);

/// Events of one second have no order, and one may be listed a little after it happened; so the
/// end of what was read is read again.
const OVERLAP: Duration = Duration::from_secs(600);

/// The API takes so many types (<https://docs.stripe.com/api/events/list>).
const MOST_TYPES: usize = 20;

/// Reads past events into an [`Inbox`].
///
/// ```
/// # use std::time::Duration;
/// # use runtime::client::Client;
/// # use webhooks::Inbox;
/// # use webhooks::{ReconcileError, Reconciler};
/// # async fn example(client: Client, inbox: impl Inbox + Clone, stop: impl Future<Output = ()>)
/// # -> Result<(), ReconcileError> {
/// // At start: whatever happened since the last sweep, while no process was there to take it.
/// let report = Reconciler::events(&client, inbox.clone()).run_once().await?;
/// println!("{report}");
///
/// // And from time to time, for deliveries that failed.
/// let sweeper = Reconciler::events(&client, inbox);
/// sweeper.run(Duration::from_secs(900), stop, |outcome| println!("{outcome:?}")).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Reconciler {
    client: Client,
    inbox: Arc<dyn Inbox>,
    source: Source,
    undelivered: bool,
    types: Vec<String>,
    account: Option<String>,
    since: Option<Timestamp>,
    overlap: Duration,
    kept: Duration,
    name: Option<String>,
}

/// Why a sweep ended early. What was stored by then stays, and the next sweep goes on from there.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReconcileError {
    /// The API cannot be asked.
    Call(Error),
    /// The inbox cannot be read or written.
    Inbox(InboxError),
    /// The sweeper is set up wrongly.
    Setup(&'static str),
}

impl fmt::Display for ReconcileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => write!(out, "past events cannot be listed: {error}"),
            Self::Inbox(error) => write!(out, "the inbox failed during the sweep: {error}"),
            Self::Setup(text) => out.write_str(text),
        }
    }
}

impl std::error::Error for ReconcileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Call(error) => Some(error),
            Self::Inbox(error) => Some(error),
            Self::Setup(_) => None,
        }
    }
}

impl From<Error> for ReconcileError {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<InboxError> for ReconcileError {
    fn from(error: InboxError) -> Self {
        Self::Inbox(error)
    }
}

impl Reconciler {
    /// Reads events with snapshots.
    pub fn events(client: impl AsRef<Client>, inbox: impl Inbox) -> Self {
        Self::new(client.as_ref(), Arc::new(inbox), Source::Events)
    }

    /// Reads the events behind notifications.
    pub fn notifications(client: impl AsRef<Client>, inbox: impl Inbox) -> Self {
        Self::new(client.as_ref(), Arc::new(inbox), Source::Notifications)
    }

    fn new(client: &Client, inbox: Arc<dyn Inbox>, source: Source) -> Self {
        Self {
            client: client.clone(),
            inbox,
            source,
            undelivered: false,
            types: Vec::new(),
            account: None,
            since: None,
            overlap: OVERLAP,
            kept: KEPT,
            name: None,
        }
    }

    /// Only events that an endpoint has not taken: fewer to read, but blind to an endpoint that
    /// answered 200 and lost them. Events with snapshots only.
    pub fn undelivered(mut self) -> Self {
        self.undelivered = true;
        self
    }

    /// Only events of these types; at most 20. All of them unless set.
    pub fn types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// The events of a connected account, or of a context for notifications. Webhooks of connected
    /// accounts say whose they are; what is listed does not, so the sweep adds it.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Where the first sweep begins; later ones go on where the last one ended. Unless set, the
    /// first one begins now: handlers would not expect events of before they were there.
    pub fn since(mut self, moment: impl Into<Timestamp>) -> Self {
        self.since = Some(moment.into());
        self
    }

    /// How much of what was read last time is read again. Ten minutes unless set.
    pub fn overlap(mut self, time: Duration) -> Self {
        self.overlap = time;
        self
    }

    /// For how long the API keeps events. An hour less than 30 days unless set.
    pub fn kept(mut self, time: Duration) -> Self {
        self.kept = time;
        self
    }

    /// The name under which the inbox remembers how far this sweeper has come. Unless set, it is
    /// made of what is read: kind, account, types. So a sweeper that is given other types begins
    /// anew ([`ReconcileReport::first`]); with a name of your own it goes on.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Reads what there is and answers what was found.
    ///
    /// # Errors
    /// If the API or the inbox fails. What was stored stays, and the next sweep goes on.
    pub async fn sweep(&self) -> Result<ReconcileReport, ReconcileError> {
        if self.types.len() > MOST_TYPES {
            return Err(ReconcileError::Configuration(
                "a sweep takes at most 20 types: use several sweepers, or none to read all",
            ));
        }
        if self.undelivered && self.source == Source::Notifications {
            return Err(ReconcileError::Configuration(
                "the API does not tell which notifications were not delivered",
            ));
        }
        self.ascend().await
    }

    /// Sweeps again and again until `stop` is ready, `every` so often, give or take a tenth, and
    /// tells each outcome.
    pub async fn run(
        &self,
        every: Duration,
        stop: impl Future<Output = ()>,
        mut told: impl FnMut(Result<ReconcileReport, ReconcileError>),
    ) {
        let clock = self.client.clock();
        let mut stop = pin!(stop);
        loop {
            match select(stop.as_mut(), pin!(self.run_once())).await {
                Either::Left(_) => return,
                Either::Right((outcome, _)) => told(outcome),
            }
            // Processes that started together should not ask together.
            let spread = every / 5;
            #[expect(clippy::cast_precision_loss, reason = "chance need not be exact")]
            let chance = clock.random() as f64 / u64::MAX as f64;
            let pause = every.saturating_sub(every / 10) + spread.mul_f64(chance.min(1.0));
            if let Either::Left(_) = select(stop.as_mut(), clock.sleep(pause)).await {
                return;
            }
        }
    }

    fn position_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let mut types = self.types.clone();
            types.sort_unstable();
            let account = self.account.as_deref().unwrap_or_default();
            let which = if self.undelivered {
                "undelivered"
            } else {
                "all"
            };
            format!(
                "sweep/{}/{which}/{account}/{}",
                self.source.name(),
                types.join(",")
            )
        })
    }
}

impl fmt::Debug for Reconciler {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sweeper")
            .field("source", &self.source)
            .field("undelivered", &self.undelivered)
            .field("types", &self.types)
            .field("account", &self.account)
            .field("since", &self.since)
            .field("inbox", &self.inbox)
            .finish_non_exhaustive()
    }
}

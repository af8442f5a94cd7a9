//! Reconciles an inbox with the API's list of past events.
//!
//! In: a client and an inbox. Out: every event that the API lists and the inbox does not have,
//! stored, oldest first, and a [`ReconcileReport`]. The inbox keeps the watermark, so that the next
//! run continues from there, in any process. Events are only stored; a [`Worker`](crate::Worker)
//! handles them. The calls have bulk priority in the rate limiter.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use runtime::client::Client;
use runtime::error::Error;
use wire::value::Timestamp;

use crate::queue::{Inbox, InboxError};

mod backfill;
mod lists;
mod report;
mod watermark;

pub use report::{ReconcileGap, ReconcileReport};

use lists::EventList;

/// The API keeps events for 30 days (<https://docs.stripe.com/api/events>). One hour less, so that
/// none expires during a run.
const RETENTION: Duration = Duration::from_secs(30 * 86_400 - 3_600);

/// Events of one second are not ordered, and an event may be listed a little after it happened, so
/// the last ten minutes are read again.
const OVERLAP: Duration = Duration::from_secs(600);

/// The maximum number of types in a list request (<https://docs.stripe.com/api/events/list>).
const MAX_TYPES: usize = 20;

/// Stores events that were not delivered in an [`Inbox`].
///
/// ```
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use runtime::client::Client;
/// # use webhooks::{Inbox, ReconcileError, Reconciler};
/// # async fn example(client: Client, inbox: Arc<dyn Inbox>, stop: impl Future<Output = ()>)
/// # -> Result<(), ReconcileError> {
/// let reconciler = Reconciler::events(&client, inbox);
/// // At start: what happened since the last run, while no process received events.
/// let report = reconciler.run_once().await?;
/// println!("{report}");
///
/// // And periodically, for deliveries that failed.
/// reconciler.run(Duration::from_secs(900), stop, |result| println!("{result:?}")).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Reconciler {
    client: Client,
    inbox: Arc<dyn Inbox>,
    list: EventList,
    undelivered: bool,
    types: Vec<String>,
    account: Option<String>,
    since: Option<Timestamp>,
    overlap: Duration,
    retention: Duration,
    name: Option<String>,
}

/// Why a run ended early. Stored events are kept, and the next run continues from there.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReconcileError {
    /// A call of the API failed.
    Api(Error),
    /// The inbox cannot be read or written.
    Inbox(InboxError),
    /// The reconciler's settings are contradictory.
    Configuration(&'static str),
}

impl fmt::Display for ReconcileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => write!(out, "past events cannot be listed: {error}"),
            Self::Inbox(error) => write!(out, "the inbox failed while reconciling: {error}"),
            Self::Configuration(text) => out.write_str(text),
        }
    }
}

impl std::error::Error for ReconcileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Api(error) => Some(error),
            Self::Inbox(error) => Some(error),
            Self::Configuration(_) => None,
        }
    }
}

impl From<Error> for ReconcileError {
    fn from(error: Error) -> Self {
        Self::Api(error)
    }
}

impl From<InboxError> for ReconcileError {
    fn from(error: InboxError) -> Self {
        Self::Inbox(error)
    }
}

impl Reconciler {
    /// Reconciles events with snapshots.
    pub fn events(client: impl AsRef<Client>, inbox: impl Into<Arc<dyn Inbox>>) -> Self {
        Self::new(client.as_ref(), inbox.into(), EventList::Events)
    }

    /// Reconciles the events of notifications.
    pub fn notifications(client: impl AsRef<Client>, inbox: impl Into<Arc<dyn Inbox>>) -> Self {
        Self::new(client.as_ref(), inbox.into(), EventList::Notifications)
    }

    fn new(client: &Client, inbox: Arc<dyn Inbox>, list: EventList) -> Self {
        Self {
            client: client.clone(),
            inbox,
            list,
            undelivered: false,
            types: Vec::new(),
            account: None,
            since: None,
            overlap: OVERLAP,
            retention: RETENTION,
            name: None,
        }
    }

    /// Lists only events that an endpoint has not acknowledged. This reads fewer pages, but does
    /// not find events that an endpoint acknowledged and lost. For events with snapshots only.
    pub fn undelivered(mut self) -> Self {
        self.undelivered = true;
        self
    }

    /// Lists only events of these types, at most 20. Defaults to all.
    pub fn types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Lists the events of a connected account, or of a context for notifications. Webhooks of
    /// connected accounts name the account and lists do not, so it is added to what is stored.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Sets the time at which the first run begins; later runs continue from the watermark.
    /// Defaults to now, as handlers would not expect events from before they existed.
    pub fn since(mut self, time: impl Into<Timestamp>) -> Self {
        self.since = Some(time.into());
        self
    }

    /// Sets the length of time before the watermark that is read again. Defaults to ten minutes.
    pub fn overlap(mut self, time: Duration) -> Self {
        self.overlap = time;
        self
    }

    /// Sets for how long the API keeps events. Defaults to one hour less than 30 days.
    pub fn retention(mut self, time: Duration) -> Self {
        self.retention = time;
        self
    }

    /// Sets the name of the watermark in the inbox. Defaults to a name made of the list, the
    /// account and the types, so a reconciler with other types starts anew
    /// ([`ReconcileReport::is_initial_run`]); with a name of its own it continues.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Stores the missing events in one run.
    ///
    /// # Errors
    /// Returns an error if the API or the inbox fails. Stored events are kept, and the next run
    /// continues.
    pub async fn run_once(&self) -> Result<ReconcileReport, ReconcileError> {
        if self.types.len() > MAX_TYPES {
            return Err(ReconcileError::Configuration(
                "a reconciler takes at most 20 types: use several, or no types to list all",
            ));
        }
        if self.undelivered && self.list == EventList::Notifications {
            return Err(ReconcileError::Configuration(
                "the API cannot list undelivered notifications",
            ));
        }
        self.run_backfill().await
    }

    /// Runs repeatedly until `stop` is ready, with `interval` between two runs, varied by a tenth,
    /// and passes each result to `on_result`.
    pub async fn run(
        &self,
        interval: Duration,
        stop: impl Future<Output = ()>,
        mut on_result: impl FnMut(Result<ReconcileReport, ReconcileError>),
    ) {
        let clock = self.client.clock();
        let mut stop = pin!(stop);
        loop {
            match select(stop.as_mut(), pin!(self.run_once())).await {
                Either::Left(_) => return,
                Either::Right((result, _)) => on_result(result),
            }
            // Processes that started together should not send requests together.
            let spread = interval / 5;
            #[expect(clippy::cast_precision_loss, reason = "jitter need not be exact")]
            let fraction = clock.random() as f64 / u64::MAX as f64;
            let delay = interval.saturating_sub(interval / 10) + spread.mul_f64(fraction.min(1.0));
            if let Either::Left(_) = select(stop.as_mut(), clock.sleep(delay)).await {
                return;
            }
        }
    }

    fn watermark_name(&self) -> String {
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
                "reconcile/{}/{which}/{account}/{}",
                self.list.name(),
                types.join(",")
            )
        })
    }
}

impl fmt::Debug for Reconciler {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reconciler")
            .field("list", &self.list)
            .field("undelivered", &self.undelivered)
            .field("types", &self.types)
            .field("account", &self.account)
            .field("since", &self.since)
            .field("inbox", &self.inbox)
            .finish_non_exhaustive()
    }
}

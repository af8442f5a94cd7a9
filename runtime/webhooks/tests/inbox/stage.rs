//! The stage of a case: an inbox, and a way to let time pass.

use std::sync::Arc;
use std::time::Duration;

use runtime::clock::BoxFuture;
use runtime::value::Timestamp;
use testing::ManualClock;
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, InboxAdmin, InboxMessage, MemoryInbox,
    MessageOutcome, MessageRecord, MessageState,
};

/// The default duration of leases.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// Lets time pass.
pub(crate) type Pass = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// An empty inbox of any kind.
pub(crate) struct Stage {
    pub(crate) inbox: Arc<dyn InboxAdmin>,
    pass: Pass,
}

impl Stage {
    pub(crate) fn new(inbox: impl InboxAdmin, pass: Pass) -> Self {
        let inbox = Arc::new(inbox);
        Self { inbox, pass }
    }

    /// An inbox whose time is this clock's.
    pub(crate) fn by_clock(inbox: impl InboxAdmin, clock: ManualClock) -> Self {
        let pass = move |time| {
            clock.advance(time);
            Box::pin(std::future::ready(())) as BoxFuture<'static, ()>
        };
        Self::new(inbox, Box::new(pass))
    }

    pub(crate) async fn pass(&self, time: Duration) {
        (self.pass)(time).await;
    }

    pub(crate) async fn pass_secs(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds)).await;
    }

    /// Stores messages, each a little after the other.
    pub(crate) async fn store(&self, entries: &[InboxMessage]) {
        for entry in entries {
            self.inbox
                .store_messages(std::slice::from_ref(entry))
                .await
                .expect("stored");
            self.pass(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn claim(&self, limit: usize) -> Vec<ClaimedMessage> {
        self.claim_as_a_worker(&ClaimRequest::new(limit, LEASE))
            .await
    }

    /// One suspect, or else other messages.
    async fn claim_as_a_worker(&self, request: &ClaimRequest) -> Vec<ClaimedMessage> {
        match self.inbox.claim_suspect(request).await.expect("claims") {
            Some(suspect) => vec![suspect],
            None => self.inbox.claim_messages(request).await.expect("claims"),
        }
    }

    /// Claims one suspect.
    pub(crate) async fn claim_suspect(&self, order: ClaimOrder) -> Option<ClaimedMessage> {
        let request = ClaimRequest::new(10, LEASE).order(order);
        self.inbox.claim_suspect(&request).await.expect("claims")
    }

    pub(crate) async fn has_suspects(&self, order: ClaimOrder) -> bool {
        self.inbox.has_suspects(order).await.expect("readable")
    }

    pub(crate) async fn finish(&self, claim: &ClaimedMessage, outcome: MessageOutcome) {
        let finished = self.inbox.finish_message(&claim.lease, outcome).await;
        finished.expect("the lease is held");
    }

    /// The ids of what is claimed in order.
    pub(crate) async fn claim_in_order(&self) -> Vec<ClaimedMessage> {
        let request = ClaimRequest::new(100, LEASE).order(ClaimOrder::PerObject);
        self.claim_as_a_worker(&request).await
    }

    /// The only message that is due.
    pub(crate) async fn claim_one(&self) -> ClaimedMessage {
        let mut claims = self.claim(10).await;
        assert_eq!(claims.len(), 1, "{claims:?}");
        claims.pop().expect("one")
    }

    /// Makes a dead letter of the only message that is due.
    pub(crate) async fn dead_letter_one(&self, reason: &str) {
        let claim = self.claim_one().await;
        let finish = self
            .inbox
            .finish_message(&claim.lease, dead_lettered(reason));
        finish.await.expect("dead-lettered");
        self.pass(Duration::from_millis(5)).await;
    }

    pub(crate) async fn find(&self, id: &str) -> MessageRecord {
        let found = self.inbox.find_message(id).await.expect("readable");
        found.expect("a record")
    }

    pub(crate) async fn state(&self, id: &str) -> MessageState {
        self.find(id).await.state
    }
}

pub(crate) fn ids(claims: &[ClaimedMessage]) -> Vec<&str> {
    claims
        .iter()
        .map(|claim| claim.message.id.as_str())
        .collect()
}

/// The outcome of a failed attempt.
pub(crate) fn failed(reason: &str, retry_in: Duration) -> MessageOutcome {
    let reason = reason.to_owned();
    MessageOutcome::Failed { reason, retry_in }
}

/// The outcome of a message that cannot be handled.
pub(crate) fn dead_lettered(reason: &str) -> MessageOutcome {
    let reason = reason.to_owned();
    MessageOutcome::DeadLettered { reason }
}

/// A message about no object.
pub(crate) fn entry(id: &str) -> InboxMessage {
    about(id, None, 1_700_000_000)
}

/// A message about this object of that second.
pub(crate) fn of(id: &str, object: &str, created: i64) -> InboxMessage {
    about(id, Some(object), created)
}

fn about(id: &str, object: Option<&str>, created: i64) -> InboxMessage {
    let body = format!(r#"{{"id": "{}"}}"#, id.escape_default());
    InboxMessage::new(
        id.to_owned(),
        "invoice.paid".to_owned(),
        Timestamp(created),
        object.map(str::to_owned),
        body.parse().unwrap_or_default(),
    )
}

/// Runs a case in memory.
pub(crate) async fn in_memory(case: impl AsyncFnOnce(&Stage)) {
    let clock = ManualClock::new();
    let inbox = MemoryInbox::with_clock(clock.clone());
    case(&Stage::by_clock(inbox, clock)).await;
}

/// The result of polling once.
pub(crate) fn polled<T>(future: &mut BoxFuture<'_, T>) -> std::task::Poll<T> {
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    future.as_mut().poll(&mut context)
}

//! An inbox that keeps nothing, to measure the rest.

use std::time::Duration;

use runtime::clock::BoxFuture;
use webhooks::{
    WakeSignal, ClaimedMessage, ClaimRequest, DeadLetter, InboxMessage, Inbox, InboxError, MessageLease, MessageRecord, InboxStats, StoreOutcome,
};

/// Says that it has stored everything, and has nothing.
#[derive(Clone, Debug, Default)]
pub struct NullInbox(WakeSignal);

/// A future that is ready.
fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, InboxError>> {
    Box::pin(async { Ok(value) })
}

impl Inbox for NullInbox {
    fn store<'a>(&'a self, entries: &'a [InboxMessage]) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        ready(vec![StoreOutcome::New; entries.len()])
    }

    fn claim<'a>(&'a self, _: &'a ClaimRequest) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, InboxError>> {
        ready(Vec::new())
    }

    fn renew<'a>(&'a self, _: &'a MessageLease, _: Duration) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn complete<'a>(&'a self, _: &'a MessageLease) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn fail<'a>(
        &'a self,
        _: &'a MessageLease,
        _: &'a str,
        _: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn bury<'a>(&'a self, _: &'a MessageLease, _: &'a str) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn release<'a>(&'a self, _: &'a MessageLease) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn dead_letters<'a>(
        &'a self,
        _: Option<&'a str>,
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        ready(Vec::new())
    }

    fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>> {
        ready(None)
    }

    fn replay<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        ready(false)
    }

    fn discard<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        ready(false)
    }

    fn stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>> {
        ready(InboxStats::default())
    }

    fn prune(&self, _: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        ready(0)
    }

    fn position<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        ready(None)
    }

    fn set_position<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn bell(&self) -> WakeSignal {
        self.0.clone()
    }
}

//! An inbox that keeps nothing, to measure the rest.

use std::time::Duration;

use runtime::clock::BoxFuture;
use webhooks::inbox::{
    Bell, Claim, ClaimRequest, DeadLetter, Entry, Inbox, InboxError, Lease, Record, Stats, Stored,
};

/// Says that it has stored everything, and has nothing.
#[derive(Clone, Debug, Default)]
pub struct Nothing(Bell);

/// A future that is ready.
fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, InboxError>> {
    Box::pin(async { Ok(value) })
}

impl Inbox for Nothing {
    fn store<'a>(&'a self, entries: &'a [Entry]) -> BoxFuture<'a, Result<Vec<Stored>, InboxError>> {
        ready(vec![Stored::New; entries.len()])
    }

    fn claim<'a>(&'a self, _: &'a ClaimRequest) -> BoxFuture<'a, Result<Vec<Claim>, InboxError>> {
        ready(Vec::new())
    }

    fn renew<'a>(&'a self, _: &'a Lease, _: Duration) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn complete<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn fail<'a>(
        &'a self,
        _: &'a Lease,
        _: &'a str,
        _: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn bury<'a>(&'a self, _: &'a Lease, _: &'a str) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn release<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn dead_letters<'a>(
        &'a self,
        _: Option<&'a str>,
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        ready(Vec::new())
    }

    fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Record>, InboxError>> {
        ready(None)
    }

    fn replay<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        ready(false)
    }

    fn discard<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        ready(false)
    }

    fn stats(&self) -> BoxFuture<'_, Result<Stats, InboxError>> {
        ready(Stats::default())
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

    fn bell(&self) -> Bell {
        self.0.clone()
    }
}

//! An inbox whose database is away.

use std::future::pending;
use std::time::Duration;

use runtime::clock::BoxFuture;
use webhooks::{
    WakeSignal, ClaimedMessage, ClaimRequest, DeadLetter, InboxMessage, Inbox, InboxError, InboxErrorKind, MessageLease, MessageRecord,
    InboxStats, StoreOutcome,
};

/// Fails at everything, or never answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken {
    pub(crate) hangs: bool,
}

type Fails<'a, T> = BoxFuture<'a, Result<T, InboxError>>;

impl Broken {
    fn failing<'a, T: Send + 'a>(&self) -> Fails<'a, T> {
        if self.hangs {
            return Box::pin(pending());
        }
        Box::pin(async { Err(InboxError::new(InboxErrorKind::Unavailable, "it is away")) })
    }
}

impl Inbox for Broken {
    fn store<'a>(&'a self, _: &'a [InboxMessage]) -> Fails<'a, Vec<StoreOutcome>> {
        self.failing()
    }

    fn claim<'a>(&'a self, _: &'a ClaimRequest) -> Fails<'a, Vec<ClaimedMessage>> {
        self.failing()
    }

    fn renew<'a>(&'a self, _: &'a MessageLease, _: Duration) -> Fails<'a, ()> {
        self.failing()
    }

    fn complete<'a>(&'a self, _: &'a MessageLease) -> Fails<'a, ()> {
        self.failing()
    }

    fn fail<'a>(&'a self, _: &'a MessageLease, _: &'a str, _: Duration) -> Fails<'a, ()> {
        self.failing()
    }

    fn bury<'a>(&'a self, _: &'a MessageLease, _: &'a str) -> Fails<'a, ()> {
        self.failing()
    }

    fn release<'a>(&'a self, _: &'a MessageLease) -> Fails<'a, ()> {
        self.failing()
    }

    fn dead_letters<'a>(&'a self, _: Option<&'a str>, _: usize) -> Fails<'a, Vec<DeadLetter>> {
        self.failing()
    }

    fn find<'a>(&'a self, _: &'a str) -> Fails<'a, Option<MessageRecord>> {
        self.failing()
    }

    fn replay<'a>(&'a self, _: &'a str) -> Fails<'a, bool> {
        self.failing()
    }

    fn discard<'a>(&'a self, _: &'a str) -> Fails<'a, bool> {
        self.failing()
    }

    fn stats(&self) -> Fails<'_, InboxStats> {
        self.failing()
    }

    fn prune(&self, _: Duration) -> Fails<'_, u64> {
        self.failing()
    }

    fn position<'a>(&'a self, _: &'a str) -> Fails<'a, Option<String>> {
        self.failing()
    }

    fn set_position<'a>(&'a self, _: &'a str, _: &'a str) -> Fails<'a, ()> {
        self.failing()
    }

    fn bell(&self) -> WakeSignal {
        WakeSignal::new()
    }
}

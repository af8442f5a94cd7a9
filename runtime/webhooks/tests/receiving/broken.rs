//! An inbox whose database is not available.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use runtime::clock::BoxFuture;
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, Inbox, InboxError, InboxErrorKind, InboxMessage,
    MessageLease, MessageOutcome, StoreOutcome, WakeSignal,
};

/// Returns an error from every operation, or never completes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrokenInbox {
    pub(crate) hangs: bool,
}

type Fails<'a, T> = BoxFuture<'a, Result<T, InboxError>>;

impl BrokenInbox {
    fn failing<'a, T: Send + 'a>(&self) -> Fails<'a, T> {
        if self.hangs {
            return Box::pin(pending());
        }
        Box::pin(async { Err(InboxError::new(InboxErrorKind::Unavailable, "it is away")) })
    }
}

impl From<BrokenInbox> for Arc<dyn Inbox> {
    fn from(inbox: BrokenInbox) -> Self {
        Arc::new(inbox)
    }
}

impl Inbox for BrokenInbox {
    fn store_messages<'a>(&'a self, _: &'a [InboxMessage]) -> Fails<'a, Vec<StoreOutcome>> {
        self.failing()
    }

    fn claim_messages<'a>(&'a self, _: &'a ClaimRequest) -> Fails<'a, Vec<ClaimedMessage>> {
        self.failing()
    }

    fn has_suspects(&self, _: ClaimOrder) -> Fails<'_, bool> {
        self.failing()
    }

    fn dead_letter_suspects(&self, _: u32) -> Fails<'_, Vec<String>> {
        self.failing()
    }

    fn claim_suspect<'a>(&'a self, _: &'a ClaimRequest) -> Fails<'a, Option<ClaimedMessage>> {
        self.failing()
    }

    fn renew_lease<'a>(&'a self, _: &'a MessageLease, _: Duration) -> Fails<'a, ()> {
        self.failing()
    }

    fn finish_message<'a>(&'a self, _: &'a MessageLease, _: MessageOutcome) -> Fails<'a, ()> {
        self.failing()
    }

    fn read_watermark<'a>(&'a self, _: &'a str) -> Fails<'a, Option<String>> {
        self.failing()
    }

    fn write_watermark<'a>(&'a self, _: &'a str, _: &'a str) -> Fails<'a, ()> {
        self.failing()
    }

    fn wake_signal(&self) -> WakeSignal {
        WakeSignal::new()
    }
}

//! An inbox that stores nothing, as the baseline of a measurement.

use std::sync::Arc;
use std::time::Duration;

use runtime::clock::BoxFuture;
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, Inbox, InboxError, InboxMessage, MessageLease,
    MessageOutcome, StoreOutcome, WakeSignal,
};

/// Reports every message as stored, and stores none.
#[derive(Clone, Debug, Default)]
pub struct NullInbox(WakeSignal);

impl From<NullInbox> for Arc<dyn Inbox> {
    fn from(inbox: NullInbox) -> Self {
        Arc::new(inbox)
    }
}

/// A future that is ready.
fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, InboxError>> {
    Box::pin(async { Ok(value) })
}

impl Inbox for NullInbox {
    fn store_messages<'a>(
        &'a self,
        messages: &'a [InboxMessage],
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        ready(vec![StoreOutcome::New; messages.len()])
    }

    fn claim_messages<'a>(
        &'a self,
        _: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, InboxError>> {
        ready(Vec::new())
    }

    fn has_suspects(&self, _: ClaimOrder) -> BoxFuture<'_, Result<bool, InboxError>> {
        ready(false)
    }

    fn dead_letter_suspects(&self, _: u32) -> BoxFuture<'_, Result<Vec<String>, InboxError>> {
        ready(Vec::new())
    }

    fn claim_suspect<'a>(
        &'a self,
        _: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Option<ClaimedMessage>, InboxError>> {
        ready(None)
    }

    fn renew_lease<'a>(
        &'a self,
        _: &'a MessageLease,
        _: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn finish_message<'a>(
        &'a self,
        _: &'a MessageLease,
        _: MessageOutcome,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn read_watermark<'a>(
        &'a self,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        ready(None)
    }

    fn write_watermark<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        ready(())
    }

    fn wake_signal(&self) -> WakeSignal {
        self.0.clone()
    }
}

//! Calls that bring a write of an earlier call to an end.
//!
//! In: a [`PendingWrite`]. Out: a draft of the same request, byte for byte, under the same key
//! and to the same host, with the credentials of today. Options that say how the call is carried
//! (time limits, retries, priority) are free; those that say what it means are refused, since
//! the server compares the request with the one that it knows.

use std::borrow::Cow;
use std::sync::Arc;

use super::Draft;
use crate::call::params::Params;
use crate::client::Client;
use crate::error::Error;
use crate::http::PendingWrite;
use crate::idempotency::IdempotencyKey;
use crate::operation::{Method, OperationSpec};

impl Draft {
    /// A write that was begun before: the same bytes under the same key.
    pub(crate) fn resumed(client: &Client, write: &PendingWrite) -> Box<Self> {
        let method = match write.method {
            http::Method::DELETE => Method::Delete,
            _ => Method::Post,
        };
        let mut draft = Self::raw(client, method, &write.target);
        if write.method != method.as_http() {
            draft.blame("the pending write is neither a POST nor a DELETE".into());
        }
        draft.host = Cow::Owned(write.host.clone());
        draft.params = Params::verbatim_body(write.body.clone());
        for (name, value) in &write.headers {
            draft.set_header(name, value);
        }
        draft.set_key(IdempotencyKey::new(write.key.as_str()));
        // The headers of the write say for whom it is, and nothing else does.
        draft.options.account = Some(account_of(client, write));
        draft.resumed = Some(Arc::new(write.clone()));
        draft
    }

    /// A write of a known operation that was begun before.
    pub(crate) fn resumed_as(
        client: &Client,
        spec: &'static OperationSpec,
        write: &PendingWrite,
        accept: &'static str,
    ) -> Box<Self> {
        let mut draft = Self::resumed(client, write);
        draft.operation = spec.id;
        draft.template = spec.path;
        draft.class = spec.rate_class;
        draft.slow = spec.timeout;
        draft.accept = accept;
        if write.operation != spec.id {
            let found = match write.operation.as_str() {
                "" => "a raw request",
                id => id,
            };
            let fault = format!("the pending write is {found}, not {}", spec.id);
            draft.blame(fault.into());
        }
        draft
    }

    /// Refuses a resumed write that is too old, or that an option was to change.
    pub(super) fn check_resumed(&self) -> Result<(), Error> {
        let Some(write) = &self.resumed else {
            return Ok(());
        };
        let now = self.client.shared.engine.clock.calendar();
        if !self.options.allow_expired_key && !write.is_resumable(now) {
            return Err(Error::build(
                "the write is too old to be resumed, since its key may have expired at the server, \
                 which would then do the work again: find out whether it was carried out, then \
                 call `discard_pending` or `allow_expired_key`",
            ));
        }
        match self.change(write) {
            Some(what) => Err(Error::build(format!(
                "a resumed write cannot be changed, but {what} was set"
            ))),
            None => Ok(()),
        }
    }

    /// What differs from the write, if anything does.
    fn change(&self, write: &PendingWrite) -> Option<&'static str> {
        let options = &self.options;
        let key = options.key.as_ref().map(IdempotencyKey::as_str);
        let account = account_of(&self.client, write);
        if key != Some(write.key.as_str()) {
            Some("another idempotency key")
        } else if options.account != Some(account) || options.context.is_some() {
            Some("an account or a context")
        } else if options.api_version.is_some() {
            Some("an API version")
        } else if self.host != write.host {
            Some("another host")
        } else if !self.params.is_verbatim() {
            Some("another body")
        } else if self.has_other_headers(write) {
            Some("a header that is part of it")
        } else {
            None
        }
    }

    /// Whether a header that decides what the request means was replaced or added. Others may
    /// be added, such as those of a trace.
    fn has_other_headers(&self, write: &PendingWrite) -> bool {
        let api = self.client.api();
        let telling = [api.version_header, api.account_header, api.context_header];
        let own = &self.options.headers;
        let replaced = write
            .headers
            .iter()
            .any(|(name, value)| own.get(name).is_none_or(|now| now != value.as_str()));
        let added = telling
            .into_iter()
            .flatten()
            .chain(["content-type"])
            .any(|name| own.contains_key(name) && !has(write, name));
        replaced || added
    }
}

fn has(write: &PendingWrite, name: &str) -> bool {
    write
        .headers
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The account that a write is for; empty for the key's own.
fn account_of(client: &Client, write: &PendingWrite) -> String {
    let name = client.api().account_header.unwrap_or_default();
    let account = write.header(&name.to_ascii_lowercase());
    account.unwrap_or_default().to_owned()
}

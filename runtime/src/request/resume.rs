//! Pending writes: how they are made of requests, and how they are resumed.
//!
//! In: a request, or a [`PendingWrite`]. Out: the pending write, or the same request, byte for
//! byte, under the same key and to the same host, with the current credentials. Options of the
//! execution (time limits, retries, priority) are allowed. Options that change the request are
//! errors, since the server compares it with the first one under the same key.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderName, HeaderValue, header};

use super::{PreparedRequest, RequestDefaults};
use crate::codec::EncodedParams;
use crate::error::Error;
use crate::http::PendingWrite;
use crate::idempotency::{IDEMPOTENCY_KEY, IdempotencyKey};
use crate::operation::{ApiSpec, Method, OperationSpec};

/// The headers that every request has and that do not change its meaning.
const INSIGNIFICANT: [HeaderName; 3] = [header::ACCEPT, header::CONTENT_LENGTH, header::USER_AGENT];

impl PreparedRequest {
    /// A pending write, which must not need the credentials of its operation to be known.
    pub(crate) fn for_pending_write(defaults: &RequestDefaults, write: &PendingWrite) -> Box<Self> {
        let mut prepared = Self::same_write(defaults, write);
        if prepared.security.len() > 1 && !write.operation.is_empty() {
            let error = format!(
                "the API has several security schemes, and the credential of another one would \
                 make it another write: call `resume_as` with the type of the operation `{}`",
                write.operation
            );
            prepared.set_build_error(error.into());
        }
        prepared
    }

    /// A pending write: the same bytes under the same key.
    fn same_write(defaults: &RequestDefaults, write: &PendingWrite) -> Box<Self> {
        let method = Method::parse(write.method.as_str()).filter(|method| !method.is_safe());
        let mut prepared = Self::for_path(defaults, method.unwrap_or(Method::Post), &write.target);
        if method.is_none() {
            prepared.set_build_error("the method of the pending write is not one of writes".into());
        }
        prepared.host = Cow::Owned(write.host.clone());
        prepared.params = EncodedParams::verbatim_body(write.body.clone());
        for (name, value) in &write.headers {
            prepared.set_header(name, value);
        }
        prepared.set_key(IdempotencyKey::new(write.key.as_str()));
        // The account is that of the write's headers, not the client's.
        prepared.replace_scope();
        if let Some(account) = account_of(defaults.api, write) {
            prepared.set_account(account.to_owned());
        }
        prepared.resumes = Some(Arc::new(write.clone()));
        prepared
    }

    /// A pending write of a known operation.
    pub(crate) fn for_pending_operation(
        defaults: &RequestDefaults,
        spec: &'static OperationSpec,
        write: &PendingWrite,
        accept: &'static str,
    ) -> Box<Self> {
        let mut prepared = Self::same_write(defaults, write);
        prepared.set_operation(spec, accept);
        if prepared.method != spec.method {
            let error = format!("the pending write is a {}, not {}", write.method, spec.id);
            prepared.set_build_error(error.into());
        }
        if write.operation != spec.id {
            let found = match write.operation.as_str() {
                "" => "a raw request",
                id => id,
            };
            let error = format!("the pending write is {found}, not {}", spec.id);
            prepared.set_build_error(error.into());
        }
        prepared
    }

    /// The write as it is sent, if it is one and has a key. One with a file that is not in memory
    /// cannot be kept. `live` is the mode of the API key.
    pub(crate) fn pending_write(
        &self,
        began: SystemTime,
        live: Option<bool>,
    ) -> Option<Arc<PendingWrite>> {
        if let Some(write) = &self.resumes {
            return Some(Arc::clone(write));
        }
        // Credentials of the caller are not stored, and with other credentials it would be another
        // write. The same is true of parameters that are sent as headers of credentials.
        let request = &self.request;
        let has_secret_params = request.headers.values().any(HeaderValue::is_sensitive);
        if self.method.is_safe() || self.has_own_credential() || has_secret_params {
            return None;
        }
        let target = request.uri.path_and_query()?.as_str();
        let target = target.get(self.base_path_len..)?;
        let body = match &request.upload {
            Some(upload) if upload.is_in_memory() => upload.read_to_bytes().ok()?,
            Some(_) => return None,
            None => request.body.clone(),
        };
        let (key, method) = (self.key_text()?, request.method.clone());
        let mut write = PendingWrite::new(key, method, &*self.host, target, began);
        write.operation = request.operation.to_owned();
        write.live = live;
        write.body = body;
        for (name, value) in request.headers.iter().chain(&self.headers) {
            let Ok(text) = value.to_str() else { continue };
            if value.is_sensitive() || INSIGNIFICANT.contains(name) {
                continue;
            }
            let headers = &mut write.headers;
            headers.retain(|(known, _)| known != name.as_str());
            headers.push((name.as_str().to_owned(), text.to_owned()));
        }
        if self.key_header != IDEMPOTENCY_KEY {
            // A raw request that resumes the write does not know the name.
            let key_header = self.key_header.as_str().to_owned();
            write.headers.push((key_header, key.to_owned()));
        }
        Some(Arc::new(write))
    }

    /// Refuses a write that was begun so long ago that the server may have discarded its key.
    pub(crate) fn check_key_age(&self, write: &PendingWrite, now: SystemTime) -> Result<(), Error> {
        if self.allow_expired_key || write.is_resumable(now) {
            return Ok(());
        }
        Err(Error::build(
            "the write was begun too long ago to be sent again, since the server may have \
             discarded its key and carry it out again: look up what became of it, then discard it \
             or call `allow_expired_key`",
        ))
    }

    /// Refuses a resumed write that is too old, or that an option would change.
    pub(super) fn check_resumed(&self, api: &ApiSpec, now: SystemTime) -> Result<(), Error> {
        let Some(write) = &self.resumes else {
            return Ok(());
        };
        self.check_key_age(write, now)?;
        let change = self.find_change(account_of(api, write));
        let replaced = || self.replaces_headers(api, write);
        match change.or_else(|| replaced().then_some("a header that is part of it")) {
            Some(what) => Err(Error::build(format!(
                "a resumed write cannot be changed, but {what} was set"
            ))),
            None => Ok(()),
        }
    }

    /// Whether a header that determines the meaning of the request was replaced or added. Others
    /// may be added, such as those of a trace.
    fn replaces_headers(&self, api: &ApiSpec, write: &PendingWrite) -> bool {
        let significant = [api.version_header, api.account_header, api.context_header];
        let mut stored = write.headers.iter();
        let replaced = stored.any(|(name, value)| {
            if name == self.key_header.as_str() {
                return false;
            }
            self.headers
                .get(name)
                .is_none_or(|now| now != value.as_str())
        });
        let added = significant
            .into_iter()
            .flatten()
            .chain(["content-type"])
            .any(|name| self.headers.contains_key(name) && header_of(write, name).is_none());
        replaced || added
    }
}

/// The account that a write is for; `None` for the key's own.
fn account_of<'a>(api: &ApiSpec, write: &'a PendingWrite) -> Option<&'a str> {
    api.account_header.and_then(|name| header_of(write, name))
}

/// The header of a write by its name, which is in lower case.
fn header_of<'a>(write: &'a PendingWrite, name: &str) -> Option<&'a str> {
    write.header(&name.to_ascii_lowercase())
}

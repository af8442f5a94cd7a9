//! The write that a call is, in the form in which journals and errors keep it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderName, header};

use super::{Answer, Plan};
use crate::http::PendingWrite;
use crate::idempotency::IdempotencyKey;
use crate::operation::Safety;

/// The headers that every request gets anyway, and that say nothing about what it means.
const INCIDENTAL: [HeaderName; 3] = [header::ACCEPT, header::CONTENT_LENGTH, header::USER_AGENT];

impl Plan {
    /// What errors call it.
    pub(super) fn label(&self) -> Cow<'static, str> {
        let request = &self.request;
        if request.operation.is_empty() {
            return Cow::Owned(format!("{} {}", request.method, request.template));
        }
        Cow::Borrowed(request.operation)
    }

    /// The write as it is sent, if it is one and has a key. `live` is the mode of the API key.
    pub(super) fn pending_write(
        &self,
        key: Option<&IdempotencyKey>,
        begun: SystemTime,
        live: Option<bool>,
    ) -> Option<Arc<PendingWrite>> {
        if let Some(write) = &self.resumed {
            return Some(Arc::clone(write));
        }
        // Credentials of the caller's own are not kept, and with others it would be another write.
        let has_own = self.headers.contains_key(header::AUTHORIZATION);
        if self.safety == Safety::Read || has_own {
            return None;
        }
        let request = &self.request;
        let target = request.uri.path_and_query()?.as_str();
        let target = target.get(self.base_path..)?;
        let method = request.method.clone();
        let mut write = PendingWrite::new(key?.as_str(), method, self.host, target, begun);
        write.operation = request.operation.to_owned();
        write.live = live;
        write.body = request.body.clone();
        for (name, value) in request.headers.iter().chain(&self.headers) {
            let Ok(text) = value.to_str() else { continue };
            if value.is_sensitive() || INCIDENTAL.contains(name) {
                continue;
            }
            write.headers.retain(|(known, _)| known != name.as_str());
            write
                .headers
                .push((name.as_str().to_owned(), text.to_owned()));
        }
        Some(Arc::new(write))
    }
}

impl Answer {
    /// What errors call the call.
    pub(crate) fn label(&self) -> Cow<'static, str> {
        self.plan.label()
    }

    /// The write, if it was one with a key. Made only now, since few need it.
    pub(crate) fn pending_write(&self) -> Option<Arc<PendingWrite>> {
        let key = self.key.as_ref();
        self.plan.pending_write(key, self.begun, self.live)
    }
}

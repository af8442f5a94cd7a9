//! How long earlier requests took, for the server: off unless the client asks for it.
//!
//! In: id and duration of requests that were answered. Out: the header that reports one of them
//! with a later call, each at most once. Afterwards nothing else was kept: no account, path,
//! outcome or number that would name the program, and no file is written.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue};

/// The header, as in the API's own libraries.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-stripe-client-telemetry");

/// How many reports wait at most, as in the API's own library for Go. More are thrown away.
const LONGEST_QUEUE: usize = 16;

/// The longest request id that is sent back; known ones have 18 characters.
const LONGEST_ID: usize = 64;

/// The reports of a client that have not been sent yet.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<VecDeque<(String, u64)>>);

impl Reports {
    /// Notes an answered request. Ids that are not plain words are not the server's, and are
    /// not sent back.
    pub(crate) fn add_report(&self, request_id: &str, duration: Duration) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if request_id.is_empty()
            || request_id.len() > LONGEST_ID
            || !request_id.chars().all(is_plain)
        {
            return;
        }
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() < LONGEST_QUEUE {
            queue.push_back((request_id.to_owned(), millis));
        }
    }

    /// The header with the oldest report, which is taken off the queue.
    pub(crate) fn take_header(&self) -> Option<HeaderValue> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, millis) = queue.pop_front()?;
        drop(queue);
        let text = format!(
            r#"{{"last_request_metrics":{{"request_id":"{id}","request_duration_ms":{millis}}}}}"#
        );
        HeaderValue::try_from(text).ok()
    }
}

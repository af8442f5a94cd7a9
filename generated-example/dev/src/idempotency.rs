//! Responses by idempotency key.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::errors::ApiProblem;

/// A response that is sent again for the same key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) request_id: String,
    fingerprint: u64,
}

/// The responses to writes of one account.
#[derive(Debug, Default)]
pub(crate) struct IdempotentResponses {
    by_key: HashMap<String, StoredResponse>,
}

/// What tells whether two requests are the same.
pub(crate) fn request_fingerprint(method: &str, path: &str, params: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    (method, path, params.to_string()).hash(&mut hasher);
    hasher.finish()
}

impl IdempotentResponses {
    /// The response to an earlier request with this key.
    pub(crate) fn find_response(
        &self,
        key: &str,
        fingerprint: u64,
    ) -> Result<Option<&StoredResponse>, ApiProblem> {
        match self.by_key.get(key) {
            Some(stored) if stored.fingerprint != fingerprint => {
                Err(ApiProblem::idempotency_mismatch(key))
            }
            stored => Ok(stored),
        }
    }

    pub(crate) fn store_response(
        &mut self,
        key: &str,
        fingerprint: u64,
        status: u16,
        body: &str,
        request_id: &str,
    ) {
        let stored = StoredResponse {
            status,
            body: body.to_owned(),
            request_id: request_id.to_owned(),
            fingerprint,
        };
        self.by_key.insert(key.to_owned(), stored);
    }
}

//! The credentials of one call, each with the places in which requests carry it.

use http::{HeaderMap, header};
use wire::secret::SentCredentials;

use super::{CachedKey, Credentials};
use crate::error::Error;
use crate::http::Request;
use crate::operation::{ApiSpec, AuthSpec, MissingCredentials};

/// Where the keys of a call come from. Requests of a call without sources carry no credential.
#[derive(Default)]
pub(crate) struct CallCredentials {
    pub(crate) sources: Vec<(&'static [AuthSpec], Credentials)>,
    /// Set if the client lacks what the call needs.
    pub(crate) missing: Option<MissingCredentials>,
}

impl CallCredentials {
    /// One credential, in each of these places.
    pub(crate) fn single(places: &'static [AuthSpec], source: Credentials) -> Self {
        Self {
            sources: vec![(places, source)],
            missing: None,
        }
    }

    /// Whether another fetch can return another key.
    pub(crate) fn can_refresh(&self) -> bool {
        self.sources.iter().any(|(_, source)| source.can_refresh())
    }

    /// Drops keys that the server has rejected. It does not say which one of them is invalid.
    pub(crate) fn reject_keys(&self, keys: &CallKeys) {
        for ((_, source), (_, key)) in self.sources.iter().zip(&keys.0) {
            source.reject_key(key);
        }
    }
}

/// The keys of an attempt.
#[derive(Default)]
pub(crate) struct CallKeys(pub(crate) Vec<(&'static [AuthSpec], CachedKey)>);

impl CallKeys {
    /// The mode of the keys; `None` if it is not known.
    pub(crate) fn live(&self, api: &ApiSpec) -> Option<bool> {
        self.0.iter().find_map(|(_, key)| key.key.live(api))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        pairs.all(|((_, own), (_, other))| own.key.is_same(&other.key))
    }

    pub(crate) fn add_to_headers(&self, headers: &mut HeaderMap) -> Result<(), Error> {
        let mut keys = self.0.iter();
        keys.try_for_each(|(places, key)| key.key.add_to_headers(places, headers))
    }

    pub(crate) fn add_to_query(&self, request: &mut Request) -> Result<(), Error> {
        let mut keys = self.0.iter();
        keys.try_for_each(|(places, key)| key.key.add_to_query(places, request))
    }

    /// What was sent: these keys, and the credentials among other headers.
    pub(crate) fn sent_with(&self, others: [&HeaderMap; 2]) -> SentCredentials {
        let mut sent = SentCredentials::default();
        for (places, key) in &self.0 {
            match places.contains(&AuthSpec::Basic) {
                true => sent.add_basic(key.key.text()),
                false => sent.add_text(key.key.text()),
            }
        }
        for (name, value) in others.into_iter().flatten() {
            match value.is_sensitive() {
                true if name == header::COOKIE => sent.add_cookies(value.as_bytes()),
                true => sent.add_header(value.as_bytes()),
                false => {}
            }
        }
        sent
    }
}

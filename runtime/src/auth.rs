//! Credentials: which key a client uses, where it comes from, and how a request carries it.
//!
//! In: the text of an API key, the name of an environment variable, or a
//! [`CredentialProvider`]. Out: an [`ApiKey`] that is known to fit a header, and the
//! `Authorization` header of an attempt. Afterwards no error and no `Debug` shows the key.
//!
//! What a provider gives is kept by a cache, whose rules are:
//!
//! * A key with an end is fetched anew before its end: a tenth of its life early, at least
//!   10 seconds (what AWS's SDKs keep), and a random part of up to half of that earlier still, so
//!   that the processes of a fleet do not all ask at once. One without an end is fetched anew
//!   after 15 minutes (the assumed lifetime of AWS's SDKs), and at once if the source says that
//!   it changed, but it stays in use for as long as the source has nothing better.
//! * However many calls want a key, one fetch is under way. While the old key is good, one call
//!   waits for it, for at most 2 seconds, and the others do not wait. Dropping a call loses
//!   nothing: the next one goes on with the fetch.
//! * A fetch that takes longer than 30 seconds has failed. After a failure the source is left
//!   alone for a moment: about a second, doubling up to 5 seconds. Meanwhile a key that is still
//!   good stays in use, and without one the calls fail at once, with the source's error.
//! * A key that the server refuses with 401 is forgotten and fetched again, and the call gets one
//!   more attempt if that gave another key.
//!
//! It deliberately has no thread or task of its own: nothing is fetched while nobody calls.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::clock::BoxFuture;
use crate::error::Error;

mod cache;
mod file;
mod from_fn;
mod key;
mod partition;
#[cfg(test)]
mod tests;

pub(crate) use cache::{Credentials, Lease};
pub use file::FileKey;
pub use from_fn::{FromFn, from_fn};
pub use key::ApiKey;
pub(crate) use partition::{Partitioned, Scope};

/// An API key and how long it is good for.
///
/// ```
/// use std::time::Duration;
/// use runtime::auth::{ApiKey, Credential};
/// use runtime::secret::Secret;
///
/// let key = ApiKey::new(&Secret::from("rk_test_123"))?;
/// let leased = Credential::new(key).expires_in(Duration::from_secs(3600));
/// # let _ = leased;
/// # Ok::<(), runtime::error::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The key.
    pub key: ApiKey,
    /// When it expires; `None` if that is not known.
    pub expires: Option<SystemTime>,
    /// How long it is good for from the moment that it was asked for, if the source states a
    /// lease rather than a date. If both are stated, the earlier end counts.
    pub lifetime: Option<Duration>,
    /// When to ask for it again, if that should be earlier than its end demands.
    pub refresh: Option<Duration>,
}

impl Credential {
    /// A key without an end.
    pub fn new(key: ApiKey) -> Self {
        Self {
            key,
            expires: None,
            lifetime: None,
            refresh: None,
        }
    }

    /// The same, good until a time.
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// The same, good for this long.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The same, to be asked for again after this long, give or take a tenth. Unlike at its end,
    /// the key stays in use if the source fails then.
    pub fn refresh_in(mut self, pause: Duration) -> Self {
        self.refresh = Some(pause);
        self
    }
}

/// Fetches API keys from where they are kept: a secrets manager, a mounted file, a vault.
///
/// The client caches what it returns, renews it early, calls it once however many calls wait for
/// it, and calls it again once when the server answers 401; see [the module](self) for the
/// rules. Implementations only fetch. [`from_fn`] makes one of a closure, [`FileKey`] reads a
/// mounted file.
pub trait CredentialProvider: fmt::Debug + Send + Sync + 'static {
    /// Fetches the key that is valid now.
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>>;

    /// Whether the key at the source is another one than that of the last fetch, for sources
    /// that can tell cheaply. Asked before each call.
    fn has_changed(&self) -> bool {
        false
    }

    /// Learns that the server refused a key that the last fetch gave. A fetch follows if a call
    /// needs a key. Only providers that keep keys themselves have to do something.
    fn refused(&self, key: &ApiKey) {
        let _ = key;
    }
}

impl<P: CredentialProvider + ?Sized> CredentialProvider for Arc<P> {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        (**self).fetch()
    }

    fn has_changed(&self) -> bool {
        (**self).has_changed()
    }

    fn refused(&self, key: &ApiKey) {
        (**self).refused(key);
    }
}

/// Why no API key could be obtained. Clones share the source.
#[derive(Clone, Debug)]
pub struct CredentialError {
    text: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl CredentialError {
    /// A failure in words, which must show no secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: None,
        }
    }

    /// The same with its cause, which must show no secret either.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }
}

/// For the `?` of providers that make an [`ApiKey`] or ask a client.
impl From<Error> for CredentialError {
    fn from(error: Error) -> Self {
        Self::new("the source has no usable API key").caused_by(error)
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl StdError for CredentialError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

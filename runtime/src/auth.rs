//! Credentials: which API key a client uses, where keys come from, and how a request carries one.
//!
//! In: the text of an API key, the name of an environment variable, or a [`CredentialProvider`].
//! Out: an [`ApiKey`] that is known to fit a header, and the `Authorization` header of an attempt.
//! No error and no `Debug` shows a key.
//!
//! The keys of a provider are cached by these rules:
//!
//! * A key with an expiry is refreshed early: by a tenth of its lifetime, at least 10 seconds (as
//!   in AWS's SDKs), plus a random part of up to half of that, so that the processes of a fleet do
//!   not all fetch at the same time. A key without an expiry is refreshed after 15 minutes (the
//!   lifetime that AWS's SDKs assume), and immediately if [`CredentialProvider::has_changed`]
//!   returns `true`. It stays in use until the provider returns another key.
//! * There is at most one fetch in flight, however many calls need a key. While the old key is
//!   valid, one call waits for the fetch, for at most 2 seconds, and the others do not wait. If the
//!   call is dropped, the next one that needs a key continues the fetch.
//! * A fetch times out after 30 seconds. After a failure there is no other fetch for about a
//!   second, doubling up to 5 seconds. Meanwhile a valid key stays in use; without one, calls fail
//!   immediately with the provider's error.
//! * A key that the server rejects with 401 is dropped from the cache and fetched again. The call
//!   gets one more attempt if that returned another key.
//!
//! There is no background task: nothing is fetched while no call needs a key.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::clock::BoxFuture;
use crate::error::Error;

mod cache;
mod cache_state;
mod call;
mod file;
mod key;
#[cfg(test)]
mod tests;

pub(crate) use cache::Credentials;
pub(crate) use cache_state::CachedKey;
pub(crate) use call::{CallCredentials, CallKeys};
pub use file::FileKey;
pub use key::ApiKey;

/// An API key and how long it is valid.
///
/// ```
/// use std::time::Duration;
/// use runtime::auth::{ApiKey, Credential};
/// use runtime::secret::Secret;
///
/// let key = ApiKey::new(&Secret::from("rk_test_123"))?;
/// let credential = Credential::new(key).expires_in(Duration::from_secs(3600));
/// # let _ = credential;
/// # Ok::<(), runtime::error::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The key.
    pub key: ApiKey,
    /// When it expires; `None` if that is not known.
    pub expires: Option<SystemTime>,
    /// How long it is valid from the start of the fetch, if the source states a duration rather
    /// than a date. If both are stated, the earlier expiry counts.
    pub lifetime: Option<Duration>,
    /// When to fetch it again, if that should be earlier than its expiry requires.
    pub refresh: Option<Duration>,
}

impl Credential {
    /// A key without an expiry.
    pub fn new(key: ApiKey) -> Self {
        Self {
            key,
            expires: None,
            lifetime: None,
            refresh: None,
        }
    }

    /// Sets when the key expires. An expired key is not used any more.
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// Sets how long the key is valid. An expired key is not used any more.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets after what time to fetch the key again, less a random part of up to a tenth. The key
    /// stays in use if that fails.
    pub fn refresh_in(mut self, interval: Duration) -> Self {
        self.refresh = Some(interval);
        self
    }
}

/// Fetches API keys from where they are stored: a secrets manager, a mounted file, a vault.
///
/// Implementations only fetch; the client caches, as described in [the module](self). [`from_fn`]
/// makes a provider from a closure, and [`FileKey`] reads a mounted file.
pub trait CredentialProvider: fmt::Debug + Send + Sync + 'static {
    /// Fetches the key that is valid now.
    ///
    /// # Errors
    /// If the source has no usable key. The last key stays in use until it expires.
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>>;

    /// Whether the source has another key than the last fetch returned. Called before each call,
    /// so it must be cheap. Defaults to `false`.
    fn has_changed(&self) -> bool {
        false
    }

    /// Called when the server has rejected the key that the last fetch returned. Another fetch
    /// follows when a call needs a key. Only providers that store keys themselves need it.
    fn refused(&self, key: &ApiKey) {
        let _ = key;
    }
}

/// A provider that fetches with a closure.
///
/// ```
/// use runtime::auth::{self, ApiKey, Credential};
/// use runtime::secret::Secret;
/// # async fn read_secret() -> Result<String, std::io::Error> { Ok(String::new()) }
///
/// let provider = auth::from_fn(|| async {
///     let text = read_secret()
///         .await
///         .map_err(|error| auth::CredentialError::new("no secret").caused_by(error))?;
///     Ok(Credential::new(ApiKey::new(&Secret::from(text))?))
/// });
/// # let _ = provider;
/// ```
pub fn from_fn<F, Fut>(fetch: F) -> FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Credential, CredentialError>> + Send + 'static,
{
    FromFn(fetch)
}

/// A provider that is a closure; see [`from_fn`].
#[derive(Clone)]
pub struct FromFn<F>(F);

impl<F, Fut> CredentialProvider for FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Credential, CredentialError>> + Send + 'static,
{
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        Box::pin((self.0)())
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FromFn")
    }
}

/// Why there is no API key. Clones share the source.
#[derive(Clone, Debug)]
pub struct CredentialError {
    text: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl CredentialError {
    /// Creates an error with this message, which must not contain a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: None,
        }
    }

    /// Sets the source, which must not contain a secret either.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }
}

/// For `?` in providers that make an [`ApiKey`] or call an API.
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
        let source = self.source.as_deref()?;
        Some(source)
    }
}

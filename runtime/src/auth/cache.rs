//! The credentials of a client: one fixed key, or the cached keys of a provider.
//!
//! [`cache_state`](super::cache_state) decides what a call has to do; this module fetches and
//! waits. A fetch is a shared future, which the calls that wait for it drive together.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{Either, FutureExt, Shared, WeakShared, select};

use super::cache_state::{CacheDecision, CacheState, CachedKey, ClockReading};
use super::{ApiKey, Credential, CredentialError, CredentialProvider};
use crate::clock::{BoxFuture, Clock};

#[cfg(test)]
mod tests;

/// The longest time for a fetch, for providers that have no timeout of their own.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a call waits for a new key while the old one is valid.
const REFRESH_WAIT: Duration = Duration::from_secs(2);

/// Where the keys of a client come from. Clones share the cache.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// One key that never changes.
    Fixed(ApiKey),
    /// The keys of a provider.
    Provided(Arc<CredentialCache>),
}

impl Credentials {
    /// The keys of a provider, with an empty cache. A fetch is continued by the next call if the
    /// calls that wait for it are dropped.
    pub(crate) fn from_provider(provider: impl CredentialProvider) -> Self {
        Self::Provided(Arc::new(CredentialCache::new(provider, true)))
    }

    /// The keys of a provider whose fetches own what owns this cache. A fetch is dropped with the
    /// last call that waits for it; kept longer, it would keep the owner alive.
    pub(crate) fn from_owning_provider(provider: impl CredentialProvider) -> Self {
        Self::Provided(Arc::new(CredentialCache::new(provider, false)))
    }

    /// The key for the next attempt.
    pub(crate) async fn current_key(
        &self,
        clock: &Arc<dyn Clock>,
    ) -> Result<CachedKey, CredentialError> {
        match self {
            Self::Fixed(key) => Ok(CachedKey {
                key: key.clone(),
                generation: 0,
                refresh_error: None,
            }),
            Self::Provided(cache) => cache.current_key(clock).await,
        }
    }

    /// Whether the client was built without this credential.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::Fixed(key) if key.is_none())
    }

    /// Whether another fetch can return another key.
    pub(crate) fn can_refresh(&self) -> bool {
        matches!(self, Self::Provided(_))
    }

    /// Drops a key that the server has rejected from the cache, unless that has a newer one.
    pub(crate) fn reject_key(&self, key: &CachedKey) {
        let Self::Provided(cache) = self else {
            return;
        };
        let is_current = cache.lock_inner().state.reject_generation(key.generation);
        if is_current {
            cache.provider.refused(&key.key);
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(_) => out.write_str("Fixed"),
            Self::Provided(cache) => out.debug_tuple("Provided").field(&cache.provider).finish(),
        }
    }
}

type FetchFuture = BoxFuture<'static, Result<CachedKey, CredentialError>>;

pub(crate) struct CredentialCache {
    provider: Arc<dyn CredentialProvider>,
    /// Whether a fetch outlives the calls that wait for it.
    keeps_fetches: bool,
    inner: Mutex<CacheInner>,
}

#[derive(Default)]
struct CacheInner {
    state: CacheState,
    pending: Option<PendingFetch>,
    /// The id of the latest fetch.
    last_fetch: u64,
}

/// A fetch in flight.
struct PendingFetch {
    id: u64,
    started: Instant,
    future: WeakShared<FetchFuture>,
    /// Keeps the future alive while no call waits for it.
    _kept: Option<Shared<FetchFuture>>,
}

impl PendingFetch {
    /// The future to wait for; `None` if it was dropped, or timed out because no call drove it.
    fn join_fetch(&self, at: ClockReading) -> Option<Shared<FetchFuture>> {
        let age = at.now.saturating_duration_since(self.started);
        let is_live = age < FETCH_TIMEOUT;
        is_live.then(|| self.future.upgrade()).flatten()
    }
}

impl CredentialCache {
    fn new(provider: impl CredentialProvider, keeps_fetches: bool) -> Self {
        Self {
            provider: Arc::new(provider),
            keeps_fetches,
            inner: Mutex::default(),
        }
    }

    async fn current_key(
        self: &Arc<Self>,
        clock: &Arc<dyn Clock>,
    ) -> Result<CachedKey, CredentialError> {
        let has_changed = self.provider.has_changed();
        let at = ClockReading::from_clock(&**clock);
        // Dropped after the lock is released, since that may run the provider's code.
        let mut joined;
        let mut replaced = None;
        let (fetch, old) = {
            let mut inner = self.lock_inner();
            let pending = inner.pending.as_ref();
            joined = pending.and_then(|pending| pending.join_fetch(at));
            let old = match inner.state.decide_for(at, has_changed) {
                CacheDecision::Use(key) => return Ok(key),
                CacheDecision::Fail(error) => return Err(error),
                // Another call waits for the new key already.
                CacheDecision::Refresh(key) if self.has_waiters(joined.as_ref()) => return Ok(key),
                CacheDecision::Refresh(key) => Some(key),
                CacheDecision::Fetch => None,
            };
            let fetch = joined.take().unwrap_or_else(|| {
                let (fetch, timed_out) = self.start_fetch(&mut inner, at, clock);
                replaced = timed_out;
                fetch
            });
            (fetch, old)
        };
        drop(replaced);
        let Some(old) = old else {
            return fetch.await;
        };
        match select(fetch, clock.sleep(REFRESH_WAIT)).await {
            Either::Left((Ok(new), _)) => Ok(new),
            Either::Left((Err(error), _)) => Ok(CachedKey {
                refresh_error: Some(error),
                ..old
            }),
            Either::Right(_) => Ok(old),
        }
    }

    /// Whether a call waits for this fetch, not counting the handle itself.
    fn has_waiters(&self, fetch: Option<&Shared<FetchFuture>>) -> bool {
        let own = 1 + usize::from(self.keeps_fetches);
        let handles = fetch.and_then(Shared::strong_count);
        handles.is_some_and(|handles| handles > own)
    }

    /// Starts a fetch. Returns the future to wait for, and the pending fetch that it replaces.
    fn start_fetch(
        self: &Arc<Self>,
        inner: &mut CacheInner,
        started: ClockReading,
        clock: &Arc<dyn Clock>,
    ) -> (Shared<FetchFuture>, Option<PendingFetch>) {
        inner.last_fetch += 1;
        let id = inner.last_fetch;
        // The cache owns the future, so the future must not own the cache.
        let (cache, clock) = (Arc::downgrade(self), Arc::clone(clock));
        let provider = Arc::clone(&self.provider);
        let fetch: FetchFuture = Box::pin(async move {
            let fetched = fetch_with_timeout(&*provider, &*clock).await;
            match cache.upgrade() {
                Some(cache) => cache.complete_fetch(id, fetched, started, &*clock),
                None => Err(CredentialError::new("the client was dropped")),
            }
        });
        let fetch = fetch.shared();
        let replaced = inner.pending.take();
        inner.pending = fetch.downgrade().map(|future| PendingFetch {
            id,
            started: started.now,
            future,
            _kept: self.keeps_fetches.then(|| fetch.clone()),
        });
        (fetch, replaced)
    }

    /// Takes the result of a fetch. A failure counts only if no later fetch was started since.
    fn complete_fetch(
        &self,
        id: u64,
        fetched: Result<Credential, CredentialError>,
        started: ClockReading,
        clock: &dyn Clock,
    ) -> Result<CachedKey, CredentialError> {
        let (at, random) = (ClockReading::from_clock(clock), clock.random());
        let mut inner = self.lock_inner();
        let completed = inner.pending.take_if(|pending| pending.id == id);
        let result = match fetched {
            Ok(credential) => Ok(inner.state.on_success(credential, started, at, random)),
            Err(error) => {
                if completed.is_some() {
                    inner.state.back_off(Some(error.clone()), at, random);
                }
                Err(error)
            }
        };
        drop(inner);
        result
    }

    fn lock_inner(&self) -> MutexGuard<'_, CacheInner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch_with_timeout(
    provider: &dyn CredentialProvider,
    clock: &dyn Clock,
) -> Result<Credential, CredentialError> {
    // A panic must not poison the future that all calls share.
    let fetch = AssertUnwindSafe(async { provider.fetch().await }).catch_unwind();
    match select(pin!(fetch), clock.sleep(FETCH_TIMEOUT)).await {
        Either::Left((Ok(result), _)) => result,
        Either::Left((Err(_), _)) => Err(CredentialError::new("the credential provider panicked")),
        Either::Right(_) => Err(CredentialError::new(format!(
            "the credential provider took longer than {FETCH_TIMEOUT:?}"
        ))),
    }
}

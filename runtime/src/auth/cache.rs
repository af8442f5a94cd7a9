//! The credentials of a client: one fixed key, or a provider's keys with their cache.
//!
//! [`state`] decides what a call has to do; this module fetches and waits. A fetch belongs to
//! nobody: it is a shared future in the cache that the calls which wait for it drive together,
//! and if all of them are dropped the next call goes on with it.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::future::{Either, FutureExt, Shared, select};

use super::{ApiKey, Credential, CredentialError, CredentialProvider};
use crate::clock::{BoxFuture, Clock};

mod state;
#[cfg(test)]
mod tests;

use state::{Moment, State, Verdict};

/// The longest time for a fetch, for providers that have no limit of their own.
const FETCH_LIMIT: Duration = Duration::from_secs(30);
/// How long a call waits for a new key while the old one is good.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the keys of a client come from. Clones share the cache.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// One key for ever.
    Fixed(ApiKey),
    /// The keys of a provider.
    Provided(Arc<Cache>),
}

/// A key in use, and which fetch it came from.
#[derive(Clone)]
pub(crate) struct Lease {
    pub(crate) key: ApiKey,
    pub(crate) generation: u64,
    /// Why this is still the old key, if it should have been another.
    pub(crate) trouble: Option<CredentialError>,
}

impl Credentials {
    /// The keys of a provider, with an empty cache.
    pub(crate) fn provided(provider: Arc<dyn CredentialProvider>) -> Self {
        Self::Provided(Arc::new(Cache::new(provider, true)))
    }

    /// The same for a provider whose fetches hold what holds the cache. They are given up when
    /// nobody waits for them, since they would keep each other alive otherwise.
    pub(crate) fn provided_while_awaited(provider: Arc<dyn CredentialProvider>) -> Self {
        Self::Provided(Arc::new(Cache::new(provider, false)))
    }

    /// The key for the next attempt.
    pub(crate) async fn current(&self, clock: &Arc<dyn Clock>) -> Result<Lease, CredentialError> {
        match self {
            Self::Fixed(key) => Ok(Lease {
                key: key.clone(),
                generation: 0,
                trouble: None,
            }),
            Self::Provided(cache) => cache.current(clock).await,
        }
    }

    /// Whether asking again can give another key.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self, Self::Provided(_))
    }

    /// Learns that the server refused a key: the cache forgets it, unless it has a newer one.
    pub(crate) fn reject(&self, lease: &Lease) {
        let Self::Provided(cache) = self else {
            return;
        };
        let is_held = cache.lock().state.refuse(lease.generation);
        if is_held {
            cache.provider.refused(&lease.key);
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

type Work = Shared<BoxFuture<'static, Result<Lease, CredentialError>>>;

/// A fetch under way.
struct Flight {
    number: u64,
    begun: Instant,
    work: Work,
}

impl Flight {
    /// Whether a call waits for it.
    fn is_awaited(&self) -> bool {
        self.work.strong_count().is_some_and(|count| count > 1)
    }

    /// Whether it is still worth waiting for. One that nobody drove for long is not.
    fn is_young(&self, at: Moment) -> bool {
        at.now.saturating_duration_since(self.begun) < FETCH_LIMIT
    }
}

pub(crate) struct Cache {
    provider: Arc<dyn CredentialProvider>,
    /// Whether a fetch outlives the calls that wait for it.
    keeps_flights: bool,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    state: State,
    flight: Option<Flight>,
    /// How many flights there were.
    flights: u64,
}

impl Cache {
    fn new(provider: Arc<dyn CredentialProvider>, keeps_flights: bool) -> Self {
        Self {
            provider,
            keeps_flights,
            inside: Mutex::default(),
        }
    }

    async fn current(self: &Arc<Self>, clock: &Arc<dyn Clock>) -> Result<Lease, CredentialError> {
        let has_changed = self.provider.has_changed();
        let at = Moment::of(&**clock);
        let (rider, stale, old) = {
            let mut inside = self.lock();
            let old = match inside.state.decide(at, has_changed) {
                Verdict::Use(lease) => return Ok(lease),
                Verdict::Fail(fault) => return Err(fault),
                Verdict::Renew(lease) if inside.is_renewing(at) => return Ok(lease),
                Verdict::Renew(lease) => Some(lease),
                Verdict::Fetch => None,
            };
            let (rider, stale) = self.board(&mut inside, at, clock);
            (rider, stale, old)
        };
        drop(stale);
        let Some(old) = old else {
            return rider.await;
        };
        match select(rider, clock.sleep(PATIENCE)).await {
            Either::Left((Ok(new), _)) => Ok(new),
            Either::Left((Err(fault), _)) => Ok(Lease {
                trouble: Some(fault),
                ..old
            }),
            Either::Right(_) => Ok(old),
        }
    }

    /// A place in the fetch that is under way, or in a new one. The one that nobody drove for too
    /// long comes back, to be dropped when the lock is released: dropping it runs the provider's
    /// code.
    fn board<'a>(
        self: &'a Arc<Self>,
        inside: &mut Inside,
        at: Moment,
        clock: &Arc<dyn Clock>,
    ) -> (Rider<'a>, Option<Flight>) {
        if let Some(flight) = inside.flight.as_ref().filter(|flight| flight.is_young(at)) {
            return (Rider::of(self, flight), None);
        }
        inside.flights += 1;
        let flight = Flight {
            number: inside.flights,
            begun: at.now,
            work: self.take_off(inside.flights, at, clock).shared(),
        };
        let rider = Rider::of(self, &flight);
        (rider, inside.flight.replace(flight))
    }

    /// One fetch. It does not keep the cache alive, which holds it.
    fn take_off(
        self: &Arc<Self>,
        number: u64,
        begun: Moment,
        clock: &Arc<dyn Clock>,
    ) -> BoxFuture<'static, Result<Lease, CredentialError>> {
        let (cache, clock) = (Arc::downgrade(self), Arc::clone(clock));
        let provider = Arc::clone(&self.provider);
        Box::pin(async move {
            let fetched = fetch(&*provider, &*clock).await;
            match cache.upgrade() {
                Some(cache) => cache.land(number, fetched, begun, &*clock),
                None => Err(CredentialError::new("the client is gone")),
            }
        })
    }

    /// Takes the result of a fetch. A failure counts only if no later fetch has begun since.
    fn land(
        &self,
        number: u64,
        fetched: Result<Credential, CredentialError>,
        begun: Moment,
        clock: &dyn Clock,
    ) -> Result<Lease, CredentialError> {
        let (at, random) = (Moment::of(clock), clock.random());
        let mut inside = self.lock();
        let own = inside.flight.take_if(|flight| flight.number == number);
        let result = match fetched {
            Ok(credential) => Ok(inside.state.succeed(credential, begun, at, random)),
            Err(fault) => {
                if own.is_some() {
                    inside.state.fail(fault.clone(), at, random);
                }
                Err(fault)
            }
        };
        drop(inside);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Whether a call waits for a new key already.
    fn is_renewing(&self, at: Moment) -> bool {
        let flight = self.flight.as_ref();
        flight.is_some_and(|flight| flight.is_awaited() && flight.is_young(at))
    }
}

async fn fetch(
    provider: &dyn CredentialProvider,
    clock: &dyn Clock,
) -> Result<Credential, CredentialError> {
    // A panic must not poison the future that all calls share.
    let fetching = AssertUnwindSafe(async { provider.fetch().await }).catch_unwind();
    match select(pin!(fetching), clock.sleep(FETCH_LIMIT)).await {
        Either::Left((Ok(result), _)) => result,
        Either::Left((Err(_), _)) => Err(CredentialError::new("the credential provider panicked")),
        Either::Right(_) => Err(CredentialError::new(format!(
            "the credential provider took longer than {FETCH_LIMIT:?}"
        ))),
    }
}

/// A call that waits for a fetch.
struct Rider<'a> {
    cache: &'a Cache,
    number: u64,
    work: Option<Work>,
}

impl<'a> Rider<'a> {
    fn of(cache: &'a Cache, flight: &Flight) -> Self {
        Self {
            cache,
            number: flight.number,
            work: Some(flight.work.clone()),
        }
    }
}

impl Future for Rider<'_> {
    type Output = Result<Lease, CredentialError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.work {
            Some(work) => work.poll_unpin(context),
            None => Poll::Pending,
        }
    }
}

impl Drop for Rider<'_> {
    fn drop(&mut self) {
        self.work = None;
        if self.cache.keeps_flights {
            return;
        }
        let mut inside = self.cache.lock();
        let number = self.number;
        let abandoned = inside
            .flight
            .take_if(|flight| flight.number == number && !flight.is_awaited());
        drop(inside);
        drop(abandoned);
    }
}

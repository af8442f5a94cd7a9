//! The state of the credential cache: its key, and what a call that needs a key has to do.
//!
//! In: results of fetches, rejections by the server, and the time. Out: a [`CacheDecision`] for
//! each call. It neither fetches nor waits.

use std::time::{Duration, Instant, SystemTime};

use super::{ApiKey, Credential, CredentialError};
use crate::clock::Clock;

/// How long before its expiry a key is refreshed, at least: as in AWS's SDKs.
pub(super) const REFRESH_BUFFER: Duration = Duration::from_secs(10);
/// After how long a key without an expiry is refreshed: the lifetime that AWS's SDKs assume.
pub(super) const DEFAULT_TTL: Duration = Duration::from_secs(15 * 60);
/// The shortest time that a key is used for, even if it came with an expiry in the past: clocks
/// differ, and the server decides.
const MIN_TTL: Duration = Duration::from_secs(1);
/// The upper bound of the backoff after the first failure.
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
/// The upper bound of all backoffs.
pub(super) const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// A reading of both clocks. The calendar may be set, and the monotonic clock may stand still while
/// a machine sleeps; a time is reached as soon as either of them reaches it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockReading {
    pub(super) now: Instant,
    pub(super) calendar: SystemTime,
}

impl ClockReading {
    pub(super) fn from_clock(clock: &dyn Clock) -> Self {
        Self {
            now: clock.now(),
            calendar: clock.calendar(),
        }
    }

    /// The reading after this time; `None` if the clocks cannot express it.
    fn later_by(self, time: Duration) -> Option<Self> {
        Some(Self {
            now: self.now.checked_add(time)?,
            calendar: self.calendar.checked_add(time)?,
        })
    }

    fn has_come(self, at: Self) -> bool {
        at.now >= self.now || at.calendar >= self.calendar
    }
}

/// A key, and which fetch returned it.
#[derive(Clone)]
pub(crate) struct CachedKey {
    pub(crate) key: ApiKey,
    pub(crate) generation: u64,
    /// Why this is still the old key, if this call has failed to refresh it.
    pub(crate) refresh_error: Option<CredentialError>,
}

/// What a call that needs a key has to do.
pub(super) enum CacheDecision {
    /// Use this key.
    Use(CachedKey),
    /// Fetch another, and use this one if that fails or takes long.
    Refresh(CachedKey),
    /// Fetch one.
    Fetch,
    /// Fail, because the last fetch failed a short time ago.
    Fail(CredentialError),
}

/// The key in the cache.
struct HeldKey {
    key: CachedKey,
    /// `None` is never.
    refresh_at: Option<ClockReading>,
    /// `None` is never.
    expires_at: Option<ClockReading>,
    is_rejected: bool,
}

/// A time without fetches.
struct FetchBackoff {
    until: Instant,
    /// The error of the last fetch; `None` if it returned a key that the server had rejected.
    error: Option<CredentialError>,
}

#[derive(Default)]
pub(super) struct CacheState {
    held: Option<HeldKey>,
    generation: u64,
    /// How many fetches in a row failed or returned the rejected key.
    failures: u32,
    backoff: Option<FetchBackoff>,
}

impl CacheState {
    pub(super) fn decide_for(&self, at: ClockReading, has_changed: bool) -> CacheDecision {
        let backoff = self
            .backoff
            .as_ref()
            .filter(|backoff| at.now < backoff.until);
        let error = backoff.and_then(|backoff| backoff.error.as_ref());
        match (&self.held, error) {
            (Some(held), _) if held.is_valid(at) => {
                let is_due = held.refresh_at.is_some_and(|refresh| refresh.has_come(at));
                if (is_due || has_changed) && backoff.is_none() {
                    CacheDecision::Refresh(held.key.clone())
                } else {
                    CacheDecision::Use(held.key.clone())
                }
            }
            // The provider has just returned the rejected key again, so the rejection stands.
            (Some(held), None) if held.is_rejected && backoff.is_some() && !has_changed => {
                CacheDecision::Use(held.key.clone())
            }
            (_, Some(error)) => CacheDecision::Fail(error.clone()),
            (_, None) => CacheDecision::Fetch,
        }
    }

    /// Takes the result of a fetch that was started at `started`.
    pub(super) fn on_success(
        &mut self,
        credential: Credential,
        started: ClockReading,
        at: ClockReading,
        random: u64,
    ) -> CachedKey {
        let old = self.held.take();
        if old.is_some_and(|old| old.is_rejected && old.key.key.is_same(&credential.key)) {
            self.back_off(None, at, random);
        } else {
            self.backoff = None;
            self.failures = 0;
        }
        self.generation += 1;
        let ttl = time_to_live(&credential, started, at);
        let key = CachedKey {
            key: credential.key,
            generation: self.generation,
            refresh_error: None,
        };
        self.held = Some(HeldKey {
            key: key.clone(),
            refresh_at: at.later_by(refresh_after(ttl, credential.refresh, random)),
            expires_at: ttl.and_then(|ttl| at.later_by(ttl)),
            is_rejected: false,
        });
        key
    }

    /// Marks the key of this generation as rejected. Returns whether that is the key in the cache.
    pub(super) fn reject_generation(&mut self, generation: u64) -> bool {
        let held = self.held.as_mut();
        let rejected = held.filter(|held| held.key.generation == generation);
        rejected.map(|held| held.is_rejected = true).is_some()
    }

    /// Takes the failure of a fetch, or `None` for a fetch that returned the rejected key.
    pub(super) fn back_off(
        &mut self,
        error: Option<CredentialError>,
        at: ClockReading,
        random: u64,
    ) {
        let until = at.now.checked_add(fetch_backoff(self.failures, random));
        self.backoff = until.map(|until| FetchBackoff { until, error });
        self.failures = self.failures.saturating_add(1);
    }
}

impl HeldKey {
    fn is_valid(&self, at: ClockReading) -> bool {
        !self.is_rejected && !self.expires_at.is_some_and(|expiry| expiry.has_come(at))
    }
}

/// How long a key is valid from now on; `None` if it has no expiry.
fn time_to_live(
    credential: &Credential,
    started: ClockReading,
    at: ClockReading,
) -> Option<Duration> {
    let until = |expiry: SystemTime| expiry.duration_since(at.calendar).unwrap_or_default();
    let fetch_time = at.now.saturating_duration_since(started.now);
    let lifetime = credential.lifetime;
    let stated = [
        credential.expires.map(until),
        lifetime.map(|lifetime| lifetime.saturating_sub(fetch_time)),
    ];
    let shortest = stated.into_iter().flatten().min();
    shortest.map(|ttl| ttl.max(MIN_TTL))
}

/// How long a key is used before it is refreshed.
pub(super) fn refresh_after(
    ttl: Option<Duration>,
    requested: Option<Duration>,
    random: u64,
) -> Duration {
    let interval = match (requested, ttl) {
        (Some(requested), _) => Some(requested.max(MIN_TTL)),
        (None, None) => Some(DEFAULT_TTL),
        (None, Some(_)) => None,
    };
    let interval =
        interval.map(|interval| interval - (interval / 10).mul_f64(random_fraction(random)));
    let before_expiry = ttl.map(|ttl| {
        let early = (ttl / 10).max(REFRESH_BUFFER);
        let early = early + (early / 2).mul_f64(random_fraction(random));
        ttl - early.min(ttl / 2)
    });
    let earliest = interval.into_iter().chain(before_expiry).min();
    earliest.unwrap_or(DEFAULT_TTL)
}

/// How long there is no fetch after another failure: between half and all of a bound that doubles.
pub(super) fn fetch_backoff(failures: u32, random: u64) -> Duration {
    let bound = INITIAL_BACKOFF.saturating_mul(1 << failures.min(8));
    let bound = bound.min(MAX_BACKOFF);
    bound / 2 + (bound / 2).mul_f64(random_fraction(random))
}

/// A random number as a fraction, from 0 to just below 1.
fn random_fraction(random: u64) -> f64 {
    const STEPS: u32 = 1 << 20;
    let step = u32::try_from(random % u64::from(STEPS)).unwrap_or_default();
    f64::from(step) / f64::from(STEPS)
}

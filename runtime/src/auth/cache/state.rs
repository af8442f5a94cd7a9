//! What the cache holds and what it does next: a state machine that is told the time.
//!
//! In: what became of fetches, and refusals by the server. Out: a [`Verdict`] for each call that
//! wants a key. It neither fetches nor waits.

use std::time::{Duration, Instant, SystemTime};

use super::super::{Credential, CredentialError};
use super::Lease;
use crate::clock::Clock;

/// How early a key is renewed at least: what AWS's SDKs keep.
pub(super) const EARLY: Duration = Duration::from_secs(10);
/// After how long a key without an end is asked for again: the lifetime that AWS's SDKs assume.
pub(super) const ASSUMED: Duration = Duration::from_secs(15 * 60);
/// The shortest time that a key is used for, even if it came with an end in the past: clocks
/// differ, and the server knows better.
pub(super) const SHORTEST: Duration = Duration::from_secs(1);
/// The pause after a first failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The pause after many.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A moment on both clocks. The calendar may be set, and the monotonic clock may stand still
/// while a machine sleeps; a time is over when either of them says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Instant,
    pub(super) calendar: SystemTime,
}

impl Moment {
    pub(super) fn of(clock: &dyn Clock) -> Self {
        Self {
            now: clock.now(),
            calendar: clock.calendar(),
        }
    }

    /// The moment after a time, or `None` if that is beyond what the clocks can say.
    fn after(self, time: Duration) -> Option<Self> {
        Some(Self {
            now: self.now.checked_add(time)?,
            calendar: self.calendar.checked_add(time)?,
        })
    }

    fn is_reached(self, at: Self) -> bool {
        at.now >= self.now || at.calendar >= self.calendar
    }
}

/// What a call that wants a key has to do.
pub(super) enum Verdict {
    /// Take this one.
    Use(Lease),
    /// Fetch another, and take this one if that fails or takes long.
    Renew(Lease),
    /// Fetch one.
    Fetch,
    /// Give up: the source failed a moment ago.
    Fail(CredentialError),
}

/// The key in the cache.
struct Held {
    lease: Lease,
    /// `None` is never.
    refresh: Option<Moment>,
    /// `None` is never.
    expires: Option<Moment>,
    refused: bool,
}

/// A time in which the source is left alone.
struct Pause {
    until: Option<Instant>,
    /// Why; `None` if the source works, but gave a key again that the server had refused.
    fault: Option<CredentialError>,
}

#[derive(Default)]
pub(super) struct State {
    held: Option<Held>,
    generation: u64,
    /// How many fetches in a row were of no use.
    failures: u32,
    pause: Option<Pause>,
}

impl State {
    pub(super) fn decide(&self, at: Moment, has_changed: bool) -> Verdict {
        let pause = self.pause.as_ref();
        let pause = pause.filter(|pause| pause.until.is_some_and(|until| at.now < until));
        let fault = pause.and_then(|pause| pause.fault.as_ref());
        match &self.held {
            Some(held) if held.is_good(at) => {
                let is_due = has_changed || held.refresh.is_some_and(|due| due.is_reached(at));
                if is_due && pause.is_none() {
                    Verdict::Renew(held.lease.clone())
                } else {
                    Verdict::Use(held.lease.clone())
                }
            }
            // The source gave the refused key again a moment ago, so the refusal stands.
            Some(held) if held.refused && pause.is_some() && fault.is_none() && !has_changed => {
                Verdict::Use(held.lease.clone())
            }
            _ => match fault {
                Some(fault) => Verdict::Fail(fault.clone()),
                None => Verdict::Fetch,
            },
        }
    }

    /// Takes the result of a fetch that was begun at `begun`.
    pub(super) fn succeed(
        &mut self,
        credential: Credential,
        begun: Moment,
        at: Moment,
        random: u64,
    ) -> Lease {
        let old = self.held.take();
        let is_old_again =
            old.is_some_and(|old| old.refused && old.lease.key.is_same(&credential.key));
        if is_old_again {
            self.pause(None, at, random);
        } else {
            self.pause = None;
            self.failures = 0;
        }
        self.generation += 1;
        let life = life(&credential, begun, at);
        let lease = Lease {
            key: credential.key,
            generation: self.generation,
            trouble: None,
        };
        self.held = Some(Held {
            lease: lease.clone(),
            refresh: at.after(refresh_after(life, credential.refresh, random)),
            expires: life.and_then(|life| at.after(life)),
            refused: false,
        });
        lease
    }

    /// Takes the failure of a fetch.
    pub(super) fn fail(&mut self, fault: CredentialError, at: Moment, random: u64) {
        self.pause(Some(fault), at, random);
    }

    /// Learns that the server refused the key of a fetch. Tells whether that is the key held.
    pub(super) fn refuse(&mut self, generation: u64) -> bool {
        match &mut self.held {
            Some(held) if held.lease.generation == generation => {
                held.refused = true;
                true
            }
            _ => false,
        }
    }

    fn pause(&mut self, fault: Option<CredentialError>, at: Moment, random: u64) {
        let pause = pause_after(self.failures, random);
        self.failures = self.failures.saturating_add(1);
        self.pause = Some(Pause {
            until: at.now.checked_add(pause),
            fault,
        });
    }
}

impl Held {
    fn is_good(&self, at: Moment) -> bool {
        !self.refused && !self.expires.is_some_and(|end| end.is_reached(at))
    }
}

/// How long a key is good for from now on; `None` if it has no end.
fn life(credential: &Credential, begun: Moment, at: Moment) -> Option<Duration> {
    let until = |end: SystemTime| end.duration_since(at.calendar).unwrap_or_default();
    let fetching = at.now.saturating_duration_since(begun.now);
    let stated = [
        credential.expires.map(until),
        credential
            .lifetime
            .map(|life| life.saturating_sub(fetching)),
    ];
    let shortest = stated.into_iter().flatten().min();
    shortest.map(|life| life.max(SHORTEST))
}

/// How long a key is used before another is fetched.
pub(super) fn refresh_after(
    life: Option<Duration>,
    wanted: Option<Duration>,
    random: u64,
) -> Duration {
    let wish = match (wanted, life) {
        (Some(wanted), _) => Some(wanted.max(SHORTEST)),
        (None, None) => Some(ASSUMED),
        (None, Some(_)) => None,
    };
    let wish = wish.map(|wish| wish - (wish / 10).mul_f64(fraction(random)));
    let due = life.map(|life| {
        let early = (life / 10).max(EARLY);
        let early = early + (early / 2).mul_f64(fraction(random));
        life - early.min(life / 2)
    });
    wish.into_iter().chain(due).min().unwrap_or(ASSUMED)
}

/// How long the source is left alone after another failure: between half and all of a time that
/// doubles.
pub(super) fn pause_after(failures: u32, random: u64) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << failures.min(8));
    let full = full.min(LONGEST_PAUSE);
    full / 2 + (full / 2).mul_f64(fraction(random))
}

/// A random number as a fraction, from 0 to just below 1.
fn fraction(random: u64) -> f64 {
    const STEPS: u32 = 1 << 20;
    let step = u32::try_from(random % u64::from(STEPS)).unwrap_or_default();
    f64::from(step) / f64::from(STEPS)
}

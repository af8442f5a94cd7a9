//! One limit: so many admissions in any second, so many attempts at once, and pauses.
//!
//! In: reservations, admissions, ends, refusals and the time. Out: whether and when there is
//! room. It knows neither who waits nor what the limit is for.

use super::feedback::Pressure;
use super::level::Level;
use super::window::Window;

#[derive(Clone, Debug)]
pub(super) struct Bucket {
    rate: Level,
    cap: Level,
    window: Window,
    in_flight: u32,
    /// Places kept for waiters that were woken and have not asked yet.
    reserved: u32,
    paused_until: u64,
    refusals: u64,
}

/// What [`Usage`](super::super::Usage) tells about a bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) per_second: Option<u32>,
    pub(super) allowed_per_second: Option<f64>,
    pub(super) used: u32,
    pub(super) concurrent: Option<u32>,
    pub(super) in_flight: u32,
    pub(super) refusals: u64,
    /// In nanoseconds; 0 if there is no pause.
    pub(super) pause: u64,
}

impl Bucket {
    /// A bucket with these limits; 0 stands for none.
    pub(super) fn new(per_second: u32, concurrent: u32) -> Self {
        Self {
            rate: Level::new(per_second),
            cap: Level::new(concurrent),
            window: Window::default(),
            in_flight: 0,
            reserved: 0,
            paused_until: 0,
            refusals: 0,
        }
    }

    pub(super) fn is_open(&mut self, now: u64) -> bool {
        self.paused_until <= now
            && self.held() < self.cap.allowed(now)
            && self.spent(now) < self.rate.allowed(now)
    }

    /// When there may be room at the earliest if nothing ends before. `None` if only the end of
    /// an attempt makes room.
    pub(super) fn opens(&mut self, now: u64) -> Option<u64> {
        let cap_opens = if self.held() < self.cap.allowed(now) {
            now
        } else {
            self.cap.next_step(now)?
        };
        let allowed = self.rate.allowed(now);
        let rate_opens = if self.spent(now) < allowed {
            now
        } else {
            let slot = self.window.slot(now, allowed, self.reserved);
            self.rate.next_step(now).map_or(slot, |step| step.min(slot))
        };
        Some(cap_opens.max(rate_opens).max(self.paused_until))
    }

    /// When there is room after `ahead` more admissions at the very best: without further
    /// refusals, and with the effects of earlier ones gone.
    pub(super) fn at_best(&mut self, now: u64, ahead: u32) -> u64 {
        let slot = match self.rate.preset() {
            Some(preset) => {
                let ahead = ahead.saturating_add(self.reserved);
                self.window.slot(now, preset, ahead)
            }
            None => now,
        };
        slot.max(self.paused_until)
    }

    pub(super) fn reserve(&mut self) {
        self.reserved += 1;
    }

    pub(super) fn unreserve(&mut self) {
        self.reserved = self.reserved.saturating_sub(1);
    }

    pub(super) fn admit(&mut self, now: u64) {
        self.window.note(now);
        self.in_flight += 1;
    }

    pub(super) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Learns that the server refused an attempt, admitted at `admitted`, because of this limit.
    /// To be told before the end of that attempt.
    pub(super) fn refused(&mut self, now: u64, admitted: u64, pressure: Pressure) {
        self.refusals += 1;
        match pressure {
            Pressure::Rate => {
                let used = self.window.count(now);
                self.rate.lower(now, admitted, used);
            }
            Pressure::Concurrency => self.cap.lower(now, admitted, self.in_flight),
        }
    }

    /// Admits nothing until then. A pause is never shortened.
    pub(super) fn pause(&mut self, until: u64) {
        self.paused_until = self.paused_until.max(until);
    }

    /// Whether a new bucket would behave in the same way.
    pub(super) fn is_idle(&mut self, now: u64) -> bool {
        self.held() == 0
            && self.paused_until <= now
            && self.window.count(now) == 0
            && self.rate.is_whole(now)
            && self.cap.is_whole(now)
    }

    pub(super) fn read(&mut self, now: u64) -> Reading {
        Reading {
            per_second: self.rate.preset(),
            allowed_per_second: self.rate.exact(now),
            used: self.window.count(now),
            concurrent: self.cap.exact(now).map(|_| self.cap.allowed(now)),
            in_flight: self.in_flight,
            refusals: self.refusals,
            pause: self.paused_until.saturating_sub(now),
        }
    }

    fn held(&self) -> u32 {
        self.in_flight.saturating_add(self.reserved)
    }

    fn spent(&mut self, now: u64) -> u32 {
        self.window.count(now).saturating_add(self.reserved)
    }
}

//! The numbers of a limiter, as they were given and as they apply.

use std::collections::HashMap;
use std::time::Duration;

use super::super::{ClassLimit, Demand, Preset};
use super::lane::{Kind, LaneSpec};

/// So many calls may wait per account and mode.
const QUEUE: u32 = 1_000;
/// So long may a call wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// So many seconds' worth of attempts may be under way at once: the ratio of the one pair of
/// numbers that Stripe gives, 15 payouts per second and 30 at once.
const SECONDS_AT_ONCE: u32 = 2;

#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) live: u32,
    pub(super) test: u32,
    pub(super) operation: u32,
    pub(super) operations: HashMap<String, u32>,
    pub(super) classes: Vec<ClassLimit>,
    pub(super) share: f64,
    pub(super) concurrent: Option<u32>,
    pub(super) queue: u32,
    pub(super) longest_wait: Duration,
}

impl Config {
    pub(super) fn new(preset: Preset) -> Self {
        Self {
            live: preset.live_per_second,
            test: preset.test_per_second,
            operation: preset.operation_per_second,
            operations: HashMap::new(),
            classes: preset.classes.to_vec(),
            share: 1.0,
            concurrent: None,
            queue: QUEUE,
            longest_wait: LONGEST_WAIT,
        }
    }

    /// The limit of the class that a demand names, if there is one.
    pub(super) fn class(&self, demand: &Demand<'_>) -> Option<&ClassLimit> {
        if demand.class.is_empty() {
            return None;
        }
        self.classes
            .iter()
            .find(|limit| limit.class == demand.class)
    }

    /// Attempts per second and at once that an account may make; 0 for no limit.
    pub(super) fn account(&self, live: bool) -> (u32, u32) {
        let per_second = if live { self.live } else { self.test };
        let concurrent = self
            .concurrent
            .unwrap_or(per_second.saturating_mul(SECONDS_AT_ONCE));
        (self.part(per_second), self.part(concurrent))
    }

    pub(super) fn lane_name<'a>(
        class: Option<&ClassLimit>,
        demand: &Demand<'a>,
    ) -> (Kind, &'a str) {
        match class {
            Some(_) => (Kind::Class, demand.class),
            None => (Kind::Operation, demand.operation),
        }
    }

    pub(super) fn lane<'a>(&self, class: Option<&ClassLimit>, demand: &Demand<'a>) -> LaneSpec<'a> {
        let (kind, name) = Self::lane_name(class, demand);
        let (per_second, concurrent, separate) = match class {
            Some(limit) => (limit.per_second, limit.concurrent, limit.separate),
            // These may be many operations, of which the limits are not known.
            None if demand.operation.is_empty() => (0, 0, false),
            None => {
                let own = self.operations.get(demand.operation);
                (own.copied().unwrap_or(self.operation), 0, false)
            }
        };
        let (account, _) = self.account(demand.live);
        let per_second = match self.part(per_second) {
            part if separate || part == 0 || account == 0 => part,
            // More than the account may do is never reached.
            part => part.min(account),
        };
        LaneSpec {
            kind,
            name,
            per_second,
            concurrent: self.part(concurrent),
        }
    }

    /// The share of a limit, at least 1; 0 stays 0, which is no limit.
    fn part(&self, limit: u32) -> u32 {
        // A share that is no number counts as none of it.
        let part = f64::from(limit) * self.share.clamp(0.0, 1.0).max(0.0);
        // Products of fractions may fall short of a whole; the cast cuts the rest off.
        ((part + 1e-6) as u32).max(u32::from(limit > 0))
    }
}

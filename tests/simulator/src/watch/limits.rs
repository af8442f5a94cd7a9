//! The limits per second and in flight, counted where attempts leave the client.

use runtime::rate_limit::ClassLimit;

use super::Counted;
use crate::api::{CLASSES, LIMITS};
use crate::network::Wire;
use crate::world::{Nanos, SECOND, World};

/// The name of the limits of a whole account.
const ACCOUNT: &str = "the account";

/// The class of a request, and whether it counts against the account's limits too.
fn class_of(wire: &Wire) -> (Option<&'static ClassLimit>, bool) {
    let class = CLASSES.iter().find(|class| class.class == wire.class);
    (class, class.is_none_or(|class| !class.separate))
}

/// The limits per second that an attempt must keep.
fn rates(wire: &Wire, live: bool) -> Vec<(&'static str, u32)> {
    let (class, shares_account) = class_of(wire);
    let mut limits = Vec::with_capacity(2);
    if shares_account {
        limits.push((ACCOUNT, account_rate(live)));
    }
    match class {
        Some(class) => limits.push((class.class, class.per_second)),
        None if wire.operation.is_empty() => {}
        None => limits.push((wire.operation, LIMITS.operation_per_second)),
    }
    limits
}

/// The limits of attempts in flight that an attempt must keep. An account's is twice its rate.
fn at_once(wire: &Wire, live: bool) -> Vec<(&'static str, u32)> {
    let (class, shares_account) = class_of(wire);
    let mut limits = Vec::with_capacity(2);
    if shares_account {
        limits.push((ACCOUNT, 2 * account_rate(live)));
    }
    if let Some(class) = class.filter(|class| class.concurrent > 0) {
        limits.push((class.class, class.concurrent));
    }
    limits
}

fn account_rate(live: bool) -> u32 {
    if live {
        LIMITS.live_per_second
    } else {
        LIMITS.test_per_second
    }
}

impl Counted {
    /// Counts an attempt against a limit; false if it is one too many within a second.
    fn fits(&mut self, account: &str, scope: &'static str, limit: u32, now: Nanos) -> bool {
        let place = (account.to_owned(), scope);
        let window = self.windows.entry(place).or_default();
        window.push_back(now);
        if window.len() <= limit as usize {
            return true;
        }
        let oldest = window.pop_front().unwrap_or(0);
        now - oldest >= SECOND
    }
}

impl World {
    pub(super) fn watch_limits(&mut self, wire: &Wire) {
        let (now, account) = (self.now, wire.account.as_str());
        let counted = &mut self.watch.clients[wire.client];
        let mut broken = Vec::new();
        for (scope, limit) in rates(wire, counted.live) {
            if !counted.fits(account, scope, limit, now) {
                broken.push(format!(
                    "more than {limit} attempts within a second for {scope}"
                ));
            }
        }
        for (scope, limit) in at_once(wire, counted.live) {
            let running = counted
                .running
                .entry((account.to_owned(), scope))
                .or_default();
            *running += 1;
            if *running > limit {
                broken.push(format!(
                    "{running} attempts at once for {scope}, of {limit}"
                ));
            }
        }
        for text in broken {
            self.violate("limits are kept", format!("client {}: {text}", wire.client));
        }
    }

    /// The client's end of an attempt is closed.
    pub(crate) fn watch_gone(&mut self, wire: &Wire) {
        let counted = &mut self.watch.clients[wire.client];
        for (scope, _) in at_once(wire, counted.live) {
            if let Some(running) = counted.running.get_mut(&(wire.account.clone(), scope)) {
                *running -= 1;
            }
        }
    }
}

//! What the journal of a process promised about its records, and whether it keeps that.

use std::time::Duration;

use runtime::http::PendingWrite;

use super::{Watch, Wire, World, order_in};
use crate::world::{Nanos, nanos, show};

const HOUR: Nanos = 3_600_000_000_000;

/// What the journal has said about the record of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordPromise {
    /// A begin returned, or a crash may have kept the record.
    Kept,
    /// A finish was handed over.
    Removed,
    /// A finish failed.
    Either,
}

/// How long the server keeps a key.
pub(crate) fn key_memory(target: &str) -> Nanos {
    if target.starts_with("/v2/") {
        30 * 24 * HOUR
    } else {
        24 * HOUR
    }
}

impl Watch {
    /// The journal has the record of a key from now on.
    pub(crate) fn keep_record(&mut self, key: String) {
        self.promises.insert(key, RecordPromise::Kept);
    }

    /// A call of an order begins.
    pub(crate) fn start_call(&mut self, order: usize, now: Nanos) {
        let known = &mut self.orders[order];
        known.running += 1;
        known.writes += 1;
        known.called_at.get_or_insert(now);
    }

    /// The caller has looked up an order and allows an expired key.
    pub(crate) fn allow_expired(&mut self, order: usize) {
        self.orders[order].allowed = true;
    }

    /// A crash ends all calls of an order.
    pub(crate) fn end_calls(&mut self, order: usize) {
        self.orders[order].running = 0;
    }

    /// How many calls of an order have begun that do not only read, if none is in progress.
    pub(crate) fn writes_at_rest(&self, order: usize) -> Option<i64> {
        let known = &self.orders[order];
        (known.running == 0).then_some(known.writes)
    }

    /// The next call of an order only reads.
    pub(crate) fn expect_read(&mut self, order: usize) {
        self.orders[order].writes -= 1;
    }

    pub(crate) fn is_allowed(&self, order: usize) -> bool {
        self.orders[order].allowed
    }

    /// The caller is about to discard the record of an order.
    pub(crate) fn discard_record(&mut self, order: usize) {
        self.orders[order].discarded = true;
    }

    /// How long ago the first call of an order began.
    pub(crate) fn age(&self, order: usize, now: Nanos) -> Nanos {
        let known = &self.orders[order];
        known.called_at.map_or(0, |at| now.saturating_sub(at))
    }
}

impl World {
    /// A call asks the journal to store its write.
    pub(crate) fn watch_begin(&mut self, write: &PendingWrite) {
        let promise = self.watch.promises.get(&write.key);
        if promise.is_some_and(|promise| *promise != RecordPromise::Kept) {
            self.watch.promises.remove(&write.key);
        }
        if let Some(order) = order_in(&write.target, &write.body) {
            let keys = &mut self.watch.orders[order].keys;
            if !keys.contains(&write.key) {
                keys.push(write.key.clone());
            }
        }
    }

    /// A call of an order ended or was dropped: the journal must have kept its promises, unless
    /// another call of the same order still runs.
    pub(crate) fn end_call(&mut self, order: usize) {
        let known = &mut self.watch.orders[order];
        known.running = known.running.saturating_sub(1);
        let process = self.scenario.orders[order].process;
        if known.running > 0 || !self.scenario.processes[process].journaled {
            return;
        }
        let known = &self.watch.orders[order];
        let stored = &self.journals[process];
        let wrong = known.keys.iter().find_map(|key| {
            let broken = match (self.watch.promises.get(key), stored.has_key(key)) {
                (None, true) => "a begin that was dropped or failed leaves no record",
                (Some(RecordPromise::Removed), true) => "a finish that was handed over happens",
                // A caller may discard the record while another call is in progress.
                (Some(RecordPromise::Kept), false) if !known.discarded => {
                    "the journal keeps what is unknown"
                }
                _ => return None,
            };
            Some((broken, key))
        });
        if let Some((broken, key)) = wrong {
            let text = format!("see the record of order {order} under {key:?}");
            return self.violate(broken, text);
        }
        let sent = known.sent.as_ref().and_then(|(key, _)| key.as_deref());
        if self.watch.is_open(order) && !sent.is_some_and(|key| stored.has_key(key)) {
            let text = format!("order {order} was sent, its call ended, and it is not journaled");
            self.violate("the journal keeps what is unknown", text);
        }
    }

    /// A write with a key is sent: it must be in the journal, and its key must not have expired.
    pub(super) fn watch_record(&mut self, wire: &Wire) {
        let process = self.watch.clients[wire.client].process;
        let now = self.now;
        let Some(known) = self.watch.known(wire) else {
            return;
        };
        let Some(key) = wire.key.as_deref() else {
            return;
        };
        let (allowed, discarded) = (known.allowed, known.discarded);
        let since = *known.key_since.get_or_insert(now);
        let is_journaled = self.scenario.processes[process].journaled;
        let order = wire.order.unwrap_or_default();
        if is_journaled && !discarded && !self.journals[process].has_key(key) {
            let text = format!("order {order} is sent under {key:?} and is not journaled");
            self.violate("nothing is sent before it is journaled", text);
        }
        // The client checks the age when a call begins, with a reserve of an hour.
        if !allowed && now - since >= key_memory(&wire.target) - HOUR / 2 {
            let text = format!(
                "order {order} is sent under {key:?}, first used at {}",
                show(since)
            );
            self.violate("no expired key is sent", text);
        }
    }

    /// The client refuses a write because of the age of its key.
    pub(crate) fn watch_refusal(&mut self, order: usize, write: &PendingWrite) {
        self.stats.expired += 1;
        let age = self.watch.age(order, self.now);
        let oldest = key_memory(&write.target) - nanos(Duration::from_secs(3_600));
        if age < oldest {
            let age = show(age);
            let text = format!("order {order} is refused, its first call was {age} ago");
            self.violate("no key is refused before its time", text);
        }
    }
}

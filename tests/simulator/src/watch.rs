//! The invariants, and the data that is needed to check them.
//!
//! In: what happens at the client's end of the network, at the server and at the callers. Out: a
//! violation as soon as an invariant does not hold. The true state of each write (whether it was
//! executed or may still be) is stored here and is not available to the code under test.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use runtime::error::Error;
use runtime::http::PendingWrite;

use super::api::order_in;
use super::network::{ServerResponse, Wire};
use super::scenario::Process;
use super::world::{Nanos, World, show};

mod limits;
mod observer;
mod records;

pub(super) use observer::Watcher;
pub(super) use records::key_memory;

use records::RecordPromise;

#[derive(Debug)]
pub(super) struct Watch {
    orders: Vec<Known>,
    clients: Vec<Counted>,
    denials: Vec<LimiterRefusal>,
    /// What the journals have said about the records of keys.
    promises: HashMap<String, RecordPromise>,
}

/// The true state of an order.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Grows when its caller begins again after an outcome without effect.
    epoch: u32,
    /// Key and fingerprint of the attempts of this epoch.
    sent: Option<(Option<String>, u64)>,
    /// Requests of this epoch that are in flight to the server or being executed.
    pending: i64,
    /// Whether a client got a final response of this epoch.
    heard: bool,
    /// Whether its caller has begun, and whether it knows the outcome.
    begun: bool,
    ended: bool,
    effects: Vec<Effect>,
    /// The keys of its calls, which a journal may have.
    keys: Vec<String>,
    /// How many of its calls run, and how many have begun that do not only read.
    running: u32,
    writes: i64,
    /// When its first call of this epoch began, and when its key was first sent.
    called_at: Option<Nanos>,
    key_since: Option<Nanos>,
    /// Whether its caller allows an expired key, and whether it has discarded the record.
    allowed: bool,
    discarded: bool,
}

/// One execution of a write.
#[derive(Clone, Debug)]
struct Effect {
    epoch: u32,
    at: Nanos,
    attempt: usize,
    key: Option<String>,
}

/// A client's report that a write was not executed.
#[derive(Debug)]
struct LimiterRefusal {
    order: usize,
    epoch: u32,
    at: Nanos,
    text: String,
}

/// What a client has done.
#[derive(Debug, Default)]
struct Counted {
    process: usize,
    live: bool,
    /// Its budget: retries at any time, and more for each call.
    budget: (u32, f64),
    calls: u64,
    retries: u64,
    attempts: u64,
    windows: HashMap<(String, &'static str), VecDeque<Nanos>>,
    running: HashMap<(String, &'static str), u32>,
    /// The classes whose circuits are open.
    open: HashSet<String>,
    longest_wait: Duration,
}

impl Watch {
    pub(super) fn new(orders: usize) -> Self {
        Self {
            orders: vec![Known::default(); orders],
            clients: Vec::new(),
            denials: Vec::new(),
            promises: HashMap::new(),
        }
    }

    pub(super) fn epoch(&self, order: usize) -> u32 {
        self.orders.get(order).map_or(0, |known| known.epoch)
    }

    pub(super) fn is_done(&self, order: usize) -> bool {
        self.orders
            .get(order)
            .is_some_and(|known| !known.effects.is_empty())
    }

    pub(super) fn has_begun(&self, order: usize) -> bool {
        self.orders[order].begun
    }

    pub(super) fn has_ended(&self, order: usize) -> bool {
        self.orders[order].ended
    }

    /// Whether a request was sent for an order whose outcome the caller does not know, and which a
    /// journal should have.
    pub(super) fn is_open(&self, order: usize) -> bool {
        let known = &self.orders[order];
        let keyed = matches!(known.sent, Some((Some(_), _)));
        keyed && !known.ended && !known.heard && (known.pending > 0 || !known.effects.is_empty())
    }

    /// Begins an order again, after an outcome without effect.
    pub(super) fn renew(&mut self, order: usize) {
        let known = &mut self.orders[order];
        known.epoch += 1;
        known.sent = None;
        known.pending = 0;
        known.heard = false;
        known.ended = false;
        known.called_at = None;
        known.key_since = None;
        known.allowed = false;
        known.discarded = false;
    }

    pub(super) fn begin(&mut self, order: usize) {
        self.orders[order].begun = true;
    }

    pub(super) fn client(&mut self, process: usize, plan: &Process) -> usize {
        self.clients.push(Counted {
            process,
            live: plan.live,
            budget: plan.budget,
            longest_wait: plan.longest_wait,
            ..Counted::default()
        });
        self.clients.len() - 1
    }

    pub(super) fn call(&mut self, client: usize) {
        self.clients[client].calls += 1;
    }

    fn known(&mut self, wire: &Wire) -> Option<&mut Known> {
        let known = self.orders.get_mut(wire.order?)?;
        (!wire.is_read && known.epoch == wire.epoch).then_some(known)
    }
}

impl World {
    /// A client passes a request to the network.
    pub(super) fn watch_send(&mut self, wire: &Wire) {
        self.watch_limits(wire);
        self.watch_record(wire);
        let counted = &mut self.watch.clients[wire.client];
        counted.attempts += 1;
        let is_open = counted.open.contains(wire.class);
        if counted.attempts > counted.calls + counted.retries {
            let text = format!(
                "client {} has made {} attempts for {} calls and {} retries",
                wire.client, counted.attempts, counted.calls, counted.retries
            );
            self.violate("one attempt per call and retry", text);
        }
        if is_open {
            let text = format!("client {} sends {}", wire.client, wire.operation);
            self.violate("nothing is sent while the circuit is open", text);
        }
        let order = wire.order.unwrap_or_default();
        let Some(known) = self.watch.known(wire) else {
            return;
        };
        let Some((key, print)) = &known.sent else {
            known.sent = Some((wire.key.clone(), wire.print));
            return;
        };
        if *key != wire.key {
            let text = format!(
                "order {order} was sent under {key:?} and now under {:?}",
                wire.key
            );
            self.violate("all attempts of a call have one key", text);
        } else if *print != wire.print {
            let text = format!("an attempt of order {order} has other bytes than those before");
            self.violate("all attempts of a call have the same bytes", text);
        }
    }

    /// A copy of a write is sent to the server or its execution begins (1), or ends (-1).
    pub(super) fn watch_copy(&mut self, wire: &Wire, change: i64) {
        if let Some(known) = self.watch.known(wire) {
            known.pending += change;
        }
    }

    /// A write is executed.
    pub(super) fn watch_effect(&mut self, wire: &Wire, attempt: usize) {
        let Some(order) = wire.order else {
            return;
        };
        self.stats.effects += 1;
        let effect = Effect {
            epoch: wire.epoch,
            at: self.now,
            attempt,
            key: wire.key.clone(),
        };
        let effects = &mut self.watch.orders[order].effects;
        effects.push(effect);
        if let [.., one, two] = effects.as_slice() {
            let text = format!("order {order} was carried out {one} and {two}");
            self.violate("no write is carried out twice", text);
        }
    }

    /// A client gets an undamaged response of the server.
    pub(super) fn watch_answer(&mut self, wire: &Wire, answer: &ServerResponse) {
        if let Some(known) = self.watch.known(wire)
            && matches!(answer.status, 200..=299 | 400 | 402 | 404)
        {
            known.heard = true;
        }
    }

    /// A caller gets a success for its order.
    pub(super) fn acknowledge(&mut self, order: usize, body: &str) {
        let known = &mut self.watch.orders[order];
        known.ended = true;
        let count = known.effects.len();
        self.note(order as u64 ^ 0xac << 56, || {
            format!("order {order} is acknowledged")
        });
        if self.scenario.orders[order].action.is_write() && count != 1 {
            let text = format!("order {order} is acknowledged and was carried out {count} times");
            self.violate("what is acknowledged was carried out once", text);
        }
        if !body.contains(&format!("\"order\":{order},")) {
            let text = format!("the caller of order {order} got {body}");
            self.violate("answers go to whom they are for", text);
        }
    }

    /// A caller has read the result of its order.
    pub(super) fn acknowledge_read(&mut self, order: usize, body: &str) {
        let done = body.contains("\"done\":true");
        let known = &mut self.watch.orders[order];
        known.ended = true;
        known.heard = true;
        self.note(order as u64 ^ 0xad << 56, || {
            format!("order {order} is looked up: {body}")
        });
        if done {
            return self.acknowledge(order, body);
        }
        let denial = LimiterRefusal {
            order,
            epoch: self.watch.epoch(order),
            at: self.now,
            text: "not done when looked up after a stored failure".to_owned(),
        };
        self.check_denial(&denial);
        self.watch.denials.push(denial);
    }

    /// A caller gets an outcome by which its order was not executed and never will be.
    pub(super) fn deny(&mut self, order: usize, error: &Error) {
        let known = &mut self.watch.orders[order];
        known.ended = true;
        let denial = LimiterRefusal {
            order,
            epoch: known.epoch,
            at: self.now,
            text: format!("{:?}: {error}", error.outcome()),
        };
        self.note(order as u64 ^ 0xde << 56, || {
            format!("order {order} is denied: {}", denial.text)
        });
        self.check_denial(&denial);
        self.watch.denials.push(denial);
    }

    fn check_denial(&mut self, denial: &LimiterRefusal) {
        let effects = &self.watch.orders[denial.order].effects;
        if let Some(effect) = effects.iter().find(|effect| effect.epoch == denial.epoch) {
            let text = format!(
                "order {} was reported at {} as {}, and was carried out {effect}",
                denial.order,
                show(denial.at),
                denial.text
            );
            self.violate("what is reported as not done was not done", text);
        }
    }

    /// A journal finishes a write.
    pub(super) fn watch_finish(&mut self, write: &PendingWrite, fails: bool) {
        let promise = if fails {
            RecordPromise::Either
        } else {
            RecordPromise::Removed
        };
        self.watch.promises.insert(write.key.clone(), promise);
        let Some(order) = order_in(&write.target, &write.body) else {
            return;
        };
        let known = &mut self.watch.orders[order];
        let current = known.sent.as_ref().and_then(|(key, _)| key.as_deref());
        if current != Some(write.key.as_str()) {
            return;
        }
        let effects = &known.effects;
        let carried_out = effects.iter().any(|effect| effect.epoch == known.epoch);
        if !known.heard && (carried_out || known.pending > 0) {
            let state = if carried_out {
                "was carried out"
            } else {
                "may still be carried out"
            };
            let text = format!(
                "order {order} {state}, no answer came that settles it, and the journal forgets it"
            );
            self.violate("the journal keeps what is unknown", text);
        }
        // If the process crashes now, the journal need not have the write any more.
        let known = &mut self.watch.orders[order];
        known.heard = true;
        // Another call with this key is another write.
        known.key_since = None;
    }

    /// A client makes another attempt.
    fn watch_retry(&mut self, client: usize) {
        self.stats.retries += 1;
        let counted = &mut self.watch.clients[client];
        counted.retries += 1;
        let (reserve, ratio) = counted.budget;
        let allowed = f64::from(reserve) + ratio * counted.calls as f64;
        if counted.retries as f64 > allowed + 1e-6 {
            let text = format!(
                "client {client} has made {} retries in {} calls, with a budget of {reserve} and {ratio} per call",
                counted.retries, counted.calls
            );
            self.violate("retries stay within their budget", text);
        }
    }

    /// Checks that are only possible at the end.
    pub(super) fn watch_end(&mut self) {
        for denial in std::mem::take(&mut self.watch.denials) {
            self.check_denial(&denial);
        }
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (at, attempt, key) = (show(self.at), self.attempt, &self.key);
        write!(out, "at {at} by attempt #{attempt} under {key:?}")
    }
}

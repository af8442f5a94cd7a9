//! The server: its limits, its idempotency layer, and the effects that it has.
//!
//! In: copies of requests. Out: responses, and an entry in the log for each write that was
//! executed. The order of its checks is that of the real one as far as that is documented: what is
//! in front (outages, credentials, rate limits), validation, the idempotency layer, locks, the
//! execution.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::network::{ServerResponse, Wire};
use super::random::Random;
use super::scenario::{Outage, Ruling};
use super::watch::key_memory;
use super::world::{Event, Nanos, SECOND, World};

/// How long the server waits for an object that another request has locked.
const LOCK_PATIENCE: Nanos = 2 * SECOND;

#[derive(Debug)]
pub(super) struct Server {
    random: Random,
    keys: HashMap<(String, String), StoredResult>,
    /// Until when objects are locked.
    locks: HashMap<u64, Nanos>,
    accounts: HashMap<String, Load>,
    jobs: Vec<RunningRequest>,
}

/// The state of a key in the idempotency layer.
#[derive(Debug)]
struct StoredResult {
    print: u64,
    /// When the key was first used.
    at: Nanos,
    /// `None` while the first request is in progress.
    answer: Option<ServerResponse>,
}

#[derive(Debug, Default)]
struct Load {
    recent: VecDeque<Nanos>,
    running: usize,
}

/// A request that is in progress.
#[derive(Debug)]
struct RunningRequest {
    attempt: usize,
    copy: u8,
    end: End,
}

/// How the execution will end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Declined,
    /// The server fails before the execution has an effect.
    FailsBefore,
    /// The server fails after the execution had its effect.
    FailsAfter,
    /// The object stays locked for too long.
    Locked,
    /// The write is executed, and a gateway replaces the response.
    Hidden,
}

impl Server {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed, 6),
            keys: HashMap::new(),
            locks: HashMap::new(),
            accounts: HashMap::new(),
            jobs: Vec::new(),
        }
    }
}

impl World {
    /// A copy of a request arrives.
    pub(super) fn arrive(&mut self, attempt: usize, copy: u8) {
        let wire = Arc::clone(&self.attempts[attempt].wire);
        if copy == 0 {
            self.watch_copy(&wire, -1);
        } else if self.attempts[attempt].refused {
            return;
        }
        self.note(attempt as u64 ^ u64::from(copy) << 50, || {
            let which = if copy == 0 { "" } else { "the second copy of " };
            format!("server gets {which}attempt #{attempt}")
        });
        let outage = self.scenario.outage(self.now);
        if let Some(answer) = self.turned_away(&wire, copy, outage) {
            self.attempts[attempt].refused |= copy == 0;
            return self.carry_back(attempt, copy, answer);
        }
        if copy == 0 {
            self.repeat(attempt);
        }
        if let Some(answer) = self.remembered(&wire) {
            return self.carry_back(attempt, copy, answer);
        }
        self.begin(attempt, copy, &wire, outage);
    }

    /// The response of what is in front of the idempotency layer.
    fn turned_away(
        &mut self,
        wire: &Wire,
        copy: u8,
        outage: Option<Outage>,
    ) -> Option<ServerResponse> {
        let random = &mut self.server.random;
        match outage {
            Some(Outage::Unavailable) => {
                let body = error("api_error", None, "come back later");
                let answer = ServerResponse::new(503, body);
                let answer = match random.below(4) {
                    0 => answer.with("retry-after", random.between(1, 5).to_string()),
                    1 => answer.with("stripe-should-retry", random.chance(500).to_string()),
                    _ => answer,
                };
                return Some(answer);
            }
            Some(Outage::BadGateway) if random.chance(500) => {
                return Some(ServerResponse::page(502));
            }
            Some(Outage::Unauthorized) if copy == 0 && random.chance(700) => {
                let body = error("invalid_request_error", None, "unknown key");
                return Some(ServerResponse::new(401, body));
            }
            _ => {}
        }
        if copy == 0
            && let Some(answer) = self.limited(wire)
        {
            return Some(answer);
        }
        let ruling = wire.order.map(|order| self.scenario.orders[order].ruling);
        if !wire.is_read && ruling == Some(Ruling::Invalid) {
            let body = error(
                "invalid_request_error",
                Some("parameter_invalid"),
                "no such thing",
            );
            return Some(ServerResponse::new(400, body));
        }
        None
    }

    fn limited(&mut self, wire: &Wire) -> Option<ServerResponse> {
        let (now, capacity) = (self.now, self.scenario.capacity);
        let random = &mut self.server.random;
        let load = self
            .server
            .accounts
            .entry(wire.account.clone())
            .or_default();
        while load.recent.front().is_some_and(|at| at + SECOND <= now) {
            load.recent.pop_front();
        }
        let reason = if load.recent.len() >= capacity.per_second {
            "global-rate"
        } else if load.running >= capacity.concurrent {
            "global-concurrency"
        } else {
            load.recent.push_back(now);
            return None;
        };
        self.stats.refusals += 1;
        let body = error(
            "invalid_request_error",
            Some("rate_limit"),
            "too many requests",
        );
        let mut answer =
            ServerResponse::new(429, body).with("stripe-rate-limited-reason", reason.to_owned());
        match random.below(10) {
            0 => answer = answer.with("retry-after", random.between(1, 4).to_string()),
            1 => answer = answer.with("stripe-should-retry", "false".to_owned()),
            2 => answer = answer.with("stripe-should-retry", "true".to_owned()),
            _ => {}
        }
        Some(answer)
    }

    /// The response of the idempotency layer, if it has the key.
    fn remembered(&mut self, wire: &Wire) -> Option<ServerResponse> {
        let key = wire.key.clone().filter(|_| !wire.is_read)?;
        let place = (wire.account.clone(), key);
        let stored = self.server.keys.get(&place)?;
        if self.now - stored.at >= key_memory(&wire.target) {
            self.server.keys.remove(&place);
            return None;
        }
        if stored.print != wire.print {
            let body = error(
                "idempotency_error",
                None,
                "the key is that of another request",
            );
            return Some(ServerResponse::new(400, body));
        }
        match &stored.answer {
            None => {
                let class = "invalid_request_error";
                let body = error(class, Some("idempotency_key_in_use"), "in progress");
                Some(ServerResponse::new(409, body))
            }
            Some(answer) => {
                let answer = answer.clone();
                Some(answer.with("idempotent-replayed", "true".to_owned()))
            }
        }
    }

    fn begin(&mut self, attempt: usize, copy: u8, wire: &Wire, outage: Option<Outage>) {
        let (now, capacity) = (self.now, self.scenario.capacity);
        let order = wire.order.map(|order| self.scenario.orders[order].clone());
        let calm = now >= self.scenario.calm_from;
        let failure = if calm { 0 } else { self.scenario.rates.failure };
        let random = &mut self.server.random;
        let mut time = random.between(capacity.fastest, capacity.slowest);
        let failure = match outage {
            Some(Outage::Slow) => {
                time *= random.between(2, 30);
                failure
            }
            Some(Outage::Partial) => 500,
            _ => failure,
        };
        let mut end = match outage {
            _ if random.chance(failure) && random.chance(500) => End::FailsBefore,
            _ if random.chance(failure) => End::FailsAfter,
            Some(Outage::BadGateway) => End::Hidden,
            _ => End::Done,
        };
        if let Some(order) = order.filter(|_| !wire.is_read) {
            if order.ruling == Ruling::Decline && end != End::FailsBefore {
                end = End::Declined;
            }
            let free = self.server.locks.get(&order.object).copied().unwrap_or(0);
            let wait = free.saturating_sub(now);
            if wait > LOCK_PATIENCE {
                (time, end) = (LOCK_PATIENCE, End::Locked);
            } else {
                time += wait;
                self.server.locks.insert(order.object, now + time);
            }
        }
        if let Some(key) = wire.key.clone().filter(|_| !wire.is_read) {
            let known = StoredResult {
                print: wire.print,
                at: now,
                answer: None,
            };
            self.server.keys.insert((wire.account.clone(), key), known);
        }
        let load = self
            .server
            .accounts
            .entry(wire.account.clone())
            .or_default();
        load.running += 1;
        self.watch_copy(wire, 1);
        let job = self.server.jobs.len();
        self.server.jobs.push(RunningRequest { attempt, copy, end });
        self.schedule(time, Event::Finish { job });
    }

    /// Completes the execution of a request.
    pub(super) fn finish(&mut self, job: usize) {
        let RunningRequest { attempt, copy, end } = self.server.jobs[job];
        let wire = Arc::clone(&self.attempts[attempt].wire);
        if let Some(load) = self.server.accounts.get_mut(&wire.account) {
            load.running -= 1;
        }
        // A second deletion finds nothing and has no effect.
        let is_gone = wire.operation == "DeleteOrder"
            && wire.order.is_some_and(|order| self.watch.is_done(order));
        let has_effect = matches!(end, End::Done | End::FailsAfter | End::Hidden) && !is_gone;
        if has_effect && !wire.is_read {
            self.watch_effect(&wire, attempt);
        }
        // After the effect is recorded, so that no state in between counts as neither.
        self.watch_copy(&wire, -1);
        self.attempts[attempt].refused |= copy == 0 && end == End::Locked;
        let answer = match is_gone && end == End::Done {
            true => {
                let class = "invalid_request_error";
                ServerResponse::new(404, error(class, Some("resource_missing"), "no such order"))
            }
            false => self.answer(&wire, end),
        };
        self.remember(&wire, end, &answer);
        self.note(job as u64 ^ (end as u64) << 44, || {
            format!(
                "server ends attempt #{attempt} with {end:?}, {}",
                answer.status
            )
        });
        let answer = if end == End::Hidden {
            // What scans responses sends its pages after the execution too, with any status.
            ServerResponse::page(self.server.random.pick([502, 502, 400, 403, 404, 451]))
        } else {
            answer
        };
        self.carry_back(attempt, copy, answer);
    }

    fn answer(&mut self, wire: &Wire, end: End) -> ServerResponse {
        match end {
            End::Done | End::Hidden => self.success(wire),
            End::Declined => {
                let body = error("card_error", Some("card_declined"), "declined");
                ServerResponse::new(402, body)
            }
            End::Locked => {
                let body = error("invalid_request_error", Some("lock_timeout"), "locked");
                ServerResponse::new(429, body)
            }
            End::FailsBefore | End::FailsAfter => {
                let random = &mut self.server.random;
                let answer = ServerResponse::new(500, error("api_error", None, "something broke"));
                match random.below(3) {
                    0 => answer.with("stripe-should-retry", "false".to_owned()),
                    1 => answer.with("stripe-should-retry", random.chance(800).to_string()),
                    _ => answer,
                }
            }
        }
    }

    fn success(&self, wire: &Wire) -> ServerResponse {
        let order = wire.order.unwrap_or_default();
        let done = self.watch.is_done(order);
        let body =
            format!(r#"{{"id":"ord_{order}","object":"order","order":{order},"done":{done}}}"#);
        ServerResponse::new(200, body)
    }

    /// Stores a response under its key as the API's two versions do: v1 keeps every response of an
    /// execution that was begun, including a 500; v2 keeps successes and executes failed requests
    /// again.
    fn remember(&mut self, wire: &Wire, end: End, answer: &ServerResponse) {
        let Some(key) = wire.key.clone().filter(|_| !wire.is_read) else {
            return;
        };
        let place = (wire.account.clone(), key);
        let is_v2 = wire.target.starts_with("/v2/");
        let kept = match end {
            End::Done | End::Hidden => Some(answer.clone()),
            End::FailsAfter if is_v2 => Some(self.success(wire)),
            End::Declined | End::FailsBefore | End::FailsAfter if !is_v2 => Some(answer.clone()),
            _ => None,
        };
        match kept {
            Some(answer) => {
                if let Some(stored) = self.server.keys.get_mut(&place) {
                    stored.answer = Some(answer);
                }
            }
            None => {
                self.server.keys.remove(&place);
            }
        }
    }
}

impl ServerResponse {
    fn new(status: u16, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body,
        }
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

fn error(class: &str, code: Option<&str>, message: &str) -> String {
    match code {
        Some(code) => {
            format!(r#"{{"error":{{"type":"{class}","code":"{code}","message":"{message}"}}}}"#)
        }
        None => format!(r#"{{"error":{{"type":"{class}","message":"{message}"}}}}"#),
    }
}

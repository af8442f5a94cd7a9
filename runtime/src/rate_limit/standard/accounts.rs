//! All accounts that are in use, each with its limits.
//!
//! In: demands with the time. Out: answers of the one [`Group`] that a demand concerns. Groups
//! come when they are needed and are forgotten when nothing distinguishes them from new ones,
//! so memory follows what is in use, not what ever was.

use std::collections::HashMap;
use std::task::Waker;
use std::time::{Duration, Instant};

use super::super::{Admission, Demand, Usage};
use super::bucket::Reading;
use super::config::Config;
use super::feedback::{Feedback, Scope};
use super::group::{Group, Question};
use super::lane::Kind;

/// So many limits are kept without looking for idle ones: more than an API has operations.
const KEPT: usize = 1_024;

#[derive(Debug)]
pub(super) struct Accounts {
    /// What times are counted from: the first that was seen.
    origin: Option<Instant>,
    latest: u64,
    groups: HashMap<Box<str>, Vec<Member>>,
    /// How many limits there are, as far as they were counted, and when to count again.
    limits: usize,
    sweep_at: usize,
}

/// One of the groups of an account.
#[derive(Debug)]
struct Member {
    live: bool,
    /// The class, if it does not count against the account.
    separate: Option<&'static str>,
    group: Group,
}

impl Accounts {
    pub(super) fn new() -> Self {
        Self {
            origin: None,
            latest: 0,
            groups: HashMap::new(),
            limits: 0,
            sweep_at: KEPT,
        }
    }

    pub(super) fn ask(
        &mut self,
        config: &Config,
        ticket: u64,
        demand: &Demand<'_>,
        waker: &Waker,
        wakes: &mut Vec<Waker>,
    ) -> Admission {
        let now = self.time(demand.now);
        let longest = nanos(config.longest_wait);
        let left = demand
            .until
            .map(|until| nanos(until.saturating_duration_since(demand.now)));
        let question = Question {
            ticket,
            priority: demand.priority,
            now,
            give_up: now.saturating_add(left.map_or(longest, |left| left.min(longest))),
            waker,
            queue: config.queue,
        };
        let class = config.class(demand);
        let separate = class.and_then(|limit| limit.separate.then_some(limit.class));
        self.make_room(demand, separate, config);
        let Some(group) = self.group(demand, separate) else {
            return Admission::Now;
        };
        let (kind, name) = Config::lane_name(class, demand);
        let known = group.lanes.find(kind, name);
        let (lane, is_new) = match known {
            Some(lane) => (lane, false),
            None => (group.lanes.add(&config.lane(class, demand)), true),
        };
        let admission = group.ask(lane, &question, wakes);
        if is_new {
            self.added(now);
        }
        admission
    }

    pub(super) fn release(
        &mut self,
        config: &Config,
        ticket: u64,
        demand: &Demand<'_>,
        mut feedback: Feedback,
        wakes: &mut Vec<Waker>,
    ) {
        let now = self.time(demand.now);
        let separate = config
            .class(demand)
            .and_then(|limit| limit.separate.then_some(limit.class));
        if let (Some(_), Some((scope, _))) = (separate, &mut feedback.refusal) {
            // It has no limit in common with the rest of the account.
            *scope = Scope::Lane;
        }
        if let Some(group) = self.group(demand, separate) {
            group.release(ticket, &feedback, now, wakes);
        }
    }

    pub(super) fn usage(&mut self, now: Instant) -> Vec<Usage> {
        let now = self.time(now);
        let mut all = Vec::new();
        for (account, members) in &mut self.groups {
            for member in members {
                let about = |scope: String, reading: Reading, waiting: u32| {
                    usage(account, member.live, scope, reading, waiting)
                };
                let group = &mut member.group;
                if member.separate.is_none() {
                    let reading = group.account.read(now);
                    all.push(about("account".to_owned(), reading, group.waiting));
                }
                for lane in group.lanes.iter_mut() {
                    let kind = match lane.kind {
                        Kind::Operation => "operation",
                        Kind::Class => "class",
                    };
                    let scope = match &*lane.name {
                        "" => "raw calls".to_owned(),
                        name => format!("{kind} {name}"),
                    };
                    all.push(about(scope, lane.bucket.read(now), lane.waiting));
                }
            }
        }
        all.sort_by(|a, b| (&a.account, a.live, &a.scope).cmp(&(&b.account, b.live, &b.scope)));
        all
    }

    /// Nanoseconds since the first time that was seen. Callers take the time before they get
    /// here, in another order perhaps, so it is kept from going back.
    fn time(&mut self, now: Instant) -> u64 {
        let origin = *self.origin.get_or_insert(now);
        self.latest = self
            .latest
            .max(nanos(now.saturating_duration_since(origin)));
        self.latest
    }

    fn group(&mut self, demand: &Demand<'_>, separate: Option<&str>) -> Option<&mut Group> {
        let account = demand.account.unwrap_or_default();
        let members = self.groups.get_mut(account)?;
        let member = members
            .iter_mut()
            .find(|member| member.live == demand.live && member.separate == separate)?;
        Some(&mut member.group)
    }

    /// Makes the group of a demand if there is none.
    fn make_room(&mut self, demand: &Demand<'_>, separate: Option<&'static str>, config: &Config) {
        if self.group(demand, separate).is_some() {
            return;
        }
        let (per_second, concurrent) = match separate {
            Some(_) => (0, 0),
            None => config.account(demand.live),
        };
        let account = demand.account.unwrap_or_default();
        let members = self.groups.entry(account.into()).or_default();
        members.push(Member {
            live: demand.live,
            separate,
            group: Group::new(per_second, concurrent),
        });
        self.limits += 1;
    }

    /// Counts a new lane. When the number has doubled since the last time, idle ones are
    /// forgotten, so that looking for them costs little per new one.
    fn added(&mut self, now: u64) {
        self.limits += 1;
        if self.limits < self.sweep_at {
            return;
        }
        self.groups.retain(|_, members| {
            members.retain_mut(|member| !member.group.sweep(now));
            !members.is_empty()
        });
        let members = self.groups.values().flatten();
        self.limits = members.map(|member| 1 + member.group.lanes.len()).sum();
        self.sweep_at = KEPT.max(self.limits.saturating_mul(2));
    }
}

fn usage(account: &str, live: bool, scope: String, reading: Reading, waiting: u32) -> Usage {
    Usage {
        account: (!account.is_empty()).then(|| account.to_owned()),
        live,
        scope,
        per_second: reading.per_second,
        allowed_per_second: reading.allowed_per_second,
        used: reading.used,
        concurrent: reading.concurrent,
        in_flight: reading.in_flight,
        waiting,
        refusals: reading.refusals,
        pause: (reading.pause > 0).then(|| Duration::from_nanos(reading.pause)),
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

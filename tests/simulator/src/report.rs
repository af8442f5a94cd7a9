//! The results of a simulation.

use std::fmt;
use std::time::Duration;

use super::network::FAULTS;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant.
    pub invariant: &'static str,
    /// What happened instead.
    pub text: String,
    /// When, since the beginning of the simulation.
    pub at: Duration,
}

/// Counts of what happened in one simulation or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Simulations.
    pub seeds: u64,
    /// Calls of the client.
    pub calls: u64,
    /// Attempts that the clients made.
    pub attempts: u64,
    /// Retries among them.
    pub retries: u64,
    /// Writes that the server executed.
    pub effects: u64,
    /// Calls that resumed a write.
    pub resumptions: u64,
    /// Calls whose futures were dropped by their callers.
    pub cancellations: u64,
    /// Those among them whose futures were dropped while the journal stored a record.
    pub begin_drops: u64,
    /// Those whose futures were dropped while the journal removed a record.
    pub finish_drops: u64,
    /// Writes that the client refused because of the age of their keys.
    pub expired: u64,
    /// Processes that crashed.
    pub crashes: u64,
    /// Changes of circuits.
    pub circuits: u64,
    /// Attempts that the server refused with 429 because of a limit.
    pub refusals: u64,
    /// How long calls waited for the rate limiter, in milliseconds.
    pub queued: u64,
    /// Attempts by what the network did to them.
    pub faults: [u64; FAULTS.len()],
    /// Virtual time, in milliseconds.
    pub milliseconds: u64,
}

impl Stats {
    /// Adds the counts of others.
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.seeds, other.seeds),
            (&mut self.calls, other.calls),
            (&mut self.attempts, other.attempts),
            (&mut self.retries, other.retries),
            (&mut self.effects, other.effects),
            (&mut self.resumptions, other.resumptions),
            (&mut self.cancellations, other.cancellations),
            (&mut self.begin_drops, other.begin_drops),
            (&mut self.finish_drops, other.finish_drops),
            (&mut self.expired, other.expired),
            (&mut self.crashes, other.crashes),
            (&mut self.circuits, other.circuits),
            (&mut self.refusals, other.refusals),
            (&mut self.queued, other.queued),
            (&mut self.milliseconds, other.milliseconds),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
        for (sum, more) in self.faults.iter_mut().zip(other.faults) {
            *sum += more;
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("seeds", self.seeds),
            ("calls", self.calls),
            ("attempts", self.attempts),
            ("retries", self.retries),
            ("writes carried out", self.effects),
            ("resumptions", self.resumptions),
            ("dropped calls", self.cancellations),
            ("calls dropped while journaled", self.begin_drops),
            ("calls dropped while finished", self.finish_drops),
            ("writes refused for their age", self.expired),
            ("crashes", self.crashes),
            ("changes of circuits", self.circuits),
            ("responses with status 429 for a limit", self.refusals),
            ("seconds waited for the limiter", self.queued / 1_000),
            ("virtual seconds", self.milliseconds / 1_000),
        ];
        for (name, count) in lines {
            writeln!(out, "{count:>12} {name}")?;
        }
        for (name, count) in FAULTS.iter().zip(self.faults).skip(1) {
            writeln!(out, "{count:>12} attempts: {name}")?;
        }
        Ok(())
    }
}

/// How one simulation ended.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// The invariant that did not hold, if one did not.
    pub violation: Option<Violation>,
    /// A fingerprint of all events.
    pub hash: u64,
    /// Counts.
    pub stats: Stats,
    /// The log of events, line by line, if it was requested.
    pub trace: Vec<String>,
}

//! The built-in rate limiter.
//!
//! In: demands, ends of attempts and the time. Out: admissions within limits that begin at a
//! [`Preset`], yield to the server's refusals and come back. Afterwards no limit was exceeded in
//! any second, however calls were timed, dropped or cancelled. It keeps no time of its own and
//! knows nothing of other processes.
//!
//! | module | what it decides |
//! |---|---|
//! | `config` | which numbers apply |
//! | `accounts` | which limits a demand concerns, and which can be forgotten |
//! | `group` | who goes next in an account |
//! | `lane`, `turns` | who goes next among those for one operation or class |
//! | `bucket`, `window`, `level` | whether and when one limit has room |
//! | `feedback` | what an answer says about limits |

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::{Admission, ClassLimit, Demand, End, Preset, RateLimiter, Ticket, Usage};

mod accounts;
mod bucket;
mod config;
mod feedback;
mod group;
mod lane;
mod level;
#[cfg(test)]
mod tests;
mod turns;
mod window;

use accounts::Accounts;
use config::Config;
use feedback::Feedback;

/// Keeps attempts within limits per account, operation and class, and lets calls wait in a
/// bounded queue when a limit is reached.
///
/// A client has one with the limits that its API publishes, unless it is given another limiter.
/// Each account and mode has limits of its own: of its rate, of its attempts at once (twice the
/// rate, if nobody says otherwise), and of each operation or class of operations. A rate holds for
/// every interval of one second.
///
/// When the server answers 429, the limit that it names goes down to 70 % and comes back by 5 %
/// of the preset per second; it never exceeds the preset. `Retry-After` and quota headers that
/// say that nothing is left (`x-ratelimit-remaining: 0`) pause it, for up to 60 seconds at once.
///
/// ```
/// use std::time::Duration;
/// use runtime::rate_limit::{Preset, StandardLimiter};
///
/// let limiter = StandardLimiter::new(Preset::new(100, 25, 25))
///     // Another process uses the other half.
///     .share(0.5)
///     .queue(5_000)
///     .longest_wait(Duration::from_secs(120));
/// # let _ = limiter;
/// ```
pub struct StandardLimiter {
    config: Config,
    accounts: Mutex<Accounts>,
}

impl StandardLimiter {
    /// A limiter with these limits.
    pub fn new(preset: Preset) -> Self {
        Self {
            config: Config::new(preset),
            accounts: Mutex::new(Accounts::new()),
        }
    }

    /// Uses this part of all limits: more than 0, at most 1. For programs of several processes;
    /// the parts of all of them together should not exceed 1. A limit is never less than one
    /// attempt per second.
    ///
    /// A client cannot be built with a limiter whose share is something else.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.config.share = share;
        self
    }

    /// Attempts per second that an account may make in live mode and outside of it, instead of
    /// the preset's. 0 for no limit.
    #[must_use]
    pub fn per_second(mut self, live: u32, test: u32) -> Self {
        self.config.live = live;
        self.config.test = test;
        self
    }

    /// Attempts per second of each operation without a class, instead of the preset's. 0 for no
    /// limit.
    #[must_use]
    pub fn operation_per_second(mut self, attempts: u32) -> Self {
        self.config.operation = attempts;
        self
    }

    /// Attempts per second of one operation, by its id. 0 for no limit of its own. An operation
    /// that has a class shares the limit of the class instead.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>, attempts: u32) -> Self {
        self.config.operations.insert(id.into(), attempts);
        self
    }

    /// The limit of a class, instead of the preset's.
    #[must_use]
    pub fn class(mut self, limit: ClassLimit) -> Self {
        let classes = &mut self.config.classes;
        classes.retain(|known| known.class != limit.class);
        classes.push(limit);
        self
    }

    /// Attempts at once that an account may make. Twice the attempts per second by default; 0
    /// for no limit.
    ///
    /// Stripe publishes no number but for payouts (15 per second, 30 at once), and the default
    /// takes over that ratio. It is reached when answers take two seconds on average.
    #[must_use]
    pub fn concurrent(mut self, attempts: u32) -> Self {
        self.config.concurrent = Some(attempts);
        self
    }

    /// So many calls may wait per account and mode; a tenth of the places is left to interactive
    /// ones. 1,000 by default. With 0 no call waits.
    #[must_use]
    pub fn queue(mut self, calls: u32) -> Self {
        self.config.queue = calls;
        self
    }

    /// So long may a call wait. 30 seconds by default. A call that would surely wait longer, as
    /// the queue stands, is refused at once.
    #[must_use]
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.config.longest_wait = wait;
        self
    }

    /// Runs `work` alone, and wakes whom it names afterwards, since a waker may run anything.
    fn alone<T>(&self, work: impl FnOnce(&mut Accounts, &mut Vec<Waker>) -> T) -> T {
        let mut wakes = Vec::new();
        let result = {
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut accounts, &mut wakes)
        };
        wakes.into_iter().for_each(Waker::wake);
        result
    }
}

impl RateLimiter for StandardLimiter {
    fn ask(&self, ticket: Ticket, demand: &Demand<'_>, waker: &Waker) -> Admission {
        self.alone(|accounts, wakes| accounts.ask(&self.config, ticket.0, demand, waker, wakes))
    }

    fn release(&self, ticket: Ticket, demand: &Demand<'_>, end: End<'_>) {
        let feedback = Feedback::of(&end);
        self.alone(|accounts, wakes| {
            accounts.release(&self.config, ticket.0, demand, feedback, wakes);
        });
    }

    fn check(&self) -> Result<(), String> {
        let share = self.config.share;
        if share > 0.0 && share <= 1.0 {
            return Ok(());
        }
        Err(format!(
            "the rate limiter's share must be more than 0 and at most 1, and is {share}"
        ))
    }

    fn usage(&self, now: Instant) -> Vec<Usage> {
        self.alone(|accounts, _| accounts.usage(now))
    }
}

impl fmt::Debug for StandardLimiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StandardLimiter")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::{
    Admission, ClassLimit, Demand, End, Preset, Priority, RateLimiter, Ticket, Usage,
};
use super::StandardLimiter;

mod adapting;
mod limits;
mod properties;
mod queue;

const SECOND: Duration = Duration::from_secs(1);

/// The tickets that were woken, in that order.
type Woken = Arc<Mutex<VecDeque<u64>>>;

struct Bell(u64, Woken);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push_back(self.0);
    }
}

/// A limiter with a time that the test moves.
struct Bench {
    limiter: StandardLimiter,
    now: Instant,
    tickets: u64,
    woken: Woken,
}

impl Bench {
    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time has to begin somewhere"
    )]
    fn new(limiter: StandardLimiter) -> Self {
        Self {
            limiter,
            now: Instant::now(),
            tickets: 0,
            woken: Woken::default(),
        }
    }

    /// Limits of so many per second for the account and for each operation.
    fn with(account: u32, operation: u32) -> Self {
        Self::new(StandardLimiter::new(Preset::new(
            account, account, operation,
        )))
    }

    fn demand<'a>(&self, operation: &'a str) -> Demand<'a> {
        Demand::new(operation, self.now)
    }

    fn bulk<'a>(&self, operation: &'a str) -> Demand<'a> {
        Demand {
            priority: Priority::Bulk,
            ..self.demand(operation)
        }
    }

    fn ask(&self, ticket: u64, demand: &Demand<'_>) -> Admission {
        let demand = Demand {
            now: self.now,
            ..*demand
        };
        let bell = Arc::new(Bell(ticket, Arc::clone(&self.woken)));
        self.limiter
            .ask(Ticket(ticket), &demand, &Waker::from(bell))
    }

    /// A new ticket and the first answer to it.
    fn come(&mut self, demand: &Demand<'_>) -> (u64, Admission) {
        self.tickets += 1;
        (self.tickets, self.ask(self.tickets, demand))
    }

    /// How many of so many newcomers may go at once.
    fn admitted(&mut self, newcomers: u32, demand: &Demand<'_>) -> u32 {
        (0..newcomers)
            .map(|_| u32::from(self.come(demand).1 == Admission::Now))
            .sum()
    }

    /// So many attempts that are over at once.
    fn spend(&mut self, attempts: u32, demand: &Demand<'_>) {
        for _ in 0..attempts {
            self.answered(demand, 200, &[]);
        }
    }

    /// A newcomer that has to wait.
    fn waiter(&mut self, demand: &Demand<'_>) -> u64 {
        let (ticket, admission) = self.come(demand);
        assert!(matches!(admission, Admission::Wait(_)), "{admission:?}");
        ticket
    }

    fn release(&self, ticket: u64, demand: &Demand<'_>, end: End<'_>) {
        let demand = Demand {
            now: self.now,
            ..*demand
        };
        self.limiter.release(Ticket(ticket), &demand, end);
    }

    /// An attempt that is answered at once.
    fn answered(&mut self, demand: &Demand<'_>, status: u16, headers: &[(&'static str, &str)]) {
        let (ticket, admission) = self.come(demand);
        assert_eq!(admission, Admission::Now);
        self.answer(ticket, demand, status, headers);
    }

    fn answer(
        &self,
        ticket: u64,
        demand: &Demand<'_>,
        status: u16,
        headers: &[(&'static str, &str)],
    ) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let end = End::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            headers: &map,
            code: None,
        };
        self.release(ticket, demand, end);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn woken(&self) -> Vec<u64> {
        self.woken.lock().unwrap().drain(..).collect()
    }

    fn usage(&self, scope: &str) -> Usage {
        let all = self.limiter.usage(self.now);
        let found = all.iter().find(|usage| usage.scope == scope);
        found
            .unwrap_or_else(|| panic!("{scope} in {all:?}"))
            .clone()
    }
}

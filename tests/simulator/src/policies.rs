//! The policies of a simulated client: the built-in ones, or broken ones in their place.

use std::time::Duration;

use runtime::circuit_breaker::CircuitBreaker;
use runtime::client::ClientBuilder;
use runtime::rate_limit::{ClassLimit, Limiter, Preset, Unlimited};
use runtime::retry::RetryPolicy;

use super::api::{CLASSES, LIMITS};
use super::sabotage::Rule;
use super::scenario::Process;

/// Sets the policies of a client.
pub(super) fn install(
    mut builder: ClientBuilder,
    plan: &Process,
    broken: Option<Rule>,
) -> ClientBuilder {
    let retry = match broken {
        Some(Rule::IgnoreBudget) => RetryPolicy::new().without_budget(),
        _ => RetryPolicy::new().budget(plan.budget.0, plan.budget.1),
    };
    builder = builder.retry_policy(retry);
    builder = match broken {
        Some(Rule::LimiterUnlimited) => builder.rate_limiter(Unlimited),
        Some(Rule::LimiterOffByOne) => builder.rate_limiter(queueing(off_by_one(), plan)),
        _ => builder.rate_limiter(queueing(Limiter::new(LIMITS), plan)),
    };
    let breaker = CircuitBreaker::new()
        .min_attempts(plan.min_attempts)
        .open_for(plan.open_for, plan.open_for * 8);
    builder.circuit_breaker(match broken {
        Some(Rule::BreakerNeverCloses) => breaker.probes(2, u32::MAX),
        _ => breaker,
    })
}

fn queueing(limiter: Limiter, plan: &Process) -> Limiter {
    limiter.queue(plan.queue).longest_wait(plan.longest_wait)
}

/// A limiter that lets one attempt too many pass within a second.
fn off_by_one() -> Limiter {
    let preset = Preset::new(
        LIMITS.live_per_second + 1,
        LIMITS.test_per_second + 1,
        LIMITS.operation_per_second + 1,
    );
    CLASSES.iter().fold(Limiter::new(preset), |limiter, class| {
        let mut more = ClassLimit::new(class.class, class.per_second + 1);
        if class.concurrent > 0 {
            more = more.concurrent(class.concurrent);
        }
        if class.separate {
            more = more.separate();
        }
        limiter.class(more)
    })
}

/// How long a client's circuits stay open at most.
pub(super) fn longest_open(plan: &Process) -> Duration {
    plan.open_for * 8
}

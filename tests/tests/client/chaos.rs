//! Thousands of writes over real sockets under faults: each is executed exactly once.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its ground gives way"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use stripe::circuit_breaker::CircuitBreaker;
use stripe::customers::CreateCustomer;
use stripe::http::PendingWrite;
use stripe::rate_limit::Unlimited;
use tests::chaos::proxy::{Proxy, ProxyFault};
use tests::chaos::server::ChaosServer;

const WRITES: u32 = 1_500;
const CALLERS: u32 = 64;

/// How a write ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Done,
    Declined,
    NotSent,
    /// The server rejected every attempt before executing it.
    TurnedAway,
}

fn client(url: &str) -> stripe::Client {
    stripe::Client::builder()
        .api_key("sk_test_chaos")
        .base_url(url)
        // Half of all requests fail on purpose, so the limiter and the breaker are turned off.
        .rate_limiter(Unlimited)
        .circuit_breaker(CircuitBreaker::disabled())
        .timeout(Duration::from_millis(700))
        .stall_timeout(Duration::from_millis(300))
        .retries(3)
        .build()
        .expect("a client")
}

/// Makes one write and resumes it until its outcome is known.
async fn write(client: &stripe::Client, order: String, resumed: &AtomicU32) -> End {
    let params = CreateCustomer::new().description(order.as_str());
    let mut result = client.customers().create(params).await;
    loop {
        let error = match result {
            Ok(customer) => {
                assert_eq!(customer.id.as_str(), format!("cus_{order}"));
                return End::Done;
            }
            Err(error) => error,
        };
        if error.is_card_declined() {
            return End::Declined;
        }
        if error.outcome().is_not_sent() {
            return End::NotSent;
        }
        let Some(pending) = error.pending().cloned() else {
            assert!(error.outcome().is_rejected(), "{error:?}");
            assert!(
                error.is_lock_timeout() || error.is_rate_limited(),
                "{error:?}"
            );
            return End::TurnedAway;
        };
        resumed.fetch_add(1, Ordering::Relaxed);
        result = resume(client, &pending).await;
    }
}

async fn resume(
    client: &stripe::Client,
    pending: &PendingWrite,
) -> Result<stripe::resources::Customer, stripe::Error> {
    client
        .runtime()
        .resume_as::<stripe::customers::Create>(pending)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_write_is_carried_out_once_when_the_network_breaks_half_of_them() {
    let server = ChaosServer::start().await.expect("the server starts");
    let proxy = Proxy::start(server.address(), 20_261_122)
        .await
        .expect("the proxy starts");
    let client = client(&proxy.url());
    let next = Arc::new(AtomicU32::new(0));
    let resumed = Arc::new(AtomicU32::new(0));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (client, next, resumed) = (client.clone(), Arc::clone(&next), Arc::clone(&resumed));
        callers.spawn(async move {
            let mut ends = Vec::new();
            loop {
                let order = next.fetch_add(1, Ordering::Relaxed);
                if order >= WRITES {
                    return ends;
                }
                let order = format!("order-{order:05}");
                let end = write(&client, order.clone(), &resumed).await;
                ends.push((order, end));
            }
        });
    }
    let ends: BTreeMap<String, End> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(ends.len(), usize::try_from(WRITES).expect("it fits"));

    let handled = server.counts();
    for (order, end) in &ends {
        let executed = handled.executed.get(order).copied().unwrap_or_default();
        let declined = handled.declined.get(order).copied().unwrap_or_default();
        let expected = match end {
            End::Done => (1, 0),
            End::Declined => (0, 1),
            End::NotSent | End::TurnedAway => (0, 0),
        };
        assert_eq!((executed, declined), expected, "{order} ended as {end:?}");
    }
    assert_eq!(handled.keyless, 0);
    assert_eq!(handled.mismatched, 0, "a key was used for other bytes");

    // The test is only meaningful if the faults happened.
    let counts = proxy.counts();
    for injected in [
        ProxyFault::ResetBefore,
        ProxyFault::ResetAfter,
        ProxyFault::CutBody,
        ProxyFault::StalledBody,
        ProxyFault::Late,
        ProxyFault::Swallowed,
        ProxyFault::Garbage,
        ProxyFault::GatewayAfter,
        ProxyFault::GatewayBefore,
        ProxyFault::Twice,
        ProxyFault::Slow,
        ProxyFault::CloseAfter,
    ] {
        assert!(counts.get(&injected).is_some_and(|&n| n > 10), "{counts:?}");
    }
    assert!(handled.replayed > 100 && handled.in_use > 10, "{handled:?}");
    assert!(resumed.load(Ordering::Relaxed) > 10);
}

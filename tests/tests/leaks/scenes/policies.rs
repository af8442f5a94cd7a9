//! Errors of the client's own policies: full queues, open circuits.

use std::time::Duration;

use observe::HealthWindow;
use runtime::circuit_breaker::CircuitBreaker;
use runtime::rate_limit::{Limiter, Preset};

use super::{answer, builder, loaded, nowhere, params, server};
use crate::api::{Create, Retrieve};
use crate::evidence::Evidence;
use crate::planted::PATH;
use crate::server::Reply;

pub(crate) async fn play(evidence: &Evidence) {
    evidence.scene("the rate limiter refuses");
    let stuck = server(|_| Reply::Stall).await;
    for limiter in [
        Limiter::new(Preset::new(1, 1, 1)).queue(0),
        Limiter::new(Preset::new(1, 1, 1)).longest_wait(Duration::from_millis(10)),
    ] {
        let client = builder(evidence, &stuck.url).rate_limiter(limiter);
        let client = client.retries(0).timeout(Duration::from_millis(200));
        let client = client.build().unwrap();
        let calls = (0..4).map(|_| loaded(client.request::<Create>(&[], &params())).into_future());
        let results = futures_util::future::join_all(calls).await;
        let errors: Vec<_> = results
            .into_iter()
            .map(|one| evidence.failure(one))
            .collect();
        assert!(
            errors.iter().any(|error| error.attempts() == 0),
            "{errors:?}"
        );
        for usage in client.stats().rate_limits {
            evidence.debug("rate-limit::Usage", &usage);
        }
    }
    evidence.scene("the circuit breaker refuses");
    let health = HealthWindow::new();
    let breaker = CircuitBreaker::new().min_attempts(2);
    let client = builder(evidence, &nowhere().await).circuit_breaker(breaker);
    let client = client.observer(health.clone()).build().unwrap();
    let mut last = None;
    for _ in 0..4 {
        let call = loaded(client.request::<Retrieve>(&[PATH], &()));
        last = Some(evidence.failure(call.await));
    }
    assert!(last.unwrap().is_circuit_open());
    for circuit in client.stats().circuits {
        evidence.debug("runtime::CircuitSnapshot", &circuit);
    }
    evidence.debug("observe::HealthSnapshot", &health.snapshot(&client));
    evidence.scene("a deadline passes during a pause");
    let busy = server(|_| {
        let Reply::Respond(_, mut headers, body) = answer(429, "{}") else {
            unreachable!("answers are answers");
        };
        headers.push(("retry-after", "2".to_owned()));
        Reply::Respond(429, headers, body)
    })
    .await;
    let client = builder(evidence, &busy.url).build().unwrap();
    let call = loaded(client.request::<Create>(&[], &params()));
    evidence.failure(call.deadline(Duration::from_millis(50)).await);
}

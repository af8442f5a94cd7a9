use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Decision, Failure, RetryPolicy, StandardRetry, Why, pause};

#[expect(clippy::disallowed_methods, reason = "any time will do")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

fn decide(status: u16, advice: Option<&'static str>, code: Option<&str>) -> bool {
    let mut headers = HeaderMap::new();
    if let Some(advice) = advice {
        headers.insert("stripe-should-retry", HeaderValue::from_static(advice));
    }
    let answer = Some((StatusCode::from_u16(status).unwrap(), &headers));
    let failure = Failure {
        answer,
        code,
        ..Failure::new(1, 2, now())
    };
    StandardRetry.decide(&failure, 0) != Decision::Stop(Why::Permanent)
}

#[test]
fn status_decides_when_server_says_nothing() {
    for (status, again) in [
        (400, false),
        (402, false),
        (404, false),
        (409, true),
        (424, true),
        (429, false),
    ] {
        assert_eq!(decide(status, None, None), again, "{status}");
    }
    assert!(decide(500, None, None) && decide(503, None, None));
    assert!(decide(429, None, Some("lock_timeout")));
}

#[test]
fn server_decides_when_it_says_something() {
    assert!(!decide(500, Some("false"), None));
    assert!(decide(400, Some("true"), None));
    assert!(decide(500, Some("perhaps"), None));
}

#[test]
fn nothing_is_repeated_when_limit_is_reached() {
    let failure = |attempts, max| Failure {
        transient: true,
        ..Failure::new(attempts, max, now())
    };
    assert_eq!(
        StandardRetry.decide(&failure(1, 0), 0),
        Decision::Stop(Why::LimitReached)
    );
    assert!(matches!(
        StandardRetry.decide(&failure(2, 2), 0),
        Decision::RetryAfter(_)
    ));
    assert_eq!(
        StandardRetry.decide(&failure(3, 2), 0),
        Decision::Stop(Why::LimitReached)
    );
    let permanent = Failure::new(1, 2, now());
    assert_eq!(
        StandardRetry.decide(&permanent, 0),
        Decision::Stop(Why::Permanent)
    );
}

#[test]
fn pause_grows_to_its_cap_and_is_jittered() {
    assert_eq!(pause(1, 0), Duration::ZERO);
    assert_eq!(pause(1, 1_000), Duration::from_millis(500));
    assert_eq!(pause(2, 1_000), Duration::from_secs(1));
    assert_eq!(pause(u32::MAX, 1_000), Duration::from_secs(8));
    assert_eq!(pause(1, 500), Duration::from_millis(250));
}

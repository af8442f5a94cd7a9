use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{AttemptOutcome, LimitFeedback, LimitKind, LimitScope};

fn feedback(status: u16, code: Option<&str>, headers: &[(&'static str, &str)]) -> LimitFeedback {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        map.insert(HeaderName::from_static(name), value);
    }
    LimitFeedback::from_outcome(&AttemptOutcome::Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &map,
        code,
    })
}

#[test]
fn refusal_concerns_the_limit_that_the_reason_names() {
    let cases = [
        ("global-rate", Some((LimitScope::Account, LimitKind::Rate))),
        ("endpoint-rate", Some((LimitScope::Lane, LimitKind::Rate))),
        (
            "global-concurrency",
            Some((LimitScope::Account, LimitKind::Concurrency)),
        ),
        (
            "endpoint-concurrency",
            Some((LimitScope::Lane, LimitKind::Concurrency)),
        ),
        ("resource-specific", None),
        (
            "something-new",
            Some((LimitScope::Account, LimitKind::Rate)),
        ),
    ];
    for (reason, expected) in cases {
        let headers = [("stripe-rate-limited-reason", reason)];
        assert_eq!(feedback(429, None, &headers).refusal, expected, "{reason}");
        assert_eq!(feedback(200, None, &headers).refusal, None, "{reason}");
    }
}

#[test]
fn refusal_without_reason_concerns_the_rate_of_the_account() {
    let expected = Some((LimitScope::Account, LimitKind::Rate));
    assert_eq!(feedback(429, None, &[]).refusal, expected);
    assert_eq!(feedback(429, Some("rate_limit"), &[]).refusal, expected);
    assert_eq!(feedback(400, Some("rate_limit"), &[]).refusal, expected);
    assert_eq!(feedback(400, None, &[]).refusal, None);
    assert_eq!(feedback(503, None, &[]).refusal, None);
}

#[test]
fn lock_timeout_is_not_a_limit() {
    let headers = [("retry-after", "5")];
    assert_eq!(
        feedback(429, Some("lock_timeout"), &headers),
        LimitFeedback::default()
    );
    assert_eq!(
        LimitFeedback::from_outcome(&AttemptOutcome::NoResponse),
        LimitFeedback::default()
    );
    assert_eq!(
        LimitFeedback::from_outcome(&AttemptOutcome::Dropped),
        LimitFeedback::default()
    );
}

#[test]
fn pause_is_bounded_and_only_of_refusals() {
    let pause = |status, text| feedback(status, None, &[("retry-after", text)]).pause;
    assert_eq!(pause(429, "1.5"), Duration::from_millis(1_500));
    assert_eq!(pause(429, "86400"), Duration::from_secs(60));
    assert_eq!(pause(429, "-3"), Duration::ZERO);
    assert_eq!(pause(429, "soon"), Duration::ZERO);
    assert_eq!(pause(503, "5"), Duration::ZERO);
}

#[test]
fn quota_pauses_when_nothing_is_left() {
    let date = ("date", "Thu, 01 Jan 2026 00:00:00 GMT");
    let exhausted = |remaining: &str, reset: &str| {
        let headers = [
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", reset),
            date,
        ];
        feedback(200, None, &headers).exhausted
    };
    let seconds = Duration::from_secs;
    assert_eq!(exhausted("0", "7"), seconds(7));
    assert_eq!(exhausted("0;w=60", " 7, 9"), seconds(7));
    assert_eq!(exhausted("0", "3600"), seconds(60));
    // 1767225600 is the date above.
    assert_eq!(exhausted("0", "1767225612"), seconds(12));
    assert_eq!(exhausted("0", "1767225612000"), seconds(12));
    assert_eq!(exhausted("0", "1767225599"), Duration::ZERO);
    for (remaining, reset) in [
        ("1", "7"),
        ("", "7"),
        ("none", "7"),
        ("0", ""),
        ("0", "6m0s"),
        ("0", "NaN"),
        ("0", "inf"),
        ("0", "-1"),
        ("0", "1e300"),
        ("-0.5", "7"),
    ] {
        assert_eq!(
            exhausted(remaining, reset),
            Duration::ZERO,
            "{remaining} {reset}"
        );
    }
}

#[test]
fn quota_is_read_from_other_headers_too() {
    for (remaining, reset) in [
        ("ratelimit-remaining", "ratelimit-reset"),
        ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ] {
        let headers = [(remaining, "0"), (reset, "3")];
        assert_eq!(
            feedback(429, None, &headers).exhausted,
            Duration::from_secs(3)
        );
        assert_eq!(
            feedback(200, None, &[(remaining, "0")]).exhausted,
            Duration::ZERO
        );
    }
    // A date is not understood without the response's own date.
    let headers = [
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "1767225612"),
    ];
    assert_eq!(feedback(200, None, &headers).exhausted, Duration::ZERO);
}

//! The results of attempts that the sections combine.

use std::time::Duration;

use crate::client::{Act, PROGRESS, Target};

pub(super) type Headers = &'static [(&'static str, &'static str)];

pub(super) const STATUSES: [u16; 32] = [
    200, 201, 204, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 410,
    418, 422, 424, 429, 499, 500, 501, 502, 503, 504, 505, 599, 600,
];

/// Bodies that are not an error object in the API's usual form, each with its label.
const OTHER_BODIES: [(&str, &str); 15] = [
    ("empty", ""),
    ("{}", "{}"),
    ("null", "null"),
    ("list", "[]"),
    ("object with id", r#"{"id": "obj_1"}"#),
    ("page", "<html><body>Bad gateway</body></html>"),
    ("truncated", r#"{"id": "obj"#),
    ("invalid inside", "{oops}"),
    ("truncated error", r#"{"error": {"type": "card_error""#),
    ("error null", r#"{"error": null}"#),
    ("error list", r#"{"error": []}"#),
    (
        "error with id",
        r#"{"error": {"type": "card_error"}, "id": "obj_1"}"#,
    ),
    (
        "error with object",
        r#"{"error": {"type": "card_error"}, "object": "thing"}"#,
    ),
    (
        "error not first",
        r#"{"a": 1, "error": {"type": "card_error"}}"#,
    ),
    (
        "type is a number",
        r#"{"error": {"type": 7, "code": "lock_timeout"}}"#,
    ),
];

/// Error objects by type and code; empty stands for none.
const ERRORS: [(&str, &str); 22] = [
    ("", ""),
    ("card_error", ""),
    ("idempotency_error", ""),
    ("invalid_request_error", ""),
    ("api_error", ""),
    ("authentication_error", ""),
    ("rate_limit_error", ""),
    ("rate_limit", ""),
    ("temporary_session_expired", ""),
    ("unknown_error", ""),
    ("", "idempotency_key_in_use"),
    ("", "lock_timeout"),
    ("", "rate_limit"),
    ("", "card_declined"),
    ("", "resource_missing"),
    ("card_error", "card_declined"),
    ("card_error", "rate_limit"),
    ("idempotency_error", "idempotency_key_in_use"),
    ("idempotency_error", "lock_timeout"),
    ("idempotency_error", "rate_limit"),
    ("invalid_request_error", "lock_timeout"),
    ("invalid_request_error", "rate_limit"),
];

/// Codes in the form of OAuth errors.
const OAUTH_CODES: [&str; 4] = [
    "invalid_grant",
    "lock_timeout",
    "idempotency_key_in_use",
    "rate_limit",
];

/// Headers that policies read, each with its label.
pub(super) const HEADERS: [(&str, Headers); 33] = [
    ("none", &[]),
    ("should-retry true", &[SHOULD_RETRY]),
    ("should-retry false", &[("stripe-should-retry", "false")]),
    ("should-retry True", &[("stripe-should-retry", "True")]),
    (
        "should-retry ' true '",
        &[("stripe-should-retry", " true ")],
    ),
    ("replayed true", &[REPLAYED]),
    ("replayed false", &[("idempotent-replayed", "false")]),
    ("replayed ' true '", &[("idempotent-replayed", " true ")]),
    ("replayed + should-retry true", &[REPLAYED, SHOULD_RETRY]),
    ("retry-after 0", &[("retry-after", "0")]),
    ("retry-after 2", &[WAIT_2]),
    ("retry-after 60", &[("retry-after", "60")]),
    ("retry-after 61", &[("retry-after", "61")]),
    ("retry-after 100", &[WAIT_100]),
    ("retry-after -1", &[("retry-after", "-1")]),
    ("retry-after soon", &[("retry-after", "soon")]),
    ("retry-after date in 2 s", &[WAIT_DATE, DATE]),
    ("retry-after date without date", &[WAIT_DATE]),
    (
        "retry-after 100 + should-retry true",
        &[WAIT_100, SHOULD_RETRY],
    ),
    ("retry-after 2 + replayed", &[WAIT_2, REPLAYED]),
    ("reason global-rate", &[(REASON, "global-rate")]),
    ("reason endpoint-rate", &[(REASON, "endpoint-rate")]),
    (
        "reason global-concurrency",
        &[(REASON, "global-concurrency")],
    ),
    (
        "reason endpoint-concurrency",
        &[(REASON, "endpoint-concurrency")],
    ),
    ("reason resource-specific", &[RESOURCE]),
    ("reason other", &[(REASON, "phase-of-the-day")]),
    (
        "reason endpoint-rate + retry-after 2",
        &[(REASON, "endpoint-rate"), WAIT_2],
    ),
    (
        "reason resource-specific + retry-after 2",
        &[RESOURCE, WAIT_2],
    ),
    (
        "reason resource-specific + should-retry true",
        &[RESOURCE, SHOULD_RETRY],
    ),
    ("quota 0 reset 5", &[QUOTA_0, ("x-ratelimit-reset", "5")]),
    (
        "quota 0 reset 100",
        &[QUOTA_0, ("x-ratelimit-reset", "100")],
    ),
    ("quota 0 without reset", &[QUOTA_0]),
    (
        "quota 1 reset 5",
        &[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "5")],
    ),
];

const REASON: &str = "stripe-rate-limited-reason";
const RESOURCE: (&str, &str) = (REASON, "resource-specific");
const SHOULD_RETRY: (&str, &str) = ("stripe-should-retry", "true");
const REPLAYED: (&str, &str) = ("idempotent-replayed", "true");
const WAIT_2: (&str, &str) = ("retry-after", "2");
const WAIT_100: (&str, &str) = ("retry-after", "100");
const WAIT_DATE: (&str, &str) = ("retry-after", "Wed, 21 Oct 2015 07:28:02 GMT");
const DATE: (&str, &str) = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
const QUOTA_0: (&str, &str) = ("x-ratelimit-remaining", "0");

/// All bodies with their labels.
pub(super) fn all_bodies() -> Vec<(String, Vec<u8>)> {
    let others = OTHER_BODIES.map(|(label, text)| (label.to_owned(), text.into()));
    let errors = ERRORS.map(|(class, code)| (error_label(class, code), error_body(class, code)));
    let oauth = OAUTH_CODES.map(|code| {
        let body = format!("{{\"error\": \"{code}\"}}");
        (format!("oauth {code}"), body.into_bytes())
    });
    let mut all = Vec::from(others);
    all.push(("invalid UTF-8".to_owned(), b"\xff\xfe".to_vec()));
    all.extend(errors);
    all.extend(oauth);
    all
}

/// An error object of a type and a code, as far as they are given.
pub(super) fn error_body(class: &str, code: &str) -> Vec<u8> {
    let members = [("type", class), ("code", code)];
    let members = members.iter().filter(|(_, value)| !value.is_empty());
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\": \"{value}\""))
        .collect();
    format!("{{\"error\": {{{}}}}}", members.join(", ")).into_bytes()
}

pub(super) fn error_label(class: &str, code: &str) -> String {
    match (class, code) {
        ("", "") => "error {}".to_owned(),
        ("", code) => format!("code {code}"),
        (class, "") => class.to_owned(),
        (class, code) => format!("{class}/{code}"),
    }
}

pub(super) fn respond(status: u16, headers: Headers, body: &[u8]) -> Act {
    Act::Respond {
        status,
        headers: headers.to_vec(),
        body: body.to_vec(),
    }
}

/// A response with an error object.
pub(super) fn refuse(status: u16, class: &str, code: &str) -> Act {
    respond(status, &[], &error_body(class, code))
}

/// A failure of the transport, by its label in `PROGRESS`.
pub(super) fn fail(progress: &str, timed_out: bool, after: Duration) -> Act {
    let (_, progress) = PROGRESS
        .into_iter()
        .find(|(label, _)| *label == progress)
        .unwrap();
    Act::Fail {
        progress,
        timed_out,
        after,
    }
}

/// An immediate failure of the transport.
pub(super) fn break_off(progress: &str) -> Act {
    fail(progress, false, Duration::ZERO)
}

/// What the general sections call.
pub(super) const TARGETS: [(&str, Target); 7] = [
    ("GET", Target::Get),
    ("GET-binary", Target::GetBinary),
    ("POST", Target::Post),
    ("POST-without-key", Target::PostUnkeyed),
    ("DELETE-v1", Target::DeleteV1),
    ("DELETE-v2", Target::DeleteV2),
    ("resumed", Target::Resumed),
];

/// One result of each kind, with labels.
pub(super) fn representatives() -> Vec<(&'static str, Act)> {
    let mut all = representative_responses();
    all.extend([
        ("refused", break_off("refused")),
        ("connecting", break_off("connecting")),
        ("sent", break_off("sent")),
        ("too large", break_off("too large")),
        ("no response", Act::Hang),
    ]);
    all
}

fn representative_responses() -> Vec<(&'static str, Act)> {
    let page = b"<html>";
    let replayed = &[REPLAYED];
    vec![
        ("200 object", respond(200, &[], b"{\"id\": \"obj_1\"}")),
        ("200 page", respond(200, &[], page)),
        ("200 invalid inside", respond(200, &[], b"{oops}")),
        ("200 card_error", refuse(200, "card_error", "")),
        ("200 api_error", refuse(200, "api_error", "")),
        ("204 empty", respond(204, &[], b"")),
        ("302 page", respond(302, &[], page)),
        ("307 page", respond(307, &[], page)),
        (
            "400 invalid_request_error",
            refuse(400, "invalid_request_error", ""),
        ),
        ("400 page", respond(400, &[], page)),
        (
            "400 idempotency_error",
            refuse(400, "idempotency_error", ""),
        ),
        ("400 rate_limit", refuse(400, "", "rate_limit")),
        ("400 lock_timeout", refuse(400, "", "lock_timeout")),
        ("400 session", refuse(400, "temporary_session_expired", "")),
        (
            "400 oauth",
            respond(400, &[], b"{\"error\": \"invalid_grant\"}"),
        ),
        ("401 page", respond(401, &[], page)),
        (
            "401 authentication_error",
            refuse(401, "authentication_error", ""),
        ),
        ("402 card_error", refuse(402, "card_error", "")),
        ("402 page", respond(402, &[], page)),
        (
            "403 invalid_request_error",
            refuse(403, "invalid_request_error", ""),
        ),
        (
            "404 invalid_request_error",
            refuse(404, "invalid_request_error", ""),
        ),
        ("404 page", respond(404, &[], page)),
        ("408 page", respond(408, &[], page)),
        (
            "409 invalid_request_error",
            refuse(409, "invalid_request_error", ""),
        ),
        (
            "409 in use",
            refuse(409, "idempotency_error", "idempotency_key_in_use"),
        ),
        (
            "409 idempotency_error",
            refuse(409, "idempotency_error", ""),
        ),
        ("418 page", respond(418, &[], page)),
        (
            "422 invalid_request_error",
            refuse(422, "invalid_request_error", ""),
        ),
        ("424 error {}", refuse(424, "", "")),
        ("429 rate_limit_error", refuse(429, "rate_limit_error", "")),
        ("429 page", respond(429, &[], page)),
        (
            "429 lock_timeout",
            refuse(429, "invalid_request_error", "lock_timeout"),
        ),
        ("429 resource-specific", respond(429, &[RESOURCE], page)),
        ("500 api_error", refuse(500, "api_error", "")),
        (
            "500 replayed",
            respond(500, replayed, &error_body("api_error", "")),
        ),
        ("502 page", respond(502, &[], page)),
        ("503 retry-after 2", respond(503, &[WAIT_2], page)),
        ("600 page", respond(600, &[], page)),
    ]
}

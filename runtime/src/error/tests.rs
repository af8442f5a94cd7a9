use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Error, ErrorBody, ErrorKind, Outcome, printable_text};
use crate::http::RawResponse;

#[test]
fn error_is_one_word_and_can_be_sent() {
    fn sendable<T: Send + Sync + 'static>() {}
    sendable::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Error>>(), size_of::<usize>());
}

#[test]
fn line_lists_facts_when_server_responded() {
    let mut headers = HeaderMap::new();
    headers.insert("request-id", HeaderValue::from_static("req_1"));
    let body = r#"{"error": {"type": "card_error", "code": "card_declined",
        "decline_code": "lost_card", "param": "source", "message": "Jenny's card was lost."}}"#;
    let raw = RawResponse::new(StatusCode::PAYMENT_REQUIRED, headers, body);
    let error = Error::rejected(raw).with_call("charges().create, POST /v1/charges", None, 2);
    let facts = "(charges().create, POST /v1/charges, status 402, type card_error, code \
        card_declined, decline code lost_card, parameter source, request req_1, attempts 2)";
    assert_eq!(
        error.to_string(),
        format!("the card was declined: Jenny's card was lost. {facts}")
    );
    let hidden = error.with_hidden_message(true);
    assert_eq!(hidden.to_string(), format!("the card was declined {facts}"));
    assert_eq!(hidden.message(), Some("Jenny's card was lost."));
}

fn rejected(status: u16, body: &str) -> Error {
    let status = StatusCode::from_u16(status).unwrap();
    Error::rejected(RawResponse::new(status, HeaderMap::new(), body.to_owned()))
}

#[test]
fn message_is_shown_without_credentials_and_on_one_line() {
    let error = rejected(
        401,
        r#"{"error": {"message": "  No key sk_live_abc123 and pi_1_secret_x2\nh\u00e9\u202e\u0000 "}}"#,
    );
    assert_eq!(
        error.to_string(),
        "the credentials were not accepted: No key [redacted] and [redacted]?h\u{e9}?? (status 401)"
    );
    let long = format!(r#"{{"error": {{"message": "{}"}}}}"#, "x".repeat(5_000));
    assert!(rejected(400, &long).to_string().len() < 1_200);
}

#[test]
fn empty_members_are_not_shown() {
    let error = rejected(
        400,
        r#"{"error": {"type": "", "code": "", "param": "", "message": " ", "decline_code": ""}}"#,
    );
    assert_eq!(
        error.to_string(),
        "the server refused the request as invalid (status 400)"
    );
}

#[test]
fn sentence_is_a_message_and_no_code_when_it_is_the_whole_error() {
    let error = rejected(400, r#"{"error": "Something wrong"}"#);
    assert!(error.is_invalid_request() && !error.is_oauth());
    assert_eq!(
        (error.code(), error.message()),
        (None, Some("Something wrong"))
    );
    assert_eq!(
        error.to_string(),
        "the server refused the request as invalid: Something wrong (status 400)"
    );
    // It is not the API's own form, so it does not say what became of a write.
    assert_eq!(error.outcome(), Outcome::Unknown);
    for sentence in [
        "Forbidden",
        "Not found.",
        "",
        "code with blanks",
        "caf\u{e9}",
    ] {
        let body = format!(r#"{{"error": "{sentence}"}}"#);
        assert!(!rejected(400, &body).is_oauth(), "{sentence}");
    }
    assert!(rejected(400, r#"{"error": "invalid_grant"}"#).is_oauth());
}

#[test]
fn body_is_the_error_object_of_an_api_with_bare_errors() {
    let bare = |status: u16, body: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        let response = RawResponse::new(status, HeaderMap::new(), body.to_owned());
        Error::rejected_bare(response)
    };
    let problem = r#"{"type": "about:blank", "title": "Missing", "detail": "no pet 7"}"#;
    let error = bare(404, problem);
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(error.message(), Some("no pet 7"));
    for (body, message) in [
        (
            r#"{"message": "no pet", "title": "Missing"}"#,
            Some("no pet"),
        ),
        (r#"{"title": "Missing"}"#, Some("Missing")),
        (r#"{"error": "not_found"}"#, Some("not_found")),
        (
            r#"{"error": {"message": "in its place"}}"#,
            Some("in its place"),
        ),
        (r#" {"errors": []}"#, None),
    ] {
        let error = bare(404, body);
        assert!(error.is_not_found(), "{body}");
        assert_eq!(error.message(), message, "{body}");
    }
    let error = bare(422, problem);
    assert!(error.is_invalid_request(), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Rejected);
    // A server that has failed may have executed the request, whatever it says.
    assert_eq!(bare(500, problem).outcome(), Outcome::Unknown);
    // These are no objects, so a proxy may have sent them.
    for body in ["", "<html>", "[]", "\"Missing\""] {
        assert!(bare(404, body).is_unexpected(), "{body}");
        assert_eq!(bare(404, body).outcome(), Outcome::Unknown, "{body}");
    }
    let oauth = r#"{"error": "invalid_grant", "error_description": "old"}"#;
    assert!(bare(400, oauth).is_oauth());
}

#[test]
fn every_text_of_the_error_object_has_a_method() {
    let error = rejected(
        402,
        r#"{"error": {"doc_url": "u", "advice_code": "a", "network_advice_code": "na",
        "network_decline_code": "nd", "charge": "ch_1", "payment_method_type": "card",
        "request_log_url": "l", "user_message": "m", "reason": "r", "param": "p",
        "decline_code": "d", "code": 1, "x": {"doc_url": "no"}, "charge": "ch_2"}}"#,
    );
    let found = [
        error.doc_url(),
        error.advice_code(),
        error.network_advice_code(),
        error.network_decline_code(),
        error.charge(),
        error.payment_method_type(),
        error.request_log_url(),
        error.user_message(),
        error.reason(),
        error.param(),
        error.decline_code(),
    ];
    let expected = [
        "u", "a", "na", "nd", "ch_2", "card", "l", "m", "r", "p", "d",
    ];
    assert_eq!(found, expected.map(Some));
    assert_eq!(
        (error.code(), error.body().unwrap().text("x")),
        (None, None)
    );
    assert_eq!(Error::build("x").doc_url(), None);
}

#[test]
fn body_is_read_as_far_as_it_goes_when_malformed() {
    for odd in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        b"{\"error\": null}",
        b"{\"error\": 7}",
        b"{\"error\": []}",
        b"{\"error\": {\"type\": 7, \"code\": null, \"message\": {}}}",
        b"\xff\xfe",
        b"<html>",
        b"{\"error\": {\"type\": \"x\"",
    ] {
        let body = ErrorBody::parse(odd);
        assert_eq!(
            (body.error_type(), body.code(), body.message()),
            (None, None, None),
            "{odd:?}"
        );
    }
}

#[test]
fn oauth_error_is_recognised_by_its_form() {
    let body = ErrorBody::parse(br#"{"error": "invalid_grant", "error_description": "old"}"#);
    assert!(body.is_oauth());
    assert_eq!(
        (body.code(), body.message()),
        (Some("invalid_grant"), Some("old"))
    );
    assert_eq!(body.text("error"), Some("invalid_grant"));
}

#[test]
fn outcome_follows_from_kind() {
    assert_eq!(ErrorKind::Connect.outcome(), Outcome::NotSent);
    assert_eq!(ErrorKind::Timeout.outcome(), Outcome::Unknown);
    assert_eq!(ErrorKind::CardDeclined.outcome(), Outcome::Rejected);
    assert!(Outcome::NotSent.is_not_sent() && Outcome::Unknown.is_unknown());
    assert!(Outcome::Rejected.is_rejected());
}

#[test]
fn failed_payment_is_recognised_by_type_or_status() {
    let kind = |status: StatusCode, body: &str| {
        Error::rejected(RawResponse::new(status, HeaderMap::new(), body.to_owned())).kind()
    };
    let card = r#"{"error": {"type": "card_error"}}"#;
    let vague = r#"{"error": {"type": "invalid_request_error", "code": "card_declined"}}"#;
    assert_eq!(kind(StatusCode::BAD_REQUEST, card), ErrorKind::CardDeclined);
    for body in [card, vague] {
        assert_eq!(
            kind(StatusCode::PAYMENT_REQUIRED, body),
            ErrorKind::CardDeclined
        );
    }
    for body in ["{}", "<html>"] {
        assert_eq!(
            kind(StatusCode::PAYMENT_REQUIRED, body),
            ErrorKind::Unexpected
        );
        assert_eq!(kind(StatusCode::NOT_FOUND, body), ErrorKind::Unexpected);
    }
    assert_eq!(
        kind(StatusCode::BAD_REQUEST, vague),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn label_of_a_kind_is_its_predicate_without_prefix() {
    assert_eq!(ErrorKind::CardDeclined.as_str(), "card_declined");
    assert_eq!(ErrorKind::OAuth.as_str(), "oauth");
    assert!(Error::from_kind(ErrorKind::OAuth).is_oauth());
    assert!(!Error::from_kind(ErrorKind::CardDeclined).is_oauth());
}

#[test]
fn text_is_bounded_and_on_one_line_when_it_is_shown() {
    assert_eq!(printable_text("all is well", 20), "all is well");
    assert_eq!(printable_text("two\nlines", 20), "two?lines");
    assert_eq!(printable_text("\u{1b}[31mred", 20), "?[31mred");
    assert_eq!(printable_text("\u{e9}\u{e9}\u{e9}", 2), "??");
    assert_eq!(printable_text(&"x".repeat(50), 10).len(), 10);
}

#[test]
fn whole_body_has_all_that_its_type_requires_or_none_of_it() {
    let body = ErrorBody::parse(br#"{"a": "b"}"#);
    let map = body.decode_whole::<crate::value::Map<String>>();
    assert_eq!(map.unwrap().get("a").map(String::as_str), Some("b"));
    assert_eq!(body.decode_whole::<Vec<String>>(), None);
    assert_eq!(
        ErrorBody::parse(b"<html>").decode_whole::<Vec<String>>(),
        None
    );
}

#[test]
fn codes_of_other_apis_decide_nothing() {
    let bare = |status: u16, body: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        Error::rejected_bare(RawResponse::new(status, HeaderMap::new(), body.to_owned()))
    };
    for body in [
        r#"{"error": "server_error", "error_description": "boom"}"#,
        r#"{"code": "lock_timeout"}"#,
        r#"{"type": "rate_limit"}"#,
        r#"{"error": {"type": "card_error"}}"#,
        "",
    ] {
        let error = bare(502, body);
        assert_eq!(error.outcome(), Outcome::Unknown, "{body}");
        assert!(error.is_server(), "{body}: {error:?}");
    }
    let conflict = bare(409, r#"{"title": "the name is taken"}"#);
    assert_eq!(
        conflict.0.verdict.retry,
        super::classify::Retryability::Permanent
    );
}

//! Every failure that a server can answer with, and what the user sees of it.

use runtime::Error;

use crate::api::{Anything, Create, Documented, Params, Retrieve, client};
use crate::server::{Reply, Server};

/// One row of the failure table.
struct Row {
    status: u16,
    body: &'static str,
    holds: fn(&Error) -> bool,
    outcome: &'static str,
}

const fn row(
    status: u16,
    body: &'static str,
    holds: fn(&Error) -> bool,
    outcome: &'static str,
) -> Row {
    Row {
        status,
        body,
        holds,
        outcome,
    }
}

const TABLE: &[Row] = &[
    row(
        400,
        r#"{"error": {"type": "invalid_request_error", "param": "email"}}"#,
        Error::is_invalid_request,
        "Rejected",
    ),
    row(
        400,
        r#"{"error": {"code": "invalid_fields"}}"#,
        Error::is_invalid_request,
        "Rejected",
    ),
    row(
        404,
        r#"{"error": {"type": "invalid_request_error", "code": "resource_missing"}}"#,
        Error::is_not_found,
        "Rejected",
    ),
    row(
        401,
        r#"{"error": {"type": "invalid_request_error"}}"#,
        Error::is_authentication,
        "Rejected",
    ),
    row(
        402,
        r#"{"error": {"type": "card_error", "code": "card_declined", "decline_code": "lost_card"}}"#,
        Error::is_card_declined,
        "Rejected",
    ),
    row(
        403,
        r#"{"error": {"type": "invalid_request_error"}}"#,
        Error::is_permission,
        "Rejected",
    ),
    row(
        400,
        r#"{"error": {"type": "idempotency_error"}}"#,
        Error::is_idempotency_mismatch,
        "Rejected",
    ),
    row(
        409,
        r#"{"error": {"type": "idempotency_error"}}"#,
        Error::is_idempotency_mismatch,
        "Rejected",
    ),
    row(
        409,
        r#"{"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}"#,
        Error::is_conflict,
        "Unknown",
    ),
    row(
        409,
        r#"{"error": {"type": "api_error"}}"#,
        Error::is_conflict,
        "Unknown",
    ),
    row(
        424,
        r#"{"error": {"type": "api_error"}}"#,
        Error::is_dependency_failed,
        "Unknown",
    ),
    row(
        429,
        r#"{"error": {"type": "invalid_request_error"}}"#,
        Error::is_rate_limited,
        "Rejected",
    ),
    row(
        400,
        r#"{"error": {"type": "invalid_request_error", "code": "rate_limit"}}"#,
        Error::is_rate_limited,
        "Rejected",
    ),
    row(
        400,
        r#"{"error": {"type": "rate_limit"}}"#,
        Error::is_rate_limited,
        "Rejected",
    ),
    row(
        429,
        r#"{"error": {"type": "invalid_request_error", "code": "lock_timeout"}}"#,
        Error::is_lock_timeout,
        "Rejected",
    ),
    row(
        500,
        r#"{"error": {"type": "api_error"}}"#,
        Error::is_server,
        "Unknown",
    ),
    row(
        503,
        r#"{"error": {"type": "invalid_request_error"}}"#,
        Error::is_server,
        "Unknown",
    ),
    row(
        400,
        r#"{"error": {"type": "temporary_session_expired"}}"#,
        Error::is_session_expired,
        "Rejected",
    ),
    row(
        400,
        r#"{"error": "invalid_grant", "error_description": "expired"}"#,
        Error::is_oauth,
        "Rejected",
    ),
    row(
        502,
        "<html><h1>Bad Gateway</h1></html>",
        Error::is_server,
        "Unknown",
    ),
    row(500, "", Error::is_server, "Unknown"),
    row(500, "{}", Error::is_server, "Unknown"),
    row(
        400,
        r#"{"error": {"type": "inv"#,
        Error::is_invalid_request,
        "Rejected",
    ),
    row(404, "not found", Error::is_not_found, "Rejected"),
    row(402, r#"{"error": {}}"#, Error::is_card_declined, "Rejected"),
    row(
        200,
        r#"{"error": {"type": "api_error"}}"#,
        Error::is_server,
        "Unknown",
    ),
    row(
        200,
        r#" { "error" : {"type": "card_error"}}"#,
        Error::is_card_declined,
        "Rejected",
    ),
    row(200, "<html></html>", Error::is_decode, "Unknown"),
    row(200, "", Error::is_decode, "Unknown"),
    row(200, r#"{"id": "item_1""#, Error::is_decode, "Unknown"),
    row(200, r#"{"object": "item"}"#, Error::is_decode, "Unknown"),
    row(200, "null", Error::is_decode, "Unknown"),
    row(200, "\u{feff}{}", Error::is_decode, "Unknown"),
];

#[tokio::test]
async fn failure_has_its_kind_when_server_answers_it() {
    for row in TABLE {
        let (status, body) = (row.status, row.body);
        let server = Server::start(move |_| Reply::status(status, body)).await;
        let call = client(&server).request::<Create>(&[], &Params::default());
        let error = call.idempotency_key("order-42").await.unwrap_err();
        let case = format!("{status} {body} gave {error:?}");
        assert!((row.holds)(&error), "{case}");
        assert_eq!(format!("{:?}", error.outcome()), row.outcome, "{case}");
        assert_eq!(error.status().unwrap(), status, "{case}");
        assert_eq!(error.request_id(), Some("req_wire"), "{case}");
        assert_eq!(error.idempotency_key(), Some("order-42"), "{case}");
        assert_eq!(error.attempts(), 1, "{case}");
        assert_eq!(error.raw_body().unwrap(), body, "{case}");
        let line = error.to_string();
        assert!(!line.contains('\n') && line.contains("Create"), "{line}");
        assert!(
            line.contains("req_wire") && line.contains(&status.to_string()),
            "{line}"
        );
    }
}

#[tokio::test]
async fn only_one_predicate_holds_for_each_failure() {
    let predicates: &[fn(&Error) -> bool] = &[
        Error::is_build,
        Error::is_circuit_open,
        Error::is_throttled,
        Error::is_connect,
        Error::is_timeout,
        Error::is_interrupted,
        Error::is_too_large,
        Error::is_redirect,
        Error::is_decode,
        Error::is_pagination,
        Error::is_invalid_request,
        Error::is_not_found,
        Error::is_authentication,
        Error::is_permission,
        Error::is_card_declined,
        Error::is_idempotency_mismatch,
        Error::is_conflict,
        Error::is_dependency_failed,
        Error::is_rate_limited,
        Error::is_lock_timeout,
        Error::is_server,
        Error::is_session_expired,
        Error::is_oauth,
    ];
    for row in TABLE {
        let (status, body) = (row.status, row.body);
        let server = Server::start(move |_| Reply::status(status, body)).await;
        let error = client(&server)
            .request::<Retrieve>(&["a"], &())
            .await
            .unwrap_err();
        let holding = predicates.iter().filter(|holds| holds(&error)).count();
        assert_eq!(holding, 1, "{status} {body}");
    }
}

#[tokio::test]
async fn facts_of_error_object_are_kept() {
    const BODY: &str = r#"{"error": {"type": "card_error", "code": "documented",
        "decline_code": "lost_card", "param": "number", "message": "Jenny's card was lost.",
        "doc_url": "https://docs.example", "advice_code": 7, "payment_intent": {"id": "pi_1"}}}"#;
    let server = Server::start(|_| {
        let headers = vec![("retry-after", "2.5".to_owned())];
        Reply::Answer(402, headers, BODY.as_bytes().to_vec())
    })
    .await;
    let error = client(&server)
        .request::<Anything>(&[], &())
        .await
        .unwrap_err();
    assert_eq!(error.error_type(), Some("card_error"));
    assert_eq!(
        (error.code(), error.decline_code()),
        (Some("documented"), Some("lost_card"))
    );
    assert_eq!(
        (error.param(), error.message()),
        (Some("number"), Some("Jenny's card was lost."))
    );
    assert_eq!(
        error.retry_after(),
        Some(std::time::Duration::from_millis(2_500))
    );
    let body = error.body().unwrap();
    assert_eq!(
        body.text("doc_url").as_deref(),
        Some("https://docs.example")
    );
    assert_eq!(body.text("advice_code"), None);
    assert_eq!(
        body.raw.get("payment_intent").unwrap().as_str(),
        r#"{"id": "pi_1"}"#
    );
    assert_eq!(error.typed::<Documented>(), Some(Documented));
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains("Jenny"), "{shown}");
}

#[tokio::test]
async fn resource_is_no_error_when_it_has_a_field_of_that_name() {
    for body in [
        r#"{"error": {"code": "x"}, "id": "item_1"}"#,
        r#"{"error": null, "x": 1}"#,
        r#"{"error": "text", "object": "report"}"#,
        r#"{"x": {"error": {}}}"#,
    ] {
        let server = Server::start(move |_| Reply::json(body)).await;
        let answer = client(&server).request::<Anything>(&[], &()).await.unwrap();
        assert_eq!(answer.as_str(), body);
    }
}

#[tokio::test]
async fn decode_error_says_where_when_field_is_missing() {
    let server = Server::always(r#"{"object": "item", "secret": "PLANTED"}"#).await;
    let error = client(&server)
        .request::<Retrieve>(&["a"], &())
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    let cause = source
        .downcast_ref::<runtime::codec::DecodeError>()
        .unwrap();
    assert_eq!(cause.type_name(), Some("Item"));
    assert!(!format!("{error:?} {source}").contains("PLANTED"));
}

#[tokio::test]
async fn line_stays_whole_when_server_sends_hostile_codes() {
    let server = Server::start(|_| {
        let code = "x\\n\\u001b[31m".repeat(100);
        Reply::status(400, &format!("{{\"error\": {{\"code\": \"{code}\"}}}}"))
    })
    .await;
    let error = client(&server)
        .request::<Anything>(&[], &())
        .await
        .unwrap_err();
    let line = error.to_string();
    assert!(
        line.len() < 400 && !line.contains('\n') && !line.contains('\u{1b}'),
        "{line:?}"
    );
}

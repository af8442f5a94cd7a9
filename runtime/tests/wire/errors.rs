//! The properties and the output of errors.

use runtime::Error;

use crate::api::{Anything, Documented, Retrieve, client};
use crate::failures::ROWS;
use crate::server::{Reply, Server};

#[tokio::test]
async fn only_one_predicate_holds_for_each_failure() {
    let predicates: &[fn(&Error) -> bool] = &[
        Error::is_build,
        Error::is_circuit_open,
        Error::is_credentials,
        Error::is_journal,
        Error::is_queue_full,
        Error::is_queue_timeout,
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
    for row in ROWS {
        let server = row.server().await;
        let error = client(&server)
            .request::<Retrieve>(&["a"], &())
            .await
            .unwrap_err();
        let holding = predicates.iter().filter(|holds| holds(&error)).count();
        // A response that is not the API's own has no predicate of its own.
        let known = usize::from(
            !error
                .to_string()
                .starts_with("the server refused the request ("),
        );
        assert_eq!(holding, known, "{}", row.name);
    }
}

#[tokio::test]
async fn facts_of_error_object_are_kept() {
    const BODY: &str = r#"{"error": {"type": "card_error", "code": "documented",
        "decline_code": "lost_card", "param": "number", "message": "Jenny's card was lost.",
        "doc_url": "https://docs.example", "advice_code": 7, "payment_intent": {"id": "pi_1"}}}"#;
    let server = Server::start(|_| {
        let headers = vec![("retry-after", "2.5".to_owned())];
        Reply::Respond(402, headers, BODY.as_bytes().to_vec())
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

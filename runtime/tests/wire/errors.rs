//! The properties and the output of errors.

use runtime::Error;

use crate::api::{Anything, Dated, Documented, Retrieve, builder, client};
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
        let known = usize::from(!error.is_unexpected());
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
    assert_eq!(body.text("doc_url"), Some("https://docs.example"));
    assert_eq!(body.text("advice_code"), None);
    assert_eq!(
        body.raw.get("payment_intent").unwrap().as_str(),
        r#"{"id": "pi_1"}"#
    );
    assert_eq!(error.typed::<Documented>(), Some(Documented));
    assert!(
        error.to_string().contains("Jenny's card was lost."),
        "{error}"
    );
    let shown = format!("{error:?} {error:#?}");
    assert!(!shown.contains("Jenny"), "{shown}");
    let client = builder(&server).show_error_messages(false).build().unwrap();
    let error = client.request::<Anything>(&[], &()).await.unwrap_err();
    assert!(!error.to_string().contains("Jenny"), "{error}");
    assert_eq!(error.message(), Some("Jenny's card was lost."));
}

#[tokio::test]
async fn error_names_the_call_with_method_and_path() {
    let server = Server::start(|_| Reply::status(404, r#"{"error": {}}"#)).await;
    let client = client(&server);
    let error = client.request::<Dated>(&[], &()).api_version("2020-01-01");
    let text = error.await.unwrap_err().to_string();
    assert!(
        text.contains("(keys().create, POST /v1/keys, status 404"),
        "{text}"
    );
    let text = client.request::<Retrieve>(&["a"], &()).await.unwrap_err();
    assert!(
        text.to_string()
            .contains("(Retrieve, GET /v1/items/{item}, "),
        "{text}"
    );
    let text = client
        .raw(runtime::Method::Get, "/v1/jenny")
        .await
        .unwrap_err();
    assert!(text.to_string().contains("(GET {path}, "), "{text}");
}

#[tokio::test]
async fn call_is_refused_when_its_operation_requires_a_version_and_none_is_set() {
    let server = Server::always("{}").await;
    let client = builder(&server).api_version("2021-01-01").build().unwrap();
    let error = client.request::<Dated>(&[], &()).await.unwrap_err();
    assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("because the reader of the key says which"),
        "{text}"
    );
    assert!(text.contains(".api_version("), "{text}");
    assert!(server.seen().is_empty());
    let dated = client.request::<Dated>(&[], &()).api_version("2020-01-01");
    dated.await.unwrap();
    let dated = client
        .request::<Dated>(&[], &())
        .header("Stripe-Version", "2019-01-01");
    dated.await.unwrap();
    let seen = server.seen();
    let versions: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("stripe-version"))
        .collect();
    assert_eq!(versions, [Some("2020-01-01"), Some("2019-01-01")]);
}

/// The texts of an error and of its sources.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    texts
}

#[tokio::test]
async fn no_text_is_repeated_when_the_chain_is_printed() {
    let mut chains = Vec::new();
    for row in ROWS {
        let server = row.server().await;
        let call = client(&server).request::<Retrieve>(&["a"], &());
        chains.push(chain(&call.await.unwrap_err()));
    }
    let refused = runtime::Client::builder(&crate::api::API)
        .credentials(runtime::auth::from_fn(|| async {
            let cause = std::io::Error::other("the vault is sealed");
            Err(runtime::auth::CredentialError::new("no key").caused_by(cause))
        }))
        .build()
        .unwrap();
    let error = refused.request::<Anything>(&[], &()).await.unwrap_err();
    chains.push(chain(&error));
    assert!(chains.iter().any(|chain| chain.len() >= 3), "{chains:?}");
    for chain in chains {
        for (outer, inner) in chain.iter().zip(chain.iter().skip(1)) {
            // The errors of the HTTP client are its own.
            assert!(!outer.contains(inner), "{outer:?} repeats {inner:?}");
        }
    }
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

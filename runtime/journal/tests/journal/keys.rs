//! Idempotency keys that a program reads and chooses.

use runtime::operation::Method;

use crate::api::{Create, ListItems, Params, client};
use crate::server::{Reply, Server};
use crate::store::{Mood, Store};

#[tokio::test]
async fn key_is_known_before_the_call_is_sent() {
    let store = Store::start(Mood::Calm).await;
    let client = client(&store.server);
    let mut call = client.request::<Create>(&[], &Params::default());
    let key = call.prepare_key().unwrap().to_owned();
    assert_eq!(call.prepare_key(), Some(key.as_str()));
    let copy = call.clone();
    call.await.unwrap();
    let response = copy.with_response().await.unwrap();
    assert!(response.idempotent_replayed(), "the copy is the same call");
    for seen in store.server.seen() {
        assert_eq!(seen.header("idempotency-key"), Some(key.as_str()));
    }
    let mut call = client
        .request::<Create>(&[], &Params::default())
        .idempotency_key("own");
    assert_eq!(call.prepare_key(), Some("own"));
    let call = client.request::<Create>(&[], &Params::default());
    let (mut one, mut other) = (call.clone(), call);
    assert_ne!(one.prepare_key(), other.prepare_key());
}

#[tokio::test]
async fn reads_and_deletions_of_v1_carry_no_key() {
    let server = Server::always(r#"{"object":"list","data":[]}"#).await;
    let client = client(&server);
    let mut call = client.request::<ListItems>(&[], &Params::default());
    assert_eq!(call.prepare_key(), None);
    call.await.unwrap();
    assert_eq!(server.only().header("idempotency-key"), None);
    assert_eq!(client.raw(Method::Get, "/v1/x").prepare_key(), None);
    assert_eq!(client.raw(Method::Delete, "/v1/x").prepare_key(), None);
    for (method, path) in [(Method::Post, "/v1/x"), (Method::Delete, "/v2/x")] {
        assert!(client.raw(method, path).prepare_key().is_some());
    }
}

#[tokio::test]
async fn conflict_over_a_key_is_distinguished_from_others() {
    let server = Server::start(|seen| match seen.body.as_str() {
        "email=key" => Reply::status(409, r#"{"error":{"code":"idempotency_key_in_use"}}"#),
        "email=other" => Reply::status(409, "{}"),
        _ => Reply::status(400, r#"{"error":{"type":"idempotency_error"}}"#),
    })
    .await;
    let client = client(&server);
    let fail = async |email: &str| {
        let email = Some(email.to_owned());
        let params = Params {
            email,
            ..Params::default()
        };
        let call = client.request::<Create>(&[], &params);
        call.await.unwrap_err()
    };
    let error = fail("key").await;
    assert!(error.is_conflict() && error.is_idempotency_key_in_use());
    assert!(error.outcome().is_unknown() && error.pending().is_some());
    let error = fail("other").await;
    assert!(error.is_conflict() && !error.is_idempotency_key_in_use());
    let error = fail("mismatch").await;
    assert!(error.is_idempotency_mismatch() && !error.is_conflict());
    assert!(error.outcome().is_rejected() && error.pending().is_none());
}

#[tokio::test]
async fn replayed_error_is_marked() {
    let replayed = || ("idempotent-replayed", "true".to_owned());
    let server =
        Server::start(move |_| Reply::Respond(500, vec![replayed()], b"{}".to_vec())).await;
    let error = client(&server)
        .request::<Create>(&[], &Params::default())
        .await
        .unwrap_err();
    assert!(error.idempotent_replayed() && error.is_server());
}

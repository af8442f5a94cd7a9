//! Calls without an operation follow the methods of HTTP, whatever the path is.

use runtime::operation::{Method, OperationSpec};

use super::builder;
use crate::server::{Reply, Server};

/// All writes of the API have a key.
static KEYED: OperationSpec = OperationSpec::of("", Method::Post, "")
    .json()
    .idempotent_key();
/// The API has forms.
static FORM: OperationSpec = OperationSpec::of("", Method::Post, "").form();

#[tokio::test]
async fn path_of_another_api_says_nothing_about_keys_and_bodies() {
    let server = Server::start(|_| Reply::status(503, "{}")).await;
    let keyed = builder(&server)
        .raw_calls(&KEYED)
        .retries(1)
        .build()
        .unwrap();
    for (method, has_key) in [
        (Method::Post, true),
        (Method::Patch, true),
        (Method::Put, false),
        (Method::Delete, false),
        (Method::Get, false),
    ] {
        for path in ["/pets", "/v2/pets"] {
            let before = server.seen().len();
            keyed.raw(method, path).await.unwrap_err();
            let seen = server.seen().split_off(before);
            assert_eq!(seen.len(), 2, "{method:?} {path}");
            let key = seen[0].header("idempotency-key");
            assert_eq!(key.is_some(), has_key, "{method:?} {path}");
        }
    }
    let form = builder(&server)
        .raw_calls(&FORM)
        .retries(0)
        .build()
        .unwrap();
    let call = form.raw(Method::Post, "/v2/pets").param("a", &1_i64);
    call.await.unwrap_err();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.body, "a=1");
    assert_eq!(seen.header("idempotency-key"), None);
}

#[tokio::test]
async fn path_of_the_default_api_decides_about_keys_and_bodies() {
    let server = Server::start(|_| Reply::status(503, "{}")).await;
    let client = crate::api::client(&server);
    for (path, key, body) in [("/v1/a", false, "a=1"), ("/v2/a", true, r#"{"a":1}"#)] {
        client.raw(Method::Delete, path).await.unwrap_err();
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.header("idempotency-key").is_some(), key, "{path}");
        let call = client.raw(Method::Post, path).param("a", &1_i64);
        call.await.unwrap_err();
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            (seen.body.as_str(), true),
            (body, seen.header("idempotency-key").is_some())
        );
        // This API does not say that it reads the key of a PATCH.
        let before = server.seen().len();
        client.raw(Method::Patch, path).await.unwrap_err();
        let seen = server.seen().split_off(before);
        assert_eq!(seen.len(), 1, "{path}");
        assert_eq!(seen[0].header("idempotency-key"), None, "{path}");
    }
}

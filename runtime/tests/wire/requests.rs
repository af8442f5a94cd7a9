//! What is sent: methods, paths, headers, parameters.

use std::future::IntoFuture;
use std::time::Duration;

use runtime::operation::Method;
use runtime::value::RawJson;

use crate::api::{
    ActV2, Anything, Create, CreateV2, Delete, DeleteV2, ListItems, Params, Pdf, Retrieve, Upload,
    builder, client,
};
use crate::server::{Reply, Server};

const ITEM: &str = r#"{"id": "item_1", "object": "item"}"#;

fn email() -> Params {
    Params {
        email: Some("jenny rosen@example.com".to_owned()),
        ..Params::default()
    }
}

#[tokio::test]
async fn headers_are_complete_when_call_is_plain() {
    let server = Server::always(ITEM).await;
    let client = builder(&server).app_info("shop", Some("1.2"), Some("https://s.example"));
    let item = client
        .build()
        .unwrap()
        .request::<Retrieve>(&["item_1"], &())
        .await
        .unwrap();
    assert_eq!(item.id, "item_1");
    let seen = server.only();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/v1/items/item_1")
    );
    assert_eq!(seen.header("authorization"), Some("Bearer sk_test_PLANTED"));
    assert_eq!(seen.header("stripe-version"), Some("2026-01-28.test"));
    assert_eq!(seen.header("accept"), Some("application/json"));
    let agent = "Test/v1 RustBindings/0.1.0 shop/1.2 (https://s.example)";
    assert_eq!(seen.header("user-agent"), Some(agent));
    for absent in [
        "idempotency-key",
        "content-type",
        "stripe-account",
        "stripe-context",
    ] {
        assert_eq!(seen.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn parameters_travel_where_the_operation_says() {
    let server = Server::always(ITEM).await;
    let client = client(&server);
    client.request::<Create>(&[], &email()).await.unwrap();
    client.request::<CreateV2>(&[], &email()).await.unwrap();
    client
        .request::<Delete>(&["item_1"], &email())
        .await
        .unwrap();
    client.request::<ActV2>(&["item_1"], &()).await.unwrap();
    client
        .request::<Create>(&[], &Params::default())
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].body, "email=jenny%20rosen%40example.com");
    assert_eq!(
        seen[0].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(seen[1].body, r#"{"email":"jenny rosen@example.com"}"#);
    assert_eq!(seen[1].header("content-type"), Some("application/json"));
    assert_eq!(seen[2].method, "DELETE");
    assert_eq!(seen[2].query(), "email=jenny rosen@example.com");
    assert_eq!(
        (seen[2].body.as_str(), seen[2].header("content-type")),
        ("", None)
    );
    assert_eq!(seen[3].body, "{}");
    assert_eq!(
        (seen[4].body.as_str(), seen[4].header("content-length")),
        ("", Some("0"))
    );
}

#[tokio::test]
async fn multipart_goes_to_its_own_host_when_file_is_sent() {
    let (api, files) = (Server::always("[]").await, Server::always(ITEM).await);
    let client = builder(&api).host("files", &files.url).build().unwrap();
    client
        .request::<Upload>(&[], &email())
        .expand(["x"])
        .await
        .unwrap();
    assert!(api.seen().is_empty());
    let seen = files.only();
    let kind = seen.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(seen.body.matches(boundary).count(), 3, "{}", seen.body);
    assert!(seen.body.ends_with(&format!("--{boundary}--\r\n")));
    assert!(seen.body.contains("name=\"email\"") && seen.body.contains("name=\"expand[0]\""));
}

#[tokio::test]
async fn path_arguments_are_escaped_or_refused() {
    let server = Server::always(ITEM).await;
    let client = client(&server);
    client.request::<Retrieve>(&["a/b?c d"], &()).await.unwrap();
    assert_eq!(server.only().target, "/v1/items/a%2Fb%3Fc%20d");
    for bad in ["", ".", ".."] {
        let error = client.request::<Retrieve>(&[bad], &()).await.unwrap_err();
        assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
        assert_eq!(error.attempts(), 0);
        assert!(error.to_string().contains("item") && error.to_string().contains("Retrieve"));
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn keys_are_sent_once_per_call_when_operation_writes() {
    let server = Server::always(ITEM).await;
    let client = client(&server);
    client.request::<Create>(&[], &email()).await.unwrap();
    client.request::<Create>(&[], &email()).await.unwrap();
    client
        .request::<DeleteV2>(&["a"], &Params::default())
        .await
        .unwrap();
    client
        .request::<Delete>(&["a"], &Params::default())
        .await
        .unwrap();
    client
        .request::<Create>(&[], &email())
        .idempotency_key("order-42")
        .await
        .unwrap();
    client
        .request::<Create>(&[], &email())
        .header("Idempotency-Key", "own")
        .await
        .unwrap();
    let keys: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(keys[0].as_ref().unwrap().len(), 36);
    assert!(keys[0] != keys[1] && keys[2].is_some() && keys[3].is_none());
    assert_eq!(
        (keys[4].as_deref(), keys[5].as_deref()),
        (Some("order-42"), Some("own"))
    );
}

#[tokio::test]
async fn scope_of_call_replaces_scope_of_client() {
    let server = Server::always(ITEM).await;
    let client = builder(&server)
        .account("acct_client")
        .context("ctx_client")
        .build()
        .unwrap();
    let call = || client.request::<Retrieve>(&["a"], &());
    call().await.unwrap();
    call().account("acct_call").await.unwrap();
    call().context("ctx_call").await.unwrap();
    call().own_account().await.unwrap();
    let error = call().account("a").context("b").await.unwrap_err();
    assert!(
        error.is_build() && error.to_string().contains("not both"),
        "{error}"
    );
    let scopes: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| {
            let text = |name| seen.header(name).unwrap_or("-").to_owned();
            (text("stripe-account"), text("stripe-context"))
        })
        .collect();
    let want = [
        ("acct_client", "ctx_client"),
        ("acct_call", "-"),
        ("-", "ctx_call"),
        ("-", "-"),
    ];
    assert_eq!(scopes, want.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[tokio::test]
async fn options_change_request_when_given() {
    let server = Server::always(ITEM).await;
    let client = client(&server);
    let call = client.request::<Create>(&[], &email());
    call.api_version("2020-01-01")
        .expand(["customer", "latest_charge"])
        .extra_param("card[token]", &"tok".to_owned())
        .extra_param("email", &"other".to_owned())
        .header("X-Trace", "t1")
        .header("Authorization", "Bearer other")
        .header("user-agent", "mine")
        .await
        .unwrap();
    let call = client.request::<CreateV2>(&[], &email());
    call.include(["a", "b"])
        .extra_param("card[token]", &1_i64)
        .await
        .unwrap();
    let seen = server.seen();
    let body = percent_encoding::percent_decode_str(&seen[0].body)
        .decode_utf8()
        .unwrap();
    assert_eq!(
        body,
        "expand[0]=customer&expand[1]=latest_charge&card[token]=tok&email=other"
    );
    assert_eq!(seen[0].header("stripe-version"), Some("2020-01-01"));
    assert_eq!(seen[0].header("x-trace"), Some("t1"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer other"));
    assert_eq!(seen[0].header("user-agent"), Some("mine"));
    let want = r#"{"email":"jenny rosen@example.com","include":["a","b"],"card":{"token":1}}"#;
    assert_eq!(seen[1].body, want);
}

#[tokio::test]
async fn mistakes_are_reported_without_sending_when_options_are_wrong() {
    let server = Server::always(ITEM).await;
    let client = client(&server);
    let call = || client.request::<Create>(&[], &email());
    let wrong = [
        call().idempotency_key("x".repeat(256)),
        call().idempotency_key("a\nb"),
        call().header("bad name", "x"),
        call().header("x", "line\nbreak"),
        call().extra_param("a[", &1_i64),
        call().account("acct\n1"),
    ];
    for call in wrong {
        let error = call.await.unwrap_err();
        assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    }
    let error = client.raw(Method::Get, "no-slash").await.unwrap_err();
    assert!(error.is_build(), "{error}");
    let error = client
        .raw(Method::Get, "/v1/x")
        .host("nowhere")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let error = client.raw(Method::Get, "/v1/x y").await.unwrap_err();
    assert!(error.is_build(), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn raw_calls_send_what_they_are_given() {
    let server = Server::always(r#"{"id": "item_1", "secret": [1]}"#).await;
    let client = client(&server);
    let answer = client
        .raw(Method::Get, "/v1/new?a=1")
        .param("b[c]", &2_i64)
        .await
        .unwrap();
    assert_eq!(answer.get("secret").unwrap().as_str(), "[1]");
    let item: crate::api::Item = client
        .raw(Method::Post, "/v1/new")
        .param("b", &true)
        .decode_as()
        .await
        .unwrap();
    assert_eq!(item.id, "item_1");
    client
        .raw(Method::Post, "/v2/new")
        .param("b[c]", &true)
        .await
        .unwrap();
    let body: RawJson = "[1, 2]".parse().unwrap();
    client
        .raw(Method::Post, "/v1/new")
        .json(&body)
        .await
        .unwrap();
    client.raw(Method::Delete, "/v1/new").await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].query(), "a=1&b[c]=2");
    assert_eq!(
        (seen[1].body.as_str(), seen[2].body.as_str()),
        ("b=true", r#"{"b":{"c":true}}"#)
    );
    assert!(seen[1].header("idempotency-key").is_some());
    assert_eq!(seen[3].body, "[1, 2]");
    assert_eq!(seen[3].header("content-type"), Some("application/json"));
    assert_eq!(seen[4].method, "DELETE");
}

#[tokio::test]
async fn metadata_is_there_when_response_is_asked_for() {
    let server = Server::start(|_| {
        let headers = vec![
            ("request-id", "req_7".to_owned()),
            ("idempotent-replayed", "true".to_owned()),
        ];
        Reply::Respond(201, headers, ITEM.as_bytes().to_vec())
    })
    .await;
    let call = client(&server).request::<Create>(&[], &email());
    let response = call.with_response().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.request_id(), Some("req_7"));
    assert!(response.idempotent_replayed());
    assert_eq!(response.body().as_ref(), ITEM.as_bytes());
    assert_eq!(response.headers().len(), 3);
    assert_eq!(response.into_value().id, "item_1");
}

#[tokio::test]
async fn bytes_are_kept_when_answer_is_binary() {
    let server = Server::start(|_| {
        let kind = vec![("content-type", "application/pdf".to_owned())];
        Reply::Respond(200, kind, b"%PDF\xff\x00".to_vec())
    })
    .await;
    let file = client(&server)
        .request::<Pdf>(&["item_1"], &())
        .await
        .unwrap();
    assert_eq!(file.bytes.as_ref(), b"%PDF\xff\x00");
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(server.only().header("accept"), Some("*/*"));
}

#[tokio::test]
async fn call_can_be_sent_between_threads_and_cloned() {
    let server = Server::always(r#"{"data": [], "has_more": false}"#).await;
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    let again = call.clone().timeout(Duration::from_secs(5));
    let first = tokio::spawn(call.into_future());
    let second = tokio::spawn(async move { again.await });
    assert!(first.await.unwrap().is_ok() && second.await.unwrap().is_ok());
    assert!(client(&server).request::<Anything>(&[], &()).await.is_ok());
}

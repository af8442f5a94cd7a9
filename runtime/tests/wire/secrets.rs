//! No output contains secrets.

use std::time::Duration;

use runtime::Client;

use crate::api::{API, Create, ListItems, Params, Retrieve, builder};
use crate::server::{Reply, Server};

const PLANTED: &[&str] = &["PLANTED", "jenny", "ctx_secret", "pm_secret"];

fn check(shown: &str) {
    for secret in PLANTED {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

fn params() -> Params {
    Params {
        email: Some("jenny@example.com".to_owned()),
        ..Params::default()
    }
}

#[tokio::test]
async fn debug_hides_secrets_when_anything_is_shown() {
    let server = Server::always(r#"{"id": "pm_secret", "data": [], "has_more": false}"#).await;
    let builder = builder(&server);
    check(&format!("{builder:?}"));
    let client = builder.build().unwrap();
    check(&format!("{client:?} {client:#?}"));
    let call = client
        .request::<Create>(&[], &params())
        .header("authorization", "Bearer PLANTED")
        .header("x-own", "PLANTED")
        .extra_param("card", &"PLANTED".to_owned());
    check(&format!("{call:?} {call:#?}"));
    let list = client.request::<ListItems>(&[], &params());
    check(&format!("{:?} {:?}", list.clone().pages(), list.items()));
    let call = client.request::<Retrieve>(&["pm_secret"], &());
    check(&format!("{call:?}"));
    let response = call.with_response().await.unwrap();
    check(&format!("{response:?} {:?}", response.raw()));
}

#[tokio::test]
async fn errors_hide_secrets_when_calls_fail() {
    let server = Server::start(|seen| match seen.path() {
        "/v1/items" if seen.method == "POST" => Reply::Stall,
        "/v1/items" => Reply::HangUp,
        _ => Reply::status(
            400,
            r#"{"error": {"message": "no such PLANTED", "x": "jenny"}}"#,
        ),
    })
    .await;
    let client = builder(&server).show_error_messages(false).build().unwrap();
    let patience = Duration::from_millis(100);
    let mut failures = vec![
        client
            .request::<Create>(&[], &params())
            .timeout(patience)
            .await
            .unwrap_err(),
        client
            .request::<ListItems>(&[], &params())
            .await
            .unwrap_err(),
        client
            .request::<Retrieve>(&["pm_secret"], &())
            .await
            .unwrap_err(),
        client
            .request::<Create>(&[], &params())
            .header("x", "PLANTED\n")
            .await
            .unwrap_err(),
        client
            .request::<Create>(&[], &params())
            .account("PLANTED\n")
            .await
            .unwrap_err(),
    ];
    let unreachable = Client::builder(&API)
        .api_key("sk_PLANTED")
        .base_url("http://127.0.0.1:1");
    let unreachable = unreachable.build().unwrap();
    failures.push(
        unreachable
            .request::<ListItems>(&[], &params())
            .await
            .unwrap_err(),
    );
    failures.push(
        Client::builder(&API)
            .api_key("sk_PLANTED\u{0}x")
            .build()
            .unwrap_err(),
    );
    for failure in failures {
        check(&format!("{failure} {failure:?} {failure:#?}"));
        let mut cause = std::error::Error::source(&failure);
        while let Some(error) = cause {
            check(&format!("{error} {error:?}"));
            cause = error.source();
        }
    }
}

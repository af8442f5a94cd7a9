//! Answers that APIs have in several forms: none at all, and limits that were exceeded.

use runtime::operation::{OperationSpec, ParamPlace};
use runtime::value::RawJson;

use super::{Params, builder, call, sample, send};
use crate::server::{Reply, Server};

const FIND: OperationSpec = OperationSpec::get("find", "/pets");

#[tokio::test]
async fn answer_that_may_be_missing_is_optional() {
    for (status, body, expected) in [
        (200, "[1]", Some(vec![1])),
        (200, "null", None),
        (200, "", None),
        (202, "", None),
        (204, "", None),
    ] {
        let server = Server::start(move |_| Reply::status(status, body)).await;
        let client = builder(&server).build().unwrap();
        let find = FIND.optional_body();
        let found = call::<Option<Vec<i64>>>(&client, find, &Params::default()).await;
        assert_eq!(found.unwrap(), expected, "{status} {body}");
    }
}

#[tokio::test]
async fn answer_that_is_always_there_is_not_optional() {
    for status in [200, 204] {
        let server = Server::start(move |_| Reply::status(status, "")).await;
        let client = builder(&server).build().unwrap();
        for find in [FIND, FIND.optional_body()] {
            let found = call::<Vec<i64>>(&client, find, &Params::default()).await;
            assert!(found.unwrap_err().is_decode(), "{status}");
        }
    }
    // A page of a proxy is neither JSON nor nothing.
    let server = Server::always("<html>").await;
    let client = builder(&server).build().unwrap();
    let found = call::<Option<Vec<i64>>>(&client, FIND.optional_body(), &Params::default()).await;
    assert!(found.unwrap_err().is_decode());
    let server = Server::start(|_| Reply::status(200, "")).await;
    let client = builder(&server).build().unwrap();
    let found = call::<RawJson>(&client, FIND, &Params::default()).await;
    assert!(found.unwrap_err().is_decode());
}

#[tokio::test]
async fn status_429_is_a_rate_limit_whatever_the_body_is() {
    for body in [
        "",
        "Too many requests",
        "{}",
        r#"{"message": "slow down"}"#,
        "[1]",
    ] {
        let limited = move |_: &_| Reply::Respond(429, Vec::new(), body.as_bytes().to_vec());
        let server = Server::start(limited).await;
        for client in [builder(&server), builder(&server).bare_errors()] {
            let client = client.retries(1).build().unwrap();
            let before = server.seen().len();
            let error = send(&client, FIND, &sample()).await.unwrap_err();
            assert!(error.is_rate_limited(), "{body}: {error}");
            assert_eq!(server.seen().len() - before, 2, "{body}");
        }
    }
}

#[tokio::test]
async fn parameter_named_user_agent_replaces_that_of_the_client() {
    let places = const { &[ParamPlace::header("name").sent_as("User-Agent")] };
    let server = Server::always("{}").await;
    let client = builder(&server).build().unwrap();
    let agents = |index: usize| {
        let seen = server.seen();
        let headers = seen[index].headers.iter();
        let agents = headers.filter(|(name, _)| name == "user-agent");
        agents.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    send(&client, FIND.placed(places), &sample()).await.unwrap();
    assert_eq!(agents(0), ["Rex"]);
    send(&client, FIND.placed(places), &Params::default())
        .await
        .unwrap();
    assert_eq!(agents(1).len(), 1);
    assert!(agents(1)[0].starts_with("pets/1"), "{:?}", agents(1));
    call::<RawJson>(&client, FIND.placed(places), &sample())
        .header("user-agent", "own")
        .await
        .unwrap();
    assert_eq!(agents(2), ["own"]);
}

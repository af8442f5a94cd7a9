//! The transport that blocks its thread.

use blocking::prelude::*;
use std::time::Duration;

use blocking::ThreadClock;
use runtime::operation::Method;
use runtime::{Client, Error};

use super::failures::{Break, failing};
use super::{answer, body, builder, loaded, nowhere, params, server, with_bearer};
use crate::api::{Create, Retrieve};
use crate::evidence::Evidence;
use crate::planted::PATH;
use crate::server::Reply;
use crate::table::ROWS;

/// Makes calls on a thread of their own.
async fn calls(evidence: &Evidence, url: &str) -> Vec<Result<(), Error>> {
    calls_within(Duration::from_millis(150), evidence, url).await
}

async fn calls_within(limit: Duration, evidence: &Evidence, url: &str) -> Vec<Result<(), Error>> {
    let builder = builder(evidence, url).blocking().clock(ThreadClock);
    let client = builder
        .timeout(limit)
        .max_response_bytes(10_000)
        .build()
        .unwrap();
    let work = tokio::task::spawn_blocking(move || all(&client));
    let results = work.await.unwrap();
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        evidence.error(error);
    }
    results
}

fn all(client: &Client) -> Vec<Result<(), Error>> {
    let raw = client.raw(Method::Post, &format!("/v1/{PATH}?x={PATH}"));
    vec![
        loaded(client.request::<Create>(&[], &params()))
            .send_blocking()
            .map(drop),
        loaded(client.request::<Retrieve>(&[PATH], &()))
            .send_blocking()
            .map(drop),
        with_bearer(raw).retries(0).send_blocking().map(drop),
    ]
}

pub(crate) async fn play(evidence: &Evidence) {
    evidence.scene("blocking: success");
    let fine = server(|_| answer(200, body())).await;
    let results = calls_within(Duration::from_secs(30), evidence, &fine.url).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    evidence.scene("blocking: no connection");
    calls(evidence, &nowhere().await).await;
    calls(evidence, &fine.url.replace("http://", "https://")).await;
    calls(evidence, "http://256.256.256.256").await;
    let breaks: [Break; 4] = [
        ("blocking: no answer", || Reply::Stall),
        ("blocking: hang-up", || Reply::HangUp),
        ("blocking: body cut off", || {
            Reply::Cut(r#"{"id": "PLANTED"#)
        }),
        ("blocking: too long", || Reply::Chunked(100_000)),
    ];
    for (name, reply) in breaks {
        evidence.scene(name);
        let server = server(move |_| reply()).await;
        let results = calls(evidence, &server.url).await;
        assert!(results.iter().all(Result::is_err), "{name}");
    }
    let redirects = ROWS.iter().filter(|row| row.name == "redirect");
    for row in ROWS.iter().step_by(5).chain(redirects) {
        evidence.scene(&format!("blocking: {}", row.name));
        calls(evidence, &failing(row).await.url).await;
    }
}

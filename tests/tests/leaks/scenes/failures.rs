//! All failures of the table, and those of connections.

use std::time::Duration;

use runtime::codec::DecodePolicy;
use runtime::operation::Method;

use super::{answer, body, builder, in_error, loaded, nowhere, params, server, with_bearer};
use crate::api::{Create, ListItems, Retrieve};
use crate::evidence::Evidence;
use crate::planted::{ANSWER_HEADER, CLIENT_SECRET, DIGITS, EMAIL, MESSAGE, PATH};
use crate::server::{Reply, Server};
use crate::table::{ROWS, Row};

/// A failure of the connection and its name.
pub(crate) type Break = (&'static str, fn() -> Reply);

pub(crate) async fn play(evidence: &Evidence) {
    for row in ROWS {
        evidence.scene(row.name);
        let server = failing(row).await;
        let client = builder(evidence, &server.url).build().unwrap();
        let create = loaded(client.request::<Create>(&[], &params()));
        let error = evidence.failure(create.await);
        evidence.debug("runtime::Error", &error);
        let raw = with_bearer(client.raw(Method::Post, &format!("/v1/{PATH}?x={PATH}")));
        if let Err(error) = raw.await {
            evidence.error(&error);
        }
    }
    connections(evidence).await;
    answers(evidence).await;
}

/// The server of the row, whose error objects hold secrets too.
pub(crate) async fn failing(row: &Row) -> Server {
    let inside = format!(r#""error": {{{}"#, in_error());
    let mut text = row.body.replacen(r#""error": {"#, &inside, 1);
    if text == row.body && text.starts_with('<') {
        text = format!("{text} {MESSAGE} {CLIENT_SECRET}");
    }
    let text = text.replace("it was used before", MESSAGE);
    let (status, headers) = (row.status, row.headers);
    server(move |_| {
        let Reply::Respond(status, mut all, body) = answer(status, &*text) else {
            unreachable!("answers are answers");
        };
        all.extend(headers.iter().map(|&(name, value)| {
            let value = value.replace("example/", &format!("example/{ANSWER_HEADER}?x={EMAIL}"));
            (name, value)
        }));
        Reply::Respond(status, all, body)
    })
    .await
}

async fn connections(evidence: &Evidence) {
    let plain = Server::always("{}").await;
    let not_tls = plain.url.replace("http://", "https://");
    for url in [nowhere().await, not_tls] {
        evidence.scene("no connection");
        let client = builder(evidence, &url).build().unwrap();
        let create = loaded(client.request::<Create>(&[], &params()));
        evidence.failure(create.await);
        let read = with_bearer(client.request::<Retrieve>(&[PATH], &()));
        evidence.failure(loaded(read).await);
    }
    let breaks: [Break; 6] = [
        ("no answer", || Reply::Stall),
        ("an answer that stops", || Reply::StallInBody),
        ("hang-up", || Reply::HangUp),
        ("body cut off", || Reply::Cut(r#"{"id": "PLANTED"#)),
        ("an answer that is too long", || Reply::Chunked(100_000)),
        ("a head that is none", || {
            Reply::Respond(200, vec![("x y", CLIENT_SECRET.to_owned())], Vec::new())
        }),
    ];
    for (name, reply) in breaks {
        evidence.scene(name);
        let server = server(move |_| reply()).await;
        let client = builder(evidence, &server.url).max_response_bytes(10_000);
        let client = client.timeout(Duration::from_millis(120));
        let client = client
            .stall_timeout(Duration::from_millis(60))
            .build()
            .unwrap();
        let create = loaded(client.request::<Create>(&[], &params()));
        let error = evidence.failure(create.await);
        if let Some(write) = error.pending() {
            evidence.debug("runtime::PendingWrite", write);
        }
        let short = Duration::from_millis(50);
        let read = loaded(client.request::<ListItems>(&[], &params())).deadline(short);
        evidence.failure(read.await);
    }
}

/// Successful responses that do not decode.
async fn answers(evidence: &Evidence) {
    for text in [
        format!(r#"{{"id": {{"client_secret": "{CLIENT_SECRET}"}}}}"#),
        format!(r#"{{"id": {DIGITS}}}"#),
        format!(r#""{CLIENT_SECRET}""#),
        format!(r#"{{"x": "{CLIENT_SECRET}"}}"#),
        format!(r#"{{"id": "{CLIENT_SECRET}"#),
        format!(r#"{{"id": "{CLIENT_SECRET}\x"}}"#),
        format!(r#"{{"id": "x"}} {CLIENT_SECRET}"#),
        format!(r#"{{"data": ["{CLIENT_SECRET}"], "has_more": "{EMAIL}"}}"#),
        format!(r#"[{}"#, body()),
    ] {
        evidence.scene("an answer that does not fit");
        let server = server(move |_| answer(200, &*text)).await;
        let client = builder(evidence, &server.url).build().unwrap();
        let calls = |policy| {
            let one = client.request::<Retrieve>(&[PATH], &());
            let list = client.request::<ListItems>(&[], &params());
            (
                loaded(one.decode_policy(policy)),
                loaded(list.decode_policy(policy)),
            )
        };
        let (one, list) = calls(DecodePolicy::Refuse);
        evidence.failure(one.await);
        evidence.failure(list.await);
        // What was filled is logged.
        let (one, list) = calls(DecodePolicy::Correct);
        drop((one.await, list.await));
    }
}

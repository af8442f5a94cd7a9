//! Calls that succeed, invalid calls, and calls that are dropped.

use std::time::Duration;

use futures_util::StreamExt;
use observe::Redactor;
use runtime::codec::FileUpload;
use runtime::operation::Method;
use runtime::value::RawJson;

use super::{answer, body, builder, in_error, loaded, nowhere, params, server, with_bearer};
use crate::api::{Create, CreateV2, DeleteV2, ListItems, Pdf, Retrieve, Search, Upload};
use crate::evidence::Evidence;
use crate::listeners;
use crate::planted::{BEARER, EMAIL, FILE, FIXED_KEY, OWN_HEADER, PATH, PROXY, QUERY};
use crate::server::Reply;

pub(crate) async fn play(evidence: &Evidence) {
    success(evidence).await;
    pages(evidence).await;
    bodies(evidence).await;
    misuse(evidence).await;
    dropped(evidence).await;
    panics(evidence).await;
}

async fn success(evidence: &Evidence) {
    evidence.scene("success");
    let server = server(|_| answer(200, body())).await;
    let client = builder(evidence, &server.url).send_telemetry(true);
    let client = client.build().unwrap();
    let query = percent_encoding::utf8_percent_encode(QUERY, percent_encoding::NON_ALPHANUMERIC);
    let raw = format!("/v1/{PATH}?q={query}");
    loaded(client.request::<Create>(&[], &params()))
        .await
        .unwrap();
    with_bearer(client.request::<CreateV2>(&[], &params()))
        .await
        .unwrap();
    client.request::<Retrieve>(&[PATH], &()).await.unwrap();
    client
        .request::<DeleteV2>(&[PATH], &params())
        .await
        .unwrap();
    client.request::<Pdf>(&[PATH], &()).await.unwrap();
    let file = FileUpload::new(PATH, FILE.as_bytes().to_vec());
    let upload = client.request::<Upload>(&[], &params());
    loaded(upload).extra_param("file", &file).await.unwrap();
    for method in [Method::Get, Method::Post, Method::Delete] {
        loaded(client.raw(method, &raw)).await.unwrap();
    }
    let response = loaded(client.raw(Method::Get, &raw))
        .with_response()
        .await
        .unwrap();
    evidence.debug("runtime::Response", &response);
    let headers = format!("{:?}", server.seen());
    assert!(
        headers.contains(FIXED_KEY) && headers.contains(BEARER) && headers.contains(OWN_HEADER)
    );
    assert!(headers.contains(PATH) && headers.contains("jenny%2BPLANTED%40"));
}

async fn pages(evidence: &Evidence) {
    evidence.scene("pages");
    let server = server(|seen| match seen.path() {
        "/v1/items" if seen.param("starting_after").is_some() => Reply::HangUp,
        "/v1/items" => answer(
            200,
            format!(r#"{{"data": [{}], "has_more": true}}"#, body()),
        ),
        _ => answer(200, r#"{"data": [], "has_more": true, "next_page": null}"#),
    })
    .await;
    let client = builder(evidence, &server.url).build().unwrap();
    let list = loaded(client.request::<ListItems>(&[], &params()));
    let items: Vec<_> = list.items().collect().await;
    evidence.failure(items.into_iter().next_back().unwrap());
    let mut search = client.request::<Search>(&[], &params()).pages();
    while let Some(page) = search.next().await {
        if let Err(error) = page {
            evidence.error(&error);
        }
    }
}

async fn bodies(evidence: &Evidence) {
    evidence.scene("bodies are logged with the standard redactor");
    let server = server(|seen| match seen.method.as_str() {
        "DELETE" => answer(
            402,
            format!(r#"{{"error": {{{}"code": "x"}}}}"#, in_error()),
        ),
        _ => answer(200, body()),
    })
    .await;
    let client = builder(evidence, &server.url).observer(observe::BodyLogger::new(
        &crate::api::API,
        Redactor::standard(),
    ));
    let client = client.build().unwrap();
    loaded(client.request::<Create>(&[], &params()))
        .await
        .unwrap();
    loaded(client.request::<CreateV2>(&[], &params()))
        .await
        .unwrap();
    let json: RawJson = body().parse().unwrap();
    client.raw(Method::Post, "/v1/x").json(&json).await.unwrap();
    let file = FileUpload::new(PATH, FILE.as_bytes().to_vec());
    let upload = client.request::<Upload>(&[], &params());
    upload.extra_param("file", &file).await.unwrap();
    let delete = loaded(client.request::<DeleteV2>(&[PATH], &params()));
    evidence.failure(delete.await);
}

async fn misuse(evidence: &Evidence) {
    evidence.scene("misuse");
    let client = builder(evidence, &nowhere().await).build().unwrap();
    let create = || loaded(client.request::<Create>(&[], &params()));
    let broken = format!("{OWN_HEADER}\n");
    for call in [
        create().header("x-own", &broken),
        create().header("authorization", &broken),
        create().header(&broken, "x"),
        create().account(&*broken),
        create().context(&*broken),
        create().api_version(&*broken),
        create().account(PATH).context(PATH),
        client.request::<Retrieve>(&["", PATH], &()).decode_as(),
    ] {
        evidence.debug("runtime::Call", &call);
        evidence.failure(call.await);
    }
    for path in [
        format!("/v1/{PATH} {QUERY}"),
        format!("{PATH}?x={QUERY}"),
        format!("//user:{PROXY}@host/{PATH}"),
        format!("/v1/{PATH}#{EMAIL}"),
        format!("/v1/{PATH}\n"),
    ] {
        evidence.failure(
            client
                .raw(Method::Get, &path)
                .json(&RawJson::default())
                .await,
        );
    }
    for url in [
        format!("http://user:{PROXY}@127.0.0.1:1"),
        format!("http://127.0.0.1:1/{PATH}?key={PROXY}"),
        format!("ftp://user:{PROXY}@127.0.0.1"),
        format!("{PROXY} {PATH}"),
    ] {
        evidence.failure(builder(evidence, &url).build());
    }
    let key = format!("{FIXED_KEY}\n{FIXED_KEY}");
    evidence.failure(builder(evidence, "http://127.0.0.1:1").api_key(key).build());
    evidence.scene("an address that the transport refuses");
    // It is one for the crate `http`, and none for hyper and ureq.
    for url in ["http://256.256.256.256", "http://127.0.0.1:99999"] {
        let Ok(client) = builder(evidence, url).build() else {
            continue;
        };
        let call = client.raw(Method::Get, &format!("/v1/{PATH}"));
        evidence.failure(loaded(call).await);
    }
}

async fn dropped(evidence: &Evidence) {
    evidence.scene("dropped futures");
    let server = server(|seen| match seen.method.as_str() {
        "GET" => Reply::StallInBody,
        _ => Reply::Stall,
    })
    .await;
    let client = builder(evidence, &server.url).build().unwrap();
    let pause = Duration::from_millis(80);
    let create = loaded(client.request::<Create>(&[], &params())).into_future();
    assert!(tokio::time::timeout(pause, create).await.is_err());
    let retrieve = loaded(client.request::<Retrieve>(&[PATH], &())).into_future();
    assert!(tokio::time::timeout(pause, retrieve).await.is_err());
    drop(loaded(client.request::<Create>(&[], &params())).into_future());
}

async fn panics(evidence: &Evidence) {
    evidence.scene("panics");
    let error = format!(r#"{{"error": {{{}"code": "x"}}}}"#, in_error());
    let server = server(move |seen| match seen.method.as_str() {
        "GET" => answer(200, "[]"),
        "POST" => answer(400, &*error),
        _ => Reply::HangUp,
    })
    .await;
    let client = builder(evidence, &server.url).build().unwrap();
    for (url, method) in [
        (&server.url, Method::Get),
        (&server.url, Method::Post),
        (&server.url, Method::Delete),
        (&nowhere().await, Method::Post),
    ] {
        let client = builder(evidence, url).build().unwrap();
        let call = loaded(client.raw(method, &format!("/v1/{PATH}")));
        let result = call.decode_as::<crate::api::Item>().await;
        listeners::panicking(|| drop(result.unwrap()));
    }
    let build = client.request::<Retrieve>(&[""], &()).await;
    listeners::panicking(|| drop(build.expect("it should work")));
}

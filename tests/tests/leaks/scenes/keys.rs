//! Keys from providers and files, and sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime::auth::{ApiKey, Credential, CredentialError, FileKey, from_fn};
use runtime::operation::Method;
use runtime::secret::Secret;

use super::{answer, builder, in_error, loaded, params, server};
use crate::api::{Create, Retrieve};
use crate::evidence::Evidence;
use crate::listeners::Witness;
use crate::planted::{FILE_KEY, FIXED_KEY, MESSAGE, PATH, PROVIDED_KEY, ROTATED_KEY, SESSION};
use crate::platform::{self, Moved};
use crate::server::Reply;

pub(crate) async fn play(evidence: &Evidence) {
    rotation(evidence).await;
    broken_sources(evidence).await;
    files(evidence).await;
    sessions(evidence).await;
}

fn unauthorized() -> Reply {
    answer(
        401,
        format!(
            r#"{{"error": {{{}"code": "api_key_expired"}}}}"#,
            in_error()
        ),
    )
}

async fn rotation(evidence: &Evidence) {
    evidence.scene("a provider renews a refused key");
    let new = format!("Bearer {ROTATED_KEY}");
    let server = server(move |seen| match seen.header("authorization") {
        Some(key) if key == new => answer(200, r#"{"id": "item_1"}"#),
        _ => unauthorized(),
    })
    .await;
    let fetched = Arc::new(AtomicUsize::new(0));
    let source = from_fn(move || {
        let key = [PROVIDED_KEY, ROTATED_KEY][fetched.fetch_add(1, Ordering::SeqCst).min(1)];
        async move { Ok(Credential::new(ApiKey::new(&Secret::from(key))?)) }
    });
    evidence.debug("runtime::FromFn", &source);
    let client = builder(evidence, &server.url).credentials(source);
    let client = client.build().unwrap();
    loaded(client.request::<Create>(&[], &params()))
        .await
        .unwrap();
    assert_eq!(server.seen().len(), 2);
    evidence.debug("runtime::Client", &client);
    evidence.scene("a fixed key is refused");
    let client = builder(evidence, &server.url).build().unwrap();
    evidence.failure(loaded(client.request::<Retrieve>(&[PATH], &())).await);
}

async fn broken_sources(evidence: &Evidence) {
    evidence.scene("a provider has no usable key");
    let broken = || async {
        let key = Secret::from(format!("{PROVIDED_KEY}\n{PROVIDED_KEY}"));
        Ok::<_, CredentialError>(Credential::new(ApiKey::new(&key)?))
    };
    let client = builder(evidence, "http://127.0.0.1:1").credentials(from_fn(broken));
    let client = client.build().unwrap();
    evidence.failure(loaded(client.request::<Create>(&[], &params())).await);
}

async fn files(evidence: &Evidence) {
    evidence.scene("a key in a file");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{FILE_KEY}\n")).unwrap();
    let server = server(|_| unauthorized()).await;
    let client = builder(evidence, &server.url).credentials(FileKey::new(&path));
    let client = client.build().unwrap();
    evidence.failure(loaded(client.request::<Create>(&[], &params())).await);
    for text in [
        format!("{FILE_KEY}\n{FILE_KEY}"),
        format!("{FILE_KEY} {}", "x".repeat(70_000)),
    ] {
        std::fs::write(&path, text).unwrap();
        let client = builder(evidence, &server.url).credentials(FileKey::new(&path));
        let client = client.build().unwrap();
        evidence.failure(loaded(client.request::<Create>(&[], &params())).await);
    }
}

async fn sessions(evidence: &Evidence) {
    let open = "/v2/billing/meter_event_session";
    let answers = [
        (
            200,
            format!(r#"{{"authentication_token": "{SESSION}"}}"#),
            200,
        ),
        (
            200,
            format!(r#"{{"authentication_token": "{SESSION}"}}"#),
            400,
        ),
        (
            200,
            format!(r#"{{"authentication_token": "{SESSION} x"}}"#),
            200,
        ),
        (200, format!(r#"{{"other": "{SESSION}"}}"#), 200),
        (200, format!(r#""{SESSION}" x"#), 200),
        (
            403,
            format!(r#"{{"error": {{"message": "{MESSAGE} {SESSION}"}}}}"#),
            200,
        ),
    ];
    for (status, text, then) in answers {
        evidence.scene("a session");
        let over = r#""type": "temporary_session_expired"}}"#;
        let over = format!(r#"{{"error": {{{}{over}"#, in_error());
        let server = server(move |seen| match (seen.path() == open, then) {
            (true, _) => answer(status, &*text),
            (false, 200) => answer(200, "{}"),
            (false, _) => answer(400, &*over),
        })
        .await;
        let client = platform::builder(&server, &Moved::new()).api_key(FIXED_KEY);
        let client = client.observer(Witness(evidence.clone())).build().unwrap();
        let call = client.raw(Method::Post, "/v2/billing/meter_event_stream");
        if let Err(error) = loaded(call.host("meter_events")).await {
            evidence.error(&error);
        }
        evidence.debug("runtime::Client", &client);
    }
}

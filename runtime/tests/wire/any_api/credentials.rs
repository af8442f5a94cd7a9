//! Where the credential is sent, and that it is shown nowhere.

use std::sync::{Arc, Mutex};

use runtime::http::Request;
use runtime::idempotency::MemoryJournal;
use runtime::operation::{AuthSpec, Method, OperationSpec, ParamPlace};
use runtime::telemetry::Observer;
use runtime::value::RawJson;

use super::{KEY, Params, builder, call, sample, send};
use crate::server::{Reply, Server};

#[tokio::test]
async fn credential_is_where_the_operation_says() {
    let server = Server::always("{}").await;
    let client = builder(&server).build().unwrap();
    let get = |auth| OperationSpec::get("list", "/pets").auth(auth);
    let sent = |auth: &'static [AuthSpec]| {
        let (client, server) = (&client, &server);
        async move {
            send(client, get(auth), &Params::default()).await.unwrap();
            server.seen().pop().unwrap()
        }
    };
    let seen = sent(&[AuthSpec::Bearer]).await;
    assert_eq!(seen.header("authorization"), Some("Bearer user:PLANTED+/="));
    let seen = sent(&[AuthSpec::Basic]).await;
    let basic = "Basic dXNlcjpQTEFOVEVEKy89";
    assert_eq!(seen.header("authorization"), Some(basic));
    let seen = sent(&[AuthSpec::Header("X-Api-Key")]).await;
    assert_eq!(seen.header("x-api-key"), Some(KEY));
    assert_eq!(seen.header("authorization"), None);
    let seen = sent(&[AuthSpec::Query("api_key")]).await;
    assert_eq!(seen.target, "/pets?api_key=user%3APLANTED%2B%2F%3D");
    assert_eq!(seen.header("authorization"), None);
    let seen = sent(&[AuthSpec::Cookie("session"), AuthSpec::Header("X-Key")]).await;
    assert_eq!(seen.header("cookie"), Some("session=user:PLANTED+/="));
    assert_eq!(seen.header("x-key"), Some(KEY));
    let seen = sent(&[AuthSpec::None]).await;
    assert_eq!(seen.target, "/pets");
    assert!(!format!("{seen:?}").contains("PLANTED"));

    // The caller's own header replaces the client's key.
    let own = get(&[AuthSpec::Header("X-Api-Key")]);
    call::<RawJson>(&client, own, &Params::default())
        .header("x-api-key", "own")
        .await
        .unwrap();
    assert_eq!(
        server.seen().pop().unwrap().header("x-api-key"),
        Some("own")
    );
    // The cookies of parameters are kept.
    let both = get(&[AuthSpec::Cookie("session")]).placed(const { &[ParamPlace::cookie("name")] });
    send(&client, both, &sample()).await.unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!(
        seen.header("cookie"),
        Some("name=Rex; session=user:PLANTED+/=")
    );
    assert_eq!(seen.query(), "tags[0]=a&tags[1]=b");
}

#[tokio::test]
async fn credential_is_refused_when_it_does_not_fit_its_place() {
    let server = Server::always("{}").await;
    let client = builder(&server).api_key("PLANTED;,").build().unwrap();
    for auth in [
        &[AuthSpec::Basic],
        &[AuthSpec::Cookie("session")],
        &[AuthSpec::Header("no name")],
    ] {
        let spec = OperationSpec::get("list", "/pets").auth(auth);
        let error = send(&client, spec, &Params::default()).await.unwrap_err();
        assert!(error.is_build(), "{error}");
        assert!(!format!("{error} {error:?}").contains("PLANTED"), "{error}");
    }
    assert!(server.seen().is_empty());
}

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Observer for Log {
    fn request_sent(&self, request: &Request) {
        let text = format!("{request:?} {}", request.uri);
        self.0.lock().unwrap().push(text);
    }
}

#[tokio::test]
async fn key_in_the_query_is_shown_nowhere() {
    const WRITE: OperationSpec = OperationSpec::of("write", Method::Post, "/pets")
        .json()
        .idempotent_key()
        .auth(&[AuthSpec::Query("api_key")]);
    let server = Server::start(|_| Reply::status(503, "{}")).await;
    let (log, journal) = (Log::default(), MemoryJournal::new());
    let client = builder(&server)
        .observer(log.clone())
        .journal(journal.clone())
        .build()
        .unwrap();
    let calling = call::<RawJson>(&client, WRITE, &sample());
    let shown = format!("{calling:?} {client:?}");
    let error = calling.await.unwrap_err();
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    // Each attempt has it once.
    let has_key = |target: &str| target.matches("api_key=").count() == 1;
    assert!(seen.iter().all(|seen| has_key(&seen.target)), "{seen:?}");
    let writes = client.pending_writes().await.unwrap();
    assert_eq!(writes[0].target, "/pets");
    let stats = client.stats();
    let observed = log.0.lock().unwrap().join("\n");
    let shown = format!("{shown} {error} {error:?} {writes:?} {stats:?} {observed}");
    assert!(
        !shown.contains("PLANTED") && !shown.contains("api_key"),
        "{shown}"
    );
    // It is sent again when the write is resumed.
    client.resume_as::<Write>(&writes[0]).await.unwrap_err();
    assert!(has_key(&server.seen().pop().unwrap().target));

    // A server that cannot be reached.
    let client = builder(&server)
        .base_url("http://127.0.0.1:9")
        .build()
        .unwrap();
    let error = call::<RawJson>(&client, WRITE, &sample())
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(
        !shown.contains("PLANTED") && !shown.contains("api_key"),
        "{shown}"
    );

    struct Write;
    impl runtime::Operation for Write {
        type Params = ();
        type Output = RawJson;
        type Error = ();
        const SPEC: &'static OperationSpec = &WRITE;
    }
}

#[tokio::test]
async fn credentials_among_parameters_are_redacted() {
    let body = r#"{"error": {"message": "not h-PLANTED, nor c-PLANTED"}}"#;
    let server = Server::start(move |_| Reply::status(403, body)).await;
    let client = builder(&server).build().unwrap();
    for (place, token, message) in [
        (
            const { &[ParamPlace::header("X-Token")] },
            "h-PLANTED",
            "not [redacted], nor c-PLANTED",
        ),
        (
            const { &[ParamPlace::cookie("X-Token")] },
            "c-PLANTED",
            "not h-PLANTED, nor [redacted]",
        ),
    ] {
        let params = Params {
            token: Some(token),
            ..Params::default()
        };
        let spec = OperationSpec::get("get", "/pets").placed(place);
        let error = send(&client, spec, &params).await.unwrap_err();
        assert_eq!(error.message(), Some(message));
        assert!(!format!("{error:?}").contains(token), "{error:?}");
    }
}

#[tokio::test]
async fn client_without_a_key_calls_what_needs_none() {
    let server = Server::always("{}").await;
    let client = builder(&server).without_api_key().build().unwrap();
    let open = OperationSpec::get("list", "/pets").auth(&[AuthSpec::None]);
    send(&client, open, &Params::default()).await.unwrap();
    assert_eq!(server.only().header("authorization"), None);
    for auth in [&[AuthSpec::Bearer], &[AuthSpec::Query("key")]] {
        let closed = OperationSpec::get("get", "/pets").auth(auth);
        let error = send(&client, closed, &Params::default()).await.unwrap_err();
        assert!(
            error.is_build() && error.to_string().contains("API key"),
            "{error}"
        );
    }
    assert_eq!(server.seen().len(), 1);
    // Unless the call has a credential of its own.
    let closed = OperationSpec::get("get", "/pets").auth(&[AuthSpec::Header("X-Key")]);
    call::<RawJson>(&client, closed, &Params::default())
        .header("x-key", "own")
        .await
        .unwrap();
    assert_eq!(server.seen().len(), 2);
}

//! Clients with a credential for each security scheme.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime::auth::{self, ApiKey, Credential, CredentialProvider};
use runtime::error::Outcome;
use runtime::operation::{AuthSpec, CredentialScheme, Method, OperationSpec, PageSpec, PageStyle};
use runtime::page::Paging;
use runtime::secret::Secret;
use runtime::value::RawJson;
use runtime::{Client, ClientBuilder};

use super::{API, Params, RAW, call, send};
use crate::server::{Reply, Server};

const KEY: &CredentialScheme = &CredentialScheme::new("key", AuthSpec::Query("api_key"));
const SESSION: &CredentialScheme = &CredentialScheme::new("session", AuthSpec::Cookie("sid"));
const STAFF: &CredentialScheme = &CredentialScheme::new("staff", AuthSpec::Bearer);
const ADMIN: &CredentialScheme = &CredentialScheme::new("admin", AuthSpec::Basic);

const ALL: OperationSpec = OperationSpec::get("all", "/pets").security(&[&[
    KEY.require(&[]),
    SESSION.require(&[]),
    STAFF.require(&["read"]),
]]);
const OPTIONAL: OperationSpec =
    OperationSpec::get("optional", "/pets").security(&[&[ADMIN.require(&[])], &[]]);

fn builder(server: &Server) -> ClientBuilder {
    Client::builder(&API)
        .credential_schemes(&[KEY, SESSION, STAFF, ADMIN])
        .base_url(&server.url)
        .bare_errors()
        .retries(0)
}

#[tokio::test]
async fn all_credentials_of_an_alternative_are_sent_and_redacted() {
    let body =
        r#"{"message": "k/1+PLANTED k%2F1%2bPLANTED k\/1\u002bPLANTED sid=s-PLANTED: t.PLANTED"}"#;
    let server = Server::start(move |_| Reply::status(403, body)).await;
    let client = builder(&server)
        .api_key("k/1+PLANTED")
        .api_key_for(SESSION, "s-PLANTED")
        .api_key_for(STAFF, "t.PLANTED")
        .build()
        .unwrap();
    let error = send(&client, ALL, &Params::default()).await.unwrap_err();
    let seen = server.only();
    assert_eq!(seen.target, "/pets?api_key=k%2F1%2BPLANTED");
    assert_eq!(seen.header("cookie"), Some("sid=s-PLANTED"));
    assert_eq!(seen.header("authorization"), Some("Bearer t.PLANTED"));
    let message = "[redacted] [redacted] [redacted] sid=[redacted]: [redacted]";
    assert_eq!(error.message(), Some(message));
    let body = String::from_utf8_lossy(error.raw_body().unwrap()).into_owned();
    let shown = format!("{error} {error:?} {body} {:?}", error.body());
    assert!(!shown.contains("PLANTED"), "{shown}");
}

#[tokio::test]
async fn optional_credential_is_sent_only_if_there_is_one() {
    let server = Server::always("{}").await;
    let client = builder(&server).api_key("other").build().unwrap();
    send(&client, OPTIONAL, &Params::default()).await.unwrap();
    assert_eq!(server.only().header("authorization"), None);
    let client = builder(&server).password_for(ADMIN, "Ann", "pass word: \u{e9}");
    let client = client.build().unwrap();
    send(&client, OPTIONAL, &Params::default()).await.unwrap();
    let basic = "Basic QW5uOnBhc3Mgd29yZDogw6k=";
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("authorization"), Some(basic));
}

/// A provider of `token-1`, then `token-2`, and so on.
fn numbered_tokens(fetches: &Arc<AtomicUsize>) -> impl CredentialProvider + 'static {
    let count = Arc::clone(fetches);
    auth::from_fn(move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            let key = Secret::from(format!("token-{number}"));
            Ok(Credential::new(ApiKey::new(&key)?))
        }
    })
}

#[tokio::test]
async fn rejected_keys_of_providers_are_fetched_again_beside_a_fixed_one() {
    let server = Server::start(|seen| match seen.header("authorization") {
        Some("Bearer token-2") => Reply::json("{}"),
        _ => Reply::status(401, "{}"),
    })
    .await;
    let fetches = Arc::new(AtomicUsize::new(0));
    let provider = numbered_tokens(&fetches);
    let client = builder(&server)
        .api_key("fixed")
        .api_key_for(SESSION, "session")
        .credentials_for(STAFF, provider)
        .build()
        .unwrap();
    for _ in 0..2 {
        send(&client, ALL, &Params::default()).await.unwrap();
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for request in seen {
        assert_eq!(request.target, "/pets?api_key=fixed");
        assert_eq!(request.header("cookie"), Some("sid=session"));
    }
}

/// A server that accepts `token-2` alone, and refuses other credentials with this body.
async fn server_of_second_token(refusal: &'static str) -> Server {
    Server::start(move |seen| match seen.header("authorization") {
        Some("Bearer token-2") => Reply::json("{}"),
        _ if refusal.is_empty() => Reply::Respond(401, Vec::new(), Vec::new()),
        _ => Reply::status(401, refusal),
    })
    .await
}

#[tokio::test]
async fn revoked_token_is_renewed_whatever_the_body_of_401_is() {
    for body in [
        r#"{"error": "invalid_token", "error_description": "expired"}"#,
        r#"{"error": {"type": "rate_limit_error", "message": "expired"}}"#,
        "",
    ] {
        let server = server_of_second_token(body).await;
        for builder in [
            builder(&server),
            Client::builder(&API).base_url(&server.url).raw_calls(&RAW),
        ] {
            let fetches = Arc::new(AtomicUsize::new(0));
            let client = builder.credentials(numbered_tokens(&fetches)).retries(0);
            let client = client.build().unwrap();
            let before = server.seen().len();
            let spec = OperationSpec::get("one", "/pets");
            send(&client, spec, &Params::default()).await.unwrap();
            assert_eq!(server.seen().len() - before, 2, "{body}");
        }
    }
}

#[tokio::test]
async fn token_that_a_write_without_a_key_was_refused_with_is_not_used_again() {
    let server = server_of_second_token("").await;
    let fetches = Arc::new(AtomicUsize::new(0));
    let client = builder(&server).credentials(numbered_tokens(&fetches));
    let client = client.build().unwrap();
    let write = || OperationSpec::of("write", Method::Post, "/pets");
    let error = send(&client, write(), &Params::default())
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(
        server.only().header("authorization"),
        Some("Bearer token-1")
    );
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
    send(&client, write(), &Params::default()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn link_is_followed_without_the_credential_of_a_scheme() {
    const LIST: OperationSpec =
        OperationSpec::get("list", "/pets").security(&[&[STAFF.require(&[])], &[KEY.require(&[])]]);
    struct Linked;
    impl<P> Paging<P> for Linked {
        const PAGES: &'static PageSpec = &PageSpec::new(PageStyle::Link, &[]);
    }
    let server = Server::start(|seen| {
        let next = "</pets?from=1&api_key=k-PLANTED>; rel=next".to_owned();
        let headers = match seen.param("from") {
            None => vec![("link", next)],
            Some(_) => Vec::new(),
        };
        Reply::Respond(200, headers, b"[1]".to_vec())
    })
    .await;
    let client = builder(&server).api_key("k-PLANTED").build().unwrap();
    let call = call::<Vec<RawJson>>(&client, LIST, &Params::default());
    let mut items = call.paged::<Linked>().items();
    items.try_next().await.unwrap();
    let cursor = items.cursor().to_string();
    assert!(!cursor.contains("PLANTED"), "{cursor}");
    items.try_next().await.unwrap();
    assert!(items.try_next().await.unwrap().is_none());
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.target, "/pets?from=1&api_key=k-PLANTED");
}

#[tokio::test]
async fn write_is_resumed_only_with_the_credentials_of_its_operation() {
    const WRITE: OperationSpec = OperationSpec::of("write", Method::Post, "/pets")
        .idempotent_key()
        .security(&[&[STAFF.require(&[])]]);
    const ANY: OperationSpec = OperationSpec::of("", Method::Post, "")
        .idempotent_key()
        .security(&[&[KEY.require(&[])], &[STAFF.require(&[])]]);
    struct Write;
    impl runtime::Operation for Write {
        type Params = ();
        type Output = RawJson;
        type Error = ();
        const SPEC: &'static OperationSpec = &WRITE;
    }
    let server = Server::start(|_| Reply::status(503, "{}")).await;
    let client = builder(&server)
        .raw_calls(const { &ANY })
        .api_key("k-1")
        .api_key_for(STAFF, "staff")
        .build()
        .unwrap();
    let error = send(&client, WRITE, &Params::default()).await.unwrap_err();
    let write = error.pending().unwrap();
    let refused = client.resume(write).await.unwrap_err();
    assert!(refused.is_build(), "{refused}");
    assert_eq!(refused.outcome(), Outcome::Unknown);
    let advice = "call `resume_as` with the type of the operation `write`";
    assert!(refused.to_string().contains(advice), "{refused}");
    server.only();
    client.resume_as::<Write>(write).await.unwrap_err();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("authorization"), Some("Bearer staff"));
    assert_eq!(seen.target, "/pets");
    // A write without an operation has the same credentials as before.
    let error = client.raw(Method::Post, "/raw").await.unwrap_err();
    client.resume(error.pending().unwrap()).await.unwrap_err();
    let targets: Vec<_> = server.seen().into_iter().map(|it| it.target).collect();
    assert_eq!(targets[2..], ["/raw?api_key=k-1", "/raw?api_key=k-1"]);
}

#[test]
fn errors_in_credentials_are_those_of_the_builder() {
    let builder = || {
        Client::builder(&API)
            .credential_schemes(&[KEY, ADMIN])
            .base_url("http://api.pets.example")
            .allow_plain_http(true)
    };
    let texts = [
        builder().build(),
        builder().api_key_for(KEY, "a\u{1}PLANTED").build(),
        builder().password_for(ADMIN, "a:b", "PLANTED").build(),
        builder().password_for(ADMIN, "a", "PLANTED\n").build(),
        builder().password_for(ADMIN, "", "PLANTED").build(),
        builder().password_for(ADMIN, "a", "").build(),
        builder().api_key_for(STAFF, "PLANTED").build(),
        builder()
            .allow_plain_http(false)
            .password_for(ADMIN, "a", "PLANTED")
            .build(),
    ];
    for result in texts {
        let error = result.unwrap_err();
        assert!(error.is_build(), "{error}");
        assert!(!format!("{error} {error:?}").contains("PLANTED"), "{error}");
    }
    // The last one counts.
    let twice = builder().api_key_for(KEY, "").api_key_for(KEY, "a-key");
    twice.build().unwrap();
}

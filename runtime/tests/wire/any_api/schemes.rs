//! Clients with a credential for each security scheme.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime::auth::{self, ApiKey, Credential};
use runtime::operation::{AuthSpec, CredentialScheme, OperationSpec};
use runtime::secret::Secret;
use runtime::{Client, ClientBuilder};

use super::{API, Params, send};
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

#[tokio::test]
async fn rejected_keys_of_providers_are_fetched_again_beside_a_fixed_one() {
    let server = Server::start(|seen| match seen.header("authorization") {
        Some("Bearer token-2") => Reply::json("{}"),
        _ => Reply::status(401, "{}"),
    })
    .await;
    let fetches = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetches);
    let provider = auth::from_fn(move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            let key = Secret::from(format!("token-{number}"));
            Ok(Credential::new(ApiKey::new(&key)?))
        }
    });
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

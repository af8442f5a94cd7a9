//! The client credentials flow against a stand-in for the token endpoint.

use std::time::Duration;

use oauth::{ClientAuthentication, ClientCredentials, ClientCredentialsBuilder, OAuthErrorKind};
use runtime::auth::CredentialProvider;

use crate::api::chain;
use crate::server::{Reply, Server};

fn tokens(server: &Server, path: &str) -> ClientCredentialsBuilder {
    ClientCredentials::builder("id", "secret-PLANTED")
        .token_url(format!("{}{path}", server.url))
        .configure_client(|client| client.retries(0))
}

#[tokio::test]
async fn request_goes_to_the_whole_url() {
    let server = Server::always(r#"{"access_token": "token-1"}"#).await;
    for path in ["/token", "/v2/token/?tenant=a%2Fb&x=1", "/"] {
        let provider = tokens(&server, path).build().unwrap();
        let credential = provider.fetch().await.unwrap();
        assert_eq!(credential.lifetime, None);
        let seen = server.seen().pop().unwrap();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", path));
        assert_eq!(seen.body, "grant_type=client_credentials");
        let form = Some("application/x-www-form-urlencoded");
        assert_eq!(seen.header("content-type"), form);
        assert_eq!(seen.header("idempotency-key"), None);
        let basic = "Basic aWQ6c2VjcmV0LVBMQU5URUQ=";
        assert_eq!(seen.header("authorization"), Some(basic));
    }
}

#[tokio::test]
async fn lifetime_is_a_number_or_a_text() {
    for (written, seconds) in [
        ("3600", Some(3600)),
        ("\"60\"", Some(60)),
        ("\"soon\"", None),
        ("-1", None),
        ("null", None),
    ] {
        let body = format!(
            r#"{{"access_token": "token-1", "token_type": "BEARER", "expires_in": {written}}}"#
        );
        let server = Server::start(move |_| Reply::json(&body)).await;
        let provider = tokens(&server, "/token").build().unwrap();
        let credential = provider.fetch().await.unwrap();
        assert_eq!(
            credential.lifetime,
            seconds.map(Duration::from_secs),
            "{written}"
        );
    }
}

#[tokio::test]
async fn response_without_a_usable_token_is_an_error() {
    for (body, text) in [
        ("{}", "no access token"),
        (r#"{"access_token": 1}"#, "no access token"),
        (r#"{"access_token": ""}"#, "no usable API key"),
        (r#"{"access_token": "a PLANTED"}"#, "no usable API key"),
        (
            r#"{"access_token": "PLANTED", "token_type": "mac\n"}"#,
            r#"has the type "mac\n""#,
        ),
        ("PLANTED", "returned no token"),
    ] {
        let server = Server::always(body).await;
        let provider = tokens(&server, "/token").build().unwrap();
        let error = provider.fetch().await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        let shown = format!("{error:?} {provider:?}");
        assert!(!shown.contains("PLANTED"), "{shown}");
    }
}

#[tokio::test]
async fn error_has_the_kind_of_its_code() {
    let body = r#"{"error": "unauthorized_client", "error_description": "not secret-PLANTED"}"#;
    let server = Server::start(move |_| Reply::status(400, body)).await;
    let provider = tokens(&server, "/token").build().unwrap();
    let error = provider.fetch().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    let source: &runtime::Error = source.downcast_ref().unwrap();
    let kind = OAuthErrorKind::find_in(source);
    assert_eq!(kind, Some(OAuthErrorKind::UnauthorizedClient));
    assert!(source.to_string().contains("not [redacted]"), "{source}");
    assert!(!chain(source).contains("PLANTED"), "{source}");
    server.only();
}

#[tokio::test]
async fn secret_of_an_extra_parameter_is_not_shown() {
    let body = r#"{"error": "invalid_grant", "error_description": "no user EXTRA-PLANTED"}"#;
    let server = Server::start(move |_| Reply::status(400, body)).await;
    let tokens = tokens(&server, "/token").extra_param("password", "EXTRA-PLANTED");
    let provider = tokens.build().unwrap();
    let error = provider.fetch().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    let source: &runtime::Error = source.downcast_ref().unwrap();
    assert!(!chain(source).contains("PLANTED"), "{source}");
    assert!(server.only().body.ends_with("&password=EXTRA-PLANTED"));
}

#[test]
fn parameter_that_is_set_already_is_an_error() {
    let builder = || {
        ClientCredentials::builder("id", "secret")
            .token_url("https://id.example.test/token")
            .extra_param("audience", "PLANTED")
    };
    builder().extra_param("resource", "a").build().unwrap();
    let in_body = builder().authentication(ClientAuthentication::Body);
    for (builder, name) in [
        (builder(), "audience"),
        (builder(), "grant_type"),
        (builder(), "scope"),
        (builder().scopes(["a"]), "scope"),
        (in_body, "client_secret"),
    ] {
        let error = builder.extra_param(name, "PLANTED").build().unwrap_err();
        let text = format!("{error}");
        assert!(error.is_build() && text.contains(name), "{text}");
        assert!(!text.contains("PLANTED"), "{text}");
    }
}

#[test]
fn missing_secret_is_an_error() {
    for (id, secret) in [("", "secret"), ("id", "")] {
        let builder = ClientCredentials::builder(id, secret);
        let error = builder.token_url("https://id.example.test/token").build();
        assert!(error.unwrap_err().is_build());
    }
}

//! Authorizations, tokens and connected accounts.

use std::sync::Arc;

use oauth::{ConnectedAccount, InMemoryTokenStore, OAuth, OAuthErrorKind, StoredToken, TokenKind};
use oauth::{TokenOwner, TokenStore};
use runtime::Client;
use runtime::secret::Secret;

use super::{answer, loaded, nowhere, server};
use crate::evidence::Evidence;
use crate::listeners::{Witness, panicking};
use crate::planted::{ACCESS, CODE, EMAIL, MESSAGE, OAUTH_SECRET, PLATFORM_KEY, REFRESH, STATE};
use crate::platform::{self, Moved};
use crate::server::{Reply, Server};

/// The response of a server.
type Responder = Box<dyn Fn() -> Reply + Send + Sync>;

pub(crate) async fn play(evidence: &Evidence) {
    callbacks(evidence).await;
    exchanges(evidence).await;
    accounts(evidence).await;
}

fn platform(evidence: &Evidence, server: &Server) -> Client {
    let builder = platform::builder(server, &Moved::new()).api_key(PLATFORM_KEY);
    builder.observer(Witness(evidence.clone())).build().unwrap()
}

fn tokens() -> String {
    format!(
        r#"{{"access_token": "{ACCESS}", "refresh_token": "{REFRESH}", "livemode": false,
        "token_type": "bearer", "stripe_user_id": "acct_1", "scope": "read_write"}}"#
    )
}

async fn callbacks(evidence: &Evidence) {
    evidence.scene("users come back");
    let server = Server::always("{}").await;
    let oauth = OAuth::new(platform(evidence, &server), "ca_1");
    let authorize = oauth
        .authorize()
        .email(EMAIL)
        .extra_param("client_secret", OAUTH_SECRET);
    evidence.debug("oauth::AuthorizationBuilder", &authorize);
    let authorization = authorize.build().unwrap();
    evidence.debug("oauth::Authorization", &authorization);
    let state = Secret::from(STATE);
    for query in [
        format!("https://platform.example/back?code={CODE}&state=other{STATE}"),
        format!("code={CODE}"),
        format!("code={CODE}&state={STATE}&state={STATE}"),
        format!("state={STATE}&code={CODE}&code={CODE}"),
        format!("state={STATE}&error=access_denied&error_description={MESSAGE}&code={CODE}"),
        format!("state={STATE}&error=invalid_scope&error_description={MESSAGE}"),
    ] {
        let error = evidence.failure(oauth.parse_callback(&query, &state));
        evidence.debug("oauth::CallbackError", &error);
        let result = oauth.parse_callback(&query, &state);
        panicking(|| drop(result.unwrap()));
    }
    let code = oauth
        .parse_callback(&format!("code={CODE}&state={STATE}"), &state)
        .unwrap();
    evidence.debug("wire::Secret", &code);
    evidence.debug("oauth::OAuth", &oauth);
}

async fn exchanges(evidence: &Evidence) {
    let refusal = format!(
        r#"{{"error": "invalid_grant", "error_description": "{MESSAGE} {CODE} {REFRESH}"}}"#
    );
    let answers: Vec<(&str, Responder)> = vec![
        ("tokens", Box::new(|| answer(200, tokens()))),
        (
            "a code is refused",
            Box::new(move || answer(400, &*refusal)),
        ),
        (
            "tokens that do not fit",
            Box::new(|| {
                answer(
                    200,
                    tokens().replace("\"acct_1\"", &format!("{{\"x\": \"{ACCESS}\"}}")),
                )
            }),
        ),
        (
            "tokens cut off",
            Box::new(|| Reply::Cut(r#"{"access_token": "sk_acct_PLANTEDaccess"#)),
        ),
        ("tokens lost", Box::new(|| Reply::HangUp)),
        (
            "tokens from a page",
            Box::new(|| answer(502, format!("<html>{ACCESS}</html>"))),
        ),
    ];
    for (name, reply) in answers {
        evidence.scene(name);
        let server = server(move |_| reply()).await;
        let oauth = OAuth::new(platform(evidence, &server), "ca_1");
        let code = oauth.exchange_code(&Secret::from(CODE));
        let code = loaded(code).extra_param("client_secret", &OAUTH_SECRET);
        evidence.debug("runtime::Call", &code);
        match code.await {
            Ok(tokens) => evidence.debug("oauth::OAuthTokens", &tokens),
            Err(error) => {
                evidence.error(&error);
                if let Some(kind) = OAuthErrorKind::find_in(&error) {
                    evidence.debug("oauth::OAuthErrorKind", &kind);
                }
            }
        }
        if let Err(error) = oauth.refresh_tokens(&Secret::from(REFRESH)).await {
            evidence.error(&error);
        }
        if let Err(error) = oauth.deauthorize("acct_1").await {
            evidence.error(&error);
        }
    }
    evidence.scene("no OAuth host");
    let plain = Server::always("{}").await;
    let client = platform::builder(&plain, &Moved::new()).base_url(nowhere().await);
    let client = client.api_key(PLATFORM_KEY).build().unwrap();
    evidence.failure(
        OAuth::new(client, "ca_1")
            .exchange_code(&Secret::from(CODE))
            .await,
    );
}

async fn accounts(evidence: &Evidence) {
    let refusal = format!(r#"{{"error": "invalid_grant", "error_description": "{REFRESH}"}}"#);
    for refuses in [false, true] {
        evidence.scene("tokens of a connected account are renewed");
        let refusal = refusal.clone();
        let server = server(move |seen| match seen.path() {
            "/oauth/token" if refuses => answer(400, &*refusal),
            "/oauth/token" => answer(200, tokens()),
            _ if seen.header("authorization") == Some(&format!("Bearer {ACCESS}")) => {
                answer(200, "{}")
            }
            _ => answer(401, "{}"),
        })
        .await;
        let oauth = OAuth::new(platform(evidence, &server), "ca_1");
        let (store, owner) = (
            Arc::new(InMemoryTokenStore::new()),
            TokenOwner::new("acct_1", false),
        );
        let refresh = StoredToken::new(REFRESH);
        evidence.debug("oauth::StoredToken", &refresh);
        store
            .put(&owner, TokenKind::Refresh, refresh)
            .await
            .unwrap();
        let old = StoredToken::new(format!("{ACCESS}old"));
        store.put(&owner, TokenKind::Access, old).await.unwrap();
        let account = ConnectedAccount::new(oauth, store.clone(), owner);
        evidence.debug("oauth::ConnectedAccount", &account);
        evidence.debug("oauth::InMemoryTokenStore", &store);
        let client = platform::builder(&server, &Moved::new()).credentials(account);
        let client = client.observer(Witness(evidence.clone())).build().unwrap();
        let result = platform::call(&client).await;
        assert_eq!(result.is_err(), refuses, "{result:?}");
        if let Err(error) = result {
            evidence.error(&error);
        }
        evidence.debug("oauth::InMemoryTokenStore", &store);
    }
}

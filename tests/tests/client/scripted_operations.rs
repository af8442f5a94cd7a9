//! Test doubles respond to the operations that the client calls by itself: OAuth, sessions, and the
//! lists of past events.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use std::sync::Arc;

use stripe::oauth::{
    ConnectedAccount, InMemoryTokenStore, OAuth, OAuthErrorKind, StoredToken, TokenKind,
    TokenOwner, TokenStore,
};
use stripe::operation::Method;
use stripe::testing::{ManualClock, Mock, MockResponse};
use stripe::{Client, Secret};

/// The time of samples: 2026-01-01.
const START: i64 = 1_767_225_600;

fn client(mock: &Mock) -> Client {
    let builder = Client::builder().api_key("sk_test_1").retries(0);
    let builder = builder.clock(ManualClock::new().auto_advance());
    builder.transport(mock.clone()).build().expect("a client")
}

#[tokio::test]
async fn exchange_of_a_code_can_be_refused() {
    let mock = Mock::new();
    let refusal = MockResponse::status(400, r#"{"error": "unsupported_grant_type"}"#);
    mock.on_raw(Method::Post, "/oauth/token")
        .respond_with(refusal);
    let oauth = OAuth::new(client(&mock), "ca_1");
    let error = oauth.exchange_code(&Secret::from("ac_1")).await;
    let error = error.expect_err("a refusal");
    let kind = OAuthErrorKind::find_in(&error);
    assert_eq!(kind, Some(OAuthErrorKind::UnsupportedGrantType));
    mock.verify().expect("one request");
    assert_eq!(mock.requests()[0].param("code"), Some("ac_1"));
}

#[tokio::test]
async fn request_of_oauth_without_a_rule_names_the_rule_to_add() {
    let mock = Mock::new();
    let oauth = OAuth::new(client(&mock), "ca_1");
    oauth.deauthorize("acct_1").await.expect_err("no rule");
    let text = mock.verify().expect_err("no rule").to_string();
    let rule = "mock.on_raw(Method::Post, \"/oauth/deauthorize\")";
    assert!(text.contains(rule), "{text}");
}

#[tokio::test]
async fn tokens_are_exchanged_refreshed_and_revoked() {
    let mock = Mock::new();
    let tokens = |access: &str| {
        MockResponse::json(format!(
            r#"{{"stripe_user_id": "acct_1", "livemode": false, "access_token": "{access}",
                "refresh_token": "rt_2", "scope": "read_write"}}"#
        ))
    };
    mock.on_raw(Method::Post, "/oauth/token")
        .with_param("grant_type", "authorization_code")
        .respond_with(tokens("sk_test_access_1"));
    mock.on_raw(Method::Post, "/oauth/token")
        .with_param("grant_type", "refresh_token")
        .with_param("refresh_token", "rt_1")
        .respond_with(tokens("sk_test_access_2"));
    mock.on_raw(Method::Post, "/oauth/deauthorize")
        .with_param("stripe_user_id", "acct_1")
        .respond_with(MockResponse::json(r#"{"stripe_user_id": "acct_1"}"#));
    let oauth = OAuth::new(client(&mock), "ca_1");
    let first = oauth
        .exchange_code(&Secret::from("ac_1"))
        .await
        .expect("tokens");
    assert_eq!(first.account, "acct_1");
    let second = oauth
        .refresh_tokens(&Secret::from("rt_1"))
        .await
        .expect("tokens");
    let access = second.access_token.as_ref().map(Secret::expose);
    assert_eq!(access, Some("sk_test_access_2"));
    let revoked = oauth.deauthorize("acct_1").await.expect("an account");
    assert_eq!(revoked.account, "acct_1");
    mock.verify().expect("three requests");
}

#[tokio::test]
async fn connected_account_refreshes_its_tokens() {
    let mock = Mock::new();
    mock.on_raw(Method::Post, "/oauth/token").respond_with(MockResponse::json(
        r#"{"stripe_user_id": "acct_1", "livemode": false, "access_token": "sk_test_access_2"}"#,
    ));
    mock.on::<stripe::balance::Retrieve>()
        .with_header("authorization", "Bearer sk_test_access_2")
        .respond_with(MockResponse::sample::<stripe::balance::Retrieve>());
    let (store, owner) = (
        Arc::new(InMemoryTokenStore::new()),
        TokenOwner::new("acct_1", false),
    );
    let refresh = StoredToken::new("rt_1");
    store
        .put(&owner, TokenKind::Refresh, refresh)
        .await
        .expect("a store in memory");
    let oauth = OAuth::new(client(&mock), "ca_1");
    let account = Client::builder()
        .credentials(ConnectedAccount::new(oauth, store, owner))
        .transport(mock.clone())
        .build()
        .expect("a client");
    account.balance().retrieve().await.expect("the balance");
    mock.verify().expect("two requests");
}

#[tokio::test]
async fn session_of_a_host_is_opened_by_type_or_by_path() {
    use stripe::v2::billing::meter_event_stream::{Create, CreateMeterEventStream};
    type Open = stripe::v2::billing::meter_event_session::Create;
    let expires = "2099-01-01T00:00:00Z";
    let sample = MockResponse::sample::<Open>()
        .set("authentication_token", "token_1")
        .set("expires_at", expires);
    let path = "/v2/billing/meter_event_session";
    for by_path in [false, true] {
        let mock = Mock::new();
        match by_path {
            true => mock.on_raw(Method::Post, path).respond_with(sample.clone()),
            false => mock.on::<Open>().respond_with(sample.clone()),
        };
        mock.on::<Create>()
            .with_header("authorization", "Bearer token_1")
            .respond_with(MockResponse::sample::<Create>());
        let client = client(&mock);
        let events = CreateMeterEventStream::new([]);
        client
            .v2()
            .billing()
            .meter_event_stream()
            .create(events)
            .await
            .expect("success");
        mock.verify().expect("two requests");
        assert_eq!(mock.request_count::<Open>(), 1);
    }
}

#[tokio::test]
async fn reconciliation_lists_past_events() {
    use stripe::webhooks::{MemoryInbox, Reconciler};
    let events = MockResponse::sample::<stripe::events::List>()
        .set("data[0].id", "evt_1")
        .set("data[1].id", "evt_2");
    let notifications = MockResponse::sample::<stripe::v2::core::events::List>();
    for by_path in [false, true] {
        let mock = Mock::new();
        if by_path {
            mock.on_raw(Method::Get, "/v1/events")
                .respond_with(events.clone());
            mock.on_raw(Method::Get, "/v2/core/events")
                .respond_with(notifications.clone());
        } else {
            mock.on::<stripe::events::List>()
                .respond_with(events.clone());
            mock.on::<stripe::v2::core::events::List>()
                .respond_with(notifications.clone());
        }
        let (client, inbox) = (client(&mock), MemoryInbox::new());
        let reconciler = Reconciler::events(&client, inbox.clone()).since(START);
        let report = reconciler.run_once().await.expect("a report");
        assert_eq!(report.missed, 2, "{report}");
        let reconciler = Reconciler::notifications(&client, inbox).since(START);
        let report = reconciler.run_once().await.expect("a report");
        assert_eq!(report.missed, 1, "{report}");
        mock.verify().expect("two requests");
    }
}

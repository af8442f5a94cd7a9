//! OAuth against a stand-in for the OAuth host.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oauth::{
    ConnectedAccount, InMemoryTokenStore, OAuth, OAuthErrorKind, StoredToken, TokenKind,
    TokenOwner, TokenStore,
};
use runtime::auth::CredentialError;
use runtime::clock::BoxFuture;
use runtime::secret::Secret;

use crate::api::{Moved, builder, call, chain};
use crate::server::{Reply, Seen, Server};

const TOKENS: &str = r#"{"access_token": "sk_acct_PLANTED", "refresh_token": "rt_PLANTED",
    "token_type": "bearer", "scope": "read_write", "livemode": false,
    "stripe_user_id": "acct_1", "stripe_publishable_key": "pk_1"}"#;

fn oauth(server: &Server) -> OAuth {
    let client = builder(server, &Moved::new())
        .account("acct_default")
        .retries(2);
    OAuth::new(client.api_key("sk_platform").build().unwrap(), "ca_1")
}

#[tokio::test]
async fn code_is_exchanged_for_tokens() {
    let server = Server::always(TOKENS).await;
    let tokens = oauth(&server)
        .exchange_code(&Secret::from("ac_1/+"))
        .await
        .unwrap();
    assert_eq!(
        (tokens.account.as_str(), tokens.livemode),
        ("acct_1", false)
    );
    assert_eq!(
        tokens.access_token.as_ref().unwrap().expose(),
        "sk_acct_PLANTED"
    );
    let shown = format!("{tokens:?}");
    assert!(!shown.contains("PLANTED"), "{shown}");
    let seen = server.only();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/oauth/token")
    );
    assert_eq!(seen.body, "grant_type=authorization_code&code=ac_1%2F%2B");
    assert_eq!(seen.header("authorization"), Some("Bearer sk_platform"));
    for absent in ["idempotency-key", "stripe-account"] {
        assert_eq!(seen.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn refresh_token_is_exchanged_for_tokens() {
    let server = Server::always(TOKENS).await;
    oauth(&server)
        .refresh_tokens(&Secret::from("rt_1"))
        .await
        .unwrap();
    assert_eq!(
        server.only().body,
        "grant_type=refresh_token&refresh_token=rt_1"
    );
}

#[tokio::test]
async fn account_is_disconnected() {
    let server = Server::always(r#"{"stripe_user_id": "acct_1"}"#).await;
    let response = oauth(&server).deauthorize("acct_1").await.unwrap();
    assert_eq!(response.account, "acct_1");
    let seen = server.only();
    assert_eq!(seen.target, "/oauth/deauthorize");
    assert_eq!(seen.body, "client_id=ca_1&stripe_user_id=acct_1");
    assert_eq!(seen.header("stripe-account"), None);
}

#[tokio::test]
async fn code_is_not_sent_again_when_the_response_was_lost() {
    for lose in [|| Reply::HangUp, || Reply::status(500, "{}")] {
        let server = Server::start(move |_| lose()).await;
        let code = Secret::from("ac_PLANTED");
        let error = oauth(&server).exchange_code(&code).await.unwrap_err();
        assert!(error.outcome().is_unknown(), "{error}");
        assert!(error.pending().is_none(), "nothing that holds the code");
        assert!(!chain(&error).contains("PLANTED"));
        server.only();
    }
}

#[tokio::test]
async fn error_has_the_kind_of_its_code() {
    for (code, kind) in [
        ("invalid_grant", OAuthErrorKind::InvalidGrant),
        ("invalid_client", OAuthErrorKind::InvalidClient),
        ("new_one", OAuthErrorKind::Other("new_one".to_owned())),
    ] {
        let body = format!(
            r#"{{"error": "{code}", "error_description": "No such code: ac_PLANTEDcode1."}}"#
        );
        let server = Server::start(move |_| Reply::status(400, &body)).await;
        let error = oauth(&server).exchange_code(&Secret::from("ac_1")).await;
        let error = error.unwrap_err();
        assert!(error.is_oauth() && error.to_string().contains("No such code: [redacted]"));
        assert!(!chain(&error).contains("PLANTED"), "{error}");
        assert_eq!(OAuthErrorKind::find_in(&error), Some(kind.clone()));
        assert_eq!(error.typed::<OAuthErrorKind>(), Some(kind));
    }
    let server = Server::start(|_| Reply::status(400, r#"{"error": {"code": "invalid_grant"}}"#));
    let error = oauth(&server.await)
        .deauthorize("acct_1")
        .await
        .unwrap_err();
    assert_eq!(OAuthErrorKind::find_in(&error), None);
}

/// A platform and its connected account on one server, which accepts access tokens whose number is
/// at least `good_from`.
struct Platform {
    server: Server,
    good_from: Arc<AtomicUsize>,
    store: Arc<InMemoryTokenStore>,
    provider: ConnectedAccount,
    clock: Moved,
}

impl Platform {
    async fn new(account: &'static str, expires_in: Option<u64>) -> Self {
        let good_from = Arc::new(AtomicUsize::new(1));
        let (from, given) = (Arc::clone(&good_from), AtomicUsize::new(1));
        let server = Server::start(move |seen| {
            if seen.path() != "/oauth/token" {
                return reply_for(seen, from.load(Ordering::SeqCst));
            }
            if seen.body
                != format!(
                    "grant_type=refresh_token&refresh_token=rt_{}",
                    given.load(Ordering::SeqCst)
                )
            {
                return Reply::status(400, r#"{"error": "invalid_grant"}"#);
            }
            let number = given.fetch_add(1, Ordering::SeqCst) + 1;
            let end = expires_in.map(|seconds| format!(r#", "expires_in": {seconds}"#));
            Reply::json(&format!(
                r#"{{"access_token": "sk_{number}", "refresh_token": "rt_{number}",
                    "livemode": false, "stripe_user_id": "{account}"{}}}"#,
                end.unwrap_or_default(),
            ))
        })
        .await;
        let clock = Moved::new();
        let client = builder(&server, &clock).api_key("sk_platform").build();
        let store = Arc::new(InMemoryTokenStore::new());
        let owner = TokenOwner::new("acct_1", false);
        for (kind, text) in [(TokenKind::Access, "sk_1"), (TokenKind::Refresh, "rt_1")] {
            store
                .put(&owner, kind, StoredToken::new(text))
                .await
                .unwrap();
        }
        let oauth = OAuth::new(client.unwrap(), "ca_1");
        let provider = ConnectedAccount::new(oauth, store.clone(), owner);
        Self {
            server,
            good_from,
            store,
            provider,
            clock,
        }
    }

    fn client(&self) -> runtime::Client {
        let client = builder(&self.server, &self.clock).credentials(self.provider.clone());
        client.build().unwrap()
    }

    fn refreshes(&self) -> usize {
        let seen = self.server.seen();
        seen.iter()
            .filter(|seen| seen.path() == "/oauth/token")
            .count()
    }
}

fn reply_for(seen: &Seen, good_from: usize) -> Reply {
    let key = seen.header("authorization").unwrap();
    let number: usize = key.replace("Bearer sk_", "").parse().unwrap();
    if number >= good_from {
        Reply::json("{}")
    } else {
        Reply::status(401, r#"{"error": {"code": "api_key_expired"}}"#)
    }
}

#[tokio::test]
async fn stored_token_is_used_when_it_is_valid() {
    let platform = Platform::new("acct_1", None).await;
    call(&platform.client()).await.unwrap();
    assert_eq!(platform.refreshes(), 0);
}

#[tokio::test]
async fn tokens_are_refreshed_once_when_the_access_token_was_rejected() {
    let platform = Platform::new("acct_1", None).await;
    platform.good_from.store(2, Ordering::SeqCst);
    let clients = [platform.client(), platform.client()];
    let calls = (0..20).map(|number| call(&clients[number % 2]));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(platform.refreshes(), 1);
    let owner = TokenOwner::new("acct_1", false);
    for (kind, text) in [(TokenKind::Access, "sk_2"), (TokenKind::Refresh, "rt_2")] {
        let stored = platform.store.get(&owner, kind).await.unwrap().unwrap();
        assert_eq!(stored.secret.expose(), text);
    }
}

#[tokio::test]
async fn tokens_are_refreshed_when_the_access_token_expires_soon() {
    let platform = Platform::new("acct_1", Some(3_600)).await;
    platform.good_from.store(2, Ordering::SeqCst);
    let client = platform.client();
    call(&client).await.unwrap();
    platform.clock.advance(Duration::from_secs(3_600));
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    assert_eq!(platform.refreshes(), 2);
}

#[tokio::test]
async fn error_is_invalid_grant_when_the_refresh_token_is_invalid() {
    let platform = Platform::new("acct_1", None).await;
    let owner = TokenOwner::new("acct_1", false);
    platform.store.remove(&owner).await.unwrap();
    let bad = StoredToken::new("rt_PLANTED");
    platform
        .store
        .put(&owner, TokenKind::Refresh, bad)
        .await
        .unwrap();
    let error = call(&platform.client()).await.unwrap_err();
    assert!(error.is_credentials());
    assert_eq!(
        OAuthErrorKind::find_in(&error),
        Some(OAuthErrorKind::InvalidGrant)
    );
    let shown = format!(
        "{} {:?} {:?}",
        chain(&error),
        platform.provider,
        platform.store
    );
    assert!(!shown.contains("PLANTED"), "{shown}");
}

#[tokio::test]
async fn token_of_another_process_is_used_when_it_refreshed_first() {
    /// A store into which another process puts new tokens as soon as the refresh token is read.
    #[derive(Debug)]
    struct RacingStore(Arc<InMemoryTokenStore>);
    impl TokenStore for RacingStore {
        fn get<'a>(
            &'a self,
            owner: &'a TokenOwner,
            kind: TokenKind,
        ) -> BoxFuture<'a, Result<Option<StoredToken>, CredentialError>> {
            Box::pin(async move {
                let found = self.0.get(owner, kind).await;
                if kind == TokenKind::Refresh {
                    let new = StoredToken::new("sk_5");
                    self.0.put(owner, TokenKind::Access, new).await?;
                }
                found
            })
        }

        fn put<'a>(
            &'a self,
            owner: &'a TokenOwner,
            kind: TokenKind,
            token: StoredToken,
        ) -> BoxFuture<'a, Result<(), CredentialError>> {
            self.0.put(owner, kind, token)
        }

        fn remove<'a>(
            &'a self,
            owner: &'a TokenOwner,
        ) -> BoxFuture<'a, Result<(), CredentialError>> {
            self.0.remove(owner)
        }
    }
    let platform = Platform::new("acct_1", None).await;
    platform.good_from.store(5, Ordering::SeqCst);
    let owner = TokenOwner::new("acct_1", false);
    let used = StoredToken::new("rt_0");
    platform
        .store
        .put(&owner, TokenKind::Refresh, used)
        .await
        .unwrap();
    let own_key = builder(&platform.server, &platform.clock).api_key("sk_platform");
    let oauth = OAuth::new(own_key.build().unwrap(), "ca_1");
    let raced = Arc::new(RacingStore(Arc::clone(&platform.store)));
    let client = builder(&platform.server, &platform.clock)
        .credentials(ConnectedAccount::new(oauth, raced, owner))
        .build()
        .unwrap();
    call(&client).await.unwrap();
    assert_eq!(platform.refreshes(), 1);
}

#[tokio::test]
async fn call_fails_when_there_is_no_token_at_all() {
    let platform = Platform::new("acct_1", None).await;
    let owner = TokenOwner::new("acct_1", false);
    platform.store.remove(&owner).await.unwrap();
    let error = call(&platform.client()).await.unwrap_err();
    assert!(chain(&error).contains("authorization again"));
    assert!(platform.server.seen().is_empty());
}

#[tokio::test]
async fn tokens_of_another_account_are_not_stored() {
    let platform = Platform::new("acct_2", None).await;
    platform.good_from.store(2, Ordering::SeqCst);
    let error = call(&platform.client()).await.unwrap_err();
    assert!(error.is_authentication(), "the refusal stands: {error}");
    let other = TokenOwner::new("acct_2", false);
    let stored = platform.store.get(&other, TokenKind::Access);
    assert!(stored.await.unwrap().is_none());
}

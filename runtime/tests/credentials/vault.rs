//! The Vault example against a stand-in for Vault.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime::Client;
use runtime::secret::Secret;

use crate::api::{Moved, builder, call, chain};
use crate::server::{Reply, Seen, Server};
use crate::vault_example::{Login, VaultKey};

const TOKEN: &str = "hvs.PLANTED";
const PLACE: (&str, &str, &str) = ("secret", "stripe", "api_key");

/// The behaviour of the stand-in, which tests change.
#[derive(Clone)]
enum Mood {
    Gives(&'static str),
    Refuses(u16),
    Stalls,
    HangsUp,
    Babbles(&'static str),
}

struct Stage {
    vault: Server,
    api: Server,
    mood: Arc<Mutex<Mood>>,
    clock: Moved,
    client: Client,
}

impl Stage {
    async fn new(mood: Mood, login: Login) -> Self {
        let mood = Arc::new(Mutex::new(mood));
        let shared = Arc::clone(&mood);
        let vault = Server::start(move |seen| answer(&shared.lock().unwrap(), seen)).await;
        let api = Server::start(|seen| match seen.header("authorization") {
            Some("Bearer sk_revoked_PLANTED") => {
                let body = r#"{"error": {"code": "api_key_expired"}}"#;
                Reply::status(401, body)
            }
            _ => Reply::json("{}"),
        })
        .await;
        let clock = Moved::new();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy();
        let http = http.timeout(Duration::from_secs(60)).build().unwrap();
        let provider = VaultKey::new(http, &vault.url, login, PLACE);
        let client = builder(&api, &clock).credentials(provider).build().unwrap();
        Self {
            vault,
            api,
            mood,
            clock,
            client,
        }
    }

    async fn with(mood: Mood) -> Self {
        Self::new(mood, Login::Token(Secret::from(TOKEN))).await
    }

    fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The keys that the API received.
    fn keys(&self) -> Vec<String> {
        let seen = self.api.seen();
        let keys = seen
            .iter()
            .map(|seen| seen.header("authorization").unwrap());
        keys.map(|key| key.replace("Bearer ", "")).collect()
    }

    fn reads(&self) -> usize {
        let seen = self.vault.seen();
        seen.iter().filter(|seen| seen.method == "GET").count()
    }
}

fn answer(mood: &Mood, seen: &Seen) -> Reply {
    if seen.path().ends_with("/login") {
        return Reply::json(&format!(r#"{{"auth": {{"client_token": "{TOKEN}"}}}}"#));
    }
    match mood {
        Mood::Gives(_) if seen.header("x-vault-token") != Some(TOKEN) => {
            Reply::status(403, r#"{"errors": ["permission denied PLANTED"]}"#)
        }
        Mood::Gives(key) => Reply::json(&format!(
            r#"{{"lease_duration": 0, "data": {{"data": {{"api_key": "{key}"}}, "metadata": {{"version": 1}}}}}}"#
        )),
        Mood::Refuses(status) => Reply::status(*status, r#"{"errors": ["PLANTED"]}"#),
        Mood::Stalls => Reply::Stall,
        Mood::HangsUp => Reply::HangUp,
        Mood::Babbles(body) => Reply::json(body),
    }
}

#[tokio::test]
async fn key_is_read_once_when_many_calls_are_made() {
    let stage = Stage::with(Mood::Gives("sk_1")).await;
    let calls = (0..20).map(|_| call(&stage.client));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(stage.keys(), ["sk_1"; 20]);
    let seen = stage.vault.only();
    assert_eq!(seen.target, "/v1/secret/data/stripe");
}

#[tokio::test]
async fn new_key_is_used_when_vault_has_another() {
    let stage = Stage::with(Mood::Gives("sk_1")).await;
    call(&stage.client).await.unwrap();
    stage.is_now(Mood::Gives("sk_2"));
    call(&stage.client).await.unwrap();
    stage.clock.advance(Duration::from_secs(300));
    call(&stage.client).await.unwrap();
    assert_eq!(stage.keys(), ["sk_1", "sk_1", "sk_2"]);
}

#[tokio::test]
async fn call_is_tried_once_more_when_the_key_was_revoked() {
    let stage = Stage::with(Mood::Gives("sk_revoked_PLANTED")).await;
    let error = call(&stage.client).await.unwrap_err();
    assert!(error.is_authentication(), "{error}");
    assert_eq!(stage.reads(), 2, "the same key again ends it");
    assert_eq!(stage.api.seen().len(), 1);
    stage.clock.advance(Duration::from_secs(60));
    stage.is_now(Mood::Gives("sk_2"));
    call(&stage.client).await.unwrap();
    assert_eq!(stage.reads(), 3);
    assert_eq!(stage.keys()[1..], ["sk_revoked_PLANTED", "sk_2"]);
}

#[tokio::test]
async fn calls_go_on_when_vault_is_down_and_the_key_is_good() {
    for mood in [Mood::HangsUp, Mood::Refuses(503), Mood::Refuses(403)] {
        let stage = Stage::with(Mood::Gives("sk_1")).await;
        call(&stage.client).await.unwrap();
        stage.is_now(mood);
        stage.clock.advance(Duration::from_secs(3_600));
        for _ in 0..10 {
            call(&stage.client).await.unwrap();
        }
        assert_eq!(stage.reads(), 2, "vault is not read again immediately");
        assert_eq!(stage.keys(), ["sk_1"; 11]);
    }
}

#[tokio::test]
async fn call_fails_without_being_sent_when_vault_refuses() {
    let stage = Stage::with(Mood::Refuses(403)).await;
    for _ in 0..5 {
        let error = call(&stage.client).await.unwrap_err();
        assert!(error.is_credentials() && error.outcome().is_not_sent());
        assert!(chain(&error).contains("403"), "{}", chain(&error));
    }
    assert_eq!(stage.reads(), 1);
    assert!(stage.api.seen().is_empty());
}

#[tokio::test]
async fn call_keeps_its_deadline_when_vault_is_slow() {
    let stage = Stage::with(Mood::Stalls).await;
    let slow = stage.client.raw(runtime::Method::Get, "/v1/anything");
    let error = slow.deadline(Duration::from_millis(200)).await.unwrap_err();
    assert!(
        error.is_timeout() && error.outcome().is_not_sent(),
        "{error}"
    );
}

#[tokio::test]
async fn old_key_is_used_when_vault_is_slow() {
    let stage = Stage::with(Mood::Gives("sk_1")).await;
    call(&stage.client).await.unwrap();
    stage.is_now(Mood::Stalls);
    stage.clock.advance(Duration::from_secs(300));
    let (first, second) = (call(&stage.client), call(&stage.client));
    let both = futures_util::future::join(first, second);
    let (first, second) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .unwrap();
    first.unwrap();
    second.unwrap();
    assert_eq!(stage.reads(), 2);
}

#[tokio::test]
async fn login_comes_first_when_there_is_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "jwt_PLANTED\n").unwrap();
    let logins = [
        (
            Login::AppRole {
                role_id: "r\"1".to_owned(),
                secret_id: Secret::from("s_PLANTED"),
            },
            "/v1/auth/approle/login",
            r#"{"role_id":"r\"1","secret_id":"s_PLANTED"}"#,
        ),
        (
            Login::Kubernetes {
                role: "pay".to_owned(),
                token_file,
            },
            "/v1/auth/kubernetes/login",
            r#"{"role":"pay","jwt":"jwt_PLANTED"}"#,
        ),
    ];
    for (login, path, body) in logins {
        let stage = Stage::new(Mood::Gives("sk_1"), login).await;
        call(&stage.client).await.unwrap();
        let seen = stage.vault.seen();
        assert_eq!(
            (seen[0].target.as_str(), seen[0].body.as_str()),
            (path, body)
        );
        assert_eq!(stage.keys(), ["sk_1"]);
    }
}

#[tokio::test]
async fn no_error_shows_a_secret_when_anything_fails() {
    let moods = [
        Mood::Refuses(403),
        Mood::HangsUp,
        Mood::Gives("sk PLANTED"),
        Mood::Babbles("PLANTED"),
        Mood::Babbles(r#"{"data": {"data": {"other": "PLANTED"}}}"#),
        Mood::Babbles(r#"{"data": {"data": {"api_key": {"PLANTED": 1}}}}"#),
    ];
    for mood in moods {
        let stage = Stage::with(mood).await;
        let error = call(&stage.client).await.unwrap_err();
        assert!(error.is_credentials(), "{error}");
        let shown = format!("{} {:?}", chain(&error), stage.client);
        assert!(!shown.contains("PLANTED"), "{shown}");
    }
}

#[test]
fn example_hides_its_token_when_shown() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let login = Login::Token(Secret::from(TOKEN));
    let key = VaultKey::new(
        reqwest::Client::new(),
        "http://127.0.0.1:1",
        login.clone(),
        PLACE,
    );
    let shown = format!("{key:?} {login:?}");
    assert!(
        !shown.contains("PLANTED") && shown.contains("secret/stripe"),
        "{shown}"
    );
}

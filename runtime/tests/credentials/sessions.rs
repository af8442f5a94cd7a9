//! Sessions that are opened and refreshed automatically.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::operation::Method;
use runtime::value::{DateTime, RawJson, Timestamp};
use runtime::{Call, Client};

use crate::api::{Moved, ahead, builder, chain};
use crate::server::{Reply, Seen, Server};

const LIFE: Duration = Duration::from_secs(900);
const OPEN: &str = "/v2/billing/meter_event_session";

struct Stage {
    server: Server,
    clock: Moved,
    client: Client,
}

impl Stage {
    /// `stream` responds to requests to the host of sessions, by the number of the session.
    async fn new(stream: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let clock = Moved::new();
        let (opened, time) = (AtomicUsize::new(0), clock.clone());
        let server = Server::start(move |seen| {
            if seen.path() != OPEN {
                return stream(session_of(seen));
            }
            let number = opened.fetch_add(1, Ordering::SeqCst) + 1;
            let seconds = i64::try_from(ahead(&time, LIFE)).unwrap();
            let end = DateTime::from(Timestamp(seconds));
            Reply::json(&format!(
                r#"{{"authentication_token": "session_{number}", "expires_at": "{end}"}}"#
            ))
        })
        .await;
        let client = builder(&server, &clock).api_key("sk_PLANTED");
        Self {
            client: client.build().unwrap(),
            server,
            clock,
        }
    }

    fn stream(&self) -> Call<RawJson> {
        let call = self
            .client
            .raw(Method::Post, "/v2/billing/meter_event_stream");
        call.host("meter_events")
    }

    /// The targets and keys that the server received.
    fn seen(&self) -> Vec<String> {
        let seen = self.server.seen();
        let line = |seen: &Seen| {
            let name = if seen.path() == OPEN {
                "open"
            } else {
                "stream"
            };
            let key = seen.header("authorization").unwrap_or_default();
            let account = seen.header("stripe-account").unwrap_or_default();
            format!("{name} {} {account}", key.replace("Bearer ", ""))
                .trim_end()
                .to_owned()
        };
        seen.iter().map(line).collect()
    }
}

fn session_of(seen: &Seen) -> usize {
    let key = seen.header("authorization").unwrap();
    key.replace("Bearer session_", "").parse().unwrap()
}

fn expired() -> Reply {
    let body = r#"{"error": {"type": "temporary_session_expired", "code": "billing_meter_event_session_expired"}}"#;
    Reply::status(400, body)
}

#[tokio::test]
async fn session_is_opened_once_when_many_calls_need_it() {
    let stage = Stage::new(|_| Reply::json("{}")).await;
    let calls = (0..20).map(|_| stage.stream().into_future());
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    let seen = stage.seen();
    assert_eq!(seen[0], "open sk_PLANTED");
    assert_eq!(seen[1..], ["stream session_1"; 20]);
    let first = &stage.server.seen()[0];
    assert_eq!((first.method.as_str(), first.body.as_str()), ("POST", "{}"));
    assert!(first.header("idempotency-key").is_some());
}

#[tokio::test]
async fn another_session_is_opened_when_the_end_is_near() {
    let stage = Stage::new(|_| Reply::json("{}")).await;
    stage.stream().await.unwrap();
    stage.clock.advance(LIFE / 2);
    stage.stream().await.unwrap();
    stage.clock.advance(LIFE / 2 - Duration::from_secs(20));
    stage.stream().await.unwrap();
    let expected = [
        "open sk_PLANTED",
        "stream session_1",
        "stream session_1",
        "open sk_PLANTED",
        "stream session_2",
    ];
    assert_eq!(stage.seen(), expected);
}

#[tokio::test]
async fn another_session_is_opened_once_when_the_server_ends_it() {
    let stage = Stage::new(|number| match number {
        1 => expired(),
        _ => Reply::json("{}"),
    })
    .await;
    stage.stream().await.unwrap();
    let expected = [
        "open sk_PLANTED",
        "stream session_1",
        "open sk_PLANTED",
        "stream session_2",
    ];
    assert_eq!(stage.seen(), expected);
}

#[tokio::test]
async fn call_fails_when_the_new_session_is_over_too() {
    let stage = Stage::new(|_| expired()).await;
    let error = stage.stream().await.unwrap_err();
    assert!(error.is_session_expired(), "{error}");
    assert_eq!(stage.seen().len(), 4);
}

#[tokio::test]
async fn each_account_has_a_session_of_its_own() {
    let stage = Stage::new(|_| Reply::json("{}")).await;
    for account in ["", "acct_1", "", "acct_1"] {
        let call = stage.stream();
        let call = match account {
            "" => call.own_account(),
            account => call.account(account),
        };
        call.await.unwrap();
    }
    let header = stage.stream().header("Stripe-Account", "acct_2");
    header.await.unwrap();
    let expected = [
        "open sk_PLANTED",
        "stream session_1",
        "open sk_PLANTED acct_1",
        "stream session_2 acct_1",
        "stream session_1",
        "stream session_2 acct_1",
        "open sk_PLANTED acct_2",
        "stream session_3 acct_2",
    ];
    assert_eq!(stage.seen(), expected);
}

#[tokio::test]
async fn least_recently_used_session_is_dropped_at_the_limit() {
    let stage = Stage::new(|_| Reply::json("{}")).await;
    let opened_for = async |number: usize| {
        let before = stage.seen().len();
        let call = stage.stream().account(format!("acct_{number}"));
        call.await.unwrap();
        stage.seen().len() - before == 2
    };
    for number in 0..64 {
        assert!(opened_for(number).await, "{number}");
    }
    assert!(!opened_for(0).await, "64 sessions are kept");
    assert!(opened_for(64).await);
    assert!(!opened_for(0).await, "it was used after the others");
    assert!(opened_for(1).await, "it was dropped");
}

#[tokio::test]
async fn other_hosts_get_the_api_key() {
    let stage = Stage::new(|_| Reply::json("{}")).await;
    stage.client.raw(Method::Post, OPEN).await.unwrap();
    assert_eq!(stage.seen(), ["open sk_PLANTED"]);
}

#[tokio::test]
async fn call_is_not_sent_when_no_session_can_be_opened() {
    let bodies = [
        (403, r#"{"error": {"message": "PLANTED"}}"#),
        (200, r#"{"authentication_token": null}"#),
        (200, r#"{"authentication_token": "PLANTED x"}"#),
        (200, "PLANTED"),
    ];
    for (status, body) in bodies {
        let server = Server::start(move |_| Reply::status(status, body)).await;
        let client = builder(&server, &Moved::new()).api_key("sk_PLANTED");
        let client = client.show_error_messages(false).build().unwrap();
        let call = client.raw(Method::Post, "/v2/billing/meter_event_stream");
        let error = call.host("meter_events").await.unwrap_err();
        assert!(error.is_credentials() && error.outcome().is_not_sent());
        assert_eq!(server.only().path(), OPEN);
        assert!(!chain(&error).contains("PLANTED"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn end_may_be_in_seconds() {
    let clock = Moved::new();
    let time = clock.clone();
    let server = Server::start(move |seen| match seen.path() {
        OPEN => {
            let end = ahead(&time, LIFE);
            let body = format!(r#"{{"authentication_token": "t", "expires_at": {end}}}"#);
            Reply::json(&body)
        }
        _ => Reply::json("{}"),
    })
    .await;
    let client = builder(&server, &clock).api_key("sk_1").build().unwrap();
    for passes in [LIFE / 2, LIFE / 2, Duration::ZERO] {
        let call = client.raw(Method::Post, "/v2/billing/meter_event_stream");
        call.host("meter_events").await.unwrap();
        clock.advance(passes);
    }
    let opened = server
        .seen()
        .iter()
        .filter(|seen| seen.path() == OPEN)
        .count();
    assert_eq!(opened, 2);
}

/// Records when it is dropped; it stands for a part that only the client owns.
#[derive(Debug)]
struct Witness(Arc<()>);

impl runtime::telemetry::Observer for Witness {
    fn background_error(&self, _: &str, _: &(dyn std::error::Error + 'static)) {
        let _ = &self.0;
    }
}

#[tokio::test]
async fn client_is_freed_when_its_clones_are_dropped_whatever_its_sessions_do() {
    let alive = Arc::new(());
    let server = Server::start(|seen| match seen.path() {
        OPEN if seen.header("stripe-account").is_some() => Reply::Stall,
        OPEN => Reply::json(r#"{"authentication_token": "t"}"#),
        _ => Reply::json("{}"),
    })
    .await;
    let witness = Witness(Arc::clone(&alive));
    let client = builder(&server, &Moved::new()).api_key("sk_1");
    let client = client.observer(witness).build().unwrap();
    let stream = || {
        let call = client.raw(Method::Post, "/v2/billing/meter_event_stream");
        call.host("meter_events")
    };
    stream().await.unwrap();
    let stalled = stream().account("acct_1").into_future();
    let given_up = tokio::time::timeout(Duration::from_millis(100), stalled).await;
    assert!(given_up.is_err());
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(client);
    assert_eq!(Arc::strong_count(&alive), 1);
}

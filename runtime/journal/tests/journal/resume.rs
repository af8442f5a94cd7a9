//! Resuming writes within one process.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use journal::FileJournal;
use runtime::clock::{BoxFuture, Clock, SystemClock};
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalError, MemoryJournal};
use runtime::operation::Method;
use runtime::rate_limit::Priority;
use runtime::value::RawJson;
use runtime::{ApiSpec, Call, Client, ClientBuilder};

use crate::api::{Create, Delete, KEY, Params, Upload, builder, client};
use crate::server::Seen;
use crate::store::{Mood, Store};

/// Long enough to send a request on a busy machine; the response is never sent.
const SHORT: Duration = Duration::from_millis(700);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn item(email: &str) -> Params {
    Params {
        email: Some(email.to_owned()),
        ..Params::default()
    }
}

fn now() -> SystemTime {
    SystemClock.calendar()
}

/// A write that the server never received.
fn unreceived_write(age: Duration) -> PendingWrite {
    let post = Method::Post.as_http();
    let mut write = PendingWrite::new("key", post, "api", "/v1/items", now() - age);
    write.body = "email=x".into();
    write
}

/// The parts of a request without credentials and the headers of the HTTP client.
fn meaning(seen: &Seen) -> (String, String, Vec<(String, String)>, String) {
    let incidental = [
        "authorization",
        "user-agent",
        "accept",
        "host",
        "connection",
    ];
    let mut headers = seen.headers.clone();
    headers.retain(|(name, _)| !incidental.contains(&name.as_str()));
    headers.sort();
    (
        seen.method.clone(),
        seen.target.clone(),
        headers,
        seen.body.clone(),
    )
}

/// A client with a short time limit, and its journal.
fn impatient_client(store: &Store) -> (ClientBuilder, MemoryJournal) {
    let journal = MemoryJournal::new();
    let builder = builder(&store.server)
        .timeout(SHORT)
        .journal(journal.clone());
    (builder, journal)
}

#[tokio::test]
async fn resumed_write_is_the_same_request_whatever_client_sends_it() {
    let store = Store::start(Mood::Stuck).await;
    let first = impatient_client(&store)
        .0
        .account("acct_1")
        .build()
        .unwrap();
    let calls = [
        first.request::<Create>(&[], &item("a")).into_raw(),
        first
            .request::<Upload>(&[], &item("b"))
            .header("x-tag", "7")
            .into_raw(),
        first
            .request::<Delete>(&["it 1"], &item("c"))
            .api_version("2020-01-01")
            .idempotency_key("own")
            .own_account()
            .into_raw(),
        first.raw(Method::Post, "/v2/items?x=1").context("ctx_1"),
    ];
    for call in calls {
        let error = call.await.unwrap_err();
        assert!(error.is_timeout() && error.outcome().is_unknown());
        let write = error.pending().unwrap().clone();
        store.set(Mood::Calm);
        let second = builder(&store.server)
            .api_key("sk_test_of_today")
            .account("acct_2")
            .api_version("2030-01-01")
            .build()
            .unwrap();
        let call = second.resume(&write).header("traceparent", "00-1-1-00");
        let response = call.header("traceparent", "").with_response();
        assert!(response.await.unwrap().idempotent_replayed());
        let seen = store.server.seen();
        let [sent, again] = &seen[seen.len() - 2..] else {
            panic!("two requests");
        };
        let mut again = again.clone();
        again.headers.retain(|(name, _)| name != "traceparent");
        assert_eq!(meaning(sent), meaning(&again));
        let today = again.header("authorization");
        assert_eq!(today, Some("Bearer sk_test_of_today"));
        store.set(Mood::Stuck);
    }
}

trait IntoRaw {
    fn into_raw(self) -> Call<RawJson>;
}

impl<T> IntoRaw for Call<T> {
    fn into_raw(self) -> Call<RawJson> {
        self.decode_as()
    }
}

#[tokio::test]
async fn path_of_a_gateway_is_not_part_of_the_write() {
    let store = Store::start(Mood::Mute).await;
    let gateway = format!("{}/some/gateway/", store.server.url);
    let through = impatient_client(&store)
        .0
        .base_url(&gateway)
        .build()
        .unwrap();
    let error = through
        .request::<Create>(&[], &item("a"))
        .await
        .unwrap_err();
    let write = error.pending().unwrap();
    assert_eq!(write.target, "/v1/items");
    store.set(Mood::Calm);
    through.resume(write).await.unwrap();
    client(&store.server).resume(write).await.unwrap();
    let targets: Vec<String> = store.server.seen().into_iter().map(|s| s.target).collect();
    let gated = "/some/gateway/v1/items";
    assert_eq!(targets, [gated, gated, "/v1/items"]);
}

#[tokio::test]
async fn resumed_write_is_refused_when_an_option_would_change_it() {
    let store = Store::start(Mood::Calm).await;
    let client = builder(&store.server)
        .account("acct_2")
        .journal(MemoryJournal::new())
        .build()
        .unwrap();
    let mut write = unreceived_write(HOUR);
    write.headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    let call = || client.resume(&write);
    let changed = [
        call().account("acct_3"),
        call().context("ctx"),
        call().api_version("1"),
        call().idempotency_key("other"),
        call().expand(["x"]),
        call().include(["x"]),
        call().extra_param("x", &1),
        call().json(&RawJson::encoding(&1)),
        call().host("files"),
        call().header("Content-Type", "text/html"),
        call().header("Stripe-Account", "acct_3"),
        call().header("Stripe-Version", "1"),
        call().header("Idempotency-Key", "other"),
    ];
    for (number, call) in changed.into_iter().enumerate() {
        let error = call.await.unwrap_err();
        assert!(error.is_build(), "{number}: {error}");
        assert!(error.to_string().contains("cannot be changed"), "{error}");
        // The call that began the write may have sent it.
        assert!(error.outcome().is_unknown(), "{number}");
        assert_eq!(error.pending(), Some(&write));
    }
    assert!(store.server.seen().is_empty());
    call()
        .timeout(HOUR)
        .deadline(HOUR)
        .retries(1)
        .priority(Priority::Interactive)
        .header("traceparent", "00-1-1-00")
        .idempotency_key("key")
        .await
        .unwrap();
    assert_eq!(store.server.only().header("stripe-account"), None);
}

#[tokio::test]
async fn write_is_not_resumed_when_the_server_may_have_forgotten_it() {
    let store = Store::start(Mood::Calm).await;
    let client = client(&store.server);
    let v2 = |hours: u32| {
        let mut write = unreceived_write(HOUR * hours);
        write.target = "/v2/items".to_owned();
        write
    };
    let mut future = unreceived_write(Duration::ZERO);
    future.begun = now() + HOUR * 2;
    for old in [
        unreceived_write(HOUR * 24),
        unreceived_write(HOUR * 23),
        v2(720),
        future,
    ] {
        let error = client.resume(&old).await.unwrap_err();
        assert!(error.is_build() && error.outcome().is_unknown(), "{error}");
        assert!(error.to_string().contains("too long ago"), "{error}");
    }
    assert!(store.server.seen().is_empty());
    client.resume(&v2(29 * 24)).await.unwrap();
    let old = unreceived_write(HOUR * 100);
    client.resume(&old).allow_expired_key().await.unwrap();
    assert_eq!(store.server.seen().len(), 2);
}

#[tokio::test]
async fn write_is_not_resumed_with_a_key_of_the_other_mode() {
    static API: ApiSpec = ApiSpec {
        title: "Modes",
        version: "1",
        hosts: &[("api", "https://api.example.test")],
        live_keys: &["sk_live_", "rk_live_"],
        test_keys: &["sk_test_", "rk_test_"],
        ..ApiSpec::DEFAULT
    };
    let store = Store::start(Mood::Mute).await;
    let with = |key: &str| {
        let builder = Client::builder(&API).api_key(key).retries(0);
        builder.base_url(&store.server.url).build().unwrap()
    };
    let call = with("rk_live_1").raw(Method::Post, "/v1/items");
    let error = call.await.unwrap_err();
    let write = error.pending().unwrap();
    assert_eq!(write.live, Some(true));
    store.set(Mood::Calm);
    let error = with("sk_test_1").resume(write).await.unwrap_err();
    assert!(error.is_build() && error.outcome().is_unknown(), "{error}");
    assert_eq!(store.server.seen().len(), 1);
    with("sk_live_2").resume(write).await.unwrap();
}

#[tokio::test]
async fn write_stays_journaled_until_its_outcome_is_known() {
    let store = Store::start(Mood::Mute).await;
    let (builder, journal) = impatient_client(&store);
    let client = builder.build().unwrap();
    let call = client.request::<Create>(&[], &item("a"));
    let write = call.await.unwrap_err().pending().unwrap().clone();
    assert_eq!(
        client.pending_writes().await.unwrap(),
        std::slice::from_ref(&write)
    );
    // No server listens there: this call certainly sends nothing, but the first one may have.
    let nowhere = Client::builder(&crate::api::API)
        .api_key(KEY)
        .base_url("http://127.0.0.1:1")
        .retries(0)
        .journal(journal)
        .build()
        .unwrap();
    let error = nowhere.resume(&write).await.unwrap_err();
    assert!(
        error.is_connect() && error.outcome().is_unknown(),
        "{error}"
    );
    assert_eq!(
        error.pending(),
        Some(&write),
        "with the time of the first call"
    );
    // This also applies if the caller repeats the call under its key instead.
    let call = nowhere.request::<Create>(&[], &item("a"));
    let error = call.idempotency_key(write.key.as_str()).await.unwrap_err();
    assert!(error.outcome().is_unknown(), "{error}");
    assert_eq!(
        client.pending_writes().await.unwrap(),
        std::slice::from_ref(&write)
    );
    store.set(Mood::Calm);
    let again = client.resume_as::<Create>(&write).await.unwrap();
    assert_eq!(again.id, "it_0");
    assert!(client.pending_writes().await.unwrap().is_empty());
    assert_eq!(store.done().into_values().max(), Some(1));
}

#[tokio::test]
async fn record_of_a_write_survives_another_request_under_its_key() {
    let store = Store::start(Mood::Mute).await;
    let client = impatient_client(&store).0.build().unwrap();
    let call = client.request::<Create>(&[], &item("a"));
    let error = call.idempotency_key("k").await.unwrap_err();
    let write = error.pending().unwrap();
    store.set(Mood::Calm);
    let call = client.request::<Create>(&[], &item("b"));
    let error = call.idempotency_key("k").await.unwrap_err();
    assert!(error.is_idempotency_mismatch());
    assert_eq!(
        client.pending_writes().await.unwrap(),
        std::slice::from_ref(write)
    );
    client.discard_pending(write).await.unwrap();
    assert!(client.pending_writes().await.unwrap().is_empty());
}

#[tokio::test]
async fn write_is_resumed_when_its_future_was_dropped() {
    let store = Store::start(Mood::Stuck).await;
    let (builder, _) = impatient_client(&store);
    let client = builder.timeout(HOUR).build().unwrap();
    let call = client.request::<Create>(&[], &item("a")).into_future();
    assert!(tokio::time::timeout(SHORT, call).await.is_err());
    let pending = client.pending_writes().await.unwrap();
    store.set(Mood::Calm);
    for write in &pending {
        client.resume_as::<Create>(write).await.unwrap();
    }
    assert_eq!(pending.len(), 1);
    assert!(client.pending_writes().await.unwrap().is_empty());
    assert_eq!(store.done()["email=a"], 1);
}

#[tokio::test]
async fn write_that_was_not_sent_leaves_no_record() {
    let journal = MemoryJournal::new();
    let client = Client::builder(&crate::api::API)
        .api_key(KEY)
        .base_url("http://127.0.0.1:1")
        .retries(0)
        .journal(journal)
        .build()
        .unwrap();
    let call = client.request::<Create>(&[], &item("a"));
    let error = call.idempotency_key("k").await.unwrap_err();
    assert!(error.outcome().is_not_sent() && error.pending().is_none());
    assert!(client.pending_writes().await.unwrap().is_empty());
}

#[tokio::test]
async fn read_is_not_journaled_even_if_it_has_a_key() {
    let store = Store::start(Mood::Mute).await;
    let client = impatient_client(&store).0.build().unwrap();
    let call = client.raw(Method::Get, "/v1/items").idempotency_key("k");
    let error = call.await.unwrap_err();
    assert!(error.outcome().is_unknown() && error.pending().is_none());
    assert!(client.pending_writes().await.unwrap().is_empty());
}

#[tokio::test]
async fn write_is_resumed_only_as_the_operation_that_it_is() {
    let store = Store::start(Mood::Calm).await;
    let client = client(&store.server);
    let mut write = unreceived_write(HOUR);
    for (operation, expected) in [
        ("Delete", "is Delete, not Create"),
        ("", "is a raw request"),
    ] {
        write.operation = operation.to_owned();
        let error = client.resume_as::<Create>(&write).await.unwrap_err();
        assert!(
            error.is_build() && error.to_string().contains(expected),
            "{error}"
        );
    }
    write.operation = "Create".to_owned();
    write.method = "PATCH".parse().unwrap();
    let error = client.resume_as::<Create>(&write).await.unwrap_err();
    assert!(error.is_build(), "{error}");
    assert!(store.server.seen().is_empty());
}

#[tokio::test]
async fn write_is_not_sent_when_the_journal_cannot_record_it() {
    let store = Store::start(Mood::Calm).await;
    let folder = tempfile::tempdir().unwrap();
    let options = FileJournal::options().max_body_bytes(10);
    let journal = options.open(folder.path().join("journal")).unwrap();
    let client = builder(&store.server).journal(journal).build().unwrap();
    client.request::<Create>(&[], &item("a")).await.unwrap();
    let call = client.request::<Create>(&[], &item("too long"));
    let error = call.await.unwrap_err();
    assert!(
        error.is_journal() && error.outcome().is_not_sent(),
        "{error}"
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("max_body_bytes"), "{cause}");
    assert_eq!(store.server.seen().len(), 1);
}

/// A journal whose store does not respond, with the keys of the writes it was to finish.
#[derive(Clone, Debug, Default)]
struct UnresponsiveJournal(Arc<Mutex<Vec<String>>>);

impl Journal for UnresponsiveJournal {
    fn begin<'a>(
        &'a self,
        _: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(std::future::pending())
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        self.0.lock().unwrap().push(write.key.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(std::future::ready(Err(JournalError::new("no response"))))
    }
}

#[tokio::test]
async fn write_is_not_sent_and_not_finished_when_it_was_not_journaled() {
    let store = Store::start(Mood::Calm).await;
    let journal = UnresponsiveJournal::default();
    let builder = builder(&store.server).journal(journal.clone());
    let client = builder.deadline(SHORT).build().unwrap();
    let call = client.request::<Create>(&[], &item("a"));
    for call in [call.clone().idempotency_key("own"), call] {
        let error = call.await.unwrap_err();
        assert!(
            error.is_timeout() && error.outcome().is_not_sent(),
            "{error}"
        );
    }
    // A begin that is dropped leaves no record of its own, and may not touch an earlier one.
    assert!(journal.0.lock().unwrap().is_empty());
    assert!(client.pending_writes().await.unwrap_err().is_journal());
    assert!(store.server.seen().is_empty());
}

#[tokio::test]
async fn header_that_looks_like_a_credential_is_not_part_of_the_write() {
    let store = Store::start(Mood::Mute).await;
    let client = impatient_client(&store).0.build().unwrap();
    let call = client.request::<Create>(&[], &item("a"));
    let call = call.header("X-Api-Key", "PLANTED").header("x-own", "kept");
    let error = call.await.unwrap_err();
    let write = error.pending().unwrap();
    assert_eq!(write.header("x-api-key"), None);
    assert_eq!(write.header("x-own"), Some("kept"));
    assert_eq!(store.server.seen()[0].header("x-api-key"), Some("PLANTED"));
}

#[tokio::test]
async fn write_under_credentials_of_its_own_cannot_be_resumed_with_others() {
    let store = Store::start(Mood::Mute).await;
    let client = impatient_client(&store).0.build().unwrap();
    let call = client.request::<Create>(&[], &item("a"));
    let error = call.header("Authorization", "Bearer sk_test_other").await;
    let error = error.unwrap_err();
    assert!(error.outcome().is_unknown() && error.pending().is_none());
    assert!(client.pending_writes().await.unwrap().is_empty());
}

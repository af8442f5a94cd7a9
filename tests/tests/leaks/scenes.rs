//! The scenes: what can happen to a client.

use std::time::{Duration, Instant, SystemTime};

use observe::MetricsObserver;
use runtime::clock::{BoxFuture, Clock, SystemClock};
use runtime::rate_limit::Unlimited;
use runtime::{Call, Client, ClientBuilder};

use crate::api::{API, Params};
use crate::evidence::Evidence;
use crate::listeners::Witness;
use crate::planted::{
    ANSWER_HEADER, BANK, BEARER, CARD, CLIENT_SECRET, COOKIE, CVC, DIGITS, EMAIL, FIXED_KEY,
    MESSAGE, METADATA, OWN_HEADER, QUERY, SET_COOKIE,
};
use crate::server::{Reply, Seen, Server};

mod blocking;
mod calls;
mod doubles;
mod failures;
mod journal;
mod keys;
mod oauth;
mod policies;

pub(crate) async fn play(evidence: &Evidence) {
    calls::play(evidence).await;
    failures::play(evidence).await;
    policies::play(evidence).await;
    keys::play(evidence).await;
    oauth::play(evidence).await;
    journal::play(evidence).await;
    doubles::play(evidence).await;
    blocking::play(evidence).await;
    crate::proxy::play(evidence).await;
    evidence.scene("all public types");
    crate::inventory::show(evidence).await;
}

/// Real time, but backoffs take none.
#[derive(Debug)]
pub(crate) struct Even;

impl Clock for Even {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn calendar(&self) -> SystemTime {
        SystemClock.calendar()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }

    fn random(&self) -> u64 {
        0
    }
}

/// A client with all listeners.
pub(crate) fn builder(evidence: &Evidence, url: &str) -> ClientBuilder {
    Client::builder(&API)
        .api_key(FIXED_KEY)
        .base_url(url)
        .allow_plain_http(true)
        .clock(Even)
        .rate_limiter(Unlimited)
        .retries(1)
        .timeout(Duration::from_secs(5))
        .observer(Witness(evidence.clone()))
        .observer(MetricsObserver::new())
}

/// Parameters full of secrets.
pub(crate) fn params() -> Params {
    Params {
        email: Some(EMAIL.to_owned()),
        query: Some(QUERY.to_owned()),
        ..Params::default()
    }
}

/// Adds secrets to a call.
pub(crate) fn loaded<T>(call: Call<T>) -> Call<T> {
    let number: i64 = DIGITS.parse().unwrap();
    call.extra_param("card[number]", &CARD)
        .extra_param("card[cvc]", &CVC)
        .extra_param("number", &number)
        .extra_param("client_secret", &CLIENT_SECRET)
        .extra_param("bank_account[account_number]", &BANK)
        .extra_param("metadata[note]", &METADATA)
        .header("cookie", COOKIE)
        .header("x-own", OWN_HEADER)
}

/// Sets an `Authorization` header of a call.
pub(crate) fn with_bearer<T>(call: Call<T>) -> Call<T> {
    call.header("authorization", &format!("Bearer {BEARER}"))
}

/// A resource full of secrets.
pub(crate) fn body() -> String {
    let metadata = serde_json::to_string(METADATA).unwrap();
    format!(
        r#"{{"id": "item_1", "client_secret": "{CLIENT_SECRET}", "email": "{EMAIL}",
        "card": {{"number": "{CARD}", "cvc": "{CVC}"}}, "number": {DIGITS},
        "bank_account": {{"account_number": "{BANK}"}}, "metadata": {{"note": {metadata}}}}}"#
    )
}

/// The members that are added to the server's error objects.
pub(crate) fn in_error() -> String {
    format!(
        r#""message": "{MESSAGE} {CLIENT_SECRET}", "payment_intent": {{"client_secret": "{CLIENT_SECRET}",
        "receipt_email": "{EMAIL}"}}, "#
    )
}

/// A response with secrets in its headers.
pub(crate) fn answer(status: u16, body: impl Into<String>) -> Reply {
    let headers = vec![
        ("request-id", "req_1".to_owned()),
        ("set-cookie", SET_COOKIE.to_owned()),
        ("x-own", ANSWER_HEADER.to_owned()),
        ("stripe-notice", "an announcement".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    Reply::Respond(status, headers, body.into().into_bytes())
}

/// A server that always responds in one way.
pub(crate) async fn server(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(reply).await
}

/// An address where no server listens.
pub(crate) async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

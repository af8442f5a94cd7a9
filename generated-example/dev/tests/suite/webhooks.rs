//! Events are stored, and sent as signed webhooks.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use stripe_dev::{FakeStripe, ForwardError, StartError};
use tokio::sync::mpsc;

use crate::requests::{TestClient, start_server, text};

type Received = (String, String);

/// A receiver that rejects the first `rejected` requests; returns its URL.
async fn start_receiver(rejected: usize) -> (String, mpsc::UnboundedReceiver<Received>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let handler = move |State(sender): State<mpsc::UnboundedSender<Received>>,
                        headers: HeaderMap,
                        body: String| {
        let count = count.clone();
        async move {
            if count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < rejected {
                return StatusCode::INTERNAL_SERVER_ERROR;
            }
            let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
            let _ = sender.send((signature, body));
            StatusCode::OK
        }
    };
    let app = Router::new()
        .route("/hook", post(handler))
        .with_state(sender);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, receiver)
}

async fn next(receiver: &mut mpsc::UnboundedReceiver<Received>) -> Received {
    let received = tokio::time::timeout(Duration::from_secs(10), receiver.recv());
    received
        .await
        .expect("a webhook in time")
        .expect("a webhook")
}

/// The event, if the signature is right.
fn verify(secret: &str, (signature, body): &Received) -> Value {
    let (time, digest) = signature.split_once(',').unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let expected = mac.finalize().into_bytes();
    let expected: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, format!("v1={expected}"));
    serde_json::from_str(body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_receives_the_types_that_it_has() {
    let (_fake, client) = start_server().await;
    let (url, mut receiver) = start_receiver(0).await;
    let form = [
        ("url", url.as_str()),
        ("enabled_events[]", "product.created"),
    ];
    let endpoint = client.post("/v1/webhook_endpoints", &form).await.value();
    let secret = text(&endpoint, "/secret");
    let path = format!("/v1/webhook_endpoints/{}", text(&endpoint, "/id"));
    assert!(client.get(&path).await.value().get("secret").is_none());
    client.post("/v1/customers", &[]).await.value();
    let product = client
        .post("/v1/products", &[("name", "Gold")])
        .await
        .value();
    let event = verify(secret, &next(&mut receiver).await);
    assert_eq!(event["type"], "product.created");
    assert_eq!(event["data"]["object"], product);
    let listed = client.get("/v1/events?type=product.created").await.value();
    assert_eq!(listed["data"][0]["id"], event["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_events_are_signed_and_repeated_until_accepted() {
    let (url, mut receiver) = start_receiver(2).await;
    let fake = FakeStripe::builder().forward_to(url).start().await.unwrap();
    let client = TestClient::new(fake.url());
    let headers = [
        ("idempotency-key", "k"),
        ("stripe-version", "2026-05-27.dahlia"),
    ];
    let form = [("name", "a")];
    let customer = client
        .post_with("/v1/customers", &form, &headers)
        .await
        .value();
    let event = verify(fake.webhook_secret(), &next(&mut receiver).await);
    assert_eq!(event["type"], "customer.created");
    assert_eq!(event["request"]["idempotency_key"], "k");
    assert_eq!(event["api_version"], "2026-05-27.dahlia");
    let path = format!("/v1/customers/{}", text(&customer, "/id"));
    client.post(&path, &[("name", "b")]).await.value();
    let event = verify(fake.webhook_secret(), &next(&mut receiver).await);
    assert_eq!(event["type"], "customer.updated");
    assert_eq!(event["data"]["previous_attributes"]["name"], "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_receive_nothing() {
    let (fake, client) = start_server().await;
    let form = [
        ("url", "https://example.com/hook"),
        ("enabled_events[]", "*"),
    ];
    client.post("/v1/webhook_endpoints", &form).await.value();
    client.post("/v1/customers", &[]).await.value();
    assert_eq!(fake.events().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_forwarded_to_this_machine_or_not_at_all() {
    let (fake, client) = start_server().await;
    for url in ["https://example.com/hook", "https://localhost:3000"] {
        let refused = fake.forward_to(url).await;
        assert_eq!(refused, Err(ForwardError::Tls(url.to_owned())));
    }
    let url = "http://example.com/hook";
    let remote = ForwardError::Remote(url.to_owned());
    assert_eq!(fake.forward_to(url).await, Err(remote.clone()));
    let started = FakeStripe::builder().forward_to(url).start().await;
    assert!(matches!(started, Err(StartError::Forward(error)) if error == remote));
    let allowed = FakeStripe::builder().forward_to(url).allow_remote(true);
    allowed.start().await.unwrap();
    // As with the command of Stripe, the scheme can be left out.
    let (url, mut receiver) = start_receiver(0).await;
    let url = url.trim_start_matches("http://").to_owned();
    fake.forward_to(url).await.unwrap();
    client.post("/v1/customers", &[]).await.value();
    let event = verify(fake.webhook_secret(), &next(&mut receiver).await);
    assert_eq!(event["type"], "customer.created");
}

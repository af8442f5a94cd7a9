//! Moves a webhook endpoint to the API version of the crate, without losing an event.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example webhook_endpoints -- check
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example webhook_endpoints -- \
//!     create https://shop.example/webhook
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example webhook_endpoints -- disable we_123
//! ```
//!
//! `check` lists the endpoints of other versions and fails if there is one; `create` makes an
//! endpoint of the crate's version and prints its secret; `disable` ends deliveries to an old one.
//! If `STRIPE_API_BASE` is set, the program uses that server instead of Stripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;

use stripe::Client;
use stripe::webhook_endpoints::{ListWebhookEndpoints, UpdateWebhookEndpoint};
use stripe::webhooks::pinned_endpoint;

/// The events that the program handles.
const EVENTS: [&str; 3] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = client()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["check"] => check(&client).await,
        ["create", url] => create(&client, url).await,
        ["disable", id] => disable(&client, id).await,
        _ => Err("usage: webhook_endpoints check | create URL | disable ID".into()),
    }
}

async fn check(client: &Client) -> Result<(), Box<dyn Error>> {
    let mut old = 0;
    let mut endpoints = client
        .webhook_endpoints()
        .list(ListWebhookEndpoints::new())
        .items();
    while let Some(endpoint) = endpoints.try_next().await? {
        // An endpoint without a version gets events of the account's default version.
        let version = endpoint.api_version.as_deref().unwrap_or("the account's");
        if endpoint.status == "enabled" && version != stripe::API_VERSION {
            println!("{} sends {version} to {}", endpoint.id, endpoint.url);
            old += 1;
        }
    }
    if old > 0 {
        return Err(format!("{old} endpoints have another version").into());
    }
    println!("all endpoints have version {}", stripe::API_VERSION);
    Ok(())
}

async fn create(client: &Client, url: &str) -> Result<(), Box<dyn Error>> {
    let endpoint = client
        .webhook_endpoints()
        .create(pinned_endpoint(EVENTS, url))
        .await?;
    // Only this response has the secret.
    let secret = endpoint.secret.ok_or("the endpoint has no secret")?;
    println!("created {}: STRIPE_WEBHOOK_SECRET={secret}", endpoint.id);
    Ok(())
}

async fn disable(client: &Client, id: &str) -> Result<(), Box<dyn Error>> {
    let params = UpdateWebhookEndpoint::new().disabled(true);
    let endpoint = client.webhook_endpoints().update(id, params).await?;
    println!("{} is {}", endpoint.id, endpoint.status);
    Ok(())
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, stripe::Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}

//! `cargo bench -p tests --bench calls`: what a call costs over the bare HTTP client, and what
//! each policy adds.
//!
//! Client and server share the machine's cores, so the figures are for comparing lines with each
//! other.

#![expect(
    clippy::expect_used,
    reason = "a benchmark stops where its ground gives way"
)]

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use observe::HealthWindow;
use stripe::circuit_breaker::CircuitBreaker;
use stripe::customers::CreateCustomer;
use stripe::rate_limit::{Limiter, Preset, Unlimited};
use stripe::runtime::client::ClientBuilder;
use tests::loopback;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// A customer as the server returns it to a small shop.
const CUSTOMER: &str = r#"{"id": "cus_NffrFeUfNV2Hib", "object": "customer", "address": null,
    "balance": 0, "created": 1680893993, "currency": null, "default_source": null,
    "delinquent": false, "description": null, "email": "jenny@example.com",
    "invoice_prefix": "0759376C", "invoice_settings": {"custom_fields": null,
    "default_payment_method": null, "footer": null, "rendering_options": null},
    "livemode": false, "metadata": {}, "name": "Jenny", "next_invoice_sequence": 1,
    "phone": null, "preferred_locales": [], "shipping": null, "tax_exempt": "none",
    "test_clock": null}"#;

/// Limits that are never reached: what is measured is the limiter, not its waiting.
const GENEROUS: Preset = Preset::new(10_000_000, 10_000_000, 10_000_000);

fn bare(url: &str) -> ClientBuilder<stripe::Client> {
    stripe::Client::builder()
        .api_key("sk_test_bench")
        .base_url(url)
        .rate_limiter(Unlimited)
        .circuit_breaker(CircuitBreaker::disabled())
}

async fn create(client: &stripe::Client) {
    let params = CreateCustomer::new().email("jenny@example.com");
    let customer = client.customers().create(params).await;
    customer.expect("a customer");
}

fn bare_client() -> reqwest::Client {
    // Installed once; later it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().tcp_nodelay(true);
    builder.build().expect("a client")
}

async fn bare_reqwest(client: &reqwest::Client, url: &str) {
    let response = client
        .post(format!("{url}/v1/customers"))
        .header("authorization", "Bearer sk_test_bench")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=jenny%40example.com")
        .send();
    let body = response.await.expect("an answer").bytes();
    assert!(!body.await.expect("a body").is_empty());
}

fn variants(url: &str) -> Vec<(&'static str, stripe::Client)> {
    let limiter = || Limiter::new(GENEROUS).concurrent(100_000).queue(100_000);
    [
        ("all policies off", bare(url)),
        ("with limiter", bare(url).rate_limiter(limiter())),
        (
            "with breaker",
            bare(url).circuit_breaker(CircuitBreaker::default()),
        ),
        (
            "with health window",
            bare(url).observer(HealthWindow::default()),
        ),
        (
            "with all",
            bare(url)
                .rate_limiter(limiter())
                .circuit_breaker(CircuitBreaker::default())
                .observer(HealthWindow::default()),
        ),
    ]
    .map(|(name, builder)| (name, builder.build().expect("a client")))
    .into()
}

fn one_by_one(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let address = runtime
        .block_on(loopback::serve(CUSTOMER))
        .expect("the server starts");
    let url = format!("http://{address}");
    let mut group = c.benchmark_group("one call after the other");
    let client = bare_client();
    group.bench_function("bare reqwest, not decoded", |b| {
        b.iter(|| runtime.block_on(bare_reqwest(&client, &url)));
    });
    for (name, client) in variants(&url) {
        group.bench_function(name, |b| b.iter(|| runtime.block_on(create(&client))));
    }
    group.finish();
}

fn at_once(c: &mut Criterion) {
    const CALLS: usize = 256;
    let runtime = Runtime::new().expect("a runtime");
    let address = runtime
        .block_on(loopback::serve(CUSTOMER))
        .expect("the server starts");
    let url = format!("http://{address}");
    let mut group = c.benchmark_group("256 calls");
    group.throughput(Throughput::Elements(256));
    group.sample_size(20);
    let reqwest = Arc::new(bare_client());
    let (_, client) = variants(&url).pop().expect("a variant");
    for at_once in [1, 16, 256] {
        group.bench_function(BenchmarkId::new("bare reqwest", at_once), |b| {
            b.iter(|| {
                runtime.block_on(async {
                    let mut callers = JoinSet::new();
                    for _ in 0..at_once {
                        let (client, url) = (Arc::clone(&reqwest), url.clone());
                        callers.spawn(async move {
                            for _ in 0..CALLS / at_once {
                                bare_reqwest(&client, &url).await;
                            }
                        });
                    }
                    callers.join_all().await;
                });
            });
        });
        group.bench_function(BenchmarkId::new("with all", at_once), |b| {
            b.iter(|| {
                runtime.block_on(async {
                    let mut callers = JoinSet::new();
                    for _ in 0..at_once {
                        let client = client.clone();
                        callers.spawn(async move {
                            for _ in 0..CALLS / at_once {
                                create(&client).await;
                            }
                        });
                    }
                    callers.join_all().await;
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_by_one, at_once);
criterion_main!(benches);

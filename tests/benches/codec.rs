//! `cargo bench -p tests --bench codec`: writing parameters and reading answers.
//!
//! The answers are what the schema server makes of the document, with all their fields.

#![expect(
    clippy::expect_used,
    reason = "a benchmark stops where its ground gives way"
)]

use std::future::IntoFuture;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stripe::customers::CreateCustomer;
use stripe::operation::Method;
use stripe::payment_intents::CreatePaymentIntent;
use stripe::rate_limit::Unlimited;
use stripe::resources::{Customer, Invoice, PaymentIntent};
use stripe::runtime::codec::{decode, encode_form};
use stripe::value::List;
use tests::schema_server::{Mode, SchemaServer, Service};

fn encoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode form");
    let small = CreatePaymentIntent::new(2_000, "usd").customer("cus_1");
    group.bench_function("payment intent, 3 parameters", |b| {
        b.iter(|| encode_form(black_box(&small)));
    });
    let metadata = (0..40).map(|i| (format!("key_{i}"), format!("value number {i}")));
    let large = CreateCustomer::new()
        .email("jenny.rosen@example.com")
        .name("Jenny Rosen")
        .description("A customer with much metadata & umlauts: äöü")
        .metadata(metadata);
    group.bench_function("customer, 43 parameters", |b| {
        b.iter(|| encode_form(black_box(&large)));
    });
    group.finish();
}

/// An answer of the schema server.
fn sample(client: &stripe::Client, path: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let answer = runtime.block_on(client.runtime().raw(Method::Get, path).into_future());
    answer.expect("an answer").as_str().to_owned()
}

fn decoding(c: &mut Criterion) {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/stripe.yaml");
    let service = Service::load(document, Mode::Full).expect("the document is served");
    let server = SchemaServer::serve(Arc::new(service), 0).expect("the schema server starts");
    let client = stripe::Client::builder()
        .api_key("sk_test_bench")
        .base_url(server.base_url())
        .rate_limiter(Unlimited)
        .build()
        .expect("a client");
    let mut group = c.benchmark_group("decode");
    macro_rules! measure {
        ($name:literal, $type:ty, $text:expr) => {{
            let text: String = $text;
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function($name, |b| {
                b.iter(|| decode::<$type>(black_box(text.as_bytes())).expect("it decodes"));
            });
        }};
    }
    let customer = sample(&client, "/v1/customers/cus_1");
    let list = format!(
        r#"{{"object": "list", "url": "/v1/customers", "has_more": false, "data": [{}]}}"#,
        vec![customer.as_str(); 100].join(",")
    );
    measure!("customer", Customer, customer);
    measure!("invoice", Invoice, sample(&client, "/v1/invoices/in_1"));
    measure!(
        "payment intent",
        PaymentIntent,
        sample(&client, "/v1/payment_intents/pi_1")
    );
    measure!("list of 100 customers", List<Customer>, list);
    group.finish();
}

criterion_group!(benches, encoding, decoding);
criterion_main!(benches);

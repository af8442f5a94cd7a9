//! Every operation against the schema server and against the local server, both ways.

use std::path::Path;

use stripe::runtime::codec::DecodePolicy;
use tests::exercise::{run, selected};
use tests::schema_server::SchemaServer;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_passes_with_required_and_with_all_parameters() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/stripe.yaml");
    let server = SchemaServer::start(&document).expect("the schema server starts");
    let client = stripe::Client::builder()
        .rate_limiter(stripe::rate_limit::Unlimited)
        .api_key("sk_test_exercise")
        .base_url(server.base_url())
        // The server makes up ids and modes.
        .check_responses(false)
        .build()
        .expect("a client");
    assert_every_operation_passes(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_passes_against_the_local_server() {
    let builder = stripe_dev::FakeStripe::builder().create_missing(true);
    let server = builder.start().await.expect("the local server starts");
    let client = stripe::Client::builder()
        .rate_limiter(stripe::rate_limit::Unlimited)
        .api_key(server.api_key())
        .base_url(server.url())
        .decode_policy(DecodePolicy::Refuse)
        .build()
        .expect("a client");
    assert_every_operation_passes(&client).await;
}

async fn assert_every_operation_passes(client: &stripe::Client) {
    let mut failed = Vec::new();
    let mut count = 0;
    for exercise in selected("") {
        let outcome = run(client, exercise).await;
        count += 1;
        if !outcome.is_ok() {
            failed.push(outcome.to_string());
        }
    }
    assert_eq!(count, stripe::catalogue::OPERATIONS.len());
    assert!(
        failed.is_empty(),
        "{} of {count} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

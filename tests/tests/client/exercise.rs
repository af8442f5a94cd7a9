//! Every operation against the schema server, both ways.

use std::path::Path;

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
    let mut failed = Vec::new();
    let mut count = 0;
    for exercise in selected("") {
        let outcome = run(&client, exercise).await;
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

//! How the server starts.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use stripe_dev::{FakeStripe, StartError};

use crate::requests::{TestClient, text};

#[tokio::test]
async fn port_that_is_taken_is_an_error() {
    let first = FakeStripe::start().await.unwrap();
    let port = first.url().rsplit(':').next().unwrap().parse().unwrap();
    let second = FakeStripe::builder().port(port).start().await;
    assert!(matches!(second, Err(StartError::System(_))));
}

#[tokio::test]
async fn dropping_it_stops_it() {
    let fake = FakeStripe::start().await.unwrap();
    let address = fake.url().trim_start_matches("http://").to_owned();
    drop(fake);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn missing_objects_are_created_on_request() {
    let builder = FakeStripe::builder().create_missing(true);
    let fake = builder.start().await.unwrap();
    let client = TestClient::new(fake.url());
    let found = client.get("/v1/customers/cus_any").await.value();
    assert_eq!(found["id"], "cus_any");
    let paid = client
        .post("/v1/payment_intents/pi_any/capture", &[])
        .await
        .value();
    assert_eq!(paid["status"], "succeeded");
    for path in [
        "/v1/invoices/in_any/lines/il_any",
        "/v1/invoiceitems/ii_any",
    ] {
        client.post(path, &[("amount", "5")]).await.value();
    }
    assert!(
        fake.events()
            .await
            .iter()
            .all(|event| event["type"] != "customer.created")
    );
}

#[tokio::test]
async fn another_document_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.json");
    let document = r##"{ "info": { "version": "1" }, "paths": { "/v1/pets/{pet}": { "get": {
        "operationId": "GetPet", "responses": { "200": { "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/pet" } } } } } } } },
        "components": { "schemas": { "pet": { "type": "object", "required": ["id", "object"],
        "properties": { "id": { "type": "string" },
        "object": { "type": "string", "enum": ["pet"] } } } } } }"##;
    std::fs::write(&file, document).unwrap();
    let builder = FakeStripe::builder().document(&file).create_missing(true);
    let fake = builder.start().await.unwrap();
    let client = TestClient::new(fake.url());
    assert_eq!(client.get("/v1/pets/pet_1").await.value()["object"], "pet");
    assert_eq!(client.get("/v1/customers").await.status, 404);

    std::fs::write(&file, "[]").unwrap();
    let broken = FakeStripe::builder().document(&file).start().await;
    assert!(matches!(broken, Err(StartError::Document(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn command_serves_and_listens() {
    let program = env!("CARGO_BIN_EXE_stripe-dev");
    let mut server = Command::new(program)
        .args(["serve", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut value = || {
        let line = lines.next().unwrap().unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let (url, key, secret) = (value(), value(), value());
    assert!(key.starts_with("sk_test_") && secret.starts_with("whsec_"));
    let receiver = FakeStripe::start().await.unwrap();
    let mut listener = Command::new(program)
        .args(["listen", "--server", &url, "--forward-to", receiver.url()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut heard = BufReader::new(listener.stdout.take().unwrap()).lines();
    assert!(heard.next().unwrap().unwrap().starts_with("webhook secret"));
    let client = TestClient::new(&url);
    client.post("/v1/customers", &[]).await.value();
    // What receives it is another server, which has no such route without a key.
    let line = heard.next().unwrap().unwrap();
    assert!(line.starts_with("401  customer.created  evt_"), "{line}");
    let form = [("mode", "setup"), ("currency", "usd")];
    let session = client.post("/v1/checkout/sessions", &form).await.value();
    let id = text(&session, "/id");
    let run = |arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let done = run(&["complete", id, "--server", &url]);
    assert_eq!(done.trim(), format!("{id} complete"));
    assert!(run(&["advance", "60", "--server", &url]).starts_with("the time is "));
    for process in [&mut listener, &mut server] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

#[test]
fn command_refuses_to_forward_to_other_machines() {
    let program = env!("CARGO_BIN_EXE_stripe-dev");
    for command in ["listen", "serve"] {
        let mut arguments = vec![command, "--forward-to", "http://example.com/hook"];
        if command == "serve" {
            arguments.extend(["--port", "0"]);
        }
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(!output.status.success(), "{command}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("--allow-remote"), "{error}");
    }
}

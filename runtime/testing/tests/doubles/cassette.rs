use std::fs;
use std::path::PathBuf;

use observe::Redactor;
use testing::{Cassette, Mock, MockResponse};

use crate::api::{
    Create, CreateV2, Item, KEY, Line, Params, Pdf, Retrieve, Search, Upload, client, double_error,
};

struct TestFolder(tempfile::TempDir);

impl TestFolder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("sub").join("cassette.json")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }
}

fn params(email: &str) -> Params {
    Params {
        amount: Some(2_000),
        items: Some(vec![Line("price_1")]),
        ..Params::email(email)
    }
}

fn server() -> Mock {
    let mock = Mock::new();
    let jenny = r#"{"exp_month": 12, "id": "item_1", "email": "jenny@example.com",
        "client_secret": "pi_1_secret_2", "address": {"city": "X", "n": 1}, "empty": {}, "list": []}"#;
    let response = MockResponse::json(jenny)
        .header("stripe-should-retry", "false")
        .header("date", "today")
        .header("set-cookie", "PLANTED")
        .header("request-id", "req_1");
    mock.on::<Create>().respond_with(response).repeatedly();
    mock.on::<CreateV2>()
        .respond_with(MockResponse::json(jenny))
        .repeatedly();
    mock.on::<Retrieve>()
        .respond_with(MockResponse::card_declined("lost_card"))
        .then(MockResponse::json(r#"{"id": "second, \"{[:,\""}"#))
        .then(MockResponse::connection_reset());
    mock
}

async fn create(cassette: &Cassette, params: &Params) -> Result<Item, runtime::Error> {
    let client = client(cassette.clone());
    client.request::<Create>(&[], params).await
}

const RECORDED: &str = r#"{"version":2,"partial":false,"interactions":[
{"request":{"operation":"Create","method":"POST","target":"/v1/items","headers":["stripe-version: 2026-01-28.test"],"form":"email=[redacted]&amount=2000&items[0][price]=price_1"},"response":{"status":200,"headers":["content-type: application/json","stripe-should-retry: false"],"json":{"exp_month":0,"id":"item_1","email":"[redacted]","client_secret":"[redacted]","address":{"city":"[redacted]","n":0},"empty":{},"list":[]}}}
]}
"#;

#[tokio::test]
async fn recording_is_readable_and_holds_no_secrets() {
    let folder = TestFolder::new();
    let cassette = Cassette::record(folder.file(), server()).unwrap();
    let item = create(&cassette, &params("jenny@example.com"))
        .await
        .unwrap();
    assert_eq!(item.email.as_deref(), Some("jenny@example.com"));
    cassette.finish().unwrap();
    let text = folder.text();
    assert_eq!(text, RECORDED);
    for secret in [KEY, "PLANTED", "jenny", "_secret_"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn replay_returns_the_recorded_responses_without_the_server() {
    let folder = TestFolder::new();
    let cassette = Cassette::auto(folder.file(), server()).unwrap();
    assert!(!cassette.is_replay());
    for expected in [false, true, false] {
        let call = client(cassette.clone()).request::<Retrieve>(&["x"], &());
        assert_eq!(call.retries(0).await.is_ok(), expected);
    }
    cassette.finish().unwrap();

    let server = Mock::new();
    let cassette = Cassette::auto(folder.file(), server.clone()).unwrap();
    assert!(cassette.is_replay());
    let client = client(cassette.clone());
    let get = || client.request::<Retrieve>(&["x"], &()).retries(0);
    assert_eq!(get().await.unwrap_err().decline_code(), Some("lost_card"));
    assert!(
        cassette
            .finish()
            .unwrap_err()
            .to_string()
            .contains("not requested")
    );
    assert_eq!(get().await.unwrap().id, "second, \"{[:,\"");
    assert!(get().await.unwrap_err().is_interrupted());
    cassette.finish().unwrap();
    let error = get().await.unwrap_err();
    assert!(
        double_error(&error).contains("recorded 3 times and requested once more"),
        "{error:?}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn request_is_the_same_when_order_and_redacted_values_differ() {
    let folder = TestFolder::new();
    let cassette = Cassette::record(folder.file(), server()).unwrap();
    create(&cassette, &params("jenny@example.com"))
        .await
        .unwrap();
    let json = client(cassette.clone());
    json.request::<CreateV2>(&[], &params("jenny@example.com"))
        .await
        .unwrap();
    drop((cassette, json));

    let cassette = Cassette::replay(folder.file()).unwrap();
    let client = client(cassette.clone());
    let bare = Params::default();
    let reordered = client
        .request::<Create>(&[], &bare)
        .idempotency_key("another")
        .extra_param("items", &vec![Line("price_1")])
        .extra_param("amount", &2_000_i64)
        .extra_param("email", &"rosen@example.com".to_owned());
    assert_eq!(reordered.await.unwrap().exp_month, Some(0));
    let reordered = client
        .request::<CreateV2>(&[], &bare)
        .extra_param("items", &vec![Line("price_1")])
        .extra_param("email", &"rosen@example.com".to_owned())
        .extra_param("amount", &2_000_i64);
    assert_eq!(
        reordered.await.unwrap().email.as_deref(),
        Some("[redacted]")
    );
    cassette.finish().unwrap();
}

#[tokio::test]
async fn missing_request_names_the_nearest_recording() {
    let folder = TestFolder::new();
    let cassette = Cassette::record(folder.file(), server()).unwrap();
    create(&cassette, &params("jenny@example.com"))
        .await
        .unwrap();
    drop(cassette);
    let cassette = Cassette::replay(folder.file()).unwrap();
    let other = Params {
        amount: Some(3_000),
        items: None,
        ..params("rosen@example.com")
    };
    let text = double_error(&create(&cassette, &other).await.unwrap_err());
    assert!(
        text.contains("POST /v1/items is not in the recording"),
        "{text}"
    );
    assert!(
        text.contains(r#"amount: recorded "2000", sent "3000""#),
        "{text}"
    );
    assert!(
        text.contains(r#"items[0][price]: recorded "price_1", sent without"#),
        "{text}"
    );
    assert!(!text.contains("rosen"), "{text}");

    let client = client(cassette);
    let call = client
        .request::<Create>(&[], &params("a@b.c"))
        .account("acct_1");
    let text = double_error(&call.await.unwrap_err());
    assert!(
        text.contains(r#"stripe-account: recorded without, sent "acct_1""#),
        "{text}"
    );
    let call = client.request::<Search>(&[], &params("a@b.c"));
    let text = double_error(&call.await.unwrap_err());
    assert!(text.contains("GET /v1/items/search is not"), "{text}");
    assert!(text.contains("recorded POST /v1/items"), "{text}");
}

#[tokio::test]
async fn recording_never_replaces_a_file_silently() {
    let folder = TestFolder::new();
    let (first, second) = (
        Cassette::record(folder.file(), server()).unwrap(),
        Cassette::record(folder.file(), server()).unwrap(),
    );
    first.finish().unwrap();
    assert!(second.finish().is_err());
    let before = folder.text();
    let rejected = Cassette::record(folder.file(), server()).unwrap_err();
    assert!(
        rejected.to_string().contains("Cassette::overwrite"),
        "{rejected}"
    );
    create(&first, &params("a@b.c")).await.unwrap();
    first.finish().unwrap();
    assert_ne!(folder.text(), before);
    let over = Cassette::overwrite(folder.file(), server());
    over.finish().unwrap();
    assert_eq!(folder.text(), before);
}

#[tokio::test]
async fn partial_recording_is_kept_and_marked_when_the_test_fails() {
    let folder = TestFolder::new();
    let cassette = Cassette::record(folder.file(), server()).unwrap();
    create(&cassette, &params("a@b.c")).await.unwrap();
    let failing = std::thread::spawn(move || {
        let _held = cassette;
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(failing.join().is_err());
    assert!(folder.text().contains("\"partial\":true"));
    let replay = Cassette::replay(folder.file()).unwrap();
    create(&replay, &params("a@b.c")).await.unwrap();
    let text = double_error(&create(&replay, &params("a@b.c")).await.unwrap_err());
    assert!(text.contains("the recording is partial"), "{text}");
}

#[tokio::test]
async fn custom_redactor_hides_its_fields_and_always_credentials() {
    let folder = TestFolder::new();
    let cassette = Cassette::record(folder.file(), server())
        .unwrap()
        .redactor(Redactor::new(["amount"]));
    create(&cassette, &params("jenny@example.com"))
        .await
        .unwrap();
    drop(cassette);
    let text = folder.text();
    assert!(text.contains("\"email\":\"jenny@example.com\""), "{text}");
    assert!(text.contains("amount=[redacted]"), "{text}");
    assert!(
        !text.contains("pi_1_secret_2") && !text.contains(KEY),
        "{text}"
    );
    // A replay with another redactor matches what the recording has redacted.
    let cassette = Cassette::replay(folder.file()).unwrap();
    let cassette = cassette.redactor(Redactor::new::<&str>([]));
    create(&cassette, &params("jenny@example.com"))
        .await
        .unwrap();
}

#[tokio::test]
async fn files_and_documents_are_recorded_as_lengths() {
    let folder = TestFolder::new();
    let server = Mock::new();
    server
        .on::<Upload>()
        .respond_with(MockResponse::json(r#"{"id": "file_1"}"#))
        .repeatedly();
    server
        .on::<Pdf>()
        .respond_with(MockResponse::bytes("application/pdf", &b"%PDF PLANTED"[..]));
    let cassette = Cassette::record(folder.file(), server).unwrap();
    let live = client(cassette.clone());
    let file = runtime::codec::FileUpload::new("a.png", &b"PLANTED"[..]);
    let upload = Params {
        file: Some(file),
        ..Params::default()
    };
    live.request::<Upload>(&[], &upload).await.unwrap();
    live.request::<Pdf>(&["x"], &()).await.unwrap();
    cassette.finish().unwrap();
    assert!(!folder.text().contains("PLANTED"), "{}", folder.text());
    let replayed = client(Cassette::replay(folder.file()).unwrap());
    let pdf = replayed.request::<Pdf>(&["x"], &()).await.unwrap();
    assert_eq!(pdf.bytes, "[12 bytes]");
    assert_eq!(pdf.content_type.as_deref(), Some("application/pdf"));
    replayed.request::<Upload>(&[], &upload).await.unwrap();
}

#[test]
fn invalid_files_are_rejected_with_a_reason() {
    let folder = TestFolder::new();
    let file = folder.0.path().join("cassette.json");
    assert!(Cassette::replay(&file).is_err());
    for (text, reason) in [
        ("", "not JSON"),
        ("[]", "its version is missing"),
        (r#"{"version": 1, "interactions": []}"#, "its version is 1"),
        (r#"{"version": 2}"#, "no list of interactions"),
        (
            r#"{"version": 2, "interactions": [{"request": {}}]}"#,
            "interaction 1",
        ),
        (
            r#"{"version": 2, "interactions": [{"request": {"operation": "", "method": "GET",
            "target": "/", "headers": []}, "response": {"status": "x", "headers": []}}]}"#,
            "interaction 1",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let rejected = Cassette::replay(&file).unwrap_err().to_string();
        assert!(
            rejected.contains(reason) && rejected.contains("cassette.json"),
            "{rejected}"
        );
    }
}

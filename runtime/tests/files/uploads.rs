//! Requests whose bodies are read while they are sent.

use std::error::Error as _;
use std::io::Write as _;
use std::time::Duration;

use runtime::Error;
use runtime::codec::{FileUpload, UploadError};
use runtime::idempotency::MemoryJournal;

use crate::api::{builder, client, create};
use crate::server::{Notes, Server};

const FILE: &str = r#"{"id": "file_1"}"#;

/// What the server has seen of an upload.
#[derive(Clone, PartialEq)]
struct Received {
    key: String,
    content_type: String,
    length: u64,
    body: Vec<u8>,
}

/// A server that notes uploads and answers the first ones with other statuses.
fn upload_server(first: &'static [u16]) -> (Server, Notes<Received>) {
    let notes = Notes::new();
    let log = notes.clone();
    let server = Server::start(move |exchange| {
        assert_eq!(exchange.header("transfer-encoding"), None);
        let header = |name| exchange.header(name).unwrap_or_default().to_owned();
        let (key, content_type) = (header("idempotency-key"), header("content-type"));
        let (length, body) = (exchange.content_length(), exchange.body());
        log.add(Received {
            key,
            content_type,
            length,
            body,
        });
        match first.get(exchange.index) {
            Some(status) => exchange.respond(*status, "{}"),
            None => exchange.respond(200, FILE),
        }
    });
    (server, notes)
}

/// A file of the file system with this many bytes.
fn written_file(length: usize) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
    let bytes: Vec<u8> = (0..length).map(|index| (index % 253) as u8).collect();
    file.write_all(&bytes).unwrap();
    file.flush().unwrap();
    file
}

fn upload_error(error: &Error) -> &UploadError {
    error.source().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn file_of_a_path_is_sent_as_one_from_memory() {
    let (server, notes) = upload_server(&[]);
    let client = client(&server.url);
    let file = written_file(300_000);
    let streamed = FileUpload::from_path(file.path()).unwrap();
    assert_eq!(streamed.length(), 300_000);
    assert!(streamed.bytes().is_none());
    let bytes = std::fs::read(file.path()).unwrap();
    let in_memory = FileUpload::new(streamed.name(), bytes);
    for upload in [streamed, in_memory] {
        let upload = upload.content_type("application/pdf");
        let created = create(&client, upload).await.unwrap();
        assert_eq!(created.as_str(), FILE);
    }
    let seen = notes.take();
    assert!(!seen[0].key.is_empty());
    let normalized: Vec<_> = seen.iter().map(normalized_body).collect();
    assert_eq!(seen[0].length, seen[0].body.len() as u64);
    assert!(normalized[0] == normalized[1], "the bodies differ");
}

/// The body with another boundary.
fn normalized_body(received: &Received) -> Vec<u8> {
    let boundary = received.content_type.split_once("boundary=").unwrap().1;
    let mut body = received.body.clone();
    while let Some(at) = body
        .windows(boundary.len())
        .position(|window| window == boundary.as_bytes())
    {
        body.splice(at..at + boundary.len(), *b"#");
    }
    body
}

#[tokio::test]
async fn retry_sends_the_same_bytes_under_the_same_key() {
    let (server, notes) = upload_server(&[503, 500]);
    let file = written_file(200_000);
    let upload = FileUpload::from_path(file.path()).unwrap();
    create(&client(&server.url), upload).await.unwrap();
    let seen = notes.take();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|one| *one == seen[0]));
    assert!(seen[0].body.len() > 200_000);
}

#[tokio::test]
async fn file_that_changes_between_attempts_is_an_error() {
    let file = written_file(1_000);
    let path = file.path().to_owned();
    let server = Server::start(move |exchange| {
        exchange.discard_body();
        std::fs::write(&path, "other content").unwrap();
        exchange.respond(503, "{}");
    });
    let upload = FileUpload::from_path(file.path()).unwrap();
    let client = client(&server.url);
    let error = create(&client, upload.clone()).await.unwrap_err();
    assert!(error.is_build(), "{error}");
    assert!(matches!(upload_error(&error), UploadError::Changed { .. }));
    assert!(
        error.outcome().is_unknown(),
        "the first attempt may have been executed"
    );
    assert_eq!((error.attempts(), server.requests()), (1, 1));

    let error = create(&client, upload).await.unwrap_err();
    assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    assert_eq!((error.attempts(), server.requests()), (0, 1));
}

#[tokio::test]
async fn missing_file_is_an_error() {
    let file = written_file(10);
    let upload = FileUpload::from_path(file.path()).unwrap();
    let path = file.path().to_owned();
    file.close().unwrap();
    assert!(matches!(
        FileUpload::from_path(&path),
        Err(UploadError::Io { .. })
    ));
    let (server, _) = upload_server(&[]);
    let error = create(&client(&server.url), upload).await.unwrap_err();
    assert!(matches!(upload_error(&error), UploadError::Io { .. }));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn reader_is_sent_once() {
    let (server, notes) = upload_server(&[503]);
    let client = client(&server.url);
    let upload = || FileUpload::from_reader("a.bin", 100_000, std::io::repeat(7));
    let error = create(&client, upload()).await.unwrap_err();
    assert!(error.is_server(), "{error}");
    assert_eq!((error.attempts(), server.requests()), (1, 1));
    assert!(error.pending().is_none(), "it cannot be resumed");

    let shared = upload();
    create(&client, shared.clone()).await.unwrap();
    let seen = notes.take();
    let sevens = seen[1].body.iter().filter(|byte| **byte == 7).count();
    assert_eq!(sevens, 100_000);
    let error = create(&client, shared).await.unwrap_err();
    assert!(matches!(upload_error(&error), UploadError::AlreadyRead));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn reader_is_kept_for_a_retry_if_no_connection_was_made() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let upload = FileUpload::from_reader("a.bin", 10, std::io::repeat(7));
    let error = create(&client(&url), upload).retries(2).await.unwrap_err();
    assert!(error.is_connect(), "{error}");
    assert_eq!(error.attempts(), 3);
}

#[tokio::test]
async fn reader_that_ends_early_fails_the_upload() {
    let (server, notes) = upload_server(&[]);
    let upload = FileUpload::from_reader("a.bin", 100_000, &[7; 400][..]);
    let error = create(&client(&server.url), upload).await.unwrap_err();
    assert!(error.is_interrupted(), "{error}");
    assert!(error.outcome().is_unknown());
    tokio::time::sleep(Duration::from_millis(100)).await;
    for received in notes.take() {
        assert!((received.body.len() as u64) < received.length);
    }
}

#[tokio::test]
async fn progress_grows_over_all_attempts_and_ends_with_the_length() {
    let (server, _) = upload_server(&[503]);
    let client = client(&server.url);
    let file = written_file(300_000);
    for upload in [
        FileUpload::from_path(file.path()).unwrap(),
        FileUpload::new("a", vec![1; 300_000]),
    ] {
        let calls = Notes::new();
        let log = calls.clone();
        let upload = upload.on_progress(move |sent, total| log.add((sent, total)));
        create(&client, upload).await.unwrap();
        let calls = calls.take();
        assert!(
            calls.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "{calls:?}"
        );
        assert_eq!(calls.last(), Some(&(300_000, 300_000)));
    }
}

#[tokio::test]
async fn streamed_file_is_refused_by_a_client_with_a_journal() {
    let (server, _) = upload_server(&[]);
    let client = builder(&server.url)
        .journal(MemoryJournal::new())
        .build()
        .unwrap();
    let file = written_file(10);
    let upload = FileUpload::from_path(file.path()).unwrap();
    let error = create(&client, upload).await.unwrap_err();
    assert!(
        error.is_journal() && error.outcome().is_not_sent(),
        "{error}"
    );
    assert_eq!(server.requests(), 0);

    // Bytes in memory can be journaled, with progress too.
    let upload = FileUpload::new("a", "text").on_progress(|_, _| ());
    create(&client, upload).await.unwrap();
    assert_eq!(client.pending_writes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn upload_from_memory_with_progress_can_be_resumed() {
    let (server, notes) = upload_server(&[500]);
    let client = client(&server.url);
    let upload = FileUpload::new("a", "text").on_progress(|_, _| ());
    let error = create(&client, upload).retries(0).await.unwrap_err();
    client.resume(error.pending().unwrap()).await.unwrap();
    let seen = notes.take();
    assert!(seen[0] == seen[1]);
}

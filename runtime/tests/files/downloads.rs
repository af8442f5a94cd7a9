//! Responses that are read as streams.

use std::error::Error as _;
use std::time::Duration;

use futures_util::TryStreamExt;
use runtime::Download;
use runtime::error::TimeLimit;
use runtime::http::StatusCode;

use crate::api::{KEY, builder, client, contents};
use crate::server::{Notes, Server};

/// The bytes of a file of this length.
fn file_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

/// A server of one file.
fn file_server(length: usize) -> Server {
    Server::start(move |exchange| {
        assert_eq!(exchange.target, "/v1/files/file_1/contents");
        let authorization = format!("Bearer {KEY}");
        assert_eq!(exchange.header("authorization"), Some(&*authorization));
        exchange.write_head(200, length as u64, "text/csv");
        exchange.write(&file_bytes(length));
    })
}

async fn read_all(download: &mut Download) -> Vec<u8> {
    let mut read = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        assert!(!chunk.is_empty());
        read.extend_from_slice(&chunk);
    }
    read
}

#[tokio::test]
async fn file_is_read_in_chunks_beyond_the_limit_of_buffered_responses() {
    const LENGTH: usize = 1_000_000;
    let server = file_server(LENGTH);
    let client = builder(&server.url)
        .max_response_bytes(1_000)
        .build()
        .unwrap();
    let mut download = contents(&client).stream().await.unwrap();
    assert_eq!(download.content_length(), Some(LENGTH as u64));
    assert_eq!(download.content_type(), Some("text/csv"));
    assert_eq!(download.response().status(), StatusCode::OK);
    assert_eq!(download.response().request_id(), Some("req_1"));
    assert!(download.response().is_streamed());
    assert!(read_all(&mut download).await == file_bytes(LENGTH));
    assert_eq!(download.received(), LENGTH as u64);
    assert!(download.chunk().await.unwrap().is_none());

    let error = contents(&client).await.unwrap_err();
    assert!(error.is_too_large(), "{error}");
}

#[tokio::test]
async fn download_is_a_stream_of_chunks() {
    let server = file_server(100_000);
    let client = client(&server.url);
    let download = contents(&client).stream().await.unwrap();
    let chunks: Vec<_> = download.try_collect().await.unwrap();
    assert!(chunks.concat() == file_bytes(100_000));
}

#[tokio::test]
async fn progress_grows_and_ends_with_the_length() {
    let server = file_server(500_000);
    let client = client(&server.url);
    let (calls, noted) = (Notes::new(), Notes::new());
    let log = calls.clone();
    let download = contents(&client).stream().await.unwrap();
    let mut download = download.on_progress(move |received, total| log.add((received, total)));
    noted.add(read_all(&mut download).await.len());
    let calls = calls.take();
    assert!(
        calls.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "{calls:?}"
    );
    assert_eq!(calls.last(), Some(&(500_000, Some(500_000))));
}

#[tokio::test]
async fn attempt_before_the_body_is_retried_and_errors_are_typed() {
    let server = Server::start(|exchange| match exchange.index {
        0 => exchange.respond(503, "{}"),
        1 => {
            exchange.write_head(200, 2, "application/pdf");
            exchange.write(b"ok");
        }
        _ => exchange.respond(
            404,
            r#"{"error": {"type": "invalid_request_error", "code": "resource_missing"}}"#,
        ),
    });
    let client = client(&server.url);
    let mut download = contents(&client).stream().await.unwrap();
    assert_eq!(read_all(&mut download).await, b"ok");
    let error = contents(&client).stream().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.code(), Some("resource_missing"));
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn interrupted_body_says_how_far_it_got() {
    let server = Server::start(|exchange| {
        exchange.write_head(200, 1_000, "text/csv");
        exchange.write(&file_bytes(400));
    });
    let client = client(&server.url);
    let mut download = contents(&client).stream().await.unwrap();
    let error = loop {
        match download.chunk().await {
            Ok(chunk) => assert!(chunk.is_some(), "the body ended without an error"),
            Err(error) => break error,
        }
    };
    assert!(error.is_interrupted(), "{error}");
    assert_eq!(error.bytes_received(), Some(400));
    assert_eq!(error.request_id(), Some("req_1"));
    let source = error.source().unwrap().to_string();
    assert_eq!(source, "the body ended after 400 of 1000 bytes");
    assert_eq!(download.received(), 400);
    assert!(download.chunk().await.unwrap().is_none());
    assert_eq!(server.requests(), 1, "the body is not requested again");
}

#[tokio::test]
async fn stalled_body_fails_and_a_slow_one_outlives_the_limits_of_attempt_and_call() {
    let server = Server::start(|exchange| {
        exchange.write_head(200, 10, "text/csv");
        for _ in 0..8 {
            exchange.write(b"x");
            std::thread::sleep(Duration::from_millis(60));
        }
        if exchange.index == 0 {
            exchange.write(b"xx");
        }
        std::thread::sleep(Duration::from_secs(2));
    });
    let client = builder(&server.url)
        .timeout(Duration::from_millis(300))
        .deadline(Duration::from_millis(300))
        .stall_timeout(Duration::from_millis(250))
        .build()
        .unwrap();
    let mut download = contents(&client).stream().await.unwrap();
    assert_eq!(read_all(&mut download).await.len(), 10);

    let mut download = contents(&client).stream().await.unwrap();
    let error = loop {
        if let Err(error) = download.chunk().await {
            break error;
        }
    };
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.time_limit(), Some(TimeLimit::BodyStall));
    assert_eq!(error.bytes_received(), Some(8));
}

#[tokio::test]
async fn file_is_saved_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    let server = Server::start(|exchange| {
        exchange.write_head(200, 300_000, "text/csv");
        let length = if exchange.index == 0 {
            200_000
        } else {
            300_000
        };
        exchange.write(&file_bytes(length));
    });
    let client = client(&server.url);
    let download = contents(&client).stream().await.unwrap();
    let error = download.save_to(&path).await.unwrap_err();
    assert_eq!(error.bytes_received(), Some(200_000));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let download = contents(&client).stream().await.unwrap();
    assert_eq!(download.save_to(&path).await.unwrap(), 300_000);
    assert!(std::fs::read(&path).unwrap() == file_bytes(300_000));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let mut written = std::io::Cursor::new(Vec::new());
    let mut download = contents(&client).stream().await.unwrap();
    assert_eq!(download.write_to(&mut written).await.unwrap(), 300_000);
    assert!(written.into_inner() == file_bytes(300_000));

    let download = contents(&client).stream().await.unwrap();
    let error = download.save_to(folder.path().join("no/such/folder")).await;
    assert!(error.unwrap_err().is_file_write());
}

#[tokio::test]
async fn url_of_a_file_is_requested_from_the_configured_host_alone() {
    let server = file_server(10);
    let client = client(&server.url);
    let stated = "https://files.example.test/v1/files/file_1/contents";
    let configured = format!("{}/v1/files/file_1/contents", server.url);
    for url in [stated, &*configured] {
        let mut download = client.file_at(url).stream().await.unwrap();
        assert_eq!(read_all(&mut download).await, file_bytes(10));
    }
    assert_eq!(server.requests(), 2);

    let other = Server::start(|exchange| exchange.respond(200, "{}"));
    let of_other = format!("{}/v1/files/file_1/contents", other.url);
    for url in [
        &*of_other,
        "https://files.example.test.evil.test/v1/files/file_1/contents",
        "https://files.example.test@evil.test/v1/files/file_1/contents",
        "https://files.example.test:444/v1/files/file_1/contents",
        "http://files.example.test/v1/files/file_1/contents",
        "//evil.test/v1/files/file_1/contents",
        "/v1/files/file_1/contents",
        "https://files.example.test/v1/../x",
        "",
    ] {
        let error = client.file_at(url).stream().await.unwrap_err();
        assert!(error.is_build(), "{url}: {error}");
        assert!(error.outcome().is_not_sent());
    }
    assert_eq!((server.requests(), other.requests()), (2, 0));
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let other = Server::start(|exchange| exchange.respond(200, "{}"));
    let target = other.url.clone();
    let server = Server::start(move |exchange| {
        let head = format!("HTTP/1.1 302 X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        exchange.write(head.as_bytes());
    });
    let error = contents(&client(&server.url)).stream().await.unwrap_err();
    assert!(error.is_redirect(), "{error}");
    assert_eq!(other.requests(), 0);
}

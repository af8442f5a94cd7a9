//! Files that are sent and received while they are read.

use std::io::{Read, Write};
use std::time::Duration;

use blocking::prelude::*;
use runtime::codec::FileUpload;
use runtime::error::TimeLimit;
use runtime::{Client, ClientBuilder, Error};

use crate::files_api::{builder, contents, create};
use crate::files_server::{Notes, Server};

fn blocking(server: &Server) -> ClientBuilder {
    builder(&server.url).blocking()
}

fn client(server: &Server) -> Client {
    blocking(server).build().unwrap()
}

#[test]
fn download_is_a_reader_beyond_the_limit_of_buffered_responses() {
    const LENGTH: u64 = 1_000_000;
    let server = Server::start(|exchange| {
        exchange.write_head(200, LENGTH, "text/csv");
        exchange.write(&vec![7; 1_000_000]);
    });
    let client = blocking(&server).max_response_bytes(1_000).build().unwrap();
    let calls = Notes::new();
    let log = calls.clone();
    let download = contents(&client).stream_blocking().unwrap();
    let mut download = download.on_progress(move |received, total| log.add((received, total)));
    assert_eq!(download.content_length(), Some(LENGTH));
    assert_eq!(download.content_type(), Some("text/csv"));
    let mut begin = [0; 10];
    download.read_exact(&mut begin).unwrap();
    let mut rest = Vec::new();
    download.read_to_end(&mut rest).unwrap();
    assert!(begin == [7; 10] && rest == vec![7; 1_000_000 - 10]);
    let calls = calls.take();
    assert!(calls.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(calls.last(), Some(&(LENGTH, Some(LENGTH))));
}

#[test]
fn interrupted_download_is_an_error_inside_of_that_of_the_reader() {
    let server = Server::start(|exchange| {
        exchange.write_head(200, 1_000, "text/csv");
        exchange.write(&[7; 400]);
    });
    let mut download = contents(&client(&server)).stream_blocking().unwrap();
    let error = std::io::copy(&mut download, &mut std::io::sink()).unwrap_err();
    let error: &Error = error.get_ref().unwrap().downcast_ref().unwrap();
    assert!(error.is_interrupted(), "{error}");
    assert_eq!(error.bytes_received(), Some(400));
    assert!(download.chunk().unwrap().is_none());
}

#[test]
fn limit_of_the_attempt_ends_with_the_head_and_stalls_are_limited() {
    let server = Server::start(|exchange| {
        if exchange.index == 2 {
            std::thread::sleep(Duration::from_secs(5));
        }
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
    let client = blocking(&server)
        .timeout(Duration::from_millis(300))
        .stall_timeout(Duration::from_millis(250))
        .retries(0)
        .build()
        .unwrap();
    let mut download = contents(&client).stream_blocking().unwrap();
    let mut text = String::new();
    download.read_to_string(&mut text).unwrap();
    assert_eq!(text, "xxxxxxxxxx");

    let mut download = contents(&client).stream_blocking().unwrap();
    let error = download.read_to_string(&mut text).unwrap_err();
    let error: &Error = error.get_ref().unwrap().downcast_ref().unwrap();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.time_limit(), Some(TimeLimit::BodyStall));
    assert_eq!(error.bytes_received(), Some(8));

    let error = contents(&client).stream_blocking().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.time_limit(), Some(TimeLimit::Attempt));
}

#[test]
fn upload_of_a_path_is_streamed_and_retried() {
    let bodies = Notes::new();
    let log = bodies.clone();
    let server = Server::start(move |exchange| {
        assert_eq!(exchange.header("transfer-encoding"), None);
        let body = exchange.body();
        assert_eq!(body.len() as u64, exchange.content_length());
        log.add(body);
        exchange.respond(if exchange.index == 0 { 503 } else { 200 }, "{}");
    });
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![7; 300_000]).unwrap();
    let upload = FileUpload::from_path(file.path()).unwrap();
    create(&client(&server), upload).send_blocking().unwrap();
    let bodies = bodies.take();
    assert!(bodies.len() == 2 && bodies[0] == bodies[1]);
    let sevens = bodies[0].iter().filter(|byte| **byte == 7).count();
    assert_eq!(sevens, 300_000);
}

#[test]
fn client_that_needs_tokio_is_refused() {
    let server = Server::start(|exchange| exchange.respond(200, "{}"));
    let client = builder(&server.url).build().unwrap();
    let error = contents(&client).stream_blocking().unwrap_err();
    assert!(error.is_build(), "{error}");
    assert_eq!(server.requests(), 0);
}

//! Files that are sent to test doubles and received from them.

use runtime::clock::BoxFuture;
use runtime::codec::FileUpload;
use runtime::http::{RawResponse, Request};
use runtime::transport::{Transport, TransportError};
use testing::{Cassette, FaultInjector, InjectedFault, Mock, MockResponse};

use crate::api::{Params, Pdf, Upload, client};

fn pdf() -> MockResponse {
    MockResponse::bytes("application/pdf", vec![7; 100_000])
}

#[tokio::test]
async fn mock_answers_a_stream() {
    let mock = Mock::new();
    mock.on::<Pdf>().respond_with(pdf());
    let call = client(mock.clone()).request::<Pdf>(&["file_1"], &());
    let mut download = call.stream().await.unwrap();
    assert_eq!(download.content_length(), Some(100_000));
    assert_eq!(download.content_type(), Some("application/pdf"));
    let mut received = 0;
    while let Some(chunk) = download.chunk().await.unwrap() {
        received += chunk.len();
    }
    assert_eq!(received, 100_000);
    mock.verify().unwrap();
}

#[tokio::test]
async fn mock_receives_a_file_that_is_read_while_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "the content").unwrap();
    let mock = Mock::new();
    let rule = mock.on::<Upload>();
    rule.respond_with(MockResponse::server_error())
        .respond_with(MockResponse::json(r#"{"id": "file_1"}"#));
    let params = Params {
        file: Some(FileUpload::from_path(&path).unwrap()),
        ..Params::default()
    };
    let client = client(mock.clone());
    client.request::<Upload>(&[], &params).await.unwrap();
    mock.verify_one_write::<Upload>().unwrap();
    let requests = mock.requests_of::<Upload>();
    assert_eq!(requests.len(), 2);
    let body = requests[1].file("file").unwrap();
    assert_eq!(body, &b"the content"[..]);
}

#[tokio::test]
async fn injected_fault_interrupts_a_stream() {
    let mock = Mock::new();
    mock.on::<Pdf>().respond_with(pdf());
    let faulty = FaultInjector::new(mock).inject([InjectedFault::TruncateBody(1_000)]);
    let call = client(faulty).request::<Pdf>(&["file_1"], &());
    let mut download = call.stream().await.unwrap();
    assert_eq!(download.chunk().await.unwrap().unwrap().len(), 1_000);
    let error = download.chunk().await.unwrap_err();
    assert!(error.is_interrupted(), "{error}");
    assert_eq!(error.bytes_received(), Some(1_000));
}

/// A transport that streams, around a mock.
#[derive(Debug)]
struct Streaming(Mock);

impl Transport for Streaming {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        assert!(!request.wants_stream, "a recording reads bodies");
        self.0.send(request)
    }
}

#[tokio::test]
async fn cassette_records_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.json");
    let mock = Mock::new();
    mock.on::<Pdf>().respond_with(pdf());
    let cassette = Cassette::record(&path, Streaming(mock)).unwrap();
    let call = client(cassette.clone()).request::<Pdf>(&["file_1"], &());
    let mut download = call.stream().await.unwrap();
    assert_eq!(download.chunk().await.unwrap().unwrap().len(), 100_000);
    cassette.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("100000"), "{text}");
}

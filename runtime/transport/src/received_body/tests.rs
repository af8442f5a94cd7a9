use std::task::Poll;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::ReceivedBody;
use crate::{BodyStream, Progress, RawResponse, TransportError};

/// A response with these chunks, and perhaps a content length.
fn streamed(
    chunks: Vec<Result<Bytes, TransportError>>,
    length: Option<&'static str>,
) -> RawResponse {
    let mut headers = HeaderMap::new();
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static(length));
    }
    let mut chunks = chunks.into_iter();
    let stream = BodyStream::from_poll_fn(move |_| Poll::Ready(chunks.next()));
    RawResponse::streamed(StatusCode::OK, headers, stream)
}

fn chunk(text: &'static str) -> Result<Bytes, TransportError> {
    Ok(Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn body_that_was_read_is_one_chunk() {
    let response = RawResponse::new(StatusCode::OK, HeaderMap::new(), "text");
    let mut body = ReceivedBody::of_response(&response);
    assert_eq!(body.content_length(), Some(4));
    assert_eq!(body.next().await.unwrap().unwrap(), "text");
    assert!(body.next().await.is_none());

    let empty = RawResponse::new(StatusCode::OK, HeaderMap::new(), "");
    assert!(ReceivedBody::of_response(&empty).next().await.is_none());
}

#[tokio::test]
async fn empty_chunks_are_left_out_and_bytes_counted() {
    let response = streamed(vec![chunk("a"), chunk(""), chunk("bc")], None);
    let mut body = ReceivedBody::of_response(&response);
    assert_eq!(body.content_length(), None);
    assert_eq!(body.next().await.unwrap().unwrap(), "a");
    assert_eq!(body.next().await.unwrap().unwrap(), "bc");
    assert!(body.next().await.is_none());
    assert_eq!(body.received(), 3);
}

#[tokio::test]
async fn body_that_is_shorter_than_announced_is_interrupted() {
    let response = streamed(vec![chunk("abc")], Some("10"));
    let mut body = ReceivedBody::of_response(&response);
    assert_eq!(body.next().await.unwrap().unwrap(), "abc");
    let error = body.next().await.unwrap().unwrap_err();
    assert_eq!((error.received(), error.expected()), (3, Some(10)));
    assert!(!error.is_timeout());
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn error_of_the_transport_ends_the_body() {
    let failed = Err(TransportError::new(Progress::Sent).timed_out());
    let response = streamed(vec![chunk("abc"), failed, chunk("d")], None);
    let mut body = ReceivedBody::of_response(&response);
    body.next().await.unwrap().unwrap();
    let error = body.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.to_string(), "the body ended after 3 bytes");
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn body_can_be_taken_once() {
    let response = streamed(vec![chunk("abc")], None);
    let mut body = ReceivedBody::of_response(&response.clone());
    assert_eq!(body.next().await.unwrap().unwrap(), "abc");
    assert!(response.is_streamed() && response.take_stream().is_none());
}

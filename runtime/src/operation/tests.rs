use http::{HeaderMap, StatusCode};

use super::Output;
use crate::codec::DecodePolicy;
use crate::http::RawResponse;
use crate::value::{Binary, Map};

#[test]
fn binary_takes_bytes_when_answer_is_a_file() {
    let mut headers = HeaderMap::new();
    headers.insert(
        "content-type",
        http::HeaderValue::from_static("application/pdf"),
    );
    let raw = RawResponse::new(StatusCode::OK, headers, &b"%PDF\xff"[..]);
    let (file, _) = Binary::from_response(&raw, DecodePolicy::Refuse, None).unwrap();
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(file.bytes.as_ref(), b"%PDF\xff");
}

#[test]
fn empty_body_is_nothing_and_no_object() {
    let empty = |status| RawResponse::new(status, HeaderMap::new(), "");
    assert!(
        <()>::from_response(&empty(StatusCode::NO_CONTENT), DecodePolicy::Refuse, None).is_ok()
    );
    assert!(<()>::from_response(&empty(StatusCode::OK), DecodePolicy::Refuse, None).is_ok());
    assert!(Map::<i64>::from_response(&empty(StatusCode::OK), DecodePolicy::Refuse, None).is_err());
}

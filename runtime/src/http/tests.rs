use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::{PendingWrite, RawResponse, Request, Response};

#[test]
fn debug_hides_values_when_message_is_shown() {
    let mut request = Request::new(
        Method::GET,
        Uri::from_static("https://h.example/v1/x/PATH?email=QUERY"),
    );
    request
        .headers
        .insert("x-token", HeaderValue::from_static("HEADER"));
    request.body = "BODY".into();
    request.template = "/v1/x/{x}";
    let response = RawResponse::new(StatusCode::OK, request.headers.clone(), "BODY");
    let shown = format!(
        "{request:?} {response:?} {:?}",
        Response::new(1, response.clone())
    );
    for secret in ["PATH", "QUERY", "HEADER", "BODY"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(
        shown.contains("/v1/x/{x}") && shown.contains("x-token"),
        "{shown}"
    );
}

#[test]
fn metadata_comes_from_headers_when_present() {
    let mut headers = HeaderMap::new();
    headers.insert("Request-Id", HeaderValue::from_static("req_1"));
    headers.insert("Idempotent-Replayed", HeaderValue::from_static("true"));
    let response = Response::new((), RawResponse::new(StatusCode::CREATED, headers, "{}"));
    assert_eq!(response.request_id(), Some("req_1"));
    assert!(response.idempotent_replayed());
    assert_eq!(response.status(), 201);
    assert_eq!(response.body().as_ref(), b"{}");
}

#[test]
fn request_is_the_same_whatever_its_time_and_the_order_of_its_headers() {
    use std::time::{Duration, SystemTime};
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut write = PendingWrite::new("k", Method::POST, "api", "/v1", SystemTime::UNIX_EPOCH);
    write.headers = vec![pair("a", "1"), pair("b", "2")];
    let mut same = write.clone();
    same.headers.reverse();
    same.begun += Duration::from_secs(1);
    assert!(write.is_same_request(&same) && write != same);
    let others: [&dyn Fn(&mut PendingWrite); 7] = [
        &|write| write.key.push('x'),
        &|write| write.live = Some(true),
        &|write| write.method = Method::DELETE,
        &|write| write.host.push('x'),
        &|write| write.target.push('x'),
        &|write| write.headers[0].1.push('x'),
        &|write| write.body = "x".into(),
    ];
    for change in others {
        let mut other = write.clone();
        change(&mut other);
        assert!(!write.is_same_request(&other), "{other:?}");
    }
}

//! A client for tests: forms in, status and JSON out.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use stripe_dev::FakeStripe;

pub(crate) struct TestClient {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl TestResponse {
    /// The body of a response that has to be a success.
    #[track_caller]
    pub(crate) fn value(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status, code and parameter of an error.
    pub(crate) fn problem(&self) -> (u16, &str, &str) {
        let error = &self.body["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        (self.status, text("code"), text("param"))
    }
}

/// An empty server with a client of it.
pub(crate) async fn start_server() -> (FakeStripe, TestClient) {
    let fake = FakeStripe::start().await.unwrap();
    let client = TestClient::new(fake.url());
    (fake, client)
}

impl TestClient {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> TestResponse {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let response = self.client.request(request).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        TestResponse {
            status,
            headers,
            // Files are text in these tests.
            body: serde_json::from_slice(&body)
                .unwrap_or_else(|_| String::from_utf8_lossy(&body).into()),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        let headers = [("authorization", "Bearer sk_test_1")];
        self.send("GET", path, &headers, String::new()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> TestResponse {
        let headers = [("authorization", "Bearer sk_test_1")];
        self.send("DELETE", path, &headers, String::new()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> TestResponse {
        self.post_with(path, form, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> TestResponse {
        let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = form.iter().map(|(name, value)| {
            // Brackets stay as they are, which servers accept.
            format!("{name}={}", escape(value))
        });
        let body: Vec<String> = pairs.collect();
        let mut all = vec![
            ("authorization", "Bearer sk_test_1"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        all.extend(headers);
        self.send("POST", path, &all, body.join("&")).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: Value) -> TestResponse {
        let headers = [
            ("authorization", "Bearer sk_test_1"),
            ("content-type", "application/json"),
        ];
        self.send("POST", path, &headers, body.to_string()).await
    }
}

/// The text of a member.
#[track_caller]
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    let member = value.pointer(pointer).and_then(Value::as_str);
    member.unwrap_or_else(|| panic!("no text at {pointer} of {value}"))
}

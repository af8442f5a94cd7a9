//! Requests and documents for the tests of the schema server.

use std::sync::{Arc, OnceLock};

use axum::http::Request;
use serde_json::{Value, json};

use super::document::{Document, Operation};
use super::load;
use super::service::Service;
use super::synth::Mode;

/// The whole Stripe document; `SCHEMA_SERVER_SPEC` selects another one.
pub(super) fn stripe() -> Arc<Service> {
    static SERVICE: OnceLock<Arc<Service>> = OnceLock::new();
    let load = || Arc::new(Service::load(stripe_path(), Mode::Minimal).unwrap());
    Arc::clone(SERVICE.get_or_init(load))
}

/// The same document, without a service.
pub(super) fn load_stripe() -> Document {
    let root = load::load(stripe_path().as_ref()).unwrap();
    Document::from_value(&root).unwrap()
}

fn stripe_path() -> String {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/stripe.yaml");
    std::env::var("SCHEMA_SERVER_SPEC").unwrap_or_else(|_| committed.to_owned())
}

/// `/v1/customers/{customer}` → `/v1/customers/x`.
pub(super) fn concrete(operation: &Operation) -> String {
    let parts = operation.path.split('/');
    let parts: Vec<_> = parts
        .map(|p| if p.starts_with('{') { "x" } else { p })
        .collect();
    parts.join("/")
}

pub(super) fn method(operation: &Operation) -> &'static str {
    match operation.method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "DELETE" => "DELETE",
        other => panic!("{other}"),
    }
}

/// A document with these components and `GET /v1/things` with the response schema `answer`.
pub(super) fn document(answer: Value, components: Value) -> Document {
    let responses = json!({ "200": { "content": { "application/json": { "schema": answer } } } });
    let get = json!({ "operationId": "GetThings", "responses": responses });
    let root = json!({
        "paths": { "/v1/things": { "get": get } },
        "components": { "schemas": components },
    });
    Document::from_value(&root).unwrap()
}

/// A request under construction, complete except for what the test removes.
#[derive(Clone)]
pub(super) struct Call {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Call {
    pub(super) fn new(method: &'static str, target: impl Into<String>) -> Self {
        let call = Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let call = call.header("authorization", "Bearer sk_test_1");
        let call = call.header("stripe-version", "2026-01-28.clover");
        match method {
            "GET" => call,
            _ => call.header("idempotency-key", "key-1"),
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(kept, _)| *kept != name);
        self
    }

    pub(super) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub(super) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Status, and the response if it is JSON.
    pub(super) fn send(&self, service: &Service) -> (u16, Value) {
        let mut request = Request::builder().method(self.method).uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let response = service.answer(&parts, &self.body);
        let value = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), value)
    }

    /// Sends to the Stripe document; panics with the response unless it is 200.
    pub(super) fn ok(&self) -> Value {
        let (status, answer) = self.send(&stripe());
        assert_eq!(status, 200, "{} {}: {answer}", self.method, self.target);
        answer
    }

    /// Sends to the Stripe document; status, code and parameter of the error.
    pub(super) fn refusal(&self) -> (u16, String, String) {
        let (status, answer) = self.send(&stripe());
        let error = &answer["error"];
        assert_eq!(error["type"], "invalid_request_error", "{status} {answer}");
        assert!(
            error["message"].as_str().is_some_and(|m| !m.is_empty()),
            "{answer}"
        );
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (status, text("code"), text("param"))
    }

    pub(super) fn assert_refused(&self, status: u16, code: &str, param: &str) {
        let expected = (status, code.to_owned(), param.to_owned());
        let (_, answer) = self.send(&stripe());
        assert_eq!(self.refusal(), expected, "{}: {answer}", self.target);
    }
}

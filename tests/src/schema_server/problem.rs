//! What is wrong with a request, in the shape of Stripe's error object.

use serde_json::{Map, Value, json};

/// An error response: HTTP status plus the members of Stripe's `error` object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
}

impl Problem {
    /// A 400 without a parameter.
    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: Some(code),
            message: message.into(),
            param: None,
        }
    }

    /// A 400 about one parameter, named in bracket notation.
    pub(crate) fn parameter(code: &'static str, param: String, message: String) -> Self {
        Self {
            param: Some(param),
            ..Self::bad_request(code, message)
        }
    }

    /// The 401 of a missing or malformed key.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self {
            status: 401,
            code: None,
            message: message.to_owned(),
            param: None,
        }
    }

    /// The 404 of a method and path that the document does not have.
    pub(crate) fn unknown_route(method: &str, path: &str) -> Self {
        Self {
            status: 404,
            code: None,
            message: format!("Unrecognized request URL ({method}: {path})."),
            param: None,
        }
    }

    /// The body that Stripe would send.
    pub(crate) fn body(&self) -> Value {
        let mut error = Map::new();
        error.insert("type".into(), json!("invalid_request_error"));
        if let Some(code) = self.code {
            error.insert("code".into(), json!(code));
        }
        error.insert("message".into(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".into(), json!(param));
        }
        json!({ "error": error })
    }
}

//! What is wrong with a request, in the form of the API's error object.

use serde_json::{Map, Value, json};

use crate::storage::StorageError;

/// An error response: a status and the members of the API's error object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiProblem {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// Further members, such as `decline_code` and `payment_intent`.
    pub(crate) details: Box<Map<String, Value>>,
}

impl ApiProblem {
    fn new(status: u16, code: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code: code.map(str::to_owned),
            message: message.into(),
            param: None,
            details: Box::default(),
        }
    }

    /// A 400 without a parameter.
    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, Some(code), message)
    }

    /// A 400 about a state that does not allow the request.
    pub(crate) fn unexpected_state(object: &str, message: impl Into<String>) -> Self {
        Self::new(400, Some(&format!("{object}_unexpected_state")), message)
    }

    /// A 400 about one parameter, named in bracket notation.
    pub(crate) fn parameter(
        code: &str,
        param: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::bad_request(code, message)
        }
    }

    /// A 400 about one parameter, for which the API has no code.
    pub(crate) fn invalid_parameter(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::new(400, None, message)
        }
    }

    /// A required parameter is missing.
    pub(crate) fn missing_parameter(param: impl Into<String>) -> Self {
        let param = param.into();
        let message = format!("Missing required param: {param}.");
        Self::parameter("parameter_missing", param, message)
    }

    /// The path or a parameter names an object that does not exist; 404 for the path.
    pub(crate) fn missing_object(status: u16, tag: &str, id: &str, param: &str) -> Self {
        let name = tag.rsplit('.').next().unwrap_or(tag).replace('_', " ");
        let message = format!("No such {name}: '{id}'");
        Self {
            param: Some(param.to_owned()),
            ..Self::new(status, Some("resource_missing"), message)
        }
    }

    /// The 401 of a missing or malformed key.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(401, None, message)
    }

    /// The 404 of a method and path that the document does not have.
    pub(crate) fn unknown_route(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(404, None, message)
    }

    /// The same idempotency key with another request.
    pub(crate) fn idempotency_mismatch(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with: `{key}`."
        );
        Self {
            kind: "idempotency_error",
            ..Self::new(400, None, message)
        }
    }

    /// The 500 of a change that could not be stored.
    pub(crate) fn failed_storage(error: &StorageError) -> Self {
        Self {
            kind: "api_error",
            ..Self::new(
                500,
                None,
                format!("The change could not be stored: {error}"),
            )
        }
    }

    /// The 402 of a card that is declined.
    pub(crate) fn card_declined(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let mut problem = Self {
            kind: "card_error",
            ..Self::new(402, Some(code), message)
        };
        if let Some(decline_code) = decline_code {
            let member = ("decline_code".to_owned(), json!(decline_code));
            problem.details.extend([member]);
        }
        problem
    }

    /// Adds a member to the error object.
    pub(crate) fn with_detail(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    /// The members of the error object.
    pub(crate) fn error_object(&self) -> Map<String, Value> {
        let mut error = Map::new();
        error.insert("type".into(), json!(self.kind));
        if let Some(code) = &self.code {
            error.insert("code".into(), json!(code));
        }
        error.insert("message".into(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".into(), json!(param));
        }
        error.extend(self.details.as_ref().clone());
        error
    }

    /// The body of the response.
    pub(crate) fn response_body(&self) -> Value {
        json!({ "error": self.error_object() })
    }
}

//! Requests that test doubles receive.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use runtime::http::Request;

use crate::params::{self, NameValue};
use crate::type_path;

/// A request that a test double received, with decoded parameters.
///
/// Parameters have the names of the form encoding, such as `items[0][price]`, whether they were
/// sent as a form, in the query, as JSON or as multipart. In JSON, `null` and an empty list read
/// as an empty string, as they do in forms.
#[derive(Clone)]
pub struct SentRequest {
    request: Request,
    template: String,
    operation: String,
    type_path: String,
    path_args: Vec<NameValue>,
    params: Vec<NameValue>,
}

impl SentRequest {
    pub(crate) fn new(request: Request) -> Self {
        let params = params::request_params(&request);
        let template = request.template.to_owned();
        let path_args = params::path_args(&template, request.uri.path()).unwrap_or_default();
        Self {
            operation: request.operation.to_owned(),
            type_path: type_path::of_call(request.call),
            template,
            path_args,
            params,
            request,
        }
    }

    /// Sets the operation, which a resumed write does not have.
    pub(crate) fn set_operation(&mut self, operation: &str, type_path: &str) {
        if self.operation.is_empty() {
            operation.clone_into(&mut self.operation);
            type_path.clone_into(&mut self.type_path);
        }
    }

    /// Sets the template by which path arguments are found.
    pub(crate) fn set_template(&mut self, template: &str) {
        self.path_args = params::path_args(template, self.path()).unwrap_or_default();
        template.clone_into(&mut self.template);
    }

    /// The path of the operation's type; empty if programs cannot name it.
    pub(crate) fn type_path(&self) -> &str {
        &self.type_path
    }

    /// The id of the operation; empty for a raw request.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The path template with its placeholders.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.request.method
    }

    /// The host, such as `api.stripe.com`.
    pub fn host(&self) -> &str {
        self.request.uri.host().unwrap_or_default()
    }

    /// The id that the path ends with, which is that of the object in the response.
    pub(crate) fn object_id(&self) -> Option<&str> {
        let (_, last) = self.template.rsplit_once('/')?;
        self.path_arg(last.strip_prefix('{')?.strip_suffix('}')?)
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.request.uri.path()
    }

    /// A decoded path argument, by the name of its placeholder.
    pub fn path_arg(&self, name: &str) -> Option<&str> {
        find_value(&self.path_args, name)
    }

    /// The value of a parameter, such as `email` or `items[0][price]`; the name of a file.
    pub fn param(&self, name: &str) -> Option<&str> {
        find_value(&self.params, name)
    }

    /// All parameters with their names, in the order in which they were sent.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// The content of a file in a multipart body.
    pub fn file(&self, name: &str) -> Option<Bytes> {
        let boundary = params::multipart_boundary(params::content_type(&self.request))?;
        let parts = params::multipart_parts(&self.request.body, boundary);
        let part = parts.into_iter().find(|part| part.name == name)?;
        part.file_name.map(|_| part.content)
    }

    /// The value of a header, if it is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name)?.to_str().ok()
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    /// The idempotency key.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.header("idempotency-key")
    }

    /// The body as it was sent.
    pub fn body(&self) -> &Bytes {
        &self.request.body
    }

    /// The request as the transport received it.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Operation, method and path, for messages.
    pub(crate) fn label(&self) -> String {
        let place = format!("{} {}", self.method(), self.template);
        match (self.type_path.as_str(), self.operation.as_str()) {
            ("", "") => format!("{} {}", self.method(), self.path()),
            ("", operation) => format!("{operation} ({place})"),
            (type_path, _) => format!("{type_path} ({place})"),
        }
    }

    /// Whether this may be an attempt of the same write: the same method, URL and body.
    pub(crate) fn is_same_write(&self, other: &Self) -> bool {
        let (one, other) = (&self.request, &other.request);
        one.method == other.method && one.uri == other.uri && one.body == other.body
    }
}

fn find_value<'p>(pairs: &'p [NameValue], name: &str) -> Option<&'p str> {
    // The last value of a repeated name wins, as in servers that decode forms into maps.
    let found = pairs.iter().rev().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// Prints only the names of parameters, because the values may be personal data.
impl fmt::Debug for SentRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.params.iter().map(|(name, _)| name.as_str()).collect();
        out.debug_struct("SentRequest")
            .field("operation", &self.operation)
            .field("method", self.method())
            .field("template", &self.template)
            .field("params", &names)
            .field("idempotency_key", &self.idempotency_key())
            .finish_non_exhaustive()
    }
}

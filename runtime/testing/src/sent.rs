//! A request that a double received.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::params::{self, Pair};
use runtime::http::Request;

/// A request that arrived at a double, with its parameters decoded.
///
/// Parameters have the names of the bracketed form, such as `items[0][price]`, whether they came
/// in a form, in a query, as JSON or as multipart. In JSON, `null` and an empty list read as an
/// empty text, as they do in forms.
#[derive(Clone)]
pub struct SentRequest {
    request: Request,
    template: String,
    operation: String,
    arguments: Vec<Pair>,
    params: Vec<Pair>,
}

impl SentRequest {
    pub(super) fn new(request: Request) -> Self {
        let params = params::of(&request);
        let template = request.template.clone();
        let arguments = params::arguments(&template, request.uri.path()).unwrap_or_default();
        Self {
            operation: request.operation.to_owned(),
            template,
            arguments,
            params,
            request,
        }
    }

    /// The same, known to be one of this operation: resumed writes do not say so themselves.
    pub(super) fn of_operation(mut self, operation: &str, template: &str) -> Self {
        self.arguments = params::arguments(template, self.path()).unwrap_or_default();
        operation.clone_into(&mut self.operation);
        template.clone_into(&mut self.template);
        self
    }

    /// The operation's id; empty for a raw request.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The path with its placeholders.
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

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.request.uri.path()
    }

    /// An argument of the path, decoded, by the name of its placeholder.
    pub fn path_arg(&self, name: &str) -> Option<&str> {
        find(&self.arguments, name)
    }

    /// A parameter, such as `email` or `items[0][price]`. Of a file, its name.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)
    }

    /// All parameters by name, in the order in which they were sent.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// The content of a file of a multipart body.
    pub fn file(&self, name: &str) -> Option<Bytes> {
        let boundary = params::boundary(params::content_type(&self.request))?;
        let parts = params::parts(&self.request.body, boundary);
        let part = parts.into_iter().find(|part| part.name == name)?;
        part.file.map(|_| part.content)
    }

    /// A header, if it is visible ASCII.
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

    /// The request as the transport got it.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Operation, method and path for messages.
    pub(super) fn label(&self) -> String {
        let place = format!("{} {}", self.method(), self.template);
        if self.operation.is_empty() {
            return format!("{} {}", self.method(), self.path());
        }
        format!("{} ({place})", self.operation)
    }

    /// Whether this is another attempt of the same write.
    pub(super) fn is_same_write(&self, other: &Self) -> bool {
        let parts = |sent: &Self| (sent.request.uri.clone(), sent.request.body.clone());
        self.method() == other.method() && parts(self) == parts(other)
    }
}

fn find<'p>(pairs: &'p [Pair], name: &str) -> Option<&'p str> {
    // Of a repeated name the last one counts, as with servers that decode forms into maps.
    let found = pairs.iter().rev().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// Shows the names of parameters, since the values may be personal data.
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

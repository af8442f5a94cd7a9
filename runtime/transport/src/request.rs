//! One attempt as the client hands it to a transport.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use wire::codec::{ResponseMismatch, UploadBody};
use wire::path::query_pair;

use crate::response::Names;

/// One attempt, ready to be sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL with the query.
    pub uri: Uri,
    /// All headers, with credentials marked sensitive.
    pub headers: HeaderMap,
    /// The body; empty when there is none, or when it is in `upload`. A clone shares the bytes.
    pub body: Bytes,
    /// A body with files that are read while it is sent, instead of `body`. Only transports whose
    /// [`streams_uploads`](crate::Transport::streams_uploads) is true receive one; the header
    /// `Content-Length` has its length.
    pub upload: Option<UploadBody>,
    /// Whether the caller reads the body of a successful response as a stream. A transport that can
    /// returns [`RawResponse::streamed`](crate::RawResponse::streamed) as soon as it has the head,
    /// and applies `stall_limit` while the body is read. One that cannot ignores this and reads the
    /// whole body. Responses without success are always read.
    pub wants_stream: bool,
    /// The path with its placeholders, which is safe to log; for raw requests the placeholder
    /// stands for all of it.
    pub template: &'static str,
    /// The operation's id; empty for a raw request.
    pub operation: &'static str,
    /// How programs call the operation: `payment_intents().create`. Empty if it has no method.
    pub call: &'static str,
    /// The time limit of this attempt. The caller drops the future when it expires; transports that
    /// block their thread must enforce it themselves.
    pub time_limit: Duration,
    /// How long the transport waits for the next chunk of a response body.
    pub stall_limit: Duration,
    /// The maximum length of a response body in bytes. The transport must fail with
    /// [`Progress::TooLarge`](crate::Progress::TooLarge) if the body is longer.
    pub max_response_bytes: usize,
    /// The headers that the response may repeat, and then with the same values. A transport that
    /// keeps connections checks them before it reads the body, and fails with
    /// [`Progress::Mismatch`](crate::Progress::Mismatch) if one differs.
    pub echoed: EchoedHeaders,
    /// The number of bytes at the end of the URL that are a credential.
    credential_len: usize,
}

/// Headers of a request that its response repeats, if at all, with the same values.
///
/// ```
/// use http::{HeaderMap, HeaderName, HeaderValue};
/// use transport::EchoedHeaders;
///
/// let name = HeaderName::from_static("example-account");
/// let mut echoed = EchoedHeaders::default();
/// echoed.insert(name.clone(), HeaderValue::from_static("acct_1"));
///
/// let mut response = HeaderMap::new();
/// assert!(echoed.check(&response).is_ok());
/// response.insert(name, HeaderValue::from_static("acct_2"));
/// assert!(echoed.check(&response).is_err());
/// ```
#[derive(Clone, Default)]
pub struct EchoedHeaders(Vec<(HeaderName, HeaderValue)>);

impl EchoedHeaders {
    /// Adds a header.
    pub fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }

    /// The names of the headers.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.0.iter().map(|(name, _)| name)
    }

    /// Compares the headers of a response. A header that the response lacks is no difference, and
    /// neither is what follows a semicolon.
    ///
    /// # Errors
    /// The first header with another value.
    pub fn check(&self, response: &HeaderMap) -> Result<(), ResponseMismatch> {
        for (name, expected) in &self.0 {
            let Some(received) = response.get(name) else {
                continue;
            };
            let differs = || !main_part(expected).eq_ignore_ascii_case(main_part(received));
            if expected != received && differs() {
                let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
                return Err(ResponseMismatch {
                    name: name.as_str().to_owned(),
                    expected: text(expected),
                    received: text(received),
                });
            }
        }
        Ok(())
    }
}

/// The value of a header without parameters, such as the features of a preview version.
fn main_part(value: &HeaderValue) -> &[u8] {
    let main = value.as_bytes().split(|byte| *byte == b';').next();
    main.unwrap_or_default().trim_ascii()
}

/// Shows the names alone.
impl fmt::Debug for EchoedHeaders {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list()
            .entries(self.0.iter().map(|(name, _)| name.as_str()))
            .finish()
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            upload: None,
            wants_stream: false,
            template: "",
            operation: "",
            call: "",
            time_limit: Duration::MAX,
            stall_limit: Duration::MAX,
            max_response_bytes: usize::MAX,
            echoed: EchoedHeaders::default(),
            credential_len: 0,
        }
    }

    /// Adds a credential to the query. Returns whether the URL can have it.
    ///
    /// It is part of `uri`, which must then not be logged or stored;
    /// [`public_target`](Self::public_target) may be.
    #[must_use]
    pub fn add_credential(&mut self, name: &str, value: &str) -> bool {
        let old = self.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let separator = if old.contains('?') { '&' } else { '?' };
        let pair = query_pair(name, value);
        let Ok(target) = PathAndQuery::try_from(format!("{old}{separator}{pair}")) else {
            return false;
        };
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(target);
        let Ok(uri) = Uri::from_parts(parts) else {
            return false;
        };
        self.uri = uri;
        self.credential_len += pair.len() + 1;
        true
    }

    /// Path and query without credentials.
    ///
    /// ```
    /// use transport::Request;
    ///
    /// let mut request = Request::new(http::Method::GET, "https://x.test/pets?a=1".parse()?);
    /// assert!(request.add_credential("api_key", "a secret"));
    /// assert_eq!(request.uri, "https://x.test/pets?a=1&api_key=a%20secret");
    /// assert_eq!(request.public_target(), "/pets?a=1");
    /// # Ok::<(), http::uri::InvalidUri>(())
    /// ```
    pub fn public_target(&self) -> &str {
        let target = self.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let length = target.len().saturating_sub(self.credential_len);
        target.get(..length).unwrap_or_default()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.uri.host().unwrap_or_default())
            .field("template", &self.template)
            .field("headers", &Names(&self.headers))
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

//! What a double answers with: a response, or the lack of one.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::Unexpected;
use wire::codec::{Encode, Writer, encode_json};
use runtime::http::RawResponse;
use runtime::transport::{Progress, TransportError};

/// An answer for the client, or a failure to answer.
///
/// ```
/// use std::time::Duration;
/// use testing::Reply;
///
/// let fine = Reply::json(r#"{"id": "cus_1"}"#).header("request-id", "req_1");
/// let busy = Reply::rate_limited("global-rate").header("retry-after", "2");
/// let late = Reply::server_error().after(Duration::from_secs(3));
/// let lost = Reply::reset();
/// # let _ = (fine, busy, late, lost);
/// ```
#[derive(Clone)]
pub struct Reply {
    act: Act,
    status: StatusCode,
    headers: HeaderMap,
    content: Content,
    delay: Duration,
    /// Whether a success must decode to what the operation answers.
    checked: bool,
    /// Why this cannot be sent.
    fault: Option<Unexpected>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Answer,
    Fail(Progress),
    Hang,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    /// The members of an error object.
    Error(Vec<(String, String)>),
}

impl Reply {
    /// A success with a JSON body.
    pub fn json(text: impl Into<String>) -> Self {
        Self::status(200, text.into())
    }

    /// A success with the JSON form of a value.
    pub fn encoded(value: &dyn Encode) -> Self {
        Self::json(encode_json(value))
    }

    /// A response with this status and body. Its content type is JSON unless
    /// [`header`](Reply::header) says otherwise.
    pub fn status(status: u16, body: impl Into<Bytes>) -> Self {
        let (status, fault) = match StatusCode::from_u16(status) {
            Ok(code) => (code, None),
            Err(_) => (
                StatusCode::OK,
                Some(Unexpected::new(format!("{status} is no status"))),
            ),
        };
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        Self {
            act: Act::Answer,
            status,
            headers,
            content: Content::Bytes(body.into()),
            delay: Duration::ZERO,
            checked: true,
            fault,
        }
    }

    /// A success with a body of another type than JSON.
    pub fn bytes(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::status(200, body).header("content-type", content_type)
    }

    /// A failure with an error object of this type and code, such as
    /// `Reply::error(404, "invalid_request_error", "resource_missing")`.
    pub fn error(status: u16, kind: &str, code: &str) -> Self {
        let mut reply = Self::status(status, "");
        let members = [("type", kind), ("code", code), ("message", "scripted")];
        let present = members.iter().filter(|(_, value)| !value.is_empty());
        let owned = present.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        reply.content = Content::Error(owned.collect());
        reply
    }

    /// The same with another member of the error object, such as `param`. Replies other than
    /// errors are not changed.
    #[must_use]
    pub fn with(mut self, member: &str, value: &str) -> Self {
        if let Content::Error(members) = &mut self.content {
            members.retain(|(known, _)| known != member);
            members.push((member.to_owned(), value.to_owned()));
        }
        self
    }

    /// A declined card: 402 with the issuer's reason, such as `insufficient_funds`. The reasons
    /// are at <https://docs.stripe.com/declines/codes>.
    pub fn card_declined(decline_code: &str) -> Self {
        Self::error(402, "card_error", "card_declined").with("decline_code", decline_code)
    }

    /// 429 with a reason, such as `global-rate`. The reasons are at
    /// <https://docs.stripe.com/rate-limits>.
    pub fn rate_limited(reason: &str) -> Self {
        Self::error(429, "invalid_request_error", "rate_limit")
            .header("stripe-rate-limited-reason", reason)
    }

    /// 429 because another request holds the object.
    pub fn lock_timeout() -> Self {
        Self::error(429, "invalid_request_error", "lock_timeout")
    }

    /// 404 because there is no such object.
    pub fn not_found() -> Self {
        Self::error(404, "invalid_request_error", "resource_missing")
    }

    /// 500: what the server did is not known.
    pub fn server_error() -> Self {
        Self::error(500, "api_error", "")
    }

    /// The HTML page of a gateway that could not reach the server.
    pub fn bad_gateway() -> Self {
        Self::status(502, "<html><h1>502 Bad Gateway</h1></html>")
            .header("content-type", "text/html")
    }

    /// No connection comes about: the request was surely not sent.
    pub fn refuse_connection() -> Self {
        Self::doing(Act::Fail(Progress::Connecting))
    }

    /// The connection breaks after the request was sent: nobody knows what the server did.
    pub fn reset() -> Self {
        Self::doing(Act::Fail(Progress::Sent))
    }

    /// No answer ever. The call ends by its time limit.
    pub fn never() -> Self {
        Self::doing(Act::Hang)
    }

    /// A success whose body is no JSON.
    pub fn garbage() -> Self {
        Self::status(200, &b"\x00\xff<!doctype html>"[..]).unchecked()
    }

    /// The same, even if it does not decode to the operation's output, so that the call fails
    /// with [`Error::is_decode`](crate::Error::is_decode).
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.checked = false;
        self
    }

    /// The same, but the body ends after this many bytes, and nobody notices until it is
    /// decoded.
    #[must_use]
    pub fn truncated(mut self, bytes: usize) -> Self {
        let body = self.body();
        self.content = Content::Bytes(body.slice(..bytes.min(body.len())));
        self.unchecked()
    }

    /// The same with one more header. One of the same name is replaced.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => {
                let fault = Unexpected::new(format!("{name}: {value} is no header"));
                self.fault.get_or_insert(fault);
            }
        }
        self
    }

    /// The same, this much later. A [`Mock`](super::Mock) needs a clock for it.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn doing(act: Act) -> Self {
        Self {
            act,
            ..Self::status(200, "")
        }
    }

    fn body(&self) -> Bytes {
        match &self.content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Error(members) => encode_json(&ErrorObject(members)).into(),
        }
    }

    pub(super) fn delay(&self) -> Duration {
        self.delay
    }

    pub(super) fn fault(&self) -> Option<&Unexpected> {
        self.fault.as_ref()
    }

    /// Whether the reply is a success that somebody will decode.
    pub(super) fn is_meant_to_decode(&self) -> bool {
        self.checked && self.status.is_success()
    }

    /// The response, if there is one.
    pub(super) fn response(&self) -> Option<RawResponse> {
        let response = || RawResponse::new(self.status, self.headers.clone(), self.body());
        (self.act == Act::Answer).then(response)
    }

    /// What the transport comes to. Whoever calls this has waited for the delay.
    pub(super) async fn happen(self) -> Result<RawResponse, TransportError> {
        match self.act {
            Act::Answer => Ok(RawResponse::new(
                self.status,
                self.headers.clone(),
                self.body(),
            )),
            Act::Fail(progress) => Err(TransportError::new(progress)),
            Act::Hang => std::future::pending().await,
        }
    }
}

/// The body shows what a test made up, but may be a recorded one.
impl fmt::Debug for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reply")
            .field("act", &self.act)
            .field("status", &self.status.as_u16())
            .field("body_len", &self.body().len())
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

struct ErrorObject<'a>(&'a [(String, String)]);

impl Encode for ErrorObject<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        out.begin_object();
        out.key("error");
        out.begin_object();
        for (name, value) in self.0 {
            out.key(name);
            out.string(value);
        }
        out.end_object();
        out.end_object();
    }
}

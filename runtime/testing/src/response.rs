//! The responses of test doubles.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use runtime::http::RawResponse;
use runtime::operation::{Operation, Output};
use runtime::transport::{Progress, TransportError};
use wire::codec::{Encode, Writer, encode_json, write_record};
use wire::value::RawJson;

use crate::sample::{SampleBody, Sampled};
use crate::{SentRequest, TestDoubleError};

/// A response for the client, or a transport error in its place.
///
/// ```
/// use std::time::Duration;
/// use testing::MockResponse;
///
/// let success = MockResponse::json(r#"{"id": "cus_1"}"#).header("request-id", "req_1");
/// let limited = MockResponse::rate_limited("global-rate").header("retry-after", "2");
/// let slow = MockResponse::server_error().with_delay(Duration::from_secs(3));
/// let lost = MockResponse::connection_reset();
/// # let _ = (success, limited, slow, lost);
/// ```
#[derive(Clone)]
pub struct MockResponse {
    action: ResponseAction,
    status: StatusCode,
    headers: HeaderMap,
    content: ResponseContent,
    delay: Duration,
    /// Whether a success must decode to the operation's output.
    is_checked: bool,
    /// Why this response is not valid HTTP.
    invalid: Option<TestDoubleError>,
}

/// What the transport does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResponseAction {
    Respond,
    Fail(Progress),
    Hang,
}

#[derive(Clone)]
enum ResponseContent {
    Bytes(Bytes),
    /// The members of an error object.
    Error(Vec<(String, String)>),
    Sample(Box<SampleBody>),
}

impl MockResponse {
    /// A success with a JSON body.
    pub fn json(text: impl Into<String>) -> Self {
        Self::status(200, text.into())
    }

    /// A success with a valid response of an operation: the object, page or deleted object that it
    /// returns, as small as it can be. [`set`](MockResponse::set) changes it. If the path of the
    /// operation ends with the id of an object, the response has the id of the request.
    ///
    /// ```
    /// use testing::{Mock, MockResponse};
    /// # use runtime::operation::{Operation, OperationSpec};
    /// # use runtime::value::RawJson;
    /// # struct CreateCustomer;
    /// # impl Operation for CreateCustomer {
    /// #     type Params = ();
    /// #     type Output = RawJson;
    /// #     type Error = ();
    /// #     const SPEC: &'static OperationSpec = &OperationSpec::post("Create", "/v1/customers");
    /// # }
    ///
    /// let mock = Mock::new();
    /// let customer = MockResponse::sample::<CreateCustomer>().set("email", "jenny@example.com");
    /// mock.on::<CreateCustomer>().respond_with(customer);
    /// ```
    pub fn sample<O: Operation<Output: Sampled>>() -> Self {
        let mut body = SampleBody::new(O::Output::schema());
        body.set_list_path(O::SPEC);
        let mut response = Self::status(200, "");
        response.content = ResponseContent::Sample(Box::new(body));
        match O::Output::ACCEPT {
            "application/json" => response,
            _ => response.header("content-type", "application/octet-stream"),
        }
    }

    /// Sets a value of a [`sample`](MockResponse::sample) by its path, such as
    /// `items.data[0].price`; see [`Sample`](crate::Sample). A path that the operation's response
    /// does not have makes the calls fail that would get the response, and
    /// [`Mock::verify`](crate::Mock::verify) return the reason.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Encode) -> Self {
        match &mut self.content {
            ResponseContent::Sample(body) => body.set(path, RawJson::encoding(&value)),
            _ => {
                let text = format!("{path} cannot be set: only samples have paths");
                self.invalid.get_or_insert(TestDoubleError::new(text));
            }
        }
        self
    }

    /// A success with a value encoded as JSON.
    pub fn encoded(value: &dyn Encode) -> Self {
        Self::json(encode_json(value))
    }

    /// A response with this status and body. The content type defaults to JSON; set another one
    /// with [`header`](MockResponse::header).
    pub fn status(status: u16, body: impl Into<Bytes>) -> Self {
        let code = StatusCode::from_u16(status);
        let invalid = code.is_err().then(|| {
            let text = format!("{status} is not a valid status code");
            TestDoubleError::new(text)
        });
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        Self {
            action: ResponseAction::Respond,
            status: code.unwrap_or(StatusCode::OK),
            headers,
            content: ResponseContent::Bytes(body.into()),
            delay: Duration::ZERO,
            is_checked: true,
            invalid,
        }
    }

    /// A success with a body of another type than JSON.
    pub fn bytes(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::status(200, body).header("content-type", content_type)
    }

    /// An error response with this type and code, such as
    /// `MockResponse::error(404, "invalid_request_error", "resource_missing")`.
    pub fn error(status: u16, error_type: &str, code: &str) -> Self {
        let mut response = Self::status(status, "");
        let fields = [
            ("type", error_type),
            ("code", code),
            ("message", "mock error"),
        ];
        let present = fields.iter().filter(|(_, value)| !value.is_empty());
        let owned = present.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        response.content = ResponseContent::Error(owned.collect());
        response
    }

    /// Sets a field of the error object, such as `param`. Has no effect on responses other than
    /// those made by [`error`](MockResponse::error).
    #[must_use]
    pub fn error_field(mut self, name: &str, value: &str) -> Self {
        if let ResponseContent::Error(fields) = &mut self.content {
            fields.retain(|(known, _)| known != name);
            fields.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// A declined card: 402 with the issuer's reason, such as `insufficient_funds`. The reasons
    /// are listed at <https://docs.stripe.com/declines/codes>.
    pub fn card_declined(decline_code: &str) -> Self {
        Self::error(402, "card_error", "card_declined").error_field("decline_code", decline_code)
    }

    /// 429 with a reason, such as `global-rate`. The reasons are listed at
    /// <https://docs.stripe.com/rate-limits>.
    pub fn rate_limited(reason: &str) -> Self {
        Self::error(429, "invalid_request_error", "rate_limit")
            .header("stripe-rate-limited-reason", reason)
    }

    /// 429 because another request holds a lock on the object.
    pub fn lock_timeout() -> Self {
        Self::error(429, "invalid_request_error", "lock_timeout")
    }

    /// 404 because the object does not exist.
    pub fn not_found() -> Self {
        Self::error(404, "invalid_request_error", "resource_missing")
    }

    /// 500: the outcome is unknown.
    pub fn server_error() -> Self {
        Self::error(500, "api_error", "")
    }

    /// 502 with an HTML body, as a gateway that could not reach the server responds.
    pub fn bad_gateway() -> Self {
        Self::status(502, "<html><h1>502 Bad Gateway</h1></html>")
            .header("content-type", "text/html")
    }

    /// The connection is refused: the request was not sent.
    pub fn connection_refused() -> Self {
        Self::from_action(ResponseAction::Fail(Progress::Connecting))
    }

    /// The connection breaks after the request was sent: the outcome is unknown.
    pub fn connection_reset() -> Self {
        Self::from_action(ResponseAction::Fail(Progress::Sent))
    }

    /// No response: the call ends at its time limit.
    pub fn no_response() -> Self {
        Self::from_action(ResponseAction::Hang)
    }

    /// A success whose body is not JSON.
    pub fn malformed() -> Self {
        Self::status(200, MALFORMED_BODY).unchecked()
    }

    /// Allows a body that does not decode to the operation's output. The call then fails with
    /// [`Error::is_decode`](runtime::error::Error::is_decode).
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.is_checked = false;
        self
    }

    /// Truncates the body to this many bytes. The transport reports no error, so decoding fails.
    #[must_use]
    pub fn truncated(mut self, bytes: usize) -> Self {
        let body = self.body();
        self.content = ResponseContent::Bytes(body.slice(..bytes.min(body.len())));
        self.unchecked()
    }

    /// Sets a header, replacing one of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => {
                let text = format!("{name}: {value} is not a valid header");
                self.invalid.get_or_insert(TestDoubleError::new(text));
            }
        }
        self
    }

    /// Delays the response. A [`Mock`](crate::Mock) needs a clock for it.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Lets a sample of an object have the id of the request's path.
    #[must_use]
    pub(crate) fn with_requested_id(mut self, request: &SentRequest) -> Self {
        if let (ResponseContent::Sample(body), Some(id)) = (&mut self.content, request.object_id())
        {
            body.set_requested_id(id);
        }
        self
    }

    fn from_action(action: ResponseAction) -> Self {
        Self {
            action,
            ..Self::status(200, "")
        }
    }

    fn body(&self) -> Bytes {
        match &self.content {
            ResponseContent::Bytes(bytes) => bytes.clone(),
            ResponseContent::Error(fields) => encode_json(&MockErrorBody(fields)).into(),
            ResponseContent::Sample(body) => body.to_json().into(),
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        self.delay
    }

    /// Why this response is not valid HTTP, or not a valid sample.
    pub(crate) fn invalid_reason(&self) -> Option<&TestDoubleError> {
        let of_content = match &self.content {
            ResponseContent::Sample(body) => body.invalid_reason(),
            _ => None,
        };
        self.invalid.as_ref().or(of_content)
    }

    /// Whether the body must decode to the operation's output.
    pub(crate) fn must_decode(&self) -> bool {
        self.is_checked && self.status.is_success()
    }

    /// The response; `None` if the transport fails or hangs instead.
    pub(crate) fn http_response(&self) -> Option<RawResponse> {
        let response = || RawResponse::new(self.status, self.headers.clone(), self.body());
        (self.action == ResponseAction::Respond).then(response)
    }

    /// Sends the response, without its delay.
    pub(crate) async fn send(self) -> Result<RawResponse, TransportError> {
        if let ResponseAction::Fail(progress) = self.action {
            return Err(TransportError::new(progress));
        }
        match self.http_response() {
            Some(response) => Ok(response),
            None => std::future::pending().await,
        }
    }
}

/// A body that is neither UTF-8 nor JSON.
pub(crate) const MALFORMED_BODY: &[u8] = b"\x00\xff<!doctype html>";

/// Omits the body, which may be a recorded one with personal data.
impl fmt::Debug for MockResponse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MockResponse")
            .field("action", &self.action)
            .field("status", &self.status.as_u16())
            .field("body_len", &self.body().len())
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

struct MockErrorBody<'a>(&'a [(String, String)]);

impl Encode for MockErrorBody<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        out.begin_object();
        out.key("error");
        let fields = self.0.iter();
        let fields: Vec<(&str, &dyn Encode)> = fields
            .map(|(name, value)| (name.as_str(), value as &dyn Encode))
            .collect();
        write_record(out, &fields);
        out.end_object();
    }
}

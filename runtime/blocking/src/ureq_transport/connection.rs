//! A connection that adds three things to ureq: it tracks whether bytes of a request were sent,
//! which decides whether the request may have had an effect; it limits the wait for each part of a
//! response body, but not for the head; and it keeps what is sent out of ureq's log, which at
//! level `trace` has URLs and the bytes of request heads.
//!
//! ureq processes a request on the thread that sends it, so its state is thread-local.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Uri, header};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};
use ureq::{Error, Timeout};

use runtime::clock::Clock;
use runtime::http::Request;

use crate::clock::ThreadClock;

thread_local! {
    static EXCHANGE: RefCell<ExchangeState> = const { RefCell::new(ExchangeState::NEW) };
}

/// The state of the request that this thread is sending.
struct ExchangeState {
    /// Whether bytes of the request were written to a connection.
    has_sent_bytes: bool,
    /// The time limit of each read.
    stall_limit: Option<Duration>,
    /// When the head of the response must be complete, if the body is not limited by the same.
    head_deadline: Option<Instant>,
    /// The parts that ureq has only in masked form.
    masked: Vec<MaskedPart>,
}

impl ExchangeState {
    const NEW: Self = Self {
        has_sent_bytes: false,
        stall_limit: None,
        head_deadline: None,
        masked: Vec::new(),
    };

    /// Replaces masked parts by the original bytes. ureq never splits the request line or a header
    /// between two outputs.
    fn unmask_output(&mut self, output: &mut [u8]) {
        self.masked.retain(|part| {
            let pattern = part.pattern.as_bytes();
            let offset = output.windows(pattern.len()).position(|w| w == pattern);
            let Some(offset) = offset else {
                return true;
            };
            let start = offset + part.start;
            output[start..start + part.original.len()].copy_from_slice(&part.original);
            false
        });
    }
}

/// A part of a request head that is masked with stars.
struct MaskedPart {
    /// The masked part with the text around it.
    pattern: String,
    /// The offset of the stars in the pattern.
    start: usize,
    /// The original bytes, as many as there are stars.
    original: Vec<u8>,
}

impl MaskedPart {
    fn header(name: &HeaderName, value: &HeaderValue) -> Self {
        let before = format!("\r\n{name}: ");
        Self {
            pattern: format!("{before}{}\r\n", mask_text(value.len())),
            start: before.len(),
            original: value.as_bytes().to_vec(),
        }
    }

    /// The path and query, which start with a slash.
    fn target(target: &str) -> Self {
        let original = target.as_bytes()[1..].to_vec();
        Self {
            pattern: format!("/{} HTTP/1.1\r\n", mask_text(original.len())),
            start: 1,
            original,
        }
    }
}

fn mask_text(length: usize) -> String {
    "*".repeat(length)
}

/// Headers that ureq interprets, or that contain no data of the request.
const UNMASKED_HEADERS: [HeaderName; 8] = [
    header::ACCEPT,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::USER_AGENT,
];

/// Starts a request. Masks its path, its query and the values of most headers; the connection
/// restores them.
pub(super) fn begin_exchange(request: &mut Request) {
    let mut masked = Vec::new();
    masked.extend(mask_target(&mut request.uri));
    let headers = request.headers.iter_mut();
    for (name, value) in headers.filter(|(name, _)| !UNMASKED_HEADERS.contains(name)) {
        if let Ok(stars) = HeaderValue::from_str(&mask_text(value.len())) {
            masked.push(MaskedPart::header(name, value));
            *value = stars;
        }
    }
    EXCHANGE.set(ExchangeState {
        masked,
        ..ExchangeState::NEW
    });
}

fn mask_target(uri: &mut Uri) -> Option<MaskedPart> {
    let target = uri.path_and_query()?.as_str();
    if !target.starts_with('/') {
        return None;
    }
    let part = MaskedPart::target(target);
    let mask = format!("/{}", mask_text(target.len() - 1));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(mask.parse().ok()?);
    *uri = Uri::from_parts(parts).ok()?;
    Some(part)
}

/// Sets the time limit of the head of the response alone. ureq has none that begins with the request
/// and does not apply to the body.
pub(super) fn set_head_limit(limit: Option<Duration>) {
    let deadline = limit.and_then(|limit| ThreadClock.now().checked_add(limit));
    EXCHANGE.with_borrow_mut(|exchange| exchange.head_deadline = deadline);
}

/// Sets the time limit of each further read. Called when the head of the response is complete.
pub(super) fn set_stall_limit(limit: Option<Duration>) {
    EXCHANGE.with_borrow_mut(|exchange| {
        exchange.stall_limit = limit;
        exchange.head_deadline = None;
    });
}

/// Shortens a timeout of ureq to what is left for the head of the response.
fn limit_timeout(timeout: &mut NextTimeout) {
    let Some(deadline) = EXCHANGE.with_borrow(|exchange| exchange.head_deadline) else {
        return;
    };
    let left = deadline.saturating_duration_since(ThreadClock.now());
    if left < *timeout.after {
        timeout.after = left.into();
        timeout.reason = Timeout::Global;
    }
}

/// Ends a request. What ureq does with the connection later belongs to no request.
pub(super) fn end_exchange() {
    EXCHANGE.set(ExchangeState::NEW);
}

/// Whether bytes of the request may have been sent.
pub(super) fn has_sent_bytes() -> bool {
    EXCHANGE.with_borrow(|exchange| exchange.has_sent_bytes)
}

/// A connector or connection of ureq that updates the state of the exchange.
#[derive(Debug)]
pub(super) struct TrackedConnection<T>(T);

impl TrackedConnection<DefaultConnector> {
    pub(super) fn connector() -> Self {
        Self(DefaultConnector::new())
    }
}

impl Connector for TrackedConnection<DefaultConnector> {
    type Out = TrackedConnection<Box<dyn Transport>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let connection = self.0.connect(details, chained);
        // The bytes so far were the CONNECT request to a proxy.
        EXCHANGE.with_borrow_mut(|exchange| exchange.has_sent_bytes = false);
        Ok(connection?.map(TrackedConnection))
    }
}

impl Transport for TrackedConnection<Box<dyn Transport>> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, mut timeout: NextTimeout) -> Result<(), Error> {
        limit_timeout(&mut timeout);
        let output = &mut self.0.buffers().output()[..amount];
        EXCHANGE.with_borrow_mut(|exchange| {
            exchange.has_sent_bytes = true;
            exchange.unmask_output(output);
        });
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        limit_timeout(&mut timeout);
        if let Some(limit) = EXCHANGE.with_borrow(|exchange| exchange.stall_limit) {
            timeout.per_read = Some(limit.into());
        }
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

//! What ureq does not offer: to know whether a request was begun to be sent, which decides
//! whether it may have had an effect; to limit the wait for each piece of a body, but not that
//! for the head; and to keep what is sent out of its log, which at level `trace` has addresses and
//! all bytes of heads.
//!
//! ureq does all work of a request on the thread that asked for it, so what is noted about the
//! request belongs to the thread.

use std::cell::RefCell;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri, header};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

use runtime::http::Request;

thread_local! {
    static EXCHANGE: RefCell<Exchange> = const { RefCell::new(Exchange::NEW) };
}

/// What is noted about the request that this thread is sending.
struct Exchange {
    /// Whether bytes of the request were given to a connection.
    used: bool,
    /// How long to wait for each read.
    stall: Option<Duration>,
    /// What ureq knows as stars.
    hidden: Vec<Hidden>,
}

impl Exchange {
    const NEW: Self = Self {
        used: false,
        stall: None,
        hidden: Vec::new(),
    };

    /// Puts what was hidden in its place. Neither the line of the request nor a header is ever
    /// split between two outputs.
    fn disclose(&mut self, output: &mut [u8]) {
        self.hidden.retain(|hidden| {
            let known = hidden.known.as_bytes();
            let place = output.windows(known.len()).position(|w| w == known);
            let Some(place) = place else {
                return true;
            };
            let start = place + hidden.start;
            output[start..start + hidden.text.len()].copy_from_slice(&hidden.text);
            false
        });
    }
}

/// A part of a head that ureq does not know.
struct Hidden {
    /// The part as ureq knows it, with what stands around it.
    known: String,
    /// Where in it the stars begin.
    start: usize,
    /// What belongs there; as long as the stars.
    text: Vec<u8>,
}

impl Hidden {
    fn header(name: &HeaderName, value: &HeaderValue) -> Self {
        let before = format!("\r\n{name}: ");
        Self {
            known: format!("{before}{}\r\n", stars(value.len())),
            start: before.len(),
            text: value.as_bytes().to_vec(),
        }
    }

    /// The path and query, which begin with a slash.
    fn target(target: &str) -> Self {
        let text = target.as_bytes()[1..].to_vec();
        Self {
            known: format!("/{} HTTP/1.1\r\n", stars(text.len())),
            start: 1,
            text,
        }
    }
}

fn stars(length: usize) -> String {
    "*".repeat(length)
}

/// Headers that ureq has to understand, or that say nothing about the request.
const SHOWN: [HeaderName; 8] = [
    header::ACCEPT,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::USER_AGENT,
];

/// A request begins. Its path, its query and the values of most headers are taken out; the
/// connection puts them in again.
pub(super) fn begin(request: &mut Request) {
    let mut hidden = Vec::new();
    hidden.extend(hide_target(&mut request.uri));
    let headers = request.headers.iter_mut();
    for (name, value) in headers.filter(|(name, _)| !SHOWN.contains(name)) {
        if let Ok(stars) = HeaderValue::from_str(&stars(value.len())) {
            hidden.push(Hidden::header(name, value));
            *value = stars;
        }
    }
    EXCHANGE.set(Exchange {
        hidden,
        ..Exchange::NEW
    });
}

fn hide_target(uri: &mut Uri) -> Option<Hidden> {
    let target = uri.path_and_query()?.as_str();
    if !target.starts_with('/') {
        return None;
    }
    let hidden = Hidden::target(target);
    let known = format!("/{}", stars(target.len() - 1));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(known.parse().ok()?);
    *uri = Uri::from_parts(parts).ok()?;
    Some(hidden)
}

/// The body of the answer follows.
pub(super) fn head_is_here(stall: Option<Duration>) {
    EXCHANGE.with_borrow_mut(|exchange| exchange.stall = stall);
}

/// The request is over. What ureq does with the connection later is nobody's request.
pub(super) fn end() {
    EXCHANGE.set(Exchange::NEW);
}

/// Whether some of the request may have been sent.
pub(super) fn is_used() -> bool {
    EXCHANGE.with_borrow(|exchange| exchange.used)
}

/// A connector or a connection of ureq, and what passes through it is noted.
#[derive(Debug)]
pub(super) struct Noted<T>(T);

impl Noted<DefaultConnector> {
    pub(super) fn connector() -> Self {
        Self(DefaultConnector::new())
    }
}

impl Connector for Noted<DefaultConnector> {
    type Out = Noted<Box<dyn Transport>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let connection = self.0.connect(details, chained);
        // What was sent so far asked a proxy for a tunnel.
        EXCHANGE.with_borrow_mut(|exchange| exchange.used = false);
        Ok(connection?.map(Noted))
    }
}

impl Transport for Noted<Box<dyn Transport>> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = &mut self.0.buffers().output()[..amount];
        EXCHANGE.with_borrow_mut(|exchange| {
            exchange.used = true;
            exchange.disclose(output);
        });
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        if let Some(stall) = EXCHANGE.with_borrow(|exchange| exchange.stall) {
            timeout.per_read = Some(stall.into());
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

//! What ureq does not offer: to know whether a request was begun to be sent, which decides
//! whether it may have had an effect; to limit the wait for each piece of a body, but not that
//! for the head; and to keep credentials out of its log, which at level `trace` has all bytes
//! of heads.
//!
//! ureq does all work of a request on the thread that asked for it, so what is noted about the
//! request belongs to the thread.

use std::cell::RefCell;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

thread_local! {
    static EXCHANGE: RefCell<Exchange> = const { RefCell::new(Exchange::NEW) };
}

/// What is noted about the request that this thread is sending.
struct Exchange {
    /// Whether bytes of the request were given to a connection.
    used: bool,
    /// How long to wait for each read.
    stall: Option<Duration>,
    /// Headers that ureq knows with stars for their value.
    hidden: Vec<(HeaderName, HeaderValue)>,
}

impl Exchange {
    const NEW: Self = Self {
        used: false,
        stall: None,
        hidden: Vec::new(),
    };

    /// Puts what was hidden in its place. A header is never split between two outputs.
    fn disclose(&mut self, output: &mut [u8]) {
        self.hidden.retain(|(name, value)| {
            let line = format!("\r\n{name}: {}\r\n", stars(value));
            let place = output
                .windows(line.len())
                .position(|w| w == line.as_bytes());
            let Some(place) = place else {
                return true;
            };
            let end = place + line.len() - 2;
            output[end - value.len()..end].copy_from_slice(value.as_bytes());
            false
        });
    }
}

/// A text that is as long as a value.
fn stars(value: &HeaderValue) -> String {
    "*".repeat(value.len())
}

/// A request begins. The values of sensitive headers are taken out; the connection puts them in
/// again.
pub(super) fn begin(headers: &mut HeaderMap) {
    let mut hidden = Vec::new();
    for (name, value) in headers.iter_mut().filter(|(_, value)| value.is_sensitive()) {
        if let Ok(stars) = HeaderValue::from_str(&stars(value)) {
            hidden.push((name.clone(), std::mem::replace(value, stars)));
        }
    }
    EXCHANGE.set(Exchange {
        hidden,
        ..Exchange::NEW
    });
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

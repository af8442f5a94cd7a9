//! What ureq does not tell: whether a request was begun to be sent, which decides whether it may
//! have had an effect. And what it cannot limit: the wait for each piece of a body, without
//! limiting the wait for the head.
//!
//! ureq does all work of a request on the thread that asked for it, so what is noted about the
//! request belongs to the thread.

use std::cell::Cell;
use std::time::Duration;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

thread_local! {
    static EXCHANGE: Cell<Exchange> = const { Cell::new(Exchange::NEW) };
}

/// What is noted about the request that this thread is sending.
#[derive(Clone, Copy)]
struct Exchange {
    /// Whether bytes of the request were given to a connection.
    used: bool,
    /// How long to wait for each read.
    stall: Option<Duration>,
}

impl Exchange {
    const NEW: Self = Self {
        used: false,
        stall: None,
    };
}

/// A request begins.
pub(super) fn begin() {
    EXCHANGE.set(Exchange::NEW);
}

/// The body of the answer follows.
pub(super) fn head_is_here(stall: Option<Duration>) {
    EXCHANGE.set(Exchange { used: true, stall });
}

/// The request is over. What ureq does with the connection later is nobody's request.
pub(super) fn end() {
    begin();
}

/// Whether some of the request may have been sent.
pub(super) fn is_used() -> bool {
    EXCHANGE.get().used
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
        EXCHANGE.set(Exchange::NEW);
        Ok(connection?.map(Noted))
    }
}

impl Transport for Noted<Box<dyn Transport>> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let used = true;
        EXCHANGE.set(Exchange {
            used,
            ..EXCHANGE.get()
        });
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        if let Some(stall) = EXCHANGE.get().stall {
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

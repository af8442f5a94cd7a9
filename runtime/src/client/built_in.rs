//! The transport and the clock of a client that was given none.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::transport::Transport;

/// What a client was given.
pub(super) struct Wanted {
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) clock: Option<Arc<dyn Clock>>,
    /// Whether it is to block its thread.
    pub(super) is_blocking: bool,
    pub(super) connect_timeout: Duration,
}

/// What it gets.
pub(super) struct Chosen {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    /// Whether one of them is a built-in one that only works where tokio runs.
    #[cfg_attr(not(feature = "blocking"), expect(dead_code, reason = "nobody asks"))]
    pub(super) needs_tokio: bool,
}

impl Wanted {
    /// Fills in what is missing. A transport and a clock of ours are either both made for tokio
    /// or both made for blocked threads.
    pub(super) fn choose(self) -> Result<Chosen, Error> {
        let is_blocking = self.is_blocking
            || (self.transport.is_none() && cfg!(not(feature = "reqwest")))
            || cfg!(not(feature = "tokio"));
        let needs_tokio = !is_blocking && (self.transport.is_none() || self.clock.is_none());
        let transport = match self.transport {
            Some(transport) => transport,
            None if is_blocking => blocking_transport(self.connect_timeout)?,
            None => async_transport(self.connect_timeout)?,
        };
        let clock = match self.clock {
            Some(clock) => clock,
            None if is_blocking => blocking_clock()?,
            None => async_clock()?,
        };
        Ok(Chosen {
            transport,
            clock,
            needs_tokio,
        })
    }
}

#[cfg(feature = "reqwest")]
fn async_transport(connect_timeout: Duration) -> Result<Arc<dyn Transport>, Error> {
    use crate::transport::{ReqwestOptions, ReqwestTransport};
    let options = ReqwestOptions {
        connect_timeout,
        ..ReqwestOptions::default()
    };
    match ReqwestTransport::new(options) {
        Ok(transport) => Ok(Arc::new(transport)),
        Err(fault) => {
            Err(Error::build("the built-in transport cannot be set up").with_source(fault))
        }
    }
}

#[cfg(not(feature = "reqwest"))]
fn async_transport(connect_timeout: Duration) -> Result<Arc<dyn Transport>, Error> {
    blocking_transport(connect_timeout)
}

#[cfg(feature = "blocking")]
fn blocking_transport(connect_timeout: Duration) -> Result<Arc<dyn Transport>, Error> {
    use crate::transport::{UreqOptions, UreqTransport};
    Ok(Arc::new(UreqTransport::new(UreqOptions {
        connect_timeout,
        ..UreqOptions::default()
    })))
}

#[cfg(not(feature = "blocking"))]
fn blocking_transport(_: Duration) -> Result<Arc<dyn Transport>, Error> {
    Err(Error::build(
        "no transport: give one, or turn the feature `reqwest` or `blocking` on",
    ))
}

#[cfg(feature = "tokio")]
fn async_clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(crate::clock::SystemClock))
}

#[cfg(not(feature = "tokio"))]
fn async_clock() -> Result<Arc<dyn Clock>, Error> {
    blocking_clock()
}

#[cfg(feature = "blocking")]
fn blocking_clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(crate::clock::ThreadClock))
}

#[cfg(not(feature = "blocking"))]
fn blocking_clock() -> Result<Arc<dyn Clock>, Error> {
    Err(Error::build(
        "no clock: give one, or turn the feature `tokio` or `blocking` on",
    ))
}

//! The transport and the clock of a client that was given none.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::transport::Transport;

/// The built-in transport.
#[cfg(feature = "reqwest")]
pub(super) fn default_transport(connect_timeout: Duration) -> Result<Arc<dyn Transport>, Error> {
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
pub(super) fn default_transport(_: Duration) -> Result<Arc<dyn Transport>, Error> {
    Err(Error::build(
        "no transport: set one, or turn the feature `reqwest` on",
    ))
}

/// The built-in clock.
#[cfg(feature = "tokio")]
pub(super) fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(crate::clock::SystemClock))
}

#[cfg(not(feature = "tokio"))]
pub(super) fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    Err(Error::build(
        "no clock: set one, or turn the feature `tokio` on",
    ))
}

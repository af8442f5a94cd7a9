//! The server of the other tests on its own threads: the tests here have no async runtime.

use std::ops::Deref;
use std::sync::LazyLock;

use tokio::runtime::Runtime;

#[path = "../../../tests/wire/server.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod served;

pub(crate) use served::{Reply, Seen};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A server on a free port; it stops with the test's process.
pub(crate) struct Server(served::Server);

impl Server {
    pub(crate) fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self(RUNTIME.block_on(served::Server::start(handler)))
    }

    /// Responds to every request with one JSON text.
    pub(crate) fn always(body: &'static str) -> Self {
        Self::start(move |_| Reply::json(body))
    }
}

impl Deref for Server {
    type Target = served::Server;

    fn deref(&self) -> &served::Server {
        &self.0
    }
}

//! No secret gets to where it does not belong: not into spans, events or records of any log, not
//! into labels of metrics, errors, panics or `Debug`, not into journals or cassettes.
//!
//! Known texts are planted where secrets are, the client is led through everything that can
//! happen to it, all that anybody is told is kept, and the texts are searched in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "../../../runtime/tests/wire/api.rs"]
#[allow(dead_code, reason = "not every operation is used here")]
mod api;
mod detector;
mod evidence;
mod inventory;
mod listeners;
mod planted;
#[path = "../../../runtime/tests/credentials/api.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod platform;
mod proxy;
mod scenes;
#[path = "../../../runtime/tests/wire/server.rs"]
#[allow(dead_code, reason = "not everything that it can do is used here")]
mod server;
#[path = "../../../runtime/tests/wire/failures/table.rs"]
#[allow(dead_code, reason = "only what the server does is used here")]
mod table;
mod webhooks;

use evidence::Evidence;
use planted::MARKERS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_planted_secret_is_shown_whatever_happens() {
    let evidence = Evidence::new();
    listeners::install(&evidence);
    scenes::play(&evidence).await;
    evidence.control();
    evidence.check_known(MARKERS);
    if let Err(list) = evidence.verdict(MARKERS) {
        panic!("{list}");
    }
}

//! No secret is output where it must not be: in spans, events or log records, in labels of metrics,
//! errors, panics or `Debug`, in journals or cassettes.
//!
//! Known texts are used as secrets, the client runs through all scenes, all output is collected,
//! and the texts are searched in it.
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
mod harmless;
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

//! Every event has its effect once, although the receiving processes are killed at random.
//!
//! `cargo run -p tests --release --bin deliver -- run --sqlite FILE` does the same with any number
//! of events.

use std::path::Path;
use std::time::Duration;

use tests::deliver::audit::fresh_schema;
use tests::deliver::{Anyhow, DeliveryTask, InboxPlace, Tally, deliver};

const EVENTS: usize = 3_000;

/// Events that abort the process that handles them.
const POISON: usize = 3;

async fn run(place: InboxPlace, processes: usize) -> Anyhow<Tally> {
    let task = DeliveryTask {
        program: Path::new(env!("CARGO_BIN_EXE_deliver")).to_owned(),
        place,
        events: EVENTS,
        poison: POISON,
        processes,
        senders: 16,
        kill_every: Duration::from_millis(300),
        timeout: Duration::from_secs(600),
        seed: 7,
    };
    deliver(task).await
}

fn check(tally: &Tally) {
    assert_eq!(tally.effects, (EVENTS - POISON) as u64, "{tally}");
    assert_eq!(tally.dead_letters, POISON as u64, "{tally}");
    assert!(tally.aborts >= 4, "one of them is alone: {tally}");
    assert!(tally.deliveries > EVENTS, "some are repeated: {tally}");
    assert!(tally.kills >= 3, "hardly anything was killed: {tally}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_has_its_effect_once_on_sqlite() -> Anyhow<()> {
    let folder = tempfile::tempdir()?;
    let place = InboxPlace::Sqlite(folder.path().join("inbox.db"));
    check(&run(place, 1).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn every_event_has_its_effect_once_on_postgres() -> Anyhow<()> {
    let url = std::env::var("TEST_POSTGRES_URL").map_err(
        |_| "TEST_POSTGRES_URL is not set: run tests/postgres/install.sh DIR, which prints it",
    )?;
    let url = fresh_schema(&url, "deliveries").await?;
    check(&run(InboxPlace::Postgres(url), 3).await?);
    Ok(())
}

//! Processes share a limit of 25 requests per second without exceeding it in any second, also while
//! one is killed and another joins, and resume what it has left.
//!
//! `cargo run -p tests --bin fleet -- run --postgres URL` does the same.

use std::path::Path;
use std::time::Duration;

use tests::deliver::audit::fresh_schema;
use tests::fleet::{Anyhow, FleetTask, LIMIT, run_fleet};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn processes_share_a_limit_and_resume_what_one_has_left() -> Anyhow<()> {
    let url = std::env::var("TEST_POSTGRES_URL").map_err(
        |_| "TEST_POSTGRES_URL is not set: run tests/postgres/install.sh DIR, which prints it",
    )?;
    let tally = run_fleet(FleetTask {
        program: Path::new(env!("CARGO_BIN_EXE_fleet")).to_owned(),
        postgres: fresh_schema(&url, "fleet").await?,
        phase: Duration::from_secs(6),
    })
    .await?;
    assert!(tally.most_in_a_second <= LIMIT, "{tally}");
    // A second and 50 milliseconds for 25 requests.
    assert!(tally.per_second > 21.0, "{tally}");
    assert!(
        tally.left > 0,
        "the process was idle when it was killed: {tally}"
    );
    assert_eq!((tally.repeated, tally.pending), (0, 0), "{tally}");
    assert!(tally.executed > LIMIT * 12, "{tally}");
    Ok(())
}

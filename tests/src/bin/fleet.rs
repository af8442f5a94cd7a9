//! Three processes that share a rate limit and a journal: see `tests::fleet`.
//!
//! ```text
//! cargo run -p tests --bin fleet -- run --postgres "$(tests/postgres/install.sh DIR)"
//! ```

use std::io::{self, Write as _};
use std::time::Duration;

use clap::{Parser, Subcommand};
use tests::deliver::audit::fresh_schema;
use tests::fleet::member::run_member;
use tests::fleet::{Anyhow, FleetTask, run_fleet};

/// Three processes that share a rate limit and a journal through PostgreSQL.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Starts three processes, kills one, lets another join, and counts what the server received.
    Run {
        /// The URL of a database, in which the schema `fleet` is replaced.
        #[arg(long)]
        postgres: String,
        /// How long each phase takes, in seconds.
        #[arg(long, default_value_t = 10)]
        phase: u64,
    },
    /// Creates customers until its input ends.
    Member {
        /// The name of the process, with which its idempotency keys begin.
        #[arg(long)]
        name: String,
        /// The URL of the API.
        #[arg(long)]
        api: String,
        /// The URL of the database.
        #[arg(long)]
        postgres: String,
    },
}

#[tokio::main]
async fn main() -> Anyhow<()> {
    match Arguments::parse().command {
        Action::Run { postgres, phase } => {
            let task = FleetTask {
                program: std::env::current_exe()?,
                postgres: fresh_schema(&postgres, "fleet").await?,
                phase: Duration::from_secs(phase),
            };
            let tally = run_fleet(task).await?;
            writeln!(io::stdout(), "{tally}")?;
            Ok(())
        }
        Action::Member {
            name,
            api,
            postgres,
        } => run_member(&name, &api, &postgres).await,
    }
}

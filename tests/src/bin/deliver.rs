//! Delivers webhooks to processes that are killed again and again: see `tests::deliver`.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tests::deliver::{Place, Task, deliver, take};

/// Delivers webhooks to processes that are killed again and again.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sends events, kills processes, and checks that each event has had its effect once.
    Run(Run),
    /// Receives until its input ends.
    Take(Where),
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    place: Where,
    /// How many events happen.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// How many processes receive.
    #[arg(long, default_value_t = 1)]
    processes: usize,
    /// How many deliveries are under way at once.
    #[arg(long, default_value_t = 32)]
    senders: usize,
    /// A process is killed every so many milliseconds, on average.
    #[arg(long, default_value_t = 700)]
    kill_every: u64,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Where the inbox is.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Where {
    /// A file that is not there yet.
    #[arg(long)]
    sqlite: Option<PathBuf>,
    /// The URL of an empty database.
    #[arg(long)]
    postgres: Option<String>,
}

impl Where {
    fn place(self) -> Result<Place, Box<dyn Error + Send + Sync>> {
        match (self.sqlite, self.postgres) {
            (Some(path), _) => Ok(Place::Sqlite(path)),
            (None, Some(url)) => Ok(Place::Postgres(url)),
            (None, None) => Err("give --sqlite or --postgres".into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Arguments::parse().command {
        Command::Take(place) => take::take(place.place()?).await,
        Command::Run(run) => {
            let tally = deliver(Task {
                program: std::env::current_exe()?,
                place: run.place.place()?,
                events: run.events,
                processes: run.processes,
                senders: run.senders,
                kill_every: Duration::from_millis(run.kill_every),
                patience: Duration::from_secs(3_600),
                seed: run.seed,
            })
            .await?;
            writeln!(io::stdout(), "{tally}")?;
            Ok(())
        }
    }
}

//! Delivers webhooks to processes that are killed repeatedly: see `tests::deliver`.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tests::deliver::{DeliveryTask, InboxPlace, deliver, receiver_process};

/// Delivers webhooks to processes that are killed repeatedly.
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
    Receive(Where),
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    place: Where,
    /// How many events happen.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// How many of them abort the process that handles them, and must become dead letters.
    #[arg(long, default_value_t = 0)]
    poison: usize,
    /// How many processes receive.
    #[arg(long, default_value_t = 1)]
    processes: usize,
    /// How many deliveries are in flight at the same time.
    #[arg(long, default_value_t = 32)]
    senders: usize,
    /// A process is killed every so many milliseconds, on average.
    #[arg(long, default_value_t = 700)]
    kill_every: u64,
    /// The seed of all random numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Where the inbox is.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Where {
    /// A file that does not exist yet.
    #[arg(long)]
    sqlite: Option<PathBuf>,
    /// The URL of an empty database.
    #[arg(long)]
    postgres: Option<String>,
}

impl Where {
    fn place(self) -> Result<InboxPlace, Box<dyn Error + Send + Sync>> {
        match (self.sqlite, self.postgres) {
            (Some(path), _) => Ok(InboxPlace::Sqlite(path)),
            (None, Some(url)) => Ok(InboxPlace::Postgres(url)),
            (None, None) => Err("give --sqlite or --postgres".into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Arguments::parse().command {
        Command::Receive(place) => receiver_process::receive_until_eof(place.place()?).await,
        Command::Run(run) => {
            let tally = deliver(DeliveryTask {
                program: std::env::current_exe()?,
                place: run.place.place()?,
                events: run.events,
                poison: run.poison,
                processes: run.processes,
                senders: run.senders,
                kill_every: Duration::from_millis(run.kill_every),
                timeout: Duration::from_secs(3_600),
                seed: run.seed,
            })
            .await?;
            writeln!(io::stdout(), "{tally}")?;
            Ok(())
        }
    }
}

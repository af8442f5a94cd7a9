//! The cost of storing a webhook before responding: the same route, with and without an inbox.
//!
//! ```text
//! cargo run -p tests --release --bin receive -- --postgres URL
//! ```
//!
//! Each row is a whole run over loopback: signing, sending, verifying, storing, responding. The
//! sender runs in the same process and costs the same in every row, so compare rows.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use tests::deliver::SECRET;
use tests::deliver::audit::fresh_schema;
use tests::deliver::null_inbox::NullInbox;
use tests::deliver::plan::DeliveryPlan;
use tests::deliver::sender::WebhookSender;
use webhooks::{Inbox, MemoryInbox, Receiver, Verifier, axum_route};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::SqliteInbox;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures verify, store and respond.
#[derive(Parser)]
struct Arguments {
    /// How many webhooks are sent in each run.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// How many are in flight at the same time.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    concurrency: Vec<usize>,
    /// How often each run is repeated; the fastest counts.
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// The URL of a PostgreSQL database; without it, that row is left out.
    #[arg(long)]
    postgres: Option<String>,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout();
    writeln!(out, "at once  inbox     webhooks/s  of none")?;
    for &at_once in &arguments.concurrency {
        let mut rate_of_none = 0.0;
        for inbox in ["none", "memory", "sqlite", "postgres"] {
            if inbox == "postgres" && arguments.postgres.is_none() {
                continue;
            }
            let mut best = Duration::MAX;
            for _ in 0..arguments.repeat {
                best = best.min(once(&arguments, inbox, at_once).await?);
            }
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let rate = arguments.requests as f64 / best.as_secs_f64();
            if inbox == "none" {
                rate_of_none = rate;
            }
            let share = rate / rate_of_none * 100.0;
            writeln!(
                out,
                "{at_once:>7}  {inbox:<8}  {rate:>10.0}  {share:>5.0} %"
            )?;
        }
    }
    Ok(())
}

/// Sends all webhooks to a new server with an empty inbox.
async fn once(arguments: &Arguments, inbox: &str, at_once: usize) -> Outcome<Duration> {
    let folder = tempfile::tempdir()?;
    match (inbox, &arguments.postgres) {
        ("none", _) => send(arguments, NullInbox::default(), at_once).await,
        ("memory", _) => send(arguments, MemoryInbox::new(), at_once).await,
        ("postgres", Some(url)) => {
            let url = fresh_schema(url, "receive").await?;
            send(arguments, PostgresInbox::connect(&url).await?, at_once).await
        }
        _ => {
            let inbox = SqliteInbox::open(folder.path().join("inbox.db")).await?;
            send(arguments, inbox, at_once).await
        }
    }
}

async fn send(
    arguments: &Arguments,
    inbox: impl Into<Arc<dyn Inbox>>,
    at_once: usize,
) -> Outcome<Duration> {
    let receiver = Receiver::new(Verifier::new(SECRET)?, inbox);
    let app = axum::Router::new().route("/webhooks", axum_route(receiver));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let sender = WebhookSender::new()?;
    let (next, total) = (Arc::new(AtomicUsize::new(0)), arguments.requests);
    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let begun = Instant::now();
    let senders: Vec<_> = (0..at_once)
        .map(|_| tokio::spawn(post_all(sender.clone(), address, Arc::clone(&next), total)))
        .collect();
    for sender in senders {
        sender.await??;
    }
    let time = begun.elapsed();
    server.abort();
    Ok(time)
}

async fn post_all(
    sender: WebhookSender,
    address: SocketAddr,
    next: Arc<AtomicUsize>,
    total: usize,
) -> Outcome<()> {
    let plan = DeliveryPlan {
        events: total,
        poison: 0,
        deliveries: Vec::new(),
    };
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= total {
            return Ok(());
        }
        if !sender.send_webhook(address, &plan.body(number)).await? {
            return Err("a webhook was not stored".into());
        }
    }
}

//! The process that receives: axum, receiver, inbox and worker, as a program would have them.

use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use runtime::value::RawJson;
use tokio::net::TcpListener;
use tokio::sync::watch;
use webhooks::{
    Backoff, Delivery, HandlerError, Inbox, Receiver, Router, Verifier, Worker, axum_route,
};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::SqliteInbox;
use webhooks_sqlite::sqlx;

use super::plan::POISON_TYPE;
use super::processes::LISTENING;
use super::{Anyhow, InboxPlace, SECRET};

/// The percentage of events whose first attempt fails.
const FAILING_PERCENT: u64 = 3;

/// How long the leases of a killed process last.
const LEASE: Duration = Duration::from_secs(1);

/// Receives until its input ends.
///
/// # Errors
/// If the inbox cannot be opened or the port not be listened to.
pub async fn receive_until_eof(place: InboxPlace) -> Anyhow<()> {
    match place {
        InboxPlace::Sqlite(path) => {
            let inbox = SqliteInbox::open(path).await?;
            let handling = inbox.clone();
            let router = Router::new().fallback(move |delivery| sqlite(handling.clone(), delivery));
            serve(inbox, router).await
        }
        InboxPlace::Postgres(url) => {
            let inbox = PostgresInbox::connect(&url).await?;
            let handling = inbox.clone();
            let router =
                Router::new().fallback(move |delivery| postgres(handling.clone(), delivery));
            serve(inbox, router).await
        }
    }
}

async fn serve(inbox: impl Into<Arc<dyn Inbox>> + Clone, router: Router) -> Anyhow<()> {
    let (stop, stopped) = watch::channel(false);
    std::thread::spawn(move || {
        let mut rest = Vec::new();
        let _ = io::stdin().read_to_end(&mut rest);
        stop.send(true)
    });
    let receiver = Receiver::new(Verifier::new(SECRET)?, inbox.clone());
    let app = axum::Router::new().route("/webhooks", axum_route(receiver));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let worker = Worker::new(inbox, router)?
        .concurrency(16)
        .lease_duration(LEASE)
        .poll_interval(Duration::from_millis(100))
        .backoff(Backoff::new(
            Duration::from_millis(20),
            Duration::from_secs(1),
            1_000,
        ));
    let working = tokio::spawn(worker.run(wait_for_stop(stopped.clone())));
    writeln!(io::stdout(), "{LISTENING}{}", listener.local_addr()?)?;
    axum::serve(listener, app)
        .with_graceful_shutdown(wait_for_stop(stopped))
        .await?;
    working.await?;
    Ok(())
}

async fn wait_for_stop(mut stopped: watch::Receiver<bool>) {
    // An error means that the thread is gone, which ends this as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// How long the handler takes. Some first attempts fail, and poison ends the process.
fn handling_time<T>(delivery: &Delivery<T>) -> Result<Duration, HandlerError> {
    if delivery.type_() == POISON_TYPE {
        std::process::abort();
    }
    let number = number(delivery.id());
    if delivery.attempt() == 1 && number % 100 < FAILING_PERCENT {
        return Err(HandlerError::from("a transient error"));
    }
    Ok(Duration::from_millis(number % 4))
}

fn number(id: &str) -> u64 {
    id.trim_start_matches("evt_").parse().unwrap_or(0)
}

async fn sqlite(inbox: SqliteInbox, delivery: Delivery<RawJson>) -> Result<(), HandlerError> {
    tokio::time::sleep(handling_time(&delivery)?).await;
    let mut transaction = inbox.begin_transaction(delivery.lease()).await?;
    sqlx::query("INSERT INTO effects (event) VALUES (?)")
        .bind(delivery.id())
        .execute(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn postgres(inbox: PostgresInbox, delivery: Delivery<RawJson>) -> Result<(), HandlerError> {
    let pause = handling_time(&delivery)?;
    let mut transaction = inbox.begin_transaction(delivery.lease()).await?;
    sqlx::query("INSERT INTO effects (event) VALUES ($1)")
        .bind(delivery.id())
        .execute(transaction.connection())
        .await?;
    // Longer in the transaction, so that more processes are killed in one.
    tokio::time::sleep(pause).await;
    transaction.commit().await?;
    Ok(())
}

//! Receives events as a program in production does: verify, store, answer, handle, and catch up on
//! what was missed.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… STRIPE_WEBHOOK_SECRET=whsec_… \
//!     cargo run -p stripe --features axum,sqlite --example webhook_server
//! ```
//!
//! listens on 127.0.0.1:8080 (`LISTEN` names another address) and keeps its inbox in `events.db`
//! (`INBOX` names another file). While it runs, or when it does not, the same program looks after
//! what could not be handled:
//!
//! ```text
//! … --example webhook_server -- stats
//! … --example webhook_server -- dead
//! … --example webhook_server -- show evt_123
//! … --example webhook_server -- replay evt_123
//! … --example webhook_server -- discard evt_123
//! ```
//!
//! If `STRIPE_API_BASE` is set, it talks to that server instead of Stripe, for example to
//! localstripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::Router as App;
use stripe::webhooks::{
    Delivery, HandlerError, Inbox, ClaimOrder, Receiver, Router, Worker, axum_route,
};
use stripe::webhooks::sqlite::{SqliteInbox, sqlx};
use stripe::webhooks::Reconciler;
use stripe::webhooks::{EventData, EventExt as _, Verifier, VersionPolicy, kinds};
use stripe::{Client, resources};
use tokio::net::TcpListener;
use tokio::sync::watch;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let file = env::var("INBOX").unwrap_or_else(|_| "events.db".to_owned());
    let inbox = SqliteInbox::open(file).await?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => serve(inbox).await,
        ["stats"] => {
            println!("{:?}", inbox.collect_stats().await?);
            Ok(())
        }
        ["dead"] => list_dead_letters(&inbox).await,
        ["show", id] => show(&inbox, id).await,
        ["replay", id] => tell(inbox.replay_dead_letter(id).await?, "is due again"),
        ["discard", id] => tell(inbox.discard_dead_letter(id).await?, "is given up"),
        _ => Err("usage: webhook_server [stats | dead | show ID | replay ID | discard ID]".into()),
    }
}

async fn serve(inbox: SqliteInbox) -> Outcome {
    create_tables(&inbox).await?;
    let client = client()?;
    let (stop, stopped) = watch::channel(false);

    // The receiving half: what is answered with 200 is on disk.
    // Several secrets, separated by commas, are accepted while one is being rolled.
    let verifier = Verifier::from_env("STRIPE_WEBHOOK_SECRET")?
        .version_policy(VersionPolicy::warn(stripe::API.version));
    let receiver = Receiver::new(verifier, inbox.clone());
    let app = App::new().route("/webhooks", axum_route(receiver));
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);

    // The working half. It could as well be another process on the same file.
    let worker = Worker::new(inbox.clone(), router(&inbox))?.order(ClaimOrder::PerObject);
    let working = tokio::spawn(worker.run(told(stopped.clone())));

    // And what was missed: at start, and every quarter of an hour.
    let reconciler = Reconciler::events(&client, inbox);
    let sweep_stopped = told(stopped.clone());
    let reconciling = tokio::spawn(async move {
        let every = Duration::from_secs(900);
        let report = |outcome| match outcome {
            Ok(report) => println!("sweep: {report}"),
            Err(error) => println!("sweep: {error}"),
        };
        reconciler.run(every, sweep_stopped, report).await;
    });

    tokio::spawn(async move {
        end_of_process().await;
        stop.send(true)
    });
    axum::serve(listener, app)
        .with_graceful_shutdown(told(stopped))
        .await?;
    println!("{:?}", working.await?);
    reconciling.await?;
    Ok(())
}

/// Which handler gets which event.
fn router(inbox: &SqliteInbox) -> Router {
    let inbox = inbox.clone();
    Router::new()
        .on(kinds::CUSTOMER_CREATED, move |delivery| {
            greet(inbox.clone(), delivery)
        })
        .on(kinds::CHARGE_SUCCEEDED, |delivery| async move {
            let charge = delivery.object()?;
            println!(
                "{}: {} {} paid",
                delivery.id(),
                charge.amount,
                charge.currency
            );
            Ok(())
        })
        .fallback(|delivery| async move { describe(&delivery) })
}

/// Writes the effect and the end of the event in one transaction: it happens once, even if this
/// process dies in the middle.
async fn greet(inbox: SqliteInbox, delivery: Delivery<resources::Customer>) -> Result<(), HandlerError> {
    let customer = delivery.object()?;
    let mut work = inbox.begin_transaction(delivery.lease()).await?;
    sqlx::query("INSERT INTO greetings (customer, email) VALUES (?, ?)")
        .bind(customer.id.as_str())
        .bind(&customer.email)
        .execute(work.connection())
        .await?;
    work.commit().await?;
    println!("{}: greeted {}", delivery.id(), customer.id);
    Ok(())
}

/// Handles what has no handler of its own, by its typed data.
fn describe(delivery: &Delivery) -> Result<(), HandlerError> {
    let event = delivery.event()?;
    match event.data() {
        EventData::InvoicePaid(invoice) => {
            println!("{}: {} is paid", event.id(), invoice.object()?.total);
        }
        EventData::CustomerUpdated(customer) => {
            let email: Option<String> = customer.previous("email")?;
            println!("{}: the email was {email:?}", event.id());
        }
        EventData::Unknown(_) => println!("{}: the new type {}", event.id(), event.type_()),
        _ => println!("{}: {}", event.id(), event.type_()),
    }
    Ok(())
}

async fn create_tables(inbox: &SqliteInbox) -> Outcome {
    sqlx::query("CREATE TABLE IF NOT EXISTS greetings (customer TEXT NOT NULL, email TEXT)")
        .execute(inbox.pool())
        .await?;
    Ok(())
}

async fn list_dead_letters(inbox: &SqliteInbox) -> Outcome {
    let mut after = None;
    loop {
        let letters = inbox.list_dead_letters(after.as_deref(), 100).await?;
        for letter in &letters {
            let entry = &letter.message;
            println!(
                "{} {} after {} attempts: {}",
                entry.id, entry.type_, letter.attempts, letter.reason
            );
        }
        match letters.last() {
            Some(last) => after = Some(last.message.id.clone()),
            None => return Ok(()),
        }
    }
}

async fn show(inbox: &SqliteInbox, id: &str) -> Outcome {
    let record = inbox.find_message(id).await?.ok_or("the inbox has no such event")?;
    println!("{record:?}");
    if let Some(body) = record.body {
        println!("{}", body.as_str());
    }
    Ok(())
}

fn tell(found: bool, what: &str) -> Outcome {
    if !found {
        return Err("there is no such dead letter".into());
    }
    println!("it {what}");
    Ok(())
}

fn client() -> Result<Client, stripe::Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody can tell any more.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Ctrl-C, or the signal with which service managers end a process.
async fn end_of_process() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

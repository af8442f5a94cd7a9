//! Receives events as a program in production does: verify, store, respond, handle, and reconcile
//! what was not delivered.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… STRIPE_WEBHOOK_SECRET=whsec_… \
//!     cargo run -p typed-api-stripe --features axum,sqlite --example webhook_server
//! ```
//!
//! listens on 127.0.0.1:8080 (`LISTEN` names another address) and keeps its inbox in `events.db`
//! (`INBOX` names another file). While it runs, or when it does not, the same program inspects the
//! inbox and resolves dead letters:
//!
//! ```text
//! … --example webhook_server -- stats
//! … --example webhook_server -- dead
//! … --example webhook_server -- show evt_123
//! … --example webhook_server -- replay evt_123
//! … --example webhook_server -- discard evt_123
//! ```
//!
//! If `STRIPE_API_BASE` is set, it uses that server instead of Stripe, for example localstripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::Router as App;
use stripe::webhooks::sqlite::{SqliteInbox, sqlx};
use stripe::webhooks::{
    ClaimOrder, Delivery, EventData, EventExt as _, HandlerError, InboxAdmin as _, Receiver,
    Reconciler, Router, Verifier, VersionPolicy, Worker, axum_route, kinds,
};
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
        ["show", id] => show_message(&inbox, id).await,
        ["replay", id] => print_result(inbox.replay_dead_letter(id).await?, "is due again"),
        ["discard", id] => print_result(inbox.discard_dead_letter(id).await?, "is discarded"),
        _ => Err("usage: webhook_server [stats | dead | show ID | replay ID | discard ID]".into()),
    }
}

async fn serve(inbox: SqliteInbox) -> Outcome {
    create_tables(&inbox).await?;
    let client = client()?;
    let (stop, stopped) = watch::channel(false);

    // The receiver: a message is on disk before the response 200.
    // Several secrets, separated by commas, are accepted while one is being rolled.
    let verifier = Verifier::from_env("STRIPE_WEBHOOK_SECRET")?
        .version_policy(VersionPolicy::warn(stripe::API.version));
    let receiver = Receiver::new(verifier, inbox.clone());
    let app = App::new().route("/webhooks", axum_route(receiver));
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);

    // The worker. It could as well be another process with the same file.
    let worker = Worker::new(inbox.clone(), router(&inbox))?.order(ClaimOrder::PerObject);
    let working = tokio::spawn(worker.run(wait_for_stop(stopped.clone())));

    // The reconciler, at start and every 15 minutes.
    let reconciler = Reconciler::events(&client, inbox);
    let reconcile_stop = wait_for_stop(stopped.clone());
    let reconciling = tokio::spawn(async move {
        let interval = Duration::from_secs(900);
        let print = |result| match result {
            Ok(report) => println!("reconciled: {report}"),
            Err(error) => println!("reconciled: {error}"),
        };
        reconciler.run(interval, reconcile_stop, print).await;
    });

    tokio::spawn(async move {
        wait_for_signal().await;
        stop.send(true)
    });
    axum::serve(listener, app)
        .with_graceful_shutdown(wait_for_stop(stopped))
        .await?;
    println!("{:?}", working.await?);
    reconciling.await?;
    Ok(())
}

/// The handlers by type of event.
fn router(inbox: &SqliteInbox) -> Router {
    let inbox = inbox.clone();
    Router::new()
        .on(kinds::CUSTOMER_CREATED, move |delivery| {
            greet_customer(inbox.clone(), delivery)
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
        .fallback(|delivery| async move { print_event(&delivery) })
}

/// Writes the effect and completes the event in one transaction: it happens once, even if this
/// process crashes in between.
async fn greet_customer(
    inbox: SqliteInbox,
    delivery: Delivery<resources::Customer>,
) -> Result<(), HandlerError> {
    let customer = delivery.object()?;
    let mut transaction = inbox.begin_transaction(delivery.lease()).await?;
    sqlx::query("INSERT INTO greetings (customer, email) VALUES (?, ?)")
        .bind(customer.id.as_str())
        .bind(&customer.email)
        .execute(transaction.connection())
        .await?;
    transaction.commit().await?;
    println!("{}: greeted {}", delivery.id(), customer.id);
    Ok(())
}

/// Handles events without a handler of their own, by their typed data.
fn print_event(delivery: &Delivery) -> Result<(), HandlerError> {
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
            let message = &letter.message;
            println!(
                "{} {} after {} attempts: {}",
                message.id, message.type_, letter.attempts, letter.reason
            );
        }
        match letters.last() {
            Some(last) => after = Some(last.message.id.clone()),
            None => return Ok(()),
        }
    }
}

async fn show_message(inbox: &SqliteInbox, id: &str) -> Outcome {
    let record = inbox
        .find_message(id)
        .await?
        .ok_or("the inbox has no such event")?;
    println!("{record:?}");
    if let Some(body) = record.body {
        println!("{}", body.as_str());
    }
    Ok(())
}

fn print_result(is_found: bool, what: &str) -> Outcome {
    if !is_found {
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

async fn wait_for_stop(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which also means to stop.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Waits for Ctrl-C, or for the signal with which service managers stop a process.
async fn wait_for_signal() {
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

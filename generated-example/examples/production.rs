//! A client as a service in production has it: a key from a mounted file, a share of the rate
//! limits, a journal of pending writes, deadlines, metrics, logs and a health endpoint.
//!
//! ```text
//! STRIPE_KEY_FILE=/run/secrets/stripe RUST_LOG=runtime=info \
//!     cargo run -p typed-api-stripe --features axum,journal,metrics --example production
//! ```
//!
//! listens on 127.0.0.1:3000 (`LISTEN` names another address). `POST /payments/ORDER` charges an
//! order, `GET /health` is for the load balancer. `JOURNAL` names the file of the journal, `PROCESS`
//! and `PROCESSES` the number of this process and how many there are. If `STRIPE_API_BASE` is set,
//! the program uses that server instead of Stripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use stripe::Client;
use stripe::auth::FileKey;
use stripe::circuit_breaker::CircuitBreaker;
use stripe::journal::FileJournal;
use stripe::observe::{AlertThreshold, HealthWindow, MetricsObserver};
use stripe::payment_intents::CreatePaymentIntent;
use stripe::rate_limit::{Limiter, QuotaShare};
use tokio::net::TcpListener;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Clone)]
struct Service {
    client: Client,
    health: HealthWindow,
}

#[tokio::main]
async fn main() -> Outcome {
    // Install the recorder of `metrics` here as well, before the client is built.
    tracing_subscriber::fmt::init();
    let service = connect()?;
    resume_pending(&service.client).await?;

    let app = axum::Router::new()
        .route("/payments/{order}", post(pay))
        .route("/health", get(report_health))
        .with_state(service);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    // Requests that are in flight are completed.
    axum::serve(listener, app)
        .with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap_or(()) })
        .await?;
    Ok(())
}

/// One client for the whole process; clones share connections, limits and circuits.
fn connect() -> Outcome<Service> {
    let limits = stripe::API.limits.ok_or("the document states no limits")?;
    let share = QuotaShare::of_process(number("PROCESS", 0)?, number("PROCESSES", 1)?);
    let health = HealthWindow::new()
        .on_alert(AlertThreshold::error_rate(0.05).min_calls(50), |now| {
            println!("{:.1} % of the calls fail", 100.0 * now.error_rate())
        });
    let journal = env::var("JOURNAL").unwrap_or_else(|_| "stripe.journal".to_owned());
    let builder = Client::builder()
        // Read again when the file changes, and after a 401.
        .credentials(FileKey::new(env::var("STRIPE_KEY_FILE")?))
        .rate_limiter(
            Limiter::new(limits)
                .quota(share)
                .longest_wait(Duration::from_secs(2)),
        )
        // As by default, but the first probe comes after two seconds.
        .circuit_breaker(
            CircuitBreaker::new().open_for(Duration::from_secs(2), Duration::from_secs(30)),
        )
        // Callers of this service wait for ten seconds.
        .deadline(Duration::from_secs(9))
        .journal(FileJournal::open(journal)?)
        .observer(health.clone())
        .observer(MetricsObserver::new())
        // Messages of the API may contain personal data.
        .show_error_messages(false)
        .app_info("shop", Some(env!("CARGO_PKG_VERSION")), None);
    let client = match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build()?,
        Err(_) => builder.build()?,
    };
    Ok(Service { client, health })
}

fn number<T: std::str::FromStr>(variable: &str, default: T) -> Result<T, T::Err> {
    env::var(variable).map_or(Ok(default), |text| text.parse())
}

/// Sends the writes again whose outcome an earlier process did not learn. The idempotency key
/// ensures that the server executes each once.
async fn resume_pending(client: &Client) -> Outcome {
    for write in client.pending_writes().await? {
        match client.resume(&write).await {
            Ok(_) => println!("resumed {} ({})", write.operation, write.key),
            // It stays in the journal if its outcome is still unknown.
            Err(error) => println!("{} ({}): {error}", write.operation, write.key),
        }
    }
    Ok(())
}

/// Charges an order. Callers may repeat the request: the idempotency key is made of the order.
async fn pay(State(service): State<Service>, Path(order): Path<String>) -> (StatusCode, String) {
    let params = CreatePaymentIntent::new(2_000, "eur")
        .payment_method_types(["card"])
        .payment_method("pm_card_visa")
        .confirm(true)
        .metadata([("order", &order)]);
    let call = service.client.payment_intents().create(params);
    match call.idempotency_key(format!("order-{order}-payment")).await {
        Ok(intent) => (StatusCode::OK, intent.status.to_string()),
        Err(error) => answer(&error),
    }
}

/// What a caller has to know: whether to repeat the request.
fn answer(error: &stripe::Error) -> (StatusCode, String) {
    let reason = error.kind().as_str();
    let status = if error.is_card_declined() {
        StatusCode::PAYMENT_REQUIRED
    } else if error.outcome().is_unknown() {
        // The journal has the write. The caller asks again, with the same order.
        StatusCode::ACCEPTED
    } else if error.is_circuit_open() || error.is_queue_full() || error.is_queue_timeout() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    (status, reason.to_owned())
}

async fn report_health(State(service): State<Service>) -> (StatusCode, String) {
    let now = service.health.snapshot(&service.client);
    let is_healthy = now.calls < 50 || now.error_rate() < 0.5;
    let status = match is_healthy {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (
        status,
        format!("{} calls, {:.2}", now.calls, now.error_rate()),
    )
}

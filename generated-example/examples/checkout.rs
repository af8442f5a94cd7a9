//! A shop: sells with Checkout, and fulfils each paid order exactly once.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… STRIPE_WEBHOOK_SECRET=whsec_… \
//!     cargo run -p typed-api-stripe --features axum,sqlite --example checkout
//! ```
//!
//! listens on 127.0.0.1:3000 (`LISTEN` names another address) and keeps its orders, together with
//! the inbox of events, in `shop.db` (`DATABASE` names another file). `POST /orders` creates an
//! order and redirects to the payment page, `GET /orders/ID` shows its state, and `POST /webhook`
//! receives the events.
//!
//! If `STRIPE_API_BASE` is set, it uses that server instead of Stripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use stripe::Client;
use stripe::checkout::sessions::{CreateLineItemParams, CreateSession};
use stripe::params::{LineItemPriceDataParams, ProductDataParams};
use stripe::resources::CheckoutSession;
use stripe::resources::checkout_session::PaymentStatus;
use stripe::webhooks::sqlite::{SqliteInbox, sqlx};
use stripe::webhooks::{Delivery, HandlerError, Receiver, Router, Worker, axum_route, kinds};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Clone)]
struct Shop {
    client: Client,
    /// The orders are in the database of the inbox, so that one transaction covers both.
    inbox: SqliteInbox,
    /// Where the browser finds this program.
    url: String,
}

#[tokio::main]
async fn main() -> Outcome {
    let file = env::var("DATABASE").unwrap_or_else(|_| "shop.db".to_owned());
    let inbox = SqliteInbox::open(file).await?;
    create_tables(&inbox).await?;
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let shop = Shop {
        client: client()?,
        inbox: inbox.clone(),
        url: env::var("SHOP_URL").unwrap_or_else(|_| format!("http://{address}")),
    };

    let verifier = stripe::webhooks::verifier(env::var("STRIPE_WEBHOOK_SECRET")?)?;
    let receiver = Receiver::new(verifier, inbox.clone());
    let app = axum::Router::new()
        .route("/orders", post(create_order))
        .route("/orders/{id}", get(show_order))
        .with_state(shop)
        .route("/webhook", axum_route(receiver));

    let (stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(inbox.clone(), router(&inbox))?;
    let working = tokio::spawn(worker.run(async { stopped.await.unwrap_or(()) }));

    println!("listening on {address}");
    axum::serve(listener, app)
        .with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap_or(()) })
        .await?;
    // There are no more requests: the worker completes the events that it has claimed.
    drop(stop);
    println!("{:?}", working.await?);
    Ok(())
}

async fn create_tables(inbox: &SqliteInbox) -> Outcome {
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS orders (
            id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(8)))),
            state TEXT NOT NULL DEFAULT 'open'
        )",
    )
    .execute(inbox.pool())
    .await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS shipments (order_id TEXT NOT NULL)")
        .execute(inbox.pool())
        .await?;
    Ok(())
}

/// Stores the order, then creates the session with a key made of the order's id.
async fn create_order(State(shop): State<Shop>) -> Result<Redirect, Failure> {
    let order: String = sqlx::query_scalar("INSERT INTO orders DEFAULT VALUES RETURNING id")
        .fetch_one(shop.inbox.pool())
        .await?;
    let shirt = LineItemPriceDataParams::new("eur")
        .unit_amount(2_000)
        .product_data(ProductDataParams::new("T-shirt"));
    let params = CreateSession::new()
        .mode("payment")
        .line_items([CreateLineItemParams::new().price_data(shirt).quantity(1)])
        .client_reference_id(&order)
        .success_url(format!("{}/orders/{order}", shop.url));
    let session = shop
        .client
        .checkout()
        .sessions()
        .create(params)
        .idempotency_key(format!("order-{order}-checkout"))
        .await?;
    let url = session.url.ok_or("the session has no URL")?;
    Ok(Redirect::to(&url))
}

async fn show_order(State(shop): State<Shop>, Path(id): Path<String>) -> Result<String, Failure> {
    let state: Option<String> = sqlx::query_scalar("SELECT state FROM orders WHERE id = ?")
        .bind(&id)
        .fetch_optional(shop.inbox.pool())
        .await?;
    Ok(state.unwrap_or_else(|| "unknown".to_owned()))
}

/// Three types of events decide about an order.
fn router(inbox: &SqliteInbox) -> Router {
    let [paid, paid_later, failed] = [inbox.clone(), inbox.clone(), inbox.clone()];
    Router::new()
        .on(kinds::CHECKOUT_SESSION_COMPLETED, move |delivery| {
            fulfil(paid.clone(), delivery)
        })
        .on(
            kinds::CHECKOUT_SESSION_ASYNC_PAYMENT_SUCCEEDED,
            move |delivery| fulfil(paid_later.clone(), delivery),
        )
        .on(
            kinds::CHECKOUT_SESSION_ASYNC_PAYMENT_FAILED,
            move |delivery| cancel(failed.clone(), delivery),
        )
        .fallback(|_| async { Ok(()) })
}

/// Ships the order and completes the event in one transaction, so that both happen or neither.
async fn fulfil(
    inbox: SqliteInbox,
    delivery: Delivery<CheckoutSession>,
) -> Result<(), HandlerError> {
    let session = delivery.object()?;
    match session.payment_status {
        PaymentStatus::Paid | PaymentStatus::NoPaymentRequired => {}
        // A bank debit, for example: a later event says whether the payment succeeded.
        _ => return Ok(()),
    }
    let order = order_of(&session)?;
    let mut transaction = inbox.begin_transaction(delivery.lease()).await?;
    // Another event may have been the first one about this order.
    let update = sqlx::query("UPDATE orders SET state = 'paid' WHERE id = ? AND state = 'open'")
        .bind(order)
        .execute(transaction.connection())
        .await?;
    if update.rows_affected() == 1 {
        sqlx::query("INSERT INTO shipments (order_id) VALUES (?)")
            .bind(order)
            .execute(transaction.connection())
            .await?;
        println!("order {order} is shipped");
    }
    transaction.commit().await?;
    Ok(())
}

async fn cancel(
    inbox: SqliteInbox,
    delivery: Delivery<CheckoutSession>,
) -> Result<(), HandlerError> {
    let session = delivery.object()?;
    let order = order_of(&session)?;
    let update = sqlx::query("UPDATE orders SET state = 'failed' WHERE id = ? AND state = 'open'")
        .bind(order)
        .execute(inbox.pool())
        .await?;
    if update.rows_affected() == 1 {
        println!("order {order} is not paid");
    }
    Ok(())
}

fn order_of(session: &CheckoutSession) -> Result<&str, HandlerError> {
    let order = session.client_reference_id.as_deref();
    order.ok_or_else(|| HandlerError::permanent("the session belongs to no order"))
}

/// What the browser gets if an order cannot be created.
struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        println!("{}", self.0);
        let text = "The payment page is not available. Please try again.";
        (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
    }
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, stripe::Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}

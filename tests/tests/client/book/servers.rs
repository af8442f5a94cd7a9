//! Programs that are servers, against the schema server.

use std::fs;
use std::time::Duration;

use http::{Request, StatusCode};
use http_client::{HttpClient, HttpOptions, ProxyChoice, read_body};
use stripe::resources::CheckoutSession;
use stripe::testing::Sample;
use stripe::webhooks::sqlite::{SqliteInbox, sqlx};
use stripe::webhooks::{InboxAdmin as _, Signer};

use super::{KEY_WITHOUT_MODE, Running, Tested, program, schema_server};

const SECRET: &str = "whsec_book";

/// Sends a request to a program.
pub(super) async fn send(
    request: http::request::Builder,
    body: &str,
) -> Tested<(StatusCode, String)> {
    let client = HttpClient::new(&HttpOptions {
        proxy: ProxyChoice::Direct,
        ..HttpOptions::default()
    })?;
    let request = request.body(body.to_owned().into())?;
    let (head, body) = client.send(request).await?.into_parts();
    let body = read_body(body, 1 << 20, Duration::from_secs(15)).await?;
    Ok((head.status, String::from_utf8(body.to_vec())?))
}

/// Delivers an event about a session of an order.
async fn deliver(url: &str, id: &str, type_: &str, order: &str, status: &str) -> Tested {
    let session = Sample::<CheckoutSession>::new()
        .set("client_reference_id", order)
        .set("payment_status", status)
        .to_json()?;
    let version = stripe::API_VERSION;
    let event = format!(
        r#"{{"id": "{id}", "object": "event", "type": "{type_}", "created": 1769599800,
            "api_version": "{version}", "data": {{"object": {session}}}}}"#
    );
    let request = Request::post(format!("{url}/webhook"))
        .header("stripe-signature", Signer::new(SECRET).sign(&event));
    let (status, text) = send(request, &event).await?;
    assert_eq!(status, StatusCode::OK, "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the examples"]
async fn an_order_that_several_events_report_is_shipped_once() -> Tested {
    let server = schema_server()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("shop.db");
    let mut command = program("run", "checkout", &server.base_url(), KEY_WITHOUT_MODE);
    command
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("DATABASE", &file)
        .env("LISTEN", "127.0.0.1:0");
    let shop = Running::start(command)?;
    let url = format!("http://{}", shop.wait_for("listening on ")?);

    let (status, text) = send(Request::post(format!("{url}/orders")), "").await?;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let inbox = SqliteInbox::open(&file).await?;
    let order: String = sqlx::query_scalar("SELECT id FROM orders")
        .fetch_one(inbox.pool())
        .await?;
    let state = || send(Request::get(format!("{url}/orders/{order}")), "");

    deliver(
        &url,
        "evt_1",
        "checkout.session.completed",
        &order,
        "unpaid",
    )
    .await?;
    assert_eq!(state().await?.1, "open");
    let later = "checkout.session.async_payment_succeeded";
    deliver(&url, "evt_2", later, &order, "paid").await?;
    shop.wait_for("is shipped")?;
    // The same event again, and others about the same order.
    deliver(&url, "evt_2", later, &order, "paid").await?;
    deliver(&url, "evt_3", later, &order, "paid").await?;
    deliver(
        &url,
        "evt_4",
        "checkout.session.async_payment_failed",
        &order,
        "unpaid",
    )
    .await?;
    while inbox.collect_stats().await?.completed < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(state().await?.1, "paid");
    let shipments: i64 = sqlx::query_scalar("SELECT count(*) FROM shipments")
        .fetch_one(inbox.pool())
        .await?;
    assert_eq!(shipments, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the examples"]
async fn the_service_charges_and_reports_its_health() -> Tested {
    let server = schema_server()?;
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key");
    fs::write(&key, KEY_WITHOUT_MODE)?;
    let mut command = program("run", "production", &server.base_url(), "");
    command
        .env("STRIPE_KEY_FILE", &key)
        .env("JOURNAL", folder.path().join("stripe.journal"))
        .env("LISTEN", "127.0.0.1:0");
    let service = Running::start(command)?;
    let url = format!("http://{}", service.wait_for("listening on ")?);

    let (status, text) = send(Request::post(format!("{url}/payments/42")), "").await?;
    assert_eq!(status, StatusCode::OK, "{text}");
    let (status, text) = send(Request::get(format!("{url}/health")), "").await?;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "1 calls, 0.00"));
    Ok(())
}

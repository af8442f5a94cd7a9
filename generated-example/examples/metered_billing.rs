//! Billing by usage: a meter, a price that refers to it, and usage that is reported by v1, by v2
//! and by the stream of v2.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example metered_billing
//! ```
//!
//! If `STRIPE_API_BASE` is set, it uses that server instead of Stripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;

use stripe::billing::meter_events::CreateMeterEvent;
use stripe::billing::meters::{CreateMeter, DefaultAggregationParams, ListMeters};
use stripe::customers::CreateCustomer;
use stripe::params::CreateSubscriptionItemParams;
use stripe::prices::{CreatePrice, CreateRecurringParams};
use stripe::products::CreateProduct;
use stripe::resources::{BillingMeter, Customer};
use stripe::subscriptions::CreateSubscription;
use stripe::v2::billing::meter_event_stream::{CreateMeterEventStream, EventParams};
use stripe::v2::billing::meter_events::CreateMeterEvent as CreateMeterEventV2;
use stripe::value::{Decimal, Id};
use stripe::{Client, Error};

/// The name under which usage is reported.
const EVENT: &str = "api_requests";

/// Usage that the program has counted. The id is stored with it, so that a report that is sent
/// twice counts once.
struct Usage {
    id: String,
    requests: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = client()?;
    let meter = find_or_create_meter(&client).await?;
    let cents: Decimal = "0.2".parse()?;
    let customer = subscribe(&client, &meter, cents).await?;

    let usage = |part: &str| Usage {
        id: format!("{customer}-{part}"),
        requests: 25,
    };
    report(&client, &customer, &usage("2026-06-01T10")).await?;
    report_v2(&client, &customer, &usage("2026-06-01T11")).await?;
    let many = [usage("2026-06-01T12"), usage("2026-06-01T13")];
    report_many(&client, &customer, &many).await?;
    println!("reported the usage of {customer}");
    Ok(())
}

async fn find_or_create_meter(client: &Client) -> Result<BillingMeter, Error> {
    let active = ListMeters::new().status("active");
    let mut meters = client.billing().meters().list(active).items();
    while let Some(meter) = meters.try_next().await? {
        if meter.event_name == EVENT {
            return Ok(meter);
        }
    }
    let sum = DefaultAggregationParams::new("sum");
    let params = CreateMeter::new(sum, "Requests of the API", EVENT);
    client.billing().meters().create(params).await
}

/// A new customer, who pays so many cents for each request.
async fn subscribe(
    client: &Client,
    meter: &BillingMeter,
    cents: Decimal,
) -> Result<Id<Customer>, Error> {
    let product = client
        .products()
        .create(CreateProduct::new("Requests"))
        .await?;
    let monthly = CreateRecurringParams::new("month")
        .usage_type("metered")
        .meter(&meter.id);
    let price = CreatePrice::new("usd")
        .product(&product.id)
        .unit_amount_decimal(cents)
        .recurring(monthly);
    let price = client.prices().create(price).await?;
    let customer = client
        .customers()
        .create(CreateCustomer::new().email("jenny@example.com"))
        .await?;
    // An item with a metered price has no quantity.
    let item = CreateSubscriptionItemParams::new().price(&price.id);
    let params = CreateSubscription::new()
        .customer(&customer.id)
        .items([item]);
    let subscription = client.subscriptions().create(params).await?;
    println!("{} is {}", subscription.id, subscription.status);
    Ok(customer.id)
}

/// v1: one event for each call.
async fn report(client: &Client, customer: &Id<Customer>, usage: &Usage) -> Result<(), Error> {
    let params = CreateMeterEvent::new(EVENT, payload(customer, usage)).identifier(&usage.id);
    let event = client.billing().meter_events().create(params).await?;
    println!("reported {}", event.identifier);
    Ok(())
}

/// v2: the same, in JSON. Its errors have codes of their own.
async fn report_v2(client: &Client, customer: &Id<Customer>, usage: &Usage) -> Result<(), Error> {
    let params = CreateMeterEventV2::new(EVENT, payload(customer, usage)).identifier(&usage.id);
    let event = client.v2().billing().meter_events().create(params).await?;
    println!("reported {}", event.identifier);
    Ok(())
}

/// The stream of v2: up to 100 events for each call, and a higher rate limit. The client opens the
/// session that it requires, and renews it.
async fn report_many(
    client: &Client,
    customer: &Id<Customer>,
    usages: &[Usage],
) -> Result<(), Error> {
    for chunk in usages.chunks(100) {
        let events = chunk
            .iter()
            .map(|usage| EventParams::new(EVENT, payload(customer, usage)).identifier(&usage.id));
        client
            .v2()
            .billing()
            .meter_event_stream()
            .create(CreateMeterEventStream::new(events))
            .await?;
    }
    println!("reported {} events at once", usages.len());
    Ok(())
}

fn payload(customer: &Id<Customer>, usage: &Usage) -> [(&'static str, String); 2] {
    [
        ("stripe_customer_id", customer.to_string()),
        ("value", usage.requests.to_string()),
    ]
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}

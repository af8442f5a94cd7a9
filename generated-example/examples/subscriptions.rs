//! A subscription from its start to its end: a customer with a card, a price per seat, a change of
//! the number of seats, and a cancellation at the end of the period.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example subscriptions
//! ```
//!
//! `PRICE` names a price to subscribe to; without it, the program creates one. If
//! `STRIPE_API_BASE` is set, it uses that server instead of Stripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;

use stripe::customers::{CreateCustomer, InvoiceSettingsParams, UpdateCustomer};
use stripe::params::{CreateSubscriptionItemParams, UpdateSubscriptionItemParams};
use stripe::payment_methods::AttachPaymentMethod;
use stripe::prices::{CreatePrice, CreateRecurringParams};
use stripe::products::CreateProduct;
use stripe::resources::subscription::Status;
use stripe::resources::{Customer, Price, Subscription};
use stripe::subscriptions::{CreateSubscription, ListSubscriptions, UpdateSubscription};
use stripe::value::Id;
use stripe::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = client()?;
    let price = match env::var("PRICE") {
        Ok(price) => Id::from(price),
        Err(_) => create_price(&client).await?,
    };
    let customer = create_customer(&client, "jenny@example.com").await?;

    let subscription = subscribe(&client, &customer, &price, 2).await?;
    println!("{} is {}", subscription.id, subscription.status);

    let subscription = change_seats(&client, &subscription, 5).await?;
    let seats = subscription
        .items
        .data
        .first()
        .and_then(|item| item.quantity);
    println!("{} has {} seats", subscription.id, seats.unwrap_or(0));

    let subscription = cancel_at_period_end(&client, &subscription).await?;
    println!(
        "{} ends with its period: {}",
        subscription.id, subscription.cancel_at_period_end
    );

    let mut all = client
        .subscriptions()
        .list(ListSubscriptions::new().customer(&customer).status("all"))
        .items();
    while let Some(subscription) = all.try_next().await? {
        println!("listed {} ({})", subscription.id, subscription.status);
    }
    Ok(())
}

/// Ten euros for each seat and month.
async fn create_price(client: &Client) -> Result<Id<Price>, Error> {
    let product = client.products().create(CreateProduct::new("Seat")).await?;
    let params = CreatePrice::new("eur")
        .product(&product.id)
        .unit_amount(1_000)
        .recurring(CreateRecurringParams::new("month"));
    Ok(client.prices().create(params).await?.id)
}

/// A customer whose invoices are charged to a card. In production, a browser or app collects the
/// payment method, with a setup intent.
async fn create_customer(client: &Client, email: &str) -> Result<Id<Customer>, Error> {
    let customer = client
        .customers()
        .create(CreateCustomer::new().email(email))
        .await?;
    let card = client
        .payment_methods()
        .attach(
            "pm_card_visa",
            AttachPaymentMethod::new().customer(&customer.id),
        )
        .await?;
    let settings = InvoiceSettingsParams::new().default_payment_method(&card.id);
    client
        .customers()
        .update(
            &customer.id,
            UpdateCustomer::new().invoice_settings(settings),
        )
        .await?;
    Ok(customer.id)
}

async fn subscribe(
    client: &Client,
    customer: &Id<Customer>,
    price: &Id<Price>,
    seats: i64,
) -> Result<Subscription, Error> {
    let item = CreateSubscriptionItemParams::new()
        .price(price)
        .quantity(seats);
    let subscription = client
        .subscriptions()
        .create(CreateSubscription::new().customer(customer).items([item]))
        // A second request for the same customer and price is the same subscription.
        .idempotency_key(format!("subscribe-{customer}-{price}"))
        .expand(["latest_invoice"])
        .await?;
    match &subscription.status {
        Status::Active | Status::Trialing => {}
        // The first payment needs the customer: open this page, or confirm it in the browser.
        Status::Incomplete => {
            if let Some(Ok(Some(invoice))) = subscription.latest_invoice.as_ref().map(|it| it.get())
            {
                let page = invoice.hosted_invoice_url.as_deref();
                println!("to be paid at {}", page.unwrap_or("no page"));
            }
        }
        other => println!("no access yet: {other}"),
    }
    Ok(subscription)
}

/// The difference for the rest of the period is on the next invoice.
async fn change_seats(
    client: &Client,
    subscription: &Subscription,
    seats: i64,
) -> Result<Subscription, Error> {
    let items = subscription.items.data.iter().take(1);
    let items = items.map(|item| {
        UpdateSubscriptionItemParams::new()
            .id(&item.id)
            .quantity(seats)
    });
    client
        .subscriptions()
        .update(&subscription.id, UpdateSubscription::new().items(items))
        .await
}

async fn cancel_at_period_end(
    client: &Client,
    subscription: &Subscription,
) -> Result<Subscription, Error> {
    let params = UpdateSubscription::new().cancel_at_period_end(true);
    client
        .subscriptions()
        .update(&subscription.id, params)
        .await
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}

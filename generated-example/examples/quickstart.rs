//! The example of the README as a program: a customer, two payments, one of which is declined, and
//! a list.
//!
//! With a key of test mode, it sends its requests to Stripe:
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example quickstart
//! ```
//!
//! If `STRIPE_API_BASE` is set, it uses that server instead, for example localstripe (`pip install
//! localstripe`, then `localstripe --from-scratch`):
//!
//! ```text
//! STRIPE_API_BASE=http://localhost:8420 STRIPE_SECRET_KEY=sk_test_12345 \
//!     cargo run -p typed-api-stripe --example quickstart
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;

use stripe::customers::{CreateCustomer, ListCustomers};
use stripe::payment_intents::CreatePaymentIntent;
use stripe::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = client()?;

    let customer = client
        .customers()
        .create(
            CreateCustomer::new()
                .email("jenny@example.com")
                .name("Jenny Rosen")
                .metadata([("order", "42")]),
        )
        .await?;
    println!("created customer {}", customer.id);

    // `new` has the required parameters; the others have setters. If it is sent again under the
    // same key, the customer is not charged a second time.
    let order = CreatePaymentIntent::new(2_000, "usd")
        .customer(&customer.id)
        .payment_method_types(["card"])
        .payment_method("pm_card_visa")
        .confirm(true);
    let payment = client
        .payment_intents()
        .create(order.clone())
        .idempotency_key(format!("order-42-of-{}", customer.id))
        .expand(["customer"])
        .await?;
    println!("created payment {}: {}", payment.id, payment.status);

    // An expanded object is decoded when it is accessed; the id is always available.
    if let Some(owner) = &payment.customer {
        let name = match owner.get() {
            Ok(Some(found)) => found.live().and_then(|customer| customer.name.as_deref()),
            _ => None,
        };
        println!("it is from {} ({})", name.unwrap_or("someone"), owner.id());
    }

    // Check the predicates of an error, the most specific first.
    let declined = client
        .payment_intents()
        .create(order.payment_method("pm_card_chargeCustomerFail"))
        .await;
    match declined {
        Ok(payment) => println!("paid by {}", payment.id),
        Err(error) if error.is_card_declined() => match error.decline_code() {
            Some(reason) => println!("declined: {reason}"),
            None => println!("declined"),
        },
        Err(error) if error.outcome().is_unknown() => {
            // The payment may have been executed: send it again under this key.
            println!("repeat with the key {:?}", error.idempotency_key());
        }
        Err(error) => return Err(error),
    }

    // Pages are fetched as they are needed.
    let namesakes = ListCustomers::new().email("jenny@example.com");
    let mut customers = client.customers().list(namesakes).items();
    while let Some(customer) = customers.try_next().await? {
        println!("customer {} has this address", customer.id);
    }
    Ok(())
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}

//! A function that charges an order, and its tests: with mocked responses, with lost responses, with
//! recorded responses, and against a server.
//!
//! ```text
//! cargo test -p typed-api-stripe --features testing --example testing
//! STRIPE_API_BASE=http://localhost:8420 STRIPE_SECRET_KEY=sk_test_12345 \
//!     cargo test -p typed-api-stripe --features testing --example testing
//! ```
//!
//! The second command runs the last test against a local server; without `STRIPE_API_BASE` it is
//! passed over.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;

use stripe::payment_intents::{self, CreatePaymentIntent};
use stripe::resources::PaymentIntent;
use stripe::{Client, Error};

/// The code under test takes the client as an argument: it does not know the transport.
async fn charge_order(client: &Client, order: &str, card: &str) -> Result<PaymentIntent, Error> {
    let params = CreatePaymentIntent::new(2_000, "usd")
        .payment_method_types(["card"])
        .payment_method(card)
        .confirm(true);
    let call = client.payment_intents().create(params);
    match call.idempotency_key(format!("order-{order}")).await {
        // The response may be lost: the same write again, once, before the order is put aside.
        Err(error) if error.outcome().is_unknown() => match error.pending() {
            Some(write) => client.resume_as::<payment_intents::Create>(write).await,
            None => Err(error),
        },
        result => result,
    }
}

/// What the customer reads.
fn advice(error: &Error) -> &'static str {
    match error.decline_code() {
        Some("insufficient_funds") => "Please use another card.",
        _ if error.is_card_declined() => "Please call your bank.",
        _ if error.outcome().is_unknown() => "We are checking your payment.",
        _ => "Please try again later.",
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match charge_order(&client()?, "42", "pm_card_visa").await {
        Ok(intent) => println!("{} is {}", intent.id, intent.status),
        Err(error) => println!("{} ({error})", advice(&error)),
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

#[cfg(test)]
mod tests {
    use stripe::payment_intents::Create;
    use stripe::testing::{
        Cassette, FaultInjector, InjectedFault, ManualClock, Mock, MockResponse, errors,
    };
    use stripe::transport::{HttpOptions, HttpTransport, Transport};

    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    /// A client without a network, whose backoff takes no time.
    fn offline(transport: impl Transport) -> Result<Client, Error> {
        Client::builder()
            .api_key("sk_test_123")
            .transport(transport)
            .clock(ManualClock::new().auto_advance())
            .build()
    }

    #[tokio::test]
    async fn an_order_is_charged_under_its_own_key() -> Tested {
        let mock = Mock::new();
        mock.on::<Create>()
            .with_param("amount", "2000")
            .respond_with(MockResponse::sample::<Create>().set("status", "succeeded"));
        let intent = charge_order(&offline(mock.clone())?, "42", "pm_card_visa").await?;
        assert_eq!(intent.status.as_str(), "succeeded");
        let sent = mock.requests_of::<Create>();
        let keys: Vec<_> = sent
            .iter()
            .map(|request| request.idempotency_key())
            .collect();
        assert_eq!(keys, [Some("order-42")]);
        mock.verify()?;
        Ok(())
    }

    #[tokio::test]
    async fn a_decline_becomes_advice() -> Tested {
        let mock = Mock::new();
        mock.on::<Create>()
            .respond_with(MockResponse::card_declined("insufficient_funds"));
        let result = charge_order(&offline(mock)?, "42", "pm_card_visa").await;
        let error = result.err().ok_or("a declined card was charged")?;
        assert_eq!(advice(&error), "Please use another card.");
        // A function that takes an error needs no call.
        assert_eq!(advice(&errors::timeout()), "We are checking your payment.");
        Ok(())
    }

    #[tokio::test]
    async fn lost_responses_do_not_charge_twice() -> Tested {
        let server = Mock::new();
        let payment = MockResponse::sample::<Create>().set("id", "pi_1");
        server.on::<Create>().respond_with(payment).repeatedly();
        // Every attempt of the call is executed, and its response is lost.
        let network = FaultInjector::new(server.clone()).inject([
            InjectedFault::ResetAfterSend,
            InjectedFault::ResetAfterSend,
            InjectedFault::ResetAfterSend,
        ]);
        let intent = charge_order(&offline(network)?, "42", "pm_card_visa").await?;
        assert_eq!(intent.id.as_str(), "pi_1");
        // All requests had the same bytes and the same key.
        server.verify_one_write::<Create>()?;
        Ok(())
    }

    /// With `STRIPE_API_BASE` and no recording, it records; otherwise it replays.
    #[tokio::test]
    async fn a_recorded_payment_succeeds() -> Tested {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/testing/payment.json");
        let (cassette, builder) = match env::var("STRIPE_API_BASE") {
            Ok(url) => {
                let server = HttpTransport::new(HttpOptions::default())?;
                let builder = Client::builder().from_env().base_url(url);
                (Cassette::auto(path, server)?, builder)
            }
            Err(_) => (
                Cassette::replay(path)?,
                Client::builder().api_key("sk_test_replay"),
            ),
        };
        let client = builder.transport(cassette.clone()).build()?;
        let intent = charge_order(&client, "42", "pm_card_visa").await?;
        assert_eq!(intent.status.as_str(), "succeeded");
        // Writes a recording; in a replay, fails if a response was not used.
        cassette.finish()?;
        Ok(())
    }

    #[tokio::test]
    async fn a_server_charges_the_order() -> Tested {
        if env::var("STRIPE_API_BASE").is_err() {
            println!("STRIPE_API_BASE is not set: passed over");
            return Ok(());
        }
        let intent = charge_order(&client()?, "43", "pm_card_visa").await?;
        assert_eq!(
            (intent.amount, intent.status.as_str()),
            (Some(2_000), "succeeded")
        );
        Ok(())
    }
}

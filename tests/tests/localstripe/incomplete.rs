//! Responses of localstripe as published that do not conform to the document.
//!
//! It follows an API of about 2018, so several objects lack fields that are required today. The
//! client fails with an error that names every missing field, and keeps the response. When a new
//! release of localstripe breaks one of these tests, a completion in `gaps.py` can be removed.

use std::error::Error as _;

use stripe::plans::CreatePlan;
use stripe::products::CreateProduct;
use stripe::{Error, customers, payment_intents, runtime::codec::DecodeError};
use tests::localstripe::LocalStripe;

use crate::{GOOD_CARD, Tested, card};

/// The error of a response: its path and its message.
fn error<T>(result: Result<T, Error>) -> Result<(String, String), Box<dyn std::error::Error>> {
    let Err(error) = result else {
        return Err("localstripe has learned it: remove its completion from gaps.py".into());
    };
    assert!(error.is_decode(), "{error}");
    // The request may have been executed, and it was.
    assert!(error.outcome().is_unknown());
    assert!(error.raw_body().is_some_and(|body| !body.is_empty()));
    let source = error.source().ok_or("no source")?;
    let source = source
        .downcast_ref::<DecodeError>()
        .ok_or("another source")?;
    Ok((source.path().to_string(), source.to_string()))
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn every_missing_field_of_a_product_is_named() -> Tested {
    let server = LocalStripe::start()?;
    let products = server.client()?.products();
    let (_, line) = error(products.create(CreateProduct::new("Gold")).await)?;
    for field in ["images", "marketing_features", "updated"] {
        assert!(line.contains(field), "{line}");
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn a_null_that_is_not_allowed_counts_as_absent() -> Tested {
    let server = LocalStripe::start()?;
    let client = server.client()?;
    // The product is created, although its response does not decode.
    let _ = client
        .products()
        .create(CreateProduct::new("Gold").id("gold"))
        .await;
    let params = CreatePlan::new("usd", "month")
        .amount(1_000)
        .product("gold");
    let plan = client.plans().create(params).await;
    // `tiers` is null, which the document does not allow; it does allow to omit it, and a client
    // need not distinguish the two.
    assert!(plan.is_ok());
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn a_value_of_another_type_is_located() -> Tested {
    let server = LocalStripe::start()?;
    let client = server.client()?;
    // An object where the document requires a list.
    let (path, line) = error(client.balance().retrieve().await)?;
    assert_eq!(path, "available", "{line}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn an_expanded_object_is_refused_only_when_it_is_looked_at() -> Tested {
    let server = LocalStripe::start()?;
    let client = server.client()?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let paid = client
        .payment_intents()
        .create(
            payment_intents::CreatePaymentIntent::new(2_000, "usd")
                .payment_method(&method.id)
                .confirm(true),
        )
        .await?;
    let charge = paid.latest_charge.as_ref().ok_or("no charge")?;
    let refused = charge.get().err().ok_or("the charge is complete")?;
    for field in ["amount_captured", "billing_details", "disputed"] {
        assert!(refused.to_string().contains(field), "{refused}");
    }
    // It is still available as JSON.
    let raw = charge.raw().ok_or("no JSON")?;
    let amount = raw.get("amount").ok_or("no amount")?;
    assert_eq!(amount.as_str(), "2000");
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn a_page_with_an_incomplete_object_names_its_position() -> Tested {
    let server = LocalStripe::start()?;
    let client = server.client()?;
    let customers = client.customers();
    customers.create(customers::CreateCustomer::new()).await?;
    let events = stripe::events::ListEvents::new();
    let (path, line) = error(client.events().list(events).await)?;
    assert_eq!(path, "data[0]", "{line}");
    assert!(line.contains("pending_webhooks"), "{line}");
    Ok(())
}

//! Responses of localstripe as published that do not conform to the document.
//!
//! It follows an API of about 2018, so several objects lack fields that are required today. The
//! client corrects them and records what it filled; with [`DecodePolicy::Refuse`] it fails with an
//! error that names every missing field, and keeps the response.

use std::error::Error as _;

use stripe::plans::CreatePlan;
use stripe::products::CreateProduct;
use stripe::runtime::codec::{Correction, DecodeError, DecodePolicy};
use stripe::{Error, customers, payment_intents};
use tests::localstripe::LocalStripe;

use super::{GOOD_CARD, Tested, card};

/// Asserts that each of these paths was corrected.
fn assert_corrected(corrections: &[Correction], expected: &[&str]) {
    let paths: Vec<_> = corrections.iter().map(Correction::path).collect();
    for path in expected {
        assert!(paths.contains(path), "{path} is not among {paths:?}");
    }
}

/// The decode error of a response: its path and its message.
fn decode_error<T>(
    result: Result<T, Error>,
) -> Result<(String, String), Box<dyn std::error::Error>> {
    let Err(error) = result else {
        return Err("the response was not refused".into());
    };
    assert!(error.is_decode(), "{error}");
    assert!(error.raw_body().is_some_and(|body| !body.is_empty()));
    let source = error.source().ok_or("no source")?;
    let source = source
        .downcast_ref::<DecodeError>()
        .ok_or("another source")?;
    Ok((source.path().to_string(), source.to_string()))
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn missing_fields_of_a_product_are_corrected() -> Tested {
    let server = LocalStripe::start()?;
    let products = server.client()?.products();
    let product = products.create(CreateProduct::new("Gold")).await?;
    assert!(product.images.is_empty());
    assert_corrected(
        product.extra.corrections(),
        &["images", "marketing_features", "updated"],
    );
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn every_missing_field_of_a_product_is_named_when_it_is_refused() -> Tested {
    let server = LocalStripe::start()?;
    let products = server.client()?.products();
    let refused = products
        .create(CreateProduct::new("Gold"))
        .decode_policy(DecodePolicy::Refuse)
        .await;
    // The request may have been executed, and it was.
    assert!(
        refused
            .as_ref()
            .is_err_and(|error| error.outcome().is_unknown())
    );
    let (_, line) = decode_error(refused)?;
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
    client
        .products()
        .create(CreateProduct::new("Gold").id("gold"))
        .await?;
    let params = CreatePlan::new("usd", "month")
        .amount(1_000)
        .product("gold");
    let plan = client.plans().create(params).await?;
    // `tiers` is null, which the document does not allow; it does allow to omit it, and a client
    // need not distinguish the two.
    assert!(plan.extra.corrections().is_empty());
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn a_value_of_another_type_is_corrected() -> Tested {
    let server = LocalStripe::start()?;
    let client = server.client()?;
    // An object where the document requires a list.
    let balance = client.balance().retrieve().await?;
    assert!(balance.available.is_empty());
    assert_corrected(balance.extra.corrections(), &["available"]);

    let refused = client
        .balance()
        .retrieve()
        .decode_policy(DecodePolicy::Refuse)
        .await;
    let (path, line) = decode_error(refused)?;
    assert_eq!(path, "available", "{line}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn an_expanded_object_is_corrected_when_it_is_looked_at() -> Tested {
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
    let corrected = charge.get()?.ok_or("not expanded")?;
    assert_eq!(corrected.amount, 2_000);
    assert_corrected(
        corrected.extra.corrections(),
        &["amount_captured", "billing_details", "disputed"],
    );
    // What was sent is available as JSON.
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
    let events = || client.events().list(stripe::events::ListEvents::new());

    let page = events().with_response().await?;
    assert_corrected(page.corrections(), &["data[0].pending_webhooks"]);

    let refused = events().decode_policy(DecodePolicy::Refuse).await;
    let (path, line) = decode_error(refused)?;
    assert_eq!(path, "data[0]", "{line}");
    assert!(line.contains("pending_webhooks"), "{line}");
    Ok(())
}

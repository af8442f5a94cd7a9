//! Fields and keys that are cleared.
//!
//! At Stripe an empty value unsets: fields become null, keys of metadata disappear. localstripe
//! stores the empty text, so these tests check that it was sent, which is the client's part.

use stripe::customers::{CreateCustomer, UpdateCustomer};
use stripe::operation::Method;
use stripe::products::{CreateProduct, UpdateProduct};

use super::{ScenarioServer, Tested};

async fn a_cleared_field_is_sent_empty(server: ScenarioServer) -> Tested {
    let products = server.client()?.products();
    let created = products
        .create(
            CreateProduct::new("Gold")
                .description("For teams")
                .url("https://example.com/gold"),
        )
        .await?;
    let cleared = products
        .update(
            &created.id,
            UpdateProduct::new().clear_description().clear_url(),
        )
        .await?;
    // Null at Stripe.
    let expected = server.is_localstripe().then_some("");
    assert_eq!(cleared.description.as_deref(), expected);
    assert_eq!(cleared.url.as_deref(), expected);
    // Other fields are unchanged.
    assert_eq!(cleared.name, "Gold");

    let set_again = products
        .update(&created.id, UpdateProduct::new().description("For all"))
        .await?;
    assert_eq!(set_again.description.as_deref(), Some("For all"));
    Ok(())
}

async fn a_key_of_metadata_is_removed_by_an_empty_value(server: ScenarioServer) -> Tested {
    let customers = server.client()?.customers();
    let created = customers
        .create(CreateCustomer::new().metadata([("order", "42"), ("source", "web")]))
        .await?;
    let changed = customers
        .update(&created.id, UpdateCustomer::new().metadata([("order", "")]))
        .await?;
    let metadata = changed.metadata.ok_or("no metadata")?;
    // Removed at Stripe.
    let expected = server.is_localstripe().then_some("");
    assert_eq!(metadata.get("order").map(String::as_str), expected);
    assert_eq!(metadata.get("source").map(String::as_str), Some("web"));
    Ok(())
}

async fn all_metadata_is_cleared_at_once(server: ScenarioServer) -> Tested {
    let customers = server.client()?.customers();
    let created = customers
        .create(CreateCustomer::new().metadata([("order", "42")]))
        .await?;
    let cleared = customers
        .update(&created.id, UpdateCustomer::new().clear_metadata())
        .await?;
    // Empty at Stripe; localstripe treats an empty `metadata` as none.
    let metadata = cleared.metadata.ok_or("no metadata")?;
    let expected = if server.is_localstripe() { 1 } else { 0 };
    assert_eq!(metadata.len(), expected);
    if server.is_localstripe() {
        // It rejects an update without parameters, so this one has sent one.
        let nothing = customers.update(&created.id, UpdateCustomer::new()).await;
        assert!(nothing.is_err_and(|error| error.is_invalid_request()));
    }
    Ok(())
}

async fn a_cleared_object_is_sent_empty(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let cleared = client
        .customers()
        .update(&customer.id, UpdateCustomer::new().clear_address())
        .await?;
    // localstripe stores and returns the empty text where an object belongs, which is corrected;
    // Stripe responds with null.
    assert!(cleared.address.is_none());
    if !server.is_localstripe() {
        assert!(cleared.extra.corrections().is_empty());
        return Ok(());
    }
    let corrected: Vec<_> = cleared
        .extra
        .corrections()
        .iter()
        .map(|it| it.path())
        .collect();
    assert!(corrected.contains(&"address"), "{corrected:?}");
    let path = format!("/v1/customers/{}", customer.id);
    let stored = client.runtime().raw(Method::Get, &path).await?;
    let address = stored.get("address").ok_or("no address")?;
    assert_eq!(address.as_str(), "\"\"");
    Ok(())
}

scenarios! {
    a_cleared_field_is_sent_empty: start,
    a_key_of_metadata_is_removed_by_an_empty_value: start,
    all_metadata_is_cleared_at_once: start,
    a_cleared_object_is_sent_empty: start,
}

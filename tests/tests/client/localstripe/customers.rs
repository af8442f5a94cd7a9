//! Customers and what belongs to them.

use stripe::customers::tax_ids::CreateTaxId;
use stripe::customers::{CreateCustomer, UpdateCustomer};
use stripe::params::AddressParams;

use super::{ScenarioServer, Tested};

async fn a_customer_is_created_read_changed_and_deleted(server: ScenarioServer) -> Tested {
    let customers = server.client()?.customers();

    let address = AddressParams::new()
        .line1("12 Rue de la Paix")
        .city("Paris")
        .country("FR");
    let created = customers
        .create(
            CreateCustomer::new()
                .email("jenny@example.com")
                .name("Jenny Rosen")
                .address(address)
                .preferred_locales(["fr", "en"])
                .metadata([("order", "42"), ("source", "web")]),
        )
        .await?;
    assert!(created.id.as_str().starts_with("cus_"));
    assert!(!created.livemode);

    let found = customers.retrieve(&created.id).await?;
    let customer = found.live().ok_or("the customer is deleted")?;
    assert_eq!(customer.id, created.id);
    assert_eq!(customer.email.as_deref(), Some("jenny@example.com"));
    assert_eq!(
        customer.preferred_locales.as_deref(),
        Some(&["fr".to_owned(), "en".to_owned()][..])
    );
    let address = customer.address.as_ref().ok_or("no address")?;
    assert_eq!(address.city.as_deref(), Some("Paris"));
    assert_eq!(address.line2, None);
    let metadata = customer.metadata.as_ref().ok_or("no metadata")?;
    assert_eq!(metadata.get("order").map(String::as_str), Some("42"));

    let changed = customers
        .update(
            &created.id,
            UpdateCustomer::new()
                .name("Jenny R.")
                .metadata([("order", "43")]),
        )
        .await?;
    assert_eq!(changed.name.as_deref(), Some("Jenny R."));
    let metadata = changed.metadata.as_ref().ok_or("no metadata")?;
    assert_eq!(metadata.get("order").map(String::as_str), Some("43"));
    assert_eq!(metadata.get("source").map(String::as_str), Some("web"));

    let deleted = customers.delete(&created.id).await?;
    assert_eq!(deleted.id, created.id);
    // At Stripe a deleted customer can still be read, with `deleted` set.
    let gone = customers.retrieve(&created.id).await;
    if server.is_localstripe() {
        assert!(gone.is_err_and(|error| error.is_not_found()));
    } else {
        assert!(gone?.live().is_none());
    }
    Ok(())
}

async fn text_comes_back_as_it_was_sent_whatever_is_in_it(server: ScenarioServer) -> Tested {
    let customers = server.client()?.customers();
    let texts = [
        "Zoë Ødegård & søn = 100 % [naïve] +1",
        "line one\nline two\ttabbed\r\n",
        "日本語 🦀 \u{202e}rtl",
        "%26%3D%5B%5D+%2B",
        " spaces around ",
        "\"quoted\\\" and 'single'",
        "null",
    ];
    for text in texts {
        let params = CreateCustomer::new()
            .name(text)
            .description(text)
            .metadata([("note", text), ("key with & and =", text)]);
        let customer = customers.create(params).await?;
        assert_eq!(customer.name.as_deref(), Some(text));
        assert_eq!(customer.description.as_deref(), Some(text));
        let metadata = customer.metadata.as_ref().ok_or("no metadata")?;
        assert_eq!(metadata.get("note").map(String::as_str), Some(text));
        let odd_key = metadata.get("key with & and =");
        assert_eq!(odd_key.map(String::as_str), Some(text));
    }
    Ok(())
}

async fn tax_ids_are_created_read_and_deleted_below_their_customer(
    server: ScenarioServer,
) -> Tested {
    let customers = server.client()?.customers();
    let customer = customers.create(CreateCustomer::new()).await?;
    let tax_ids = customers.tax_ids();

    let created = tax_ids
        .create(&customer.id, CreateTaxId::new("eu_vat", "DE123456789"))
        .await?;
    assert_eq!(created.type_.as_str(), "eu_vat");
    assert_eq!(created.country.as_deref(), Some("DE"));

    let found = tax_ids.retrieve(&customer.id, &created.id).await?;
    assert_eq!(found.value, "DE123456789");

    tax_ids.delete(&customer.id, &created.id).await?;
    let gone = tax_ids.retrieve(&customer.id, &created.id).await;
    assert!(gone.is_err_and(|error| error.is_not_found()));
    Ok(())
}

async fn a_response_has_status_headers_and_body_beside_the_value(server: ScenarioServer) -> Tested {
    let customers = server.client()?.customers();
    let response = customers
        .create(CreateCustomer::new().email("jenny@example.com"))
        .with_response()
        .await?;
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.headers().contains_key("content-type"));
    // Stripe names every request in `Request-Id`; localstripe names none.
    assert_eq!(response.request_id().is_none(), server.is_localstripe());
    let body = std::str::from_utf8(response.body())?;
    if server.is_localstripe() {
        // Fields that the types do not have are still available.
        assert!(body.contains("\"account_balance\": 0"));
    }
    assert!(body.contains(response.value().id.as_str()));
    let customer = response.into_value();
    assert_eq!(customer.email.as_deref(), Some("jenny@example.com"));
    Ok(())
}

scenarios! {
    a_customer_is_created_read_changed_and_deleted: start,
    text_comes_back_as_it_was_sent_whatever_is_in_it: start,
    tax_ids_are_created_read_and_deleted_below_their_customer: start,
    a_response_has_status_headers_and_body_beside_the_value: start,
}

//! Lists of more than one page.

use stripe::Client;
use stripe::customers::tax_ids::CreateTaxId;
use stripe::customers::{CreateCustomer, ListCustomers};

use super::{ScenarioServer, Tested};

/// More than the maximum page size of Stripe.
const MANY: usize = 105;

/// Creates customers; returns their ids in the order of the list.
///
/// Stripe lists the newest first, localstripe the oldest.
async fn many_customers(
    server: &ScenarioServer,
    client: &Client,
) -> Result<Vec<String>, stripe::Error> {
    let mut ids = Vec::with_capacity(MANY);
    for number in 0..MANY {
        let params = CreateCustomer::new().name(format!("Customer {number}"));
        ids.push(client.customers().create(params).await?.id.into());
    }
    if !server.is_localstripe() {
        ids.reverse();
    }
    Ok(ids)
}

async fn items_go_forward_through_all_pages(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let expected = many_customers(&server, &client).await?;

    for limit in [7, 50, 100] {
        let mut items = client
            .customers()
            .list(ListCustomers::new().limit(limit))
            .items();
        let mut ids = Vec::new();
        while let Some(customer) = items.try_next().await? {
            ids.push(String::from(customer.id));
        }
        assert_eq!(ids, expected, "with {limit} items a page");
    }
    Ok(())
}

async fn pages_come_one_by_one_and_keep_their_parameters(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let expected = many_customers(&server, &client).await?;

    let mut pages = client
        .customers()
        .list(ListCustomers::new().limit(40).starting_after(&expected[4]))
        .pages();
    let mut sizes = Vec::new();
    let mut ids = Vec::new();
    while let Some(page) = pages.try_next().await? {
        sizes.push((page.data.len(), page.has_more));
        ids.extend(
            page.data
                .into_iter()
                .map(|customer| String::from(customer.id)),
        );
    }
    assert_eq!(sizes, [(40, true), (40, true), (20, false)]);
    assert_eq!(ids, expected[5..]);
    Ok(())
}

async fn items_go_backward_through_all_pages(server: ScenarioServer) -> Tested {
    // localstripe rejects `ending_before`; it is one of the gaps that are filled.
    let client = server.client()?;
    let all = many_customers(&server, &client).await?;
    let last = &all[MANY - 1];

    for limit in [7, 50, 100] {
        let mut items = client
            .customers()
            .list(ListCustomers::new().limit(limit).ending_before(last))
            .items();
        let mut ids = Vec::new();
        while let Some(customer) = items.try_next().await? {
            ids.push(String::from(customer.id));
        }
        let expected: Vec<&String> = all[..MANY - 1].iter().rev().collect();
        assert_eq!(
            ids.iter().collect::<Vec<_>>(),
            expected,
            "with {limit} items a page"
        );
    }
    Ok(())
}

async fn pages_that_go_backward_keep_the_order_of_the_server(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let all = many_customers(&server, &client).await?;

    let mut pages = client
        .customers()
        .list(ListCustomers::new().limit(60).ending_before(&all[MANY - 1]))
        .pages();
    let mut bounds = Vec::new();
    while let Some(page) = pages.try_next().await? {
        let ids: Vec<String> = page.data.into_iter().map(|c| c.id.into()).collect();
        bounds.push((ids.first().cloned(), ids.last().cloned()));
    }
    let expected = [
        (Some(all[44].clone()), Some(all[103].clone())),
        (Some(all[0].clone()), Some(all[43].clone())),
    ];
    assert_eq!(bounds, expected);
    Ok(())
}

async fn collecting_stops_at_its_limit(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let expected = many_customers(&server, &client).await?;
    let some = client
        .customers()
        .list(ListCustomers::new())
        .items()
        .collect_up_to(25)
        .await?;
    let ids: Vec<&str> = some.iter().map(|customer| customer.id.as_str()).collect();
    assert_eq!(ids, expected[..25]);
    Ok(())
}

async fn an_empty_list_has_no_items(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let none = ListCustomers::new().email("none@example.com");
    let mut items = client.customers().list(none).items();
    assert!(items.try_next().await?.is_none());
    assert!(items.try_next().await?.is_none());
    Ok(())
}

async fn a_list_inside_of_an_object_is_walked_by_its_own_url(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let tax_ids = client.customers().tax_ids();
    for number in ["DE123456789", "FR12345678901"] {
        let params = CreateTaxId::new("eu_vat", number);
        tax_ids.create(&customer.id, params).await?;
    }
    // localstripe has the list in every response.
    let retrieval = client.customers().retrieve(&customer.id);
    let found = match server.is_localstripe() {
        true => retrieval.await?,
        false => retrieval.expand(["tax_ids"]).await?,
    };
    let embedded = found
        .live()
        .and_then(|customer| customer.tax_ids.as_ref())
        .ok_or("no list of tax ids")?;
    let mut values = Vec::new();
    let mut items = client.list_all(embedded).items();
    while let Some(tax_id) = items.try_next().await? {
        values.push(tax_id.value);
    }
    values.sort_unstable();
    assert_eq!(values, ["DE123456789", "FR12345678901"]);
    Ok(())
}

scenarios! {
    items_go_forward_through_all_pages: start,
    pages_come_one_by_one_and_keep_their_parameters: start,
    items_go_backward_through_all_pages: start_with_gaps_filled,
    pages_that_go_backward_keep_the_order_of_the_server: start_with_gaps_filled,
    collecting_stops_at_its_limit: start,
    an_empty_list_has_no_items: start,
    a_list_inside_of_an_object_is_walked_by_its_own_url: start,
}

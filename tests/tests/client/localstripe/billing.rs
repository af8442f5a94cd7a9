//! Subscriptions, invoices and events.

use stripe::Client;
use stripe::customers::{CreateCustomer, InvoiceSettingsParams, UpdateCustomer};
use stripe::events::ListEvents;
use stripe::invoice_items::CreateInvoiceItem;
use stripe::invoices::{CreateInvoice, ListInvoices, PayInvoice};
use stripe::params::{CreateSubscriptionItemParams, UpdateSubscriptionItemParams};
use stripe::payment_methods::AttachPaymentMethod;
use stripe::prices::{CreatePrice, CreateRecurringParams};
use stripe::products::CreateProduct;
use stripe::resources::{Customer, Price};
use stripe::subscriptions::{
    CancelSubscription, CreateSubscription, ListSubscriptions, UpdateSubscription,
};
use stripe::value::Id;

use super::{GOOD_CARD, ScenarioServer, Tested, card};

type Failure = Box<dyn std::error::Error>;

/// A customer who can be charged.
async fn paying_customer(client: &Client) -> Result<Id<Customer>, Failure> {
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let owner = AttachPaymentMethod::new().customer(&customer.id);
    client.payment_methods().attach(&method.id, owner).await?;
    let settings = InvoiceSettingsParams::new().default_payment_method(&method.id);
    let params = UpdateCustomer::new().invoice_settings(settings);
    Ok(client.customers().update(&customer.id, params).await?.id)
}

/// Ten dollars a month.
async fn monthly_price(client: &Client) -> Result<Id<Price>, Failure> {
    let product = client.products().create(CreateProduct::new("Gold")).await?;
    let params = CreatePrice::new("usd")
        .product(&product.id)
        .unit_amount(1_000)
        .recurring(CreateRecurringParams::new("month"));
    Ok(client.prices().create(params).await?.id)
}

async fn a_subscription_starts_changes_and_ends(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = paying_customer(&client).await?;
    let price = monthly_price(&client).await?;
    let subscriptions = client.subscriptions();

    let created = subscriptions
        .create(
            CreateSubscription::new()
                .customer(&customer)
                .items([CreateSubscriptionItemParams::new()
                    .price(&price)
                    .quantity(2)])
                .metadata([("seats", "2")]),
        )
        .expand(["latest_invoice"])
        .await?;
    assert_eq!(created.status.as_str(), "active");
    let [item] = &created.items.data[..] else {
        return Err("not one item".into());
    };
    if server.is_localstripe() {
        // It has the plan in the place of the price, as older versions of the API do.
        let plan = item.extra.get("plan").ok_or("no plan")?;
        let plan_id = plan.get("id").ok_or("no id")?;
        assert_eq!(plan_id.as_str(), format!("\"{price}\""));
    } else {
        assert_eq!(item.price.id, price);
    }
    assert_eq!(item.quantity, Some(2));
    let invoice = created.latest_invoice.as_ref().ok_or("no invoice")?;
    let invoice = invoice.get()?.ok_or("not expanded")?;
    assert_eq!((invoice.total, invoice.amount_paid), (2_000, 2_000));

    let changed = subscriptions
        .update(
            &created.id,
            UpdateSubscription::new()
                .cancel_at_period_end(true)
                .items([UpdateSubscriptionItemParams::new().id(&item.id).quantity(5)]),
        )
        .await?;
    assert!(changed.cancel_at_period_end);
    assert_eq!(changed.items.data[0].quantity, Some(5));

    let listed = subscriptions
        .list(ListSubscriptions::new().customer(&customer))
        .await?;
    assert_eq!(listed.data.len(), 1);

    let ended = subscriptions
        .cancel(&created.id, CancelSubscription::new())
        .await?;
    assert_eq!(ended.status.as_str(), "canceled");
    assert!(ended.ended_at.is_some());
    let listed = subscriptions
        .list(ListSubscriptions::new().customer(&customer))
        .await?;
    assert!(listed.data.is_empty());
    let listed = subscriptions
        .list(ListSubscriptions::new().customer(&customer).status("all"))
        .await?;
    assert_eq!(listed.data.len(), 1);
    Ok(())
}

async fn an_invoice_collects_items_and_is_paid(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = paying_customer(&client).await?;
    let price = monthly_price(&client).await?;
    // Stripe invoices items of anyone; localstripe only those of customers who subscribe to
    // something, and puts the subscription on each invoice again.
    let subscription = client
        .subscriptions()
        .create(
            CreateSubscription::new()
                .customer(&customer)
                .items([CreateSubscriptionItemParams::new().price(&price)]),
        )
        .await?;
    let item = client
        .invoice_items()
        .create(
            CreateInvoiceItem::new()
                .customer(&customer)
                .amount(300)
                .currency("usd")
                .description("Delivery"),
        )
        .await?;
    assert_eq!(item.amount, 300);
    let invoices = client.invoices();

    let (params, expected) = match server.is_localstripe() {
        true => (CreateInvoice::new(), vec![1_000, 300]),
        false => (
            CreateInvoice::new().pending_invoice_items_behavior("include"),
            vec![300],
        ),
    };
    let total: i64 = expected.iter().sum();
    let draft = invoices.create(params.customer(&customer)).await?;
    assert_eq!(draft.status.as_ref().map(|s| s.as_str()), Some("draft"));
    assert_eq!((draft.subtotal, draft.amount_due), (total, total));
    let amounts: Vec<i64> = draft.lines.data.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, expected);
    if server.is_localstripe() {
        let parent = draft.parent.as_ref().ok_or("no parent")?;
        assert_eq!(parent.type_.as_str(), "subscription_details");
    }

    // The list inside the invoice can be walked to its end.
    let mut lines = client.list_all(&draft.lines).items();
    for line in &draft.lines.data {
        let next = lines.try_next().await?.ok_or("no line")?;
        assert_eq!(next.id, line.id);
    }
    assert!(lines.try_next().await?.is_none());

    let paid = invoices.pay(&draft.id, PayInvoice::new()).await?;
    assert_eq!(paid.status.as_ref().map(|s| s.as_str()), Some("paid"));
    assert_eq!((paid.amount_paid, paid.amount_due), (total, total));
    assert!(paid.status_transitions.paid_at.is_some());
    let again = invoices.pay(&draft.id, PayInvoice::new()).await;
    assert!(again.is_err_and(|error| error.is_invalid_request()));

    let listed = invoices
        .list(
            ListInvoices::new()
                .customer(&customer)
                .subscription(&subscription.id),
        )
        .await?;
    // localstripe puts the subscription on the second one too.
    let expected = if server.is_localstripe() { 2 } else { 1 };
    assert_eq!(listed.data.len(), expected);
    Ok(())
}

async fn events_tell_what_happened(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = paying_customer(&client).await?;

    let listed = client
        .events()
        .list(ListEvents::new().type_("customer.created"))
        .await?;
    let [event] = &listed.data[..] else {
        return Err("not one event".into());
    };
    assert_eq!(event.type_, "customer.created");
    let about: Customer = event.data.object.decode()?;
    assert_eq!(about.id, customer);

    let found = client.events().retrieve(&event.id).await?;
    assert_eq!(found.created, event.created);
    Ok(())
}

scenarios! {
    a_subscription_starts_changes_and_ends: start_with_gaps_filled,
    an_invoice_collects_items_and_is_paid: start_with_gaps_filled,
    events_tell_what_happened: start,
}

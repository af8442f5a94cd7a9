//! Payment intents, charges, refunds and their balance transactions.

use stripe::balance_transactions::ListBalanceTransactions;
use stripe::charges::ListCharges;
use stripe::customers::CreateCustomer;
use stripe::payment_intents::{
    CancelPaymentIntent, CapturePaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent,
    ListPaymentIntents, RetrievePaymentIntent, UpdatePaymentIntent,
};
use stripe::payment_methods::AttachPaymentMethod;
use stripe::refunds::{CreateRefund, ListRefunds, UpdateRefund};
use stripe::value::Range;

use super::{CARD_WITH_AUTHENTICATION, GOOD_CARD, ScenarioServer, Tested, card};

async fn a_payment_intent_is_created_changed_confirmed_and_listed(
    server: ScenarioServer,
) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let intents = client.payment_intents();

    let created = intents
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .customer(&customer.id)
                .payment_method(&method.id)
                .metadata([("order", "42")]),
        )
        .idempotency_key("order-42")
        .expand(["customer", "latest_charge"])
        .await?;
    assert_eq!(created.amount, Some(2_000));
    assert_eq!(created.currency.as_deref(), Some("usd"));
    assert_eq!(created.status.as_str(), "requires_confirmation");
    assert!(created.latest_charge.is_none());
    let owner = created.customer.as_ref().ok_or("no customer")?;
    let expanded = owner.get()?.and_then(|found| found.live());
    assert_eq!(expanded.map(|customer| &customer.id), Some(&customer.id));

    let changed = intents
        .update(
            &created.id,
            UpdatePaymentIntent::new().metadata([("order", "43")]),
        )
        .await?;
    assert_eq!(changed.id, created.id);

    let confirmed = intents
        .confirm(&created.id, ConfirmPaymentIntent::new())
        .expand(["latest_charge"])
        .await?;
    assert_eq!(confirmed.status.as_str(), "succeeded");
    let charge = confirmed.latest_charge.as_ref().ok_or("no charge")?;
    assert!(charge.id().as_str().starts_with("ch_"));
    assert!(charge.is_expanded());

    let listed = intents
        .list(ListPaymentIntents::new().limit(3))
        .expand(["data.customer"])
        .await?;
    assert_eq!(listed.data.len(), 1);
    let owner = listed.data[0].customer.as_ref().ok_or("no customer")?;
    assert!(owner.is_expanded());
    Ok(())
}

async fn an_authorised_payment_is_captured_in_part(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let intents = client.payment_intents();
    let authorised = intents
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .payment_method(&method.id)
                .capture_method("manual")
                .confirm(true),
        )
        .await?;
    assert_eq!(authorised.status.as_str(), "requires_capture");

    let captured = intents
        .capture(
            &authorised.id,
            CapturePaymentIntent::new().amount_to_capture(1_500),
        )
        .expand(["latest_charge"])
        .await?;
    assert_eq!(captured.status.as_str(), "succeeded");
    let charge = captured.latest_charge.as_ref().ok_or("no charge")?;
    let charge = charge.get()?.ok_or("not expanded")?;
    assert!(charge.captured && charge.paid && !charge.refunded);
    assert_eq!(charge.amount_refunded, 500);
    Ok(())
}

async fn a_payment_intent_asks_for_authentication_and_can_be_cancelled(
    server: ScenarioServer,
) -> Tested {
    let client = server.client()?;
    let method = client
        .payment_methods()
        .create(card(CARD_WITH_AUTHENTICATION))
        .await?;
    let intents = client.payment_intents();
    let created = intents
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .payment_method(&method.id)
                .confirm(true),
        )
        .await?;
    assert_eq!(created.status.as_str(), "requires_action");
    let action = created.next_action.as_ref().ok_or("no action")?;
    assert_eq!(action.type_, "use_stripe_sdk");

    let cancelled = intents
        .cancel(&created.id, CancelPaymentIntent::new())
        .await?;
    assert_eq!(cancelled.status.as_str(), "canceled");
    let again = intents
        .cancel(&created.id, CancelPaymentIntent::new())
        .await;
    assert!(again.is_err_and(|error| error.is_invalid_request()));
    Ok(())
}

async fn expansion_reaches_through_several_objects(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    client
        .payment_methods()
        .attach(
            &method.id,
            AttachPaymentMethod::new().customer(&customer.id),
        )
        .await?;
    let intents = client.payment_intents();
    let paid = intents
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .customer(&customer.id)
                .payment_method(&method.id)
                .confirm(true),
        )
        .await?;

    let found = intents
        .retrieve(&paid.id, RetrievePaymentIntent::new())
        .expand(["payment_method.customer"])
        .expand(["latest_charge.balance_transaction"])
        .await?;
    let method_of_intent = found.payment_method.as_ref().ok_or("no payment method")?;
    let method_of_intent = method_of_intent.get()?.ok_or("not expanded")?;
    let owner = method_of_intent.customer.as_ref().ok_or("no customer")?;
    let owner = owner.get()?.ok_or("not expanded")?;
    assert_eq!(owner.id, customer.id);

    let charge = found.latest_charge.as_ref().ok_or("no charge")?;
    let charge = charge.get()?.ok_or("not expanded")?;
    assert_eq!(charge.amount, 2_000);
    let transaction = charge.balance_transaction.as_ref().ok_or("unbooked")?;
    let transaction = transaction.get()?.ok_or("not expanded")?;
    assert_eq!((transaction.amount, transaction.net), (2_000, 2_000));
    assert_eq!(transaction.fee, 0);
    // A field that was not expanded is an id.
    let source = transaction.source.as_ref().ok_or("no source")?;
    assert!(!source.is_expanded());
    assert_eq!(source.id().as_str(), charge.id.as_str());
    Ok(())
}

async fn refunds_are_made_read_and_changed(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let paid = client
        .payment_intents()
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .payment_method(&method.id)
                .confirm(true),
        )
        .await?;
    let charge = paid.latest_charge.as_ref().ok_or("no charge")?;
    let refunds = client.refunds();

    let part = refunds
        .create(CreateRefund::new().payment_intent(&paid.id).amount(500))
        .await?;
    assert_eq!((part.amount, part.currency.as_str()), (500, "usd"));
    assert_eq!(part.status.as_deref(), Some("succeeded"));
    // Stripe refunds what is left, 1,500; localstripe the whole charge once more.
    let whole = refunds
        .create(CreateRefund::new().charge(charge.id()))
        .await?;
    let expected = if server.is_localstripe() {
        2_000
    } else {
        1_500
    };
    assert_eq!(whole.amount, expected);

    let changed = refunds
        .update(&part.id, UpdateRefund::new().metadata([("why", "broken")]))
        .await?;
    let metadata = changed.metadata.as_ref().ok_or("no metadata")?;
    assert_eq!(metadata.get("why").map(String::as_str), Some("broken"));
    let found = refunds.retrieve(&part.id).await?;
    assert_eq!(found.metadata, changed.metadata);

    let listed = refunds
        .list(ListRefunds::new().payment_intent(&paid.id))
        .await?;
    assert_eq!(listed.data.len(), 2);
    Ok(())
}

async fn balance_transactions_book_charges_and_refunds(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let paid = client
        .payment_intents()
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .payment_method(&method.id)
                .confirm(true),
        )
        .await?;
    let refund = client
        .refunds()
        .create(CreateRefund::new().payment_intent(&paid.id).amount(500))
        .await?;
    let transactions = client.balance_transactions();

    let listed = transactions.list(ListBalanceTransactions::new()).await?;
    let mut booked: Vec<_> = listed
        .data
        .iter()
        .map(|transaction| (transaction.amount, transaction.type_.as_str()))
        .collect();
    booked.sort_unstable();
    assert_eq!(booked, [(-500, "refund"), (2_000, "charge")]);

    let of_refund = refund.balance_transaction.as_ref().ok_or("unbooked")?;
    let found = transactions.retrieve(of_refund.id()).await?;
    assert_eq!((found.amount, found.net, found.fee), (-500, -500, 0));
    // Without a conversion there is no rate at Stripe.
    let rate = server.is_localstripe().then_some(1.0);
    assert_eq!(found.exchange_rate, rate);
    Ok(())
}

async fn charges_are_listed_by_the_time_of_their_creation(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let paid = client
        .payment_intents()
        .create(
            CreatePaymentIntent::new(2_000, "usd")
                .payment_method(&method.id)
                .confirm(true),
        )
        .await?;
    let charges = client.charges();
    // Of all ranges localstripe has `gt` only.
    let since = |bound: i64| ListCharges::new().created(Range::new().gt(bound.into()));

    let before = i64::from(paid.created) - 60;
    let listed = charges.list(since(before)).await?;
    assert_eq!(listed.data.len(), 1);
    assert_eq!(listed.data[0].status.as_str(), "succeeded");
    let after = i64::from(paid.created) + 60;
    let listed = charges.list(since(after)).await?;
    assert!(listed.data.is_empty());
    Ok(())
}

scenarios! {
    a_payment_intent_is_created_changed_confirmed_and_listed: start,
    an_authorised_payment_is_captured_in_part: start,
    a_payment_intent_asks_for_authentication_and_can_be_cancelled: start,
    expansion_reaches_through_several_objects: start,
    refunds_are_made_read_and_changed: start,
    balance_transactions_book_charges_and_refunds: start,
    charges_are_listed_by_the_time_of_their_creation: start,
}

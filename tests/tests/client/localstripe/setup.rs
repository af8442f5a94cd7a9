//! Payment methods and setup intents.

use stripe::customers::CreateCustomer;
use stripe::payment_methods::{AttachPaymentMethod, ListPaymentMethods, UpdatePaymentMethod};
use stripe::setup_intents::{
    CancelSetupIntent, ConfirmSetupIntent, CreateSetupIntent, RetrieveSetupIntent,
};

use super::{CARD_WITH_AUTHENTICATION, GOOD_CARD, ScenarioServer, Tested, card};

async fn a_payment_method_is_attached_listed_and_detached(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let methods = client.payment_methods();

    let method = methods.create(card(GOOD_CARD)).await?;
    assert_eq!(method.type_.as_str(), "card");
    let details = method.card.as_ref().ok_or("no card")?;
    assert_eq!(details.last4, "4242");
    assert_eq!((details.exp_month, details.exp_year), (12, 2030));
    assert!(method.customer.is_none());

    let attached = methods
        .attach(
            &method.id,
            AttachPaymentMethod::new().customer(&customer.id),
        )
        .await?;
    let owner = attached.customer.as_ref().ok_or("not attached")?;
    assert_eq!(owner.id().as_str(), customer.id.as_str());
    assert!(!owner.is_expanded());

    let updated = methods
        .update(
            &method.id,
            UpdatePaymentMethod::new().metadata([("label", "work")]),
        )
        .await?;
    let metadata = updated.metadata.as_ref().ok_or("no metadata")?;
    assert_eq!(metadata.get("label").map(String::as_str), Some("work"));

    // The type is optional at Stripe; localstripe requires `card`.
    let of_customer = ListPaymentMethods::new()
        .customer(&customer.id)
        .type_("card");
    let listed = methods.list(of_customer.clone()).await?;
    assert_eq!(listed.data.len(), 1);
    assert_eq!(listed.data[0].id, method.id);

    let detached = methods.detach(&method.id).await?;
    assert!(detached.customer.is_none());
    let listed = methods.list(of_customer).await?;
    assert!(listed.data.is_empty() && !listed.has_more);
    Ok(())
}

async fn a_setup_intent_succeeds_with_a_good_card(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let method = client.payment_methods().create(card(GOOD_CARD)).await?;
    let intents = client.setup_intents();

    let created = intents
        .create(
            CreateSetupIntent::new()
                .customer(&customer.id)
                .payment_method_types(["card"]),
        )
        .await?;
    assert_eq!(created.status.as_str(), "requires_payment_method");
    assert_eq!(created.payment_method_types, ["card"]);
    assert_eq!(created.usage, "off_session");

    let confirmed = intents
        .confirm(
            &created.id,
            ConfirmSetupIntent::new().payment_method(&method.id),
        )
        .await?;
    assert_eq!(confirmed.status.as_str(), "succeeded");

    let found = intents
        .retrieve(&created.id, RetrieveSetupIntent::new())
        .expand(["payment_method", "customer"])
        .await?;
    let method_of_intent = found.payment_method.as_ref().ok_or("no payment method")?;
    let expanded = method_of_intent.get()?.ok_or("not expanded")?;
    assert_eq!(expanded.id, method.id);
    // Stripe attaches the payment method to the customer; localstripe does not.
    assert_eq!(expanded.customer.is_none(), server.is_localstripe());
    Ok(())
}

async fn a_setup_intent_asks_for_authentication_and_can_be_cancelled(
    server: ScenarioServer,
) -> Tested {
    let client = server.client()?;
    let method = client
        .payment_methods()
        .create(card(CARD_WITH_AUTHENTICATION))
        .await?;
    let intents = client.setup_intents();
    let created = intents.create(CreateSetupIntent::new()).await?;

    let confirmed = intents
        .confirm(
            &created.id,
            ConfirmSetupIntent::new().payment_method(&method.id),
        )
        .await?;
    assert_eq!(confirmed.status.as_str(), "requires_action");
    let action = confirmed.next_action.as_ref().ok_or("no action")?;
    assert_eq!(action.type_, "use_stripe_sdk");
    // The data for the client-side library is opaque, and complete.
    let opaque = action.use_stripe_sdk.as_ref().ok_or("nothing opaque")?;
    let kind = opaque.get("type").ok_or("no type")?;
    assert_eq!(kind.as_str(), "\"three_d_secure_redirect\"");

    let cancelled = intents
        .cancel(&created.id, CancelSetupIntent::new())
        .await?;
    assert_eq!(cancelled.status.as_str(), "canceled");
    assert!(cancelled.next_action.is_none());
    Ok(())
}

scenarios! {
    a_payment_method_is_attached_listed_and_detached: start,
    a_setup_intent_succeeds_with_a_good_card: start,
    a_setup_intent_asks_for_authentication_and_can_be_cancelled: start,
}

//! Error responses of the server, and the [`Error`]s that they become.

use stripe::customers::CreateCustomer;
use stripe::operation::Method;
use stripe::payment_intents::{ConfirmPaymentIntent, CreatePaymentIntent, RetrievePaymentIntent};
use stripe::payment_methods::AttachPaymentMethod;
use stripe::{Client, Error};
use tests::localstripe::LocalStripe;

use super::{CARD_REFUSED_ON_ATTACH, CARD_REFUSED_ON_CHARGE, ScenarioServer, Tested, card};

/// The error of a call that has to fail.
fn refused<T>(result: Result<T, Error>) -> Result<Error, &'static str> {
    result.err().ok_or("the server did not refuse")
}

async fn a_missing_object_is_not_found(server: ScenarioServer) -> Tested {
    let customers = server.client()?.customers();
    let error = refused(customers.retrieve("cus_missing").await)?;
    assert!(error.is_not_found() && !error.is_invalid_request());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert_eq!(error.error_type(), Some("invalid_request_error"));
    // Stripe adds the code `resource_missing` and the parameter; localstripe neither.
    let (message, code, param) = match server.is_localstripe() {
        true => ("Not Found", None, None),
        false => (
            "No such customer: 'cus_missing'",
            Some("resource_missing"),
            Some("customer"),
        ),
    };
    assert_eq!(error.message(), Some(message));
    assert_eq!((error.code(), error.param()), (code, param));
    assert!(error.outcome().is_rejected());
    assert_eq!(error.attempts(), 1);
    let line = error.to_string();
    assert!(line.contains("404") && !line.contains('\n'), "{line}");
    assert_eq!(line.matches(message).count(), 1, "{line}");
    Ok(())
}

async fn a_card_is_declined_when_it_is_charged(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let method = client
        .payment_methods()
        .create(card(CARD_REFUSED_ON_CHARGE))
        .await?;
    let intents = client.payment_intents();
    let intent = intents
        .create(CreatePaymentIntent::new(2_000, "usd").payment_method(&method.id))
        .await?;

    let confirmed = intents
        .confirm(&intent.id, ConfirmPaymentIntent::new())
        .idempotency_key("order-42")
        .await;
    let error = refused(confirmed)?;
    assert!(error.is_card_declined(), "{error:?}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(402));
    assert_eq!(error.code(), Some("card_declined"));
    // Stripe's type is `card_error`, and there is a decline code; localstripe calls every error
    // an invalid request.
    let (kind, decline_code) = match server.is_localstripe() {
        true => ("invalid_request_error", None),
        false => ("card_error", Some("generic_decline")),
    };
    assert_eq!(error.error_type(), Some(kind));
    assert_eq!(error.decline_code(), decline_code);
    assert!(error.outcome().is_rejected());
    assert_eq!(error.idempotency_key(), Some("order-42"));
    // Other fields of the error object are available.
    let charge = error.body().and_then(|body| body.text("charge"));
    assert!(charge.is_some_and(|id| id.starts_with("ch_")));

    let found = intents
        .retrieve(&intent.id, RetrievePaymentIntent::new())
        .await?;
    assert_eq!(found.status.as_str(), "requires_payment_method");
    let last = found.last_payment_error.as_ref().ok_or("no error")?;
    assert_eq!(last.code.as_deref(), Some("card_declined"));
    Ok(())
}

async fn a_card_is_declined_when_it_is_saved(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let customer = client.customers().create(CreateCustomer::new()).await?;
    let method = client
        .payment_methods()
        .create(card(CARD_REFUSED_ON_ATTACH))
        .await?;
    let owner = AttachPaymentMethod::new().customer(&customer.id);
    let attached = client.payment_methods().attach(&method.id, owner).await;
    let error = refused(attached)?;
    assert!(error.is_card_declined(), "{error:?}");
    Ok(())
}

async fn wrong_parameters_are_an_invalid_request(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let intents = client.payment_intents();
    let error = refused(intents.create(CreatePaymentIntent::new(-1, "usd")).await)?;
    assert!(error.is_invalid_request());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));

    let unknown = client
        .customers()
        .create(CreateCustomer::new())
        .extra_param("favourite_colour", &"blue")
        .await;
    let error = refused(unknown)?;
    assert!(error.is_invalid_request());
    let message = match server.is_localstripe() {
        true => "Unexpected favourite_colour",
        false => "Received unknown parameter: favourite_colour",
    };
    assert_eq!(error.message(), Some(message));

    let unknown = client
        .customers()
        .create(CreateCustomer::new())
        .expand(["no_such_field"])
        .await;
    assert!(refused(unknown)?.is_invalid_request());
    Ok(())
}

async fn a_key_that_is_none_is_an_authentication_error(server: ScenarioServer) -> Tested {
    let client: Client = Client::builder()
        .api_key("wrong_key_123")
        .base_url(server.base_url())
        .build()?;
    let error = refused(client.customers().create(CreateCustomer::new()).await)?;
    assert!(error.is_authentication());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert!(!format!("{error} {error:?}").contains("wrong_key_123"));
    Ok(())
}

#[tokio::test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
async fn an_answer_without_json_keeps_its_status() -> Tested {
    let server = LocalStripe::start()?;
    let client = server.client()?;
    // localstripe has no files: the web framework responds with a line of text.
    let error = refused(client.files().retrieve("file_1").await)?;
    // A page that is not the API's does not say that the object is missing.
    assert!(!error.is_not_found());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert_eq!(error.error_type(), None);
    assert_eq!(
        error.raw_body().map(|body| &body[..]),
        Some(&b"404: Not Found"[..])
    );

    // It supports only some ranges, and responds to others with a status of its own.
    let sent = client
        .runtime()
        .raw(Method::Get, "/v1/charges")
        .param("created[lt]", &1_700_000_000_i64)
        .await;
    let error = refused(sent)?;
    assert!(error.is_server());
    Ok(())
}

async fn a_server_that_is_gone_was_not_reached(server: ScenarioServer) -> Tested {
    // A client that has no connection yet. Over a connection that the server has closed, a request
    // may be sent before that is detected, and its outcome is then unknown.
    let client = server.client()?;
    drop(server);
    let error = refused(client.customers().create(CreateCustomer::new()).await)?;
    assert!(error.is_connect(), "{error:?}");
    assert!(error.outcome().is_not_sent());
    // The call may be repeated under the key that was generated for it.
    assert!(error.idempotency_key().is_some());
    assert_eq!(error.status(), None);
    Ok(())
}

scenarios! {
    a_missing_object_is_not_found: start,
    a_card_is_declined_when_it_is_charged: start,
    a_card_is_declined_when_it_is_saved: start,
    wrong_parameters_are_an_invalid_request: start,
    a_key_that_is_none_is_an_authentication_error: start,
    a_server_that_is_gone_was_not_reached: start,
}

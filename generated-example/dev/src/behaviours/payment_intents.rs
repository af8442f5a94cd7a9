//! Payment intents: from creation to the charge.

use serde_json::{Value, json};

use super::attachments::{attach_to_customer, check_intent_method, check_owner};
use super::charges::{ChargeRequest, capture_amount, check_capture, create_charge};
use super::payment_methods::{create_from_data, fill_card};
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{id_member, integer_member, set_member, text_member};
use crate::operation_call::OperationCall;
use crate::test_methods::{CardOutcome, outcome_of_method};

const TAG: &str = "payment_intent";
const MAX_AMOUNT: i64 = 99_999_999;

/// After `POST /v1/payment_intents`.
pub(super) fn complete_creation(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    check_amount(&call.params)?;
    let secret = format!("{id}_secret_{}", context.ids.random_text(24));
    let params = &call.params;
    let types = params["payment_method_types"].as_array().cloned();
    let capture = match text_member(params, "capture_method") {
        "" => "automatic_async",
        stated => stated,
    };
    let confirmation = match text_member(params, "confirmation_method") {
        "" => "automatic",
        stated => stated,
    };
    let patch = json!({
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": capture,
        "client_secret": secret,
        "confirmation_method": confirmation,
        "currency": text_member(params, "currency").to_lowercase(),
        "payment_method_types": types.unwrap_or_else(|| vec![json!("card")]),
        "status": "requires_payment_method",
    });
    context.patch_object(TAG, id, patch);
    take_payment_method(context, call, id)?;
    match params["confirm"] == true {
        true => confirm_intent(context, id, params),
        false => Ok(()),
    }
}

fn check_amount(params: &Value) -> Result<(), ApiProblem> {
    let Some(amount) = params["amount"].as_i64() else {
        return Ok(());
    };
    if amount < 0 {
        let message = "This value must be greater than or equal to 0.";
        let code = "parameter_invalid_integer";
        return Err(ApiProblem::parameter(code, "amount", message));
    }
    if amount > MAX_AMOUNT {
        let message = format!("Amount must be no more than {MAX_AMOUNT}.");
        return Err(ApiProblem::parameter("amount_too_large", "amount", message));
    }
    Ok(())
}

/// Sets the payment method that parameters name or describe, and the status that follows.
fn take_payment_method(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    id: &str,
) -> Result<(), ApiProblem> {
    if let Some(method) = create_from_data(context, &call.params)? {
        context.patch_object(TAG, id, json!({ "payment_method": method }));
    }
    let intent = context.read_object(TAG, id);
    check_intent_method(context, TAG, &intent)?;
    let status = text_member(&intent, "status");
    if status == "requires_payment_method" && id_member(&intent, "payment_method").is_some() {
        let patch = json!({ "status": "requires_confirmation" });
        context.patch_object(TAG, id, patch);
    }
    Ok(())
}

/// After `POST /v1/payment_intents/{intent}`.
pub(super) fn complete_update(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    check_amount(&call.params)?;
    let intent = context.read_object(TAG, id);
    let status = text_member(&intent, "status");
    context.check_state(id, !matches!(status, "succeeded" | "canceled"), || {
        let message = format!("A payment intent that is {status} cannot be updated.");
        ApiProblem::unexpected_state("payment_intent", message)
    })?;
    take_payment_method(context, call, id)
}

/// After `POST /v1/payment_intents/{intent}/confirm`.
pub(super) fn complete_confirmation(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    take_payment_method(context, call, id)?;
    confirm_intent(context, id, &call.params)
}

/// Charges the payment method of an intent.
pub(super) fn confirm_intent(
    context: &mut RequestContext<'_>,
    id: &str,
    params: &Value,
) -> Result<(), ApiProblem> {
    let intent = context.read_object(TAG, id);
    let status = text_member(&intent, "status").to_owned();
    let is_open = status.starts_with("requires_") && status != "requires_capture";
    context.check_state(id, is_open, || unexpected_state(&intent, "confirm"))?;
    let Some(method) = id_member(&intent, "payment_method").map(str::to_owned) else {
        return context.check_state(id, false, || {
            let message = "You cannot confirm this PaymentIntent because it's missing a payment \
                           method.";
            unexpected_state_with(&intent, message)
        });
    };
    let outcome = outcome_of_method(&context.read_object("payment_method", &method));
    if outcome == CardOutcome::RequiresAuthentication {
        return require_action(context, id, params);
    }
    charge_intent(context, id, &method)
}

/// The customer has to authenticate; without one, the payment is declined.
fn require_action(
    context: &mut RequestContext<'_>,
    id: &str,
    params: &Value,
) -> Result<(), ApiProblem> {
    if params["off_session"] == true || params["error_on_requires_action"] == true {
        let message = "Your card was declined. This transaction requires authentication.";
        let problem = ApiProblem::card_declined("authentication_required", None, message);
        return fail_payment(context, id, None, problem);
    }
    let action = json!({
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {
            "type": "three_d_secure_redirect",
            "stripe_js": "https://hooks.stripe.com/redirect/authenticate/local",
        },
    });
    let action = match text_member(params, "return_url") {
        "" => action,
        url => json!({
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": "https://hooks.stripe.com/redirect/authenticate/local",
                "return_url": url,
            },
        }),
    };
    let patch = json!({ "status": "requires_action", "next_action": action });
    context.patch_object(TAG, id, patch);
    Ok(())
}

/// Charges a payment method, which needs no authentication, or has been authenticated.
pub(super) fn charge_intent(
    context: &mut RequestContext<'_>,
    id: &str,
    method: &str,
) -> Result<(), ApiProblem> {
    let intent = context.read_object(TAG, id);
    let amount = integer_member(&intent, "amount");
    let is_captured = intent["capture_method"] != "manual";
    let mut members = json!({});
    for name in [
        "application_fee_amount",
        "description",
        "metadata",
        "receipt_email",
        "shipping",
        "on_behalf_of",
        "transfer_data",
        "transfer_group",
    ] {
        if !intent[name].is_null() {
            set_member(&mut members, name, intent[name].clone());
        }
    }
    let request = ChargeRequest {
        amount,
        currency: text_member(&intent, "currency").to_owned(),
        customer: id_member(&intent, "customer").map(str::to_owned),
        payment_method: Some(method.to_owned()),
        payment_intent: Some(id.to_owned()),
        is_captured,
        members,
    };
    let (charge, problem) = create_charge(context, &request)?;
    if let Some(problem) = problem {
        return fail_payment(context, id, Some(charge), problem);
    }
    let (status, received, capturable) = match is_captured {
        true => ("succeeded", amount, 0),
        false => ("requires_capture", 0, amount),
    };
    let patch = json!({
        "amount_capturable": capturable,
        "amount_received": received,
        "last_payment_error": null,
        "latest_charge": charge,
        "next_action": null,
        "status": status,
    });
    context.patch_object(TAG, id, patch);
    let saves = text_member(&intent, "setup_future_usage");
    if let (false, Some(customer)) = (saves.is_empty(), id_member(&intent, "customer")) {
        attach_to_customer(context, method, customer)?;
    }
    Ok(())
}

fn fail_payment(
    context: &mut RequestContext<'_>,
    id: &str,
    charge: Option<String>,
    problem: ApiProblem,
) -> Result<(), ApiProblem> {
    let intent = context.read_object(TAG, id);
    let method = id_member(&intent, "payment_method").unwrap_or_default();
    let method = context.read_object("payment_method", method);
    let mut error = Value::Object(problem.error_object());
    set_member(&mut error, "payment_method", method.clone());
    if let Some(charge) = &charge {
        set_member(&mut error, "charge", json!(charge));
    }
    let patch = json!({
        "last_payment_error": error,
        "latest_charge": charge,
        "payment_method": null,
        "status": "requires_payment_method",
    });
    context.patch_object(TAG, id, patch);
    context.announce("payment_intent.payment_failed", TAG, id);
    let mut problem = problem
        .with_detail("payment_intent", context.read_object(TAG, id))
        .with_detail("payment_method", method);
    if let Some(charge) = charge {
        problem = problem.with_detail("charge", json!(charge));
    }
    Err(problem)
}

/// After `POST /v1/payment_intents/{intent}/capture`.
pub(super) fn capture_intent(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let intent = context.read_object(TAG, id);
    let is_open = intent["status"] == "requires_capture";
    context.check_state(id, is_open, || unexpected_state(&intent, "capture"))?;
    let authorised = integer_member(&intent, "amount");
    let amount = call.params["amount_to_capture"]
        .as_i64()
        .unwrap_or(authorised);
    check_capture(context, id, "amount_to_capture", amount, authorised)?;
    if let Some(charge) = id_member(&intent, "latest_charge") {
        capture_amount(context, charge, amount)?;
    }
    let patch = json!({
        "amount_capturable": 0,
        "amount_received": amount,
        "status": "succeeded",
    });
    context.patch_object(TAG, id, patch);
    Ok(())
}

/// `POST /v1/payment_intents/{intent}/cancel`, before the status changes.
pub(super) fn cancel_intent(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<crate::operation_call::OperationResult, ApiProblem> {
    let key = crate::generic::find_live_target(context, call)?;
    let id = key.1.as_str();
    let intent = context.read_object(TAG, id);
    let is_open = text_member(&intent, "status").starts_with("requires_");
    context.check_state(id, is_open, || unexpected_state(&intent, "cancel"))?;
    crate::generic::update_object(context, call, &key);
    let patch = json!({
        "amount_capturable": 0,
        "canceled_at": context.now,
        "next_action": null,
        "status": "canceled",
    });
    context.patch_object(TAG, id, patch);
    Ok(crate::operation_call::OperationResult::Stored(key))
}

/// After `POST /v1/payment_intents/{intent}/increment_authorization`.
pub(super) fn increment_authorization(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let intent = context.read_object(TAG, id);
    let is_open = intent["status"] == "requires_capture";
    context.check_state(id, is_open, || unexpected_state(&intent, "increment"))?;
    let amount = integer_member(&call.params, "amount");
    context.patch_object(
        TAG,
        id,
        json!({ "amount": amount, "amount_capturable": amount }),
    );
    if let Some(charge) = id_member(&intent, "latest_charge") {
        context.patch_object("charge", charge, json!({ "amount": amount }));
    }
    Ok(())
}

fn unexpected_state(intent: &Value, verb: &str) -> ApiProblem {
    let status = text_member(intent, "status");
    let message =
        format!("You cannot {verb} this PaymentIntent because it has a status of {status}.");
    unexpected_state_with(intent, &message)
}

fn unexpected_state_with(intent: &Value, message: &str) -> ApiProblem {
    ApiProblem::unexpected_state(TAG, message).with_detail(TAG, intent.clone())
}

/// Charges a customer for something that the API collects itself; returns the payment intent.
pub(super) fn charge_customer(
    context: &mut RequestContext<'_>,
    customer: &str,
    method: &str,
    amount: i64,
    currency: &str,
) -> Result<(String, Option<ApiProblem>), ApiProblem> {
    let method = fill_card(context, method)?;
    check_owner(context, &method, customer, "payment_method")?;
    let patch = json!({
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": customer,
        "payment_method": method,
        "payment_method_types": ["card"],
        "status": "requires_confirmation",
    });
    let id = context.create_object(TAG, &json!({}), patch)?;
    let outcome = confirm_intent(context, &id, &json!({}));
    match outcome {
        Ok(()) => Ok((id, None)),
        Err(problem) if problem.kind == "card_error" => Ok((id, Some(problem))),
        Err(problem) => Err(problem),
    }
}

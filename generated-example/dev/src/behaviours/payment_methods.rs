//! Payment methods and setup intents.

use serde_json::{Value, json};

use super::attachments::{attach_to_customer, check_intent_method};
use super::charges::decline_problem;
use super::tokens::details_of_card;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::{find_live_target, update_object};
use crate::json_value::{id_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::test_methods::{CardOutcome, outcome_of_method};

const TAG: &str = "payment_method";

/// After `POST /v1/payment_methods`.
pub(super) fn complete_creation(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let kind = text_member(&call.params, "type");
    if kind.is_empty() && !context.settings.create_missing {
        let is_copy = call.params["payment_method"].is_string();
        if !is_copy {
            return Err(ApiProblem::missing_parameter("type"));
        }
    }
    if let Some(details) = details_of_card(context, &call.params["card"], "card")? {
        context.patch_object(TAG, id, json!({ "card": details }));
    }
    let original = text_member(&call.params, "payment_method");
    let original = context.read_object(TAG, original);
    if original["card"].is_object() {
        let patch = json!({ "type": original["type"], "card": original["card"] });
        context.patch_object(TAG, id, patch);
    }
    // A new one is attached by `attach` alone.
    let patch = json!({ "customer": null });
    context.patch_object(TAG, id, patch);
    Ok(())
}

/// The payment method that `payment_method_data` describes.
pub(super) fn create_from_data(
    context: &mut RequestContext<'_>,
    params: &Value,
) -> Result<Option<String>, ApiProblem> {
    let data = &params["payment_method_data"];
    if !data.is_object() {
        return Ok(None);
    }
    let param = "payment_method_data[card]";
    let details = details_of_card(context, &data["card"], param)?;
    let id = context.create_object(TAG, data, json!({}))?;
    if let Some(details) = details {
        context.patch_object(TAG, &id, json!({ "card": details }));
    }
    Ok(Some(id))
}

/// The payment method of an id, or a new one if the id is the name of a test card.
pub(super) fn fill_card(
    context: &mut RequestContext<'_>,
    method: &str,
) -> Result<String, ApiProblem> {
    let tags = [TAG.to_owned()];
    let (_, id) = context.require_object(&tags, method, "payment_method", 400)?;
    Ok(id)
}

const SETUP: &str = "setup_intent";

/// After `POST /v1/setup_intents`.
pub(super) fn complete_setup_creation(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let secret = format!("{id}_secret_{}", context.ids.random_text(24));
    let types = call.params["payment_method_types"].as_array().cloned();
    let usage = match text_member(&call.params, "usage") {
        "" => "off_session",
        usage => usage,
    };
    let patch = json!({
        "client_secret": secret,
        "payment_method_types": types.unwrap_or_else(|| vec![json!("card")]),
        "status": "requires_payment_method",
        "usage": usage,
    });
    context.patch_object(SETUP, id, patch);
    take_setup_method(context, call, id)?;
    match call.params["confirm"] == true {
        true => confirm_setup(context, id),
        false => Ok(()),
    }
}

fn take_setup_method(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    id: &str,
) -> Result<(), ApiProblem> {
    if let Some(method) = create_from_data(context, &call.params)? {
        context.patch_object(SETUP, id, json!({ "payment_method": method }));
    }
    let intent = context.read_object(SETUP, id);
    check_intent_method(context, SETUP, &intent)?;
    let is_waiting = intent["status"] == "requires_payment_method";
    if is_waiting && id_member(&intent, "payment_method").is_some() {
        context.patch_object(SETUP, id, json!({ "status": "requires_confirmation" }));
    }
    Ok(())
}

/// After `POST /v1/setup_intents/{intent}`.
pub(super) fn complete_setup_update(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    take_setup_method(context, call, id)
}

/// After `POST /v1/setup_intents/{intent}/confirm`.
pub(super) fn complete_setup_confirmation(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    take_setup_method(context, call, id)?;
    confirm_setup(context, id)
}

fn confirm_setup(context: &mut RequestContext<'_>, id: &str) -> Result<(), ApiProblem> {
    let intent = context.read_object(SETUP, id);
    let status = text_member(&intent, "status");
    let is_open = status.starts_with("requires_");
    let method = id_member(&intent, "payment_method").unwrap_or_default();
    context.check_state(id, is_open && !method.is_empty(), || {
        let message = format!("You cannot confirm this SetupIntent: it has a status of {status}.");
        ApiProblem::unexpected_state(SETUP, message).with_detail(SETUP, intent.clone())
    })?;
    let details = context.read_object(TAG, method);
    match outcome_of_method(&details) {
        CardOutcome::RequiresAuthentication => {
            let patch = json!({
                "status": "requires_action",
                "next_action": {
                    "type": "use_stripe_sdk",
                    "use_stripe_sdk": {
                        "type": "three_d_secure_redirect",
                        "stripe_js": "https://hooks.stripe.com/redirect/authenticate/local",
                    },
                },
            });
            context.patch_object(SETUP, id, patch);
            return Ok(());
        }
        outcome @ CardOutcome::Declined(..) => {
            if let Some(problem) = decline_problem(outcome) {
                return fail_setup(context, id, details, problem);
            }
        }
        _ => {}
    }
    let patch = json!({ "status": "succeeded", "next_action": null });
    context.patch_object(SETUP, id, patch);
    if let Some(customer) = id_member(&intent, "customer") {
        attach_to_customer(context, method, customer)?;
    }
    Ok(())
}

fn fail_setup(
    context: &mut RequestContext<'_>,
    id: &str,
    method: Value,
    problem: ApiProblem,
) -> Result<(), ApiProblem> {
    let patch = json!({
        "last_setup_error": problem.error_object(),
        "payment_method": null,
        "status": "requires_payment_method",
    });
    context.patch_object(SETUP, id, patch);
    context.announce("setup_intent.setup_failed", SETUP, id);
    Err(problem
        .with_detail(SETUP, context.read_object(SETUP, id))
        .with_detail(TAG, method))
}

/// `POST /v1/setup_intents/{intent}/cancel`.
pub(super) fn cancel_setup(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let intent = context.read_object(SETUP, &key.1);
    let is_open = text_member(&intent, "status").starts_with("requires_");
    context.check_state(&key.1, is_open, || {
        let message = "You cannot cancel this SetupIntent because of its status.";
        ApiProblem::unexpected_state(SETUP, message).with_detail(SETUP, intent.clone())
    })?;
    update_object(context, call, &key);
    let patch = json!({ "next_action": null, "status": "canceled" });
    context.patch_object(SETUP, &key.1, patch);
    Ok(OperationResult::Stored(key))
}

//! To which customer a payment method belongs: to one at most, and to none again after it.

use serde_json::{Value, json};

use super::charges::decline_problem;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::find_live_target;
use crate::json_value::{id_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::test_methods::{CardOutcome, outcome_of_method};

const TAG: &str = "payment_method";

/// `POST /v1/payment_methods/{payment_method}/attach`.
pub(super) fn attach_method(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let method = context.read_object(TAG, &key.1);
    if let CardOutcome::Declined(..) = outcome_of_method(&method) {
        if let Some(problem) = decline_problem(outcome_of_method(&method)) {
            return Err(problem);
        }
    }
    if let Some(customer) = id_member(&call.params, "customer") {
        attach_to_customer(context, &key.1, customer)?;
    }
    Ok(OperationResult::Stored(key))
}

/// Attaches a payment method to a customer; that it is attached to already, is no error.
pub(super) fn attach_to_customer(
    context: &mut RequestContext<'_>,
    method: &str,
    customer: &str,
) -> Result<(), ApiProblem> {
    check_not_detached(context, method)?;
    let value = context.read_object(TAG, method);
    match id_member(&value, "customer") {
        Some(owner) if owner == customer => return Ok(()),
        owner => context.check_state(method, owner.is_none(), || {
            let message = "The payment method you provided has already been attached to a \
                           customer.";
            ApiProblem::unexpected_state(TAG, message).with_detail(TAG, value.clone())
        })?,
    }
    context.patch_object(TAG, method, json!({ "customer": customer }));
    context.announce("payment_method.attached", TAG, method);
    Ok(())
}

/// After `POST /v1/payment_methods/{payment_method}/detach`. It is the default of nothing any more.
pub(super) fn detach_method(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let method = context.read_object(TAG, id);
    let customer = id_member(&method, "customer").map(str::to_owned);
    context.check_state(id, customer.is_some(), || {
        let message = "The payment method you provided is not attached to a customer so \
                       detachment is impossible.";
        ApiProblem::bad_request("payment_method_not_attached", message)
    })?;
    context.patch_object(TAG, id, json!({ "customer": null }));
    context.store_private(&detachment_key(id), json!({ "customer": customer }));
    let customer = customer.unwrap_or_default();
    let value = context.read_object("customer", &customer);
    if id_member(&value["invoice_settings"], "default_payment_method") == Some(id) {
        let patch = json!({ "invoice_settings": { "default_payment_method": null } });
        context.patch_object("customer", &customer, patch);
    }
    let users = context.store.select("subscription", |user| {
        id_member(user, "default_payment_method") == Some(id) && user["status"] != "canceled"
    });
    for user in users {
        let patch = json!({ "default_payment_method": null });
        context.patch_object("subscription", text_member(&user, "id"), patch);
    }
    context.announce("payment_method.detached", TAG, id);
    Ok(())
}

/// The key of what the server knows of a detachment, which no member of the method has.
fn detachment_key(method: &str) -> String {
    format!("detachment of {method}")
}

fn check_not_detached(context: &RequestContext<'_>, method: &str) -> Result<(), ApiProblem> {
    let is_detached = context.read_private(&detachment_key(method)).is_object();
    context.check_state(method, !is_detached, || {
        let message = "This PaymentMethod was previously used without being attached to a \
                       Customer or was detached from a Customer, and may not be used again.";
        ApiProblem::unexpected_state(TAG, message)
    })
}

/// Checks that the payment method of an intent belongs to the customer of the intent, or to none.
pub(super) fn check_intent_method(
    context: &RequestContext<'_>,
    intent_tag: &str,
    intent: &Value,
) -> Result<(), ApiProblem> {
    let method = id_member(intent, "payment_method").unwrap_or_default();
    let customer = id_member(intent, "customer").unwrap_or_default();
    check_owner(context, method, customer, "payment_method")
        .map_err(|problem| problem.with_detail(intent_tag, intent.clone()))
}

/// Checks that a payment method belongs to this customer, or to none.
pub(super) fn check_owner(
    context: &RequestContext<'_>,
    method: &str,
    customer: &str,
    param: &str,
) -> Result<(), ApiProblem> {
    check_not_detached(context, method)?;
    let value = context.read_object(TAG, method);
    let owner = id_member(&value, "customer").unwrap_or_default();
    context.check_state(method, owner.is_empty() || owner == customer, || {
        let message = match customer {
            "" => format!(
                "The PaymentMethod {method} belongs to the Customer {owner}. Please include the \
                 Customer in the `customer` parameter."
            ),
            _ => format!("The PaymentMethod {method} does not belong to the Customer {customer}."),
        };
        ApiProblem {
            param: Some(param.to_owned()),
            ..ApiProblem::unexpected_state(TAG, message)
        }
    })
}

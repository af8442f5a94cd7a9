//! Refunds: what is left of a captured charge goes back to the customer.

use serde_json::{Value, json};

use super::charges::book_amount;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{id_member, integer_member, text_member};
use crate::operation_call::OperationCall;

const TAG: &str = "refund";

/// After `POST /v1/refunds` and `POST /v1/charges/{charge}/refunds`.
pub(super) fn complete_refund(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let Some(charge) = find_charge(context, call, id)? else {
        return Ok(());
    };
    let value = context.read_object("charge", &charge);
    check_refundable(context, &value, &charge)?;
    let rest = refundable_amount(&value);
    let amount = call.params["amount"].as_i64().unwrap_or(rest);
    check_amount(context, &charge, amount, rest)?;
    let mut patch = json!({
        "amount": amount,
        "charge": charge,
        "currency": value["currency"],
        "payment_intent": value["payment_intent"],
        "status": "succeeded",
    });
    // A charge that is not captured has booked nothing.
    if value["captured"] == true {
        let (booked, currency) = (amount.saturating_neg(), &value["currency"]);
        let transaction = book_amount(context, TAG, id, booked, currency)?;
        crate::json_value::set_member(&mut patch, "balance_transaction", json!(transaction));
    }
    context.patch_object(TAG, id, patch);
    let refunded = integer_member(&value, "amount_refunded").saturating_add(amount);
    let patch = json!({ "amount_refunded": refunded, "refunded": amount >= rest });
    context.patch_object("charge", &charge, patch);
    context.announce("charge.refunded", "charge", &charge);
    Ok(())
}

/// The charge that a refund is for: its own, that of its payment intent, or that of the path.
fn find_charge(
    context: &RequestContext<'_>,
    call: &OperationCall<'_>,
    id: &str,
) -> Result<Option<String>, ApiProblem> {
    let refund = context.read_object(TAG, id);
    let intent = id_member(&refund, "payment_intent").unwrap_or_default();
    let owner = call.path_values.first().map(String::as_str);
    let stated = id_member(&refund, "charge").or(owner);
    if intent.is_empty() && stated.is_none() {
        if context.settings.create_missing {
            return Ok(None);
        }
        let message = "One of the following params should be provided for this request: \
                       payment_intent or charge.";
        return Err(ApiProblem::bad_request("parameter_missing", message));
    }
    let value = context.read_object("payment_intent", intent);
    let is_charged = intent.is_empty() || value["status"] == "succeeded";
    context.check_state(intent, is_charged, || {
        let message =
            format!("This PaymentIntent ({intent}) does not have a successful charge to refund.");
        ApiProblem::unexpected_state("payment_intent", message)
            .with_detail("payment_intent", value.clone())
    })?;
    let charge = stated.or_else(|| id_member(&value, "latest_charge"));
    Ok(charge.map(str::to_owned))
}

/// A charge of a payment intent can be refunded after its capture; until then, its intent is
/// cancelled. One without an intent is released by a refund.
fn check_refundable(
    context: &RequestContext<'_>,
    charge: &Value,
    id: &str,
) -> Result<(), ApiProblem> {
    context.check_state(id, charge["status"] == "succeeded", || {
        let status = text_member(charge, "status");
        let message = format!("Charge {id} cannot be refunded: its status is {status}.");
        ApiProblem::bad_request("charge_not_refundable", message)
    })?;
    let is_released = id_member(charge, "payment_intent").is_none();
    context.check_state(id, charge["captured"] == true || is_released, || {
        let message = format!(
            "Charge {id} has not been captured, so there is nothing to refund. Cancel its \
             PaymentIntent instead."
        );
        ApiProblem::bad_request("charge_not_refundable", message)
    })
}

/// What is left to refund: what was captured without what was refunded since. `amount_refunded`
/// has what a partial capture has released, too.
fn refundable_amount(charge: &Value) -> i64 {
    let amount = integer_member(charge, "amount");
    let captured = match charge["captured"] == true {
        true => integer_member(charge, "amount_captured"),
        false => amount,
    };
    let released = amount.saturating_sub(captured);
    let refunded = integer_member(charge, "amount_refunded").saturating_sub(released);
    captured.saturating_sub(refunded)
}

fn check_amount(
    context: &RequestContext<'_>,
    charge: &str,
    amount: i64,
    rest: i64,
) -> Result<(), ApiProblem> {
    context.check_state(charge, rest > 0, || {
        let message = format!("Charge {charge} has already been refunded.");
        ApiProblem::bad_request("charge_already_refunded", message)
    })?;
    context.check_state(charge, amount > 0, || {
        let message = "This value must be greater than or equal to 1.";
        ApiProblem::parameter("parameter_invalid_integer", "amount", message)
    })?;
    context.check_state(charge, amount <= rest, || {
        let message = format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})."
        );
        ApiProblem::parameter("amount_too_large", "amount", message)
    })
}

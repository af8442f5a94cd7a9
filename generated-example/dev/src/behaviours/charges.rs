//! Charges, what they book on the balance, and disputes.

use serde_json::{Value, json};

use super::tokens::{create_from_token, is_token};
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::{find_live_target, update_object};
use crate::json_value::{id_member, integer_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::test_methods::{CardOutcome, is_test_card, outcome_of_method};

/// What is charged.
#[derive(Debug, Default)]
pub(super) struct ChargeRequest {
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) customer: Option<String>,
    pub(super) payment_method: Option<String>,
    pub(super) payment_intent: Option<String>,
    pub(super) is_captured: bool,
    /// Members that the charge has from what it is made for.
    pub(super) members: Value,
}

/// Creates a charge. One that is declined has the status `failed`; the problem says why.
pub(super) fn create_charge(
    context: &mut RequestContext<'_>,
    request: &ChargeRequest,
) -> Result<(String, Option<ApiProblem>), ApiProblem> {
    let method = request.payment_method.as_deref().unwrap_or_default();
    let method = context.read_object("payment_method", method);
    let outcome = outcome_of_method(&method);
    let problem = decline_problem(outcome);
    let paid = problem.is_none();
    let patch = json!({
        "amount": request.amount,
        "amount_captured": if paid && request.is_captured { request.amount } else { 0 },
        "billing_details": method["billing_details"].as_object(),
        "captured": paid && request.is_captured,
        "currency": request.currency,
        "customer": request.customer,
        "failure_code": problem.as_ref().and_then(|problem| problem.code.clone()),
        "failure_message": problem.as_ref().map(|problem| problem.message.clone()),
        "paid": paid,
        "payment_intent": request.payment_intent,
        "payment_method": request.payment_method,
        "payment_method_details": { "type": "card", "card": card_of_charge(&method) },
        "receipt_url": "https://pay.stripe.com/receipts/local",
        "status": if paid { "succeeded" } else { "failed" },
    });
    let mut patch = patch;
    if !patch["billing_details"].is_object() {
        patch
            .as_object_mut()
            .map(|members| members.shift_remove("billing_details"));
    }
    let id = context.create_object("charge", &request.members, patch)?;
    if paid && request.is_captured {
        book_charge(context, &id, request.amount)?;
    }
    if outcome == CardOutcome::Disputed {
        dispute_charge(context, &id)?;
    }
    Ok((id, problem))
}

fn card_of_charge(method: &Value) -> Value {
    let card = &method["card"];
    json!({
        "brand": card["brand"],
        "country": card["country"],
        "exp_month": card["exp_month"].as_i64().unwrap_or(12),
        "exp_year": card["exp_year"].as_i64().unwrap_or(2034),
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "last4": card["last4"],
        "network": card["brand"],
    })
}

/// Why a card cannot be charged.
pub(super) fn decline_problem(outcome: CardOutcome) -> Option<ApiProblem> {
    let (code, decline_code) = match outcome {
        CardOutcome::Declined(code, decline_code) => (code, decline_code),
        CardOutcome::DeclinedOnCharge => ("card_declined", Some("generic_decline")),
        _ => return None,
    };
    let message = match code {
        "expired_card" => "Your card has expired.",
        "incorrect_cvc" => "Your card's security code is incorrect.",
        "processing_error" => "An error occurred while processing your card.",
        _ => "Your card was declined.",
    };
    Some(ApiProblem::card_declined(code, decline_code, message))
}

/// Books a captured amount on the balance. The server takes no fees.
pub(super) fn book_charge(
    context: &mut RequestContext<'_>,
    charge: &str,
    amount: i64,
) -> Result<(), ApiProblem> {
    let currency = context.read_object("charge", charge)["currency"].clone();
    let transaction = book_amount(context, "charge", charge, amount, &currency)?;
    let patch = json!({ "balance_transaction": transaction });
    context.patch_object("charge", charge, patch);
    transfer_to_destination(context, charge, amount)
}

/// Transfers what a destination charge is for: the stated amount, or all without the fee of the
/// application.
fn transfer_to_destination(
    context: &mut RequestContext<'_>,
    charge: &str,
    captured: i64,
) -> Result<(), ApiProblem> {
    let value = context.read_object("charge", charge);
    let data = &value["transfer_data"];
    let Some(destination) = id_member(data, "destination") else {
        return Ok(());
    };
    let fee = integer_member(&value, "application_fee_amount");
    let amount = data["amount"]
        .as_i64()
        .unwrap_or(captured.saturating_sub(fee));
    let patch = json!({
        "amount": amount,
        "currency": value["currency"],
        "destination": destination,
        "source_transaction": charge,
    });
    let transfer = context.create_object("transfer", &json!({}), patch)?;
    context.patch_object("charge", charge, json!({ "transfer": transfer }));
    Ok(())
}

/// Creates a balance transaction; returns its id.
pub(super) fn book_amount(
    context: &mut RequestContext<'_>,
    kind: &str,
    source: &str,
    amount: i64,
    currency: &Value,
) -> Result<String, ApiProblem> {
    let patch = json!({
        "amount": amount,
        "available_on": context.now,
        "balance_type": "payments",
        "currency": currency,
        "fee": 0,
        "net": amount,
        "reporting_category": kind,
        "source": source,
        "status": "available",
        "type": kind,
    });
    context.create_object("balance_transaction", &json!({}), patch)
}

fn dispute_charge(context: &mut RequestContext<'_>, charge: &str) -> Result<(), ApiProblem> {
    let value = context.read_object("charge", charge);
    let patch = json!({
        "amount": value["amount"],
        "charge": charge,
        "currency": value["currency"],
        "is_charge_refundable": true,
        "payment_intent": value["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    });
    context.create_object("dispute", &json!({}), patch)?;
    context.patch_object("charge", charge, json!({ "disputed": true }));
    Ok(())
}

/// `POST /v1/charges`, of integrations without payment intents.
pub(super) fn complete_legacy_charge(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let params = &call.params;
    let amount = integer_member(params, "amount");
    let source = text_member(params, "source").to_owned();
    let method = match is_test_card(&source) || is_token(&source) {
        true => Some(create_from_token(context, &source, "source")?),
        false if source.is_empty() => None,
        false => {
            let tags = ["card", "source", "bank_account"].map(str::to_owned);
            context.require_object(&tags, &source, "source", 400)?;
            None
        }
    };
    let customer = id_member(params, "customer").map(str::to_owned);
    if source.is_empty() && customer.is_none() && !context.settings.create_missing {
        let message = "Must provide source or customer.";
        return Err(ApiProblem::bad_request("parameter_missing", message));
    }
    let request = ChargeRequest {
        amount,
        currency: currency_of(params),
        customer,
        payment_method: method,
        is_captured: params["capture"] != false,
        members: params.clone(),
        ..ChargeRequest::default()
    };
    let (id, problem) = create_charge(context, &request)?;
    match problem {
        Some(problem) => Err(problem.with_detail("charge", json!(id))),
        None => Ok(OperationResult::Stored(("charge".to_owned(), id))),
    }
}

/// The currency of parameters, in lower case.
pub(super) fn currency_of(params: &Value) -> String {
    match text_member(params, "currency") {
        "" => "usd".to_owned(),
        currency => currency.to_lowercase(),
    }
}

/// `POST /v1/charges/{charge}/capture`. Its amount is not that of the charge, but of the capture.
pub(super) fn capture_charge(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let id = key.1.as_str();
    let charge = context.read_object("charge", id);
    let is_open = charge["captured"] == false && charge["status"] == "succeeded";
    context.check_state(id, is_open, || {
        let message = "Charge has already been captured.";
        ApiProblem::bad_request("charge_already_captured", message)
    })?;
    context.check_state(id, charge["refunded"] != true, || {
        let message = format!("Charge {id} has already been refunded.");
        ApiProblem::bad_request("charge_already_refunded", message)
    })?;
    let authorised = integer_member(&charge, "amount");
    let amount = call.params["amount"].as_i64().unwrap_or(authorised);
    check_capture(context, id, "amount", amount, authorised)?;
    update_object(context, call, &key);
    context.patch_object("charge", id, json!({ "amount": authorised }));
    capture_amount(context, id, amount)?;
    Ok(OperationResult::Stored(key))
}

/// Checks the amount to capture of an authorised one. `id` is of the object that a request names.
pub(super) fn check_capture(
    context: &RequestContext<'_>,
    id: &str,
    param: &str,
    amount: i64,
    authorised: i64,
) -> Result<(), ApiProblem> {
    context.check_state(id, amount >= 0, || {
        let message = "This value must be greater than or equal to 0.";
        ApiProblem::parameter("parameter_invalid_integer", param, message)
    })?;
    context.check_state(id, amount <= authorised, || {
        let message = format!("The amount to capture is more than the authorised {authorised}.");
        ApiProblem::parameter("amount_too_large", param, message)
    })
}

/// Captures a part of an authorised charge; the rest is released.
pub(super) fn capture_amount(
    context: &mut RequestContext<'_>,
    charge: &str,
    amount: i64,
) -> Result<(), ApiProblem> {
    let value = context.read_object("charge", charge);
    let rest = integer_member(&value, "amount").saturating_sub(amount);
    let patch = json!({ "amount_captured": amount, "amount_refunded": rest, "captured": true });
    context.patch_object("charge", charge, patch);
    book_charge(context, charge, amount)?;
    if let Some(intent) = id_member(&value, "payment_intent") {
        let patch = json!({
            "amount_capturable": 0,
            "amount_received": amount,
            "status": "succeeded",
        });
        context.patch_object("payment_intent", intent, patch);
    }
    context.announce("charge.captured", "charge", charge);
    Ok(())
}

/// `GET /v1/balance`: the sum of the balance transactions.
pub(super) fn sum_balance(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let mut sums = indexmap::IndexMap::<String, i64>::new();
    for transaction in context.store.select("balance_transaction", |_| true) {
        let currency = text_member(&transaction, "currency").to_owned();
        let sum = sums.entry(currency).or_default();
        *sum = sum.saturating_add(integer_member(&transaction, "net"));
    }
    if sums.is_empty() {
        sums.insert("usd".to_owned(), 0);
    }
    let amounts: Vec<Value> = sums
        .into_iter()
        .map(|(currency, amount)| {
            json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } })
        })
        .collect();
    let mut balance = context.synthesis().new_object(&call.operation.answer);
    crate::json_value::set_member(&mut balance, "available", Value::Array(amounts));
    Ok(OperationResult::Computed(balance))
}

/// After `POST /v1/payouts`: the amount leaves the balance.
pub(super) fn complete_payout(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let payout = context.read_object("payout", id);
    let amount = integer_member(&payout, "amount");
    let transaction = book_amount(
        context,
        "payout",
        id,
        amount.saturating_neg(),
        &payout["currency"],
    )?;
    let patch =
        json!({ "balance_transaction": transaction, "status": "pending", "automatic": false });
    context.patch_object("payout", id, patch);
    Ok(())
}

//! Subscriptions: their items, invoices, renewals and ends.

use serde_json::{Value, json};

use super::attachments::check_owner;
use super::catalogue::price_of_item;
use super::invoice_items::{collect_pending_items, create_line};
use super::invoices::{
    collect_payment, create_draft, default_method, finalize_draft, parent_of_subscription,
    update_totals,
};
use crate::clock::add_months;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::{find_live_target, update_object};
use crate::json_value::{id_member, integer_member, merge_members, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::validation::bracketed;

const TAG: &str = "subscription";
const ITEM: &str = "subscription_item";
const DAY: i64 = 86_400;
/// Renewals that one step of a clock can cause.
const MAX_RENEWALS: usize = 120;

/// The end of a period that starts at a time, by the price's interval.
fn period_end(price: &Value, start: i64) -> i64 {
    let recurring = &price["recurring"];
    let count = recurring["interval_count"]
        .as_i64()
        .unwrap_or(1)
        .clamp(1, 1_000);
    match text_member(recurring, "interval") {
        "day" => start.saturating_add(DAY * count),
        "week" => start.saturating_add(7 * DAY * count),
        "year" => add_months(start, 12 * count),
        _ => add_months(start, count),
    }
}

/// `POST /v1/subscriptions`.
pub(super) fn start_subscription(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let mut params = call.params.clone();
    if let Some(customer) = call.path_values.first() {
        crate::json_value::set_member(&mut params, "customer", json!(customer));
    }
    let has_items = params["items"]
        .as_array()
        .is_some_and(|items| !items.is_empty());
    // Subscriptions to one plan had no items.
    let has_plan = !text_member(&params, "plan").is_empty();
    if !has_items && !has_plan && !context.settings.create_missing {
        return Err(ApiProblem::missing_parameter("items"));
    }
    let id = create_subscription(context, &params)?;
    Ok(OperationResult::Stored((TAG.to_owned(), id)))
}

/// Creates a subscription with its items and its first invoice, and collects the payment.
pub(super) fn create_subscription(
    context: &mut RequestContext<'_>,
    params: &Value,
) -> Result<String, ApiProblem> {
    let customer = id_member(params, "customer").unwrap_or_default().to_owned();
    if customer.is_empty() && !context.settings.create_missing {
        return Err(ApiProblem::missing_parameter("customer"));
    }
    let patch = json!({ "customer": customer });
    let id = context.create_object(TAG, params, patch)?;
    check_default_method(context, &id)?;
    begin_subscription(context, &id, &customer, params)?;
    Ok(id)
}

fn check_default_method(context: &RequestContext<'_>, id: &str) -> Result<(), ApiProblem> {
    let value = context.read_object(TAG, id);
    let customer = id_member(&value, "customer").unwrap_or_default();
    let param = "default_payment_method";
    let method = id_member(&value, param).unwrap_or_default();
    check_owner(context, method, customer, param)
}

fn begin_subscription(
    context: &mut RequestContext<'_>,
    id: &str,
    customer: &str,
    params: &Value,
) -> Result<(), ApiProblem> {
    let now = context.now;
    let trial_end = match params["trial_period_days"].as_i64() {
        Some(days) if days > 0 => Some(now.saturating_add(days.saturating_mul(DAY))),
        _ => params["trial_end"].as_i64().filter(|end| *end > now),
    };
    let items = params["items"].as_array().cloned().unwrap_or_default();
    let mut currency = super::charges::currency_of(params);
    for (index, item) in items.iter().enumerate() {
        let price = price_of_item(context, item, &format!("items[{index}]"))?;
        let price = price.unwrap_or_default();
        if let Some(of_price) = price["currency"].as_str() {
            of_price.clone_into(&mut currency);
        }
        create_item(context, id, item, &price, trial_end)?;
    }
    let clock = context.read_object("customer", customer)["test_clock"].clone();
    let collection = match text_member(params, "collection_method") {
        "" => "charge_automatically",
        stated => stated,
    };
    let patch = json!({
        "billing_cycle_anchor": trial_end.unwrap_or(now),
        "collection_method": collection,
        "currency": currency,
        "start_date": now,
        "status": if trial_end.is_some() { "trialing" } else { "active" },
        "test_clock": clock,
        "trial_end": trial_end,
        "trial_start": trial_end.map(|_| now),
    });
    context.patch_object(TAG, id, patch);
    let reason = "subscription_create";
    let invoice = create_invoice(context, id, reason, trial_end.is_some())?;
    match params["payment_behavior"] == "default_incomplete" && trial_end.is_none() {
        true => {
            context.patch_object(TAG, id, json!({ "status": "incomplete" }));
            Ok(())
        }
        false => collect_first_payment(context, id, &invoice, params),
    }
}

fn create_item(
    context: &mut RequestContext<'_>,
    subscription: &str,
    params: &Value,
    price: &Value,
    trial_end: Option<i64>,
) -> Result<String, ApiProblem> {
    let now = context.now;
    let quantity = params["quantity"].as_i64().unwrap_or(1);
    let mut patch = json!({
        "created": now,
        "current_period_end": trial_end.unwrap_or_else(|| period_end(price, now)),
        "current_period_start": now,
        "quantity": quantity,
        "subscription": subscription,
    });
    if price.is_object() {
        merge_members(&mut patch, json!({ "price": price }));
    }
    let mut params = params.clone();
    for name in ["price", "id", "plan"] {
        params
            .as_object_mut()
            .map(|members| members.shift_remove(name));
    }
    context.create_object(ITEM, &params, patch)
}

fn items_of(context: &RequestContext<'_>, subscription: &str) -> Vec<Value> {
    let mut items = context
        .store
        .select(ITEM, |item| item["subscription"] == subscription);
    items.reverse();
    items
}

/// Creates and finalizes the invoice of a period; a trial costs nothing.
fn create_invoice(
    context: &mut RequestContext<'_>,
    subscription: &str,
    reason: &str,
    is_trial: bool,
) -> Result<String, ApiProblem> {
    let value = context.read_object(TAG, subscription);
    let customer = id_member(&value, "customer").unwrap_or_default().to_owned();
    let customer_value = context.read_object("customer", &customer);
    let mut patch = parent_of_subscription(subscription);
    let members = json!({
        "billing_reason": reason,
        "collection_method": value["collection_method"],
        "currency": value["currency"],
        "default_payment_method": value["default_payment_method"],
    });
    merge_members(&mut patch, members);
    let invoice = create_draft(context, &json!({}), &customer_value, patch)?;
    for item in items_of(context, subscription) {
        let quantity = integer_member(&item, "quantity");
        let price = &item["price"];
        let amount = match is_trial || price["recurring"]["usage_type"] == "metered" {
            true => 0,
            false => integer_member(price, "unit_amount").saturating_mul(quantity),
        };
        let patch = json!({
            "amount": amount,
            "currency": value["currency"],
            "invoice": invoice,
            "parent": {
                "type": "subscription_item_details",
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null,
                    "proration": false,
                    "proration_details": null,
                    "subscription": subscription,
                    "subscription_item": item["id"],
                },
            },
            "period": {
                "start": item["current_period_start"],
                "end": item["current_period_end"],
            },
            "pricing": {
                "type": "price_details",
                "price_details": { "price": price["id"], "product": price["product"] },
                "unit_amount_decimal": price["unit_amount_decimal"],
            },
            "quantity": quantity,
            "subscription": subscription,
            "subtotal": amount,
        });
        create_line(context, &invoice, patch)?;
    }
    collect_pending_items(context, &invoice, &customer)?;
    update_totals(context, &invoice);
    finalize_draft(context, &invoice);
    context.patch_object(TAG, subscription, json!({ "latest_invoice": invoice }));
    Ok(invoice)
}

fn collect_first_payment(
    context: &mut RequestContext<'_>,
    id: &str,
    invoice: &str,
    params: &Value,
) -> Result<(), ApiProblem> {
    let value = context.read_object(TAG, id);
    if value["collection_method"] == "send_invoice" {
        return Ok(());
    }
    match collect_payment(context, invoice, None)? {
        None => Ok(()),
        Some(problem) if params["payment_behavior"] == "error_if_incomplete" => {
            // Nothing is left of the subscription.
            Err(ApiProblem {
                kind: "invalid_request_error",
                ..problem
            })
        }
        Some(_) => {
            context.patch_object(TAG, id, json!({ "status": "incomplete" }));
            Ok(())
        }
    }
}

/// After `POST /v1/subscriptions/{subscription}`: items, trial and end.
pub(super) fn complete_update(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let value = context.read_object(TAG, id);
    context.check_state(id, value["status"] != "canceled", || {
        let message = "A canceled subscription can only update its metadata.";
        ApiProblem::bad_request("subscription_canceled", message)
    })?;
    check_default_method(context, id)?;
    let items = call.params["items"].as_array().cloned().unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        let place = format!("items[{index}]");
        let price = price_of_item(context, item, &place)?;
        let existing = text_member(item, "id");
        if existing.is_empty() {
            create_item(context, id, item, &price.unwrap_or_default(), None)?;
        } else if item["deleted"] == true {
            let gone = json!({ "id": existing, "object": ITEM, "deleted": true });
            context.store.mark_deleted(ITEM, existing, gone);
        } else {
            let existing = context.require_reference(ITEM, existing, &bracketed(&place, "id"))?;
            let existing = text_member(&existing, "id").to_owned();
            change_item(context, &existing, item, price);
        }
    }
    let now = context.now;
    if let Some(cancels) = call.params["cancel_at_period_end"].as_bool() {
        let end = items_of(context, id)
            .iter()
            .map(|item| integer_member(item, "current_period_end"))
            .max();
        let patch = match cancels {
            true => json!({ "cancel_at": end, "canceled_at": now }),
            false => json!({ "cancel_at": null, "canceled_at": null }),
        };
        context.patch_object(TAG, id, patch);
    }
    if call.params["trial_end"] == "now" {
        let patch = json!({ "status": "active", "trial_end": now });
        context.patch_object(TAG, id, patch);
    }
    Ok(())
}

fn change_item(context: &mut RequestContext<'_>, id: &str, params: &Value, price: Option<Value>) {
    if let Some(quantity) = params["quantity"].as_i64() {
        context.patch_object(ITEM, id, json!({ "quantity": quantity }));
    }
    if let Some(price) = price {
        let set = |item: &mut Value| crate::json_value::set_member(item, "price", price);
        context.store.modify(ITEM, id, set);
    }
}

/// `POST /v1/subscription_items`.
pub(super) fn create_single_item(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let subscription = text_member(&call.params, "subscription");
    let subscription = context.require_reference(TAG, subscription, "subscription")?;
    let subscription = text_member(&subscription, "id").to_owned();
    let price = price_of_item(context, &call.params, "")?.unwrap_or_default();
    let id = create_item(context, &subscription, &call.params, &price, None)?;
    Ok(OperationResult::Stored((ITEM.to_owned(), id)))
}

/// `POST /v1/subscription_items/{item}`.
pub(super) fn update_single_item(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let price = price_of_item(context, &call.params, "")?;
    let mut params = call.params.clone();
    params
        .as_object_mut()
        .map(|members| members.shift_remove("price"));
    change_item(context, &key.1, &params, price);
    if params["metadata"].is_object() || params["metadata"] == "" {
        let changes = params["metadata"].clone();
        let merge = |item: &mut Value| crate::synthesis::merge_metadata(item, &changes);
        context.store.modify(ITEM, &key.1, merge);
    }
    Ok(OperationResult::Stored(key))
}

/// `DELETE /v1/subscriptions/{subscription}`.
pub(super) fn cancel_subscription(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let value = context.read_object(TAG, &key.1);
    context.check_state(&key.1, value["status"] != "canceled", || {
        ApiProblem::missing_object(404, TAG, &key.1, "subscription")
    })?;
    update_object(context, call, &key);
    end_subscription(context, &key.1, "cancellation_requested");
    Ok(OperationResult::Stored(key))
}

fn end_subscription(context: &mut RequestContext<'_>, id: &str, reason: &str) {
    let now = context.now;
    let patch = json!({
        "canceled_at": now,
        "cancellation_details": { "reason": reason, "comment": null, "feedback": null },
        "ended_at": now,
        "status": "canceled",
    });
    context.patch_object(TAG, id, patch);
}

/// After `POST /v1/subscriptions/{subscription}/resume`.
pub(super) fn resume_subscription(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let value = context.read_object(TAG, id);
    context.check_state(id, value["status"] == "paused", || {
        let message = "Only a paused subscription can be resumed.";
        ApiProblem::bad_request("subscription_not_paused", message)
    })?;
    let patch = json!({ "pause_collection": null, "status": "active" });
    context.patch_object(TAG, id, patch);
    Ok(())
}

/// Renews and ends the subscriptions that are due, up to the context's time. `clock` selects those
/// of a test clock; without one, those that have none.
pub(crate) fn renew_due_subscriptions(
    context: &mut RequestContext<'_>,
    clock: Option<&str>,
) -> Result<(), ApiProblem> {
    let now = context.now;
    for _ in 0..MAX_RENEWALS {
        let due = context.store.select(TAG, |value| {
            let is_running = matches!(
                text_member(value, "status"),
                "active" | "trialing" | "past_due"
            );
            is_running && id_member(value, "test_clock") == clock
        });
        let mut is_done = true;
        for value in due {
            let id = text_member(&value, "id").to_owned();
            let ends = items_of(context, &id);
            let ends = ends
                .iter()
                .map(|item| integer_member(item, "current_period_end"));
            let Some(end) = ends.min().filter(|end| *end <= now) else {
                continue;
            };
            is_done = false;
            context.now = end;
            let result = renew_subscription(context, &id, &value);
            context.now = now;
            result?;
        }
        if is_done {
            return Ok(());
        }
    }
    let message =
        format!("The time advances over more than {MAX_RENEWALS} periods; advance it in steps.");
    Err(ApiProblem::bad_request("parameter_invalid", message))
}

fn renew_subscription(
    context: &mut RequestContext<'_>,
    id: &str,
    value: &Value,
) -> Result<(), ApiProblem> {
    let is_cancelled = value["cancel_at"]
        .as_i64()
        .is_some_and(|end| end <= context.now);
    if value["cancel_at_period_end"] == true || is_cancelled {
        end_subscription(context, id, "cancellation_requested");
        return Ok(());
    }
    let start = context.now;
    for item in items_of(context, id) {
        if integer_member(&item, "current_period_end") > start {
            continue;
        }
        let end = period_end(&item["price"], start);
        let patch = json!({ "current_period_start": start, "current_period_end": end });
        let item = text_member(&item, "id").to_owned();
        context.patch_object(ITEM, &item, patch);
    }
    let invoice = create_invoice(context, id, "subscription_cycle", false)?;
    let customer = id_member(value, "customer").unwrap_or_default();
    let own = id_member(value, "default_payment_method").is_some();
    let is_charged = value["collection_method"] != "send_invoice";
    let has_method = own || default_method(context, customer).is_some();
    let status = match is_charged && has_method {
        true => match collect_payment(context, &invoice, None)? {
            None => "active",
            Some(_) => "past_due",
        },
        false if is_charged => "past_due",
        false => "active",
    };
    context.patch_object(TAG, id, json!({ "status": status }));
    Ok(())
}

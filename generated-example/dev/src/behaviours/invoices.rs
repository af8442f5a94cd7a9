//! Invoices, and their payment.

use serde_json::{Value, json};

use super::catalogue::discount_of_coupon;
use super::invoice_items::collect_pending_items;
use super::payment_intents::charge_customer;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::{delete_object, find_live_target};
use crate::json_value::{id_member, integer_member, merge_members, set_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};

const TAG: &str = "invoice";

/// Creates a draft for a customer, without lines.
pub(super) fn create_draft(
    context: &mut RequestContext<'_>,
    params: &Value,
    customer: &Value,
    patch: Value,
) -> Result<String, ApiProblem> {
    let collection = match text_member(params, "collection_method") {
        "" => "charge_automatically",
        stated => stated,
    };
    let mut members = json!({
        "account_country": "US",
        "billing_reason": "manual",
        "collection_method": collection,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "currency": super::charges::currency_of(params),
        "issuer": { "type": "self" },
        "status": "draft",
        "test_clock": customer["test_clock"],
    });
    if let Some(customer) = customer["id"].as_str() {
        set_member(&mut members, "customer", json!(customer));
    }
    merge_members(&mut members, patch);
    let id = context.create_object(TAG, params, members)?;
    Ok(id)
}

/// `POST /v1/invoices`.
pub(super) fn create_invoice(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let params = &call.params;
    let customer = id_member(params, "customer").unwrap_or_default();
    if customer.is_empty() && !context.settings.create_missing {
        return Err(ApiProblem::missing_parameter("customer"));
    }
    let customer = context.read_object("customer", customer);
    let patch = match params["auto_advance"].as_bool() {
        Some(advances) => json!({ "auto_advance": advances }),
        None => json!({}),
    };
    let id = create_draft(context, params, &customer, patch)?;
    if let Some(subscription) = params["subscription"].as_str() {
        context.patch_object(TAG, &id, parent_of_subscription(subscription));
    }
    if params["pending_invoice_items_behavior"] == "include" {
        collect_pending_items(context, &id, text_member(&customer, "id"))?;
    }
    update_totals(context, &id);
    Ok(OperationResult::Stored((TAG.to_owned(), id)))
}

/// `parent` of an invoice for a subscription.
pub(super) fn parent_of_subscription(subscription: &str) -> Value {
    json!({
        "parent": {
            "type": "subscription_details",
            "quote_details": null,
            "subscription_details": { "subscription": subscription, "metadata": {} },
        },
    })
}

/// Sets the amounts of an invoice from its lines and discounts.
pub(super) fn update_totals(context: &mut RequestContext<'_>, id: &str) {
    let lines = context
        .store
        .select("line_item", |line| line["invoice"] == id);
    let amounts = lines.iter().map(|line| integer_member(line, "amount"));
    let subtotal = amounts.fold(0_i64, i64::saturating_add);
    let invoice = context.read_object(TAG, id);
    let discounts = invoice["discounts"].as_array().cloned().unwrap_or_default();
    let mut total = subtotal;
    for discount in &discounts {
        let discount = discount.as_str().unwrap_or_default();
        let discount = context.read_object("discount", discount);
        let coupon = discount.pointer("/source/coupon").and_then(Value::as_str);
        let coupon = context.read_object("coupon", coupon.unwrap_or_default());
        total = total.saturating_sub(discount_of_coupon(&coupon, total));
    }
    let paid = integer_member(&invoice, "amount_paid");
    let due = total.max(0);
    let patch = json!({
        "amount_due": due,
        "amount_remaining": due.saturating_sub(paid).max(0),
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_excluding_tax": total,
    });
    context.patch_object(TAG, id, patch);
}

/// Checks that the status of an invoice is one of these.
pub(super) fn check_status(
    context: &RequestContext<'_>,
    invoice: &Value,
    allowed: &[&str],
    what: &str,
) -> Result<(), ApiProblem> {
    let status = text_member(invoice, "status");
    let id = text_member(invoice, "id");
    context.check_state(id, allowed.contains(&status), || {
        let message = format!("This invoice cannot be {what}: its status is {status}.");
        ApiProblem::bad_request("invoice_not_editable", message)
    })
}

/// Finalizes a draft.
pub(super) fn finalize_draft(context: &mut RequestContext<'_>, id: &str) {
    let number = context.store.iterate(TAG).count();
    let now = context.now;
    let url = format!("https://invoice.stripe.com/i/local/{id}");
    let patch = json!({
        "auto_advance": true,
        "effective_at": now,
        "ending_balance": 0,
        "hosted_invoice_url": url,
        "invoice_pdf": format!("{url}/pdf"),
        "number": format!("LOCAL-{number:04}"),
        "status": "open",
        "status_transitions": { "finalized_at": now },
    });
    context.patch_object(TAG, id, patch);
    context.announce("invoice.finalized", TAG, id);
}

/// After `POST /v1/invoices/{invoice}/finalize` and `/send`.
pub(super) fn finalize_invoice(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let invoice = context.read_object(TAG, &key.1);
    let is_sent = call.path.ends_with("/send");
    let allowed: &[&str] = if is_sent {
        &["draft", "open"]
    } else {
        &["draft"]
    };
    check_status(context, &invoice, allowed, "finalized")?;
    if invoice["status"] != "open" {
        finalize_draft(context, &key.1);
        let is_free = integer_member(&invoice, "amount_due") == 0;
        if is_free {
            mark_paid(context, &key.1, None);
        }
    }
    if is_sent {
        context.announce("invoice.sent", TAG, &key.1);
    }
    Ok(OperationResult::Stored(key))
}

/// `POST /v1/invoices/{invoice}/pay`.
pub(super) fn pay_invoice(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let invoice = context.read_object(TAG, &key.1);
    let status = text_member(&invoice, "status");
    context.check_state(&key.1, status != "paid", || {
        ApiProblem::bad_request("invoice_already_paid", "Invoice is already paid")
    })?;
    check_status(
        context,
        &invoice,
        &["draft", "open", "uncollectible"],
        "paid",
    )?;
    if status == "draft" {
        finalize_draft(context, &key.1);
    }
    if call.params["paid_out_of_band"] == true {
        mark_paid(context, &key.1, None);
        return Ok(OperationResult::Stored(key));
    }
    let method = id_member(&call.params, "payment_method").map(str::to_owned);
    match collect_payment(context, &key.1, method)? {
        Some(problem) => Err(problem),
        None => Ok(OperationResult::Stored(key)),
    }
}

/// The payment method that the API charges for a customer.
pub(super) fn default_method(context: &RequestContext<'_>, customer: &str) -> Option<String> {
    let value = context.read_object("customer", customer);
    let settings = id_member(&value["invoice_settings"], "default_payment_method");
    let default = settings.or_else(|| id_member(&value, "default_source"));
    default.map(str::to_owned)
}

/// Charges the customer of an open invoice; returns why the card was declined, if it was.
pub(super) fn collect_payment(
    context: &mut RequestContext<'_>,
    id: &str,
    method: Option<String>,
) -> Result<Option<ApiProblem>, ApiProblem> {
    let invoice = context.read_object(TAG, id);
    let amount = integer_member(&invoice, "amount_remaining");
    if amount <= 0 {
        mark_paid(context, id, None);
        return Ok(None);
    }
    let customer = id_member(&invoice, "customer")
        .unwrap_or_default()
        .to_owned();
    let stated = id_member(&invoice, "default_payment_method").map(str::to_owned);
    let method = method
        .or(stated)
        .or_else(|| default_method(context, &customer));
    let Some(method) = method else {
        if context.settings.create_missing {
            mark_paid(context, id, None);
            return Ok(None);
        }
        let message = "This customer has no attached payment source or default payment method. \
                       Please consider adding a default payment method.";
        return Err(ApiProblem::bad_request("resource_missing", message));
    };
    let currency = text_member(&invoice, "currency").to_owned();
    let (intent, problem) = charge_customer(context, &customer, &method, amount, &currency)?;
    record_payment(context, id, &intent, amount, problem.is_none())?;
    let attempts = integer_member(&invoice, "attempt_count") + 1;
    let patch = json!({ "attempt_count": attempts, "attempted": true });
    context.patch_object(TAG, id, patch);
    match problem {
        Some(problem) => {
            context.announce("invoice.payment_failed", TAG, id);
            Ok(Some(problem))
        }
        None => {
            mark_paid(context, id, Some(amount));
            Ok(None)
        }
    }
}

/// The entry in `payments` of an invoice.
fn record_payment(
    context: &mut RequestContext<'_>,
    invoice: &str,
    intent: &str,
    amount: i64,
    is_paid: bool,
) -> Result<(), ApiProblem> {
    let currency = context.read_object(TAG, invoice)["currency"].clone();
    let patch = json!({
        "amount_paid": if is_paid { Some(amount) } else { None },
        "amount_requested": amount,
        "currency": currency,
        "invoice": invoice,
        "is_default": true,
        "payment": { "type": "payment_intent", "payment_intent": intent },
        "status": if is_paid { "paid" } else { "open" },
    });
    context.create_object("invoice_payment", &json!({}), patch)?;
    Ok(())
}

fn mark_paid(context: &mut RequestContext<'_>, id: &str, amount: Option<i64>) {
    let invoice = context.read_object(TAG, id);
    let due = integer_member(&invoice, "amount_due");
    let patch = json!({
        "amount_paid": amount.unwrap_or(due),
        "amount_remaining": 0,
        "attempted": true,
        "auto_advance": false,
        "status": "paid",
        "status_transitions": { "paid_at": context.now },
    });
    context.patch_object(TAG, id, patch);
    context.announce("invoice.payment_succeeded", TAG, id);
    let path = "/parent/subscription_details/subscription";
    let subscription = invoice.pointer(path).and_then(Value::as_str);
    let subscription = subscription.unwrap_or_default();
    let value = context.read_object("subscription", subscription);
    let is_waiting = matches!(text_member(&value, "status"), "incomplete" | "past_due");
    if is_waiting && value["latest_invoice"] == id {
        context.patch_object("subscription", subscription, json!({ "status": "active" }));
    }
}

/// `POST /v1/invoices/{invoice}/void` and `/mark_uncollectible`.
pub(super) fn close_invoice(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let invoice = context.read_object(TAG, &key.1);
    let (status, time) = match call.path.ends_with("/void") {
        true => ("void", "voided_at"),
        false => ("uncollectible", "marked_uncollectible_at"),
    };
    check_status(context, &invoice, &["open", "uncollectible"], status)?;
    let now = context.now;
    let patch = json!({
        "auto_advance": false,
        "status": status,
        "status_transitions": { time: now },
    });
    context.patch_object(TAG, &key.1, patch);
    Ok(OperationResult::Stored(key))
}

/// `DELETE /v1/invoices/{invoice}`.
pub(super) fn delete_draft(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let (_, id) = find_live_target(context, call)?;
    let invoice = context.read_object(TAG, &id);
    check_status(context, &invoice, &["draft"], "deleted")?;
    delete_object(context, call)
}

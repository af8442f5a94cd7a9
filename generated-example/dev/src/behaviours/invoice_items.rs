//! Invoice items and the lines of invoices, which can be changed while the invoice is a draft.

use serde_json::{Value, json};

use super::catalogue::price_of_params;
use super::invoices::{check_status, update_totals};
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::{delete_object, find_live_target, update_object};
use crate::json_value::{id_member, integer_member, merge_members, set_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};

const INVOICE: &str = "invoice";
const LINE: &str = "line_item";

/// Items and lines can be changed while their invoice is a draft.
fn check_editable(context: &RequestContext<'_>, invoice: &str) -> Result<(), ApiProblem> {
    let value = context.read_object(INVOICE, invoice);
    check_status(context, &value, &["draft"], "changed")
}

/// The price that parameters name or describe.
fn stated_price(context: &mut RequestContext<'_>, params: &Value) -> Result<Value, ApiProblem> {
    let (pricing, param) = match params["pricing"].is_object() {
        true => (&params["pricing"], "pricing[price]"),
        false => (params, "price"),
    };
    Ok(price_of_params(context, pricing, param)?.unwrap_or_default())
}

/// A decimal number, without its fraction.
fn whole_number(decimal: &Value) -> Option<i64> {
    let number: f64 = decimal.as_str()?.parse().ok()?;
    format!("{number:.0}").parse().ok()
}

/// The amount that follows from parameters and a price, for an item or line that may exist already.
fn stated_amount(params: &Value, price: &Value, current: &Value) -> Option<i64> {
    if let Some(amount) = params["amount"].as_i64() {
        return Some(amount);
    }
    let unit = whole_number(&params["unit_amount_decimal"]).or(price["unit_amount"].as_i64());
    if unit.is_none() && params["quantity"].is_null() {
        return None;
    }
    let former = current["quantity"].as_i64().unwrap_or(1);
    let unit = unit
        .or_else(|| whole_number(&current["pricing"]["unit_amount_decimal"]))
        .or_else(|| integer_member(current, "amount").checked_div(former));
    let quantity = params["quantity"].as_i64().unwrap_or(former);
    Some(unit.unwrap_or_default().saturating_mul(quantity))
}

/// Creates an item of a customer that the next invoice takes.
pub(super) fn create_pending_item(
    context: &mut RequestContext<'_>,
    customer: &str,
    price: &Value,
    quantity: i64,
) -> Result<(), ApiProblem> {
    let amount = integer_member(price, "unit_amount").saturating_mul(quantity);
    let patch = json!({
        "amount": amount,
        "currency": price["currency"],
        "customer": customer,
        "net_amount": amount,
        "pricing": pricing_of(price),
        "quantity": quantity,
        "quantity_decimal": quantity.to_string(),
    });
    context.create_object("invoiceitem", &json!({}), patch)?;
    Ok(())
}

/// After `POST /v1/invoiceitems`: the amount, from the price or from the parameters.
pub(super) fn complete_item(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let params = &call.params;
    let price = stated_price(context, params)?;
    let quantity = params["quantity"].as_i64().unwrap_or(1);
    let amount = stated_amount(params, &price, &json!({})).unwrap_or_default();
    let currency = match (
        text_member(params, "currency"),
        text_member(&price, "currency"),
    ) {
        ("", "") => "usd".to_owned(),
        ("", currency) | (currency, _) => currency.to_lowercase(),
    };
    let mut patch = json!({
        "amount": amount,
        "currency": currency,
        "discountable": params["discountable"] != false && amount >= 0,
        "net_amount": amount,
        "quantity": quantity,
        "quantity_decimal": quantity.to_string(),
    });
    if price.is_object() {
        set_member(&mut patch, "pricing", pricing_of(&price));
    }
    context.patch_object(tag, id, patch);
    let item = context.read_object(tag, id);
    if let Some(invoice) = id_member(&item, "invoice") {
        check_editable(context, invoice)?;
        add_item_line(context, invoice, &item)?;
        update_totals(context, invoice);
    }
    Ok(())
}

/// `POST /v1/invoiceitems/{invoiceitem}`: its amount and its line.
pub(super) fn update_item(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let (tag, id) = &key;
    let former = context.read_object(tag, id);
    let invoice = id_member(&former, "invoice");
    if let Some(invoice) = invoice {
        check_editable(context, invoice)?;
    }
    update_object(context, call, &key);
    let price = stated_price(context, &call.params)?;
    if let Some(amount) = stated_amount(&call.params, &price, &former) {
        let mut patch = json!({ "amount": amount, "net_amount": amount });
        if price.is_object() {
            set_member(&mut patch, "pricing", pricing_of(&price));
        }
        context.patch_object(tag, id, patch);
    }
    if let Some((line, invoice)) = line_of_item(context, id).zip(invoice) {
        let members = line_members(&context.read_object(tag, id));
        context.patch_object(LINE, &line, members);
        update_totals(context, invoice);
    }
    Ok(OperationResult::Stored(key))
}

/// `DELETE /v1/invoiceitems/{invoiceitem}`.
pub(super) fn delete_item(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let (tag, id) = find_live_target(context, call)?;
    let item = context.read_object(&tag, &id);
    if let Some(invoice) = id_member(&item, "invoice") {
        check_editable(context, invoice)?;
        if let Some(line) = line_of_item(context, &id) {
            remove_line(context, &line);
        }
        update_totals(context, invoice);
    }
    delete_object(context, call)
}

/// `POST /v1/invoices/{invoice}/lines/{line_item_id}`.
pub(super) fn update_line(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let (tag, id) = &key;
    let former = context.read_object(tag, id);
    // A line that was created because a request used it is of no invoice.
    let named = call.path_values.first().map(String::as_str);
    let invoice = id_member(&former, "invoice").or(named).unwrap_or_default();
    check_editable(context, invoice)?;
    update_object(context, call, &key);
    let price = stated_price(context, &call.params)?;
    if let Some(amount) = stated_amount(&call.params, &price, &former) {
        let patch = json!({ "amount": amount, "subtotal": amount });
        context.patch_object(tag, id, patch);
    }
    update_totals(context, invoice);
    Ok(OperationResult::Stored(key))
}

/// The id of the line that an item has on its invoice.
fn line_of_item(context: &RequestContext<'_>, item: &str) -> Option<String> {
    let path = "/parent/invoice_item_details/invoice_item";
    let is_of_item = |line: &Value| line.pointer(path).is_some_and(|of| of == item);
    let lines = context.store.select(LINE, is_of_item);
    lines.first().map(|line| text_member(line, "id").to_owned())
}

fn remove_line(context: &mut RequestContext<'_>, id: &str) {
    let gone = json!({ "id": id, "object": LINE, "deleted": true });
    context.store.mark_deleted(LINE, id, gone);
}

fn pricing_of(price: &Value) -> Value {
    json!({
        "type": "price_details",
        "price_details": { "price": price["id"], "product": price["product"] },
        "unit_amount_decimal": price["unit_amount_decimal"],
    })
}

/// What the line of an item has from it.
fn line_members(item: &Value) -> Value {
    json!({
        "amount": item["amount"],
        "currency": item["currency"],
        "description": item["description"],
        "discountable": item["discountable"],
        "metadata": item["metadata"],
        "period": item["period"],
        "pricing": item["pricing"],
        "quantity": item["quantity"],
        "subtotal": item["amount"],
    })
}

/// Puts a pending invoice item on an invoice.
fn add_item_line(
    context: &mut RequestContext<'_>,
    invoice: &str,
    item: &Value,
) -> Result<(), ApiProblem> {
    let id = text_member(item, "id").to_owned();
    let mut patch = line_members(item);
    let members = json!({
        "invoice": invoice,
        "parent": {
            "type": "invoice_item_details",
            "invoice_item_details": {
                "invoice_item": id,
                "proration": false,
                "proration_details": null,
                "subscription": null,
            },
            "subscription_item_details": null,
        },
    });
    merge_members(&mut patch, members);
    create_line(context, invoice, patch)?;
    context.patch_object("invoiceitem", &id, json!({ "invoice": invoice }));
    Ok(())
}

pub(super) fn create_line(
    context: &mut RequestContext<'_>,
    invoice: &str,
    patch: Value,
) -> Result<String, ApiProblem> {
    let owners = vec![invoice.to_owned()];
    context.create_below(LINE, &json!({}), patch, owners)
}

/// Puts the customer's items that are on no invoice on this one.
pub(super) fn collect_pending_items(
    context: &mut RequestContext<'_>,
    invoice: &str,
    customer: &str,
) -> Result<(), ApiProblem> {
    let mut items = context.store.select("invoiceitem", |item| {
        item["customer"] == customer && item["invoice"].is_null()
    });
    items.reverse();
    for item in items {
        add_item_line(context, invoice, &item)?;
        context.patch_object(INVOICE, invoice, json!({ "currency": item["currency"] }));
    }
    Ok(())
}

/// `POST /v1/invoices/{invoice}/add_lines`, `/update_lines` and `/remove_lines`.
pub(super) fn edit_lines(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    check_editable(context, id)?;
    let currency = context.read_object(INVOICE, id)["currency"].clone();
    let lines = call.params["lines"].as_array().cloned().unwrap_or_default();
    for (index, line) in lines.iter().enumerate() {
        let existing = text_member(line, "id");
        if !existing.is_empty() {
            let param = format!("lines[{index}][id]");
            let found = context.require_reference(LINE, existing, &param)?;
            context.check_state(existing, found["invoice"] == id, || {
                ApiProblem::missing_object(400, LINE, existing, &param)
            })?;
        }
        if call.path.ends_with("/remove_lines") {
            remove_line(context, existing);
            continue;
        }
        let quantity = line["quantity"].as_i64().unwrap_or(1);
        let amount = line["amount"].as_i64().unwrap_or_else(|| {
            integer_member(&line["price_data"], "unit_amount").saturating_mul(quantity)
        });
        let patch = json!({
            "amount": amount,
            "currency": currency,
            "description": line["description"],
            "invoice": id,
            "quantity": quantity,
            "subtotal": amount,
        });
        match existing.is_empty() {
            true => _ = create_line(context, id, patch)?,
            false => context.patch_object(LINE, existing, patch),
        }
    }
    update_totals(context, id);
    Ok(())
}

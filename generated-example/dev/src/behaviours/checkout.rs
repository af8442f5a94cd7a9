//! Checkout sessions, and what a customer does with them.

use serde_json::{Value, json};

use super::catalogue::{check_quantity, is_recurring, price_of_params};
use super::invoice_items::create_pending_item;
use super::payment_intents::charge_customer;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::find_live_target;
use crate::json_value::{id_member, integer_member, set_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::validation::bracketed;

const TAG: &str = "checkout.session";
const DAY: i64 = 86_400;

/// After `POST /v1/checkout/sessions`.
pub(super) fn complete_creation(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let params = &call.params;
    let mode = match text_member(params, "mode") {
        "" => "payment",
        mode => mode,
    };
    let items = params["line_items"].as_array().cloned().unwrap_or_default();
    if items.is_empty() && mode != "setup" && !context.settings.create_missing {
        return Err(ApiProblem::missing_parameter("line_items"));
    }
    let mut total = 0_i64;
    let mut currency = super::charges::currency_of(params);
    let mut recurring = 0;
    for (index, item) in items.iter().enumerate() {
        let place = format!("line_items[{index}]");
        check_quantity(item, &place, 1)?;
        let param = bracketed(&place, "price");
        let price = price_of_params(context, item, &param)?.unwrap_or_default();
        recurring += usize::from(is_recurring(&price));
        let quantity = item["quantity"].as_i64().unwrap_or(1);
        let amount = integer_member(&price, "unit_amount").saturating_mul(quantity);
        total = total.saturating_add(amount);
        if let Some(of_price) = price["currency"].as_str() {
            of_price.clone_into(&mut currency);
        }
        create_line_item(context, id, &price, quantity, amount)?;
    }
    check_mode(context, mode, recurring)?;
    let now = context.now;
    let expires = params["expires_at"]
        .as_i64()
        .unwrap_or(now.saturating_add(DAY));
    let (is_setup, is_free) = (mode == "setup", total == 0 && mode == "payment");
    let is_hosted = matches!(
        text_member(params, "ui_mode"),
        "" | "hosted" | "hosted_page"
    );
    let url = format!("https://checkout.stripe.com/c/pay/{id}");
    let patch = json!({
        "amount_subtotal": if is_setup { None } else { Some(total) },
        "amount_total": if is_setup { None } else { Some(total) },
        "currency": currency,
        "expires_at": expires,
        "mode": mode,
        "payment_method_types": params["payment_method_types"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![json!("card")]),
        "payment_status": if is_setup || is_free { "no_payment_required" } else { "unpaid" },
        "status": "open",
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "url": if is_hosted { Some(url) } else { None },
    });
    context.patch_object(TAG, id, patch);
    // What has no member of the session, and is needed when it is completed.
    let data = json!({
        "payment_intent_data": params["payment_intent_data"],
        "subscription_data": params["subscription_data"],
        "setup_intent_data": params["setup_intent_data"],
    });
    context.store_private(&data_key(id), data);
    Ok(())
}

/// A subscription has prices of a period, and a payment has none.
fn check_mode(
    context: &RequestContext<'_>,
    mode: &str,
    recurring: usize,
) -> Result<(), ApiProblem> {
    let message = match (mode, recurring) {
        _ if context.settings.create_missing => return Ok(()),
        ("subscription", 0) => {
            "You must provide at least one recurring price in `subscription` mode when using \
             prices."
        }
        ("payment", 1..) => {
            "You specified `payment` mode but passed a recurring price. Either switch to \
             `subscription` mode or use only one-time prices."
        }
        _ => return Ok(()),
    };
    Err(ApiProblem::invalid_parameter("line_items", message))
}

fn data_key(session: &str) -> String {
    format!("checkout data of {session}")
}

fn create_line_item(
    context: &mut RequestContext<'_>,
    session: &str,
    price: &Value,
    quantity: i64,
    amount: i64,
) -> Result<(), ApiProblem> {
    let product = id_member(price, "product").unwrap_or_default();
    let product = context.read_object("product", product);
    let mut patch = json!({
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "description": product["name"],
        "quantity": quantity,
    });
    if price.is_object() {
        set_member(&mut patch, "price", price.clone());
        set_member(&mut patch, "currency", price["currency"].clone());
    }
    context.create_below("item", &json!({}), patch, vec![session.to_owned()])?;
    Ok(())
}

/// `POST /v1/checkout/sessions/{session}/expire`.
pub(super) fn expire_session(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let session = context.read_object(TAG, &key.1);
    check_open(context, &session, &key.1)?;
    mark_expired(context, &key.1);
    Ok(OperationResult::Stored(key))
}

/// Expires the open sessions whose time is over. `clock` selects those whose customer has a test
/// clock; without one, those whose customer has none.
pub(crate) fn expire_due_sessions(context: &mut RequestContext<'_>, clock: Option<&str>) {
    let now = context.now;
    let due = context.store.select(TAG, |session| {
        let end = session["expires_at"].as_i64();
        session["status"] == "open" && end.is_some_and(|end| end <= now)
    });
    for session in due {
        let customer = id_member(&session, "customer").unwrap_or_default();
        let customer = context.read_object("customer", customer);
        if id_member(&customer, "test_clock") == clock {
            mark_expired(context, text_member(&session, "id"));
        }
    }
}

fn mark_expired(context: &mut RequestContext<'_>, id: &str) {
    let patch = json!({ "status": "expired", "url": null });
    context.patch_object(TAG, id, patch);
}

fn check_open(context: &RequestContext<'_>, session: &Value, id: &str) -> Result<(), ApiProblem> {
    context.check_state(id, session["status"] == "open", || {
        let status = text_member(session, "status");
        let message = format!("This Checkout Session is not open: its status is {status}.");
        ApiProblem::bad_request("checkout_session_not_open", message)
    })
}

/// Completes a session, as a customer does who pays with a valid card.
pub(crate) fn complete_session(
    context: &mut RequestContext<'_>,
    id: &str,
) -> Result<(), ApiProblem> {
    let session = context.read_object(TAG, id);
    if !session.is_object() {
        return Err(ApiProblem::missing_object(404, TAG, id, "session"));
    }
    check_open(context, &session, id)?;
    let mode = text_member(&session, "mode").to_owned();
    let creates_customer = session["customer_creation"] == "always" || mode == "subscription";
    let customer = match id_member(&session, "customer") {
        Some(customer) => Some(customer.to_owned()),
        None if creates_customer => {
            let email = &session["customer_email"];
            let patch = json!({ "email": email });
            Some(context.create_object("customer", &json!({}), patch)?)
        }
        None => None,
    };
    let data = context.read_private(&data_key(id));
    let mut patch = match mode.as_str() {
        "subscription" => start_subscription(context, id, customer.as_deref(), &data)?,
        "setup" => save_method(context, customer.as_deref(), &data)?,
        _ => pay_session(context, &session, customer.as_deref(), &data)?,
    };
    let email = match session["customer_email"].as_str() {
        Some(email) => json!(email),
        None => {
            let customer = customer.as_deref().unwrap_or_default();
            context.read_object("customer", customer)["email"].clone()
        }
    };
    let paid = if mode == "setup" {
        "no_payment_required"
    } else {
        "paid"
    };
    for (name, value) in [
        ("customer", json!(customer)),
        (
            "customer_details",
            json!({
                "address": null,
                "business_name": null,
                "email": email,
                "individual_name": null,
                "name": null,
                "phone": null,
                "tax_exempt": "none",
                "tax_ids": [],
            }),
        ),
        ("payment_status", json!(paid)),
        ("status", json!("complete")),
        ("url", Value::Null),
    ] {
        set_member(&mut patch, name, value);
    }
    context.patch_object(TAG, id, patch);
    Ok(())
}

fn pay_session(
    context: &mut RequestContext<'_>,
    session: &Value,
    customer: Option<&str>,
    data: &Value,
) -> Result<Value, ApiProblem> {
    let amount = integer_member(session, "amount_total");
    if amount <= 0 {
        return Ok(json!({}));
    }
    let currency = text_member(session, "currency").to_owned();
    let customer = customer.unwrap_or_default();
    let (intent, problem) = charge_customer(context, customer, "pm_card_visa", amount, &currency)?;
    if customer.is_empty() {
        context.patch_object("payment_intent", &intent, json!({ "customer": null }));
    }
    let metadata = &data["payment_intent_data"]["metadata"];
    if metadata.is_object() {
        let patch = json!({ "metadata": metadata });
        context.patch_object("payment_intent", &intent, patch);
    }
    match problem {
        Some(problem) => Err(problem),
        None => Ok(json!({ "payment_intent": intent })),
    }
}

fn attach_card(context: &mut RequestContext<'_>, customer: &str) -> Result<String, ApiProblem> {
    let method = super::payment_methods::fill_card(context, "pm_card_visa")?;
    super::attachments::attach_to_customer(context, &method, customer)?;
    Ok(method)
}

fn start_subscription(
    context: &mut RequestContext<'_>,
    session: &str,
    customer: Option<&str>,
    data: &Value,
) -> Result<Value, ApiProblem> {
    let customer = customer.unwrap_or_default();
    let method = attach_card(context, customer)?;
    let items = context.store.iterate("item").filter_map(|(_, stored)| {
        let is_of_session = stored.owners.iter().any(|owner| owner == session);
        is_of_session.then(|| stored.value.clone())
    });
    let mut items: Vec<Value> = items.collect();
    items.reverse();
    let (recurring, single): (Vec<Value>, Vec<Value>) = items
        .into_iter()
        .partition(|item| is_recurring(&item["price"]) || context.settings.create_missing);
    // What is paid once is on the first invoice alone.
    for item in &single {
        let quantity = integer_member(item, "quantity");
        create_pending_item(context, customer, &item["price"], quantity)?;
    }
    let items = recurring
        .iter()
        .map(|item| json!({ "price": item["price"]["id"], "quantity": item["quantity"] }));
    let items: Vec<Value> = items.collect();
    let mut params = json!({
        "customer": customer,
        "default_payment_method": method,
        "items": items,
    });
    let members = data["subscription_data"].as_object();
    for (name, value) in members.into_iter().flatten() {
        set_member(&mut params, name, value.clone());
    }
    let subscription = super::subscriptions::create_subscription(context, &params)?;
    let value = context.read_object("subscription", &subscription);
    Ok(json!({ "subscription": subscription, "invoice": value["latest_invoice"] }))
}

fn save_method(
    context: &mut RequestContext<'_>,
    customer: Option<&str>,
    data: &Value,
) -> Result<Value, ApiProblem> {
    let method = match customer {
        Some(customer) => attach_card(context, customer)?,
        None => super::payment_methods::fill_card(context, "pm_card_visa")?,
    };
    let patch = json!({
        "customer": customer,
        "payment_method": method,
        "payment_method_types": ["card"],
        "status": "succeeded",
        "usage": "off_session",
    });
    let intent = context.create_object("setup_intent", &data["setup_intent_data"], patch)?;
    Ok(json!({ "setup_intent": intent }))
}

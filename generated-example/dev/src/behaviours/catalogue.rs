//! Products, prices, plans, coupons and promotion codes.

use serde_json::{Value, json};

use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{id_member, integer_member, text_member};
use crate::operation_call::OperationCall;
use crate::validation::bracketed;

/// After `POST /v1/products`: the default price.
pub(super) fn complete_product(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let data = &call.params["default_price_data"];
    if data.is_object() {
        let price = create_price(context, data, id)?;
        context.patch_object(tag, id, json!({ "default_price": price }));
    }
    Ok(())
}

/// After an update of a product or a meter.
pub(super) fn set_updated_time(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let now = context.now;
    context.patch_object(tag, id, json!({ "updated": now }));
    Ok(())
}

/// Creates a price of a product, from `price_data` or `default_price_data`.
pub(super) fn create_price(
    context: &mut RequestContext<'_>,
    data: &Value,
    product: &str,
) -> Result<String, ApiProblem> {
    let id = context.create_object("price", data, json!({ "product": product }))?;
    set_price_members(context, data, &id)?;
    Ok(id)
}

/// The price that `price` names or `price_data` describes.
pub(super) fn price_of_params(
    context: &mut RequestContext<'_>,
    params: &Value,
    param: &str,
) -> Result<Option<Value>, ApiProblem> {
    if let Some(price) = id_member(params, "price").filter(|price| !price.is_empty()) {
        return context.require_reference("price", price, param).map(Some);
    }
    let data = &params["price_data"];
    if !data.is_object() {
        return Ok(None);
    }
    let product = match text_member(data, "product") {
        "" => context.create_object("product", &data["product_data"], json!({}))?,
        product => {
            let product = context.require_reference("product", product, "product")?;
            text_member(&product, "id").to_owned()
        }
    };
    let price = create_price(context, data, &product)?;
    Ok(Some(context.read_object("price", &price)))
}

/// The price of an item of a subscription, which has to be one of a period, and the quantity not
/// negative. `place` is that of the item in the parameters.
pub(super) fn price_of_item(
    context: &mut RequestContext<'_>,
    item: &Value,
    place: &str,
) -> Result<Option<Value>, ApiProblem> {
    check_quantity(item, place, 0)?;
    let param = bracketed(place, "price");
    let price = price_of_params(context, item, &param)?;
    if let Some(price) = &price {
        let id = text_member(price, "id");
        context.check_state(id, is_recurring(price), || {
            let message = "The price specified is set to `type=one_time` but this field only \
                           accepts prices with `type=recurring`.";
            ApiProblem::invalid_parameter(param, message)
        })?;
    }
    Ok(price)
}

/// Whether a price is for a period.
pub(super) fn is_recurring(price: &Value) -> bool {
    price["recurring"].is_object()
}

/// Checks the quantity of an item, if it has one.
pub(super) fn check_quantity(item: &Value, place: &str, least: i64) -> Result<(), ApiProblem> {
    match item["quantity"].as_i64() {
        Some(quantity) if quantity < least => {
            let message = format!("This value must be greater than or equal to {least}.");
            let param = bracketed(place, "quantity");
            let code = "parameter_invalid_integer";
            Err(ApiProblem::parameter(code, param, message))
        }
        _ => Ok(()),
    }
}

/// After `POST /v1/prices`.
pub(super) fn complete_price(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let params = &call.params;
    match (
        params["product"].as_str(),
        params["product_data"].as_object(),
    ) {
        (Some(_), _) => {}
        (None, Some(data)) => {
            let data = Value::Object(data.clone());
            let product = context.create_object("product", &data, json!({}))?;
            context.patch_object(tag, id, json!({ "product": product }));
        }
        (None, None) if context.settings.create_missing => {}
        (None, None) => return Err(ApiProblem::missing_parameter("product")),
    }
    if let Some(key) = params["lookup_key"].as_str() {
        release_lookup_key(context, key, id, params["transfer_lookup_key"] == true)?;
    }
    set_price_members(context, params, id)
}

/// A lookup key belongs to one price.
fn release_lookup_key(
    context: &mut RequestContext<'_>,
    key: &str,
    id: &str,
    is_transferred: bool,
) -> Result<(), ApiProblem> {
    let owners = context.store.select("price", |price| {
        price["lookup_key"] == key && price["id"] != id
    });
    for owner in owners {
        if !is_transferred && !context.settings.create_missing {
            let message = format!("A price already uses that lookup key: `{key}`.");
            let code = "resource_already_exists";
            return Err(ApiProblem::parameter(code, "lookup_key", message));
        }
        let owner = text_member(&owner, "id").to_owned();
        context.patch_object("price", &owner, json!({ "lookup_key": null }));
    }
    Ok(())
}

fn set_price_members(
    context: &mut RequestContext<'_>,
    params: &Value,
    id: &str,
) -> Result<(), ApiProblem> {
    let is_recurring = params["recurring"].is_object();
    let amount = params["unit_amount"].as_i64();
    let decimal = params["unit_amount_decimal"].as_str().map(str::to_owned);
    let decimal = decimal.or_else(|| amount.map(|amount| amount.to_string()));
    let amount = amount.or_else(|| decimal.as_deref().and_then(|text| text.parse().ok()));
    let mut patch = json!({
        "billing_scheme": match text_member(params, "billing_scheme") {
            "" => "per_unit",
            stated => stated,
        },
        "currency": super::charges::currency_of(params),
        "tax_behavior": match text_member(params, "tax_behavior") {
            "" => "unspecified",
            stated => stated,
        },
        "type": if is_recurring { "recurring" } else { "one_time" },
        "unit_amount": amount,
        "unit_amount_decimal": decimal,
    });
    if is_recurring {
        let recurring = &params["recurring"];
        let count = recurring["interval_count"].as_i64().unwrap_or(1);
        let usage = match text_member(recurring, "usage_type") {
            "" => "licensed",
            stated => stated,
        };
        let recurring = json!({
            "interval": recurring["interval"],
            "interval_count": count,
            "meter": recurring["meter"],
            "trial_period_days": null,
            "usage_type": usage,
        });
        crate::json_value::set_member(&mut patch, "recurring", recurring);
    }
    context.patch_object("price", id, patch);
    Ok(())
}

/// After `POST /v1/plans`: the product, which may be described, and the price of the same id.
pub(super) fn complete_plan(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let params = &call.params;
    let product = match &params["product"] {
        Value::Object(_) => {
            Some(context.create_object("product", &params["product"], json!({}))?)
        }
        product => product.as_str().map(str::to_owned),
    };
    let count = params["interval_count"].as_i64().unwrap_or(1);
    let amount = params["amount"].as_i64();
    let patch = json!({
        "amount_decimal": amount.map(|amount| amount.to_string()),
        "billing_scheme": "per_unit",
        "interval_count": count,
        "product": product,
        "usage_type": "licensed",
    });
    context.patch_object(tag, id, patch);
    let data = json!({
        "currency": params["currency"],
        "recurring": { "interval": params["interval"], "interval_count": count },
        "unit_amount": amount,
    });
    let patch = match product {
        Some(product) => json!({ "id": id, "product": product }),
        None => json!({ "id": id }),
    };
    let price = context.create_object("price", &data, patch)?;
    set_price_members(context, &data, &price)
}

/// After `POST /v1/coupons`.
pub(super) fn complete_coupon(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let params = &call.params;
    let has_value = !params["percent_off"].is_null() || !params["amount_off"].is_null();
    if !has_value && !context.settings.create_missing {
        return Err(ApiProblem::missing_parameter("percent_off"));
    }
    let duration = match text_member(params, "duration") {
        "" => "once",
        stated => stated,
    };
    context.patch_object(tag, id, json!({ "duration": duration }));
    Ok(())
}

/// After `POST /v1/promotion_codes`.
pub(super) fn complete_promotion_code(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    if text_member(&call.params, "code").is_empty() {
        let code = context.ids.random_text(8).to_uppercase();
        context.patch_object(tag, id, json!({ "code": code }));
    }
    Ok(())
}

/// What a coupon takes off an amount.
pub(super) fn discount_of_coupon(coupon: &Value, amount: i64) -> i64 {
    if let Some(percent) = coupon["percent_off"].as_f64() {
        // Hundredths of a percent, in whole numbers.
        let hundredths = (percent * 100.0).round().clamp(0.0, 10_000.0);
        let hundredths = format!("{hundredths:.0}").parse().unwrap_or(0_i64);
        return amount.saturating_mul(hundredths).saturating_add(5_000) / 10_000;
    }
    integer_member(coupon, "amount_off").clamp(0, amount.max(0))
}

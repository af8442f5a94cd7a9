//! Accounts, customers, files and endpoints: what their creation sets.

use serde_json::{Map, Value, json};

use super::attachments::{attach_to_customer, check_owner};
use super::payment_methods::fill_card;
use super::tokens::{create_from_token, is_token};
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{id_member, set_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::test_methods::is_test_card;

/// The account of the API key.
const OWN_ACCOUNT: &str = "acct_local";

/// `GET /v1/account`.
pub(super) fn retrieve_own_account(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    if context.store.find("account", OWN_ACCOUNT).is_none() {
        let patch = json!({
            "id": OWN_ACCOUNT,
            "charges_enabled": true,
            "country": "US",
            "default_currency": "usd",
            "details_submitted": true,
            "payouts_enabled": true,
            "type": "standard",
        });
        context.create_object("account", &json!({}), patch)?;
        context.invented.insert(OWN_ACCOUNT.to_owned());
    }
    let key = ("account".to_owned(), OWN_ACCOUNT.to_owned());
    Ok(OperationResult::Stored(key))
}

/// After `POST /v1/accounts`: what is requested is active.
pub(super) fn complete_account(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let requested = call.params["capabilities"].as_object();
    let capabilities: Map<String, Value> = requested
        .into_iter()
        .flatten()
        .filter(|(_, capability)| capability["requested"] == true)
        .map(|(name, _)| (name.clone(), json!("active")))
        .collect();
    let country = match text_member(&call.params, "country") {
        "" => "US",
        country => country,
    };
    let patch = json!({
        "capabilities": capabilities,
        "country": country,
        "default_currency": "usd",
    });
    context.patch_object(tag, id, patch);
    Ok(())
}

/// After `POST /v2/core/accounts`.
pub(super) fn apply_configurations(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let stated = call.params["configuration"].as_object();
    let applied: Vec<&String> = stated.into_iter().flat_map(Map::keys).collect();
    context.patch_object(tag, id, json!({ "applied_configurations": applied }));
    Ok(())
}

/// After `POST /v1/customers`: payment method, balance and defaults.
pub(super) fn complete_customer(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let params = &call.params;
    let prefix = context.ids.random_text(8).to_uppercase();
    let balance = params["balance"].as_i64().unwrap_or_default();
    let patch = json!({
        "balance": balance,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "discount": null,
        "invoice_prefix": prefix,
        "next_invoice_sequence": 1,
    });
    context.patch_object(tag, id, patch);
    let value = context.read_object(tag, id);
    let mut defaults = json!({});
    for name in [
        "address",
        "description",
        "email",
        "name",
        "phone",
        "shipping",
        "test_clock",
    ] {
        if value[name].is_null() {
            set_member(&mut defaults, name, Value::Null);
        }
    }
    for (name, default) in [
        ("preferred_locales", json!([])),
        ("tax_exempt", json!("none")),
    ] {
        if value[name].is_null() {
            set_member(&mut defaults, name, default);
        }
    }
    let settings = json!({
        "custom_fields": null,
        "default_payment_method": null,
        "footer": null,
        "rendering_options": null,
    });
    if value["invoice_settings"].is_null() {
        set_member(&mut defaults, "invoice_settings", settings);
    }
    context.patch_object(tag, id, defaults);
    let source = text_member(params, "source");
    let method = match text_member(params, "payment_method") {
        "" if is_test_card(source) || is_token(source) => {
            Some(create_from_token(context, source, "source")?)
        }
        "" => None,
        method => Some(fill_card(context, method)?),
    };
    if let Some(method) = method {
        attach_to_customer(context, &method, id)?;
    }
    let taxes = params["tax_id_data"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for tax in &taxes {
        let patch = json!({ "customer": id, "country": country_of_tax(tax) });
        context.create_below("tax_id", tax, patch, vec![id.to_owned()])?;
    }
    settle_default_method(context, tag, id)
}

/// After an update of a customer: tokens, and names of test cards in the settings, stand for new ones.
pub(super) fn settle_customer(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let source = text_member(&call.params, "source");
    if is_test_card(source) || is_token(source) {
        let method = create_from_token(context, source, "source")?;
        attach_to_customer(context, &method, id)?;
    }
    settle_default_method(context, tag, id)
}

fn settle_default_method(
    context: &mut RequestContext<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let value = context.read_object(tag, id);
    let method = id_member(&value["invoice_settings"], "default_payment_method");
    let Some(method) = method else {
        return Ok(());
    };
    let tags = ["payment_method".to_owned()];
    let param = "invoice_settings[default_payment_method]";
    let found = context.require_object(&tags, method, param, 400)?.1;
    check_owner(context, &found, id, param)?;
    if found != method {
        context.patch_object("payment_method", &found, json!({ "customer": id }));
        let patch = json!({ "invoice_settings": { "default_payment_method": found } });
        context.patch_object(tag, id, patch);
    }
    Ok(())
}

/// After `POST /v1/customers/{customer}/tax_ids` and `POST /v1/tax_ids`.
pub(super) fn complete_tax_id(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let country = country_of_tax(&call.params);
    context.patch_object(tag, id, json!({ "country": country }));
    Ok(())
}

/// VAT numbers begin with their country, other types are named after it.
fn country_of_tax(params: &Value) -> Option<String> {
    let country = match text_member(params, "type") {
        "eu_vat" => text_member(params, "value").get(..2)?,
        kind => kind
            .split('_')
            .next()
            .filter(|country| country.len() == 2)?,
    };
    Some(country.to_uppercase())
}

/// After `POST /v1/webhook_endpoints`: the secret.
pub(super) fn complete_endpoint(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let secret = context.ids.new_id("whsec");
    context.patch_object(tag, id, json!({ "secret": secret, "status": "enabled" }));
    Ok(())
}

/// After `POST /v1/webhook_endpoints/{webhook_endpoint}`.
pub(super) fn update_endpoint(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    if let Some(disabled) = call.params["disabled"].as_bool() {
        let status = if disabled { "disabled" } else { "enabled" };
        context.patch_object(tag, id, json!({ "status": status }));
    }
    Ok(())
}

/// After `POST /v2/core/event_destinations`: the signing secret of a webhook.
pub(super) fn complete_destination(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let mut patch = json!({ "status": "enabled" });
    if call.params["webhook_endpoint"].is_object() {
        let secret = context.ids.new_id("whsec");
        let endpoint = json!({
            "signing_secret": secret,
            "url": call.params["webhook_endpoint"]["url"],
        });
        set_member(&mut patch, "webhook_endpoint", endpoint);
    }
    context.patch_object(tag, id, patch);
    Ok(())
}

/// After `POST /v1/ephemeral_keys`.
pub(super) fn complete_ephemeral_key(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let secret = context.ids.new_id("ek_test");
    let expires = context.now.saturating_add(3_600);
    context.patch_object(tag, id, json!({ "expires": expires, "secret": secret }));
    Ok(())
}

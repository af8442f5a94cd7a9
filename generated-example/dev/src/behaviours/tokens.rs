//! Tokens of cards, which can be used once, and what they are used for.

use serde_json::{Value, json};

use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{integer_member, merge_members, text_member};
use crate::operation_call::OperationCall;
use crate::test_methods::{
    brand_of_number, card_details, find_card_number, find_test_card, is_test_card,
};

const TAG: &str = "token";

/// The details of a card, from its number or from a token. `param` names the card.
pub(super) fn details_of_card(
    context: &mut RequestContext<'_>,
    card: &Value,
    param: &str,
) -> Result<Option<Value>, ApiProblem> {
    if let Some(number) = card["number"].as_str() {
        let number: String = number.chars().filter(char::is_ascii_digit).collect();
        let month = card["exp_month"].as_i64().unwrap_or(12);
        let year = card["exp_year"].as_i64().unwrap_or(2034);
        let year = if year < 100 { year + 2000 } else { year };
        let known = find_card_number(&number).map(|card| card.details());
        let brand = known.as_ref().and_then(|known| known["brand"].as_str());
        let brand = brand.unwrap_or_else(|| brand_of_number(&number));
        return Ok(Some(card_details(&number, brand, month, year)));
    }
    match card["token"].as_str() {
        Some(token) => use_token(context, token, &format!("{param}[token]")),
        None => Ok(None),
    }
}

/// Whether an id is that of a token, or the name of a test card in its place.
pub(super) fn is_token(id: &str) -> bool {
    id.starts_with("tok_")
}

/// The card of a token, which can be used once; the names of test cards can be used again.
pub(super) fn use_token(
    context: &mut RequestContext<'_>,
    id: &str,
    param: &str,
) -> Result<Option<Value>, ApiProblem> {
    if let Some(card) = find_test_card(id) {
        return Ok(Some(card.details()));
    }
    let token = context.require_reference(TAG, id, param)?;
    context.check_state(id, token["used"] != true, || {
        let message = format!("You cannot use a Stripe token more than once: {id}.");
        ApiProblem::parameter("token_already_used", param, message)
    })?;
    context.patch_object(TAG, id, json!({ "used": true }));
    Ok(token["card"].is_object().then(|| token["card"].clone()))
}

/// Creates the payment method that a token, or the name of a test card, stands for.
pub(super) fn create_from_token(
    context: &mut RequestContext<'_>,
    id: &str,
    param: &str,
) -> Result<String, ApiProblem> {
    let card = use_token(context, id, param)?;
    let patch = json!({ "type": "card", "card": card });
    context.create_object("payment_method", &json!({}), patch)
}

/// After `POST /v1/tokens`.
pub(super) fn complete_token(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    if let Some(mut card) = details_of_card(context, &call.params["card"], "card")? {
        let patch = json!({ "id": context.ids.new_id("card"), "object": "card" });
        merge_members(&mut card, patch);
        let schema = context.document.schema_of_tag("card").cloned();
        let schema = schema.unwrap_or_default();
        let mut synthesis = context.synthesis();
        let mut whole = synthesis.new_object(&schema);
        synthesis.overlay(&schema, &mut whole, &card);
        context.patch_object(TAG, id, json!({ "type": "card", "card": whole }));
    }
    Ok(())
}

/// After `POST /v1/customers/{customer}/sources` and `POST /v1/accounts/{account}/external_accounts`:
/// the details of a card.
pub(super) fn complete_source(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let param = match call.params["external_account"].is_null() {
        true => "source",
        false => "external_account",
    };
    let source = text_member(&call.params, param);
    let card = match is_test_card(source) || is_token(source) {
        true => use_token(context, source, param)?,
        false => details_of_card(context, &call.params[param], param)?,
    };
    if tag != "card" {
        return Ok(());
    }
    if let Some(card) = card {
        let patch = json!({
            "brand": card["brand"],
            "exp_month": integer_member(&card, "exp_month"),
            "exp_year": integer_member(&card, "exp_year"),
            "funding": "credit",
            "last4": card["last4"],
        });
        context.patch_object(tag, id, patch);
    }
    Ok(())
}

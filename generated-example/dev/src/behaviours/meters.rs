//! Meters, the events that they count, and their sums.

use serde_json::{Value, json};

use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::text_member;
use crate::operation_call::{OperationCall, OperationResult};

const METER: &str = "billing.meter";
const SUMMARY: &str = "billing.meter_event_summary";

/// After `POST /v1/billing/meters`.
pub(super) fn complete_meter(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    tag: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let mut patch = json!({ "status": "active" });
    if !call.params["customer_mapping"].is_object() {
        let mapping = json!({ "type": "by_id", "event_payload_key": "stripe_customer_id" });
        crate::json_value::set_member(&mut patch, "customer_mapping", mapping);
    }
    if !call.params["value_settings"].is_object() {
        let settings = json!({ "event_payload_key": "value" });
        crate::json_value::set_member(&mut patch, "value_settings", settings);
    }
    context.patch_object(tag, id, patch);
    Ok(())
}

/// `POST /v1/billing/meter_events` and `POST /v2/billing/meter_events`.
pub(super) fn create_meter_event(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let tag = call.operation.tags.first().cloned().unwrap_or_default();
    let identifier = text_member(&call.params, "identifier");
    if context.store.find(&tag, identifier).is_some() && !context.settings.create_missing {
        let message = format!("An event already exists with identifier {identifier}.");
        let code = match call.operation.is_v2() {
            true => "duplicate_meter_event",
            false => "resource_already_exists",
        };
        return Err(ApiProblem::bad_request(code, message));
    }
    let id = context.create_object(&tag, &call.params, json!({}))?;
    count_event(context, call, &call.params, &id)?;
    Ok(OperationResult::Stored((tag, id)))
}

/// `POST /v2/billing/meter_event_stream`, which returns nothing.
pub(super) fn count_stream(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let events = call.params["events"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for event in &events {
        count_event(context, call, event, "")?;
    }
    Ok(OperationResult::Computed(json!({})))
}

fn count_event(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    event: &Value,
    id: &str,
) -> Result<(), ApiProblem> {
    let name = text_member(event, "event_name");
    let meters = context.store.select(METER, |meter| {
        meter["event_name"] == name && meter["status"] == "active"
    });
    let Some(meter) = meters.first() else {
        if context.settings.create_missing {
            return Ok(());
        }
        return Err(missing_meter(context, call, name));
    };
    let key = meter["value_settings"]["event_payload_key"].as_str();
    let value = &event["payload"][key.unwrap_or("value")];
    let value = match value.as_str() {
        Some(text) => text.parse::<f64>().ok(),
        None => value.as_f64(),
    };
    let counts = meter["default_aggregation"]["formula"] == "count";
    let value = match (counts, value) {
        (true, _) => 1.0,
        (false, Some(value)) => value,
        (false, None) if context.settings.create_missing => 0.0,
        (false, None) => {
            let message = "The payload has no numeric value for this meter.";
            return Err(ApiProblem::parameter(
                "parameter_invalid",
                "payload",
                message,
            ));
        }
    };
    let key = meter["customer_mapping"]["event_payload_key"].as_str();
    let customer = text_member(&event["payload"], key.unwrap_or_default()).to_owned();
    let meter = text_member(meter, "id").to_owned();
    let time = event["timestamp"].as_i64().unwrap_or(context.now);
    // The members of an event that are not in its schema: what sums are made of.
    let patch = json!({
        "aggregated_value": value,
        "customer": customer,
        "end_time": time,
        "event": id,
        "meter": meter,
        "start_time": time,
    });
    context.create_object("billing.meter_event_summary", &json!({}), patch)?;
    Ok(())
}

/// What is wrong with an event whose meter does not count.
fn missing_meter(context: &RequestContext<'_>, call: &OperationCall<'_>, name: &str) -> ApiProblem {
    let message = format!("No active meter found for event name {name}.");
    let inactive = context
        .store
        .select(METER, |meter| meter["event_name"] == name);
    match (call.operation.is_v2(), inactive.is_empty()) {
        (false, _) => ApiProblem::parameter("resource_missing", "event_name", message),
        (true, false) => ApiProblem::bad_request("archived_meter", message),
        (true, true) => ApiProblem::bad_request("no_meter", message),
    }
}

/// `GET /v1/billing/meters/{id}/event_summaries`: one sum for the whole time.
pub(super) fn sum_events(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let meter = call
        .path_values
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    let params = &call.params;
    let (start, end) = (&params["start_time"], &params["end_time"]);
    let bounds = (
        start.as_i64().unwrap_or_default(),
        end.as_i64().unwrap_or(i64::MAX),
    );
    let counted = context.store.select(SUMMARY, |entry| {
        let time = entry["start_time"].as_i64().unwrap_or_default();
        entry["meter"] == meter
            && entry["customer"] == params["customer"]
            && (bounds.0..bounds.1).contains(&time)
    });
    let values = counted
        .iter()
        .filter_map(|entry| entry["aggregated_value"].as_f64());
    let summary = json!({
        "id": format!("{meter}_summary"),
        "object": SUMMARY,
        "aggregated_value": values.sum::<f64>(),
        "end_time": end,
        "livemode": false,
        "meter": meter,
        "start_time": start,
    });
    let data = if counted.is_empty() {
        Vec::new()
    } else {
        vec![summary]
    };
    let list = json!({ "object": "list", "url": call.path, "has_more": false, "data": data });
    Ok(OperationResult::Computed(list))
}

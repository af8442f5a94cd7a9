//! Files and reports: the content of an upload, and the file of a report run.

use serde_json::{Value, json};

use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{integer_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};

const FILE: &str = "file";
const REPORT_RUN: &str = "reporting.report_run";
const REPORT_TYPE: &str = "reporting.report_type";

/// The columns of a report if the request names none.
const DEFAULT_COLUMNS: [&str; 7] = [
    "balance_transaction_id",
    "created",
    "reporting_category",
    "currency",
    "gross",
    "fee",
    "net",
];

/// After `POST /v1/files`.
pub(super) fn complete_upload(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let Some(upload) = &call.upload else {
        return Err(ApiProblem::missing_parameter("file"));
    };
    store_content(context, id, &upload.name, upload.content.clone());
    Ok(())
}

/// After `POST /v1/reporting/report_runs`. The API answers before it is done; the server is done at
/// once.
pub(super) fn complete_report_run(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let report_type = text_member(&call.params, "report_type");
    let lines = report_lines(context, report_type, &call.params["parameters"]);
    let patch = json!({ "purpose": "finance_report_run", "title": null });
    let file = context.create_object(FILE, &json!({}), patch)?;
    store_content(context, &file, &format!("{id}.csv"), lines.into_bytes());
    let patch = json!({
        "status": "succeeded",
        "succeeded_at": context.now,
        "result": context.read_object(FILE, &file),
    });
    context.patch_object(REPORT_RUN, id, patch);
    context.announce("reporting.report_run.succeeded", REPORT_RUN, id);
    Ok(())
}

/// `GET /v1/reporting/report_types/{report_type}`: every report is known, with data up to now.
pub(super) fn retrieve_report_type(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let id = call.path_values.last().map(String::as_str);
    let id = id.unwrap_or_default();
    if context.store.find(REPORT_TYPE, id).is_none() {
        context.create_object(REPORT_TYPE, &json!({}), json!({ "id": id, "name": id }))?;
    }
    let patch = json!({ "data_available_end": context.now });
    context.patch_object(REPORT_TYPE, id, patch);
    Ok(OperationResult::Stored((
        REPORT_TYPE.to_owned(),
        id.to_owned(),
    )))
}

/// Stores the content of a file and what the object says about it.
fn store_content(context: &mut RequestContext<'_>, id: &str, name: &str, content: Vec<u8>) {
    let patch = json!({
        "filename": name,
        "size": content.len(),
        "type": name.rsplit_once('.').map(|(_, extension)| extension),
        "url": format!("https://files.stripe.com/v1/files/{id}/contents"),
    });
    context.patch_object(FILE, id, patch);
    context.store.set_content(id, content);
}

/// A table of the balance transactions of an interval, for reports about them; the columns alone for
/// all others.
fn report_lines(context: &RequestContext<'_>, report_type: &str, parameters: &Value) -> String {
    let stated: Vec<&str> = parameters["columns"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let columns = match stated.as_slice() {
        [] => DEFAULT_COLUMNS.as_slice(),
        stated => stated,
    };
    let mut lines = csv_line(columns.iter().map(|column| json!(column)));
    if !report_type.starts_with("balance") {
        return lines;
    }
    let start = integer_member(parameters, "interval_start");
    let end = parameters["interval_end"].as_i64().unwrap_or(i64::MAX);
    let transactions = context.store.select("balance_transaction", |transaction| {
        (start..end).contains(&integer_member(transaction, "created"))
    });
    for transaction in transactions {
        let cells = columns.iter().map(|column| {
            let member = match *column {
                "balance_transaction_id" => "id",
                "gross" => "amount",
                "source_id" => "source",
                other => other,
            };
            transaction[member].clone()
        });
        lines.push_str(&csv_line(cells));
    }
    lines
}

/// A line of a table, with all texts in quotes.
fn csv_line(cells: impl Iterator<Item = Value>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| match cell {
            Value::Null => String::new(),
            Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
            other => other.to_string(),
        })
        .collect();
    format!("{}\n", cells.join(","))
}

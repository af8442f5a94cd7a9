//! Executes operations: by their behaviour, or by the shape of their paths and responses.

use serde_json::Value;

use crate::behaviours::{Behaviour, find_behaviour};
use crate::context::RequestContext;
use crate::document::{ApiOperation, OperationKind};
use crate::errors::ApiProblem;
use crate::generic::{check_owners, execute_generic, resolve_references};
use crate::json_value::set_member;
use crate::listing::list_page;
use crate::operation_call::{OperationCall, OperationResult};
use crate::rendering::{ExpandPaths, expand_members, read_expand_paths, render_object};

/// Executes an operation; the value is the body of the response.
pub(crate) fn execute_operation(
    context: &mut RequestContext<'_>,
    call: &mut OperationCall<'_>,
) -> Result<Value, ApiProblem> {
    let operation = call.operation;
    let paths = read_expand_paths(context, &operation.answer, &call.params)?;
    let behaviour = find_behaviour(&operation.method, &operation.path);
    let is_list = matches!(operation.kind, OperationKind::List | OperationKind::Search);
    if is_list && behaviour.is_none() {
        check_owners(context, call)?;
        return execute_list(context, call, &paths);
    }
    let result = match behaviour {
        Some(Behaviour::Instead(run)) => {
            check_owners(context, call)?;
            resolve_references(context, call)?;
            run(context, call)?
        }
        Some(Behaviour::After(run)) => {
            let result = execute_generic(context, call)?;
            if let OperationResult::Stored((tag, id)) = &result {
                run(context, call, tag, id)?;
            }
            result
        }
        None => execute_generic(context, call)?,
    };
    match result {
        OperationResult::Stored(key) => {
            let mut value = render_object(context, &key, &paths)?;
            hide_secret(operation, &mut value);
            Ok(value)
        }
        OperationResult::Computed(mut value) => {
            expand_members(context, &operation.answer, &mut value, &paths, 0)?;
            Ok(value)
        }
    }
}

/// The secret of an endpoint is in the response to its creation alone.
fn hide_secret(operation: &ApiOperation, value: &mut Value) {
    if value["object"] == "webhook_endpoint" && operation.kind != OperationKind::Create {
        value
            .as_object_mut()
            .map(|members| members.shift_remove("secret"));
    }
}

fn execute_list(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    paths: &ExpandPaths,
) -> Result<Value, ApiProblem> {
    let owners = &call.path_values;
    let mut page = list_page(context, call.operation, &call.path, owners, &call.params)?;
    let rest: ExpandPaths = paths
        .iter()
        .filter(|path| path.first().is_some_and(|first| first == "data"))
        .map(|path| path[1..].to_vec())
        .filter(|path| !path.is_empty())
        .collect();
    let mut data = Vec::new();
    for key in &page.items {
        let mut value = render_object(context, key, &rest)?;
        hide_secret(call.operation, &mut value);
        data.push(value);
    }
    set_member(&mut page.envelope, "data", Value::Array(data));
    Ok(page.envelope)
}

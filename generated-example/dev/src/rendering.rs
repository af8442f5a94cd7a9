//! Objects as responses have them: with their lists, and with what was asked to be expanded.

use serde_json::{Value, json};

use crate::context::RequestContext;
use crate::document::OperationKind;
use crate::errors::ApiProblem;
use crate::json_value::set_member;
use crate::listing::select_items;
use crate::routing::split_path;
use crate::store::ObjectKey;
use crate::wire_format::bracket;
use crate::wire_format::coerce::coerce;

/// <https://docs.stripe.com/api/expanding_objects>
const MAX_LEVELS: usize = 4;
/// The items of a list within an object.
const MAX_ITEMS: usize = 10;
/// Lists within lists within objects.
const MAX_LISTS: usize = 3;

/// Paths to expand, each split at its dots.
pub(crate) type ExpandPaths = Vec<Vec<String>>;

/// The paths of `expand`, checked against the schema of the response.
pub(crate) fn read_expand_paths(
    context: &RequestContext<'_>,
    schema: &Value,
    params: &Value,
) -> Result<ExpandPaths, ApiProblem> {
    let mut paths = ExpandPaths::new();
    let stated = params["expand"].as_array();
    for (index, path) in stated.into_iter().flatten().enumerate() {
        let path = path.as_str().unwrap_or_default();
        // The count of a search is no object; the search itself adds it.
        if path == "total_count" {
            continue;
        }
        let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
        let param = format!("expand[{index}]");
        if steps.len() > MAX_LEVELS {
            let message =
                format!("You cannot expand more than {MAX_LEVELS} levels of a property: {path}.");
            return Err(ApiProblem::parameter("parameter_invalid", param, message));
        }
        if !is_expandable(context, schema, &steps) {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(ApiProblem::parameter("parameter_invalid", param, message));
        }
        paths.push(steps);
    }
    Ok(paths)
}

/// Whether a path leads through fields that the document lists as expandable.
fn is_expandable(context: &RequestContext<'_>, schema: &Value, steps: &[String]) -> bool {
    let Some((field, rest)) = steps.split_first() else {
        return true;
    };
    let objects = context.document.possible_objects(schema);
    objects.iter().any(|object| {
        let listed = object["x-expandableFields"].as_array();
        let is_listed = listed.is_some_and(|fields| fields.iter().any(|listed| listed == field));
        let property = &object["properties"][field.as_str()];
        is_listed && is_expandable(context, property, rest)
    })
}

/// A stored object as a response has it.
pub(crate) fn render_object(
    context: &mut RequestContext<'_>,
    key: &ObjectKey,
    paths: &ExpandPaths,
) -> Result<Value, ApiProblem> {
    render_stored(context, key, paths, 0)
}

fn render_stored(
    context: &mut RequestContext<'_>,
    (tag, id): &ObjectKey,
    paths: &ExpandPaths,
    depth: usize,
) -> Result<Value, ApiProblem> {
    let stored = context.store.find_stored(tag, id);
    let Some(mut value) = stored.map(|stored| stored.value.clone()) else {
        return Ok(Value::Null);
    };
    let Some(schema) = context.document.schema_of_tag(tag) else {
        return Ok(value);
    };
    let lists = schema["properties"].as_object().into_iter().flatten();
    for (name, property) in lists {
        let is_asked = paths.iter().any(|path| path.first() == Some(name));
        let list = context.document.resolve_schema(property);
        let is_list = list["properties"]["has_more"].is_object();
        let is_there = value[name.as_str()].is_object();
        if !is_list || !(is_there || is_asked) || depth >= MAX_LISTS {
            continue;
        }
        let url = match value[name.as_str()]["url"].as_str() {
            Some(url) => url.to_owned(),
            None => context.list_url(tag, id, name),
        };
        let list = embedded_list(context, &url, depth + 1)?;
        set_member(&mut value, name, list);
    }
    expand_members(context, schema, &mut value, paths, depth)?;
    Ok(value)
}

/// A list within an object, by its URL.
fn embedded_list(
    context: &mut RequestContext<'_>,
    url: &str,
    depth: usize,
) -> Result<Value, ApiProblem> {
    let document = context.document;
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let parts = split_path(path).unwrap_or_default();
    let mut list = json!({ "object": "list", "url": url, "has_more": false, "data": [] });
    let Some((operation, owners)) = document.find_operation("GET", &parts) else {
        return Ok(list);
    };
    if operation.kind != OperationKind::List {
        return Ok(list);
    }
    let params = match bracket::decode_lenient(query) {
        Ok(tree) => coerce(&operation.query, &tree),
        Err(_) => json!({}),
    };
    let items = select_items(context, operation, &owners, &params);
    set_member(&mut list, "has_more", json!(items.len() > MAX_ITEMS));
    let mut data = Vec::new();
    for key in items.iter().take(MAX_ITEMS) {
        data.push(render_stored(context, key, &ExpandPaths::new(), depth)?);
    }
    set_member(&mut list, "data", Value::Array(data));
    Ok(list)
}

/// Expands members of a value that was made for a response.
pub(crate) fn expand_members(
    context: &mut RequestContext<'_>,
    schema: &Value,
    value: &mut Value,
    paths: &ExpandPaths,
    depth: usize,
) -> Result<(), ApiProblem> {
    let mut fields: Vec<&String> = paths.iter().filter_map(|path| path.first()).collect();
    fields.dedup();
    for field in fields {
        let rest: ExpandPaths = paths
            .iter()
            .filter(|path| path.first() == Some(field))
            .map(|path| path[1..].to_vec())
            .filter(|path| !path.is_empty())
            .collect();
        let objects = context.document.possible_objects(schema);
        let property = objects
            .iter()
            .map(|object| &object["properties"][field.as_str()])
            .find(|property| property.is_object());
        let Some(property) = property.cloned() else {
            continue;
        };
        let Some(member) = value.get(field.as_str()).cloned() else {
            continue;
        };
        let expanded = expand_value(context, &property, member, &rest, depth)?;
        set_member(value, field, expanded);
    }
    Ok(())
}

fn expand_value(
    context: &mut RequestContext<'_>,
    schema: &Value,
    member: Value,
    rest: &ExpandPaths,
    depth: usize,
) -> Result<Value, ApiProblem> {
    match member {
        Value::String(id) => {
            let tags = context.document.tags_of_schema(schema);
            let tag = context.store.tag_of_id(&tags, &id).map(str::to_owned);
            match tag {
                Some(tag) => render_stored(context, &(tag, id), rest, depth),
                None if context.settings.create_missing && !tags.is_empty() => {
                    let key = context.require_object(&tags, &id, "expand", 400)?;
                    render_stored(context, &key, rest, depth)
                }
                None => Ok(Value::String(id)),
            }
        }
        Value::Array(items) => {
            let mut expanded = Vec::new();
            for item in items {
                expanded.push(expand_value(context, schema, item, rest, depth)?);
            }
            Ok(Value::Array(expanded))
        }
        Value::Object(_) if !rest.is_empty() => {
            let mut member = member;
            expand_members(context, schema, &mut member, rest, depth)?;
            Ok(member)
        }
        other => Ok(other),
    }
}

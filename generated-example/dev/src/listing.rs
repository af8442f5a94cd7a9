//! Lists: selection by path and parameters, and pages.

use serde_json::{Map, Value, json};

use crate::context::RequestContext;
use crate::document::{ApiOperation, OperationKind};
use crate::errors::ApiProblem;
use crate::json_value::set_member;
use crate::search_query::SearchQuery;
use crate::store::ObjectKey;

const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;

/// Parameters of lists that do not select items.
const PAGE_PARAMETERS: [&str; 7] = [
    "ending_before",
    "expand",
    "include",
    "limit",
    "page",
    "query",
    "starting_after",
];

/// Objects that are listed in the order of their creation; all others are listed newest first.
const CREATION_ORDER: [&str; 3] = ["item", "line_item", "subscription_item"];

/// Parameters that select by a member of another name: tag, parameter, path of the member.
const MEMBER_PATHS: [(&str, &str, &str); 4] = [
    (
        "invoice",
        "subscription",
        "/parent/subscription_details/subscription",
    ),
    ("price", "lookup_keys", "/lookup_key"),
    ("checkout.session", "customer_details", "/customer_details"),
    ("event", "types", "/type"),
];

/// One page of a list, and the items on it.
#[derive(Debug)]
pub(crate) struct ListPage {
    /// The list without its items.
    pub(crate) envelope: Value,
    pub(crate) items: Vec<ObjectKey>,
}

/// The objects that a list has, in its order, without pages.
pub(crate) fn select_items(
    context: &RequestContext<'_>,
    operation: &ApiOperation,
    owners: &[String],
    params: &Value,
) -> Vec<ObjectKey> {
    let mut items = Vec::new();
    for tag in &operation.tags {
        let objects = context.store.iterate(tag).filter(|(_, stored)| {
            owners.iter().all(|owner| {
                let is_below = stored.owners.contains(owner);
                is_below || names_object(&stored.value, owner)
            }) && fits_filters(context, tag, &stored.value, params)
        });
        items.extend(objects.map(|(id, _)| (tag.clone(), id.clone())));
        if CREATION_ORDER.contains(&tag.as_str()) {
            items.reverse();
        }
    }
    items
}

/// Whether a member of the object is this id.
fn names_object(value: &Value, id: &str) -> bool {
    let members = value.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| *name != "id")
        .any(|(_, member)| member == id)
}

fn fits_filters(context: &RequestContext<'_>, tag: &str, value: &Value, params: &Value) -> bool {
    let schema = context.document.schema_of_tag(tag);
    let has_member = |name: &str| schema.is_some_and(|s| s["properties"][name].is_object());
    if tag == "subscription" && !fits_subscription_status(value, params) {
        return false;
    }
    let params = params.as_object().into_iter().flatten();
    params
        .filter(|(name, _)| !PAGE_PARAMETERS.contains(&name.as_str()))
        .filter(|(name, _)| !(tag == "subscription" && *name == "status"))
        .all(|(name, wanted)| {
            let alias = MEMBER_PATHS
                .iter()
                .find(|(of, param, _)| *of == tag && param == name);
            let singular = name.strip_suffix('s').filter(|_| wanted.is_array());
            let member = match (alias, singular) {
                (Some((_, _, path)), _) => value.pointer(path),
                (None, _) if has_member(name) => value.get(name.as_str()),
                (None, Some(singular)) if has_member(singular) => value.get(singular),
                // Parameters that name no member are accepted and have no effect.
                _ => return true,
            };
            fits_value(member.unwrap_or(&Value::Null), wanted)
        })
}

/// Without a status, a list has the subscriptions that have not ended.
fn fits_subscription_status(value: &Value, params: &Value) -> bool {
    let is_over = value["status"] == "canceled";
    match params["status"].as_str() {
        None => !is_over,
        Some("all") => true,
        Some("ended") => is_over || value["status"] == "incomplete_expired",
        Some(wanted) => value["status"] == wanted,
    }
}

fn fits_value(member: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(values) => values.iter().any(|wanted| fits_value(member, wanted)),
        Value::Object(bounds) if is_range(bounds) => fits_range(member, bounds),
        Value::Object(members) => members
            .iter()
            .all(|(name, wanted)| fits_value(&member[name.as_str()], wanted)),
        Value::String(text) if text.ends_with(".*") => {
            let member = member.as_str().unwrap_or_default();
            member.starts_with(text.trim_end_matches('*'))
        }
        _ => member == wanted || (member.is_object() && &member["id"] == wanted),
    }
}

fn is_range(bounds: &Map<String, Value>) -> bool {
    let names = ["gt", "gte", "lt", "lte"];
    !bounds.is_empty() && bounds.keys().all(|name| names.contains(&name.as_str()))
}

fn fits_range(member: &Value, bounds: &Map<String, Value>) -> bool {
    let Some(member) = member.as_i64() else {
        return member.is_string();
    };
    bounds.iter().all(|(name, bound)| {
        let bound = bound.as_i64().unwrap_or_default();
        match name.as_str() {
            "gt" => member > bound,
            "gte" => member >= bound,
            "lt" => member < bound,
            _ => member <= bound,
        }
    })
}

/// The page of a list that a request asks for.
pub(crate) fn list_page(
    context: &RequestContext<'_>,
    operation: &ApiOperation,
    path: &str,
    owners: &[String],
    params: &Value,
) -> Result<ListPage, ApiProblem> {
    let mut items = select_items(context, operation, owners, params);
    if operation.kind == OperationKind::Search {
        return search_page(context, path, items, params);
    }
    let limit = read_limit(params)?;
    if operation.is_v2() {
        let start = read_page(context, params)?;
        return Ok(page_by_url(path, items, start, limit));
    }
    let cursor = |name: &str, items: &[ObjectKey]| {
        let Some(cursor) = params[name].as_str() else {
            return Ok(None);
        };
        match items.iter().position(|(_, id)| id == cursor) {
            Some(position) => Ok(Some(position)),
            None if context.settings.create_missing => Ok(None),
            None => {
                let tag = operation.tags.first().map_or("object", String::as_str);
                Err(ApiProblem::missing_object(400, tag, cursor, name))
            }
        }
    };
    let (start, end) = (
        cursor("starting_after", &items)?,
        cursor("ending_before", &items)?,
    );
    let has_more = match end {
        Some(end) => {
            items.truncate(end);
            let surplus = items.len().saturating_sub(limit);
            items.drain(..surplus);
            surplus > 0
        }
        None => {
            items.drain(..start.map_or(0, |start| start + 1));
            let has_more = items.len() > limit;
            items.truncate(limit);
            has_more
        }
    };
    let envelope = json!({ "object": "list", "url": path, "has_more": has_more, "data": [] });
    Ok(ListPage { envelope, items })
}

fn read_limit(params: &Value) -> Result<usize, ApiProblem> {
    let limit = params["limit"].as_i64().unwrap_or(DEFAULT_LIMIT);
    match usize::try_from(limit) {
        Ok(limit @ 1..) if i64::try_from(limit).is_ok_and(|l| l <= MAX_LIMIT) => Ok(limit),
        Ok(_) if limit > MAX_LIMIT => Ok(usize::try_from(MAX_LIMIT).unwrap_or(usize::MAX)),
        _ => {
            let message = "This value must be greater than or equal to 1.";
            let code = "parameter_invalid_integer";
            Err(ApiProblem::parameter(code, "limit", message))
        }
    }
}

/// The position of the first item of a page, which its token has.
fn read_page(context: &RequestContext<'_>, params: &Value) -> Result<usize, ApiProblem> {
    let Some(page) = params["page"].as_str() else {
        return Ok(0);
    };
    let digits = page.strip_prefix("page_").unwrap_or_default();
    let is_number = digits.chars().all(|digit| digit.is_ascii_digit());
    match digits.parse() {
        Ok(start) if is_number => Ok(start),
        _ if context.settings.create_missing => Ok(0),
        _ => {
            let message = format!("Invalid page: '{page}' is not the token of a page.");
            Err(ApiProblem::parameter("parameter_invalid", "page", message))
        }
    }
}

/// A page of v2.
fn page_by_url(path: &str, items: Vec<ObjectKey>, start: usize, limit: usize) -> ListPage {
    let count = items.len();
    let url = |start: usize| json!(format!("{path}?limit={limit}&page=page_{start}"));
    let next = start.saturating_add(limit);
    let envelope = json!({
        "data": [],
        "next_page_url": if next < count { url(next) } else { Value::Null },
        "previous_page_url": if start > 0 { url(start.saturating_sub(limit)) } else { Value::Null },
    });
    let items = items.into_iter().skip(start).take(limit).collect();
    ListPage { envelope, items }
}

fn search_page(
    context: &RequestContext<'_>,
    path: &str,
    mut items: Vec<ObjectKey>,
    params: &Value,
) -> Result<ListPage, ApiProblem> {
    let query = params["query"].as_str().unwrap_or_default();
    match SearchQuery::parse(query) {
        Ok(query) => {
            items.retain(|(tag, id)| query.matches(&context.read_object(tag, id)));
        }
        Err(_) if context.settings.create_missing => {}
        Err(message) => return Err(ApiProblem::parameter("parameter_invalid", "query", message)),
    }
    let limit = read_limit(params)?;
    let start = read_page(context, params)?;
    let (count, next) = (items.len(), start.saturating_add(limit));
    let mut envelope = json!({
        "object": "search_result",
        "url": path,
        "has_more": next < count,
        "next_page": null,
        "data": [],
    });
    if next < count {
        set_member(&mut envelope, "next_page", json!(format!("page_{next}")));
    }
    let is_counted = params["expand"].as_array();
    if is_counted.is_some_and(|paths| paths.iter().any(|path| path == "total_count")) {
        set_member(&mut envelope, "total_count", json!(count));
    }
    let items = items.into_iter().skip(start).take(limit).collect();
    Ok(ListPage { envelope, items })
}

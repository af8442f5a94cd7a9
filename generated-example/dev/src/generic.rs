//! What operations do with objects, by the shape of their paths and responses.

use serde_json::{Value, json};

use crate::context::RequestContext;
use crate::document::OperationKind;
use crate::errors::ApiProblem;
use crate::json_value::{id_member, set_member, text_member};
use crate::operation_call::{OperationCall, OperationResult};
use crate::store::{ObjectKey, StoredObject};

/// Executes an operation by the shape of its path and its response.
pub(crate) fn execute_generic(
    context: &mut RequestContext<'_>,
    call: &mut OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    check_owners(context, call)?;
    resolve_references(context, call)?;
    match &call.operation.kind {
        OperationKind::Create => create_generic(context, call),
        OperationKind::Retrieve => Ok(OperationResult::Stored(find_target(context, call)?)),
        OperationKind::Update => {
            let key = find_live_target(context, call)?;
            update_object(context, call, &key);
            Ok(OperationResult::Stored(key))
        }
        OperationKind::Verb(verb) => {
            let verb = verb.clone();
            let key = find_live_target(context, call)?;
            update_object(context, call, &key);
            apply_verb(context, &key, &verb);
            Ok(OperationResult::Stored(key))
        }
        OperationKind::Delete => delete_object(context, call),
        OperationKind::RetrieveSingleton | OperationKind::UpdateSingleton => {
            Ok(OperationResult::Stored(use_singleton(context, call)))
        }
        OperationKind::DeleteSingleton => {
            Ok(OperationResult::Computed(delete_singleton(context, call)))
        }
        _ => {
            let schema = &call.operation.answer;
            let mut synthesis = context.synthesis();
            let mut value = synthesis.new_object(schema);
            synthesis.overlay(schema, &mut value, &call.params);
            Ok(OperationResult::Computed(value))
        }
    }
}

/// Objects that the path names before its last part have to exist.
pub(crate) fn check_owners(
    context: &mut RequestContext<'_>,
    call: &mut OperationCall<'_>,
) -> Result<(), ApiProblem> {
    let has_target = matches!(
        call.operation.kind,
        OperationKind::Retrieve
            | OperationKind::Update
            | OperationKind::Delete
            | OperationKind::Verb(_)
    );
    let names: Vec<&str> = call.operation.parameter_names().collect();
    let count = names.len() - usize::from(has_target && !names.is_empty());
    for (index, name) in names.iter().enumerate().take(count) {
        let tags = &call.operation.owner_tags[index];
        if tags.is_empty() {
            continue;
        }
        let (_, id) = context.require_object(tags, &call.path_values[index], name, 404)?;
        call.path_values[index] = id;
    }
    Ok(())
}

/// The object that the last parameter of the path names, also a deleted one if the document says
/// that it can be retrieved.
fn find_target(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<ObjectKey, ApiProblem> {
    let id = call
        .path_values
        .last()
        .map(String::as_str)
        .unwrap_or_default();
    let tags = &call.operation.tags;
    let objects = context.document.possible_objects(&call.operation.answer);
    let shows_deleted = objects
        .iter()
        .any(|object| object["properties"]["deleted"]["enum"].is_array());
    if let Some(tag) = context.store.tag_of_id(tags, id) {
        let stored = context.store.find_stored(tag, id);
        if shows_deleted && stored.is_some_and(|stored| stored.is_deleted) {
            return Ok((tag.to_owned(), id.to_owned()));
        }
    }
    find_live_target(context, call)
}

/// The object that the last parameter of the path names, which is not deleted.
pub(crate) fn find_live_target(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<ObjectKey, ApiProblem> {
    let id = call
        .path_values
        .last()
        .map(String::as_str)
        .unwrap_or_default();
    let name = call.operation.parameter_names().last().unwrap_or("id");
    let owner = call
        .operation
        .owner_tags
        .last()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let answered = &call.operation.tags;
    let both: Vec<String> = owner
        .iter()
        .filter(|tag| answered.contains(tag))
        .cloned()
        .collect();
    // The response of a deletion may have another type than the object.
    let tags = match (owner.is_empty(), both.is_empty()) {
        (true, _) => answered.as_slice(),
        (false, true) => owner,
        (false, false) => &both,
    };
    context.require_object(tags, id, name, 404)
}

/// Parameters that name other objects: these have to exist. Names of test payment methods are
/// replaced by the id of a new one.
pub(crate) fn resolve_references(
    context: &mut RequestContext<'_>,
    call: &mut OperationCall<'_>,
) -> Result<(), ApiProblem> {
    if call.operation.method == "GET" {
        return Ok(());
    }
    let document = context.document;
    let Some(schema) = call
        .operation
        .tags
        .first()
        .and_then(|tag| document.schema_of_tag(tag))
    else {
        return Ok(());
    };
    let names: Vec<String> = match call.params.as_object() {
        Some(params) => params.keys().cloned().collect(),
        None => return Ok(()),
    };
    for name in names {
        let property = &schema["properties"][name.as_str()];
        let id = text_member(&call.params, &name).to_owned();
        if !property["x-expansionResources"].is_boolean() || id.is_empty() {
            continue;
        }
        let tags = document.tags_of_schema(property);
        let is_known = tags.iter().any(|tag| document.schema_of_tag(tag).is_some());
        // Applications and accounts are not created through the API, or on another account.
        let is_elsewhere = tags
            .iter()
            .any(|tag| tag == "application" || tag == "account");
        if !is_known || is_elsewhere {
            continue;
        }
        let (_, id) = context.require_object(&tags, &id, &name, 400)?;
        set_member(&mut call.params, &name, json!(id));
    }
    Ok(())
}

fn create_generic(
    context: &mut RequestContext<'_>,
    call: &mut OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let tag = choose_tag(call);
    let Some(tag) = tag else {
        let mut synthesis = context.synthesis();
        let value = synthesis.new_object(&call.operation.answer);
        return Ok(OperationResult::Computed(value));
    };
    // The members that name the owners.
    let mut patch = json!({});
    if let Some(schema) = context.document.schema_of_tag(&tag) {
        let names = call.operation.parameter_names();
        for (index, (name, id)) in names.zip(&call.path_values).enumerate() {
            let owners = call.operation.owner_tags[index].iter();
            let fields = owners.filter_map(|tag| tag.rsplit('.').next());
            for field in fields.chain([name]) {
                if field != "id" && schema["properties"][field].is_object() {
                    set_member(&mut patch, field, json!(id));
                }
            }
        }
    }
    let owners = call.path_values.clone();
    let id = context.create_below(&tag, &call.params, patch, owners)?;
    Ok(OperationResult::Stored((tag, id)))
}

/// The type of a new object: the one that a parameter names, if there are several.
fn choose_tag(call: &OperationCall<'_>) -> Option<String> {
    let tags = &call.operation.tags;
    let stated = ["source", "external_account"]
        .iter()
        .find_map(|name| call.params[*name]["object"].as_str());
    let stated = stated.filter(|stated| tags.iter().any(|tag| tag == stated));
    let bank_account = tags.iter().find(|tag| *tag == "bank_account");
    let takes_bank = call.path_values.len() == 1
        && (call.params["bank_account"].is_object() || call.path.ends_with("bank_accounts"));
    let card = tags.iter().find(|tag| *tag == "card");
    stated
        .or(bank_account.filter(|_| takes_bank).map(String::as_str))
        .or(card.map(String::as_str))
        .or(tags.first().map(String::as_str))
        .map(str::to_owned)
}

/// Sets the members that parameters fit.
pub(crate) fn update_object(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
    (tag, id): &ObjectKey,
) {
    let Some(schema) = context.document.schema_of_tag(tag) else {
        return;
    };
    let mut value = context.read_object(tag, id);
    context
        .synthesis()
        .overlay(schema, &mut value, &call.params);
    if value != context.read_object(tag, id) {
        context.store.modify(tag, id, |stored| *stored = value);
    }
}

/// The status that follows from a verb of a path, by precedence.
const STATUS_OF_VERBS: [(&str, &[&str]); 26] = [
    ("accept", &["accepted"]),
    ("activate", &["active"]),
    ("approve", &["approved", "closed"]),
    ("archive", &["archived", "inactive"]),
    ("cancel", &["canceled", "cancelled"]),
    ("close", &["closed", "lost"]),
    ("complete", &["complete", "completed"]),
    ("deactivate", &["inactive"]),
    ("decline", &["declined", "closed"]),
    ("deliver", &["delivered"]),
    ("disable", &["disabled"]),
    ("disconnect", &["disconnected"]),
    ("enable", &["enabled"]),
    ("expire", &["expired", "failed"]),
    ("fail", &["failed", "failure"]),
    ("finalize", &["open"]),
    ("mark_uncollectible", &["uncollectible"]),
    ("post", &["posted"]),
    ("reactivate", &["active"]),
    ("reject", &["rejected"]),
    ("release", &["released"]),
    ("return", &["returned"]),
    ("reverse", &["reversed"]),
    ("submit", &["submitted"]),
    ("succeed", &["succeeded"]),
    ("void", &["void", "voided"]),
];

pub(crate) fn apply_verb(context: &mut RequestContext<'_>, (tag, id): &ObjectKey, verb: &str) {
    let candidates = STATUS_OF_VERBS.iter().find(|(known, _)| *known == verb);
    let schema = context.document.schema_of_tag(tag);
    let Some(((_, candidates), schema)) = candidates.zip(schema) else {
        return;
    };
    let property = &schema["properties"]["status"];
    let values = property["enum"].as_array();
    // Some objects have a status whose values the document does not list.
    let is_open = property.is_object() && values.is_none();
    let status = candidates.iter().find(|status| {
        is_open || values.is_some_and(|values| values.iter().any(|value| value == **status))
    });
    if let Some(status) = status {
        context.patch_object(tag, id, json!({ "status": status }));
    }
    let is_active = match verb {
        "activate" | "reactivate" | "enable" | "unarchive" => true,
        "archive" | "deactivate" | "disable" => false,
        _ => return,
    };
    if schema["properties"]["active"].is_object() {
        context.patch_object(tag, id, json!({ "active": is_active }));
    }
}

pub(crate) fn delete_object(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let (tag, id) = find_live_target(context, call)?;
    let document = context.document;
    let objects = document.possible_objects(&call.operation.answer);
    let deleted = objects.iter().find(|object| {
        object["properties"]["deleted"]["enum"].is_array() && is_of_tag(object, &tag)
    });
    if let Some(deleted) = deleted {
        let mut value = context.synthesis().new_object(deleted);
        set_member(&mut value, "id", json!(id));
        context.store.mark_deleted(&tag, &id, value.clone());
        return Ok(OperationResult::Computed(value));
    }
    if call.operation.tags.contains(&tag) {
        apply_verb(context, &(tag.clone(), id.clone()), "cancel");
        let value = context.read_object(&tag, &id);
        if value["status"] != "canceled" {
            context.store.mark_deleted(&tag, &id, value.clone());
        }
        return Ok(OperationResult::Stored((tag, id)));
    }
    let mut value = context.synthesis().new_object(&call.operation.answer);
    set_member(&mut value, "id", json!(id));
    if value["object"].is_string() {
        set_member(&mut value, "object", json!(tag));
    }
    context.store.mark_deleted(&tag, &id, value.clone());
    Ok(OperationResult::Computed(value))
}

fn is_of_tag(object: &Value, tag: &str) -> bool {
    let tags = object["properties"]["object"]["enum"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|known| known == tag))
}

/// The key of an object that exists once for its path.
fn singleton_key(path: &str) -> ObjectKey {
    ("singleton".to_owned(), path.to_owned())
}

fn use_singleton(context: &mut RequestContext<'_>, call: &OperationCall<'_>) -> ObjectKey {
    let key = singleton_key(&call.path);
    let schema = &call.operation.answer;
    let stored = context.store.find(&key.0, &key.1).cloned();
    let mut value = match stored {
        Some(value) => value,
        None => {
            let mut value = context.synthesis().new_object(schema);
            let names = call.operation.parameter_names().zip(&call.path_values);
            for (name, id) in names {
                if id_member(&value, name).is_some() {
                    set_member(&mut value, name, json!(id));
                }
            }
            value
        }
    };
    if call.operation.method == "POST" {
        context
            .synthesis()
            .overlay(schema, &mut value, &call.params);
    }
    if context.store.find(&key.0, &key.1) != Some(&value) {
        let object = StoredObject {
            value,
            owners: Vec::new(),
            is_deleted: false,
        };
        context.store.insert(&key.0, &key.1, object);
    }
    key
}

fn delete_singleton(context: &mut RequestContext<'_>, call: &OperationCall<'_>) -> Value {
    let value = context.synthesis().new_object(&call.operation.answer);
    let (tag, id) = singleton_key(&call.path);
    context.store.mark_deleted(&tag, &id, value.clone());
    value
}

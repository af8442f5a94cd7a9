//! Access to members of JSON values that may be absent.

use serde_json::Value;

/// Sets a member, if the value is an object.
pub(crate) fn set_member(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Sets the members that a patch has, and those of objects within it.
pub(crate) fn merge_members(object: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        return;
    };
    let Some(members) = object.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        match members.get_mut(&name) {
            Some(member) if member.is_object() && value.is_object() => merge_members(member, value),
            _ => _ = members.insert(name, value),
        }
    }
}

/// The text of a member, or an empty one.
pub(crate) fn text_member<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// The number of a member, or 0.
pub(crate) fn integer_member(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_default()
}

/// The id that a member has, also if it is an object.
pub(crate) fn id_member<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let member = &value[name];
    member.as_str().or_else(|| member["id"].as_str())
}

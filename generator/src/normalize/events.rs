//! Translates events: their types, their objects, and the operations for them.
//!
//! The document lists the types but not their objects, which follow from the names. A name is the
//! tag of the object, with dots or underscores and possibly preceded by parents, and a verb.
//! Notification types are listed in the dialect only.

mod access;

use std::collections::BTreeSet;

use openapiv3::{SchemaKind, Type};

use super::address;
use super::context::NormalizeContext;
use crate::api::{Component, Endpoint, EventFacts, EventTypeFacts};
use crate::diag::{Code, SpecPath};
use crate::dialect::{DialectEntry, EventTable};
use crate::spec::SchemaNode;

/// All facts about events; `None` if the document does not list event types.
pub(super) fn translate_events(
    components: &[Component],
    endpoints: &[Endpoint],
    version: &str,
    context: &mut NormalizeContext<'_>,
) -> Option<EventFacts> {
    let table = context.dialect.events.as_ref()?;
    let (names, at) = listed_names(table, context)?;
    let tagged = components
        .iter()
        .filter_map(|component| context.component_tags(&component.name));
    let tags: BTreeSet<String> = tagged.map(|(object, _)| object).collect();
    check_tags(&table.objects, &tags, context);
    let notification_operations = access::notification_operations(table, endpoints, context);
    // Documents of versions without the operations for notifications have no notifications.
    let has_notifications = table.list_notifications.is_none() || notification_operations.is_some();
    Some(EventFacts {
        types: event_types(names, &at, table, &tags, context),
        notifications: match has_notifications {
            true => notification_types(&table.notifications, &tags, context),
            false => Vec::new(),
        },
        list: access::list_operation(table, endpoints, context),
        notification_operations,
        endpoint: access::event_endpoint(table, endpoints, version, context),
        envelope: access::event_envelope(table, components, context),
    })
}

/// The names of types that the document lists, and their place.
fn listed_names<'d>(
    table: &EventTable,
    context: &mut NormalizeContext<'d>,
) -> Option<(&'d [Option<String>], SpecPath)> {
    let (node, at) = address::resolve_address(context.document, &table.types.value)?;
    let SchemaNode::Inline(source) = node else {
        return None;
    };
    let SchemaKind::Type(Type::String(types)) = &source.schema_kind else {
        return None;
    };
    context.mark_matched(&table.types);
    Some((&types.enumeration, at))
}

fn event_types(
    names: &[Option<String>],
    at: &SpecPath,
    table: &EventTable,
    tags: &BTreeSet<String>,
    context: &mut NormalizeContext<'_>,
) -> Vec<EventTypeFacts> {
    let mut events = Vec::new();
    for name in names.iter().flatten() {
        if let Some(wildcard) = table.wildcard.as_ref().filter(|w| w.value == *name) {
            context.mark_matched(wildcard);
            continue;
        }
        let objects = listed_objects(name, &table.objects, context);
        let objects = objects.or_else(|| infer_tag(name, tags).map(|tag| vec![tag]));
        if objects.is_none() {
            context.report(Code::EventUntyped, at, format!("`{name}`"));
        }
        let mut objects = objects.unwrap_or_default();
        // Older documents lack some of the objects.
        objects.retain(|tag| tags.contains(tag));
        events.push(EventTypeFacts {
            name: name.clone(),
            objects,
        });
    }
    events
}

/// The notification types of the dialect, except those whose objects the document does not have.
fn notification_types(
    entries: &[DialectEntry<(String, Option<String>)>],
    tags: &BTreeSet<String>,
    context: &mut NormalizeContext<'_>,
) -> Vec<EventTypeFacts> {
    let mut found = Vec::new();
    for entry in entries {
        let (name, tag) = &entry.value;
        if tag.as_ref().is_none_or(|tag| tags.contains(tag)) {
            context.mark_matched(entry);
            found.push(EventTypeFacts {
                name: name.clone(),
                objects: tag.iter().cloned().collect(),
            });
        }
    }
    found
}

/// Reports tags that no component has, if the dialect describes the document.
fn check_tags(
    entries: &[DialectEntry<(String, Vec<String>)>],
    tags: &BTreeSet<String>,
    context: &mut NormalizeContext<'_>,
) {
    for entry in entries {
        let unknown = entry.value.1.iter().find(|tag| !tags.contains(*tag));
        if let (Some(tag), Some(info)) = (unknown, context.binding_entry(entry.id)) {
            let detail = format!("no component has the tag `{tag}`");
            context.report(Code::DialectValue, &info.at, detail);
        }
    }
}

/// The objects that the dialect lists for a type. Exact entries take precedence over prefixes.
fn listed_objects(
    name: &str,
    entries: &[DialectEntry<(String, Vec<String>)>],
    context: &mut NormalizeContext<'_>,
) -> Option<Vec<String>> {
    let exact = entries.iter().find(|entry| entry.value.0 == name);
    let by_prefix = || {
        entries.iter().find(|entry| {
            entry
                .value
                .0
                .strip_suffix('*')
                .is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    let entry = exact.or_else(by_prefix)?;
    context.mark_matched(entry);
    Some(entry.value.1.clone())
}

/// The tag that the name of a type contains.
fn infer_tag(name: &str, tags: &BTreeSet<String>) -> Option<String> {
    let (subject, _verb) = name.rsplit_once('.')?;
    let known = |candidate: &str| tags.get(candidate).cloned();
    // `issuing_card` is the tag `issuing.card`: any one underscore may stand for the dot.
    let dotted = |candidate: &str| {
        candidate
            .match_indices('_')
            .find_map(|(i, _)| known(&format!("{}.{}", &candidate[..i], &candidate[i + 1..])))
    };
    let mut rest = subject;
    loop {
        if let Some(tag) = known(rest).or_else(|| dotted(rest)) {
            return Some(tag);
        }
        (_, rest) = rest.split_once('.')?;
    }
}

//! Events: their types, the objects that they carry, and what else the dialect says about them.
//!
//! The document lists the types but does not say what they are about; the names do. A type is the
//! tag of its object, with dots or underscores and perhaps with parents in front, and a verb.
//! Types of notifications stand in the dialect alone.

mod access;

use std::collections::BTreeSet;

use openapiv3::{SchemaKind, Type};

use super::context::Context;
use super::site;
use crate::api::{Component, Endpoint, EventType, Events};
use crate::diag::{Code, SpecPath};
use crate::dialect::{DialectEntry, EventTable};
use crate::spec::SchemaNode;

/// Everything about events; `None` if the document does not list types of them.
pub(super) fn all(
    components: &[Component],
    endpoints: &[Endpoint],
    version: &str,
    strict: bool,
    context: &mut Context<'_>,
) -> Option<Events> {
    let table = context.dialect.events.as_ref()?;
    let (names, at) = names(table, context)?;
    let tagged = components
        .iter()
        .filter_map(|component| context.tags(&component.name));
    let tags: BTreeSet<String> = tagged.map(|(object, _)| object).collect();
    if strict {
        check_tags(&table.objects, &tags, context);
    }
    let notification_operations = access::notification_operations(table, endpoints, context);
    // An API that cannot tell of notifications sends none.
    let has_notifications = table.list_notifications.is_none() || notification_operations.is_some();
    Some(Events {
        types: types(names, &at, table, &tags, context),
        notifications: match has_notifications {
            true => notifications(&table.notifications, &tags, context),
            false => Vec::new(),
        },
        list: access::list(table, endpoints, context),
        notification_operations,
        endpoint: access::endpoint(table, endpoints, version, context),
        envelope: access::envelope(table, components, context),
    })
}

/// The names that the document lists, and where.
fn names<'d>(
    table: &EventTable,
    context: &mut Context<'d>,
) -> Option<(&'d [Option<String>], SpecPath)> {
    let (node, at) = site::resolve(context.document, &table.types.value)?;
    let SchemaNode::Inline(source) = node else {
        return None;
    };
    let SchemaKind::Type(Type::String(types)) = &source.schema_kind else {
        return None;
    };
    context.matched(&table.types);
    Some((&types.enumeration, at))
}

fn types(
    names: &[Option<String>],
    at: &SpecPath,
    table: &EventTable,
    tags: &BTreeSet<String>,
    context: &mut Context<'_>,
) -> Vec<EventType> {
    let mut events = Vec::new();
    for name in names.iter().flatten() {
        if let Some(wildcard) = table.wildcard.as_ref().filter(|w| w.value == *name) {
            context.matched(wildcard);
            continue;
        }
        let objects = listed(name, &table.objects, context);
        let objects = objects.or_else(|| inferred(name, tags).map(|tag| vec![tag]));
        if objects.is_none() {
            context.report(Code::EventUntyped, at, format!("`{name}`"));
        }
        let mut objects = objects.unwrap_or_default();
        // Older documents lack some of the objects.
        objects.retain(|tag| tags.contains(tag));
        events.push(EventType {
            name: name.clone(),
            objects,
        });
    }
    events
}

/// The notifications of the dialect, but for those about objects that the document does not have.
fn notifications(
    entries: &[DialectEntry<(String, Option<String>)>],
    tags: &BTreeSet<String>,
    context: &mut Context<'_>,
) -> Vec<EventType> {
    let mut found = Vec::new();
    for entry in entries {
        let (name, tag) = &entry.value;
        if tag.as_ref().is_none_or(|tag| tags.contains(tag)) {
            context.matched(entry);
            found.push(EventType {
                name: name.clone(),
                objects: tag.iter().cloned().collect(),
            });
        }
    }
    found
}

/// A tag that no component has is a mistake in the dialect of this very document.
fn check_tags(
    entries: &[DialectEntry<(String, Vec<String>)>],
    tags: &BTreeSet<String>,
    context: &mut Context<'_>,
) {
    for entry in entries {
        let unknown = entry.value.1.iter().find(|tag| !tags.contains(*tag));
        let claim = context.dialect.entry_info(entry.id);
        if let (Some(tag), Some(claim)) = (unknown, claim.filter(|claim| !claim.older)) {
            let detail = format!("no component has the tag `{tag}`");
            context.report(Code::DialectValue, &claim.at, detail);
        }
    }
}

/// What the dialect says about a type. Exact entries come before prefixes.
fn listed(
    name: &str,
    entries: &[DialectEntry<(String, Vec<String>)>],
    context: &mut Context<'_>,
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
    context.matched(entry);
    Some(entry.value.1.clone())
}

/// The tag that a type's name holds.
fn inferred(name: &str, tags: &BTreeSet<String>) -> Option<String> {
    let (subject, _verb) = name.rsplit_once('.')?;
    let known = |candidate: &str| tags.get(candidate).cloned();
    // `issuing_card` is the tag `issuing.card`: any one of the underscores may be the dot.
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

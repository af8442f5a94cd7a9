//! Event types, and the objects that events of a type carry.
//!
//! The document lists the types but does not say what they are about; the names do. A type is the
//! tag of its object, with dots or underscores and perhaps with parents in front, and a verb.

use std::collections::BTreeSet;

use openapiv3::{SchemaKind, Type};

use super::context::Context;
use super::site;
use crate::api::Component;
use crate::diag::Code;
use crate::dialect::Entry;
use crate::spec::Node;

/// Event type to object tags, in document order.
pub(super) fn all(
    components: &[Component],
    context: &mut Context<'_>,
) -> Vec<(String, Vec<String>)> {
    let Some(table) = &context.dialect.events else {
        return Vec::new();
    };
    let Some((node, at)) = site::resolve(context.document, &table.types.value) else {
        return Vec::new();
    };
    let Node::Inline(source) = node else {
        return Vec::new();
    };
    let SchemaKind::Type(Type::String(types)) = &source.schema_kind else {
        return Vec::new();
    };
    context.matched(&table.types);

    let tagged = components
        .iter()
        .filter_map(|component| context.tags(&component.name));
    let tags: BTreeSet<String> = tagged.map(|(object, _)| object).collect();
    let mut events = Vec::new();
    for name in types.enumeration.iter().flatten() {
        if let Some(wildcard) = table.wildcard.as_ref().filter(|w| w.value == *name) {
            context.matched(wildcard);
            continue;
        }
        let objects = listed(name, &table.objects, context);
        let objects = objects.or_else(|| inferred(name, &tags).map(|tag| vec![tag]));
        if objects.is_none() {
            context.report(Code::EventUntyped, &at, format!("`{name}`"));
        }
        events.push((name.clone(), objects.unwrap_or_default()));
    }
    events
}

/// What the dialect says about a type. Exact entries come before prefixes.
fn listed(
    name: &str,
    entries: &[Entry<(String, Vec<String>)>],
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

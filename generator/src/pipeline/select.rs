//! Restricts an API to some of its services.

use std::collections::{HashMap, HashSet};

use crate::api::{Api, Component, EventTypeFacts, Schema, ValueKind};
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::model::Model;

/// Keeps the operations of the wanted services, the components they reach, and the events about
/// those. A service that does not exist is an error.
pub(super) fn keep_services(
    api: &mut Api,
    model: &Model,
    wanted: &[String],
    sink: &mut DiagnosticSink,
) -> Option<()> {
    let service_of: HashMap<&str, String> = model
        .operations()
        .map(|(_, op)| (op.id.as_str(), model.service(op.service).path.join(".")))
        .collect();
    let before = sink.error_count();
    for service in wanted {
        if !service_of.values().any(|known| is_within(known, service)) {
            let location = FileLocation {
                file: format!("--include {service}"),
                position: None,
            };
            sink.report_in(
                Code::ServiceUnknown,
                location,
                suggest_services(service, service_of.values()),
            );
        }
    }
    if sink.error_count() > before {
        return None;
    }
    api.endpoints.retain(|endpoint| {
        let known = service_of.get(endpoint.id.as_str());
        known.is_some_and(|known| wanted.iter().any(|service| is_within(known, service)))
    });
    let kept = reachable_components(api);
    api.components
        .retain(|component| kept.contains(&component.name));
    if let Some(events) = &mut api.events {
        let is_kept = |event: &EventTypeFacts| event.objects.iter().all(|tag| kept.contains(tag));
        events.types.retain(is_kept);
        events.notifications.retain(is_kept);
    }
    Some(())
}

/// Whether the service is the wanted one or below it.
fn is_within(service: &str, wanted: &str) -> bool {
    let rest = service.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Services with a similar name: those that share a word with the wanted one.
fn suggest_services<'a>(wanted: &str, known: impl Iterator<Item = &'a String>) -> String {
    let words: Vec<_> = wanted
        .split(['.', '_'])
        .filter(|word| word.len() > 2)
        .collect();
    let mut close: Vec<_> = known
        .filter(|service| words.iter().any(|word| service.contains(word)))
        .collect();
    close.sort();
    close.dedup();
    close.truncate(8);
    match close.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<_> = close.into_iter().map(String::as_str).collect();
            format!("there is {}", names.join(", "))
        }
    }
}

/// Names of the components that the endpoints and the error object refer to.
fn reachable_components(api: &Api) -> HashSet<String> {
    let by_name: HashMap<&str, &Component> = api
        .components
        .iter()
        .map(|c| (c.name.as_str(), c))
        .collect();
    let mut found = HashSet::new();
    let mut open: Vec<String> = api.error_object.iter().cloned().collect();
    for endpoint in &api.endpoints {
        let fields = endpoint.path_params.iter().chain(&endpoint.query.fields);
        let body = endpoint.body.iter().flat_map(|(_, record)| &record.fields);
        for field in fields.chain(body) {
            collect_references(&field.schema, &mut open);
        }
        collect_references(&endpoint.output, &mut open);
    }
    while let Some(name) = open.pop() {
        if let Some(component) = by_name.get(name.as_str()) {
            if found.insert(name) {
                collect_references(&component.schema, &mut open);
            }
        }
    }
    found
}

fn collect_references(schema: &Schema, out: &mut Vec<String>) {
    match &schema.kind {
        ValueKind::Reference(name) => out.push(name.clone()),
        ValueKind::Union(members) => out.extend(members.iter().map(|m| m.component.clone())),
        ValueKind::Record(record) => {
            record
                .fields
                .iter()
                .for_each(|field| collect_references(&field.schema, out));
        }
        ValueKind::Either(members) => members
            .iter()
            .for_each(|member| collect_references(member, out)),
        ValueKind::List(inner)
        | ValueKind::Map(inner)
        | ValueKind::Expandable(inner)
        | ValueKind::Clearable(inner)
        | ValueKind::KeywordOr(_, inner)
        | ValueKind::Range(inner)
        | ValueKind::TokenOr(inner)
        | ValueKind::Page(_, inner) => collect_references(inner, out),
        ValueKind::Scalar(_)
        | ValueKind::Choice(_)
        | ValueKind::Token(_)
        | ValueKind::Constant(_)
        | ValueKind::Raw(_)
        | ValueKind::Nothing => {}
    }
}

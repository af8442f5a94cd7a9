//! Restricting an API to some of its services.

use std::collections::{HashMap, HashSet};

use crate::api::{Api, Component, EventType, Kind, Schema};
use crate::diag::{Code, Place, Sink};
use crate::model::Model;

/// Keeps the operations of the wanted services, the components they reach, and the events about
/// those. A service that does not exist is an error.
pub(super) fn keep(api: &mut Api, model: &Model, wanted: &[String], sink: &mut Sink) -> Option<()> {
    let service_of: HashMap<&str, String> = model
        .operations()
        .map(|(_, op)| (op.id.as_str(), model.service(op.service).path.join(".")))
        .collect();
    let before = sink.error_count();
    for service in wanted {
        if !service_of.values().any(|known| is_within(known, service)) {
            let place = Place {
                file: format!("--include {service}"),
                position: None,
            };
            sink.report_in(
                Code::ServiceUnknown,
                place,
                nearest(service, service_of.values()),
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
    let kept = reached(api);
    api.components
        .retain(|component| kept.contains(&component.name));
    if let Some(events) = &mut api.events {
        let is_kept = |event: &EventType| event.objects.iter().all(|tag| kept.contains(tag));
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

/// What may have been meant: services that share a word with the wanted one.
fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a String>) -> String {
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

/// Names of the components that the endpoints and the error object lead to.
fn reached(api: &Api) -> HashSet<String> {
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
            references(&field.schema, &mut open);
        }
        references(&endpoint.output, &mut open);
    }
    while let Some(name) = open.pop() {
        if let Some(component) = by_name.get(name.as_str()) {
            if found.insert(name) {
                references(&component.schema, &mut open);
            }
        }
    }
    found
}

fn references(schema: &Schema, out: &mut Vec<String>) {
    match &schema.kind {
        Kind::Reference(name) => out.push(name.clone()),
        Kind::Union(members) => out.extend(members.iter().map(|m| m.component.clone())),
        Kind::Record(record) => {
            record
                .fields
                .iter()
                .for_each(|field| references(&field.schema, out));
        }
        Kind::Either(members) => members.iter().for_each(|member| references(member, out)),
        Kind::List(inner)
        | Kind::Map(inner)
        | Kind::Expandable(inner)
        | Kind::Clearable(inner)
        | Kind::KeywordOr(_, inner)
        | Kind::Range(inner)
        | Kind::TokenOr(inner)
        | Kind::Page(_, inner) => references(inner, out),
        Kind::Scalar(_)
        | Kind::Choice(_)
        | Kind::Token(_)
        | Kind::Constant(_)
        | Kind::Raw(_)
        | Kind::Nothing => {}
    }
}

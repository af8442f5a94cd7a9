//! How a program gets at events: the operations that list them and that create endpoints for them,
//! and where a listed event has its object.
//!
//! Whatever the dialect names must be there, as everywhere; what is there must be of the kind that
//! the runtime works with.

use super::super::context::Context;
use crate::api::{
    Choice, Component, Endpoint, EventEndpoint, EventEnvelope, Field, Kind, PageStyle, Scalar,
    Schema,
};
use crate::diag::Code;
use crate::dialect::{AddressBase, AddressStep, DialectEntry, EventTable, SchemaAddress};

/// The operation that lists events.
pub(super) fn list(
    table: &EventTable,
    endpoints: &[Endpoint],
    context: &mut Context<'_>,
) -> Option<String> {
    let entry = table.list.as_ref()?;
    let endpoint = operation(entry, endpoints, context)?;
    pages(entry, endpoint, PageStyle::Cursor, context)
}

/// The operations that list the events behind notifications and fetch one.
pub(super) fn notification_operations(
    table: &EventTable,
    endpoints: &[Endpoint],
    context: &mut Context<'_>,
) -> Option<(String, String)> {
    let entry = table.list_notifications.as_ref()?;
    let endpoint = operation(entry, endpoints, context)?;
    let list = pages(entry, endpoint, PageStyle::Url, context);
    let entry = table.retrieve_notification.as_ref()?;
    let endpoint = operation(entry, endpoints, context)?;
    if endpoint.path_params.len() != 1 {
        let detail = format!("`{}` does not fetch by an id alone", entry.value);
        refuse(entry, detail, context);
        return None;
    }
    Some((list?, endpoint.id.clone()))
}

/// The operation that creates endpoints, with the parameter that takes the version. The
/// document's own version must be one that the parameter takes, or endpoints cannot be had in it.
pub(super) fn endpoint(
    table: &EventTable,
    endpoints: &[Endpoint],
    version: &str,
    context: &mut Context<'_>,
) -> Option<EventEndpoint> {
    let entry = table.endpoint.as_ref()?;
    let (AddressBase::Operation { method, path }, [AddressStep::Field(wire)]) =
        (&entry.value.base, entry.value.steps.as_slice())
    else {
        refuse(entry, "a parameter of an operation is expected", context);
        return None;
    };
    let mut all = endpoints.iter();
    let endpoint = all.find(|e| e.path == *path && e.method.as_str() == method)?;
    let body = endpoint.body.iter().flat_map(|(_, record)| &record.fields);
    let mut fields = endpoint.query.fields.iter().chain(body);
    let field = fields.find(|field| field.wire == *wire)?;
    context.matched(entry);
    match texts(&field.schema) {
        Some(values) if !field.required => {
            if values.is_some_and(|choice| !choice.values.iter().any(|v| v == version)) {
                let detail = format!("`{version}`");
                context.report(Code::EndpointVersionUnlisted, &field.schema.at, detail);
            }
        }
        _ => {
            refuse(entry, "an optional text is expected", context);
            return None;
        }
    }
    Some(EventEndpoint {
        operation: endpoint.id.clone(),
        parameter: wire.clone(),
    })
}

/// Where listed events have what matters.
pub(super) fn envelope(
    table: &EventTable,
    components: &[Component],
    context: &mut Context<'_>,
) -> Option<EventEnvelope> {
    let entry = table.envelope.as_ref()?;
    let value = &entry.value;
    let AddressBase::Component(name) = &value.type_.base else {
        refuse(entry, "a field of a component is expected", context);
        return None;
    };
    components.iter().find(|c| c.name == *name)?;
    context.matched(entry);
    let mut way = |site: &SchemaAddress, fits: &dyn Fn(&Field) -> bool| {
        let way = way(name, site, fits, components);
        if way.is_none() {
            let detail = format!("`{}` is not what is expected there", site.text);
            refuse(entry, detail, context);
        }
        way
    };
    let is_raw = |field: &Field| matches!(field.schema.kind, Kind::Raw(_));
    let type_ = way(&value.type_, &|field| {
        field.required && matches!(field.schema.kind, Kind::Scalar(Scalar::String))
    });
    let object = way(&value.object, &|field| field.required && is_raw(field));
    let previous = way(&value.previous, &|field| !field.required && is_raw(field));
    Some(EventEnvelope {
        component: name.clone(),
        type_: type_?,
        object: object?,
        previous: previous?,
    })
}

/// The fields on the way from the component `name` to a site, if the last of them fits and the
/// others are objects that are always there.
fn way(
    name: &str,
    site: &SchemaAddress,
    fits: &dyn Fn(&Field) -> bool,
    components: &[Component],
) -> Option<Vec<String>> {
    if site.base != AddressBase::Component(name.to_owned()) {
        return None;
    }
    let mut way = Vec::new();
    let mut component = name;
    let (last, above) = site.steps.split_last()?;
    for step in above {
        let field = field(component, step, components)?;
        let Kind::Reference(next) = &field.schema.kind else {
            return None;
        };
        component = field.required.then_some(next)?;
        way.push(field.wire.clone());
    }
    let field = field(component, last, components)?;
    way.push(fits(field).then(|| field.wire.clone())?);
    Some(way)
}

fn field<'c>(name: &str, step: &AddressStep, components: &'c [Component]) -> Option<&'c Field> {
    let component = components.iter().find(|c| c.name == name)?;
    match (&component.schema.kind, step) {
        (Kind::Record(record), AddressStep::Field(wire)) => {
            record.fields.iter().find(|f| f.wire == *wire)
        }
        _ => None,
    }
}

/// What a parameter that takes text takes: these values, or any. `None` if it takes no text.
fn texts(schema: &Schema) -> Option<Option<&Choice>> {
    match &schema.kind {
        Kind::Choice(choice) | Kind::Token(choice) => Some(Some(choice)),
        Kind::Scalar(Scalar::String) => Some(None),
        Kind::Clearable(inner) => texts(inner),
        _ => None,
    }
}

/// The operation that an entry names.
fn operation<'e>(
    entry: &DialectEntry<String>,
    endpoints: &'e [Endpoint],
    context: &mut Context<'_>,
) -> Option<&'e Endpoint> {
    let (method, path) = entry.value.split_once(' ')?;
    let mut all = endpoints.iter();
    let found = all.find(|e| e.path == path && e.method.as_str() == method)?;
    context.matched(entry);
    Some(found)
}

/// The id of an operation that lists in this style.
fn pages(
    entry: &DialectEntry<String>,
    endpoint: &Endpoint,
    wanted: PageStyle,
    context: &mut Context<'_>,
) -> Option<String> {
    if matches!(endpoint.output.kind, Kind::Page(style, _) if style == wanted) {
        return Some(endpoint.id.clone());
    }
    let by = match wanted {
        PageStyle::Cursor => "cursors",
        PageStyle::Search => "tokens",
        PageStyle::Url => "URLs",
    };
    let detail = format!("`{}` does not list page by page with {by}", entry.value);
    refuse(entry, detail, context);
    None
}

fn refuse<T>(entry: &DialectEntry<T>, detail: impl Into<String>, context: &mut Context<'_>) {
    if let Some(claim) = context.dialect.entry_info(entry.id) {
        context.report(Code::DialectValue, &claim.at, detail);
    }
}

//! Translates access to events: the operations that list them and create endpoints for them, and the
//! fields of a listed event.
//!
//! Operations and fields must have the types that the runtime expects.

use super::super::context::NormalizeContext;
use crate::api::{
    Choice, Component, Endpoint, EventEndpointFacts, EventEnvelopeFacts, FieldSchema, PageStyle,
    Scalar, Schema, ValueKind,
};
use crate::diag::Code;
use crate::dialect::{AddressBase, AddressStep, DialectEntry, EventTable, SchemaAddress};

/// The operation that lists events.
pub(super) fn list_operation(
    table: &EventTable,
    endpoints: &[Endpoint],
    context: &mut NormalizeContext<'_>,
) -> Option<String> {
    let entry = table.list.as_ref()?;
    let endpoint = find_operation(entry, endpoints, context)?;
    check_page_style(entry, endpoint, PageStyle::Cursor, context)
}

/// The operations that list the events behind notifications and retrieve one.
pub(super) fn notification_operations(
    table: &EventTable,
    endpoints: &[Endpoint],
    context: &mut NormalizeContext<'_>,
) -> Option<(String, String)> {
    let entry = table.list_notifications.as_ref()?;
    let endpoint = find_operation(entry, endpoints, context)?;
    let list = check_page_style(entry, endpoint, PageStyle::Url, context);
    let entry = table.retrieve_notification.as_ref()?;
    let endpoint = find_operation(entry, endpoints, context)?;
    if endpoint.path_params.len() != 1 {
        let detail = format!("`{}` does not fetch by an id alone", entry.value);
        report_entry(entry, detail, context);
        return None;
    }
    Some((list?, endpoint.id.clone()))
}

/// The operation that creates endpoints, with the parameter that takes the version. Warns if the
/// parameter does not accept the document's version.
pub(super) fn event_endpoint(
    table: &EventTable,
    endpoints: &[Endpoint],
    version: &str,
    context: &mut NormalizeContext<'_>,
) -> Option<EventEndpointFacts> {
    let entry = table.endpoint.as_ref()?;
    let (AddressBase::Operation { method, path }, [AddressStep::Field(wire)]) =
        (&entry.value.base, entry.value.steps.as_slice())
    else {
        report_entry(entry, "a parameter of an operation is expected", context);
        return None;
    };
    let mut all = endpoints.iter();
    let endpoint = all.find(|e| e.path == *path && e.method.as_str() == method)?;
    let body = endpoint.body.iter().flat_map(|(_, record)| &record.fields);
    let mut fields = endpoint.query.fields.iter().chain(body);
    let field = fields.find(|field| field.wire == *wire)?;
    context.mark_matched(entry);
    match accepted_texts(&field.schema) {
        Some(values) if !field.required => {
            if values.is_some_and(|choice| !choice.values.iter().any(|v| v == version)) {
                let detail = format!("`{version}`");
                context.report(Code::EndpointVersionUnlisted, &field.schema.at, detail);
            }
        }
        _ => {
            report_entry(entry, "an optional text is expected", context);
            return None;
        }
    }
    Some(EventEndpointFacts {
        operation: endpoint.id.clone(),
        parameter: wire.clone(),
    })
}

/// The paths of the type, the object and the previous values in a listed event.
pub(super) fn event_envelope(
    table: &EventTable,
    components: &[Component],
    context: &mut NormalizeContext<'_>,
) -> Option<EventEnvelopeFacts> {
    let entry = table.envelope.as_ref()?;
    let value = &entry.value;
    let AddressBase::Component(name) = &value.type_.base else {
        report_entry(entry, "a field of a component is expected", context);
        return None;
    };
    components.iter().find(|c| c.name == *name)?;
    context.mark_matched(entry);
    let mut path_to = |address: &SchemaAddress, fits: &dyn Fn(&FieldSchema) -> bool| {
        let path = field_path(name, address, fits, components);
        if path.is_none() {
            let detail = format!("`{}` is not what is expected there", address.text);
            report_entry(entry, detail, context);
        }
        path
    };
    let is_raw = |field: &FieldSchema| matches!(field.schema.kind, ValueKind::Raw(_));
    let type_ = path_to(&value.type_, &|field| {
        field.required && matches!(field.schema.kind, ValueKind::Scalar(Scalar::String))
    });
    let object = path_to(&value.object, &|field| field.required && is_raw(field));
    let previous = path_to(&value.previous, &|field| !field.required && is_raw(field));
    Some(EventEnvelopeFacts {
        component: name.clone(),
        type_: type_?,
        object: object?,
        previous: previous?,
    })
}

/// The fields on the path from the component `name` to an address, if the last of them fits and the
/// others are required objects.
fn field_path(
    name: &str,
    address: &SchemaAddress,
    fits: &dyn Fn(&FieldSchema) -> bool,
    components: &[Component],
) -> Option<Vec<String>> {
    if address.base != AddressBase::Component(name.to_owned()) {
        return None;
    }
    let mut path = Vec::new();
    let mut component = name;
    let (last, above) = address.steps.split_last()?;
    for step in above {
        let field = find_field(component, step, components)?;
        let ValueKind::Reference(next) = &field.schema.kind else {
            return None;
        };
        component = field.required.then_some(next)?;
        path.push(field.wire.clone());
    }
    let field = find_field(component, last, components)?;
    path.push(fits(field).then(|| field.wire.clone())?);
    Some(path)
}

fn find_field<'c>(
    name: &str,
    step: &AddressStep,
    components: &'c [Component],
) -> Option<&'c FieldSchema> {
    let component = components.iter().find(|c| c.name == name)?;
    match (&component.schema.kind, step) {
        (ValueKind::Record(record), AddressStep::Field(wire)) => {
            record.fields.iter().find(|f| f.wire == *wire)
        }
        _ => None,
    }
}

/// The values that a text parameter accepts; the inner option is `None` if it accepts any text. `None`
/// if it is no text parameter.
fn accepted_texts(schema: &Schema) -> Option<Option<&Choice>> {
    match &schema.kind {
        ValueKind::Choice(choice) | ValueKind::Token(choice) => Some(Some(choice)),
        ValueKind::Scalar(Scalar::String) => Some(None),
        ValueKind::Clearable(inner) => accepted_texts(inner),
        _ => None,
    }
}

/// The operation that an entry names.
fn find_operation<'e>(
    entry: &DialectEntry<String>,
    endpoints: &'e [Endpoint],
    context: &mut NormalizeContext<'_>,
) -> Option<&'e Endpoint> {
    let (method, path) = entry.value.split_once(' ')?;
    let mut all = endpoints.iter();
    let found = all.find(|e| e.path == path && e.method.as_str() == method)?;
    context.mark_matched(entry);
    Some(found)
}

/// The id of the operation, if it lists pages in this style.
fn check_page_style(
    entry: &DialectEntry<String>,
    endpoint: &Endpoint,
    wanted: PageStyle,
    context: &mut NormalizeContext<'_>,
) -> Option<String> {
    if matches!(endpoint.output.kind, ValueKind::Page(style, _) if style == wanted) {
        return Some(endpoint.id.clone());
    }
    let by = match wanted {
        PageStyle::Cursor => "cursors",
        PageStyle::Search => "tokens",
        PageStyle::Url => "URLs",
    };
    let detail = format!("`{}` does not list page by page with {by}", entry.value);
    report_entry(entry, detail, context);
    None
}

fn report_entry<T>(
    entry: &DialectEntry<T>,
    detail: impl Into<String>,
    context: &mut NormalizeContext<'_>,
) {
    if let Some(info) = context.dialect.entry_info(entry.id) {
        context.report(Code::DialectValue, &info.at, detail);
    }
}

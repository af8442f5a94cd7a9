//! Translates component schemas.

use super::context::NormalizeContext;
use super::response::ResponsePosition;
use super::unfolding::hoisted_element;
use crate::api::{Component, ValueKind};
use crate::spec::{Document, SchemaNode};

/// All components that become types, in document order. There are no warnings about those that no
/// response, failure or event can contain, because no type is generated for them; what requests
/// contain is translated apart.
pub(super) fn translate_components(context: &mut NormalizeContext<'_>) -> Vec<Component> {
    let document = context.document;
    let mut numbered = Vec::new();
    let mut open: Vec<(usize, &String)> = document.schemas.keys().enumerate().collect();
    // Translating a component may reach others.
    loop {
        let (reached, rest): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|(_, name)| is_reached(name, context));
        open = rest;
        if reached.is_empty() {
            break;
        }
        for (i, name) in reached {
            numbered.extend(translate_component(name, context).map(|found| (i, found)));
        }
    }
    for (i, name) in open {
        let found = context.without_warnings(|context| translate_component(name, context));
        if let (Some(_), Some(SchemaNode::Inline(source))) = (&found, document.schema(name)) {
            // Requests do not look at the keywords of the component itself.
            context.check_schema_data(&source.schema_data, &Document::schema_path(name));
        }
        numbered.extend(found.map(|found| (i, found)));
    }
    numbered.sort_by_key(|(i, _)| *i);
    let mut components: Vec<Component> = numbered.into_iter().map(|(_, found)| found).collect();
    let (relaxed, failures) = (&context.relaxed, &context.failures);
    components.retain(|c| !failures.contains(&c.name) || context.referenced.contains(&c.name));
    for component in components.iter_mut().filter(|c| relaxed.contains(&c.name)) {
        if let ValueKind::Record(record) = &mut component.schema.kind {
            for field in &mut record.fields {
                field.required = false;
                field.absence = field.absence.or_left_out();
            }
        }
    }
    components
}

/// Whether a response or failure that has been translated contains the component, or an event may.
/// A strict run reports what is wrong with any component.
fn is_reached(name: &str, context: &NormalizeContext<'_>) -> bool {
    // Which components events carry follows from the components.
    if !context.is_tolerant() || context.dialect.events.is_some() {
        return true;
    }
    let errors = context.dialect.errors.as_ref();
    let is_of_errors = errors.is_some_and(|errors| {
        let mut members = errors.objects.iter();
        errors.object.value == name || members.any(|entry| entry.value.1 == name)
    });
    is_of_errors || context.referenced.contains(name) || context.failures.contains(name)
}

fn translate_component(name: &str, context: &mut NormalizeContext<'_>) -> Option<Component> {
    let document = context.document;
    let (node, at) = match context.is_named(name) {
        true => (document.schema(name)?, Document::schema_path(name)),
        false => hoisted_element(document, name)
            .filter(|(_, at)| context.unfolding.is_hoisted(at))
            .map(|(source, at)| (SchemaNode::Inline(source), at))?,
    };
    let translated = context.translate_response(node, &at, ResponsePosition::Component)?;
    Some(Component {
        name: name.to_owned(),
        is_resource: is_resource(node, context),
        schema: translated.schema,
    })
}

/// Whether the component is marked as a resource.
fn is_resource(node: SchemaNode<'_>, context: &mut NormalizeContext<'_>) -> bool {
    let dialect = context.dialect;
    let (Some(marker), SchemaNode::Inline(source)) = (&dialect.resource_marker, node) else {
        return false;
    };
    let found = source.schema_data.extensions.contains_key(&marker.value);
    if found {
        context.mark_matched(marker);
    }
    found
}

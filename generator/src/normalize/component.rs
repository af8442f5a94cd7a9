//! Translates component schemas.

use super::context::NormalizeContext;
use super::response::ResponsePosition;
use super::unfolding::hoisted_element;
use crate::api::{Component, ValueKind};
use crate::spec::{Document, SchemaNode};

/// All components that become types, in document order.
pub(super) fn translate_components(context: &mut NormalizeContext<'_>) -> Vec<Component> {
    let document = context.document;
    let mut components = Vec::new();
    for name in document.schemas.keys() {
        let found = match context.is_named(name) {
            true => document
                .schema(name)
                .map(|node| (node, Document::schema_path(name))),
            false => hoisted_element(document, name)
                .filter(|(_, at)| context.unfolding.is_hoisted(at))
                .map(|(source, at)| (SchemaNode::Inline(source), at)),
        };
        let Some((node, at)) = found else {
            continue;
        };
        let Some(translated) = context.translate_response(node, &at, ResponsePosition::Component)
        else {
            continue;
        };
        let is_resource = is_resource(node, context);
        components.push(Component {
            name: name.clone(),
            is_resource,
            schema: translated.schema,
        });
    }
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

//! Recognises list envelopes: objects that contain one page of items.

use openapiv3::{ObjectType, SchemaKind, Type};

use super::context::NormalizeContext;
use crate::api::{PageStyle, ValueKind};
use crate::diag::SpecPath;
use crate::dialect::{self, PageShape};
use crate::spec::SchemaNode;

impl<'a> NormalizeContext<'a> {
    /// The page that an object describes. `None` if it is no envelope; the inner option is `None` if
    /// its items could not be translated.
    pub(super) fn page_envelope(
        &mut self,
        object: &'a ObjectType,
        at: &SpecPath,
    ) -> Option<Option<ValueKind>> {
        let dialect = self.dialect;
        let tag = dialect.tags.object.as_ref().map(|tag| tag.value.as_str());
        let shape = dialect
            .envelopes
            .iter()
            .find(|shape| is_page_shape(&shape.value, object, tag))?;
        self.mark_matched(shape);
        let PageShape { style, items, .. } = &shape.value;
        let Some(SchemaNode::Inline(source)) =
            object.properties.get(items).map(SchemaNode::from_boxed_ref)
        else {
            return None;
        };
        let SchemaKind::Type(Type::Array(array)) = &source.schema_kind else {
            return None;
        };
        let at = at.child("properties").child(items).child("items");
        let style = match style {
            dialect::PageStyleName::Cursor => PageStyle::Cursor,
            dialect::PageStyleName::Search => PageStyle::Search,
            dialect::PageStyleName::Url => PageStyle::Url,
        };
        let item = self.response_value(SchemaNode::from_boxed_ref(array.items.as_ref()?), &at);
        Some(item.map(|item| ValueKind::Page(style, Box::new(item))))
    }
}

/// Whether an object has all fields of the shape, no others, and the right tag.
fn is_page_shape(shape: &PageShape, object: &ObjectType, tag: Option<&str>) -> bool {
    let all_required = shape
        .required
        .iter()
        .all(|name| object.required.contains(name));
    let all_known = object
        .properties
        .keys()
        .all(|name| shape.required.contains(name) || shape.optional.contains(name));
    let all_plain = object
        .properties
        .iter()
        .filter(|(name, _)| **name != shape.items)
        .all(|(name, property)| is_plain(name, SchemaNode::from_boxed_ref(property)));
    all_required
        && all_known
        && all_plain
        && shape
            .tag
            .as_deref()
            .is_none_or(|value| has_tag(object, tag, value))
}

/// Whether a field is text, a flag or a count: the runtime's types for envelopes have no other
/// fields beside the items.
fn is_plain(name: &str, node: SchemaNode<'_>) -> bool {
    let SchemaNode::Inline(source) = node else {
        return false;
    };
    match (name, &source.schema_kind) {
        ("has_more", SchemaKind::Type(kind)) => matches!(kind, Type::Boolean(_)),
        ("total_count", SchemaKind::Type(kind)) => matches!(kind, Type::Integer(_)),
        (_, SchemaKind::Type(kind)) => matches!(kind, Type::String(_)),
        _ => false,
    }
}

fn has_tag(object: &ObjectType, tag: Option<&str>, value: &str) -> bool {
    let property = tag.and_then(|tag| object.properties.get(tag));
    let Some(SchemaNode::Inline(source)) = property.map(SchemaNode::from_boxed_ref) else {
        return false;
    };
    match &source.schema_kind {
        SchemaKind::Type(Type::String(text)) => {
            matches!(text.enumeration.as_slice(), [Some(only)] if only == value)
        }
        _ => false,
    }
}

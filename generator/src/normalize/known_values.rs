//! The known values of numbers. They are documentation, because the types of numbers list none.

use openapiv3::{Schema as Source, SchemaKind};

use super::context::NormalizeContext;
use crate::spec::SchemaNode;

/// The extension by which `lower` keeps the enum of a number.
const KNOWN_VALUES: &str = "x-known-values";

impl NormalizeContext<'_> {
    /// The known values of a number, or of the component that a schema is with annotations.
    pub(super) fn known_values(&self, source: &Source) -> Vec<String> {
        let mut source = source;
        // A chain that is longer than the number of components is cyclic.
        for _ in 0..=self.document.schemas.len() {
            let values = source.schema_data.extensions.get(KNOWN_VALUES);
            if let Some(values) = values.and_then(|values| values.as_array()) {
                let numbers = values.iter().filter(|value| value.is_number());
                return numbers.map(ToString::to_string).collect();
            }
            let SchemaKind::AnyOf { any_of } = &source.schema_kind else {
                break;
            };
            let [only] = any_of.as_slice() else {
                break;
            };
            source = match self.resolved_node(SchemaNode::from_ref(only)) {
                Some(source) => source,
                None => break,
            };
        }
        Vec::new()
    }

    /// The schema that a node is or refers to.
    fn resolved_node<'n>(&'n self, node: SchemaNode<'n>) -> Option<&'n Source> {
        let mut node = node;
        for _ in 0..=self.document.schemas.len() {
            node = match node {
                SchemaNode::Inline(source) => return Some(source),
                SchemaNode::Component(name) => self.document.schema(name)?,
            };
        }
        None
    }
}

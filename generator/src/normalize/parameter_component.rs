//! Translates the components of parameters that are types of their own: objects and unions of objects
//! in JSON, unless the dialect is strict. All other components of parameters are inlined.

use openapiv3::{ObjectType, Schema as Source, SchemaKind, Type};

use super::context::NormalizeContext;
use super::parameter::make_clearable;
use super::unfolding::hoisted_element;
use crate::api::{Component, Doc, Encoding, Schema, ValueKind};
use crate::diag::SpecPath;
use crate::spec::{Document, SchemaNode};

/// What a component of parameters is.
enum ParameterShape<'a> {
    /// An object with fields.
    Object(&'a ObjectType),
    /// One of several objects that are components.
    Union(Vec<&'a str>),
}

/// A component of parameters.
struct ParameterComponent<'a> {
    source: &'a Source,
    shape: ParameterShape<'a>,
    at: SpecPath,
}

impl<'a> NormalizeContext<'a> {
    /// A reference to the component that a value is; `None` if that is no type of its own.
    pub(super) fn parameter_reference(
        &mut self,
        node: SchemaNode<'a>,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<Schema> {
        if !self.is_tolerant() || wire != Encoding::Json {
            return None;
        }
        // `lower` marks the uses of components that may be null, and not the components.
        let (name, is_nullable) = match node {
            SchemaNode::Component(name) => {
                self.named_component(name)?;
                (name.to_owned(), false)
            }
            SchemaNode::Inline(source) => {
                let name = self.unfolding.hoisted_name(at)?.to_owned();
                self.element_component(&name)?;
                (name, source.schema_data.nullable)
            }
        };
        let mut reference = self.plain_reference(&name, at);
        if is_nullable {
            reference.kind = make_clearable(reference.kind, at, None);
        }
        Some(reference)
    }

    fn plain_reference(&mut self, name: &str, at: &SpecPath) -> Schema {
        self.parameter_components.insert(name.to_owned());
        Schema {
            at: at.clone(),
            kind: ValueKind::Reference(name.to_owned()),
            doc: Doc::default(),
        }
    }

    /// The component with this name, if it is an object with fields or a union of such components.
    fn named_component(&self, name: &str) -> Option<ParameterComponent<'a>> {
        let SchemaNode::Inline(source) = self.document.schema(name)? else {
            return None;
        };
        let at = Document::schema_path(name);
        let members = match &source.schema_kind {
            SchemaKind::OneOf { one_of: members } | SchemaKind::AnyOf { any_of: members } => {
                members
            }
            _ => return self.object_component(source, at),
        };
        let mut names = Vec::with_capacity(members.len());
        for member in members {
            let SchemaNode::Component(name) = SchemaNode::from_ref(member) else {
                return None;
            };
            let SchemaNode::Inline(source) = self.document.schema(name)? else {
                return None;
            };
            self.object_component(source, Document::schema_path(name))?;
            names.push(name);
        }
        if self.addresses.raw_reason(&at).is_some() {
            return None;
        }
        Some(ParameterComponent {
            source,
            shape: ParameterShape::Union(names),
            at,
        })
    }

    /// The element of the lists that the component with this name is.
    fn element_component(&self, name: &str) -> Option<ParameterComponent<'a>> {
        let (source, at) = hoisted_element(self.document, name)?;
        self.object_component(source, at)
    }

    /// The schema at a place, if it is an object with fields, and the dialect does not leave it raw.
    fn object_component(&self, source: &'a Source, at: SpecPath) -> Option<ParameterComponent<'a>> {
        let object = object_with_fields(source)?;
        if self.addresses.raw_reason(&at).is_some() {
            return None;
        }
        Some(ParameterComponent {
            source,
            shape: ParameterShape::Object(object),
            at,
        })
    }

    fn component_kind(&mut self, component: &ParameterComponent<'a>) -> Option<ValueKind> {
        match &component.shape {
            ParameterShape::Object(object) => self
                .parameter_record(object, &component.at, Encoding::Json)
                .map(ValueKind::Record),
            ParameterShape::Union(members) => {
                let members = members.iter();
                let members = members.map(|name| self.plain_reference(name, &component.at));
                Some(ValueKind::Either(members.collect()))
            }
        }
    }
}

/// The object that a schema is, if it has fields. `lower` has removed the type of free keys beside them.
fn object_with_fields(source: &Source) -> Option<&ObjectType> {
    let SchemaKind::Type(Type::Object(object)) = &source.schema_kind else {
        return None;
    };
    (!object.properties.is_empty()).then_some(object)
}

/// The components that parameters refer to, and those that these refer to, in the order of their
/// first use.
pub(super) fn translate_parameter_components(context: &mut NormalizeContext<'_>) -> Vec<Component> {
    let mut components = Vec::new();
    let mut next = 0;
    // Translating a component may add others.
    while let Some(name) = context.parameter_components.get_index(next).cloned() {
        next += 1;
        let named = context.named_component(&name);
        let Some(found) = named.or_else(|| context.element_component(&name)) else {
            continue;
        };
        let Some(kind) = context.component_kind(&found) else {
            continue;
        };
        let doc = context.schema_doc(&found.source.schema_data, None);
        components.push(Component {
            name,
            is_resource: false,
            schema: Schema {
                at: found.at,
                kind,
                doc,
            },
        });
    }
    components
}

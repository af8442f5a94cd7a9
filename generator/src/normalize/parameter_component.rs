//! Translates the components of parameters that are types of their own: objects and unions of objects
//! in JSON, unless the dialect is strict. All other components of parameters are inlined.

use openapiv3::{
    AdditionalProperties, ObjectType, ReferenceOr, Schema as Source, SchemaKind, Type,
};

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
    /// One of several objects that are components, with the place of the list.
    Union(Vec<&'a str>, SpecPath),
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
        match node {
            SchemaNode::Component(name) => {
                let component = self.named_component(name)?;
                self.component_reference(name, &component, at)
            }
            SchemaNode::Inline(_) => {
                let name = self.unfolding.hoisted_name(at)?.to_owned();
                let component = self.element_component(&name)?;
                self.component_reference(&name, &component, at)
            }
        }
    }

    fn component_reference(
        &mut self,
        name: &str,
        component: &ParameterComponent<'a>,
        at: &SpecPath,
    ) -> Option<Schema> {
        if self.addresses.raw_reason(&component.at).is_some() {
            return None;
        }
        self.parameter_components.insert(name.to_owned());
        let reference = ValueKind::Reference(name.to_owned());
        Some(Schema {
            at: at.clone(),
            kind: match component.source.schema_data.nullable {
                true => make_clearable(reference, at, None),
                false => reference,
            },
            doc: Doc::default(),
        })
    }

    /// The component with this name, if it is an object with fields or a union of such components.
    fn named_component(&self, name: &str) -> Option<ParameterComponent<'a>> {
        let SchemaNode::Inline(source) = self.document.schema(name)? else {
            return None;
        };
        let at = Document::schema_path(name);
        let (members, key) = match &source.schema_kind {
            SchemaKind::OneOf { one_of } => (one_of, "oneOf"),
            SchemaKind::AnyOf { any_of } => (any_of, "anyOf"),
            _ => {
                let shape = ParameterShape::Object(object_with_fields(source)?);
                return Some(ParameterComponent { source, shape, at });
            }
        };
        let member = |member: &'a ReferenceOr<Source>| {
            let SchemaNode::Component(name) = SchemaNode::from_ref(member) else {
                return None;
            };
            match self.document.schema(name)? {
                SchemaNode::Inline(source) => object_with_fields(source).map(|_| name),
                SchemaNode::Component(_) => None,
            }
        };
        let members: Vec<&str> = members.iter().map(member).collect::<Option<_>>()?;
        let shape = ParameterShape::Union(members, at.child(key));
        Some(ParameterComponent { source, shape, at })
    }

    /// The element of the lists that the component with this name is.
    fn element_component(&self, name: &str) -> Option<ParameterComponent<'a>> {
        let (source, at) = hoisted_element(self.document, name)?;
        let shape = ParameterShape::Object(object_with_fields(source)?);
        Some(ParameterComponent { source, shape, at })
    }

    fn component_kind(&mut self, component: &ParameterComponent<'a>) -> Option<ValueKind> {
        match &component.shape {
            ParameterShape::Object(object) => self
                .parameter_record(object, &component.at, Encoding::Json)
                .map(ValueKind::Record),
            ParameterShape::Union(members, at) => {
                let members = members.iter().enumerate().map(|(index, name)| {
                    let member = SchemaNode::Component(name);
                    self.parameter_reference(member, &at.item(index), Encoding::Json)
                });
                members.collect::<Option<_>>().map(ValueKind::Either)
            }
        }
    }
}

/// The object that a schema is, if it has fields and no free keys.
fn object_with_fields(source: &Source) -> Option<&ObjectType> {
    let SchemaKind::Type(Type::Object(object)) = &source.schema_kind else {
        return None;
    };
    let has_free_keys = matches!(
        object.additional_properties,
        Some(AdditionalProperties::Schema(_))
    );
    (!has_free_keys && !object.properties.is_empty()).then_some(object)
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

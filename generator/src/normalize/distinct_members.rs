//! Finds what tells the members of a union from each other, in documents without a dialect.
//!
//! In order: the discriminator of the document, a property that has one fixed value in each member,
//! and the properties that members require. Nothing else tells them apart.

use std::collections::BTreeSet;

use openapiv3::{Discriminator, ObjectType, SchemaData, SchemaKind, Type};

use super::context::NormalizeContext;
use crate::api::{MemberSelector, UnionMember};
use crate::spec::{Document, SchemaNode};

impl<'a> NormalizeContext<'a> {
    /// The members of a union of components; `None` if something is no object with fields, or if
    /// nothing tells them apart.
    pub(super) fn distinct_members(
        &self,
        components: &[&'a str],
        data: &SchemaData,
    ) -> Option<Vec<UnionMember>> {
        let objects: Option<Vec<(&str, &ObjectType)>> = components
            .iter()
            .map(|name| Some((*name, self.record_component(name)?)))
            .collect();
        let objects = objects?;
        let members = match &data.discriminator {
            Some(discriminator) => by_discriminator(&objects, discriminator)?,
            None => by_fixed_property(&objects).or_else(|| by_required(&objects))?,
        };
        let keys: BTreeSet<&str> = members.iter().map(|m| m.object.as_str()).collect();
        (keys.len() == members.len()).then_some(members)
    }

    /// A component that is an object with fields.
    fn record_component(&self, name: &str) -> Option<&'a ObjectType> {
        let SchemaNode::Inline(source) = self.document.schema(name)? else {
            return None;
        };
        let at = Document::schema_path(name);
        let is_raw = self.addresses.raw_reason(&at).is_some();
        match &source.schema_kind {
            SchemaKind::Type(Type::Object(object))
                if !object.properties.is_empty() && self.is_named(name) && !is_raw =>
            {
                Some(object)
            }
            _ => None,
        }
    }
}

fn member(component: &str, object: &str, selector: MemberSelector) -> UnionMember {
    UnionMember {
        component: component.to_owned(),
        object: object.to_owned(),
        deleted: false,
        selector,
    }
}

/// The values that the document maps to components; a component without one has its name as value.
fn by_discriminator(
    objects: &[(&str, &ObjectType)],
    discriminator: &Discriminator,
) -> Option<Vec<UnionMember>> {
    let mut members = Vec::new();
    let names: BTreeSet<&str> = objects.iter().map(|(component, _)| *component).collect();
    let mut targets = discriminator.mapping.values();
    // A value for something else than a member would never be recognised.
    if !targets.all(|target| {
        target
            .rsplit('/')
            .next()
            .is_some_and(|it| names.contains(it))
    }) {
        return None;
    }
    for (component, _) in objects {
        let is_target = |target: &str| target.rsplit('/').next() == Some(component);
        let mapped = discriminator.mapping.iter();
        let mapped = mapped.filter(|(_, target)| is_target(target));
        let mut values: Vec<&str> = mapped.map(|(value, _)| value.as_str()).collect();
        if values.is_empty() {
            values.push(component);
        }
        for value in values {
            let selector = MemberSelector::Property {
                name: discriminator.property_name.clone(),
                value: value.to_owned(),
            };
            members.push(member(component, value, selector));
        }
    }
    Some(members)
}

/// A required property that has one value in each component, and another one in each.
fn by_fixed_property(objects: &[(&str, &ObjectType)]) -> Option<Vec<UnionMember>> {
    let (_, first) = objects.first()?;
    first.properties.keys().find_map(|name| {
        let mut seen = BTreeSet::new();
        let members: Option<Vec<UnionMember>> = objects
            .iter()
            .map(|(component, object)| {
                let value = fixed_value(object, name)?;
                let selector = MemberSelector::Property {
                    name: name.clone(),
                    value: value.to_owned(),
                };
                seen.insert(value)
                    .then(|| member(component, value, selector))
            })
            .collect();
        members
    })
}

/// The only value of a property that is text.
fn fixed_value<'d>(object: &'d ObjectType, name: &str) -> Option<&'d str> {
    let property = object.properties.get(name).map(SchemaNode::from_boxed_ref);
    let Some(SchemaNode::Inline(source)) = property else {
        return None;
    };
    match &source.schema_kind {
        SchemaKind::Type(Type::String(text)) => match text.enumeration.as_slice() {
            [Some(only)] => Some(only),
            _ => None,
        },
        _ => None,
    }
}

/// The properties that each component requires. Those that require most are tried first, so each
/// must require a property that none of the later ones has; the last one must require something.
fn by_required(objects: &[(&str, &ObjectType)]) -> Option<Vec<UnionMember>> {
    let mut sorted = objects.to_vec();
    sorted.sort_by_key(|(_, object)| std::cmp::Reverse(object.required.len()));
    let mut members = Vec::new();
    let mut later = sorted.iter();
    while let Some((component, object)) = later.next() {
        let is_own = |name: &&String| {
            let mut others = later.clone();
            !others.any(|(_, other)| other.properties.contains_key(name.as_str()))
        };
        if !object.required.iter().any(|name| is_own(&name)) {
            return None;
        }
        let selector = MemberSelector::Required(object.required.clone());
        members.push(member(component, component, selector));
    }
    Some(members)
}

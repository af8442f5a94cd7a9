//! Translates unions of responses: expandable fields, one of several components, or two views of one
//! component.

use std::collections::BTreeSet;

use openapiv3::{ReferenceOr, Schema as Source, SchemaData, SchemaKind, StringType, Type};
use serde_json::Value;

use super::context::NormalizeContext;
use crate::api::{Doc, MemberSelector, Schema, UnionMember, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::spec::SchemaNode;

impl<'a> NormalizeContext<'a> {
    /// Translates `anyOf` or `oneOf` of a response. `at` is the list of members.
    pub(super) fn response_union(
        &mut self,
        members: &'a [ReferenceOr<Source>],
        data: &'a SchemaData,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        let mut components = Vec::new();
        let mut ids = 0;
        for member in members {
            match SchemaNode::from_ref(member) {
                SchemaNode::Component(name) => components.push(name),
                SchemaNode::Inline(source) if is_plain_text(source) => ids += 1,
                SchemaNode::Inline(_) => {
                    self.report(Code::UnknownUnion, at, "a member is written out in place");
                    return None;
                }
            }
        }
        match (ids, components.is_empty()) {
            (0, false) => self.component_union(&components, data, at),
            (1, false) => self.expandable_kind(&components, data, at),
            _ => {
                self.report(Code::UnknownUnion, at, "several strings");
                None
            }
        }
    }

    /// An id or the expanded object. The field must have the marker, which names the same objects.
    fn expandable_kind(
        &mut self,
        components: &[&'a str],
        data: &SchemaData,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        let marker = self.dialect.expandable_marker.as_ref();
        let Some(marker) = marker.filter(|m| data.extensions.contains_key(&m.value)) else {
            self.report(
                Code::UnknownUnion,
                at,
                "text or an object, without the mark of an id",
            );
            return None;
        };
        self.mark_matched(marker);
        let named = data
            .extensions
            .get(&marker.value)
            .map(referenced_components)
            .unwrap_or_default();
        if named != components.iter().copied().collect() {
            let detail = format!("`{}` names other components", marker.value);
            self.report(Code::UnknownUnion, at, detail);
            return None;
        }
        let kind = self.component_union(components, data, at)?;
        let target = Schema {
            at: at.clone(),
            kind,
            doc: Doc::default(),
        };
        Some(ValueKind::Expandable(Box::new(target)))
    }

    /// One of several components.
    fn component_union(
        &mut self,
        components: &[&'a str],
        data: &SchemaData,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        if let [one] = components {
            return self
                .response_value(SchemaNode::Component(one), at)
                .map(|schema| schema.kind);
        }
        let mut flat = Vec::new();
        let mut seen = BTreeSet::new();
        components
            .iter()
            .for_each(|name| self.flatten_union(name, &mut seen, &mut flat));
        let tagged: Option<Vec<UnionMember>> =
            flat.iter().map(|name| self.tagged_member(name)).collect();
        if let Some(members) = tagged {
            let keys: BTreeSet<_> = members.iter().map(|m| (&m.object, m.deleted)).collect();
            if keys.len() == members.len() {
                self.referenced
                    .extend(members.iter().map(|m| m.component.clone()));
                return Some(ValueKind::Union(members));
            }
        }
        if self.is_tolerant() {
            if let Some(members) = self.distinct_members(&flat, data) {
                self.referenced
                    .extend(members.iter().map(|m| m.component.clone()));
                return Some(ValueKind::Union(members));
            }
        }
        self.pair_of_views(components, at)
    }

    /// Replaces components that are unions by their members.
    fn flatten_union(&self, name: &'a str, seen: &mut BTreeSet<&'a str>, into: &mut Vec<&'a str>) {
        // Unions that share members are flattened once.
        if !seen.insert(name) {
            return;
        }
        let kind = match self.document.schema(name) {
            Some(SchemaNode::Inline(source)) => &source.schema_kind,
            Some(SchemaNode::Component(alias)) => return self.flatten_union(alias, seen, into),
            None => return,
        };
        let (SchemaKind::AnyOf { any_of: members } | SchemaKind::OneOf { one_of: members }) = kind
        else {
            // Repeated components are one alternative.
            if !into.contains(&name) {
                into.push(name);
            }
            return;
        };
        for member in members {
            match SchemaNode::from_ref(member) {
                SchemaNode::Component(name) => self.flatten_union(name, seen, into),
                // Reported when the component is translated.
                SchemaNode::Inline(_) => into.push(name),
            }
        }
    }

    /// The union member of a component, if it has a tag.
    fn tagged_member(&mut self, name: &str) -> Option<UnionMember> {
        let (object, deleted) = self.component_tags(name)?;
        Some(UnionMember {
            component: name.to_owned(),
            object,
            deleted,
            selector: MemberSelector::Tags,
        })
    }

    /// The fixed values of a component's tags.
    pub(super) fn component_tags(&mut self, name: &str) -> Option<(String, bool)> {
        let Some(SchemaNode::Inline(source)) = self.document.schema(name) else {
            return None;
        };
        let SchemaKind::Type(Type::Object(object)) = &source.schema_kind else {
            return None;
        };
        let tags = &self.dialect.tags;
        let kind_of = |tag: &str| match object.properties.get(tag).map(SchemaNode::from_boxed_ref) {
            Some(SchemaNode::Inline(source)) => Some(&source.schema_kind),
            _ => None,
        };
        let tag = tags.object.as_ref()?;
        let SchemaKind::Type(Type::String(text)) = kind_of(&tag.value)? else {
            return None;
        };
        let [Some(value)] = text.enumeration.as_slice() else {
            return None;
        };
        let deleted = tags
            .deleted
            .as_ref()
            .filter(|tag| match kind_of(&tag.value) {
                Some(SchemaKind::Type(Type::Boolean(flag))) => flag.enumeration == [Some(true)],
                _ => false,
            });
        self.mark_matched(tag);
        if let Some(deleted) = deleted {
            self.mark_matched(deleted);
        }
        Some((value.clone(), deleted.is_some()))
    }

    /// Two components without distinct tags, of which the second is a view of the first.
    fn pair_of_views(&mut self, components: &[&'a str], at: &SpecPath) -> Option<ValueKind> {
        let dialect = self.dialect;
        if let [first, second] = components {
            if let Some(view) = dialect.views.iter().find(|view| view.value == *second) {
                self.mark_matched(view);
                self.relaxed.insert((*first).to_owned());
                return self
                    .response_value(SchemaNode::Component(first), at)
                    .map(|schema| schema.kind);
            }
        }
        let names: Vec<String> = components.iter().map(|it| self.written_name(it)).collect();
        self.report(Code::UnknownUnion, at, names.join(", "));
        None
    }
}

/// Whether the schema is text without format and values, which is an id.
fn is_plain_text(source: &Source) -> bool {
    match &source.schema_kind {
        SchemaKind::Type(Type::String(StringType {
            format,
            enumeration,
            ..
        })) => {
            matches!(format, openapiv3::VariantOrUnknownOrEmpty::Empty) && enumeration.is_empty()
        }
        _ => false,
    }
}

/// The components in an extension of the form `{oneOf: [{$ref: …}]}`.
fn referenced_components(extension: &Value) -> BTreeSet<&str> {
    let all = extension
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    all.filter_map(|member| member.get("$ref")?.as_str()?.rsplit('/').next())
        .collect()
}

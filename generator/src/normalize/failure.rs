//! What a failed call returns, as documented.

use openapiv3::{ReferenceOr, Schema as Source, SchemaKind, Type};

use super::context::Context;
use crate::api::{ErrorCode, Errors};
use crate::diag::{Code, SpecPath};
use crate::dialect::ErrorConventions;
use crate::spec::{Document, SchemaNode, SpecOperation};

impl<'a> Context<'a> {
    /// The response `default`. Without a dialect nothing is known about failures.
    pub(super) fn errors(&mut self, operation: &'a SpecOperation) -> Option<Errors> {
        let here = operation.at.child("responses").child("default");
        let (Some(facts), Some(used)) = (
            &self.dialect.errors,
            &operation.definition.responses.default,
        ) else {
            return Some(Errors::Common);
        };
        let (response, at) = self.document.response(used, &here)?;
        let content = at.child("content");
        let media = response.content.get("application/json");
        let Some(schema) = media.and_then(|media| media.schema.as_ref()) else {
            self.report(
                Code::ErrorShape,
                &content,
                "expected `application/json` with a schema",
            );
            return None;
        };
        let at = content.child("application/json").child("schema");
        match SchemaNode::from_ref(schema) {
            SchemaNode::Component(name) if name == facts.envelope.value => {
                self.envelope_of_error(facts, &at)
            }
            SchemaNode::Inline(Source {
                schema_kind: SchemaKind::OneOf { one_of },
                ..
            }) => self.codes(one_of, facts, &at.child("oneOf")),
            _ => self.bad(
                &at,
                "neither the common envelope nor `oneOf` error components",
            ),
        }
    }

    fn bad(&mut self, at: &SpecPath, detail: impl Into<String>) -> Option<Errors> {
        self.report(Code::ErrorShape, at, detail);
        None
    }

    /// The common envelope: its one field holds the error object.
    fn envelope_of_error(&mut self, facts: &ErrorConventions, at: &SpecPath) -> Option<Errors> {
        let node = self.document.schema(&facts.envelope.value);
        match node.and_then(|node| field(node, &facts.member)) {
            Some(SchemaNode::Component(object)) if object == facts.object.value => {
                self.matched(&facts.envelope);
                self.matched(&facts.object);
                self.failures.insert(facts.envelope.value.clone());
                Some(Errors::Common)
            }
            _ => self.bad(at, format!("`{}` is not the error object", facts.member)),
        }
    }

    /// One component per code. Components with an open code stand for every other failure.
    fn codes(
        &mut self,
        members: &'a [ReferenceOr<Source>],
        facts: &'a ErrorConventions,
        at: &SpecPath,
    ) -> Option<Errors> {
        let mut codes = Vec::new();
        for (i, member) in members.iter().enumerate() {
            let SchemaNode::Component(name) = SchemaNode::from_ref(member) else {
                return self.bad(&at.item(i), "an error is written out in place");
            };
            self.failures.insert(name.to_owned());
            if let Some(open) = facts.open.iter().find(|open| open.value == name) {
                self.matched(open);
                continue;
            }
            let Some(code) = self.code(name, facts) else {
                let at = Document::schema_path(name);
                return self.bad(&at, "the code has more or less than one value");
            };
            codes.push(code);
        }
        Some(Errors::Codes(codes))
    }

    /// The one value of the component's `error.code`.
    fn code(&self, name: &str, facts: &ErrorConventions) -> Option<ErrorCode> {
        let component = self.document.schema(name)?;
        let SchemaNode::Inline(code) = field(field(component, &facts.member)?, &facts.code)? else {
            return None;
        };
        let SchemaKind::Type(Type::String(values)) = &code.schema_kind else {
            return None;
        };
        let [Some(value)] = values.enumeration.as_slice() else {
            return None;
        };
        let SchemaNode::Inline(Source { schema_data, .. }) = component else {
            return None;
        };
        Some(ErrorCode {
            code: value.clone(),
            doc: self.prose(schema_data.description.as_deref()),
        })
    }
}

/// A property of an object that is written out.
fn field<'d>(node: SchemaNode<'d>, name: &str) -> Option<SchemaNode<'d>> {
    let SchemaNode::Inline(source) = node else {
        return None;
    };
    match &source.schema_kind {
        SchemaKind::Type(Type::Object(object)) => {
            object.properties.get(name).map(SchemaNode::from_boxed_ref)
        }
        _ => None,
    }
}

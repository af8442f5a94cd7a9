//! Translates unions of parameters: clearable values, keywords, ranges, tokens, alternatives.

use openapiv3::{ReferenceOr, Schema as Source, SchemaKind, Type};

use super::context::NormalizeContext;
use super::merge;
use crate::api::{Choice, Doc, Encoding, RecordSchema, Scalar, Schema, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::spec::SchemaNode;

impl<'a> NormalizeContext<'a> {
    /// Translates `anyOf` of a parameter. `at` is the list of members.
    pub(super) fn parameter_union(
        &mut self,
        members: &'a [ReferenceOr<Source>],
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<ValueKind> {
        let mut rest = Vec::new();
        let mut clears = false;
        for (i, member) in members.iter().enumerate() {
            let node = SchemaNode::from_ref(member);
            if self.is_clear(node) {
                clears = true;
                continue;
            }
            let mut schema = self.translate_parameter(node, &at.item(i), wire)?;
            if let ValueKind::Clearable(inner) = schema.kind {
                clears = true;
                schema = *inner;
            }
            // Several members may stand for one component.
            let is_equal = |other: &Schema| match (&other.kind, &schema.kind) {
                (ValueKind::Reference(known), ValueKind::Reference(name)) => known == name,
                _ => false,
            };
            if !rest.iter().any(is_equal) {
                rest.push(schema);
            }
        }
        let one = match rest.len() {
            0 => {
                self.report(Code::UnknownUnion, at, "no value is possible");
                return None;
            }
            1 => rest.pop()?,
            _ => {
                let kind = self.combine_members(rest, at)?;
                Schema {
                    at: at.clone(),
                    kind,
                    doc: Doc::default(),
                }
            }
        };
        Some(if clears {
            ValueKind::Clearable(Box::new(one))
        } else {
            one.kind
        })
    }

    /// Whether the member is the empty string only.
    fn is_clear(&mut self, node: SchemaNode<'_>) -> bool {
        let SchemaNode::Inline(source) = node else {
            return false;
        };
        let SchemaKind::Type(Type::String(text)) = &source.schema_kind else {
            return false;
        };
        text.enumeration.len() == 1 && self.may_clear(text)
    }

    /// The kind of two or more members, none of which is the empty string.
    fn combine_members(&mut self, members: Vec<Schema>, at: &SpecPath) -> Option<ValueKind> {
        let mut records = Vec::new();
        let mut keywords: Vec<String> = Vec::new();
        let mut values = Vec::new();
        let mut others = 0;
        for member in members {
            match &member.kind {
                ValueKind::Record(_) | ValueKind::Reference(_) => records.push(member),
                ValueKind::Choice(choice) => keywords.extend(choice.values.iter().cloned()),
                ValueKind::Scalar(_) => values.push(member),
                _ => others += 1,
            }
        }
        let shape = (records.len(), keywords.is_empty(), values.len(), others);
        let value = values.pop();
        match (shape, value) {
            ((0, false, 1, 0), Some(value)) => self.keyword_or_value(keywords, value, at),
            ((1, true, 1, 0), Some(value)) => self.range_or_token(records.pop()?, value, at),
            ((2.., true, 0, 0), None) => self.alternative_records(records, at),
            _ => self.report_combination(at),
        }
    }

    fn report_combination(&mut self, at: &SpecPath) -> Option<ValueKind> {
        self.report(
            Code::UnknownUnion,
            at,
            "the combination of its members is not in the list",
        );
        None
    }

    /// A keyword or a value of another type.
    fn keyword_or_value(
        &mut self,
        values: Vec<String>,
        value: Schema,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        if matches!(
            value.kind,
            ValueKind::Scalar(Scalar::String | Scalar::Binary)
        ) {
            return self.report_combination(at);
        }
        Some(ValueKind::KeywordOr(Choice { values }, Box::new(value)))
    }

    /// Bounds or an exact value; or an object or the token that stands for it.
    fn range_or_token(
        &mut self,
        record: Schema,
        mut value: Schema,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        let ValueKind::Record(fields) = &record.kind else {
            return self.report_combination(at);
        };
        if matches!(value.kind, ValueKind::Scalar(Scalar::String)) {
            return Some(ValueKind::TokenOr(Box::new(record)));
        }
        if !self.is_range(fields, &value.kind) {
            return self.report_combination(at);
        }
        // `at` is the list of members; addresses are those of unions.
        let exception = at
            .parent()
            .and_then(|union| self.addresses.integer_range(&union));
        match (exception, &value.kind) {
            (Some(entry), ValueKind::Scalar(Scalar::Integer)) => self.mark_matched_id(entry),
            (None, ValueKind::Scalar(Scalar::Integer))
                if self.dialect.parameters.range_of_timestamps =>
            {
                value.kind = ValueKind::Scalar(Scalar::Timestamp);
            }
            _ => {}
        }
        Some(ValueKind::Range(Box::new(value)))
    }

    /// Whether the object has exactly the fields of a range, all of the type of the exact value.
    fn is_range(&mut self, record: &RecordSchema, value: &ValueKind) -> bool {
        let (Some(range), ValueKind::Scalar(value)) = (&self.dialect.parameters.range, value)
        else {
            return false;
        };
        let fits = record.fields.len() == range.value.len()
            && record.fields.iter().all(|field| {
                range.value.contains(&field.wire)
                    && !field.required
                    && matches!(&field.schema.kind, ValueKind::Scalar(bound) if bound == value)
            });
        if fits {
            self.mark_matched(range);
        }
        fits
    }

    /// Objects that share a field are merged; others are alternatives, and so are components.
    fn alternative_records(&mut self, records: Vec<Schema>, at: &SpecPath) -> Option<ValueKind> {
        let mut all = records.iter();
        let has_component = all.any(|record| matches!(record.kind, ValueKind::Reference(_)));
        if has_component || !merge::share_fields(&records) {
            return Some(ValueKind::Either(records));
        }
        match merge::merge_records(records) {
            Some(record) => Some(ValueKind::Record(record)),
            None => self.report_combination(at),
        }
    }
}

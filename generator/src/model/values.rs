//! Shapes of values become [`Ty`]; inline objects, enums and unions become declared types.

use std::collections::{HashMap, HashSet};

use super::builder::{ModelBuilder, ShapeUse, UseRank};
use super::types::{
    EitherVariant, Field, ModuleId, ParamsObject, PathStep, Presence, ResponseObject, Ty, TypeId,
    TypeKind, UnionVariant, UseSite,
};
use crate::api::{
    Absence, Choice, Constant, PlacedParam, RecordSchema, Scalar, Schema, UnionMember, ValueKind,
};

/// Where in a module and in which kind of shape a value occurs.
#[derive(Clone, Debug)]
pub(super) struct ShapeContext {
    pub module: ModuleId,
    pub site: UseSite,
    pub rank: UseRank,
}

impl ShapeContext {
    pub(super) fn enter_field(&self, wire: &str) -> Self {
        let mut next = self.clone();
        next.site.path.push(PathStep {
            wire: wire.to_owned(),
            element: false,
        });
        next
    }

    /// The context of a member of a union without tags, which is named after its only field, if it
    /// has exactly one.
    fn enter_member(&self, member: &Schema) -> Self {
        match &member.kind {
            ValueKind::Record(record) => match record.fields.as_slice() {
                [only] => self.enter_field(&only.wire),
                _ => self.clone(),
            },
            _ => self.clone(),
        }
    }

    fn enter_element(&self) -> Self {
        let mut next = self.clone();
        if let Some(last) = next.site.path.last_mut() {
            last.element = true;
        }
        next
    }

    pub(super) fn shape_use(&self, schema: &Schema) -> ShapeUse {
        ShapeUse {
            at: schema.at.clone(),
            module: self.module,
            site: self.site.clone(),
            rank: self.rank,
        }
    }
}

impl ModelBuilder<'_> {
    /// The type of a value of `schema` in `context`.
    pub(super) fn value_type(&mut self, schema: &Schema, context: &ShapeContext) -> Ty {
        match &schema.kind {
            ValueKind::Scalar(scalar) => scalar_type(*scalar, context.rank),
            // A constant outside an object's own tag: an ordinary string or boolean.
            ValueKind::Constant(Constant::String(_)) => Ty::String,
            ValueKind::Constant(Constant::True) => Ty::Boolean,
            ValueKind::Choice(choice) => Ty::Named(self.choice_type(schema, choice, context)),
            ValueKind::Token(choice) => Ty::Named(self.declare_shape(
                TypeKind::Token(sorted_values(choice)),
                context.shape_use(schema),
            )),
            ValueKind::Record(record) => self.inline_object(record, schema, context),
            ValueKind::List(inner) => {
                Ty::List(Box::new(self.value_type(inner, &context.enter_element())))
            }
            ValueKind::Map(inner) => {
                Ty::Map(Box::new(self.value_type(inner, &context.enter_element())))
            }
            ValueKind::Union(members) => self.union_type(schema, members, context),
            ValueKind::Either(members) => self.either_type(schema, members, context),
            ValueKind::Reference(name) => match context.rank {
                UseRank::Response | UseRank::Output => self.component_type(name),
                UseRank::Params | UseRank::Legacy => self.params_component_type(name),
            },
            ValueKind::Expandable(inner) => {
                Ty::Expandable(Box::new(self.value_type(inner, context)))
            }
            ValueKind::Clearable(inner) => Ty::Clearable(Box::new(self.value_type(inner, context))),
            ValueKind::KeywordOr(keywords, inner) => {
                let keyword = self.choice_type(schema, keywords, context);
                Ty::KeywordOr(keyword, Box::new(self.value_type(inner, context)))
            }
            ValueKind::Range(inner) => Ty::Range(Box::new(self.value_type(inner, context))),
            ValueKind::TokenOr(inner) => Ty::TokenOr(Box::new(self.value_type(inner, context))),
            ValueKind::Page(style, inner) => Ty::Page(
                *style,
                Box::new(self.value_type(inner, &context.enter_element())),
            ),
            ValueKind::Raw(why) => Ty::Raw(why.clone()),
            ValueKind::Nothing => Ty::Nothing,
            ValueKind::PlainText => Ty::PlainText,
            ValueKind::Optional(inner) => Ty::Optional(Box::new(self.value_type(inner, context))),
        }
    }

    fn choice_type(&mut self, schema: &Schema, choice: &Choice, context: &ShapeContext) -> TypeId {
        self.declare_shape(
            TypeKind::Choice(sorted_values(choice)),
            context.shape_use(schema),
        )
    }

    fn either_type(&mut self, schema: &Schema, members: &[Schema], context: &ShapeContext) -> Ty {
        let variants = self.either_variants(members, context);
        Ty::Named(self.declare_shape(TypeKind::Either(variants), context.shape_use(schema)))
    }

    /// The members of a union of parameter objects.
    pub(super) fn either_variants(
        &mut self,
        members: &[Schema],
        context: &ShapeContext,
    ) -> Vec<EitherVariant> {
        let mut variants: Vec<EitherVariant> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        for member in members {
            let inside = context.enter_member(member);
            let Ty::Named(ty) = self.value_type(member, &inside) else {
                continue;
            };
            let word = match &member.kind {
                ValueKind::Reference(component) => component.clone(),
                _ => inside.site.last_word().to_owned(),
            };
            let count = seen.entry(word.clone()).or_default();
            *count += 1;
            let name = match *count {
                1 => word,
                number => format!("{word}_{number}"),
            };
            variants.push(EitherVariant { name, ty });
        }
        variants
    }

    fn union_type(
        &mut self,
        schema: &Schema,
        members: &[UnionMember],
        context: &ShapeContext,
    ) -> Ty {
        let variants = self.union_variants(members);
        if let [a, b] = variants.as_slice() {
            if a.object == b.object && a.deleted != b.deleted {
                let (live, dead) = if a.deleted { (b, a) } else { (a, b) };
                return Ty::MaybeDeleted(live.ty, dead.ty);
            }
        }
        if let [only] = variants.as_slice() {
            return Ty::Named(only.ty);
        }
        Ty::Named(self.declare_shape(TypeKind::Union(variants), context.shape_use(schema)))
    }

    /// The members of a union, sorted so that unions of the same members are equal.
    pub(super) fn union_variants(&self, members: &[UnionMember]) -> Vec<UnionVariant> {
        let mut variants: Vec<UnionVariant> = members
            .iter()
            .filter_map(|m| {
                let ty = *self.declared.get(m.component.as_str())?;
                Some(UnionVariant {
                    ty,
                    object: m.object.clone(),
                    deleted: m.deleted,
                    selector: m.selector.clone(),
                })
            })
            .collect();
        variants.sort_by(|a, b| (a.deleted, &a.object).cmp(&(b.deleted, &b.object)));
        variants
    }

    /// The fields of a response object. `owner` is the type that its `id` identifies.
    pub(super) fn response_object(
        &mut self,
        record: &RecordSchema,
        context: &ShapeContext,
        owner: Option<TypeId>,
    ) -> ResponseObject {
        let mut object = ResponseObject::default();
        for field in &record.fields {
            if let ValueKind::Constant(constant) = &field.schema.kind {
                object
                    .constants
                    .push((field.wire.clone(), constant.clone()));
                continue;
            }
            let is_id = field.wire == "id"
                && matches!(field.schema.kind, ValueKind::Scalar(Scalar::String));
            let ty = match owner {
                Some(owner) if is_id => Ty::Id(owner),
                _ => self.value_type(&field.schema, &context.enter_field(&field.wire)),
            };
            object.fields.push(Field {
                wire: field.wire.clone(),
                ty,
                presence: if field.required {
                    Presence::Required
                } else {
                    Presence::Optional
                },
                absence: field.absence,
                deprecated: field.deprecated,
                sensitive: self.is_sensitive(record, &field.wire),
                max_length: field.schema.doc.max_length,
                is_required_somewhere: field.required,
                list_path: field.schema.doc.list_path.clone(),
                known_values: known_values(&field.schema),
                is_partial: false,
                doc: field.schema.doc.text.clone(),
            });
        }
        object
    }

    fn is_sensitive(&self, record: &RecordSchema, wire: &str) -> bool {
        let has = |name: &str| record.fields.iter().any(|f| f.wire == name);
        let mut rules = self.api.sensitive.iter().filter(|rule| rule.field == wire);
        rules.any(|rule| rule.beside.as_deref().is_none_or(has))
    }

    /// The parameter object with these fields.
    pub(super) fn params_object(
        &mut self,
        record: &RecordSchema,
        context: &ShapeContext,
    ) -> ParamsObject {
        let fields = record.fields.iter().map(|field| {
            let (schema, clearable) = match &field.schema.kind {
                ValueKind::Clearable(inner) => (&**inner, true),
                _ => (&field.schema, false),
            };
            let doc = field
                .schema
                .doc
                .text
                .clone()
                .or_else(|| schema.doc.text.clone());
            Field {
                wire: field.wire.clone(),
                ty: self.value_type(schema, &context.enter_field(&field.wire)),
                presence: match (field.required, clearable) {
                    (true, false) => Presence::Required,
                    (true, true) => Presence::RequiredClearable,
                    (false, false) => Presence::Optional,
                    (false, true) => Presence::Clearable,
                },
                absence: Absence::default(),
                deprecated: field.deprecated,
                sensitive: self.is_sensitive(record, &field.wire) || is_credential(&field.wire),
                max_length: schema.doc.max_length,
                is_required_somewhere: false,
                list_path: None,
                known_values: known_values(&field.schema),
                is_partial: false,
                doc,
            }
        });
        ParamsObject {
            fields: fields.collect(),
            arguments: Vec::new(),
        }
    }

    /// Marks fields that are sent under another name as sensitive, if that name is.
    pub(super) fn hide_renamed(
        &self,
        params: &mut ParamsObject,
        record: &RecordSchema,
        placed: &[PlacedParam],
    ) {
        let renamed = placed.iter().filter_map(|param| {
            let sent = param.sent_name.as_deref()?;
            let is_hidden = is_credential(sent) || self.is_sensitive(record, sent);
            is_hidden.then_some(param.wire.as_str())
        });
        let hidden: HashSet<&str> = renamed.collect();
        for field in &mut params.fields {
            field.sensitive |= hidden.contains(field.wire.as_str());
        }
    }

    /// An inline object.
    pub(super) fn inline_object(
        &mut self,
        record: &RecordSchema,
        schema: &Schema,
        context: &ShapeContext,
    ) -> Ty {
        let kind = match context.rank {
            UseRank::Response | UseRank::Output => {
                TypeKind::Object(self.response_object(record, context, None))
            }
            UseRank::Params | UseRank::Legacy => {
                TypeKind::Params(self.params_object(record, context))
            }
        };
        let id = self.declare_shape(kind, context.shape_use(schema));
        self.ty_mut(id).doc = schema.doc.text.clone();
        Ty::Named(id)
    }
}

/// The known values of the numbers that a value is or has within lists and maps.
pub(super) fn known_values(schema: &Schema) -> Vec<String> {
    let own = &schema.doc.known_values;
    match &schema.kind {
        ValueKind::List(inner)
        | ValueKind::Map(inner)
        | ValueKind::Clearable(inner)
        | ValueKind::Optional(inner)
            if own.is_empty() =>
        {
            known_values(inner)
        }
        _ => own.clone(),
    }
}

/// Whether a parameter has the name of a header that carries credentials by the definition of HTTP.
fn is_credential(wire: &str) -> bool {
    let headers = ["authorization", "proxy-authorization"];
    headers.iter().any(|name| wire.eq_ignore_ascii_case(name))
}

fn sorted_values(choice: &Choice) -> Vec<String> {
    let mut values = choice.values.clone();
    values.sort();
    values.dedup();
    values
}

fn scalar_type(scalar: Scalar, rank: UseRank) -> Ty {
    match (scalar, rank) {
        (Scalar::String, _) => Ty::String,
        (Scalar::Integer, _) => Ty::Integer,
        (Scalar::IntegerText, _) => Ty::IntegerText,
        (Scalar::Number, _) => Ty::Number,
        (Scalar::Boolean, _) => Ty::Boolean,
        (Scalar::Timestamp, _) => Ty::Timestamp,
        (Scalar::DateTime, _) => Ty::DateTime,
        (Scalar::Decimal, _) => Ty::Decimal,
        (Scalar::Binary, UseRank::Params | UseRank::Legacy) => Ty::File,
        (Scalar::Binary, UseRank::Response | UseRank::Output) => Ty::Binary,
    }
}

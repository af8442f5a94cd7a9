//! Shapes of values become [`Ty`].

use super::draft::{Draft, Rank, Shape, Use};
use super::types::{Field, Home, Object, Params, Presence, Site, Step, Ty, TypeId, Variant};
use crate::api::{Choice, Constant, Kind, Member, Record, Scalar, Schema};

/// Where the walk through a shape stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub home: Home,
    pub site: Site,
    pub rank: Rank,
}

impl Place {
    pub(super) fn step(&self, wire: &str) -> Self {
        let mut next = self.clone();
        next.site.path.push(Step {
            wire: wire.to_owned(),
            element: false,
        });
        next
    }

    /// Into a member of a union without tags, which is known by its only field, if it has one.
    fn member(&self, member: &Schema) -> Self {
        match &member.kind {
            Kind::Record(record) => match record.fields.as_slice() {
                [only] => self.step(&only.wire),
                _ => self.clone(),
            },
            _ => self.clone(),
        }
    }

    fn element(&self) -> Self {
        let mut next = self.clone();
        if let Some(last) = next.site.path.last_mut() {
            last.element = true;
        }
        next
    }

    pub(super) fn usage(&self, schema: &Schema) -> Use {
        Use {
            at: schema.at.clone(),
            home: self.home,
            site: self.site.clone(),
            rank: self.rank,
        }
    }
}

impl Draft<'_> {
    /// The type of a value of `schema` at `place`.
    pub(super) fn value(&mut self, schema: &Schema, place: &Place) -> Ty {
        match &schema.kind {
            Kind::Scalar(scalar) => scalar_type(*scalar, place.rank),
            // A constant outside an object's own tag: an ordinary string or boolean.
            Kind::Constant(Constant::String(_)) => Ty::String,
            Kind::Constant(Constant::True) => Ty::Boolean,
            Kind::Choice(choice) => Ty::Named(self.choice(schema, choice, place)),
            Kind::Token(choice) => {
                Ty::Named(self.intern(Shape::Token(sorted(choice)), place.usage(schema)))
            }
            Kind::Record(record) => self.inline_record(record, schema, place),
            Kind::List(inner) => Ty::List(Box::new(self.value(inner, &place.element()))),
            Kind::Map(inner) => Ty::Map(Box::new(self.value(inner, &place.element()))),
            Kind::Union(members) => self.union(schema, members, place),
            Kind::Either(members) => self.either(schema, members, place),
            Kind::Reference(name) => self.component(name),
            Kind::Expandable(inner) => Ty::Expandable(Box::new(self.value(inner, place))),
            Kind::Clearable(inner) => Ty::Clearable(Box::new(self.value(inner, place))),
            Kind::KeywordOr(keywords, inner) => {
                let keyword = self.choice(schema, keywords, place);
                Ty::KeywordOr(keyword, Box::new(self.value(inner, place)))
            }
            Kind::Range(inner) => Ty::Range(Box::new(self.value(inner, place))),
            Kind::TokenOr(inner) => Ty::TokenOr(Box::new(self.value(inner, place))),
            Kind::Page(style, inner) => {
                Ty::Page(*style, Box::new(self.value(inner, &place.element())))
            }
            Kind::Raw(why) => Ty::Raw(why.clone()),
            Kind::Nothing => Ty::Nothing,
        }
    }

    fn choice(&mut self, schema: &Schema, choice: &Choice, place: &Place) -> TypeId {
        self.intern(Shape::Choice(sorted(choice)), place.usage(schema))
    }

    fn either(&mut self, schema: &Schema, members: &[Schema], place: &Place) -> Ty {
        let ids: Vec<TypeId> = members
            .iter()
            .filter_map(|member| match self.value(member, &place.member(member)) {
                Ty::Named(id) => Some(id),
                _ => None,
            })
            .collect();
        Ty::Named(self.intern(Shape::Either(ids), place.usage(schema)))
    }

    fn union(&mut self, schema: &Schema, members: &[Member], place: &Place) -> Ty {
        let variants = self.variants(members);
        if let [a, b] = variants.as_slice() {
            if a.object == b.object && a.deleted != b.deleted {
                let (live, dead) = if a.deleted { (b, a) } else { (a, b) };
                return Ty::MaybeDeleted(live.ty, dead.ty);
            }
        }
        if let [only] = variants.as_slice() {
            return Ty::Named(only.ty);
        }
        Ty::Named(self.intern(Shape::Union(variants), place.usage(schema)))
    }

    /// The members of a union, sorted so that their order does not make two unions different.
    pub(super) fn variants(&self, members: &[Member]) -> Vec<Variant> {
        let mut variants: Vec<Variant> = members
            .iter()
            .filter_map(|m| {
                let ty = *self.declared.get(m.component.as_str())?;
                Some(Variant {
                    ty,
                    object: m.object.clone(),
                    deleted: m.deleted,
                })
            })
            .collect();
        variants.sort_by(|a, b| (a.deleted, &a.object).cmp(&(b.deleted, &b.object)));
        variants
    }

    /// The fields of a response object. `owner` is the type that its `id` identifies.
    pub(super) fn object(
        &mut self,
        record: &Record,
        place: &Place,
        owner: Option<TypeId>,
    ) -> Object {
        let mut object = Object::default();
        for field in &record.fields {
            if let Kind::Constant(constant) = &field.schema.kind {
                object
                    .constants
                    .push((field.wire.clone(), constant.clone()));
                continue;
            }
            let is_id =
                field.wire == "id" && matches!(field.schema.kind, Kind::Scalar(Scalar::String));
            let ty = match owner {
                Some(owner) if is_id => Ty::Id(owner),
                _ => self.value(&field.schema, &place.step(&field.wire)),
            };
            object.fields.push(Field {
                wire: field.wire.clone(),
                ty,
                presence: if field.required {
                    Presence::Required
                } else {
                    Presence::Optional
                },
                deprecated: field.deprecated,
                sensitive: self.is_sensitive(record, &field.wire),
                max_length: field.schema.doc.max_length,
                doc: field.schema.doc.text.clone(),
            });
        }
        object
    }

    fn is_sensitive(&self, record: &Record, wire: &str) -> bool {
        let has = |name: &str| record.fields.iter().any(|f| f.wire == name);
        let mut rules = self.api.sensitive.iter().filter(|rule| rule.field == wire);
        rules.any(|rule| rule.beside.as_deref().is_none_or(has))
    }

    /// The parameter object with these fields.
    pub(super) fn params(&mut self, record: &Record, place: &Place) -> Params {
        let fields = record.fields.iter().map(|field| {
            let (schema, clearable) = match &field.schema.kind {
                Kind::Clearable(inner) => (&**inner, true),
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
                ty: self.value(schema, &place.step(&field.wire)),
                presence: match (field.required, clearable) {
                    (true, false) => Presence::Required,
                    (true, true) => Presence::RequiredClearable,
                    (false, false) => Presence::Optional,
                    (false, true) => Presence::Clearable,
                },
                deprecated: field.deprecated,
                sensitive: self.is_sensitive(record, &field.wire),
                max_length: schema.doc.max_length,
                doc,
            }
        });
        Params {
            fields: fields.collect(),
        }
    }

    /// An inline object. It has no name of its own, so equal ones are one type.
    pub(super) fn inline_record(&mut self, record: &Record, schema: &Schema, place: &Place) -> Ty {
        let shape = match place.rank {
            Rank::Response | Rank::Output => Shape::Object(self.object(record, place, None)),
            Rank::Params | Rank::Legacy => Shape::Params(self.params(record, place)),
        };
        let usage = place.usage(schema);
        let id = self.intern(shape, usage);
        if let Some(doc) = &schema.doc.text {
            self.ty_mut(id).doc.get_or_insert_with(|| doc.clone());
        }
        Ty::Named(id)
    }
}

fn sorted(choice: &Choice) -> Vec<String> {
    let mut values = choice.values.clone();
    values.sort();
    values.dedup();
    values
}

fn scalar_type(scalar: Scalar, rank: Rank) -> Ty {
    match (scalar, rank) {
        (Scalar::String, _) => Ty::String,
        (Scalar::Integer, _) => Ty::Integer,
        (Scalar::Number, _) => Ty::Number,
        (Scalar::Boolean, _) => Ty::Boolean,
        (Scalar::Timestamp, _) => Ty::Timestamp,
        (Scalar::DateTime, _) => Ty::DateTime,
        (Scalar::Decimal, _) => Ty::Decimal,
        (Scalar::Binary, Rank::Params | Rank::Legacy) => Ty::File,
        (Scalar::Binary, Rank::Response | Rank::Output) => Ty::Binary,
    }
}

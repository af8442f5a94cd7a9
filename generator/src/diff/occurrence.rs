//! Where the types of a model occur on the wire.
//!
//! The walk follows fields from operations and tagged objects, as far as the document has the
//! places: a type that stands for several descriptions has fields that some of them lack.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::facts::WireFacts;
use super::place::WirePlace;
use crate::model::{Field, Model, Ty, TypeId, TypeKind};

/// The places of each type.
pub(super) fn find_places(model: &Model, facts: &WireFacts) -> BTreeMap<TypeId, Vec<WirePlace>> {
    let mut walk = PlaceWalk {
        model,
        facts,
        tagged: model.objects.iter().map(|object| object.ty).collect(),
        found: BTreeMap::new(),
    };
    walk.follow_operations();
    walk.follow_objects();
    let found = walk.found.into_iter();
    found
        .map(|(id, places)| (id, places.into_iter().collect()))
        .collect()
}

struct PlaceWalk<'a> {
    model: &'a Model,
    facts: &'a WireFacts,
    /// Objects with a tag are places of their own.
    tagged: HashSet<TypeId>,
    found: BTreeMap<TypeId, BTreeSet<WirePlace>>,
}

impl PlaceWalk<'_> {
    fn follow_operations(&mut self) {
        let model = self.model;
        for (_, operation) in model.operations() {
            let method = operation.method.as_str();
            if let Some(params) = operation.params {
                self.visit_type(params, WirePlace::parameters(method, &operation.path));
            }
            let response = WirePlace::response(method, &operation.path);
            self.follow_value(&operation.output, &response);
            if let Some(errors) = operation.errors {
                if let TypeKind::ErrorCodes(..) = model.ty(errors).kind {
                    let place = WirePlace::error_codes(method, &operation.path);
                    self.found.entry(errors).or_default().insert(place);
                } else if let TypeKind::ErrorBodies(..) = model.ty(errors).kind {
                    self.visit_type(errors, WirePlace::error_codes(method, &operation.path));
                }
            }
        }
    }

    fn follow_objects(&mut self) {
        let model = self.model;
        for object in &model.objects {
            let place = WirePlace::tagged_object(&object.tag, object.deleted);
            self.visit_type(object.ty, place);
        }
        if let Some(error) = model.error_object {
            let place = WirePlace::error_object(&model.ty(error).site.root);
            self.visit_type(error, place);
        }
        let events = model.events.iter();
        for event in events.flat_map(|events| events.types.iter().chain(&events.notifications)) {
            for (_, id) in event.object.slots() {
                if !self.tagged.contains(&id) {
                    let place = WirePlace::event_type(&event.name);
                    self.found.entry(id).or_default().insert(place);
                }
            }
        }
    }

    fn visit_type(&mut self, id: TypeId, place: WirePlace) {
        if self.facts.fact_at(&place).is_none() {
            return;
        }
        if !self.found.entry(id).or_default().insert(place.clone()) {
            return;
        }
        match &self.model.ty(id).kind {
            TypeKind::Object(object) => self.follow_fields(&object.fields, &place),
            TypeKind::Params(params) => self.follow_fields(&params.fields, &place),
            TypeKind::Either(members) => {
                for member in members {
                    self.visit_type(member.ty, place.clone());
                }
            }
            TypeKind::Union(variants) => {
                for variant in variants {
                    self.visit_member(variant.ty, &place);
                }
            }
            TypeKind::ErrorBodies(_, variants) => {
                for variant in variants {
                    self.follow_value(&variant.ty, &place.child(&variant.status));
                }
            }
            TypeKind::Choice(_) | TypeKind::Token(_) | TypeKind::ErrorCodes(..) => {}
        }
    }

    fn follow_fields(&mut self, fields: &[Field], place: &WirePlace) {
        for field in fields {
            self.follow_value(&field.ty, &place.child(&field.wire));
        }
    }

    fn follow_value(&mut self, ty: &Ty, place: &WirePlace) {
        match ty {
            Ty::Page(_, item) => self.follow_value(item, &place.child("data")),
            ty => {
                for (_, id) in ty.slots() {
                    self.visit_member(id, place);
                }
            }
        }
    }

    fn visit_member(&mut self, id: TypeId, place: &WirePlace) {
        if !self.tagged.contains(&id) {
            self.visit_type(id, place.clone());
        }
    }
}

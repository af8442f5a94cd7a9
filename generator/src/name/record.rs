//! What a run locks: the names, places and signatures of everything public.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::members::{says_member_name, says_wire_name, variant_words};
use super::scope::Ident;
use super::table::NameTable;
use super::words::Words;
use crate::lock::{Lock, LockedType, Place, RetiredType};
use crate::model::{Field, Model, ParamsObject, ResponseObject, SlotRole, Type, TypeId, TypeKind};

/// The lock of a model and its names. Names that only `old` has stay reserved.
pub(super) fn record_lock(model: &Model, table: &NameTable, old: &Lock) -> Lock {
    let mut recorder = Recorder {
        model,
        table,
        paths: HashMap::new(),
        tagged: model.objects.iter().map(|object| object.ty).collect(),
        lock: Lock::default(),
    };
    recorder.record_types();
    recorder.record_members(old);
    recorder.record_operations();
    recorder.record_objects();
    recorder.lock.events = super::events::event_lock_entries(model, table);
    recorder.retire_types(old);
    recorder.lock
}

struct Recorder<'a> {
    model: &'a Model,
    table: &'a NameTable,
    paths: HashMap<TypeId, String>,
    tagged: HashSet<TypeId>,
    lock: Lock,
}

impl Recorder<'_> {
    fn record_types(&mut self) {
        for (id, ty) in self.model.types() {
            let path = self.table.type_path(self.model, id);
            self.lock.types.insert(path.clone(), locked_type(ty));
            self.paths.insert(id, path);
        }
        for (id, ty) in self.model.types() {
            let Some(owner) = self.paths.get(&id).cloned() else {
                continue;
            };
            for slot in ty.kind.slots() {
                let label = &slot.label;
                let owner = &owner;
                let place = Place::Field { owner, label };
                match slot.role {
                    // Says that the id is typed.
                    SlotRole::Identity => self.insert_place(&place, slot.ty),
                    _ => self.record_place(&place, slot.ty),
                }
            }
        }
    }

    /// Members whose names do not say what they are on the wire, and those that earlier runs had.
    fn record_members(&mut self, old: &Lock) {
        for (id, path) in &self.paths {
            let mut add = |wire: &str, words: &Words, name: &Ident| {
                if !says_wire_name(wire, words) {
                    let members = &mut self.lock.members;
                    members.insert(format!("{path}.{name}"), wire.to_owned());
                }
            };
            match &self.model.ty(*id).kind {
                TypeKind::Object(ResponseObject { fields, .. })
                | TypeKind::Params(ParamsObject { fields, .. }) => {
                    for (field, names) in fields.iter().zip(self.table.fields(*id)) {
                        let words = Words::from_wire(&field.wire);
                        add(&field.wire, &words, &names.field);
                    }
                }
                TypeKind::Choice(values) => {
                    for (value, name) in values.iter().zip(self.table.variants(*id)) {
                        add(value, &variant_words(value), name);
                    }
                }
                TypeKind::ErrorCodes(_, codes) => {
                    for (code, name) in codes.iter().zip(self.table.variants(*id)) {
                        add(&code.code, &variant_words(&code.code), name);
                    }
                }
                TypeKind::Either(members) => {
                    for (member, name) in members.iter().zip(self.table.variants(*id)) {
                        if !says_member_name(&member.name, name) {
                            let members = &mut self.lock.members;
                            members.insert(format!("{path}.{name}"), member.name.clone());
                        }
                    }
                }
                TypeKind::Token(_) | TypeKind::Union(_) | TypeKind::ErrorBodies(..) => {}
            }
        }
        for (member, wire) in &old.members {
            let owner = member.rsplit_once('.').map(|(path, _)| path);
            if owner.is_some_and(|path| self.lock.types.contains_key(path)) {
                let members = &mut self.lock.members;
                members
                    .entry(member.clone())
                    .or_insert_with(|| wire.clone());
            }
        }
    }

    fn record_operations(&mut self) {
        for (_, operation) in self.model.operations() {
            let id = operation.id.as_str();
            let service = self.model.service(operation.service).path.join(".");
            for line in operation
                .form
                .method_lines(&service, &operation.method_name)
            {
                self.lock.methods.insert(line, id.to_owned());
            }
            if let Some(params) = operation.params {
                self.record_place(&Place::Parameters(id), params);
            }
            for param in &operation.path_params {
                if let Some(object) = param.identifies {
                    // Says that the argument is typed.
                    self.insert_place(&Place::Argument(id, &param.wire), object);
                }
            }
            for (role, ty) in operation.output.slots() {
                let label = role.suffix().trim_start();
                self.record_place(&Place::Response(id, label), ty);
            }
            if let Some(errors) = operation.errors {
                let place = match Some(errors) == self.model.error_object {
                    true => Place::ErrorObject,
                    false => Place::Errors(id),
                };
                self.record_place(&place, errors);
            }
        }
    }

    fn record_objects(&mut self) {
        for object in &self.model.objects {
            let (tag, deleted) = (object.tag.as_str(), object.deleted);
            self.insert_place(&Place::Object { tag, deleted }, object.ty);
        }
        let Some(events) = &self.model.events else {
            return;
        };
        for event in events.types.iter().chain(&events.notifications) {
            for (_, ty) in event.object.slots() {
                self.record_place(&Place::Event(&event.name), ty);
            }
        }
    }

    /// Records a place. A tagged object is known by its tag, so that its places say nothing.
    fn record_place(&mut self, place: &Place<'_>, ty: TypeId) {
        if !self.tagged.contains(&ty) {
            self.insert_place(place, ty);
        }
    }

    fn insert_place(&mut self, place: &Place<'_>, ty: TypeId) {
        if let Some(path) = self.paths.get(&ty) {
            self.lock.places.insert(place.to_string(), path.clone());
        }
    }

    /// Names without a type stay reserved, with a place where the type was, so that they never get
    /// another meaning and come back with the place.
    fn retire_types(&mut self, old: &Lock) {
        let mut places: BTreeMap<&str, &str> = BTreeMap::new();
        for (place, path) in &old.places {
            places.entry(path).or_insert(place);
        }
        let gone = old.types.iter().filter_map(|(path, locked)| {
            let retired = RetiredType {
                locked: locked.clone(),
                place: (*places.get(path.as_str())?).to_owned(),
            };
            Some((path, retired))
        });
        let kept = old.retired.iter().map(|(path, ty)| (path, ty.clone()));
        let all: BTreeMap<&String, RetiredType> = kept.chain(gone).collect();
        for (path, retired) in all {
            if !self.lock.types.contains_key(path) {
                self.lock.retired.insert(path.clone(), retired);
            }
        }
    }
}

fn locked_type(ty: &Type) -> LockedType {
    let kind = ty.kind.locked_kind();
    let required = match &ty.kind {
        TypeKind::Params(params) => Some(argument_names(params)),
        TypeKind::Object(object) if ty.is_superset => Some(required_names(&object.fields)),
        _ => None,
    };
    LockedType { kind, required }
}

fn argument_names(params: &ParamsObject) -> Vec<String> {
    params.arguments().map(|(_, f)| f.wire.clone()).collect()
}

fn required_names(fields: &[Field]) -> Vec<String> {
    let required = fields.iter().filter(|field| field.presence.is_required());
    required.map(|field| field.wire.clone()).collect()
}

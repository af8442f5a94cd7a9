//! Everything public that a model and its names declare, and what it stands for on the wire.
//!
//! What is the same in the crates of all documents is left out: the client's own methods, the
//! catalogue, and what the crate re-exports of the runtime.

use std::collections::{BTreeMap, HashMap};

use super::behaviour::{self, Behaviours};
use super::facts::WireFacts;
use super::item::{ItemKind, PublicItem};
use super::occurrence;
use super::place::WirePlace;
use crate::model::{
    Events, Field, Model, ModuleId, OperationId, ParamsObject, Presence, ServiceId, Ty, TypeId,
    TypeKind,
};
use crate::name::NameTable;
use crate::rust::SignatureText;

/// The type of a field that may be absent.
fn optional_type(ty: &str) -> String {
    format!("Option<{ty}>")
}

/// The public items of a crate.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The items by namespace and path.
    pub(super) items: BTreeMap<String, PublicItem>,
    /// Where each type occurs on the wire.
    pub(super) places: BTreeMap<String, Vec<WirePlace>>,
    /// The types at each place.
    pub(super) types_at: HashMap<WirePlace, Vec<String>>,
    /// The operations below each service, by the path of its type.
    pub(super) services: BTreeMap<String, Vec<WirePlace>>,
    /// The method of each operation.
    pub(super) methods: BTreeMap<WirePlace, String>,
    /// The tags of the objects of each event type.
    pub(super) events: BTreeMap<String, Vec<String>>,
    /// What the crate does, apart from its items.
    pub(super) behaviours: Behaviours,
}

impl Inventory {
    /// Lists the items of a model with their places in its document.
    pub fn list_items(model: &Model, names: &NameTable, facts: &WireFacts) -> Self {
        let mut lister = ItemLister {
            model,
            names,
            signatures: SignatureText::new(model, names),
            paths: HashMap::new(),
            inventory: Self::default(),
        };
        lister.list_types();
        lister.list_services();
        lister.list_events();
        lister.list_aliases();
        let paths = lister.paths;
        let mut inventory = lister.inventory;
        inventory.behaviours = behaviour::list_behaviours(model, names, &paths);
        for (id, places) in occurrence::find_places(model, facts) {
            let Some(path) = paths.get(&id) else {
                continue;
            };
            for place in &places {
                let types = inventory.types_at.entry(place.clone()).or_default();
                types.push(path.clone());
            }
            inventory.places.insert(path.clone(), places);
        }
        inventory
    }

    /// All items, by namespace and path.
    pub fn items(&self) -> impl Iterator<Item = &PublicItem> {
        self.items.values()
    }

    /// Where an item occurs on the wire.
    pub(super) fn places_of(&self, item: &PublicItem) -> Vec<WirePlace> {
        let owner = || self.places.get(&item.owner).into_iter().flatten();
        match item.kind {
            ItemKind::Field | ItemKind::Setter | ItemKind::Clear => {
                owner().map(|place| place.child(&item.wire)).collect()
            }
            ItemKind::Service => self.services_at(&item.owner),
            ItemKind::Accessor => self.services_at(&item.output),
            ItemKind::Method | ItemKind::Marker => {
                operation_place(&item.wire).into_iter().collect()
            }
            ItemKind::Constant => vec![WirePlace::event_type(&item.wire)],
            ItemKind::Variant if item.owner == EVENT_DATA => {
                vec![WirePlace::event_type(&item.wire)]
            }
            _ => owner().cloned().collect(),
        }
    }

    fn services_at(&self, handle: &str) -> Vec<WirePlace> {
        self.services.get(handle).cloned().unwrap_or_default()
    }
}

/// The enum of all events.
pub(super) const EVENT_DATA: &str = "webhooks::EventData";

/// The parameters of an operation that is given as `METHOD /path`.
pub(super) fn operation_place(wire: &str) -> Option<WirePlace> {
    let (method, path) = wire.split_once(' ')?;
    Some(WirePlace::parameters(method, path))
}

struct ItemLister<'a> {
    model: &'a Model,
    names: &'a NameTable,
    signatures: SignatureText<'a>,
    paths: HashMap<TypeId, String>,
    inventory: Inventory,
}

impl ItemLister<'_> {
    fn add_item(&mut self, item: PublicItem) {
        self.inventory.items.insert(item.key(), item);
    }

    fn list_types(&mut self) {
        let model = self.model;
        for (id, _) in model.types() {
            self.paths.insert(id, self.signatures.type_path(id));
        }
        for (id, ty) in model.types() {
            let path = self.signatures.type_path(id);
            let keyword = match &ty.kind {
                TypeKind::Object(_) | TypeKind::Params(_) | TypeKind::Token(_) => "struct",
                _ => "enum",
            };
            let item = PublicItem::of_type(ItemKind::Type, &path, "", keyword.to_owned());
            self.add_item(item);
            match &ty.kind {
                TypeKind::Object(object) => self.list_fields(id, &path, &object.fields),
                TypeKind::Params(params) => self.list_setters(id, &path, params),
                TypeKind::Choice(values) => self.list_values(id, &path, values),
                TypeKind::ErrorCodes(_, codes) => {
                    let values: Vec<String> = codes.iter().map(|code| code.code.clone()).collect();
                    self.list_values(id, &path, &values);
                }
                TypeKind::ErrorBodies(_, variants) => {
                    for variant in variants {
                        for (_, ty) in variant.ty.slots() {
                            self.list_members(id, &path, vec![(variant.status.clone(), ty)]);
                        }
                    }
                }
                TypeKind::Union(variants) => {
                    let members = variants.iter().map(|variant| {
                        let mark = if variant.deleted { "deleted " } else { "" };
                        (format!("{mark}{}", variant.object), variant.ty)
                    });
                    self.list_members(id, &path, members.collect());
                    let other = "(RawJson)".to_owned();
                    self.add_item(PublicItem::of_type(
                        ItemKind::Variant,
                        &path,
                        "Other",
                        other,
                    ));
                }
                TypeKind::Either(members) => {
                    let members = members.iter().map(|m| (m.name.clone(), m.ty)).collect();
                    self.list_members(id, &path, members);
                }
                TypeKind::Token(_) => {}
            }
        }
    }

    fn list_fields(&mut self, id: TypeId, path: &str, fields: &[Field]) {
        for (field, names) in fields.iter().zip(self.names.fields(id)) {
            let ty = self.signatures.value_type(&field.ty);
            let ty = match field.presence {
                Presence::Required | Presence::RequiredClearable => ty,
                Presence::Optional | Presence::Clearable => optional_type(&ty),
            };
            let item = PublicItem::of_type(ItemKind::Field, path, names.field.as_str(), ty);
            self.add_item(item.with_wire(&field.wire));
        }
    }

    fn list_setters(&mut self, id: TypeId, path: &str, params: &ParamsObject) {
        let names = self.names.fields(id);
        let arguments = params.arguments().filter_map(|(index, field)| {
            let name = names.get(index)?.field.to_string();
            Some((name, self.signatures.argument_type(&field.ty)))
        });
        let arguments = arguments.collect();
        let own = || "Self".to_owned();
        self.add_item(PublicItem::of_function(
            ItemKind::Constructor,
            path,
            "new",
            arguments,
            own(),
        ));
        for (field, names) in params.fields.iter().zip(names) {
            if !field.presence.is_required() {
                let name = names.field.as_str();
                let argument = (name.to_owned(), self.signatures.argument_type(&field.ty));
                let item =
                    PublicItem::of_function(ItemKind::Setter, path, name, vec![argument], own());
                self.add_item(item.with_wire(&field.wire));
            }
            if let Some(clear) = &names.clear {
                let name = clear.as_str();
                let item = PublicItem::of_function(ItemKind::Clear, path, name, Vec::new(), own());
                self.add_item(item.with_wire(&field.wire));
            }
        }
    }

    fn list_values(&mut self, id: TypeId, path: &str, values: &[String]) {
        for (value, name) in values.iter().zip(self.names.variants(id)) {
            let item = PublicItem::of_type(ItemKind::Variant, path, name.as_str(), String::new());
            self.add_item(item.with_wire(value));
        }
        let unknown = "(String)".to_owned();
        self.add_item(PublicItem::of_type(
            ItemKind::Variant,
            path,
            "Unknown",
            unknown,
        ));
    }

    fn list_members(&mut self, id: TypeId, path: &str, members: Vec<(String, TypeId)>) {
        for ((wire, member), name) in members.into_iter().zip(self.names.variants(id)) {
            let text = format!("(Box<{}>)", self.signatures.type_path(member));
            let item = PublicItem::of_type(ItemKind::Variant, path, name.as_str(), text);
            self.add_item(item.with_wire(&wire));
        }
    }

    fn list_services(&mut self) {
        let model = self.model;
        for (id, service) in model.services() {
            let handle = self.handle_path(id);
            self.add_item(PublicItem::of_type(
                ItemKind::Service,
                &handle,
                "",
                "struct".to_owned(),
            ));
            let parent = match service.parent {
                Some(parent) => self.handle_path(parent),
                None => "Client".to_owned(),
            };
            let name = self.names.service(id).module.as_str();
            self.add_item(PublicItem::of_function(
                ItemKind::Accessor,
                &parent,
                name,
                Vec::new(),
                handle.clone(),
            ));
            let operations = self.operations_below(id);
            let places = operations.iter().map(|id| {
                let operation = model.operation(*id);
                WirePlace::parameters(operation.method.as_str(), &operation.path)
            });
            self.inventory.services.insert(handle, places.collect());
        }
        for (id, _) in model.operations() {
            self.list_methods(id);
        }
    }

    fn operations_below(&self, id: ServiceId) -> Vec<OperationId> {
        let service = self.model.service(id);
        let mut all = service.operations.clone();
        for child in &service.children {
            all.extend(self.operations_below(*child));
        }
        all
    }

    fn handle_path(&self, id: ServiceId) -> String {
        let module = self.names.module_path(self.model, ModuleId::Service(id));
        format!("{}::{}", module.join("::"), self.names.service(id).handle)
    }

    fn list_methods(&mut self, id: OperationId) {
        let operation = self.model.operation(id);
        let names = self.names.operation(id);
        let handle = self.handle_path(operation.service);
        let wire = format!("{} {}", operation.method.as_str(), operation.path);
        let output = self.signatures.value_type(&operation.output);
        let type_or_unit =
            |id: Option<TypeId>| id.map_or("()".to_owned(), |id| self.signatures.type_path(id));
        let params = operation.params.map(|id| self.signatures.type_path(id));
        let facts = format!(
            "Params = {}, Output = {output}, Error = {}",
            type_or_unit(operation.params),
            type_or_unit(operation.errors)
        );
        let path_arguments = operation.path_params.iter().zip(&names.path_params);
        let path_arguments = path_arguments
            .map(|(param, name)| (name.to_string(), self.signatures.path_argument_type(param)));
        let path_arguments: Vec<_> = path_arguments.collect();
        let mut methods = Vec::new();
        if operation.form.has_plain() {
            methods.push((names.method.to_string(), None));
        }
        if let Some(params) = params.filter(|_| operation.form.has_params()) {
            let name = names.with.as_ref().unwrap_or(&names.method);
            methods.push((name.to_string(), Some(params)));
        }
        let module = self
            .names
            .module_path(self.model, ModuleId::Service(operation.service));
        let marker = format!("{}::{}", module.join("::"), names.marker);
        self.add_item(PublicItem::of_type(ItemKind::Marker, &marker, "", facts).with_wire(&wire));
        if let (Some((name, _)), Some(place)) = (methods.last(), operation_place(&wire)) {
            let path = format!("{handle}::{name}");
            self.inventory.methods.insert(place, path);
        }
        for (name, params) in methods {
            let params = params.map(|ty| ("params".to_owned(), ty));
            let arguments = path_arguments.iter().cloned().chain(params).collect();
            let call = match operation.pages {
                Some(_) => format!("Call<{output}, {marker}>"),
                None => format!("Call<{output}>"),
            };
            let item = PublicItem::of_function(ItemKind::Method, &handle, &name, arguments, call);
            self.add_item(item.with_wire(&wire));
        }
    }

    fn list_events(&mut self) {
        let Some(events) = &self.model.events else {
            return;
        };
        self.add_item(PublicItem::of_type(
            ItemKind::Type,
            EVENT_DATA,
            "",
            "enum".to_owned(),
        ));
        let unknown = "(Payload<'a, RawJson>)".to_owned();
        let item = PublicItem::of_type(ItemKind::Variant, EVENT_DATA, "Unknown", unknown);
        self.add_item(item);
        let names = self.names;
        for (event, names) in events.types.iter().zip(names.event_names()) {
            let ty = self.signatures.value_type(&event.object);
            let text = format!("(Payload<'a, {ty}>)");
            let variant = names.variant.as_str();
            let item = PublicItem::of_type(ItemKind::Variant, EVENT_DATA, variant, text);
            self.add_item(item.with_wire(&event.name));
            self.list_constant("webhooks::kinds", names.constant.as_str(), event);
        }
        for (event, constant) in events.notifications.iter().zip(names.notification_names()) {
            self.list_constant("webhooks::notification_kinds", constant.as_str(), event);
        }
        self.list_event_functions(events);
    }

    fn list_constant(&mut self, module: &str, name: &str, event: &crate::model::EventType) {
        let text = format!("EventKind<{}>", self.signatures.value_type(&event.object));
        let item = PublicItem::of_type(ItemKind::Constant, module, name, text);
        self.add_item(item.with_wire(&event.name));
        let tags = event.tags.clone();
        self.inventory.events.insert(event.name.clone(), tags);
    }

    fn list_event_functions(&mut self, events: &Events) {
        if let Some(envelope) = &events.envelope {
            let ty = self.signatures.value_type(&Ty::Named(envelope.ty));
            let text = "webhooks::EventExt".to_owned();
            self.add_item(PublicItem::of_type(ItemKind::Implementation, &ty, "", text));
        }
        let Some(endpoint) = events.endpoint else {
            return;
        };
        let TypeKind::Params(params) = &self.model.ty(endpoint.params).kind else {
            return;
        };
        let names = self.names.fields(endpoint.params);
        let required = params.fields.iter().zip(names);
        let required = required.filter(|(field, _)| field.presence.is_required());
        let arguments = required.map(|(field, names)| {
            let ty = self.signatures.argument_type(&field.ty);
            (names.field.to_string(), ty)
        });
        let arguments = arguments.collect();
        let output = self.signatures.type_path(endpoint.params);
        let mut item = PublicItem::of_function(
            ItemKind::Function,
            "webhooks",
            "pinned_endpoint",
            arguments,
            output.clone(),
        );
        item.owner = output;
        self.add_item(item);
    }

    /// Further paths of types: objects that were published as parts of another one, and the error
    /// object.
    fn list_aliases(&mut self) {
        let mut aliases = Vec::new();
        for (id, resource) in self.model.resources() {
            let path = self.signatures.type_path(resource.ty);
            let name = &self.names.ty(resource.ty).ident;
            let short = format!("resources::{name}");
            if path != short {
                let long = format!("resources::{}::{name}", self.names.resource(id));
                aliases.extend([(short, path.clone()), (long, path)]);
            }
        }
        if let Some(error) = self.model.error_object {
            let path = self.signatures.type_path(error);
            aliases.push((self.names.ty(error).ident.to_string(), path));
        }
        for (alias, target) in aliases {
            let mut item = PublicItem::of_type(ItemKind::Alias, &alias, "", target.clone());
            item.owner = target;
            self.add_item(item);
        }
    }
}

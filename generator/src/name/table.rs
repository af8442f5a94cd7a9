//! The names of everything in a model.

use std::collections::{BTreeSet, HashMap};

use super::scope::Ident;
use crate::lock::Lock;
use crate::model::{
    Model, ModelPart, ModuleId, OperationId, ResourceId, ServiceId, TypeId, keep_marked,
};

/// The names of everything that a model declares.
#[derive(Clone, Debug, Default)]
pub struct NameTable {
    pub(super) types: HashMap<TypeId, TypeName>,
    /// The types of each file, in the model's order.
    files: HashMap<(ModuleId, Option<Ident>), Vec<TypeId>>,
    pub(super) resources: HashMap<ResourceId, Ident>,
    pub(super) services: HashMap<ServiceId, ServiceNames>,
    pub(super) operations: HashMap<OperationId, OperationNames>,
    pub(super) fields: HashMap<TypeId, Vec<FieldNames>>,
    pub(super) variants: HashMap<TypeId, Vec<Ident>>,
    pub(super) events: Vec<EventNames>,
    pub(super) notifications: Vec<Ident>,
    /// The content of the new lock file.
    pub lock: Lock,
    /// Public paths that the lock did not have.
    pub added: Vec<String>,
    /// Public paths that only the lock had.
    pub removed: Vec<String>,
}

/// The module and name of a type.
#[derive(Clone, Debug)]
pub struct TypeName {
    /// Its module.
    pub module: ModuleId,
    /// Its name there.
    pub ident: Ident,
    /// The file below `shared` or `params` that declares it: what it was first made for. Not part of
    /// its path.
    pub file: Option<Ident>,
}

/// The names of a service.
#[derive(Clone, Debug)]
pub struct ServiceNames {
    /// Its module, and the method that leads to it from its parent.
    pub module: Ident,
    /// Its handle type.
    pub handle: Ident,
}

/// The names of an operation.
#[derive(Clone, Debug)]
pub struct OperationNames {
    /// The service method.
    pub method: Ident,
    /// The method that takes the parameters, if it is not the same.
    pub with: Option<Ident>,
    /// The marker type.
    pub marker: Ident,
    /// The arguments that fill the path.
    pub path_params: Vec<Ident>,
}

/// The names of a field.
#[derive(Clone, Debug)]
pub struct FieldNames {
    /// The field itself, and its setter.
    pub field: Ident,
    /// The method that clears it, where it can be cleared.
    pub clear: Option<Ident>,
}

/// The names of an event type.
#[derive(Clone, Debug)]
pub struct EventNames {
    /// The constant.
    pub constant: Ident,
    /// The variant of the enum of all events.
    pub variant: Ident,
}

macro_rules! look_up {
    ($(#[$doc:meta])* $name:ident, $map:ident, $key:ty, $value:ty) => {
        $(#[$doc])*
        #[expect(clippy::indexing_slicing, reason = "the table is total over its model")]
        pub fn $name(&self, id: $key) -> &$value {
            &self.$map[&id]
        }
    };
}

impl NameTable {
    look_up! {
        /// The name of a type.
        ty, types, TypeId, TypeName
    }
    look_up! {
        /// The module of a resource.
        resource, resources, ResourceId, Ident
    }
    look_up! {
        /// The names of a service.
        service, services, ServiceId, ServiceNames
    }
    look_up! {
        /// The names of an operation.
        operation, operations, OperationId, OperationNames
    }
    look_up! {
        /// The names of the fields of an object or parameter type, in its order.
        fields, fields, TypeId, Vec<FieldNames>
    }
    look_up! {
        /// The names of the variants of an enum or union, in its order.
        variants, variants, TypeId, Vec<Ident>
    }

    /// The names of the event types, in the model's order.
    pub fn event_names(&self) -> &[EventNames] {
        &self.events
    }

    /// The constants of the notification types, in the model's order.
    pub fn notification_names(&self) -> &[Ident] {
        &self.notifications
    }

    /// The types that a file of a module declares, in the model's order.
    pub fn types_in(&self, module: ModuleId, file: Option<&Ident>) -> &[TypeId] {
        let types = self.files.get(&(module, file.cloned()));
        types.map_or(&[], Vec::as_slice)
    }

    /// Sorts the types by the file that declares them.
    pub(super) fn index_files(&mut self) {
        self.files.clear();
        for (id, name) in &self.types {
            let file = (name.module, name.file.clone());
            self.files.entry(file).or_default().push(*id);
        }
        self.files.values_mut().for_each(|types| types.sort());
    }

    /// The files below `shared` or `params`, sorted.
    pub fn files_of(&self, module: ModuleId) -> BTreeSet<&Ident> {
        let types = self.types.values().filter(|ty| ty.module == module);
        types.filter_map(|ty| ty.file.as_ref()).collect()
    }

    /// Removes the names of types that are not part of the output.
    pub fn restrict_to(&mut self, part: &ModelPart) {
        self.types.retain(|id, _| part.types.contains(id));
        self.index_files();
        keep_marked(&mut self.events, &part.events);
        keep_marked(&mut self.notifications, &part.notifications);
    }

    /// The path of a module below the crate.
    pub fn module_path(&self, model: &Model, module: ModuleId) -> Vec<String> {
        match module {
            ModuleId::Shared => vec!["shared".to_owned()],
            ModuleId::Params => vec!["params".to_owned()],
            ModuleId::Resource(id) => vec!["resources".to_owned(), self.resource(id).to_string()],
            ModuleId::Service(id) => {
                let mut path = Vec::new();
                let mut next = Some(id);
                while let Some(id) = next {
                    path.push(self.service(id).module.to_string());
                    next = model.service(id).parent;
                }
                path.reverse();
                path
            }
        }
    }

    /// The path of a type below the crate, e.g. `resources::customer::Customer`.
    pub fn type_path(&self, model: &Model, id: TypeId) -> String {
        let name = self.ty(id);
        format!(
            "{}::{}",
            self.module_path(model, name.module).join("::"),
            name.ident
        )
    }
}

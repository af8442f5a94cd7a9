//! The model while it is being built.

use std::collections::HashMap;

use super::absence::usual_absence;
use super::description::{Events, MergeCounts, Model, Operation, Resource, Service, TaggedObject};
use super::reachability::Reachability;
use super::types::{ModuleId, ResourceId, ServiceId, Ty, Type, TypeId, TypeKind, UseSite};
use crate::api::{Api, Component, RawReason, ValueKind};
use crate::diag::{DiagnosticSink, SpecPath};
use crate::lock::Lock;

/// What a shape describes. Responses and parameters follow different rules for inline objects. The
/// variants are ordered: a shape is named after a use with the lowest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UseRank {
    /// A field of a response.
    Response,
    /// The whole response of an operation, which says less than a field does.
    Output,
    /// A parameter.
    Params,
    /// A parameter of a deprecated operation.
    Legacy,
}

/// One use of a shape.
#[derive(Clone, Debug)]
pub(super) struct ShapeUse {
    pub module: ModuleId,
    pub site: UseSite,
    pub rank: UseRank,
    /// Where the document describes the shape.
    pub at: SpecPath,
}

/// The state of the stage. Until the identity of the types is resolved there is a type for every
/// component and for every use of an inline shape.
pub(super) struct ModelBuilder<'a> {
    pub api: &'a Api,
    pub lock: &'a Lock,
    pub sink: &'a mut DiagnosticSink,
    pub reachability: Reachability,
    pub by_name: HashMap<&'a str, &'a Component>,
    pub types: Vec<Type>,
    /// Type by component name. Components that stay raw JSON have none.
    pub declared: HashMap<&'a str, TypeId>,
    /// Type by the name of a component of parameters.
    pub declared_params: HashMap<&'a str, TypeId>,
    pub resources: Vec<Resource>,
    /// The use of each inline shape, until identity is resolved.
    pub uses: HashMap<TypeId, ShapeUse>,
    /// The uses of each type that has inline ones, afterwards.
    pub type_uses: HashMap<TypeId, Vec<ShapeUse>>,
    pub services: Vec<Service>,
    service_ids: HashMap<Vec<String>, ServiceId>,
    pub operations: Vec<Operation>,
    pub events: Option<Events>,
    pub objects: Vec<TaggedObject>,
    pub merged: MergeCounts,
}

impl<'a> ModelBuilder<'a> {
    pub(super) fn new(api: &'a Api, lock: &'a Lock, sink: &'a mut DiagnosticSink) -> Self {
        Self {
            api,
            lock,
            sink,
            reachability: Reachability::from_api(api),
            by_name: api
                .components
                .iter()
                .map(|c| (c.name.as_str(), c))
                .collect(),
            types: Vec::new(),
            declared: HashMap::new(),
            declared_params: HashMap::new(),
            resources: Vec::new(),
            uses: HashMap::new(),
            type_uses: HashMap::new(),
            services: Vec::new(),
            service_ids: HashMap::new(),
            operations: Vec::new(),
            events: None,
            objects: Vec::new(),
            merged: MergeCounts::default(),
        }
    }

    /// Declares a type.
    pub(super) fn declare_type(&mut self, ty: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(ty);
        id
    }

    /// Declares the type for one use of an inline shape.
    pub(super) fn declare_shape(&mut self, kind: TypeKind, usage: ShapeUse) -> TypeId {
        match &kind {
            TypeKind::Object(_) | TypeKind::Params(_) => self.merged.record_sites += 1,
            TypeKind::Choice(_) | TypeKind::Token(_) => self.merged.choice_sites += 1,
            TypeKind::Union(_)
            | TypeKind::Either(_)
            | TypeKind::ErrorCodes(..)
            | TypeKind::ErrorBodies(..) => {}
        }
        let id = self.declare_type(Type::new(usage.module, usage.site.clone(), kind));
        self.uses.insert(id, usage);
        id
    }

    #[expect(clippy::indexing_slicing, reason = "only this builder makes ids")]
    pub(super) fn ty_mut(&mut self, id: TypeId) -> &mut Type {
        &mut self.types[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "only this builder makes ids")]
    pub(super) fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "only this builder makes ids")]
    pub(super) fn service_mut(&mut self, id: ServiceId) -> &mut Service {
        &mut self.services[id.0 as usize]
    }

    /// The type of a value of component `name`.
    pub(super) fn component_type(&self, name: &str) -> Ty {
        match self.declared.get(name) {
            Some(&id) => Ty::Named(id),
            None => Ty::Raw(self.component_reason(name)),
        }
    }

    /// The type of a parameter that is component `name`.
    pub(super) fn params_component_type(&self, name: &str) -> Ty {
        match self.declared_params.get(name) {
            Some(&id) => Ty::Named(id),
            None => Ty::Raw(RawReason::of_document("the document does not describe it")),
        }
    }

    /// Why a component without a type is raw JSON.
    fn component_reason(&self, name: &str) -> RawReason {
        let text = "the document gives this component no fields";
        let component = self.by_name.get(name);
        match component.map(|component| &component.schema.kind) {
            Some(ValueKind::Raw(why)) => RawReason {
                text: text.to_owned(),
                cause: why.cause,
            },
            _ => RawReason::of_document(text),
        }
    }

    /// Adds a resource module for the tagged object `ty`.
    pub(super) fn add_resource(&mut self, tag: &str, ty: TypeId) -> ResourceId {
        let id = ResourceId(u32::try_from(self.resources.len()).unwrap_or(u32::MAX));
        self.resources.push(Resource {
            tag: tag.to_owned(),
            ty,
        });
        id
    }

    /// The service at `path`. It and the services above it are added if they are missing.
    pub(super) fn ensure_service(&mut self, path: &[String]) -> ServiceId {
        if let Some(&known) = self.service_ids.get(path) {
            return known;
        }
        let parent = match path.split_last() {
            Some((_, above)) if !above.is_empty() => Some(self.ensure_service(above)),
            _ => None,
        };
        let id = ServiceId(u32::try_from(self.services.len()).unwrap_or(u32::MAX));
        self.services.push(Service {
            path: path.to_vec(),
            parent,
            operations: Vec::new(),
            children: Vec::new(),
        });
        self.service_ids.insert(path.to_vec(), id);
        if let Some(parent) = parent {
            self.service_mut(parent).children.push(id);
        }
        id
    }

    pub(super) fn finish(mut self) -> Model {
        for id in self.type_uses.keys() {
            match self.types.get(id.0 as usize).map(|ty| &ty.kind) {
                Some(TypeKind::Object(_) | TypeKind::Params(_)) => self.merged.records += 1,
                Some(TypeKind::Choice(_) | TypeKind::Token(_)) => self.merged.choices += 1,
                _ => {}
            }
        }
        let members = &self.api.error_members;
        let typed = |(member, component): &(String, String)| {
            Some((member.clone(), *self.declared.get(component.as_str())?))
        };
        let is_object = |id: &TypeId| {
            let ty = self.types.get(id.0 as usize);
            matches!(ty.map(|ty| &ty.kind), Some(TypeKind::Object(_)))
        };
        let errors = self.operations.iter().filter_map(|o| o.errors);
        let error_bodies = errors.filter(is_object).collect();
        let ids = self.operations.iter().map(|o| o.id.clone());
        let operations_by_id = ids.zip(0..).collect();
        Model {
            operations_by_id,
            error_class: members.class.clone(),
            error_objects: members.objects.iter().filter_map(typed).collect(),
            title: self.api.title.clone(),
            version: self.api.version.clone(),
            facts: self.api.service.clone(),
            naming: self.api.naming.clone(),
            error_object: self
                .api
                .error_object
                .as_deref()
                .and_then(|name| self.declared.get(name).copied()),
            error_bodies,
            usual_absence: usual_absence(&self.types),
            types: self.types,
            resources: self.resources,
            services: self.services,
            operations: self.operations,
            objects: self.objects,
            events: self.events,
            merged: self.merged,
            ignored: self.api.ignored.clone(),
            part: None,
        }
    }
}

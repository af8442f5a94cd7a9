//! The model while it is being built.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::description::{Events, MergeCounts, Model, Operation, Resource, Service};
use super::reachability::Reachability;
use super::types::{
    ModuleId, ParamsObject, ResourceId, ResponseObject, ServiceId, Ty, Type, TypeId, TypeKind,
    UnionVariant, UseSite,
};
use crate::api::{Api, Component};
use crate::diag::{DiagnosticSink, SpecPath};

/// The content of an inline type. Inline types with equal content are one type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum InlineShape {
    Object(ResponseObject),
    Params(ParamsObject),
    Choice(Vec<String>),
    Token(Vec<String>),
    Union(Vec<UnionVariant>),
    Either(Vec<TypeId>),
}

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

/// The state of the stage.
pub(super) struct ModelBuilder<'a> {
    pub api: &'a Api,
    pub sink: &'a mut DiagnosticSink,
    pub reachability: Reachability,
    pub by_name: HashMap<&'a str, &'a Component>,
    pub types: Vec<Type>,
    /// Type by component name. Components that stay raw JSON have none.
    pub declared: HashMap<&'a str, TypeId>,
    pub resources: Vec<Resource>,
    pub interned: IndexMap<InlineShape, TypeId>,
    pub uses: HashMap<TypeId, Vec<ShapeUse>>,
    pub services: Vec<Service>,
    pub operations: Vec<Operation>,
    pub events: Option<Events>,
    pub merged: MergeCounts,
}

impl<'a> ModelBuilder<'a> {
    pub(super) fn new(api: &'a Api, sink: &'a mut DiagnosticSink) -> Self {
        Self {
            api,
            sink,
            reachability: Reachability::from_api(api),
            by_name: api
                .components
                .iter()
                .map(|c| (c.name.as_str(), c))
                .collect(),
            types: Vec::new(),
            declared: HashMap::new(),
            resources: Vec::new(),
            interned: IndexMap::new(),
            uses: HashMap::new(),
            services: Vec::new(),
            operations: Vec::new(),
            events: None,
            merged: MergeCounts::default(),
        }
    }

    /// Declares a type without looking for an equal one.
    pub(super) fn declare_type(&mut self, ty: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(ty);
        id
    }

    /// The type for `shape`, declared at its first use; every use is recorded.
    pub(super) fn intern_shape(&mut self, shape: InlineShape, usage: ShapeUse) -> TypeId {
        match &shape {
            InlineShape::Object(_) | InlineShape::Params(_) => self.merged.record_sites += 1,
            InlineShape::Choice(_) | InlineShape::Token(_) => self.merged.choice_sites += 1,
            InlineShape::Union(_) | InlineShape::Either(_) => {}
        }
        let id = if let Some(&id) = self.interned.get(&shape) {
            id
        } else {
            let kind = match shape.clone() {
                InlineShape::Object(object) => TypeKind::Object(object),
                InlineShape::Params(params) => TypeKind::Params(params),
                InlineShape::Choice(values) => TypeKind::Choice(values),
                InlineShape::Token(values) => TypeKind::Token(values),
                InlineShape::Union(variants) => TypeKind::Union(variants),
                InlineShape::Either(members) => TypeKind::Either(members),
            };
            let id = self.declare_type(Type {
                module: usage.module,
                site: usage.site.clone(),
                uses: 0,
                fixed_name: None,
                kind,
                doc: None,
            });
            self.interned.insert(shape, id);
            id
        };
        self.uses.entry(id).or_default().push(usage);
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
            None => Ty::Raw("the document gives this component no fields".to_owned()),
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
        if let Some(at) = self.services.iter().position(|s| s.path == path) {
            return ServiceId(u32::try_from(at).unwrap_or(u32::MAX));
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
        if let Some(parent) = parent {
            self.service_mut(parent).children.push(id);
        }
        id
    }

    pub(super) fn finish(mut self) -> Model {
        for (id, uses) in &self.uses {
            if let Some(ty) = self.types.get_mut(id.0 as usize) {
                ty.uses = uses.len();
            }
        }
        for shape in self.interned.keys() {
            match shape {
                InlineShape::Object(_) | InlineShape::Params(_) => self.merged.records += 1,
                InlineShape::Choice(_) | InlineShape::Token(_) => self.merged.choices += 1,
                InlineShape::Union(_) | InlineShape::Either(_) => {}
            }
        }
        Model {
            title: self.api.title.clone(),
            version: self.api.version.clone(),
            facts: self.api.service.clone(),
            naming: self.api.naming.clone(),
            error_object: self
                .api
                .error_object
                .as_deref()
                .and_then(|name| self.declared.get(name).copied()),
            types: self.types,
            resources: self.resources,
            services: self.services,
            operations: self.operations,
            events: self.events,
            merged: self.merged,
            ignored: self.api.ignored.clone(),
        }
    }
}

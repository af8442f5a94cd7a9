//! The model while it is being built.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::description::{Events, Merged, Model, Operation, Resource, Service};
use super::reach::Reach;
use super::types::{
    Home, Object, Params, ResourceId, ServiceId, Site, Ty, Type, TypeId, TypeKind, Variant,
};
use crate::api::{Api, Component};
use crate::diag::{Sink, SpecPath};

/// What makes two anonymous shapes the same type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Object(Object),
    Params(Params),
    Choice(Vec<String>),
    Token(Vec<String>),
    Union(Vec<Variant>),
    Either(Vec<TypeId>),
}

/// What a shape describes. Responses and parameters follow different rules for inline objects. The
/// variants are ordered: a shape is named after a use with the lowest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
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
pub(super) struct Use {
    pub home: Home,
    pub site: Site,
    pub rank: Rank,
    /// Where the shape stands in the document.
    pub at: SpecPath,
}

/// Mutable state of the stage.
pub(super) struct Draft<'a> {
    pub api: &'a Api,
    pub sink: &'a mut Sink,
    pub reach: Reach,
    pub by_name: HashMap<&'a str, &'a Component>,
    pub types: Vec<Type>,
    /// Component name to its type. Components that stay raw have none.
    pub declared: HashMap<&'a str, TypeId>,
    pub resources: Vec<Resource>,
    pub interned: IndexMap<Shape, TypeId>,
    pub uses: HashMap<TypeId, Vec<Use>>,
    pub services: Vec<Service>,
    pub operations: Vec<Operation>,
    pub events: Option<Events>,
    pub merged: Merged,
}

impl<'a> Draft<'a> {
    pub(super) fn new(api: &'a Api, sink: &'a mut Sink) -> Self {
        Self {
            api,
            sink,
            reach: Reach::of(api),
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
            merged: Merged::default(),
        }
    }

    /// Declares a type that is not shared by shape.
    pub(super) fn declare(&mut self, ty: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(ty);
        id
    }

    /// The type for `shape`, declared at its first use; every use is remembered.
    pub(super) fn intern(&mut self, shape: Shape, usage: Use) -> TypeId {
        match &shape {
            Shape::Object(_) | Shape::Params(_) => self.merged.record_sites += 1,
            Shape::Choice(_) | Shape::Token(_) => self.merged.choice_sites += 1,
            Shape::Union(_) | Shape::Either(_) => {}
        }
        let id = if let Some(&id) = self.interned.get(&shape) {
            id
        } else {
            let kind = match shape.clone() {
                Shape::Object(object) => TypeKind::Object(object),
                Shape::Params(params) => TypeKind::Params(params),
                Shape::Choice(values) => TypeKind::Choice(values),
                Shape::Token(values) => TypeKind::Token(values),
                Shape::Union(variants) => TypeKind::Union(variants),
                Shape::Either(members) => TypeKind::Either(members),
            };
            let id = self.declare(Type {
                home: usage.home,
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

    #[expect(clippy::indexing_slicing, reason = "ids are made by this draft alone")]
    pub(super) fn ty_mut(&mut self, id: TypeId) -> &mut Type {
        &mut self.types[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "ids are made by this draft alone")]
    pub(super) fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "ids are made by this draft alone")]
    pub(super) fn service_mut(&mut self, id: ServiceId) -> &mut Service {
        &mut self.services[id.0 as usize]
    }

    /// The type of a value of component `name`.
    pub(super) fn component(&self, name: &str) -> Ty {
        match self.declared.get(name) {
            Some(&id) => Ty::Named(id),
            None => Ty::Raw("the document gives this component no fields".to_owned()),
        }
    }

    /// Adds a resource module for the tagged object `ty`.
    pub(super) fn resource(&mut self, tag: &str, ty: TypeId) -> ResourceId {
        let id = ResourceId(u32::try_from(self.resources.len()).unwrap_or(u32::MAX));
        self.resources.push(Resource {
            tag: tag.to_owned(),
            ty,
        });
        id
    }

    /// The service at `path`, with every node above it.
    pub(super) fn service(&mut self, path: &[String]) -> ServiceId {
        if let Some(at) = self.services.iter().position(|s| s.path == path) {
            return ServiceId(u32::try_from(at).unwrap_or(u32::MAX));
        }
        let parent = match path.split_last() {
            Some((_, above)) if !above.is_empty() => Some(self.service(above)),
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
                Shape::Object(_) | Shape::Params(_) => self.merged.records += 1,
                Shape::Choice(_) | Shape::Token(_) => self.merged.choices += 1,
                Shape::Union(_) | Shape::Either(_) => {}
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
        }
    }
}

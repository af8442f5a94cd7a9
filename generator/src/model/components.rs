//! Components become response types, and those of parameters become types of parameters.

use super::builder::{ModelBuilder, UseRank};
use super::reachability;
use super::types::{
    ModuleId, ParamsObject, ResourceId, ResponseObject, Type, TypeId, TypeKind, UseSite,
};
use super::values::ShapeContext;
use crate::api::{Component, ValueKind};

/// Declares a type, still without fields, for every component that a response can contain.
pub(super) fn declare_components(builder: &mut ModelBuilder<'_>) {
    let live: Vec<&Component> = builder
        .api
        .components
        .iter()
        .filter(|c| {
            builder.reachability.live.contains(&c.name)
                && !matches!(c.schema.kind, ValueKind::Raw(_))
        })
        .collect();
    // Tagged objects first: they own the modules that their parts are declared in.
    for component in live
        .iter()
        .filter(|c| reachability::object_tag(c).is_some() && !reachability::is_deleted(c))
    {
        let id = declare_component(
            builder,
            component,
            ModuleId::Shared,
            Some(component_site(component)),
        );
        if let Some(tag) = reachability::object_tag(component) {
            let resource = builder.add_resource(tag, id);
            builder.ty_mut(id).module = ModuleId::Resource(resource);
        }
    }
    for component in live
        .iter()
        .filter(|c| reachability::object_tag(c).is_some() && reachability::is_deleted(c))
    {
        let tag = reachability::object_tag(component).unwrap_or_default();
        let module = resource_of(builder, tag).map_or(ModuleId::Shared, ModuleId::Resource);
        declare_component(builder, component, module, Some(component_site(component)));
    }
    for component in live
        .iter()
        .filter(|c| reachability::object_tag(c).is_none())
    {
        declare_part(builder, component);
    }
}

fn declare_part(builder: &mut ModelBuilder<'_>, component: &'_ Component) {
    // Looked up again for the lifetime of the API, which the builder borrows from.
    let Some(&component) = builder.by_name.get(component.name.as_str()) else {
        return;
    };
    let part = builder.reachability.parts.get(&component.name).cloned();
    let owner = part
        .as_ref()
        .and_then(|p| builder.by_name.get(p.owner.as_str()).copied());
    // Unions and the error object keep their component names.
    let is_known = matches!(component.schema.kind, ValueKind::Union(_))
        || builder.api.error_object.as_ref() == Some(&component.name);
    match (part, owner) {
        (Some(part), Some(owner)) if !is_known => {
            let tag = reachability::object_tag(owner).unwrap_or_default();
            let module = match resource_of(builder, tag) {
                Some(resource) if !part.shared => ModuleId::Resource(resource),
                _ => ModuleId::Shared,
            };
            let at = UseSite {
                root: tag.to_owned(),
                path: part.path,
            };
            declare_component(builder, component, module, Some(at));
        }
        // Named unions, and components that only operations return.
        _ => {
            let id = declare_component(
                builder,
                component,
                ModuleId::Shared,
                Some(component_site(component)),
            );
            builder
                .ty_mut(id)
                .fixed_name
                .get_or_insert_with(|| component.name.clone());
        }
    }
}

fn declare_component<'a>(
    builder: &mut ModelBuilder<'a>,
    component: &Component,
    module: ModuleId,
    site: Option<UseSite>,
) -> TypeId {
    let chosen = builder
        .api
        .naming
        .type_names
        .iter()
        .find(|(c, _)| *c == component.name);
    let fixed_name = match chosen {
        Some((_, name)) => Some(name.clone()),
        None => reachability::object_tag(component).map(|_| component.name.clone()),
    };
    let site = site.unwrap_or_else(|| self::component_site(component));
    let kind = TypeKind::Object(ResponseObject::default());
    let id = builder.declare_type(Type {
        fixed_name,
        component: Some(component.name.clone()),
        doc: component.schema.doc.text.clone(),
        ..Type::new(module, site, kind)
    });
    if let Some((&name, _)) = builder.by_name.get_key_value(component.name.as_str()) {
        builder.declared.insert(name, id);
    }
    id
}

/// Declares a type, still without fields, for every component of parameters.
pub(super) fn declare_parameter_components(builder: &mut ModelBuilder<'_>) {
    let api = builder.api;
    for component in &api.parameter_components {
        let kind = match &component.schema.kind {
            ValueKind::Either(_) => TypeKind::Either(Vec::new()),
            _ => TypeKind::Params(ParamsObject::default()),
        };
        let id = builder.declare_type(Type {
            fixed_name: Some(component.name.clone()),
            doc: component.schema.doc.text.clone(),
            ..Type::new(ModuleId::Params, component_site(component), kind)
        });
        builder.declared_params.insert(&component.name, id);
    }
}

/// Adds fields and members to the types of components of parameters.
pub(super) fn fill_parameter_components(builder: &mut ModelBuilder<'_>) {
    let api = builder.api;
    for component in &api.parameter_components {
        let Some(&id) = builder.declared_params.get(component.name.as_str()) else {
            continue;
        };
        let context = ShapeContext {
            module: ModuleId::Params,
            site: component_site(component),
            rank: UseRank::Params,
        };
        let kind = match &component.schema.kind {
            ValueKind::Record(record) => TypeKind::Params(builder.params_object(record, &context)),
            ValueKind::Either(members) => {
                TypeKind::Either(builder.either_variants(members, &context))
            }
            _ => continue,
        };
        builder.ty_mut(id).kind = kind;
    }
}

/// Adds fields to objects and members to unions.
pub(super) fn fill_components(builder: &mut ModelBuilder<'_>) {
    let api = builder.api;
    for component in &api.components {
        if let (Some(&id), ValueKind::Union(members)) = (
            builder.declared.get(component.name.as_str()),
            &component.schema.kind,
        ) {
            let variants = builder.union_variants(members);
            builder.ty_mut(id).kind = TypeKind::Union(variants);
        }
    }
    for component in &api.components {
        if let (Some(&id), ValueKind::Record(record)) = (
            builder.declared.get(component.name.as_str()),
            &component.schema.kind,
        ) {
            let (module, site) = (builder.ty(id).module, builder.ty(id).site.clone());
            let context = ShapeContext {
                module,
                site,
                rank: UseRank::Response,
            };
            let object =
                builder.response_object(record, &context, id_owner(builder, component, id));
            builder.ty_mut(id).kind = TypeKind::Object(object);
        }
    }
}

/// The type of object that the `id` field of `component` identifies.
fn id_owner(builder: &ModelBuilder<'_>, component: &Component, id: TypeId) -> Option<TypeId> {
    let tag = reachability::object_tag(component)?;
    match resource_of(builder, tag) {
        Some(resource) => builder.resources.get(resource.0 as usize).map(|r| r.ty),
        None => Some(id),
    }
}

fn resource_of(builder: &ModelBuilder<'_>, tag: &str) -> Option<ResourceId> {
    let index = builder.resources.iter().position(|r| r.tag == tag)?;
    u32::try_from(index).ok().map(ResourceId)
}

fn component_site(component: &Component) -> UseSite {
    let root = match reachability::object_tag(component) {
        Some(tag) if !reachability::is_deleted(component) => tag.to_owned(),
        _ => component.name.clone(),
    };
    UseSite {
        root,
        path: Vec::new(),
    }
}

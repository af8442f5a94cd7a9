//! Components become response types.

use super::draft::{Draft, Rank, Shape};
use super::reach;
use super::types::{Home, Object, ResourceId, Site, Type, TypeId, TypeKind};
use super::values::Place;
use crate::api::{Component, Kind};

/// Gives every component that can turn up in a response a type and a home, still without fields.
pub(super) fn declare(draft: &mut Draft<'_>) {
    let live: Vec<&Component> = draft
        .api
        .components
        .iter()
        .filter(|c| draft.reach.live.contains(&c.name) && !matches!(c.schema.kind, Kind::Raw(_)))
        .collect();
    // Tagged live objects first: they own the modules that their parts go to.
    for component in live
        .iter()
        .filter(|c| reach::tag(c).is_some() && !reach::is_deleted(c))
    {
        let id = declare_one(draft, component, Home::Shared, Some(site(component)));
        if let Some(tag) = reach::tag(component) {
            let resource = draft.resource(tag, id);
            draft.ty_mut(id).home = Home::Resource(resource);
        }
    }
    for component in live
        .iter()
        .filter(|c| reach::tag(c).is_some() && reach::is_deleted(c))
    {
        let tag = reach::tag(component).unwrap_or_default();
        let home = resource_of(draft, tag).map_or(Home::Shared, Home::Resource);
        declare_one(draft, component, home, Some(site(component)));
    }
    for component in live.iter().filter(|c| reach::tag(c).is_none()) {
        declare_part(draft, component);
    }
}

fn declare_part(draft: &mut Draft<'_>, component: &'_ Component) {
    // The draft borrows components for as long as the API lives; look it up again for that life.
    let Some(&component) = draft.by_name.get(component.name.as_str()) else {
        return;
    };
    let part = draft.reach.parts.get(&component.name).cloned();
    let owner = part
        .as_ref()
        .and_then(|p| draft.by_name.get(p.owner.as_str()).copied());
    // Unions and the error object have names of their own wherever they occur.
    let is_known = matches!(component.schema.kind, Kind::Union(_))
        || draft.api.error_object.as_ref() == Some(&component.name);
    match (part, owner) {
        (Some(part), Some(owner)) if !is_known => {
            let tag = reach::tag(owner).unwrap_or_default();
            let home = match resource_of(draft, tag) {
                Some(resource) if !part.shared => Home::Resource(resource),
                _ => Home::Shared,
            };
            let at = Site {
                root: tag.to_owned(),
                path: part.path,
            };
            declare_one(draft, component, home, Some(at));
        }
        // Named unions, and what only operations return.
        _ => {
            let id = declare_one(draft, component, Home::Shared, Some(site(component)));
            draft
                .ty_mut(id)
                .fixed_name
                .get_or_insert_with(|| component.name.clone());
        }
    }
}

fn declare_one<'a>(
    draft: &mut Draft<'a>,
    component: &Component,
    home: Home,
    site: Option<Site>,
) -> TypeId {
    let chosen = draft
        .api
        .naming
        .type_names
        .iter()
        .find(|(c, _)| *c == component.name);
    let fixed_name = match chosen {
        Some((_, name)) => Some(name.clone()),
        None => reach::tag(component).map(|_| component.name.clone()),
    };
    let id = draft.declare(Type {
        home,
        site: site.unwrap_or_else(|| self::site(component)),
        uses: 0,
        fixed_name,
        kind: TypeKind::Object(Object::default()),
        doc: component.schema.doc.text.clone(),
    });
    if let Some((&name, _)) = draft.by_name.get_key_value(component.name.as_str()) {
        draft.declared.insert(name, id);
    }
    id
}

/// Fills in fields and members.
pub(super) fn fill(draft: &mut Draft<'_>) {
    // Named unions first, so that inline unions of the same members become the same type.
    let api = draft.api;
    for component in &api.components {
        if let (Some(&id), Kind::Union(members)) = (
            draft.declared.get(component.name.as_str()),
            &component.schema.kind,
        ) {
            let variants = draft.variants(members);
            draft.ty_mut(id).kind = TypeKind::Union(variants.clone());
            draft.interned.insert(Shape::Union(variants), id);
        }
    }
    for component in &api.components {
        if let (Some(&id), Kind::Record(record)) = (
            draft.declared.get(component.name.as_str()),
            &component.schema.kind,
        ) {
            let (home, site) = (draft.ty(id).home, draft.ty(id).site.clone());
            let place = Place {
                home,
                site,
                rank: Rank::Response,
            };
            let object = draft.object(record, &place, owner(draft, component, id));
            draft.ty_mut(id).kind = TypeKind::Object(object);
        }
    }
}

/// The type whose id the `id` field of `component` is.
fn owner(draft: &Draft<'_>, component: &Component, id: TypeId) -> Option<TypeId> {
    let tag = reach::tag(component)?;
    match resource_of(draft, tag) {
        Some(resource) => draft.resources.get(resource.0 as usize).map(|r| r.ty),
        None => Some(id),
    }
}

fn resource_of(draft: &Draft<'_>, tag: &str) -> Option<ResourceId> {
    let index = draft.resources.iter().position(|r| r.tag == tag)?;
    u32::try_from(index).ok().map(ResourceId)
}

fn site(component: &Component) -> Site {
    let root = match reach::tag(component) {
        Some(tag) if !reach::is_deleted(component) => tag.to_owned(),
        _ => component.name.clone(),
    };
    Site {
        root,
        path: Vec::new(),
    }
}

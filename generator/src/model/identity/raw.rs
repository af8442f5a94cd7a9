//! The uses of shapes, and the places outside of types that refer to them.

use std::collections::{HashMap, HashSet};

use super::meaning::Meaning;
use crate::lock::{LockedKind, Place};
use crate::model::builder::{ModelBuilder, ShapeUse};
use crate::model::chosen_names::ChosenNames;
use crate::model::description::TaggedObject;
use crate::model::reachability;
use crate::model::types::{Type, TypeId};

/// A use of a type outside of types.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// The place.
    pub place: String,
    /// The type there.
    pub ty: TypeId,
}

/// The place of a tagged object.
fn object_place(object: &TaggedObject) -> String {
    let (tag, deleted) = (object.tag.as_str(), object.deleted);
    Place::Object { tag, deleted }.to_string()
}

/// Every component and every use of an inline shape.
pub(super) struct RawTypes {
    types: Vec<Type>,
    /// The use of each inline shape. Components and the parameters of operations have none.
    pub uses: HashMap<TypeId, ShapeUse>,
    /// What each inline shape is used for.
    pub meanings: HashMap<TypeId, Meaning>,
    /// Inline shapes that the dialect names.
    pub named: HashSet<TypeId>,
    /// The parameters of deprecated operations, with those of the operations that replace them.
    pub replaced: Vec<(TypeId, TypeId)>,
    /// The places of tagged objects, each tag once.
    pub tags: HashMap<TypeId, String>,
    /// The names of components, in the order of their declaration.
    pub components: Vec<(TypeId, String)>,
    /// The components of parameters.
    pub parameter_components: HashSet<TypeId>,
    /// The uses outside of types, in the order of [`visit_roots`].
    pub roots: Vec<Root>,
}

impl RawTypes {
    /// Takes the types out of the builder.
    pub(super) fn collect_uses(builder: &mut ModelBuilder<'_>) -> Self {
        let mut components: Vec<(TypeId, String)> = builder
            .declared
            .iter()
            .map(|(name, id)| (*id, (*name).to_owned()))
            .collect();
        components.sort();
        builder.objects = tagged_objects(builder, &components);
        let objects = builder.objects.iter();
        let tags = objects.map(|o| (o.ty, object_place(o))).collect();
        let mut roots = Vec::new();
        visit_roots(builder, &mut |place, ty| {
            roots.push(Root { place, ty });
            ty
        });
        let chosen = ChosenNames::new(&builder.api.naming, &builder.types);
        let mut named = HashSet::new();
        let mut meanings = HashMap::new();
        for (id, usage) in &builder.uses {
            meanings.insert(*id, Meaning::of_use(builder, builder.ty(*id), usage));
            if chosen.name_at(*id, usage).is_some() {
                named.insert(*id);
            }
        }
        Self {
            replaced: replaced_parameters(builder),
            meanings,
            named,
            types: std::mem::take(&mut builder.types),
            uses: std::mem::take(&mut builder.uses),
            tags,
            components,
            parameter_components: builder.declared_params.values().copied().collect(),
            roots,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "only the builder makes ids")]
    pub(super) fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// What the lock calls the kind of a type.
    pub(super) fn kind_of(&self, id: TypeId) -> LockedKind {
        self.ty(id).kind.locked_kind()
    }
}

/// The parameters of deprecated operations, with those of the operations that replace them.
fn replaced_parameters(builder: &ModelBuilder<'_>) -> Vec<(TypeId, TypeId)> {
    let operations = &builder.operations;
    let by_title: HashMap<String, TypeId> = operations
        .iter()
        .filter_map(|o| Some((format!("{} {}", o.method.as_str(), o.path), o.params?)))
        .collect();
    let replaced = operations.iter().filter_map(|operation| {
        let instead = operation.deprecation.as_ref()?.instead.as_ref()?;
        Some((operation.params?, *by_title.get(instead)?))
    });
    replaced.collect()
}

/// Every tag with the first component that has it.
fn tagged_objects(
    builder: &ModelBuilder<'_>,
    components: &[(TypeId, String)],
) -> Vec<TaggedObject> {
    let mut known = HashSet::new();
    let object = |(ty, name): &(TypeId, String)| {
        let component = builder.by_name.get(name.as_str())?;
        let tag = reachability::object_tag(component)?.to_owned();
        let deleted = reachability::is_deleted(component);
        known
            .insert((tag.clone(), deleted))
            .then_some(TaggedObject {
                tag,
                deleted,
                ty: *ty,
            })
    };
    components.iter().filter_map(object).collect()
}

/// Visits every use of a type outside of types and replaces it.
pub(super) fn visit_roots(
    builder: &mut ModelBuilder<'_>,
    next: &mut dyn FnMut(String, TypeId) -> TypeId,
) {
    let error_object = builder.api.error_object.as_deref();
    let error_object = error_object.and_then(|name| builder.declared.get(name).copied());
    for operation in &mut builder.operations {
        let id = operation.id.clone();
        if let Some(params) = &mut operation.params {
            *params = next(Place::Parameters(&id).to_string(), *params);
        }
        for param in &mut operation.path_params {
            if let Some(object) = &mut param.identifies {
                *object = next(Place::Argument(&id, &param.wire).to_string(), *object);
            }
        }
        let mut roles = operation.output.slots().into_iter();
        operation.output = operation.output.map_types(&mut |ty| {
            let suffix = roles.next().map_or("", |(role, _)| role.suffix());
            next(Place::Response(&id, suffix.trim_start()).to_string(), ty)
        });
        if let Some(errors) = &mut operation.errors {
            let place = match Some(*errors) == error_object {
                true => Place::ErrorObject,
                false => Place::Errors(&id),
            };
            *errors = next(place.to_string(), *errors);
        }
    }
    if let Some(events) = &mut builder.events {
        for event in events.types.iter_mut().chain(&mut events.notifications) {
            let place = Place::Event(&event.name).to_string();
            event.object = event.object.map_types(&mut |ty| next(place.clone(), ty));
        }
    }
}

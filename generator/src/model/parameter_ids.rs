//! Which parameters are ids of which objects.
//!
//! In: operations with their responses. Out: parameters of paths, bodies and queries with the type
//! that their text identifies. The document says so in two ways, and nothing else counts:
//!
//! * All operations on a path that ends with a parameter respond with one object, whose id the
//!   parameter is. In longer paths, the parameter after the same segments is the same.
//! * A parameter that is text has the name of a field of the object that the operation responds
//!   with, or lists, and that field is the id of another object, or the object if it is expanded.
//!
//! What can be several kinds of objects stays text.

use std::collections::HashMap;

use super::builder::ModelBuilder;
use super::types::{Field, ParamsObject, ResponseObject, Ty, TypeId, TypeKind};
use crate::lock::Place;

/// Types the parameters that are ids. A parameter that was published as text stays text.
pub(super) fn type_parameter_ids(builder: &mut ModelBuilder<'_>) {
    let collections = find_collections(builder);
    let locked = builder.lock.operation_methods();
    for index in 0..builder.operations.len() {
        let Some(operation) = builder.operations.get_mut(index) else {
            continue;
        };
        let prefixes = path_prefixes(&operation.path);
        for (param, prefix) in operation.path_params.iter_mut().zip(prefixes) {
            let place = Place::Argument(&operation.id, &param.wire).to_string();
            let is_published = locked.contains_key(operation.id.as_str());
            if param.style.is_some() {
                continue;
            }
            if !is_published || builder.lock.type_at(&place).is_some() {
                param.identifies = collections.get(&prefix).copied().flatten();
            }
        }
        let (params, output) = (operation.params, operation.output.clone());
        let fields = identifying_fields(builder, &output);
        if let (Some(params), false) = (params, fields.is_empty()) {
            type_fields(builder, params, &fields);
        }
    }
}

/// The object behind the last parameter of each path, by the path without names of parameters;
/// `None` if operations on the path respond with different ones.
fn find_collections(builder: &ModelBuilder<'_>) -> HashMap<String, Option<TypeId>> {
    let mut found: HashMap<String, Option<TypeId>> = HashMap::new();
    for operation in &builder.operations {
        let prefixes = path_prefixes(&operation.path);
        let Some(prefix) = prefixes.last().filter(|_| operation.path.ends_with('}')) else {
            continue;
        };
        let object = identified_object(builder, &operation.output);
        found
            .entry(prefix.clone())
            .and_modify(|known| *known = known.filter(|known| Some(*known) == object))
            .or_insert(object);
    }
    found
}

/// For each parameter, the path up to it without names: `/v1/customers/{}`.
fn path_prefixes(path: &str) -> Vec<String> {
    let mut prefix = String::new();
    let mut prefixes = Vec::new();
    for segment in path.split('/').skip(1) {
        prefix.push('/');
        if segment.starts_with('{') {
            prefix.push_str("{}");
            prefixes.push(prefix.clone());
        } else {
            prefix.push_str(segment);
        }
    }
    prefixes
}

/// The type of object that a value is or references.
fn identified_object(builder: &ModelBuilder<'_>, ty: &Ty) -> Option<TypeId> {
    let id = match ty {
        Ty::Named(id) | Ty::MaybeDeleted(id, _) => *id,
        Ty::Boxed(inner) | Ty::Optional(inner) => return identified_object(builder, inner),
        _ => return None,
    };
    let fields = &response_object(builder, id)?.fields;
    fields.iter().find_map(|field| match field.ty {
        Ty::Id(owner) if field.wire == "id" => Some(owner),
        _ => None,
    })
}

fn response_object<'a>(builder: &'a ModelBuilder<'_>, id: TypeId) -> Option<&'a ResponseObject> {
    match &builder.ty(id).kind {
        TypeKind::Object(object) => Some(object),
        _ => None,
    }
}

/// The fields of a response that reference one kind of object, with the type of the reference.
fn identifying_fields(builder: &ModelBuilder<'_>, output: &Ty) -> Vec<(String, Ty)> {
    let object = match output {
        Ty::Page(_, inner) => inner,
        other => other,
    };
    let (Ty::Named(id) | Ty::MaybeDeleted(id, _)) = object else {
        return Vec::new();
    };
    let fields = response_object(builder, *id).map_or(&[][..], |object| &object.fields);
    let reference = |field: &Field| Some((field.wire.clone(), reference_type(builder, &field.ty)?));
    fields.iter().filter_map(reference).collect()
}

/// The type of a parameter that sets a reference, or a list of them.
fn reference_type(builder: &ModelBuilder<'_>, ty: &Ty) -> Option<Ty> {
    match ty {
        Ty::Expandable(inner) => identified_object(builder, inner).map(Ty::Id),
        Ty::List(inner) => Some(Ty::List(Box::new(reference_type(builder, inner)?))),
        _ => None,
    }
}

fn type_fields(builder: &mut ModelBuilder<'_>, params: TypeId, references: &[(String, Ty)]) {
    let TypeKind::Params(ParamsObject { fields, .. }) = &mut builder.ty_mut(params).kind else {
        return;
    };
    for field in fields {
        let reference = references.iter().find(|(wire, _)| *wire == field.wire);
        if let Some((_, ty)) = reference.filter(|(_, ty)| is_text_form(&field.ty, ty)) {
            field.ty = ty.clone();
        }
    }
}

/// Whether a type is that of the ids as text.
fn is_text_form(text: &Ty, ids: &Ty) -> bool {
    match (text, ids) {
        (Ty::String, Ty::Id(_)) => true,
        (Ty::List(text), Ty::List(ids)) => is_text_form(text, ids),
        _ => false,
    }
}

//! Names of parameters that several places of an operation have: a later one is named after its place
//! too.

use std::collections::{HashMap, HashSet};

use crate::api::{FieldSchema, ParamPlace, PlacedParam, QueryStyle, RecordSchema};

/// Gives a parameter outside of the body another name than all that `taken` knows, and returns its
/// place with the name that is sent.
pub(super) fn rename_parameter(
    field: &mut FieldSchema,
    place: Option<ParamPlace>,
    taken: impl Fn(&str) -> bool,
) -> PlacedParam {
    let place = place.unwrap_or(ParamPlace::Query(QueryStyle::Brackets));
    let suffix = match place {
        ParamPlace::Header | ParamPlace::JsonHeader => "header",
        ParamPlace::Cookie | ParamPlace::JsonCookie => "cookie",
        _ => "query",
    };
    let first = format!("{}_{suffix}", field.wire);
    let mut name = first.clone();
    let mut number = 2;
    while taken(&name) {
        name = format!("{first}_{number}");
        number += 1;
    }
    let sent_name = std::mem::replace(&mut field.wire, name.clone());
    PlacedParam {
        wire: name,
        sent_name: Some(sent_name),
        place,
    }
}

/// Renames the parameters outside of the body that have the name of a field of the body.
pub(super) fn rename_beside_body(
    outside: &mut RecordSchema,
    body: &RecordSchema,
    placed: &mut Vec<PlacedParam>,
) {
    let in_body: HashSet<&str> = body.fields.iter().map(|field| &*field.wire).collect();
    let names = outside.fields.iter().map(|field| field.wire.clone());
    let mut known: HashSet<String> = names.collect();
    let is_renamed =
        |param: &PlacedParam| in_body.contains(&*param.wire) && known.contains(&param.wire);
    let (old, kept): (Vec<_>, Vec<_>) = placed.drain(..).partition(is_renamed);
    *placed = kept;
    let mut old: HashMap<String, PlacedParam> =
        old.into_iter().map(|it| (it.wire.clone(), it)).collect();
    for field in &mut outside.fields {
        if !in_body.contains(&*field.wire) {
            continue;
        }
        let old = old.remove(&field.wire);
        let sent_name = old.as_ref().and_then(|old| old.sent_name.clone());
        let is_taken = |name: &str| in_body.contains(name) || known.contains(name);
        let mut renamed = rename_parameter(field, old.map(|old| old.place), is_taken);
        if sent_name.is_some() {
            renamed.sent_name = sent_name;
        }
        known.insert(renamed.wire.clone());
        placed.push(renamed);
    }
}

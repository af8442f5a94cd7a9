//! Names of parameters that several places of an operation have: a later one is named after its place
//! too.

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
    let has = |record: &RecordSchema, name: &str| record.fields.iter().any(|f| f.wire == name);
    for index in 0..outside.fields.len() {
        let known = outside.clone();
        let Some(field) = outside.fields.get_mut(index) else {
            continue;
        };
        if !has(body, &field.wire) {
            continue;
        }
        let old = placed.iter().position(|param| param.wire == field.wire);
        let old = old.map(|index| placed.remove(index));
        let sent_name = old.as_ref().and_then(|old| old.sent_name.clone());
        let place = old.map(|old| old.place);
        let mut renamed =
            rename_parameter(field, place, |name| has(body, name) || has(&known, name));
        if sent_name.is_some() {
            renamed.sent_name = sent_name;
        }
        placed.push(renamed);
    }
}

//! What to write instead of an item that is gone or has changed.

use super::item::{ItemKind, PublicItem};
use super::moved::moved_item;
use super::origin::BothSides;

/// What callers of `item` write now.
pub(super) fn what_instead(
    item: &PublicItem,
    now: Option<&PublicItem>,
    sides: &BothSides<'_>,
) -> String {
    match now {
        Some(now) => use_changed(item, now),
        None => match moved_item(item, sides) {
            Some(path) => format!("write `{path}`"),
            None => replace_lost(item, sides),
        },
    }
}

fn use_changed(item: &PublicItem, now: &PublicItem) -> String {
    match item.kind {
        ItemKind::Field if now.text == format!("Option<{}>", item.text) => {
            "the value may be absent: match on `Some`, or use `as_ref()`".to_owned()
        }
        ItemKind::Field if item.text == format!("Option<{}>", now.text) => {
            "the value is always there: use it without `Some`".to_owned()
        }
        ItemKind::Constructor => {
            let names: Vec<&str> = now
                .arguments
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            format!("call `new({})`", names.join(", "))
        }
        ItemKind::Setter if takes_text(item) => {
            "text literals and `String` still work; other types need `Into` for the new type"
                .to_owned()
        }
        ItemKind::Setter => {
            let types: Vec<&str> = now.arguments.iter().map(|(_, ty)| ty.as_str()).collect();
            format!("pass `{}`", types.join(", "))
        }
        ItemKind::Method if item.arguments.len() != now.arguments.len() => {
            let names: Vec<&str> = now
                .arguments
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            format!("call `{}({})`", now.name(), names.join(", "))
        }
        ItemKind::Method => format!("expect `{}`", now.output),
        ItemKind::Accessor => format!("expect `{}`", now.output),
        _ => format!("use it as `{}`", now.text),
    }
}

/// Whether a setter took any text and may take an enum now, which text converts into.
fn takes_text(item: &PublicItem) -> bool {
    item.arguments
        .iter()
        .all(|(_, ty)| ty == "impl Into<String>")
}

fn replace_lost(item: &PublicItem, sides: &BothSides<'_>) -> String {
    let is_in_new = || {
        let constructor = sides.new.items.get(&format!("fn {}::new", item.owner));
        constructor.is_some_and(|new| new.arguments.iter().any(|(name, _)| name == item.name()))
    };
    match item.kind {
        ItemKind::Setter if is_in_new() => "pass it to `new`".to_owned(),
        ItemKind::Setter | ItemKind::Clear => {
            "remove the call: the API does not take the parameter here".to_owned()
        }
        ItemKind::Field => "remove the use: the API does not return the field here".to_owned(),
        ItemKind::Variant if item.text.is_empty() => {
            format!(
                "`{}::from(\"{}\")`, if the API still knows the value",
                item.owner, item.wire
            )
        }
        ItemKind::Constant => format!("`EventKind::new(\"{}\")`, if it is still sent", item.wire),
        ItemKind::Alias => format!("write `{}`", item.owner),
        ItemKind::Method | ItemKind::Marker => {
            "remove the call: the API does not have the operation any more".to_owned()
        }
        _ => "remove the use: there is no replacement".to_owned(),
    }
}

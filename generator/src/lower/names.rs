//! Names for new components.

use serde_json::{Map, Value};

/// A name that no component has, made from a suggestion.
pub(super) fn unique_name(wanted: &str, taken: &Map<String, Value>) -> String {
    let clean: String = wanted
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "._-".contains(c) => c,
            _ => '_',
        })
        .collect();
    let clean = match clean.trim_matches('_') {
        "" => "Schema".to_owned(),
        name => name.to_owned(),
    };
    if !taken.contains_key(&clean) {
        return clean;
    }
    let mut number = 2_usize;
    loop {
        let name = format!("{clean}_{number}");
        if !taken.contains_key(&name) {
            return name;
        }
        number += 1;
    }
}

/// The components of one kind, which are added if there are none.
pub(super) fn components_of<'d>(
    document: &'d mut Value,
    kind: &str,
) -> Option<&'d mut Map<String, Value>> {
    let root = document.as_object_mut()?;
    let empty = || Value::Object(Map::new());
    let components = root.entry("components").or_insert_with(empty);
    let kinds = components.as_object_mut()?;
    kinds.entry(kind).or_insert_with(empty).as_object_mut()
}

//! Whether the items that `generator diff` compares are those of the generated source.

use std::collections::BTreeMap;

use generator::diff::Inventory;

use crate::surface::SourceItems;

/// Every item that only one of the two has, or about which they disagree.
pub(crate) fn list_disagreements(inventory: &Inventory, source: &SourceItems) -> Vec<String> {
    let listed: BTreeMap<String, &str> = inventory
        .items()
        .map(|item| (item.key(), item.text.as_str()))
        .collect();
    let mut found = Vec::new();
    for (key, text) in &listed {
        match source.get(key) {
            Some(own) if own == text => {}
            Some(own) => found.push(format!("{key}: {text} is {own} in the source")),
            None => found.push(format!("{key}: {text} is not in the source")),
        }
    }
    let unlisted = source.iter().filter(|(key, _)| !listed.contains_key(*key));
    found.extend(unlisted.map(|(key, text)| format!("{key}: {text} is not listed")));
    found
}

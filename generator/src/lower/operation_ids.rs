//! Unique ids of operations.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::report::LowerReport;
use crate::diag::{Code, Trail};

/// The methods that operations have after this stage.
pub(super) const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Gives each operation a unique id: missing ones are made from method and path.
pub(super) fn assign_operation_ids(paths: &mut Map<String, Value>, report: &mut LowerReport<'_>) {
    let mut taken: HashSet<String> = HashSet::new();
    for_each_operation(paths, |operation, _, _, _| {
        taken.extend(stated_id(operation).map(str::to_owned));
    });
    let mut seen: HashSet<String> = HashSet::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for_each_operation(paths, |operation, method, path, trail| {
        let stated = stated_id(operation).map(str::to_owned);
        let wanted = match stated {
            Some(id) if seen.insert(id.clone()) => return,
            Some(id) => {
                report.warn_keyword(
                    Code::OperationCorrected,
                    trail,
                    "operationId",
                    format!("`{id}` is that of another operation"),
                );
                id
            }
            None => made_id(method, path),
        };
        let id = numbered_id(&wanted, &taken, &mut numbers);
        taken.insert(id.clone());
        seen.insert(id.clone());
        operation.insert("operationId".to_owned(), Value::from(id));
    });
}

/// Calls `visit` with each operation, its method, its path, and its place.
pub(super) fn for_each_operation(
    paths: &mut Map<String, Value>,
    mut visit: impl FnMut(&mut Map<String, Value>, &str, &str, &Trail<'_>),
) {
    let list = Trail::ROOT.key_child("paths");
    for (path, item) in paths.iter_mut().filter(|(path, _)| !path.starts_with("x-")) {
        let above = list.key_child(path);
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            if let Value::Object(operation) = operation {
                visit(operation, method, path, &above.key_child(method));
            }
        }
    }
}

fn stated_id(operation: &Map<String, Value>) -> Option<&str> {
    let id = operation.get("operationId")?.as_str()?;
    Some(id).filter(|id| !id.is_empty())
}

/// `getPetsById` for `GET /pets/{id}`.
fn made_id(method: &str, path: &str) -> String {
    let mut id = method.to_owned();
    for segment in path.split('/') {
        let mut rest = segment;
        while let Some((before, after)) = rest.split_once('{') {
            add_words(before, &mut id);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            id.push_str("By");
            add_words(name, &mut id);
            rest = after;
        }
        add_words(rest, &mut id);
    }
    id
}

/// Adds each word of a text, beginning with a capital.
fn add_words(text: &str, id: &mut String) {
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
}

fn numbered_id(
    wanted: &str,
    taken: &HashSet<String>,
    numbers: &mut HashMap<String, usize>,
) -> String {
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    let number = numbers.entry(wanted.to_owned()).or_insert(1);
    loop {
        *number += 1;
        let id = format!("{wanted}{number}");
        if !taken.contains(&id) {
            return id;
        }
    }
}

//! Translates the naming tables of the dialect and checks each entry against the document.

use super::address;
use super::context::NormalizeContext;
use crate::api::NamingFacts;
use crate::dialect::DialectEntry;
use crate::spec::SpecOperation;

/// The facts about names. Records which entries match something.
pub(super) fn naming_facts(context: &mut NormalizeContext<'_>) -> NamingFacts {
    let naming = &context.dialect.naming;
    let hidden: Vec<_> = naming
        .hidden_prefixes
        .iter()
        .map(|h| h.value.as_str())
        .collect();
    let operations = &context.operations.clone();
    let literals = |operation: &SpecOperation| path_literals(operation, &hidden);

    mark_applicable(context, &naming.hidden_prefixes, |prefix| {
        operations.iter().any(|o| first_segment(o) == prefix)
    });
    mark_applicable(context, &naming.namespaces, |(version, literal)| {
        let mut below = operations.iter().filter(|o| first_segment(o) == version);
        below.any(|o| o.path.split('/').skip(2).any(|segment| segment == literal))
    });
    mark_applicable(context, &naming.services, |(service, _)| {
        let prefix = format!("{service}.");
        operations
            .iter()
            .any(|o| format!("{}.", literals(o)).starts_with(&prefix))
    });
    mark_applicable(context, &naming.methods, |(title, _)| {
        operations.iter().any(|o| o.title() == *title)
    });
    mark_applicable(context, &naming.suffixed_verbs, |verb| {
        operations
            .iter()
            .any(|o| o.path.rsplit('/').next() == Some(verb))
    });
    let schemas = &context.document.schemas;
    mark_applicable(context, &naming.component_markers, |marker| {
        let mut names = schemas.keys();
        names.any(|name| name.split('_').any(|word| word == marker))
    });
    mark_applicable(context, &naming.types, |(component, _)| {
        schemas.contains_key(component)
    });

    let mut shared_names = Vec::new();
    for entry in &naming.shapes {
        let (address, name) = &entry.value;
        if let Some((_, at)) = address::resolve_address(context.document, address) {
            context.mark_matched(entry);
            shared_names.push((at, name.clone()));
        }
    }
    let values = |pairs: &[DialectEntry<(String, String)>]| -> Vec<_> {
        pairs.iter().map(|entry| entry.value.clone()).collect()
    };
    NamingFacts {
        by_path: naming.by_path,
        namespaces: group_namespaces(&naming.namespaces, &hidden),
        hidden_prefixes: naming
            .hidden_prefixes
            .iter()
            .map(|h| h.value.clone())
            .collect(),
        service_renames: values(&naming.services),
        method_overrides: values(&naming.methods),
        suffixed_verbs: naming
            .suffixed_verbs
            .iter()
            .map(|v| v.value.clone())
            .collect(),
        component_markers: naming
            .component_markers
            .iter()
            .map(|m| m.value.clone())
            .collect(),
        type_names: values(&naming.types),
        shared_names,
    }
}

/// Records the entries whose fact applies as matched.
fn mark_applicable<T>(
    context: &mut NormalizeContext<'_>,
    entries: &[DialectEntry<T>],
    applies: impl Fn(&T) -> bool,
) {
    for entry in entries.iter().filter(|entry| applies(&entry.value)) {
        context.mark_matched(entry);
    }
}

/// Namespaces by version prefix. Hidden prefixes are empty.
fn group_namespaces(
    entries: &[DialectEntry<(String, String)>],
    hidden: &[&str],
) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for DialectEntry {
        value: (version, literal),
        ..
    } in entries
    {
        let version = if hidden.contains(&version.as_str()) {
            ""
        } else {
            version
        };
        match all.iter_mut().find(|(known, _)| known == version) {
            Some((_, literals)) => literals.push(literal.clone()),
            None => all.push((version.to_owned(), vec![literal.clone()])),
        }
    }
    all
}

fn first_segment(operation: &SpecOperation) -> &str {
    operation.path.split('/').nth(1).unwrap_or_default()
}

/// The literal segments of a path joined by dots, without a hidden prefix.
fn path_literals(operation: &SpecOperation, hidden: &[&str]) -> String {
    let mut segments: Vec<_> = operation
        .path
        .split('/')
        .skip(1)
        .filter(|s| !s.starts_with('{'))
        .collect();
    if segments.first().is_some_and(|first| hidden.contains(first)) {
        segments.remove(0);
    }
    segments.join(".")
}

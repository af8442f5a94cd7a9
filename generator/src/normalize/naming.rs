//! The naming tables of the dialect, each entry checked against the document.

use super::context::Context;
use super::site;
use crate::api::Naming;
use crate::dialect::DialectEntry;
use crate::spec::SpecOperation;

/// Facts about names, and notes of those that match something.
pub(super) fn facts(context: &mut Context<'_>) -> Naming {
    let naming = &context.dialect.naming;
    let hidden: Vec<_> = naming
        .hidden_prefixes
        .iter()
        .map(|h| h.value.as_str())
        .collect();
    let operations = &context.document.operations;
    let literals = |operation: &SpecOperation| literals(operation, &hidden);

    note(context, &naming.hidden_prefixes, |prefix| {
        operations.iter().any(|o| first_segment(o) == prefix)
    });
    note(context, &naming.namespaces, |(version, literal)| {
        let mut below = operations.iter().filter(|o| first_segment(o) == version);
        below.any(|o| o.path.split('/').skip(2).any(|segment| segment == literal))
    });
    note(context, &naming.services, |(service, _)| {
        let prefix = format!("{service}.");
        operations
            .iter()
            .any(|o| format!("{}.", literals(o)).starts_with(&prefix))
    });
    note(context, &naming.methods, |(title, _)| {
        operations.iter().any(|o| o.title() == *title)
    });
    note(context, &naming.suffixed_verbs, |verb| {
        operations
            .iter()
            .any(|o| o.path.rsplit('/').next() == Some(verb))
    });
    let schemas = &context.document.schemas;
    note(context, &naming.types, |(component, _)| {
        schemas.contains_key(component)
    });

    let mut shared_names = Vec::new();
    for entry in &naming.shapes {
        let (address, name) = &entry.value;
        if let Some((_, at)) = site::resolve(context.document, address) {
            context.matched(entry);
            shared_names.push((at, name.clone()));
        }
    }
    let values = |pairs: &[DialectEntry<(String, String)>]| -> Vec<_> {
        pairs.iter().map(|entry| entry.value.clone()).collect()
    };
    Naming {
        namespaces: namespaces(&naming.namespaces, &hidden),
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
        type_names: values(&naming.types),
        shared_names,
    }
}

/// Notes the entries whose fact applies.
fn note<T>(context: &mut Context<'_>, entries: &[DialectEntry<T>], applies: impl Fn(&T) -> bool) {
    for entry in entries.iter().filter(|entry| applies(&entry.value)) {
        context.matched(entry);
    }
}

/// Namespaces by version prefix. A hidden prefix is the empty one.
fn namespaces(
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

/// The literal segments with dots between them, without a hidden prefix.
fn literals(operation: &SpecOperation, hidden: &[&str]) -> String {
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

//! Documentation attributes.

use proc_macro2::TokenStream;
use quote::quote;

use super::Docs;
use super::context::FileContext;
use crate::model::{Field, ModuleId, Operation, TypeId};

/// Doc lines of an item: the document's prose, if the output includes it, then the facts.
pub(super) fn item_docs(
    cx: &FileContext<'_>,
    prose: Option<&String>,
    facts: &[String],
) -> TokenStream {
    if cx.options.docs == Docs::None {
        return TokenStream::new();
    }
    let prose = prose.filter(|_| cx.wants_prose()).map(String::as_str);
    let mut lines: Vec<&str> = prose.into_iter().flat_map(str::lines).collect();
    for (index, fact) in facts.iter().enumerate() {
        if index > 0 || !lines.is_empty() {
            lines.push("");
        }
        lines.extend(fact.lines());
    }
    doc_attributes(&lines)
}

fn doc_attributes(lines: &[&str]) -> TokenStream {
    let lines = lines.iter().map(|line| {
        let line = line.trim_end();
        let text = if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        };
        quote!(#[doc = #text])
    });
    lines.collect()
}

/// Inner doc lines of a file.
pub(super) fn module_docs(cx: &FileContext<'_>) -> TokenStream {
    if cx.options.docs == Docs::None {
        return TokenStream::new();
    }
    let text = match cx.module {
        None => {
            let lines = cx.description_lines();
            return lines.iter().map(|line| inner_doc(line)).collect();
        }
        Some(ModuleId::Shared) => "Types that several resources share.".to_owned(),
        Some(ModuleId::Params) => "Parameter objects that several services share.".to_owned(),
        Some(ModuleId::Resource(id)) => {
            format!("The `{}` object and its parts.", cx.model.resource(id).tag)
        }
        Some(ModuleId::Service(id)) => {
            let path = cx.names.module_path(cx.model, ModuleId::Service(id));
            let call = format!("`client.{}()`", path.join("()."));
            match cx.model.has_calls(id) {
                true => format!("Calls under {call} and what they take."),
                false => format!("Types that other calls share with {call}, which is left out."),
            }
        }
    };
    inner_doc(&text)
}

/// An inner doc line.
fn inner_doc(line: &str) -> TokenStream {
    let text = match line {
        "" => String::new(),
        line => format!(" {line}"),
    };
    quote!(#![doc = #text])
}

/// Doc lines of a field or setter. `lead` comes before the wire name, e.g. `Sets`.
pub(super) fn field_docs(cx: &FileContext<'_>, field: &Field, lead: &str) -> TokenStream {
    let mut fact = match lead {
        "" => format!("`{}`.", field.wire),
        lead => format!("{lead} `{}`.", field.wire),
    };
    if let Some(max) = field.max_length {
        fact.push_str(&format!(" At most {max} characters."));
    }
    if field.is_partial && !lead.is_empty() {
        fact.push_str(" Not every call that takes this type accepts it.");
    }
    if field.deprecated {
        fact.push_str(" Deprecated.");
    }
    item_docs(cx, field.doc.as_ref(), &[fact])
}

/// Doc lines of a service method.
pub(super) fn operation_docs(cx: &FileContext<'_>, operation: &Operation) -> TokenStream {
    let call = format!("`{} {}`", operation.method.as_str(), operation.path);
    let mut facts = vec![call];
    let named = operation.path_params.iter().filter(|_| cx.wants_prose());
    let arguments: Vec<String> = named
        .filter_map(|p| {
            p.doc
                .as_ref()
                .map(|doc| format!("* `{}`: {}", p.wire, doc.replace('\n', " ")))
        })
        .collect();
    if !arguments.is_empty() {
        facts.push(arguments.join("\n"));
    }
    item_docs(cx, operation.doc.as_ref(), &facts)
}

/// Doc lines of a type, from its prose and one fact.
pub(super) fn type_docs(cx: &FileContext<'_>, id: TypeId, fact: &str) -> TokenStream {
    item_docs(cx, cx.model.ty(id).doc.as_ref(), &[fact.to_owned()])
}

/// The path to the use that names a type, for its docs.
pub(super) fn site_text(cx: &FileContext<'_>, id: TypeId) -> String {
    let site = &cx.model.ty(id).site;
    let root = match cx.model.find_operation(&site.root) {
        Some(o) => format!("{} {}", o.method.as_str(), o.path),
        None => site.root.clone(),
    };
    let path: Vec<&str> = site.path.iter().map(|s| s.wire.as_str()).collect();
    match (root, path.join(".")) {
        (root, path) if path.is_empty() => format!("`{root}`"),
        (root, path) => format!("`{path}` of `{root}`"),
    }
}

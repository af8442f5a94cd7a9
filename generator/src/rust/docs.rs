//! Documentation attributes.

use proc_macro2::TokenStream;
use quote::quote;

use super::Docs;
use super::context::Context;
use crate::model::{Field, ModuleId, Operation, TypeId};

/// Doc lines for an item: the document's prose if it is wanted, then the facts.
pub(super) fn item(cx: &Context<'_>, prose: Option<&String>, facts: &[String]) -> TokenStream {
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
    attributes(&lines)
}

fn attributes(lines: &[&str]) -> TokenStream {
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
pub(super) fn module(cx: &Context<'_>) -> TokenStream {
    if cx.options.docs == Docs::None {
        return TokenStream::new();
    }
    let text = match cx.home {
        None => {
            let lines = cx.about();
            return lines.iter().map(|line| inner(line)).collect();
        }
        Some(ModuleId::Shared) => "Types that several resources share.".to_owned(),
        Some(ModuleId::Params) => "Parameter objects that several services share.".to_owned(),
        Some(ModuleId::Resource(id)) => {
            format!("The `{}` object and its parts.", cx.model.resource(id).tag)
        }
        Some(ModuleId::Service(id)) => {
            let path = cx.names.module_path(cx.model, ModuleId::Service(id));
            format!(
                "Calls under `client.{}()` and what they take.",
                path.join("().")
            )
        }
    };
    inner(&text)
}

/// An inner doc line.
fn inner(line: &str) -> TokenStream {
    let text = match line {
        "" => String::new(),
        line => format!(" {line}"),
    };
    quote!(#![doc = #text])
}

/// Doc lines of a field or setter. `lead` comes before the wire name, e.g. `Sets`.
pub(super) fn field(cx: &Context<'_>, field: &Field, lead: &str) -> TokenStream {
    let mut fact = match lead {
        "" => format!("`{}`.", field.wire),
        lead => format!("{lead} `{}`.", field.wire),
    };
    if let Some(max) = field.max_length {
        fact.push_str(&format!(" At most {max} characters."));
    }
    if field.deprecated {
        fact.push_str(" Deprecated.");
    }
    item(cx, field.doc.as_ref(), &[fact])
}

/// Doc lines of a service method.
pub(super) fn operation(cx: &Context<'_>, operation: &Operation) -> TokenStream {
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
    item(cx, operation.doc.as_ref(), &facts)
}

/// Doc lines of a type that is known by its wire tag or by where it was met.
pub(super) fn ty(cx: &Context<'_>, id: TypeId, fact: &str) -> TokenStream {
    item(cx, cx.model.ty(id).doc.as_ref(), &[fact.to_owned()])
}

/// The way to a type in wire words, for its docs.
pub(super) fn site(cx: &Context<'_>, id: TypeId) -> String {
    let site = &cx.model.ty(id).site;
    let root = cx.model.operations().find(|(_, o)| o.id == site.root);
    let root = match root {
        Some((_, o)) => format!("{} {}", o.method.as_str(), o.path),
        None => site.root.clone(),
    };
    let path: Vec<&str> = site.path.iter().map(|s| s.wire.as_str()).collect();
    match (root, path.join(".")) {
        (root, path) if path.is_empty() => format!("`{root}`"),
        (root, path) => format!("`{path}` of `{root}`"),
    }
}

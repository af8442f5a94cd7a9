//! Documentation attributes.

use std::collections::BTreeSet;

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::Docs;
use super::context::FileContext;
use super::{credentials, example};
use crate::model::{Absence, Field, ModuleId, Operation, PathParam, Ty, TypeId};
use crate::name::Ident;

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
            if !cx.model.has_calls(id) {
                let text = format!("Types that other calls share with {call}, which is left out.");
                return inner_doc(&text);
            }
            let summary = format!("Calls under {call} and what they take.");
            let example = example::service_example(cx, id).unwrap_or_default();
            let handle = &cx.names.service(id).handle;
            let methods = format!("The calls are the methods of [`{handle}`].");
            let lines = [summary, String::new(), methods, String::new()];
            let lines = lines.into_iter().chain(example);
            return lines.map(|line| inner_doc(&line)).collect();
        }
    };
    inner_doc(&text)
}

/// Inner doc lines, unless the output is without docs.
pub(super) fn inner_docs(cx: &FileContext<'_>, lines: &[String]) -> TokenStream {
    let lines = lines.iter().filter(|_| cx.options.docs != Docs::None);
    lines.map(|line| inner_doc(line)).collect()
}

/// An inner doc line.
fn inner_doc(line: &str) -> TokenStream {
    let text = match line {
        "" => String::new(),
        line => format!(" {line}"),
    };
    quote!(#![doc = #text])
}

/// What a field is part of, which decides what is worth saying about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldUse {
    /// A response, which shows the field.
    Response,
    /// Parameters, which have a setter.
    Setter,
}

/// Doc lines of a field or its setter: facts that its name and its type do not say.
pub(super) fn field_docs(
    cx: &FileContext<'_>,
    field: &Field,
    name: &Ident,
    field_use: FieldUse,
) -> TokenStream {
    let mut facts = Vec::new();
    if field.wire != name.as_str() {
        facts.push(format!("`{}` in the API.", field.wire));
    }
    if is_amount(cx, field) {
        facts.push("An amount in the smallest unit of its currency, such as cents.".to_owned());
    }
    if let Some(text) = expansion_text(&field.ty) {
        facts.push(text.to_owned());
    }
    if let Some(max) = field.max_length {
        facts.push(format!("At most {max} characters."));
    }
    facts.extend(known_values_text(&field.known_values));
    if field.is_partial && field_use == FieldUse::Setter {
        facts.push("Not every call that takes this type accepts it.".to_owned());
    }
    if field_use == FieldUse::Response && !field.presence.is_required() {
        facts.extend(absence_text(cx, field.absence).map(str::to_owned));
    }
    if field.deprecated {
        facts.push("Deprecated.".to_owned());
    }
    let facts = (!facts.is_empty()).then(|| facts.join(" "));
    item_docs(cx, field.doc.as_ref(), facts.as_slice())
}

/// The known values of a number, whose type lists none.
fn known_values_text(values: &[String]) -> Option<String> {
    let all = (!values.is_empty()).then(|| values.join("`, `"))?;
    Some(format!("Known values: `{all}`."))
}

/// What is known about an argument of the path, as an item of a list.
fn argument_text(cx: &FileContext<'_>, param: &PathParam) -> Option<String> {
    let prose = param.doc.as_ref().filter(|_| cx.wants_prose());
    let prose = prose.map(|doc| doc.replace('\n', " "));
    let facts = known_values_text(&param.known_values);
    let texts: Vec<String> = prose.into_iter().chain(facts).collect();
    (!texts.is_empty()).then(|| format!("* `{}`: {}", param.wire, texts.join(" ")))
}

/// In which ways a response may lack the value of an optional field, unless the front page says it.
fn absence_text(cx: &FileContext<'_>, absence: Absence) -> Option<&'static str> {
    let text = match (absence.null, absence.left_out) {
        (true, true) => "May be `null` or left out.",
        (true, false) => "May be `null`, never left out.",
        (false, true) => "May be left out, never `null`.",
        // The lock keeps the type of a field that the document required only later.
        (false, false) => {
            "Never `null` or left out; it is an `Option` for compatibility with earlier versions of \
             this crate."
        }
    };
    (absence != cx.model.usual_absence).then_some(text)
}

/// What a field holds that calls can expand.
fn expansion_text(ty: &Ty) -> Option<&'static str> {
    match ty {
        Ty::Boxed(inner) => expansion_text(inner),
        Ty::Expandable(_) => Some("An id, or the object if the call expands this field."),
        Ty::List(inner) => {
            expansion_text(inner).map(|_| "Ids, or the objects if the call expands this field.")
        }
        _ => None,
    }
}

/// Whether a number is an amount of money, as the dialect says.
fn is_amount(cx: &FileContext<'_>, field: &Field) -> bool {
    let is_integer = matches!(field.ty.innermost(), Ty::Integer | Ty::IntegerText);
    is_integer && cx.model.facts.docs.amounts.contains(&field.wire)
}

/// Doc lines of a service method, and the names by which a search finds it: the operation's id, its
/// method and path, and how other libraries call it.
pub(super) fn operation_docs(
    cx: &FileContext<'_>,
    operation: &Operation,
    method: &Ident,
) -> TokenStream {
    let call = format!("{} {}", operation.method.as_str(), operation.path);
    let service = cx.model.service(operation.service);
    let dotted = format!("{}.{method}", service.path.join("."));
    let words = search_words(cx, operation, method);
    let stated = &cx.model.facts.docs.aliases;
    let stated = stated.iter().filter(|(operation, _)| *operation == call);
    let stated = stated.map(|(_, alias)| alias.clone());
    let aliases = [operation.id.clone(), call.clone(), dotted, words]
        .into_iter()
        .chain(stated)
        .filter(|alias| cx.options.docs != Docs::None && is_alias(alias));
    // The name itself is no alias, and each is listed once.
    let mut seen = BTreeSet::from([method.as_str().to_owned()]);
    let aliases = aliases.filter(|alias| seen.insert(alias.clone()));
    let aliases = aliases.map(|alias| quote!(#[doc(alias = #alias)]));
    let reference = cx.model.facts.operation_docs_url.as_ref().map(|url| {
        let url = url.replace("{service}", &service.path.join("/"));
        format!(
            ", [reference]({})",
            url.replace("{method}", method.as_str())
        )
    });
    let mut facts = vec![format!("`{call}`{}", reference.unwrap_or_default())];
    let params = operation.path_params.iter();
    let arguments = params.filter_map(|param| argument_text(cx, param));
    let arguments: Vec<String> = arguments.collect();
    if !arguments.is_empty() {
        facts.push(arguments.join("\n"));
    }
    facts.extend(credentials::operation_lines(cx, operation));
    if operation.pages.is_some() {
        facts.push("`.items()` and `.pages()` read the whole list, page by page.".to_owned());
    }
    let docs = item_docs(cx, operation.doc.as_ref(), &facts);
    quote!(#docs #(#aliases)*)
}

/// What a call does, in words: `create checkout session`, `list invoices`.
fn search_words(cx: &FileContext<'_>, operation: &Operation, method: &Ident) -> String {
    let object = match operation.output.innermost() {
        Ty::Named(id) | Ty::MaybeDeleted(id, _) => match operation.output {
            Ty::Page(..) => None,
            _ => Some(cx.names.ty(*id).ident.as_str()),
        },
        _ => None,
    };
    let object = match object {
        Some(name) => name.to_snake_case(),
        None => cx.model.service(operation.service).path.join(" "),
    };
    format!("{method} {object}").replace('_', " ")
}

/// Whether rustdoc accepts a text as another name of an item.
fn is_alias(text: &str) -> bool {
    let is_allowed = |c: char| c == ' ' || !(c.is_whitespace() || matches!(c, '"' | '\''));
    !text.is_empty() && text.trim() == text && text.chars().all(is_allowed)
}

/// Doc lines of a type, from its prose and one fact.
pub(super) fn type_docs(cx: &FileContext<'_>, id: TypeId, fact: &str) -> TokenStream {
    item_docs(cx, cx.model.ty(id).doc.as_ref(), &[fact.to_owned()])
}

/// The page of an object in the API reference: that of the service that retrieves it.
pub(super) fn object_reference(cx: &FileContext<'_>, id: TypeId) -> Option<String> {
    let url = cx.model.facts.object_docs_url.as_ref()?;
    let mut operations = cx.model.operations().map(|(_, operation)| operation);
    let retrieval = operations.find(|operation| {
        let returns_it = match operation.output {
            Ty::Named(output) | Ty::MaybeDeleted(output, _) => output == id,
            _ => false,
        };
        returns_it && operation.method_name == "retrieve" && operation.deprecation.is_none()
    })?;
    let path = &cx.model.service(retrieval.service).path;
    Some(format!(
        "[Reference]({})",
        url.replace("{service}", &path.join("/"))
    ))
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

//! The credentials of operations: where requests carry them, and which security schemes they are of.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{FileContext, raw_ident};
use crate::model::{AuthScheme, Operation, RequiredScheme};

/// How requests carry the credential.
pub(super) fn auth_scheme(auth: &AuthScheme) -> TokenStream {
    match auth {
        AuthScheme::Bearer => quote!(runtime::operation::AuthSpec::Bearer),
        AuthScheme::Basic => quote!(runtime::operation::AuthSpec::Basic),
        AuthScheme::Header(name) => quote!(runtime::operation::AuthSpec::Header(#name)),
        AuthScheme::Query(name) => quote!(runtime::operation::AuthSpec::Query(#name)),
        AuthScheme::Cookie(name) => quote!(runtime::operation::AuthSpec::Cookie(#name)),
        AuthScheme::None => quote!(runtime::operation::AuthSpec::None),
    }
}

/// What requests carry: one of these alternatives.
pub(super) fn security_setting(
    cx: &FileContext<'_>,
    alternatives: &[Vec<RequiredScheme>],
) -> TokenStream {
    let required = |required: &RequiredScheme| {
        let constant = cx.scheme_constant(&required.scheme)?;
        let (constant, scopes) = (raw_ident(constant), &required.scopes);
        Some(quote!(crate::Client::#constant.require(&[#(#scopes),*])))
    };
    let alternatives = alternatives.iter().map(|needed| {
        let needed = needed.iter().filter_map(required);
        quote!(&[#(#needed),*])
    });
    quote!(.security(&[#(#alternatives),*]))
}

/// What the documentation of an operation says about its credentials: the schemes, if it is not the
/// one of all others, and the scopes.
pub(super) fn operation_lines(cx: &FileContext<'_>, operation: &Operation) -> Vec<String> {
    let first = cx.model.facts.schemes.first();
    let is_usual = |needed: &[RequiredScheme]| match needed {
        [required] => first.is_some_and(|first| first.name == required.scheme),
        _ => false,
    };
    let mut lines = Vec::new();
    let all = &operation.security;
    let needs_line = match all.as_slice() {
        [] => false,
        [only] => !is_usual(only),
        _ => true,
    };
    if needs_line {
        let one = |needed: &Vec<RequiredScheme>| {
            let names = needed.iter().map(|it| format!("`{}`", it.scheme));
            match names.collect::<Vec<_>>().as_slice() {
                [] => "none".to_owned(),
                [name] => name.clone(),
                several => format!("{} together", several.join(" and ")),
            }
        };
        let texts: Vec<String> = all.iter().map(one).collect();
        lines.push(format!("Needs the credential of {}.", texts.join(", or ")));
    }
    let scoped: Vec<&RequiredScheme> = all.iter().flatten().collect();
    let scoped: Vec<_> = scoped
        .into_iter()
        .filter(|it| !it.scopes.is_empty())
        .collect();
    let is_unique = scoped.len() == 1;
    for required in scoped {
        let of = match is_unique {
            true => String::new(),
            false => format!(" of `{}`", required.scheme),
        };
        let scopes = required.scopes.join("`, `");
        lines.push(format!("Needs the scopes `{scopes}`{of}."));
    }
    lines
}

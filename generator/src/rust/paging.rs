//! How the pages of lists follow each other, and where their items are.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::{FileContext, ident_token};
use crate::model::{PageItems, Paging, PagingStyle, Ty, TypeId, TypeKind};

/// The constants of the pages of an operation.
pub(super) fn page_spec(paging: &Paging) -> TokenStream {
    let style = match &paging.style {
        PagingStyle::Cursor { parameter, field } => {
            let field = field_keys(field);
            quote!(Cursor { parameter: #parameter, field: #field })
        }
        PagingStyle::Offset { parameter, limit } => {
            let limit = match limit {
                Some(limit) => quote!(Some(#limit)),
                None => quote!(None),
            };
            quote!(Offset { parameter: #parameter, limit: #limit })
        }
        PagingStyle::Number { parameter, first } => {
            let first = Literal::u64_unsuffixed(*first);
            quote!(Number { parameter: #parameter, first: #first })
        }
        PagingStyle::Link => quote!(Link),
        PagingStyle::Url { field } => {
            let field = field_keys(field);
            quote!(Url { field: #field })
        }
    };
    let items = field_keys(&paging.items);
    let optional = [("has_more", &paging.has_more), ("total", &paging.total)];
    let optional = optional.iter().filter(|(_, keys)| !keys.is_empty());
    let optional = optional.map(|(name, keys)| {
        let (name, keys) = (super::context::raw_ident(name), field_keys(keys));
        quote!(.#name(#keys))
    });
    quote! {
        runtime::operation::PageSpec::new(runtime::operation::PageStyle::#style, #items)
            #(#optional)*
    }
}

fn field_keys(keys: &[String]) -> TokenStream {
    quote!(&[#(#keys),*])
}

/// What makes those of the types pages that operations return as such.
pub(super) fn page_impls(cx: &FileContext<'_>, ids: &[TypeId]) -> TokenStream {
    let mut seen = BTreeSet::new();
    let operations = cx.model.operations();
    let impls = operations.filter_map(|(_, operation)| {
        let Ty::Named(id) = operation.output else {
            return None;
        };
        let items = cx.model.page_items(operation)?;
        (ids.contains(&id) && seen.insert(id)).then(|| page_impl(cx, id, &items))
    });
    impls.collect()
}

fn page_impl(cx: &FileContext<'_>, id: TypeId, items: &PageItems) -> TokenStream {
    let (ty, item) = (cx.type_ident(id), cx.type_ref(&items.item));
    let mut value = quote!(self);
    let mut is_optional = false;
    for (owner, index) in &items.fields {
        let TypeKind::Object(object) = &cx.model.ty(*owner).kind else {
            continue;
        };
        let names = cx.names.fields(*owner).get(*index);
        let (Some(field), Some(names)) = (object.fields.get(*index), names) else {
            continue;
        };
        let name = ident_token(&names.field);
        let may_be_absent = !field.presence.is_required();
        value = match (is_optional, may_be_absent) {
            (false, _) => quote!(#value.#name),
            (true, false) => quote!(#value.map(|it| it.#name)),
            (true, true) => quote!(#value.and_then(|it| it.#name)),
        };
        is_optional |= may_be_absent;
    }
    let or_none = is_optional.then(|| quote!(.unwrap_or_default()));
    quote! {
        impl runtime::page::Page for #ty {
            type Item = #item;

            fn into_items(self) -> Vec<#item> {
                #value #or_none
            }
        }
    }
}

//! One of several inline parameter objects.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::docs;
use crate::model::{EitherVariant, TypeId};

/// An enum over parameter objects, each of which converts into it.
pub(super) struct EitherDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub members: &'a [EitherVariant],
}

impl ToTokens for EitherDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, members } = *self;
        let name = cx.type_ident(id);
        let (encode, writer) = (cx.import_codec("Encode"), cx.import_codec("Writer"));
        let names: Vec<_> = cx.names.variants(id).iter().map(ident_token).collect();
        let types: Vec<_> = members.iter().map(|m| cx.type_path(m.ty)).collect();
        // Members of equal content are one type, which converts into the first of them.
        let mut seen = HashSet::new();
        let first = members
            .iter()
            .map(|m| seen.insert(m.ty))
            .collect::<Vec<bool>>();
        let firsts = names.iter().zip(&types).zip(first);
        let firsts = firsts.filter(|(_, is_first)| *is_first);
        let (first_names, first_types): (Vec<_>, Vec<_>) = firsts.map(|(pair, _)| pair).unzip();
        let docs = docs::type_docs(cx, id, &format!("{}.", docs::site_text(cx, id)));
        let variant_docs: Vec<_> = members
            .iter()
            .zip(&types)
            .map(|(member, path)| {
                let name = cx.names.ty(member.ty).ident.as_str();
                let path = path.to_string().replace(' ', "");
                let link = match path == name {
                    true => format!("[`{name}`]"),
                    false => format!("[`{name}`]({path})"),
                };
                docs::item_docs(cx, None, &[format!("As {link}.")])
            })
            .collect();
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            pub enum #name {
                #(#variant_docs #names(Box<#types>),)*
            }

            #(impl From<#first_types> for #name {
                #[inline]
                fn from(value: #first_types) -> Self {
                    Self::#first_names(Box::new(value))
                }
            })*

            impl #encode for #name {
                #[inline]
                fn encode(&self, out: &mut dyn #writer) {
                    match self {
                        #(Self::#names(value) => value.encode(out),)*
                    }
                }
            }
        });
    }
}

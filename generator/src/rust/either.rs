//! One of several inline parameter objects.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{Context, ident};
use super::docs;
use crate::model::TypeId;

/// An enum over parameter objects; each converts into it.
pub(super) struct Declaration<'a> {
    pub cx: &'a Context<'a>,
    pub id: TypeId,
    pub members: &'a [TypeId],
}

impl ToTokens for Declaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, members } = *self;
        let name = cx.ident(id);
        let (encode, writer) = (cx.codec("Encode"), cx.codec("Writer"));
        let names: Vec<_> = cx.names.variants(id).iter().map(ident).collect();
        let types: Vec<_> = members.iter().map(|m| cx.path(*m)).collect();
        let docs = docs::ty(cx, id, &format!("{}.", docs::site(cx, id)));
        let variant_docs: Vec<_> = members
            .iter()
            .map(|m| docs::item(cx, None, &[format!("As [`{}`].", cx.names.ty(*m).ident)]))
            .collect();
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            pub enum #name {
                #(#variant_docs #names(Box<#types>),)*
            }

            #(impl From<#types> for #name {
                #[inline]
                fn from(value: #types) -> Self {
                    Self::#names(Box::new(value))
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

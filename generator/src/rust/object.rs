//! Response objects.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::{Context, ident};
use super::docs;
use crate::model::{Constant, Field, Object, Presence, TypeId};
use crate::name::FieldNames;

/// A struct that is decoded in place: a list of wire names, and a way to each field.
pub(super) struct Declaration<'a> {
    pub cx: &'a Context<'a>,
    pub id: TypeId,
    pub object: &'a Object,
}

impl ToTokens for Declaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, object } = *self;
        let name = cx.ident(id);
        let docs = docs::ty(cx, id, &format!("{}.", docs::site(cx, id)));
        let fields = self.named().map(|(field, names)| {
            let docs = docs::field(cx, field, "");
            let name = ident(&names.field);
            let ty = self.field_type(field);
            quote!(#docs pub #name: #ty,)
        });
        let body = if object.fields.is_empty() {
            quote!(;)
        } else {
            quote!({ #(#fields)* })
        };
        let decode = self.decode();
        let encode = self.encode();
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug, Default)]
            #[non_exhaustive]
            pub struct #name #body
            #decode
            #encode
        });
        if cx.model.error_object == Some(id) {
            out.extend(quote! {
                impl runtime::error::TypedError for #name {
                    fn from_error(error: &runtime::error::ErrorBody) -> Option<Self> {
                        error.raw.decode().ok()
                    }
                }
            });
        }
    }
}

impl Declaration<'_> {
    fn named(&self) -> impl Iterator<Item = (&Field, &FieldNames)> {
        self.object.fields.iter().zip(self.cx.names.fields(self.id))
    }

    fn field_type(&self, field: &Field) -> TokenStream {
        let ty = self.cx.type_ref(&field.ty);
        match field.presence {
            Presence::Required | Presence::RequiredClearable => ty,
            Presence::Optional | Presence::Clearable => quote!(Option<#ty>),
        }
    }

    fn decode(&self) -> TokenStream {
        let cx = self.cx;
        let name = cx.ident(self.id);
        let (place, reader, error) = (
            cx.codec("Place"),
            cx.codec("Reader"),
            cx.codec("DecodeError"),
        );
        let Some((_, last)) = self.named().last() else {
            return quote! {
                impl #place for #name {
                    #[inline]
                    fn decode(&mut self, reader: &mut #reader<'_>) -> Result<(), #error> {
                        ().decode(reader)
                    }
                }
            };
        };
        let (record, shape) = (cx.codec("Record"), cx.codec("Shape"));
        let text = name.to_string();
        let wires = self.object.fields.iter().map(|f| &f.wire);
        let required = required_mask(&self.object.fields);
        let arms = self.named().take(self.object.fields.len() - 1).enumerate();
        let arms = arms.map(|(index, (_, names))| {
            let index = Literal::usize_unsuffixed(index);
            let field = ident(&names.field);
            quote!(#index => &mut self.#field,)
        });
        let last = ident(&last.field);
        quote! {
            impl #record for #name {
                #[inline]
                fn shape(&self) -> &'static #shape {
                    const SHAPE: #shape = #shape::new(#text, &[#(#wires),*], &[#(#required),*]);
                    &SHAPE
                }

                #[inline]
                fn at(&mut self, index: usize) -> &mut dyn #place {
                    match index {
                        #(#arms)*
                        _ => &mut self.#last,
                    }
                }
            }

            impl #place for #name {
                #[inline]
                fn decode(&mut self, reader: &mut #reader<'_>) -> Result<(), #error> {
                    reader.record(self)
                }
            }
        }
    }

    fn encode(&self) -> TokenStream {
        let name = self.cx.ident(self.id);
        let constants = self.object.constants.iter().map(|(wire, value)| {
            let value = match value {
                Constant::String(value) => quote!(&#value),
                Constant::True => quote!(&true),
            };
            quote!((#wire, #value))
        });
        let fields = self.named().map(|(field, names)| {
            let (wire, field) = (&field.wire, ident(&names.field));
            quote!((#wire, &self.#field))
        });
        let fields = constants.chain(fields);
        quote! {
            #[cfg(feature = "serde")]
            impl runtime::codec::Encode for #name {
                fn encode(&self, out: &mut dyn runtime::codec::Writer) {
                    runtime::codec::record(out, &[#(#fields),*]);
                }
            }
        }
    }
}

fn required_mask(fields: &[Field]) -> Vec<TokenStream> {
    let mut words = vec![0u64; fields.len().div_ceil(64)];
    for (index, field) in fields.iter().enumerate() {
        if let (Presence::Required, Some(word)) = (field.presence, words.get_mut(index / 64)) {
            *word |= 1 << (index % 64);
        }
    }
    words
        .into_iter()
        .map(|word| format!("{word:#x}").parse().unwrap_or_default())
        .collect()
}

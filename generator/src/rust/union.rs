//! Unions of tagged objects.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::docs;
use crate::model::{TypeId, UnionVariant};

/// An enum selected by the tags `object` and `deleted`; unknown objects stay raw JSON.
pub(super) struct UnionDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub variants: &'a [UnionVariant],
}

impl ToTokens for UnionDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, variants } = *self;
        let name = cx.type_ident(id);
        let raw_json = cx.import_value("RawJson");
        let (place, reader, error) = (
            cx.import_codec("Place"),
            cx.import_codec("Reader"),
            cx.import_codec("DecodeError"),
        );
        let names: Vec<_> = cx.names.variants(id).iter().map(ident_token).collect();
        let docs = docs::type_docs(cx, id, &format!("{}.", docs::site_text(cx, id)));
        let declared = variants.iter().zip(&names).map(|(variant, name)| {
            let ty = cx.type_path(variant.ty);
            let state = if variant.deleted { "deleted " } else { "" };
            let docs = docs::item_docs(
                cx,
                None,
                &[format!("The {state}`{}` object.", variant.object)],
            );
            quote!(#docs #name(Box<#ty>),)
        });
        let arms = variants.iter().zip(&names).map(|(variant, name)| {
            let (object, deleted) = (&variant.object, variant.deleted);
            quote!((Some(#object), #deleted) => Self::#name(runtime::codec::decode_boxed(reader)?),)
        });
        let other = docs::item_docs(
            cx,
            None,
            &["An object that the document does not list.".to_owned()],
        );
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub enum #name {
                #(#declared)*
                #other
                Other(#raw_json),
            }

            impl Default for #name {
                fn default() -> Self {
                    Self::Other(#raw_json::default())
                }
            }

            impl #place for #name {
                #[inline]
                fn decode(&mut self, reader: &mut #reader<'_>) -> Result<(), #error> {
                    let tags = reader.tags()?;
                    *self = match (tags.object.as_deref(), tags.deleted) {
                        #(#arms)*
                        _ => Self::Other(runtime::codec::decode_value(reader)?),
                    };
                    Ok(())
                }
            }

            #[cfg(feature = "serde")]
            impl runtime::codec::Encode for #name {
                fn encode(&self, out: &mut dyn runtime::codec::Writer) {
                    match self {
                        #(Self::#names(object) => object.encode(out),)*
                        Self::Other(raw) => raw.encode(out),
                    }
                }
            }
        });
    }
}

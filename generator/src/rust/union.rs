//! Unions of tagged objects.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::docs;
use crate::model::{MemberSelector, TypeId, UnionVariant};

/// An enum selected by the tags of an object, by a property or by what it has; other values stay
/// raw JSON.
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
            let line = match &variant.selector {
                MemberSelector::Tags => format!("The {state}`{}` object.", variant.object),
                MemberSelector::Property { name, value } => format!("`{name}` is `{value}`."),
                MemberSelector::Required(names) => format!("It has `{}`.", names.join("`, `")),
            };
            let docs = docs::item_docs(cx, None, &[line]);
            quote!(#docs #name(Box<#ty>),)
        });
        let decode = match variants
            .iter()
            .all(|it| it.selector == MemberSelector::Tags)
        {
            true => decode_by_tags(variants, &names),
            false => decode_by_content(variants, &names),
        };
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
                    #decode
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

/// Decodes by the tags `object` and `deleted`, without reading the value twice.
fn decode_by_tags(variants: &[UnionVariant], names: &[Ident]) -> TokenStream {
    let arms = variants.iter().zip(names).map(|(variant, name)| {
        let (object, deleted) = (&variant.object, variant.deleted);
        quote!((Some(#object), #deleted) => Self::#name(runtime::codec::decode_boxed(reader)?),)
    });
    quote! {
        let tags = reader.tags()?;
        *self = match (tags.object.as_deref(), tags.deleted) {
            #(#arms)*
            _ => Self::Other(runtime::codec::decode_value(reader)?),
        };
    }
}

/// Decodes by a property, or by what the value has: first the variants that require most.
fn decode_by_content(variants: &[UnionVariant], names: &[Ident]) -> TokenStream {
    let property = variants.iter().find_map(|variant| match &variant.selector {
        MemberSelector::Property { name, .. } => Some(name),
        _ => None,
    });
    let read = property.map(|name| {
        quote! {
            let tag = raw.get(#name).and_then(|tag| tag.decode::<String>().ok());
            let tag = tag.as_deref();
        }
    });
    let mut sorted: Vec<_> = variants.iter().zip(names).collect();
    sorted.sort_by_key(|(variant, _)| match &variant.selector {
        MemberSelector::Required(names) => usize::MAX - names.len(),
        _ => 0,
    });
    let tries = sorted.into_iter().map(|(variant, name)| {
        let is_this = match &variant.selector {
            MemberSelector::Property { value, .. } => quote!(tag == Some(#value)),
            MemberSelector::Required(names) => quote!(#(raw.get(#names).is_some())&&*),
            MemberSelector::Tags => quote!(false),
        };
        quote! {
            if #is_this {
                if let Ok(value) = raw.decode() {
                    *self = Self::#name(Box::new(value));
                    return Ok(());
                }
            }
        }
    });
    quote! {
        let raw: runtime::value::RawJson = runtime::codec::decode_value(reader)?;
        #read
        #(#tries)*
        *self = Self::Other(raw);
    }
}

//! Typed access to what errors hold beside texts.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{FileContext, raw_ident};
use super::docs;
use crate::model::{Ty, TypeId, TypeKind};

/// The name of the trait.
pub(super) const TRAIT: &str = "ErrorExt";

/// Names that an error has by the trait `std::error::Error`: methods get another one.
const TAKEN: [&str; 4] = ["cause", "description", "provide", "source"];

/// The trait with a method for the class and each object of the error object, and its impl for the
/// runtime's error. Nothing if there are none.
pub(super) struct ErrorMembersTrait<'a> {
    pub cx: &'a FileContext<'a>,
}

impl ErrorMembersTrait<'_> {
    /// Whether there is such a trait.
    pub(super) fn is_needed(&self) -> bool {
        self.class().is_some() || !self.cx.model.error_objects.is_empty()
    }

    /// The wire name of the class, and its enum.
    fn class(&self) -> Option<(&str, TypeId)> {
        let model = self.cx.model;
        let wire = model.error_class.as_deref()?;
        let TypeKind::Object(object) = &model.ty(model.error_object?).kind else {
            return None;
        };
        let field = object.fields.iter().find(|field| field.wire == wire)?;
        match &field.ty {
            Ty::Named(id) if matches!(model.ty(*id).kind, TypeKind::Choice(_)) => Some((wire, *id)),
            _ => None,
        }
    }

    /// The declaration and the implementation of each method.
    fn methods(&self) -> Vec<(TokenStream, TokenStream)> {
        let cx = self.cx;
        let mut methods = Vec::new();
        if let Some((wire, id)) = self.class() {
            let ty = cx.type_path(id);
            let docs = docs::item_docs(
                cx,
                None,
                &[format!(
                    "The class of the error: `{wire}`, if the server sent one. A program that \
                     matches on it needs an arm for other values."
                )],
            );
            methods.push((
                quote!(#docs fn class(&self) -> Option<#ty>;),
                quote! {
                    #[inline]
                    fn class(&self) -> Option<#ty> {
                        self.body()?.text(#wire).map(#ty::from)
                    }
                },
            ));
        }
        for (wire, id) in &cx.model.error_objects {
            let name = match TAKEN.contains(&wire.as_str()) {
                true => raw_ident(&format!("{wire}_object")),
                false => raw_ident(wire),
            };
            let ty = cx.type_path(*id);
            let docs = docs::item_docs(
                cx,
                None,
                &[
                    format!("`{wire}` of the error, which is decoded when this is called."),
                    "# Errors\nIf it does not fit its type.".to_owned(),
                ],
            );
            let signature = quote! {
                fn #name(&self) -> Result<Option<#ty>, runtime::codec::DecodeError>
            };
            methods.push((
                quote!(#docs #signature;),
                quote!(#[inline] #signature { self.decode_member(#wire) }),
            ));
        }
        methods
    }
}

impl ToTokens for ErrorMembersTrait<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        if !self.is_needed() {
            return;
        }
        let (declared, implemented): (Vec<_>, Vec<_>) = self.methods().into_iter().unzip();
        let name = raw_ident(TRAIT);
        let docs = docs::item_docs(
            self.cx,
            None,
            &["What the errors of this API hold beside texts, in its types.".to_owned()],
        );
        out.extend(quote! {
            #docs
            pub trait #name {
                #(#declared)*
            }

            impl #name for runtime::error::Error {
                #(#implemented)*
            }
        });
    }
}

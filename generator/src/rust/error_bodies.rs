//! The documented failures of one operation, by status.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::docs;
use crate::model::{ErrorBodyVariant, OperationId, TypeId};

/// An enum over the bodies that failures have, which `err.typed()` returns.
pub(super) struct ErrorBodiesDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub operation: OperationId,
    pub variants: &'a [ErrorBodyVariant],
}

impl ToTokens for ErrorBodiesDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self {
            cx,
            id,
            operation,
            variants,
        } = *self;
        let name = cx.type_ident(id);
        let operation = cx.model.operation(operation);
        let fact = format!(
            "Failures that `{} {}` documents, by the status of the response.",
            operation.method.as_str(),
            operation.path
        );
        let docs = docs::type_docs(cx, id, &fact);
        let names: Vec<_> = cx.names.variants(id).iter().map(ident_token).collect();
        let declared = variants.iter().zip(&names).map(|(variant, name)| {
            let line = match status_range(&variant.status) {
                Some((first, last)) if first == last => format!("Status {first}."),
                Some((first, last)) => format!("Statuses {first} to {last}."),
                None => "All other statuses.".to_owned(),
            };
            let docs = docs::item_docs(cx, None, &[line]);
            let ty = cx.type_ref(&variant.ty);
            quote!(#docs #name(Box<#ty>),)
        });
        let arms = variants.iter().zip(&names).map(|(variant, name)| {
            let pattern = match status_range(&variant.status) {
                Some((first, last)) if first == last => {
                    Literal::u16_unsuffixed(first).to_token_stream()
                }
                Some((first, last)) => {
                    let (first, last) = (
                        Literal::u16_unsuffixed(first),
                        Literal::u16_unsuffixed(last),
                    );
                    quote!(#first..=#last)
                }
                None => quote!(_),
            };
            quote!(#pattern => Self::#name(Box::new(error.decode_whole()?)),)
        });
        let has_default = variants.iter().any(|it| status_range(&it.status).is_none());
        let otherwise = (!has_default).then(|| quote!(_ => return None,));
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub enum #name {
                #(#declared)*
            }

            impl runtime::error::TypedError for #name {
                fn from_error(_: &runtime::error::ErrorBody) -> Option<Self> {
                    None
                }

                fn from_response(
                    status: u16,
                    error: &runtime::error::ErrorBody,
                ) -> Option<Self> {
                    Some(match status {
                        #(#arms)*
                        #otherwise
                    })
                }
            }
        });
    }
}

/// The first and last status that a key of `responses` stands for; `None` for `default`.
fn status_range(status: &str) -> Option<(u16, u16)> {
    match status.strip_suffix("XX") {
        Some(class) => {
            let class: u16 = class.parse().ok()?;
            let first = class.checked_mul(100)?;
            Some((first, first.checked_add(99)?))
        }
        None => status.parse().ok().map(|status| (status, status)),
    }
}

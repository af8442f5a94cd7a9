//! The documented error codes of one operation.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::choice::{open_enum_tokens, value_docs};
use super::context::FileContext;
use super::docs;
use crate::model::{ErrorCode, OperationId, TypeId};

/// An open enum over the values of `error.code`, which `err.typed()` returns.
pub(super) struct ErrorCodesDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub operation: OperationId,
    pub codes: &'a [ErrorCode],
}

impl ToTokens for ErrorCodesDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self {
            cx,
            id,
            operation,
            codes,
        } = *self;
        let name = cx.type_ident(id);
        let operation = cx.model.operation(operation);
        let fact = format!(
            "Error codes that `{} {}` documents.",
            operation.method.as_str(),
            operation.path
        );
        let docs = docs::type_docs(cx, id, &fact);
        let values: Vec<String> = codes.iter().map(|c| c.code.clone()).collect();
        let names = cx.names.variants(id).iter();
        let lines = names.zip(codes).map(|(name, c)| match &c.doc {
            Some(doc) if cx.wants_prose() => Some(format!("`{}`: {doc}", c.code)),
            _ => value_docs(name, &c.code),
        });
        let lines: Vec<_> = lines.collect();
        out.extend(open_enum_tokens(cx, id, &docs, &values, &lines));
        out.extend(quote! {
            impl runtime::error::TypedError for #name {
                fn from_error(error: &runtime::error::ErrorBody) -> Option<Self> {
                    error.code().map(Self::from)
                }
            }
        });
    }
}

//! The documented failures of one operation.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::choice::open_enum;
use super::context::Context;
use super::docs;
use crate::model::{ErrorCode, OperationId, TypeId};

/// An open enum over the values of `error.code`, reached by `err.typed()`.
pub(super) struct Declaration<'a> {
    pub cx: &'a Context<'a>,
    pub id: TypeId,
    pub operation: OperationId,
    pub codes: &'a [ErrorCode],
}

impl ToTokens for Declaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self {
            cx,
            id,
            operation,
            codes,
        } = *self;
        let name = cx.ident(id);
        let operation = cx.model.operation(operation);
        let fact = format!(
            "Error codes that `{} {}` documents.",
            operation.method.as_str(),
            operation.path
        );
        let docs = docs::ty(cx, id, &fact);
        let values: Vec<String> = codes.iter().map(|c| c.code.clone()).collect();
        let lines: Vec<String> = codes
            .iter()
            .map(|c| match &c.doc {
                Some(doc) if cx.wants_prose() => format!("`{}`: {doc}", c.code),
                _ => format!("`{}`", c.code),
            })
            .collect();
        out.extend(open_enum(cx, id, &docs, &values, &lines));
        out.extend(quote! {
            impl runtime::error::TypedError for #name {
                fn from_error(error: &runtime::error::ErrorBody) -> Option<Self> {
                    error.code().map(Self::from)
                }
            }
        });
    }
}

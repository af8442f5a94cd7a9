//! The list of all operations.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{Context, ident, raw};
use super::docs;
use crate::model::Home;

/// `catalogue.rs`.
pub(super) fn file(cx: &Context<'_>) -> TokenStream {
    let docs = docs::item(
        cx,
        None,
        &["Every operation of the document, in its order.".to_owned()],
    );
    let specs = cx.model.operations().map(|(id, operation)| {
        let path = cx.names.module(cx.model, Home::Service(operation.service));
        let path = path.iter().map(|m| raw(m));
        let marker = ident(&cx.names.operation(id).marker);
        quote!(<crate::#(#path::)*#marker as Operation>::SPEC)
    });
    quote! {
        #![doc = " The list of all operations."]
        use runtime::operation::{Operation, OperationSpec};

        #docs
        pub const OPERATIONS: &[&OperationSpec] = &[#(#specs),*];
    }
}

//! The list of all operations.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::FileContext;
use super::{docs, operation};

/// `catalogue.rs`.
pub(super) fn catalogue_file(cx: &FileContext<'_>) -> TokenStream {
    let docs = docs::item_docs(
        cx,
        None,
        &["Every operation of the document, in its order.".to_owned()],
    );
    let specs = cx
        .model
        .operations()
        .map(|(id, _)| operation::spec_path(cx, id));
    quote! {
        #![doc = " The list of all operations."]
        use runtime::operation::{Operation, OperationSpec};

        #docs
        pub const OPERATIONS: &[&OperationSpec] = &[#(#specs),*];
    }
}

//! The table of samples in the file that calls every operation.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::FileContext;
use crate::model::TypeKind;

/// The sample of every object and union of responses.
pub(super) fn samples_table(cx: &FileContext<'_>) -> TokenStream {
    let root = cx.crate_path();
    let types = cx.model.types();
    let types = types.filter(|(_, ty)| matches!(ty.kind, TypeKind::Object(_) | TypeKind::Union(_)));
    let entries = types.map(|(id, declared)| {
        let (site, ty) = (declared.site.to_string(), cx.type_path(id));
        quote! {
            ObjectSample {
                site: #site,
                make: || #root::testing::Sample::<#ty>::new().to_json(),
                recode: recode::<#ty>,
            }
        }
    });
    quote! {
        /// The sample of one object or union.
        #[derive(Debug)]
        pub struct ObjectSample {
            /// Where the document describes it: a component or an operation, and the fields that
            /// lead from there.
            pub site: &'static str,
            /// Makes a sample.
            pub make: fn() -> Result<String, #root::testing::TestDoubleError>,
            /// Decodes a text into the type and encodes that again.
            pub recode: fn(&[u8], DecodePolicy) -> Recoded,
        }

        /// The sample of every object and union.
        pub const SAMPLES: &[ObjectSample] = &[#(#entries),*];
    }
}

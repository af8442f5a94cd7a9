//! `lib.rs` and the list of resources.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::{FileContext, ident_token};
use super::error_members::{ErrorMembersTrait, TRAIT};
use super::front_page::SATELLITES;
use super::{docs, front_page};

/// `lib.rs`.
pub(super) fn root_file(cx: &FileContext<'_>) -> TokenStream {
    let roots = cx.model.services().filter(|(_, s)| s.parent.is_none());
    let services: Vec<_> = roots
        .map(|(id, _)| ident_token(&cx.names.service(id).module))
        .collect();
    let events = cx.model.events.is_some();
    let webhooks = events.then(|| {
        quote!(
            #[cfg(feature = "webhook")]
            pub mod webhooks;
        )
    });
    let docs = front_page::front_page_docs(cx);
    let errors = cx.model.error_object.map(|id| {
        // By full path: an import would come before the attributes of the crate.
        let path = cx.names.type_path(cx.model, id);
        let path = path.split("::").map(super::context::raw_ident);
        let docs = docs::item_docs(cx, None, &["The error object of the API.".to_owned()]);
        quote!(#docs pub use crate::#(#path)::*;)
    });
    let members = ErrorMembersTrait { cx }.is_needed().then(|| {
        let name = super::context::raw_ident(TRAIT);
        quote!(pub use crate::client::#name;)
    });
    let currency = currency_type(cx);
    let satellites = satellite_exports(cx);
    let module_note = module_note(cx);
    quote! {
        #docs
        // Fields and setters are documented where there is more to say than their names do.
        #![cfg_attr(docsrs, feature(doc_cfg))]
        #![allow(missing_docs)]
        // What is generated follows the document: an operation may take many required
        // parameters, and a deprecated one still has a marker that uses its types.
        #![allow(clippy::too_many_arguments, clippy::large_enum_variant, clippy::new_without_default)]

        pub mod catalogue;
        mod client;
        pub mod params;
        pub mod resources;
        #[cfg(feature = "testing")]
        mod samples;
        pub mod shared;
        #(pub mod #services;)*
        #webhooks

        #[doc(hidden)]
        pub use runtime;
        #[doc(inline)]
        pub use runtime::call::Call;
        #[doc(inline)]
        pub use runtime::client::ClientBuilder;
        #[doc(inline)]
        pub use runtime::error::Error;
        #[doc(inline)]
        pub use runtime::secret::Secret;
        #module_note
        #[doc(inline)]
        pub use runtime::{
            auth, call, circuit_breaker, clock, download, error, http, idempotency, operation, page,
            rate_limit, retry, telemetry, transport, value,
        };
        #satellites
        pub use crate::client::{API, API_VERSION, Client};
        #members
        #errors
        #currency
    }
}

/// The satellite crates of the runtime, each with its feature.
fn satellite_exports(cx: &FileContext<'_>) -> TokenStream {
    let exports = SATELLITES.iter().map(|(name, _)| {
        let ident = super::context::raw_ident(name);
        let crate_name = cx.options.crate_name.replace('-', "_");
        let note = format!(
            "Requires the feature `{name}`. Examples on these pages that name the crate `{name}` are \
             written here with `{crate_name}::{name}`."
        );
        let docs = docs::item_docs(cx, None, &[note]);
        quote! {
            #docs
            #[cfg(feature = #name)]
            #[doc(inline)]
            pub use ::#ident;
        }
    });
    exports.collect()
}

/// What the docs of the runtime's modules are preceded by.
fn module_note(cx: &FileContext<'_>) -> TokenStream {
    let crate_name = cx.options.crate_name.replace('-', "_");
    let note = format!(
        "Examples on these pages name the runtime. Here, `runtime::` and `wire::` are \
         `{crate_name}::`, and [`Client::builder`](crate::Client::builder) takes no argument."
    );
    docs::item_docs(cx, None, &[note])
}

/// The type of currencies, if the dialect knows how amounts are written.
fn currency_type(cx: &FileContext<'_>) -> Option<TokenStream> {
    let currencies = &cx.model.facts.currencies;
    let lines = currencies.iter().map(|currency| {
        let code = &currency.code;
        let digits = Literal::u32_unsuffixed(currency.digits);
        let decimals = Literal::u32_unsuffixed(currency.decimals);
        quote!(#code = #digits, #decimals;)
    });
    (!currencies.is_empty()).then(|| quote!(runtime::currency!(Currency; #(#lines)*);))
}

/// The module of a folder of types: their files are not part of their paths.
pub(super) fn parts_file(cx: &FileContext<'_>) -> TokenStream {
    let files = cx.module.map(|module| cx.names.files_of(module));
    let files: Vec<_> = files.into_iter().flatten().map(ident_token).collect();
    quote! {
        #(mod #files;)*
        #(pub use self::#files::*;)*
    }
}

/// `resources.rs`.
pub(super) fn resources_file(cx: &FileContext<'_>) -> TokenStream {
    let mut modules: Vec<_> = cx
        .model
        .resources()
        .map(|(id, resource)| (cx.names.resource(id), &cx.names.ty(resource.ty).ident))
        .collect();
    modules.sort();
    let declared = modules.iter().map(|(module, _)| {
        let module = ident_token(module);
        quote!(pub mod #module;)
    });
    let exported = modules.iter().map(|(module, ty)| {
        let (module, ty) = (ident_token(module), ident_token(ty));
        quote!(pub use self::#module::#ty;)
    });
    let docs = docs::item_docs(cx, None, &[]);
    quote! {
        #docs
        #![doc = " The objects of the API, one module each."]
        #(#declared)*
        #(#exported)*
    }
}

//! Writes the model down as Rust tokens.
//!
//! In: a frozen model, its names, and how much documentation is wanted. Out: [`Unit`]s, one per
//! file, whose tokens are built when they are asked for (token streams cannot cross threads, so
//! the thread that formats a file also builds it). Afterwards: nothing is left to decide.
//! This stage deliberately makes no choice about meaning: such a choice belongs in `model`.

mod catalogue;
mod choice;
mod client;
mod context;
mod crate_root;
mod docs;
mod either;
mod error_codes;
mod exercise;
mod exercise_events;
mod object;
mod operation;
mod params;
mod service;
mod type_ref;
mod union;
mod webhooks;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use self::context::Context;
use crate::model::{Model, ModuleId, TypeId, TypeKind};
use crate::name::NameTable;

/// How much documentation the output carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Docs {
    /// The document's own prose, and facts.
    Full,
    /// Facts only: wire names, paths, limits, values.
    #[default]
    Facts,
    /// None.
    None,
}

/// What the command line can change about the output.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How much documentation.
    pub docs: Docs,
    /// Name of the crate, for its own documentation.
    pub crate_name: String,
}

/// One file of the output.
pub struct Unit<'a> {
    /// Path below the output folder, with `/`.
    pub path: String,
    build: Box<dyn Fn() -> TokenStream + Send + Sync + 'a>,
}

impl Unit<'_> {
    /// The file's content.
    pub fn tokens(&self) -> TokenStream {
        (self.build)()
    }
}

/// Every source file of the crate.
pub fn units<'a>(model: &'a Model, names: &'a NameTable, options: &'a Options) -> Vec<Unit<'a>> {
    let plan = Plan {
        model,
        names,
        options,
    };
    let mut units = vec![
        plan.unit("src/lib.rs", None, crate_root::file),
        plan.unit("src/client.rs", None, client::file),
        plan.unit("src/catalogue.rs", None, catalogue::file),
        plan.unit("src/resources.rs", None, crate_root::resources_file),
        plan.unit("src/shared.rs", Some(ModuleId::Shared), types_file),
        plan.unit("src/params.rs", Some(ModuleId::Params), types_file),
    ];
    if let Some(events) = &model.events {
        units.push(plan.unit("src/webhooks.rs", None, |cx| webhooks::file(cx, events)));
        let kinds = |cx: &Context<'_>| webhooks::kinds_file(cx, events);
        units.push(plan.unit("src/webhooks/kinds.rs", None, kinds));
        if !events.notifications.is_empty() {
            let kinds = |cx: &Context<'_>| webhooks::notification_kinds_file(cx, events);
            units.push(plan.unit("src/webhooks/notification_kinds.rs", None, kinds));
        }
    }
    for (id, _) in model.resources() {
        let path = format!("src/resources/{}.rs", names.resource(id));
        units.push(plan.unit(path, Some(ModuleId::Resource(id)), types_file));
    }
    for (id, _) in model.services() {
        let home = ModuleId::Service(id);
        let path = format!("src/{}.rs", names.module_path(model, home).join("/"));
        units.push(plan.unit(path, Some(home), move |cx| service::file(cx, id)));
    }
    units
}

/// A file outside of the crate that calls every operation; see [`exercise`].
pub fn exerciser<'a>(model: &'a Model, names: &'a NameTable, options: &'a Options) -> Unit<'a> {
    let build = move || {
        let cx = Context::outside(model, names, options);
        let body = exercise::file(&cx);
        let imports = cx.imports();
        quote! { #imports #body }
    };
    Unit {
        path: "exercise.rs".to_owned(),
        build: Box::new(build),
    }
}

struct Plan<'a> {
    model: &'a Model,
    names: &'a NameTable,
    options: &'a Options,
}

impl<'a> Plan<'a> {
    fn unit(
        &self,
        path: impl Into<String>,
        home: Option<ModuleId>,
        file: impl Fn(&Context<'_>) -> TokenStream + Send + Sync + 'a,
    ) -> Unit<'a> {
        let (model, names, options) = (self.model, self.names, self.options);
        let build = move || {
            let cx = Context::new(model, names, options, home);
            let body = file(&cx);
            let docs = docs::module(&cx);
            let imports = cx.imports();
            quote! { #docs #imports #body }
        };
        Unit {
            path: path.into(),
            build: Box::new(build),
        }
    }
}

/// A file that only declares types.
fn types_file(cx: &Context<'_>) -> TokenStream {
    let mut ids: Vec<TypeId> = cx.local_types().collect();
    // The object a module is named after comes first; the rest by name, so that a new type does
    // not move the others.
    ids.sort_by_key(|id| (!cx.is_module_head(*id), cx.names.ty(*id).ident.clone()));
    let mut out = TokenStream::new();
    for id in &ids {
        declare(cx, *id).to_tokens(&mut out);
    }
    trait_impls(cx, &ids).to_tokens(&mut out);
    out
}

/// The declaration of one type with its impls.
fn declare(cx: &Context<'_>, id: TypeId) -> TokenStream {
    match &cx.model.ty(id).kind {
        TypeKind::Object(object) => object::Declaration { cx, id, object }.into_token_stream(),
        TypeKind::Params(params) => params::Declaration { cx, id, params }.into_token_stream(),
        TypeKind::Choice(values) => choice::Declaration { cx, id, values }.into_token_stream(),
        TypeKind::Token(values) => choice::Newtype { cx, id, values }.into_token_stream(),
        TypeKind::Union(variants) => union::Declaration { cx, id, variants }.into_token_stream(),
        TypeKind::Either(members) => either::Declaration { cx, id, members }.into_token_stream(),
        TypeKind::ErrorCodes(operation, codes) => error_codes::Declaration {
            cx,
            id,
            operation: *operation,
            codes,
        }
        .into_token_stream(),
    }
}

/// The impls that the runtime's macros write for lists of types.
fn trait_impls(cx: &Context<'_>, ids: &[TypeId]) -> TokenStream {
    let of = |wanted: &dyn Fn(&TypeKind) -> bool| -> Vec<TokenStream> {
        let ids = ids.iter().filter(|id| wanted(&cx.model.ty(**id).kind));
        ids.map(|id| cx.ident(*id)).collect()
    };
    let newtypes = of(&|kind| matches!(kind, TypeKind::Token(_)));
    let both = of(&|kind| {
        matches!(
            kind,
            TypeKind::Object(_) | TypeKind::Union(_) | TypeKind::Choice(_) | TypeKind::Token(_)
        )
    });
    let encode_only = of(&|kind| matches!(kind, TypeKind::Params(_) | TypeKind::Either(_)));
    let newtypes =
        (!newtypes.is_empty()).then(|| quote!(runtime::string_newtypes!(#(#newtypes),*);));
    let both = (!both.is_empty())
        .then(|| quote!(#[cfg(feature = "serde")] runtime::impl_serde!(#(#both),*);));
    let encode_only = (!encode_only.is_empty())
        .then(|| quote!(#[cfg(feature = "serde")] runtime::impl_serialize!(#(#encode_only),*);));
    quote!(#newtypes #both #encode_only)
}

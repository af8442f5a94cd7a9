//! Turns the model into Rust tokens.
//!
//! In: a frozen model, its names, and how much documentation is wanted. Out: [`Unit`]s, one per
//! file, whose tokens are built on demand (token streams cannot cross threads, so the thread that
//! formats a file also builds it). Afterwards: nothing is left to decide.
//! This stage makes no choice about meaning: such a choice belongs in `model`.

mod catalogue;
mod choice;
mod client;
mod context;
mod crate_root;
mod credentials;
mod docs;
mod either;
mod error_bodies;
mod error_codes;
mod error_members;
mod example;
mod exercise;
mod exercise_events;
mod exercise_samples;
mod expandable_path;
mod front_page;
mod object;
mod operation;
mod paging;
mod parameter_sample;
mod params;
mod sample_text;
mod samples;
mod scheme_names;
mod schemes;
mod service;
mod signature;
mod type_ref;
mod union;
mod webhooks;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use self::context::FileContext;
pub use self::exercise::ExerciserExtent;
pub use self::signature::{SignatureText, plain_text};
use crate::model::{Model, ModuleId, Ty, TypeId, TypeKind};
use crate::name::{Ident, NameTable};

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

/// The options of the output.
#[derive(Clone, Debug, Default)]
pub struct OutputOptions {
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
    /// A file without content.
    #[cfg(test)]
    pub(crate) fn empty(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            build: Box::new(TokenStream::new),
        }
    }

    /// The file's content.
    pub fn build_tokens(&self) -> TokenStream {
        (self.build)()
    }
}

/// Every source file of the crate.
pub fn source_units<'a>(
    model: &'a Model,
    names: &'a NameTable,
    options: &'a OutputOptions,
) -> Vec<Unit<'a>> {
    let builder = UnitBuilder {
        model,
        names,
        options,
    };
    let mut units = vec![
        builder.source_unit("src/lib.rs", None, crate_root::root_file),
        builder.source_unit("src/client.rs", None, client::client_file),
        builder.source_unit("src/catalogue.rs", None, catalogue::catalogue_file),
        builder.source_unit("src/resources.rs", None, crate_root::resources_file),
        builder.source_unit("src/samples.rs", None, samples::samples_file),
    ];
    for module in [ModuleId::Shared, ModuleId::Params] {
        let path = names.module_path(model, module).join("/");
        let parts = crate_root::parts_file;
        units.push(builder.source_unit(format!("src/{path}.rs"), Some(module), parts));
        for file in names.files_of(module) {
            units.push(builder.part_unit(format!("src/{path}/{file}.rs"), module, file));
        }
    }
    if let Some(events) = &model.events {
        units.push(builder.source_unit("src/webhooks.rs", None, |cx| {
            webhooks::webhooks_file(cx, events)
        }));
        let kinds = |cx: &FileContext<'_>| webhooks::kinds_file(cx, events);
        units.push(builder.source_unit("src/webhooks/kinds.rs", None, kinds));
        if !events.notifications.is_empty() {
            let kinds = |cx: &FileContext<'_>| webhooks::notification_kinds_file(cx, events);
            units.push(builder.source_unit("src/webhooks/notification_kinds.rs", None, kinds));
        }
    }
    for (id, _) in model.resources() {
        let path = format!("src/resources/{}.rs", names.resource(id));
        units.push(builder.source_unit(path, Some(ModuleId::Resource(id)), types_file));
    }
    for (id, _) in model.services() {
        let module = ModuleId::Service(id);
        let path = format!("src/{}.rs", names.module_path(model, module).join("/"));
        units
            .push(builder.source_unit(path, Some(module), move |cx| service::service_file(cx, id)));
    }
    units
}

/// A file outside the crate that calls every operation; see the module `exercise`.
pub fn exerciser_unit<'a>(
    model: &'a Model,
    names: &'a NameTable,
    options: &'a OutputOptions,
    extent: ExerciserExtent,
) -> Unit<'a> {
    let build = move || {
        let cx = FileContext::for_external_file(model, names, options);
        let body = exercise::exercise_file(&cx, extent);
        let imports = cx.use_items();
        quote! { #imports #body }
    };
    Unit {
        path: "exercise.rs".to_owned(),
        build: Box::new(build),
    }
}

struct UnitBuilder<'a> {
    model: &'a Model,
    names: &'a NameTable,
    options: &'a OutputOptions,
}

impl<'a> UnitBuilder<'a> {
    /// A file with a part of the types of a module.
    fn part_unit(&self, path: String, module: ModuleId, file: &'a Ident) -> Unit<'a> {
        let (model, names, options) = (self.model, self.names, self.options);
        let build = move || {
            let cx = FileContext::for_part(model, names, options, module, file.clone());
            let body = types_file(&cx);
            // Moved: interpolated tokens are copied.
            let mut file = docs::module_docs(&cx);
            file.extend(cx.use_items());
            file.extend(body);
            file
        };
        Unit {
            path,
            build: Box::new(build),
        }
    }

    fn source_unit(
        &self,
        path: impl Into<String>,
        module: Option<ModuleId>,
        file: impl Fn(&FileContext<'_>) -> TokenStream + Send + Sync + 'a,
    ) -> Unit<'a> {
        let (model, names, options) = (self.model, self.names, self.options);
        let build = move || {
            let cx = FileContext::new(model, names, options, module);
            let body = file(&cx);
            // Moved: interpolated tokens are copied.
            let mut file = docs::module_docs(&cx);
            file.extend(cx.use_items());
            file.extend(body);
            file
        };
        Unit {
            path: path.into(),
            build: Box::new(build),
        }
    }
}

/// A file that only declares types.
fn types_file(cx: &FileContext<'_>) -> TokenStream {
    let mut ids: Vec<TypeId> = cx.local_types().collect();
    // The object that the module is named after comes first. The rest is sorted by name, so that a
    // new type does not move the others.
    ids.sort_by_key(|id| (!cx.is_module_head(*id), cx.names.ty(*id).ident.clone()));
    let mut out = head_reexport(cx);
    for id in &ids {
        out.extend(type_declaration(cx, *id));
    }
    out.extend(trait_impls(cx, &ids));
    out
}

/// The object that the module is named after, if it was published as a part of another one.
fn head_reexport(cx: &FileContext<'_>) -> TokenStream {
    let Some(ModuleId::Resource(resource)) = cx.module else {
        return TokenStream::new();
    };
    let head = cx.model.resource(resource).ty;
    if Some(cx.names.ty(head).module) == cx.module {
        return TokenStream::new();
    }
    let path = cx.names.type_path(cx.model, head);
    let path = path.split("::").map(context::raw_ident);
    quote!(pub use crate::#(#path)::*;)
}

/// The declaration of one type with its impls.
fn type_declaration(cx: &FileContext<'_>, id: TypeId) -> TokenStream {
    match &cx.model.ty(id).kind {
        TypeKind::Object(object) => {
            object::ObjectDeclaration { cx, id, object }.into_token_stream()
        }
        TypeKind::Params(params) => {
            params::ParamsDeclaration { cx, id, params }.into_token_stream()
        }
        TypeKind::Choice(values) => {
            choice::ChoiceDeclaration { cx, id, values }.into_token_stream()
        }
        TypeKind::Token(values) => choice::TokenDeclaration { cx, id, values }.into_token_stream(),
        TypeKind::Union(variants) => {
            union::UnionDeclaration { cx, id, variants }.into_token_stream()
        }
        TypeKind::Either(members) => {
            either::EitherDeclaration { cx, id, members }.into_token_stream()
        }
        TypeKind::ErrorCodes(operation, codes) => error_codes::ErrorCodesDeclaration {
            cx,
            id,
            operation: *operation,
            codes,
        }
        .into_token_stream(),
        TypeKind::ErrorBodies(operation, variants) => error_bodies::ErrorBodiesDeclaration {
            cx,
            id,
            operation: *operation,
            variants,
        }
        .into_token_stream(),
    }
}

/// Calls of the runtime's macros that implement traits for lists of types.
fn trait_impls(cx: &FileContext<'_>, ids: &[TypeId]) -> TokenStream {
    let of = |wanted: &dyn Fn(&TypeKind) -> bool| -> Vec<TokenStream> {
        let ids = ids.iter().filter(|id| wanted(&cx.model.ty(**id).kind));
        ids.map(|id| cx.type_ident(*id)).collect()
    };
    let newtypes = of(&|kind| matches!(kind, TypeKind::Token(_)));
    let both = of(&|kind| {
        matches!(
            kind,
            TypeKind::Object(_) | TypeKind::Union(_) | TypeKind::Choice(_) | TypeKind::Token(_)
        )
    });
    let encode_only = of(&|kind| matches!(kind, TypeKind::Params(_) | TypeKind::Either(_)));
    let identified = identified_impls(cx, ids);
    let newtypes =
        (!newtypes.is_empty()).then(|| quote!(runtime::string_newtypes!(#(#newtypes),*);));
    let both = (!both.is_empty())
        .then(|| quote!(#[cfg(feature = "serde")] runtime::impl_serde!(#(#both),*);));
    let encode_only = (!encode_only.is_empty())
        .then(|| quote!(#[cfg(feature = "serde")] runtime::impl_serialize!(#(#encode_only),*);));
    let pages = paging::page_impls(cx, ids);
    quote!(#identified #pages #newtypes #both #encode_only)
}

/// What gives the id of an object that may be deleted.
fn identified_impls(cx: &FileContext<'_>, ids: &[TypeId]) -> TokenStream {
    let objects = &cx.model.objects;
    let can_be_deleted = |id: TypeId| {
        let mut own = objects.iter().filter(|object| object.ty == id);
        own.any(|own| {
            let mut same = objects.iter().filter(|object| object.tag == own.tag);
            same.any(|other| other.deleted != own.deleted)
        })
    };
    let impls = ids.iter().filter_map(|id| {
        let TypeKind::Object(object) = &cx.model.ty(*id).kind else {
            return None;
        };
        let fields = object.fields.iter().zip(cx.names.fields(*id));
        let mut fields = fields.filter(|(field, _)| field.presence.is_required());
        fields.find_map(|(field, names)| match (field.wire.as_str(), &field.ty) {
            ("id", Ty::Id(owner)) if can_be_deleted(*id) => {
                let (ty, field) = (cx.type_ident(*id), context::ident_token(&names.field));
                let owner = cx.type_path(*owner);
                Some(quote! {
                    impl runtime::value::Identified for #ty {
                        type Object = #owner;
                        fn id(&self) -> &runtime::value::Id<#owner> {
                            &self.#field
                        }
                    }
                })
            }
            _ => None,
        })
    });
    impls.collect()
}

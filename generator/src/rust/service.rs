//! Service handles: one method per operation, one accessor per child service.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::operation::OperationMarker;
use super::{docs, trait_impls, type_declaration};
use crate::model::{
    CallForm, Model, ModuleId, OperationId, PathParam, PathStyle, ServiceId, TypeId,
};
use crate::name::{Ident, NameTable};

/// The file of one service: child modules, handle, parameter types, markers.
pub(super) fn service_file(cx: &FileContext<'_>, id: ServiceId) -> TokenStream {
    let service = cx.model.service(id);
    let children = service.children.iter().map(|child| {
        let module = ident_token(&cx.names.service(*child).module);
        quote!(pub mod #module;)
    });
    let children: TokenStream = children.collect();
    // A part of an API may have types of a service whose calls it does not have.
    let handle = ServiceHandle { cx, id };
    let handle = cx.model.has_calls(id).then_some(handle);
    let mut types: Vec<TypeId> = cx.local_types().collect();
    types.sort_by_key(|id| {
        (
            !cx.model.ty(*id).site.path.is_empty(),
            cx.names.ty(*id).ident.clone(),
        )
    });
    let markers = service
        .operations
        .iter()
        .map(|id| OperationMarker { cx, id: *id });
    let impls = trait_impls(cx, &types);
    let imports = (!service.operations.is_empty()).then(|| {
        quote! {
            use runtime::call::Call;
            use runtime::operation::{Operation, OperationSpec};
        }
    });
    let mut file = quote!(#imports #children #handle #(#markers)*);
    // Moved: interpolated tokens are copied.
    file.extend(types.iter().map(|id| type_declaration(cx, *id)));
    file.extend(impls);
    file
}

struct ServiceHandle<'a> {
    cx: &'a FileContext<'a>,
    id: ServiceId,
}

impl ToTokens for ServiceHandle<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id } = *self;
        let service = cx.model.service(id);
        let handle = ident_token(&cx.names.service(id).handle);
        let call = cx
            .names
            .module_path(cx.model, ModuleId::Service(id))
            .join("().");
        let mut facts = vec![format!("What `client.{call}()` gives.")];
        if let (Some(url), false) = (&cx.model.facts.docs_url, service.operations.is_empty()) {
            let path = service.path.join("/");
            facts.push(format!("[Reference]({}/{path})", url.trim_end_matches('/')));
        }
        let docs = docs::item_docs(cx, None, &facts);
        let accessors = service
            .children
            .iter()
            .filter(|child| cx.model.has_calls(**child))
            .map(|child| service_accessor(cx, *child, &quote!(self.0)));
        let methods = service
            .operations
            .iter()
            .map(|operation| service_methods(cx, *operation));
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug)]
            pub struct #handle(pub(crate) runtime::client::Client);

            impl #handle {
                #(#accessors)*
                #(#methods)*
            }
        });
    }
}

/// The method that returns service `id`; `client` is an expression for the runtime's client.
pub(super) fn service_accessor(
    cx: &FileContext<'_>,
    id: ServiceId,
    client: &TokenStream,
) -> TokenStream {
    let names = cx.names.service(id);
    let (module, handle) = (ident_token(&names.module), ident_token(&names.handle));
    // Declared in the module of its parent.
    let handle = match cx.module {
        Some(_) => quote!(#module::#handle),
        None => quote!(crate::#module::#handle),
    };
    let fact = service_fact(cx.model, cx.names, id);
    let docs = docs::item_docs(cx, None, &[fact]);
    quote! {
        #docs
        #[inline]
        pub fn #module(&self) -> #handle {
            #handle(#client.clone())
        }
    }
}

fn service_fact(model: &Model, names: &NameTable, id: ServiceId) -> String {
    let service = model.service(id);
    let methods: Vec<String> = service
        .operations
        .iter()
        .flat_map(|o| method_names(model, names, *o))
        .map(|name| format!("`{name}`"))
        .chain(
            service
                .children
                .iter()
                .filter(|child| model.has_calls(**child))
                .map(|c| format!("`{}()`", names.service(*c).module)),
        )
        .collect();
    methods.join(", ")
}

/// The names of the methods of an operation.
fn method_names<'a>(model: &Model, names: &'a NameTable, id: OperationId) -> Vec<&'a Ident> {
    let named = names.operation(id);
    let plain = (model.operation(id).form != CallForm::With).then_some(&named.method);
    plain.into_iter().chain(&named.with).collect()
}

/// The methods of an operation. One that had no parameters when it was published has a second
/// method for them.
fn service_methods(cx: &FileContext<'_>, id: OperationId) -> TokenStream {
    let operation = cx.model.operation(id);
    let names = cx.names.operation(id);
    let params = operation.params.map(|id| cx.type_path(id));
    match (operation.form, &names.with, params) {
        (CallForm::PlainAndWith, Some(with), Some(ty)) => {
            let plain = service_method(cx, id, &names.method, None, &quote!(&#ty::new()));
            let with = service_method(cx, id, with, Some(ty), &quote!(&params));
            quote!(#plain #with)
        }
        (CallForm::With, Some(with), Some(ty)) => {
            service_method(cx, id, with, Some(ty), &quote!(&params))
        }
        (_, _, Some(ty)) => service_method(cx, id, &names.method, Some(ty), &quote!(&params)),
        (_, _, None) => service_method(cx, id, &names.method, None, &quote!(&())),
    }
}

fn service_method(
    cx: &FileContext<'_>,
    id: OperationId,
    name: &Ident,
    params: Option<TokenStream>,
    value: &TokenStream,
) -> TokenStream {
    let operation = cx.model.operation(id);
    let names = cx.names.operation(id);
    let (method, marker) = (ident_token(name), ident_token(&names.marker));
    let docs = docs::operation_docs(cx, operation, name);
    let deprecated = operation.deprecation.as_ref().map(|deprecation| {
        let note = deprecation_note(
            cx,
            deprecation.instead.as_deref(),
            deprecation.note.as_deref(),
        );
        quote!(#[deprecated(note = #note)])
    });
    let path_params = operation.path_params.iter().zip(&names.path_params);
    let arguments = path_params.clone().map(|(param, name)| {
        let name = ident_token(name);
        let ty = cx.path_argument(param);
        quote!(#name: #ty)
    });
    let filled = path_params.map(|(param, name)| {
        let name = ident_token(name);
        if let Some(style) = param.style {
            return styled_argument(param, style, &quote!(#name));
        }
        match param.identifies {
            Some(_) => quote!(#name.as_id()),
            None if param.is_integer => quote!(&#name.to_string()),
            None => quote!(#name.as_ref()),
        }
    });
    let params = params.map(|ty| quote!(params: #ty));
    let arguments = arguments.chain(params);
    let output = cx.type_ref(&operation.output);
    let is_paged = operation.pages.is_some();
    let lists = is_paged.then(|| quote!(, #marker));
    let paged = is_paged.then(|| quote!(.paged()));
    let inline = operation.path_params.is_empty().then(|| quote!(#[inline]));
    quote! {
        #docs
        #deprecated
        #inline
        pub fn #method(&self, #(#arguments),*) -> Call<#output #lists> {
            self.0.request::<#marker>(&[#(#filled),*], #value) #paged
        }
    }
}

/// An argument of the path that is not written as one text.
fn styled_argument(param: &PathParam, style: PathStyle, name: &TokenStream) -> TokenStream {
    let items = match (param.is_list, param.is_integer) {
        (true, true) => quote!(#name.into_iter().map(|item| item.to_string())),
        (true, false) => quote!(#name),
        (false, true) => quote!([#name.to_string()]),
        (false, false) => quote!([#name]),
    };
    let style = match style {
        PathStyle::Simple => quote!(Simple),
        PathStyle::Label => quote!(Label),
        PathStyle::LabelExploded => quote!(LabelExploded),
        PathStyle::Matrix => quote!(Matrix),
        PathStyle::MatrixExploded => quote!(MatrixExploded),
    };
    let wire = &param.wire;
    quote!(&runtime::operation::join_items(runtime::operation::PathStyle::#style, #wire, #items))
}

fn deprecation_note(cx: &FileContext<'_>, instead: Option<&str>, note: Option<&str>) -> String {
    let wanted = instead.and_then(|wanted| wanted.split_once(' '));
    let target = wanted.and_then(|(method, path)| {
        let mut all = cx.model.operations();
        all.find(|(_, o)| o.path == path && o.method.as_str() == method)
    });
    match (target, note) {
        (Some((id, operation)), _) => {
            let path = cx
                .names
                .module_path(cx.model, ModuleId::Service(operation.service))
                .join("().");
            format!(
                "use `client.{path}().{}` instead",
                cx.names.operation(id).method
            )
        }
        (None, Some(note)) => note.to_owned(),
        (None, None) => "the API's document marks it as deprecated".to_owned(),
    }
}

//! The marker type of an operation.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token, raw_ident};
use super::paging::page_spec;
use super::{credentials, docs};
use crate::model::{
    AuthScheme, CallForm, Encoding, HttpMethod, ModuleId, Operation, OperationId, ParamPlace,
    PlacedParam, QueryStyle, Ty,
};

/// A unit struct that ties the operation's constants to its types.
pub(super) struct OperationMarker<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: OperationId,
}

impl ToTokens for OperationMarker<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id } = *self;
        let operation = cx.model.operation(id);
        let marker = ident_token(&cx.names.operation(id).marker);
        let call = format!(
            "`{} {}`, as a type.",
            operation.method.as_str(),
            operation.path
        );
        let docs = docs::item_docs(cx, None, &[call]);
        let params = operation
            .params
            .map_or_else(|| quote!(()), |id| cx.type_path(id));
        let output = cx.type_ref(&operation.output);
        let error = operation
            .errors
            .map_or_else(|| quote!(()), |id| cx.type_path(id));
        let spec = self.spec_expression();
        let paging = operation.pages.as_ref().map(|paging| {
            let pages = page_spec(paging);
            quote! {
                impl<P> runtime::page::Paging<P> for #marker {
                    const PAGES: &'static runtime::operation::PageSpec = &#pages;
                }
            }
        });
        out.extend(quote! {
            #docs
            #[derive(Clone, Copy, Debug)]
            pub struct #marker;

            impl Operation for #marker {
                type Params = #params;
                type Output = #output;
                type Error = #error;
                const SPEC: &'static OperationSpec = &#spec;
            }

            #paging
        });
    }
}

impl OperationMarker<'_> {
    fn spec_expression(&self) -> TokenStream {
        let operation = self.cx.model.operation(self.id);
        let (id, path, host) = (&operation.id, &operation.path, &operation.host);
        let mut spec = quote!(OperationSpec);
        // These have a form body, or none, by themselves.
        let has_own_body = match (operation.method, operation.encoding) {
            (HttpMethod::Get, None) => Some(quote!(::get(#id, #path))),
            (HttpMethod::Post, Some(_)) => Some(quote!(::post(#id, #path))),
            (HttpMethod::Post, None) if operation.idempotent_key => {
                Some(quote!(::post(#id, #path)))
            }
            (HttpMethod::Delete, None) => Some(quote!(::delete(#id, #path))),
            _ => None,
        };
        let is_plain_post = operation.method == HttpMethod::Post && has_own_body.is_some();
        spec.extend(has_own_body.unwrap_or_else(|| {
            let method = method_path(operation.method);
            quote!(::of(#id, #method, #path))
        }));
        let call = self.call_path();
        spec.extend(quote!(.called(#call)));
        match operation.encoding {
            Some(Encoding::Json) => spec.extend(quote!(.json())),
            Some(Encoding::Multipart) => spec.extend(quote!(.multipart())),
            Some(Encoding::Form) if !is_plain_post => spec.extend(quote!(.form())),
            _ => {}
        }
        if let Some(media_type) = &operation.media_type {
            spec.extend(quote!(.content_type(#media_type)));
        }
        if let Some(accept) = &operation.accept {
            spec.extend(quote!(.accept(#accept)));
        }
        if !operation.security.is_empty() {
            spec.extend(credentials::security_setting(self.cx, &operation.security));
        } else if operation.auth != [AuthScheme::Bearer] {
            let auth = operation.auth.iter().map(credentials::auth_scheme);
            spec.extend(quote!(.auth(&[#(#auth),*])));
        }
        if !operation.placed.is_empty() {
            let placed = operation.placed.iter().map(placed_param);
            spec.extend(quote!(.placed(&[#(#placed),*])));
        }
        let styled = operation.path_params.iter();
        let styled = styled.filter(|param| param.style.is_some());
        let styled: Vec<&String> = styled.map(|param| &param.wire).collect();
        if !styled.is_empty() {
            spec.extend(quote!(.styled_path(&[#(#styled),*])));
        }
        if matches!(operation.output, Ty::Optional(_)) {
            spec.extend(quote!(.optional_body()));
        }
        let hosts = &self.cx.model.facts.hosts;
        if hosts.first().is_some_and(|(first, _)| first != host) {
            spec.extend(quote!(.host(#host)));
        }
        spec.extend(repetition_settings(operation, is_plain_post));
        if operation.rate_class != "default" {
            let class = &operation.rate_class;
            spec.extend(quote!(.rate_class(#class)));
        }
        if let Some(seconds) = operation.timeout_secs {
            let seconds = Literal::u64_unsuffixed(seconds);
            spec.extend(quote!(.timeout_secs(#seconds)));
        }
        if let Some(why) = &operation.explicit_version {
            spec.extend(quote!(.explicit_version(#why)));
        }
        spec
    }

    /// How programs call the operation, from the client.
    fn call_path(&self) -> String {
        let Self { cx, id } = *self;
        let operation = cx.model.operation(id);
        let path = cx
            .names
            .module_path(cx.model, ModuleId::Service(operation.service));
        let names = cx.names.operation(id);
        let method = match (operation.form, &names.with) {
            (CallForm::With, Some(with)) => with,
            _ => &names.method,
        };
        format!("{}().{method}", path.join("()."))
    }
}

/// How requests are made safe to repeat, where it differs from the constructor that was chosen.
fn repetition_settings(operation: &Operation, is_plain_post: bool) -> TokenStream {
    let mut settings = match (is_plain_post, operation.idempotent_key) {
        (true, true) | (false, false) => TokenStream::new(),
        (false, true) => quote!(.idempotent_key()),
        (true, false) => quote!(.without_idempotency_key()),
    };
    if let Some(header) = &operation.idempotency_header {
        settings.extend(quote!(.idempotency_header(#header)));
    }
    if operation.is_repeatable {
        settings.extend(quote!(.repeatable()));
    }
    settings
}

/// A method as the runtime calls it.
fn method_path(method: HttpMethod) -> TokenStream {
    match method {
        HttpMethod::Get => quote!(runtime::operation::Method::Get),
        HttpMethod::Post => quote!(runtime::operation::Method::Post),
        HttpMethod::Put => quote!(runtime::operation::Method::Put),
        HttpMethod::Patch => quote!(runtime::operation::Method::Patch),
        HttpMethod::Delete => quote!(runtime::operation::Method::Delete),
        HttpMethod::Head => quote!(runtime::operation::Method::Head),
        HttpMethod::Options => quote!(runtime::operation::Method::Options),
    }
}

/// Where a parameter travels.
fn placed_param(param: &PlacedParam) -> TokenStream {
    let name = &param.wire;
    let (call, style) = match &param.place {
        ParamPlace::Query(style) => (quote!(query(#name)), Some(*style)),
        ParamPlace::Form(style) => (quote!(form(#name)), Some(*style)),
        ParamPlace::Part(None) => (quote!(part(#name)), None),
        ParamPlace::Part(Some(media_type)) => (quote!(part(#name).content_type(#media_type)), None),
        ParamPlace::Header => (quote!(header(#name)), None),
        ParamPlace::JsonHeader => (quote!(header(#name)), Some(QueryStyle::Json)),
        ParamPlace::Cookie => (quote!(cookie(#name)), None),
        ParamPlace::JsonCookie => (quote!(cookie(#name)), Some(QueryStyle::Json)),
        ParamPlace::JsonBody => (quote!(body(#name)), None),
        // The runtime adds the charset, without which other characters than ASCII are lost.
        ParamPlace::TextBody(media_type) if media_type == "text/plain" => {
            (quote!(text(#name)), None)
        }
        ParamPlace::TextBody(media_type) => (quote!(text(#name).content_type(#media_type)), None),
        ParamPlace::BytesBody(media_type) => (quote!(bytes(#name).content_type(#media_type)), None),
    };
    let style = style.and_then(query_style);
    let style = style.map(|style| quote!(.style(#style)));
    let sent = param.sent_name.as_ref();
    let sent = sent.map(|name| quote!(.sent_as(#name)));
    quote!(runtime::operation::ParamPlace::#call #style #sent)
}

/// A style, unless it is the default one.
fn query_style(style: QueryStyle) -> Option<TokenStream> {
    Some(match style {
        QueryStyle::Brackets => return None,
        QueryStyle::Repeated => quote!(runtime::operation::QueryStyle::Repeated),
        QueryStyle::Comma => quote!(runtime::operation::QueryStyle::Comma),
        QueryStyle::Space => quote!(runtime::operation::QueryStyle::Space),
        QueryStyle::Pipe => quote!(runtime::operation::QueryStyle::Pipe),
        QueryStyle::Properties => quote!(runtime::operation::QueryStyle::Properties),
        QueryStyle::Json => quote!(runtime::operation::QueryStyle::Json),
    })
}

/// The path of an operation's constants, for files that import `Operation`.
pub(super) fn spec_path(cx: &FileContext<'_>, id: OperationId) -> TokenStream {
    let service = cx.model.operation(id).service;
    let path = cx.names.module_path(cx.model, ModuleId::Service(service));
    let path = path.iter().map(|module| raw_ident(module));
    let marker = ident_token(&cx.names.operation(id).marker);
    quote!(<crate::#(#path::)*#marker as Operation>::SPEC)
}

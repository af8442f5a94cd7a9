//! The marker type of an operation.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token, raw_ident};
use super::docs;
use crate::model::{CallForm, Encoding, HttpMethod, ModuleId, OperationId};

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
        });
    }
}

impl OperationMarker<'_> {
    fn spec_expression(&self) -> TokenStream {
        let operation = self.cx.model.operation(self.id);
        let (id, path, host) = (&operation.id, &operation.path, &operation.host);
        let mut spec = quote!(OperationSpec);
        spec.extend(match operation.method {
            HttpMethod::Get => quote!(::get(#id, #path)),
            HttpMethod::Post => quote!(::post(#id, #path)),
            HttpMethod::Delete => quote!(::delete(#id, #path)),
        });
        let call = self.call_path();
        spec.extend(quote!(.called(#call)));
        match (operation.method, operation.encoding) {
            (HttpMethod::Post, Some(Encoding::Json)) => spec.extend(quote!(.json())),
            (HttpMethod::Post, Some(Encoding::Multipart)) => spec.extend(quote!(.multipart())),
            _ => {}
        }
        let hosts = &self.cx.model.facts.hosts;
        if hosts.first().is_some_and(|(first, _)| first != host) {
            spec.extend(quote!(.host(#host)));
        }
        match (operation.method, operation.idempotent_key) {
            (HttpMethod::Post, true) | (HttpMethod::Get | HttpMethod::Delete, false) => {}
            (_, true) => spec.extend(quote!(.idempotent_key())),
            (_, false) => spec.extend(quote!(.without_idempotency_key())),
        }
        if operation.is_repeatable {
            spec.extend(quote!(.repeatable()));
        }
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

/// The path of an operation's constants, for files that import `Operation`.
pub(super) fn spec_path(cx: &FileContext<'_>, id: OperationId) -> TokenStream {
    let service = cx.model.operation(id).service;
    let path = cx.names.module_path(cx.model, ModuleId::Service(service));
    let path = path.iter().map(|module| raw_ident(module));
    let marker = ident_token(&cx.names.operation(id).marker);
    quote!(<crate::#(#path::)*#marker as Operation>::SPEC)
}

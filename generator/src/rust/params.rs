//! Parameter objects: private fields, a constructor for what is required, setters for the rest.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{Context, ident};
use super::docs;
use super::object::{redacted_debug, wired};
use crate::model::{Field, ParamsObject, Presence, TypeId};
use crate::name::FieldNames;

/// A plain value with one method that encodes it.
pub(super) struct Declaration<'a> {
    pub cx: &'a Context<'a>,
    pub id: TypeId,
    pub params: &'a ParamsObject,
}

impl ToTokens for Declaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, .. } = *self;
        let name = cx.ident(id);
        let at = docs::site(cx, id);
        let fact = match cx.model.ty(id).site.path.is_empty() {
            true => format!("Parameters of {at}."),
            false => format!("{at}."),
        };
        let docs = docs::ty(cx, id, &fact);
        let fields = self.named().map(|(field, names)| {
            let name = ident(&names.field);
            let ty = self.field_type(field);
            quote!(#name: #ty,)
        });
        let is_default = self.required().next().is_none();
        let default = is_default.then(|| quote!(, Default));
        // Private fields keep callers from literals; without fields it has to be said.
        let non_exhaustive = self
            .params
            .fields
            .is_empty()
            .then(|| quote!(#[non_exhaustive]));
        let redacted = redacted_debug(&name, self.named());
        let debug = redacted.is_none().then(|| quote!(, Debug));
        let new = self.new_method();
        let setters = self
            .named()
            .map(|(field, names)| self.setters(field, names));
        let wired = self.named().map(|(field, names)| wired(field, names));
        out.extend(quote! {
            #docs
            #[derive(Clone #debug #default)]
            #[must_use]
            #non_exhaustive
            pub struct #name { #(#fields)* }

            impl #name {
                #new
                #(#setters)*
            }

            runtime::params!(#name; #(#wired),*);
            #redacted
        });
    }
}

impl Declaration<'_> {
    fn named(&self) -> impl Iterator<Item = (&Field, &FieldNames)> {
        self.params.fields.iter().zip(self.cx.names.fields(self.id))
    }

    fn required(&self) -> impl Iterator<Item = (&Field, &FieldNames)> {
        self.named().filter(|(f, _)| is_required(f))
    }

    fn field_type(&self, field: &Field) -> TokenStream {
        let ty = self.cx.type_ref(&field.ty);
        match field.presence {
            Presence::Required => ty,
            Presence::Optional => quote!(Option<#ty>),
            Presence::RequiredClearable | Presence::Clearable => {
                let clearable = self.cx.value("Clearable");
                quote!(#clearable<#ty>)
            }
        }
    }

    /// The expression that stores `value`.
    fn stored(&self, field: &Field, value: &TokenStream) -> TokenStream {
        match field.presence {
            Presence::Required => value.clone(),
            Presence::Optional => quote!(Some(#value)),
            Presence::RequiredClearable | Presence::Clearable => quote!(Clearable::Set(#value)),
        }
    }

    fn new_method(&self) -> TokenStream {
        let cx = self.cx;
        let mut names = self
            .required()
            .map(|(f, _)| format!("`{}`", f.wire))
            .peekable();
        if names.peek().is_none() {
            let docs = docs::item(cx, None, &["Nothing set yet.".to_owned()]);
            return quote! {
                #docs
                #[inline]
                pub fn new() -> Self {
                    Self::default()
                }
            };
        }
        let names: Vec<String> = names.collect();
        let docs = docs::item(
            cx,
            None,
            &[format!("With what is required: {}.", names.join(", "))],
        );
        let arguments = self.required().map(|(field, names)| {
            let name = ident(&names.field);
            let (ty, _) = cx.argument(&field.ty, &quote!(#name));
            quote!(#name: #ty)
        });
        let fields = self.named().map(|(field, names)| {
            let name = ident(&names.field);
            let value = match field.presence {
                Presence::Optional => quote!(None),
                Presence::Clearable => quote!(Clearable::Unset),
                _ => self.stored(field, &cx.argument(&field.ty, &quote!(#name)).1),
            };
            match value.to_string() == names.field.as_str() {
                true => quote!(#name),
                false => quote!(#name: #value),
            }
        });
        let arguments: Vec<_> = arguments.collect();
        let inline = inline_unless_generic(&arguments);
        quote! {
            #docs
            #inline
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#fields),* }
            }
        }
    }

    fn setters(&self, field: &Field, names: &FieldNames) -> TokenStream {
        let cx = self.cx;
        let name = ident(&names.field);
        let set = (!is_required(field)).then(|| {
            let docs = docs::field(cx, field, "Sets");
            let (ty, value) = cx.argument(&field.ty, &quote!(#name));
            let value = self.stored(field, &value);
            let inline = inline_unless_generic(std::slice::from_ref(&ty));
            quote! {
                #docs
                #inline
                pub fn #name(mut self, #name: #ty) -> Self {
                    self.#name = #value;
                    self
                }
            }
        });
        let clear = names.clear.as_ref().map(|clear| {
            let docs = docs::item(
                cx,
                None,
                &[format!("Clears `{}` on the server.", field.wire)],
            );
            let clear = ident(clear);
            quote! {
                #docs
                #[inline]
                pub fn #clear(mut self) -> Self {
                    self.#name = Clearable::Clear;
                    self
                }
            }
        });
        quote!(#set #clear)
    }
}

/// A generic function is compiled where it is called anyway; others have to ask for it.
fn inline_unless_generic(arguments: &[TokenStream]) -> Option<TokenStream> {
    let is_generic = |argument: &TokenStream| argument.to_string().contains("impl ");
    (!arguments.iter().any(is_generic)).then(|| quote!(#[inline]))
}

fn is_required(field: &Field) -> bool {
    matches!(
        field.presence,
        Presence::Required | Presence::RequiredClearable
    )
}

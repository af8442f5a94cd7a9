//! Parameter objects: private fields, a constructor for required ones, setters for the rest.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::docs::{self, FieldUse};
use super::object::{redacted_debug, text_fields, wire_field};
use crate::model::{Field, ParamsObject, Presence, TypeId};
use crate::name::FieldNames;

/// A struct of parameters with its constructor, setters and encoder.
pub(super) struct ParamsDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub params: &'a ParamsObject,
}

impl ToTokens for ParamsDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, .. } = *self;
        let name = cx.type_ident(id);
        let at = docs::site_text(cx, id);
        let site = &cx.model.ty(id).site;
        let is_whole = site.path.is_empty() && cx.model.find_operation(&site.root).is_some();
        let fact = match is_whole {
            true => format!("Parameters of {at}."),
            false => format!("{at}."),
        };
        let docs = docs::type_docs(cx, id, &fact);
        let fields = self.named_fields().map(|(field, names)| {
            let name = ident_token(&names.field);
            let ty = self.field_type(field);
            quote!(#name: #ty,)
        });
        let is_default = self.required_fields().next().is_none();
        let default = is_default.then(|| quote!(, Default));
        // Private fields prevent struct literals; a struct without fields needs the attribute.
        let non_exhaustive = self
            .params
            .fields
            .is_empty()
            .then(|| quote!(#[non_exhaustive]));
        let redacted = redacted_debug(&name, self.named_fields(), &[]);
        let debug = redacted.is_none().then(|| quote!(, Debug));
        let new = self.new_method();
        let setters = self
            .named_fields()
            .map(|(field, names)| self.setter_methods(field, names));
        let wired = self
            .named_fields()
            .map(|(field, names)| wire_field(field, names));
        let text = text_fields(&self.params.fields);
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

            runtime::params!(#name #text; #(#wired),*);
            #redacted
        });
    }
}

impl ParamsDeclaration<'_> {
    fn named_fields(&self) -> impl Iterator<Item = (&Field, &FieldNames)> {
        self.params.fields.iter().zip(self.cx.names.fields(self.id))
    }

    fn required_fields(&self) -> impl Iterator<Item = (&Field, &FieldNames)> {
        let names = self.cx.names.fields(self.id);
        let named = |(index, field)| Some((field, names.get(index)?));
        self.params.arguments().filter_map(named)
    }

    fn field_type(&self, field: &Field) -> TokenStream {
        let ty = self.cx.type_ref(&field.ty);
        match field.presence {
            Presence::Required => ty,
            Presence::Optional => quote!(Option<#ty>),
            Presence::RequiredClearable | Presence::Clearable => {
                let clearable = self.cx.import_value("Clearable");
                quote!(#clearable<#ty>)
            }
        }
    }

    /// The expression that stores `value`.
    fn stored_value(&self, field: &Field, value: &TokenStream) -> TokenStream {
        match field.presence {
            Presence::Required => value.clone(),
            Presence::Optional => quote!(Some(#value)),
            Presence::RequiredClearable | Presence::Clearable => quote!(Clearable::Set(#value)),
        }
    }

    fn new_method(&self) -> TokenStream {
        let cx = self.cx;
        if self.required_fields().next().is_none() {
            // A setter of this name hides the method of the trait.
            let is_hidden = |(_, names): (_, &FieldNames)| names.field.as_str() == "default";
            let default = match self.named_fields().any(is_hidden) {
                true => quote!(<Self as Default>::default()),
                false => quote!(Self::default()),
            };
            return quote! {
                #[inline]
                pub fn new() -> Self {
                    #default
                }
            };
        }
        let arguments = self.required_fields().map(|(field, names)| {
            let name = ident_token(&names.field);
            let (ty, _) = cx.setter_argument(&field.ty, &quote!(#name));
            quote!(#name: #ty)
        });
        let fields = self.named_fields().map(|(field, names)| {
            let name = ident_token(&names.field);
            let value = match field.presence {
                Presence::Optional => quote!(None),
                Presence::Clearable => quote!(Clearable::Unset),
                _ => self.stored_value(field, &cx.setter_argument(&field.ty, &quote!(#name)).1),
            };
            match value.to_string() == names.field.as_str() {
                true => quote!(#name),
                false => quote!(#name: #value),
            }
        });
        let arguments: Vec<_> = arguments.collect();
        let inline = inline_unless_generic(&arguments);
        quote! {
            #inline
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#fields),* }
            }
        }
    }

    fn setter_methods(&self, field: &Field, names: &FieldNames) -> TokenStream {
        let cx = self.cx;
        let name = ident_token(&names.field);
        let set = (!field.presence.is_required()).then(|| {
            let docs = docs::field_docs(cx, field, &names.field, FieldUse::Setter);
            let (ty, value) = cx.setter_argument(&field.ty, &quote!(#name));
            let value = self.stored_value(field, &value);
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
            let docs = docs::item_docs(
                cx,
                None,
                &[format!(
                    "Clears `{}` on the server, unlike a call that does not set it.",
                    field.wire
                )],
            );
            let clear = ident_token(clear);
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

/// Generic functions can be inlined in other crates without the attribute.
fn inline_unless_generic(arguments: &[TokenStream]) -> Option<TokenStream> {
    let is_generic = |argument: &TokenStream| argument.to_string().contains("impl ");
    (!arguments.iter().any(is_generic)).then(|| quote!(#[inline]))
}

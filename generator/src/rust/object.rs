//! Response objects.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token, raw_ident};
use super::docs::{self, FieldUse};
use crate::model::{Constant, Field, Presence, ResponseObject, TypeId};
use crate::name::{EXTRA_FIELD, FieldNames};

/// A struct that is decoded in place, with the table that maps wire names to its fields.
pub(super) struct ObjectDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub object: &'a ResponseObject,
}

impl ToTokens for ObjectDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, .. } = *self;
        let name = cx.type_ident(id);
        let fact = match cx.is_module_head(id) {
            true => {
                let reference = docs::object_reference(cx, id);
                let reference = reference.map(|link| format!(" {link}")).unwrap_or_default();
                format!("The {} object.{reference}", docs::site_text(cx, id))
            }
            false => format!("{}.", docs::site_text(cx, id)),
        };
        let docs = docs::type_docs(cx, id, &fact);
        let fields = self.named_fields().map(|(field, names)| {
            let docs = docs::field_docs(cx, field, &names.field, FieldUse::Response);
            let name = ident_token(&names.field);
            let ty = self.field_type(field);
            quote!(#docs pub #name: #ty,)
        });
        let (extra, extra_type) = (raw_ident(EXTRA_FIELD), cx.import_value("Extra"));
        let description = self.record_macro();
        let debug = redacted_debug(&name, self.named_fields(), std::slice::from_ref(&extra));
        let derive = match debug {
            Some(_) => quote!(#[derive(Clone, Default, PartialEq)]),
            None => quote!(#[derive(Clone, Debug, Default, PartialEq)]),
        };
        out.extend(quote! {
            #docs
            #derive
            #[non_exhaustive]
            pub struct #name {
                #(#fields)*
                pub #extra: #extra_type,
            }
            #description
            #debug
        });
        // The error object is a member of the body.
        let decoded = match cx.model.error_object == Some(id) {
            true => Some(quote!(error.raw.decode().ok())),
            false if cx.model.error_bodies.contains(&id) => Some(quote!(error.decode_whole())),
            false => None,
        };
        if let Some(decoded) = decoded {
            out.extend(quote! {
                impl runtime::error::TypedError for #name {
                    fn from_error(error: &runtime::error::ErrorBody) -> Option<Self> {
                        #decoded
                    }
                }
            });
        }
    }
}

impl ObjectDeclaration<'_> {
    fn named_fields(&self) -> impl Iterator<Item = (&Field, &FieldNames)> {
        self.object.fields.iter().zip(self.cx.names.fields(self.id))
    }

    fn field_type(&self, field: &Field) -> TokenStream {
        let ty = self.cx.type_ref(&field.ty);
        match field.presence {
            Presence::Required | Presence::RequiredClearable => ty,
            Presence::Optional | Presence::Clearable => quote!(Option<#ty>),
        }
    }

    /// The call of `runtime::record!`, which documents its arguments.
    fn record_macro(&self) -> TokenStream {
        let name = self.cx.type_ident(self.id);
        let constants = self
            .object
            .constants
            .iter()
            .map(|(wire, value)| match value {
                Constant::String(value) => quote!(#wire = #value),
                Constant::True => quote!(#wire = true),
            });
        let constants = quote!({ #(#constants),* });
        let fields: Vec<_> = self
            .named_fields()
            .map(|(f, names)| wire_field(f, names))
            .collect();
        let Some((last, fields)) = fields.split_last() else {
            return quote!(runtime::record!(#name #constants););
        };
        let required = field_mask(&self.object.fields, |f| f.presence == Presence::Required);
        let text = text_fields(&self.object.fields);
        let fields = fields.iter().enumerate().map(|(index, field)| {
            let index = Literal::usize_unsuffixed(index);
            quote!(#index #field)
        });
        quote!(runtime::record!(#name [#(#required),*] #text #constants #(#fields),*; #last);)
    }
}

/// A `Debug` impl that hides sensitive fields; `None` if there are none.
pub(super) fn redacted_debug<'a>(
    name: &TokenStream,
    fields: impl Iterator<Item = (&'a Field, &'a FieldNames)>,
    others: &[Ident],
) -> Option<TokenStream> {
    let (hidden, shown): (Vec<_>, Vec<_>) = fields.partition(|(f, _)| f.sensitive);
    let idents = |list: Vec<(&Field, &FieldNames)>| -> Vec<_> {
        list.into_iter()
            .map(|(_, names)| ident_token(&names.field))
            .collect()
    };
    let (hidden, mut shown) = (idents(hidden), idents(shown));
    shown.extend(others.iter().cloned());
    let is_needed = !hidden.is_empty();
    is_needed.then(|| quote!(runtime::redacted_debug!(#name { #(#shown),* } #(#hidden),*);))
}

/// A field and its wire name.
pub(super) fn wire_field(field: &Field, names: &FieldNames) -> TokenStream {
    let (name, wire) = (ident_token(&names.field), &field.wire);
    quote!(#name = #wire)
}

/// The marks of the fields whose integers are written as text; nothing if there are none.
pub(super) fn text_fields(fields: &[Field]) -> Option<TokenStream> {
    let mask = field_mask(fields, Field::has_text_integers);
    let is_needed = fields.iter().any(Field::has_text_integers);
    is_needed.then(|| quote!(text [#(#mask),*]))
}

/// One bit per field, 64 to a word.
fn field_mask(fields: &[Field], is_set: impl Fn(&Field) -> bool) -> Vec<TokenStream> {
    let mut words = vec![0u64; fields.len().div_ceil(64)];
    for (index, field) in fields.iter().enumerate() {
        if let (true, Some(word)) = (is_set(field), words.get_mut(index / 64)) {
            *word |= 1 << (index % 64);
        }
    }
    words
        .into_iter()
        .map(|word| format!("{word:#x}").parse().unwrap_or_default())
        .collect()
}

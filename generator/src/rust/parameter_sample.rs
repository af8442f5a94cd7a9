//! Expressions for the values of parameters, as callers of the generated crate write them.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{FileContext, ident_token};
use crate::model::{Field, Ty, TypeId, TypeKind};

/// Writes a value for each type of parameter.
pub(super) trait ParameterSample {
    /// What the values are for.
    fn context(&self) -> &FileContext<'_>;

    /// The path of a type, as the expressions name it.
    fn path_of(&mut self, id: TypeId) -> TokenStream;

    /// A parameter object.
    fn parameter_object(&mut self, id: TypeId) -> TokenStream;

    /// Whether values of the type contain the object that is being written. They are left out, since
    /// they would have no end.
    fn is_endless(&self, id: TypeId) -> bool;

    /// Whether there is a value of the type that does not contain the object that is being written.
    fn has_end(&self, id: TypeId) -> bool {
        !self.is_endless(id)
    }

    /// The text of a field.
    fn text_value(&mut self, field: &Field, ty: &Ty) -> TokenStream;

    /// The number of a field.
    fn integer_value(&mut self, field: &Field) -> TokenStream;

    /// The crate or module that has the runtime's types of values.
    fn value_module(&self) -> TokenStream;

    /// A key of a map with free keys.
    fn map_key(&self) -> &'static str;

    /// The text that is the value of a parameter whose type the document does not state.
    fn raw_text(&self) -> &'static str {
        "sample"
    }

    /// Whether values that have a short form are written in their long one.
    fn prefers_long_form(&self) -> bool;

    /// An argument for the field's setter, or for `new`.
    fn argument_value(&mut self, ty: &Ty, field: &Field) -> TokenStream {
        let values = self.value_module();
        match ty {
            Ty::String | Ty::Id(_) => self.text_value(field, ty),
            Ty::Integer | Ty::IntegerText => self.integer_value(field),
            Ty::Number => quote!(1.5),
            Ty::Boolean => quote!(true),
            Ty::Timestamp => quote!(1_735_689_600),
            Ty::DateTime => quote!(#values::Timestamp::from(1_735_689_600)),
            Ty::Decimal => quote!(12),
            Ty::File => quote!(#values::FileUpload::new("sample.txt", "sample")),
            Ty::Named(id) => self.named_value(*id),
            Ty::Boxed(inner) => self.argument_value(inner, field),
            Ty::List(item) | Ty::Map(item) if self.has_endless(item) => {
                let exact = self.context().type_ref(ty);
                quote!(<#exact>::new())
            }
            Ty::List(item) => {
                let item = self.item_value(item, field);
                quote!([#item])
            }
            Ty::Map(item) => {
                let key = self.map_key();
                let item = self.item_value(item, field);
                quote!([(#key, #item)])
            }
            Ty::Clearable(ty) | Ty::Range(ty) => match ty.as_ref() {
                Ty::Named(id) => self.named_value(*id),
                exact => self.exact_value(exact, field),
            },
            Ty::KeywordOr(keyword, _) if !self.prefers_long_form() => self.named_value(*keyword),
            Ty::KeywordOr(_, value) => self.exact_value(value, field),
            Ty::TokenOr(_) if !self.prefers_long_form() => quote!("tok_visa"),
            Ty::TokenOr(ty) => {
                let value = self.argument_value(ty, field);
                quote!(#values::TokenOr::inline(#value))
            }
            Ty::Raw(_) => {
                let text = self.raw_text();
                quote!(#values::RawJson::encoding(&#text))
            }
            Ty::Optional(ty) => {
                let value = self.exact_value(ty, field);
                quote!(Some(#value))
            }
            // Parameters have none of these types.
            Ty::Binary
            | Ty::Nothing
            | Ty::PlainText
            | Ty::Expandable(_)
            | Ty::MaybeDeleted(..)
            | Ty::Page(..) => quote!(Default::default()),
        }
    }

    /// Whether a value of the type contains the object that is being written.
    fn has_endless(&self, ty: &Ty) -> bool {
        matches!(ty.innermost(), Ty::Named(id) if self.is_endless(*id))
    }

    /// An element of a list or map. Setters take lists and maps of any type, but not as elements.
    fn item_value(&mut self, ty: &Ty, field: &Field) -> TokenStream {
        match ty {
            Ty::List(_) | Ty::Map(_) => self.exact_value(ty, field),
            _ => self.argument_value(ty, field),
        }
    }

    /// A value of exactly this type, where the argument could be of others too.
    fn exact_value(&mut self, ty: &Ty, field: &Field) -> TokenStream {
        match ty {
            Ty::List(item) | Ty::Map(item) if self.has_endless(item) => {
                let exact = self.context().type_ref(ty);
                return quote!(<#exact>::new());
            }
            Ty::List(item) => {
                let item = self.exact_value(item, field);
                return quote!(vec![#item]);
            }
            Ty::Map(item) => {
                let (exact, key) = (self.context().type_ref(ty), self.map_key());
                let item = self.exact_value(item, field);
                return quote!(<#exact>::from_iter([(#key.to_owned(), #item)]));
            }
            _ => {}
        }
        let (exact, value) = (self.context().type_ref(ty), self.argument_value(ty, field));
        quote!(<#exact>::from(#value))
    }

    /// A value of a declared type.
    fn named_value(&mut self, id: TypeId) -> TokenStream {
        let kind = self.context().model.ty(id).kind.clone();
        match kind {
            TypeKind::Params(_) => self.parameter_object(id),
            TypeKind::Choice(_) => {
                let path = self.path_of(id);
                match self.context().names.variants(id).first() {
                    Some(variant) => {
                        let variant = ident_token(variant);
                        quote!(#path::#variant)
                    }
                    None => quote!(#path::default()),
                }
            }
            TypeKind::Token(values) => {
                let first = values.first().map_or("", String::as_str);
                quote!(#first)
            }
            TypeKind::Either(members) => match members
                .iter()
                .find(|member| self.has_end(member.ty))
                .or(members.first())
            {
                Some(first) => {
                    let (path, value) = (self.path_of(id), self.named_value(first.ty));
                    quote!(#path::from(#value))
                }
                None => quote!(Default::default()),
            },
            TypeKind::Object(_)
            | TypeKind::Union(_)
            | TypeKind::ErrorCodes(..)
            | TypeKind::ErrorBodies(..) => {
                quote!(Default::default())
            }
        }
    }
}

//! References to types, and how a setter takes a value of a type.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use crate::model::{PageStyle, Ty, TypeKind};

impl Context<'_> {
    /// The Rust type of a value.
    pub(super) fn type_ref(&self, ty: &Ty) -> TokenStream {
        match ty {
            Ty::String => quote!(String),
            Ty::Integer => quote!(i64),
            Ty::Number => quote!(f64),
            Ty::Boolean => quote!(bool),
            Ty::Timestamp => self.plain("Timestamp"),
            Ty::DateTime => self.plain("DateTime"),
            Ty::Decimal => self.plain("Decimal"),
            Ty::File => self.plain("FileUpload"),
            Ty::Binary => self.plain("Binary"),
            Ty::Raw(_) => self.plain("RawJson"),
            Ty::Nothing => quote!(()),
            Ty::Id(id) => {
                let path = self.path(*id);
                self.generic("Id", &path)
            }
            Ty::Named(id) => self.path(*id),
            Ty::Boxed(inner) => {
                let inner = self.type_ref(inner);
                quote!(Box<#inner>)
            }
            Ty::List(inner) => {
                let inner = self.type_ref(inner);
                quote!(Vec<#inner>)
            }
            Ty::Map(inner) if **inner == Ty::String => self.plain("Metadata"),
            Ty::Map(inner) => self.wrap("Map", inner),
            Ty::Expandable(inner) => self.wrap("Expandable", inner),
            Ty::Clearable(inner) => self.wrap("Clearable", inner),
            Ty::Range(inner) => self.wrap("Range", inner),
            Ty::TokenOr(inner) => self.wrap("TokenOr", inner),
            Ty::KeywordOr(keyword, inner) => {
                let (keyword, inner) = (self.path(*keyword), self.type_ref(inner));
                let name = self.value("KeywordOr");
                quote!(#name<#keyword, #inner>)
            }
            Ty::MaybeDeleted(live, dead) => {
                let (live, dead) = (self.path(*live), self.path(*dead));
                let name = self.value("MaybeDeleted");
                quote!(#name<#live, #dead>)
            }
            // By full path: `List` is also what the marker of a list operation is called.
            Ty::Page(style, inner) => {
                let inner = self.type_ref(inner);
                match style {
                    PageStyle::Cursor => quote!(runtime::value::List<#inner>),
                    PageStyle::Search => quote!(runtime::value::SearchList<#inner>),
                    PageStyle::Url => quote!(runtime::value::UrlList<#inner>),
                }
            }
        }
    }

    fn plain(&self, name: &'static str) -> TokenStream {
        let name = self.value(name);
        quote!(#name)
    }

    fn generic(&self, name: &'static str, inner: &TokenStream) -> TokenStream {
        let name = self.value(name);
        quote!(#name<#inner>)
    }

    fn wrap(&self, name: &'static str, inner: &Ty) -> TokenStream {
        let inner = self.type_ref(inner);
        self.generic(name, &inner)
    }

    /// How an argument of type `ty` is declared, and how `argument` becomes the value.
    pub(super) fn argument(&self, ty: &Ty, argument: &TokenStream) -> (TokenStream, TokenStream) {
        match ty {
            Ty::Boxed(inner) => {
                let (declared, value) = self.argument(inner, argument);
                (declared, quote!(Box::new(#value)))
            }
            Ty::List(inner) => {
                let (item, is_into) = self.item(inner);
                let mapped = is_into.then(|| quote!(.map(Into::into)));
                (
                    quote!(impl IntoIterator<Item = #item>),
                    quote!(#argument.into_iter()#mapped.collect()),
                )
            }
            Ty::Map(inner) => {
                let (item, is_into) = self.item(inner);
                let value = if is_into {
                    quote!(value.into())
                } else {
                    quote!(value)
                };
                (
                    quote!(impl IntoIterator<Item = (impl Into<String>, #item)>),
                    quote!(#argument.into_iter().map(|(key, value)| (key.into(), #value)).collect()),
                )
            }
            ty if self.takes_into(ty) => {
                let ty = self.type_ref(ty);
                (quote!(impl Into<#ty>), quote!(#argument.into()))
            }
            ty => (self.type_ref(ty), argument.clone()),
        }
    }

    fn item(&self, ty: &Ty) -> (TokenStream, bool) {
        let is_into = self.takes_into(ty);
        let ty = self.type_ref(ty);
        (if is_into { quote!(impl Into<#ty>) } else { ty }, is_into)
    }

    /// Whether callers have handier types at hand than the exact one.
    fn takes_into(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Named(id) => {
                matches!(
                    self.model.ty(*id).kind,
                    TypeKind::Choice(_) | TypeKind::Token(_) | TypeKind::Either(_)
                )
            }
            Ty::Integer | Ty::Number | Ty::Boolean | Ty::File => false,
            Ty::List(_) | Ty::Map(_) => false,
            _ => true,
        }
    }
}

//! References to types, and the arguments of setters.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::FileContext;
use crate::model::{PageStyle, PathParam, Ty, TypeKind};

impl FileContext<'_> {
    /// The Rust type of a value.
    pub(super) fn type_ref(&self, ty: &Ty) -> TokenStream {
        match ty {
            Ty::String => quote!(String),
            Ty::Integer | Ty::IntegerText => quote!(i64),
            Ty::Number => quote!(f64),
            Ty::Boolean => quote!(bool),
            Ty::Timestamp => self.value_type("Timestamp"),
            Ty::DateTime => self.value_type("DateTime"),
            Ty::Decimal => self.value_type("Decimal"),
            Ty::File => self.value_type("FileUpload"),
            Ty::Binary => self.value_type("Binary"),
            Ty::Raw(_) => self.value_type("RawJson"),
            Ty::Nothing => quote!(()),
            Ty::PlainText => self.value_type("PlainText"),
            Ty::Optional(inner) => {
                let inner = self.type_ref(inner);
                quote!(Option<#inner>)
            }
            Ty::Id(id) => {
                let path = self.type_path(*id);
                self.generic_type("Id", &path)
            }
            Ty::Named(id) => self.type_path(*id),
            Ty::Boxed(inner) => {
                let inner = self.type_ref(inner);
                quote!(Box<#inner>)
            }
            Ty::List(inner) => {
                let inner = self.type_ref(inner);
                quote!(Vec<#inner>)
            }
            Ty::Map(inner) if **inner == Ty::String => self.value_type("Metadata"),
            Ty::Map(inner) => self.wrapper_type("Map", inner),
            Ty::Expandable(inner) => self.wrapper_type("Expandable", inner),
            Ty::Clearable(inner) => self.wrapper_type("Clearable", inner),
            Ty::Range(inner) => self.wrapper_type("Range", inner),
            Ty::TokenOr(inner) => self.wrapper_type("TokenOr", inner),
            Ty::KeywordOr(keyword, inner) => {
                let (keyword, inner) = (self.type_path(*keyword), self.type_ref(inner));
                let name = self.import_value("KeywordOr");
                quote!(#name<#keyword, #inner>)
            }
            Ty::MaybeDeleted(live, dead) => {
                let (live, dead) = (self.type_path(*live), self.type_path(*dead));
                let name = self.import_value("MaybeDeleted");
                quote!(#name<#live, #dead>)
            }
            // By full path: `List` is also the name of the marker of a list operation.
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

    fn value_type(&self, name: &'static str) -> TokenStream {
        let name = self.import_value(name);
        quote!(#name)
    }

    fn generic_type(&self, name: &'static str, inner: &TokenStream) -> TokenStream {
        let name = self.import_value(name);
        quote!(#name<#inner>)
    }

    fn wrapper_type(&self, name: &'static str, inner: &Ty) -> TokenStream {
        let inner = self.type_ref(inner);
        self.generic_type(name, &inner)
    }

    /// The declared type of a setter's argument, and the expression that converts `argument` to `ty`.
    pub(super) fn setter_argument(
        &self,
        ty: &Ty,
        argument: &TokenStream,
    ) -> (TokenStream, TokenStream) {
        match ty {
            Ty::Boxed(inner) => {
                let (declared, value) = self.setter_argument(inner, argument);
                (declared, quote!(Box::new(#value)))
            }
            Ty::List(inner) => {
                let (item, is_into) = self.item_argument(inner);
                let mapped = is_into.then(|| quote!(.map(Into::into)));
                (
                    quote!(impl IntoIterator<Item = #item>),
                    quote!(#argument.into_iter()#mapped.collect()),
                )
            }
            Ty::Map(inner) if **inner == Ty::String => {
                let value = self.import_value("IntoMapValue");
                (
                    quote!(impl IntoIterator<Item = (impl Into<String>, impl #value<String>)>),
                    quote!(#argument.into_iter().collect()),
                )
            }
            Ty::Map(inner) => {
                let (item, is_into) = self.item_argument(inner);
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

    /// The declared type of a method's argument for a parameter of the path.
    pub(super) fn path_argument(&self, param: &PathParam) -> TokenStream {
        match param.identifies {
            Some(object) => {
                let (name, object) = (self.import_value("AsId"), self.type_path(object));
                quote!(impl #name<#object>)
            }
            None if param.is_list && param.is_integer => quote!(impl IntoIterator<Item = i64>),
            None if param.is_list => quote!(impl IntoIterator<Item = impl AsRef<str>>),
            None if param.is_integer => quote!(i64),
            None => quote!(impl AsRef<str>),
        }
    }

    fn item_argument(&self, ty: &Ty) -> (TokenStream, bool) {
        let is_into = self.takes_into(ty);
        let ty = self.type_ref(ty);
        (if is_into { quote!(impl Into<#ty>) } else { ty }, is_into)
    }

    /// Whether the argument is `impl Into`, because callers often have another type.
    fn takes_into(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Named(id) => {
                matches!(
                    self.model.ty(*id).kind,
                    TypeKind::Choice(_) | TypeKind::Token(_) | TypeKind::Either(_)
                )
            }
            Ty::Integer | Ty::IntegerText | Ty::Number | Ty::Boolean | Ty::File => false,
            Ty::List(_) | Ty::Map(_) => false,
            _ => true,
        }
    }
}

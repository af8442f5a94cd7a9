//! Open enums, and string newtypes for sets of values that are too large for an enum.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::context::{FileContext, ident_token};
use super::docs;
use crate::model::TypeId;
use crate::name::Ident;

/// An enum whose catch-all variant keeps values the document does not list.
pub(super) struct ChoiceDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub values: &'a [String],
}

impl ToTokens for ChoiceDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, values } = *self;
        let docs = docs::type_docs(cx, id, &format!("{}.", docs::site_text(cx, id)));
        let names = cx.names.variants(id).iter();
        let lines = names
            .zip(values)
            .map(|(name, value)| value_docs(name, value));
        let lines: Vec<_> = lines.collect();
        out.extend(open_enum_tokens(cx, id, &docs, values, &lines));
    }
}

/// What is said about a variant: its value, unless its name says it.
pub(super) fn value_docs(name: &Ident, value: &str) -> Option<String> {
    (name.as_str().to_snake_case() != value).then(|| format!("`{value}`"))
}

/// The enum and the macro call with its table. `lines` are the docs of the variants.
pub(super) fn open_enum_tokens(
    cx: &FileContext<'_>,
    id: TypeId,
    docs: &TokenStream,
    values: &[String],
    lines: &[Option<String>],
) -> TokenStream {
    let name = cx.type_ident(id);
    let variants = || cx.names.variants(id).iter().map(ident_token);
    let declared = variants().zip(lines).map(|(variant, line)| {
        let docs = docs::item_docs(cx, None, line.as_slice());
        quote!(#docs #variant,)
    });
    let mut table: Vec<_> = values.iter().zip(variants()).collect();
    table.sort_by_key(|(value, _)| value.as_str());
    let table = table
        .into_iter()
        .map(|(value, variant)| quote!(#variant = #value));
    let unknown = docs::item_docs(
        cx,
        None,
        &["A value that the document does not list.".to_owned()],
    );
    quote! {
        #docs
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#declared)*
            #unknown
            Unknown(String),
        }

        runtime::open_enum!(#name; #(#table),*);
    }
}

/// A string with documented values.
pub(super) struct TokenDeclaration<'a> {
    pub cx: &'a FileContext<'a>,
    pub id: TypeId,
    pub values: &'a [String],
}

impl ToTokens for TokenDeclaration<'_> {
    fn to_tokens(&self, out: &mut TokenStream) {
        let Self { cx, id, values } = *self;
        let name = cx.type_ident(id);
        let example = match values {
            [] => String::new(),
            [first, ..] => format!(" {} values are documented, e.g. `{first}`.", values.len()),
        };
        let docs = docs::type_docs(cx, id, &format!("{}.{example}", docs::site_text(cx, id)));
        out.extend(quote! {
            #docs
            #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
            pub struct #name(pub(crate) String);
        });
    }
}

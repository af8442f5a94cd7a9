//! The text of types in signatures, as callers of the generated crate read them.

use super::context::FileContext;
use super::{Docs, OutputOptions};
use crate::model::{Model, PathParam, Ty, TypeId};
use crate::name::NameTable;

static OPTIONS: OutputOptions = OutputOptions {
    docs: Docs::None,
    crate_name: String::new(),
};

/// Writes types with their paths below the generated crate.
pub struct SignatureText<'a> {
    cx: FileContext<'a>,
}

impl<'a> SignatureText<'a> {
    /// For the types of a model.
    pub fn new(model: &'a Model, names: &'a NameTable) -> Self {
        Self {
            cx: FileContext::new(model, names, &OPTIONS, None),
        }
    }

    /// The type of a value.
    pub fn value_type(&self, ty: &Ty) -> String {
        plain_text(&self.cx.type_ref(ty).to_string())
    }

    /// The declared type of an argument that takes a value: of setters and of `new`.
    pub fn argument_type(&self, ty: &Ty) -> String {
        let (declared, _) = self
            .cx
            .setter_argument(ty, &proc_macro2::TokenStream::new());
        plain_text(&declared.to_string())
    }

    /// The declared type of the argument of a method that takes a parameter of the path.
    pub fn path_argument_type(&self, param: &PathParam) -> String {
        plain_text(&self.cx.path_argument(param).to_string())
    }

    /// The path of a declared type.
    pub fn type_path(&self, id: TypeId) -> String {
        plain_text(&self.cx.type_path(id).to_string())
    }
}

/// Token text with paths below the crate, and with spaces where Rust's formatting has them.
pub fn plain_text(tokens: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
    let mut out = String::new();
    let mut words = tokens.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if word == "crate" && words.next_if_eq(&"::").is_some() {
            continue;
        }
        out.push_str(word);
        let next = words.peek().and_then(|next| next.chars().next());
        let is_between_words = word.ends_with(is_word) && next.is_some_and(is_word);
        if is_between_words || word.ends_with([',', '=']) || next == Some('=') {
            out.push(' ');
        }
    }
    out.trim_end().to_owned()
}

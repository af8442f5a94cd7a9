//! Tokens that are interpolated once.

use std::cell::Cell;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Tokens that are moved into the first stream that they are interpolated into. `quote` copies a
/// [`TokenStream`], with all names in it, at every level of nesting.
pub(super) struct Moved(Cell<TokenStream>);

impl Moved {
    pub(super) fn new(tokens: TokenStream) -> Self {
        Self(Cell::new(tokens))
    }
}

impl ToTokens for Moved {
    fn to_tokens(&self, out: &mut TokenStream) {
        out.extend(self.0.take());
    }
}

//! The constants of security schemes, for APIs with several.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{FileContext, raw_ident};
use super::scheme_names::scheme_names;
use super::{credentials, docs};
use crate::model::{AuthScheme, SchemeFacts};

/// The constants of the schemes, in the order of the facts.
pub(super) fn scheme_constants(cx: &FileContext<'_>) -> TokenStream {
    let schemes = &cx.model.facts.schemes;
    let schemes = schemes.iter().zip(scheme_names(schemes));
    let constants = schemes.enumerate().map(|(index, (scheme, constant))| {
        let SchemeFacts {
            name, token_url, ..
        } = scheme;
        let place = credentials::auth_scheme(&scheme.auth);
        let flow = token_url.as_ref().map(|url| quote!(.token_url(#url)));
        let scopes = (!scheme.scopes.is_empty()).then(|| {
            let scopes = &scheme.scopes;
            quote!(.scopes(&[#(#scopes),*]))
        });
        let docs = docs::item_docs(cx, None, &constant_lines(scheme, index == 0));
        let constant = raw_ident(&constant);
        quote! {
            #docs
            pub const #constant: &'static runtime::operation::CredentialScheme =
                &runtime::operation::CredentialScheme::new(#name, #place) #flow #scopes;
        }
    });
    constants.collect()
}

/// The setting of a builder that says which schemes there are.
pub(super) fn schemes_setting(cx: &FileContext<'_>) -> Option<TokenStream> {
    let names = scheme_names(&cx.model.facts.schemes);
    let names = names.iter().map(|name| raw_ident(name));
    let is_named = !cx.model.facts.schemes.is_empty();
    is_named.then(|| quote!(.credential_schemes(&[#(Client::#names),*])))
}

fn constant_lines(scheme: &SchemeFacts, is_first: bool) -> Vec<String> {
    let place = match (&scheme.auth, &scheme.token_url) {
        (AuthScheme::Bearer, Some(_)) => {
            "a token of OAuth's client credentials flow, as a bearer token".to_owned()
        }
        (AuthScheme::Bearer, None) => "a bearer token".to_owned(),
        (AuthScheme::Basic, _) => "user name and password of basic authentication".to_owned(),
        (AuthScheme::Header(name), _) => format!("a key in the header `{name}`"),
        (AuthScheme::Query(name), _) => format!("a key in the parameter `{name}` of the query"),
        (AuthScheme::Cookie(name), _) => format!("a key in the cookie `{name}`"),
        (AuthScheme::None, _) => "nothing".to_owned(),
    };
    let mut lines = vec![format!("The security scheme `{}`: {place}.", scheme.name)];
    let how = match (&scheme.auth, &scheme.token_url) {
        _ if is_first => "`api_key`, `from_env` or `credentials` of the builder set it.",
        (AuthScheme::Basic, _) => "`password_for` of the builder sets it.",
        (AuthScheme::Bearer, Some(_)) => {
            "`credentials_for` of the builder sets it, with `oauth::ClientCredentials` as the \
             provider (feature `oauth`)."
        }
        _ => "`api_key_for` or `credentials_for` of the builder set it.",
    };
    lines.push(how.to_owned());
    lines
}

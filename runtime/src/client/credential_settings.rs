//! The credentials that a builder was given.
//!
//! In: one credential, or one for each security scheme. Out: [`CredentialSet`], or the first
//! error.

use super::credentials::CredentialSet;
use crate::auth::{ApiKey, Credentials};
use crate::error::Error;
use crate::operation::CredentialScheme;

/// Credentials as they were set, with their errors.
#[derive(Default)]
pub(super) struct CredentialSettings {
    /// That of APIs with one kind of credential, and of the first scheme of others.
    pub(super) default: Option<Result<Credentials, Error>>,
    pub(super) by_scheme: Vec<(&'static CredentialScheme, Result<Credentials, Error>)>,
    pub(super) schemes: &'static [&'static CredentialScheme],
}

impl CredentialSettings {
    /// The credentials of the client. `variable` is the environment variable of the API key.
    pub(super) fn finish(self, variable: &str) -> Result<CredentialSet, Error> {
        let mut by_scheme = Vec::new();
        for (scheme, credential) in self.by_scheme {
            if !self.schemes.contains(&scheme) {
                let text = format!("the API has no security scheme {:?}", scheme.name);
                return Err(Error::build(text));
            }
            by_scheme.push((scheme, credential?));
        }
        let default = match self.default {
            Some(default) => default?,
            None if !by_scheme.is_empty() => Credentials::Fixed(ApiKey::none()),
            None => {
                let text = "no API key: call `from_env` to take it from";
                return Err(Error::build(format!("{text} {variable}, or `api_key`")));
            }
        };
        Ok(CredentialSet {
            default,
            by_scheme,
            first: self.schemes.first().copied(),
        })
    }
}

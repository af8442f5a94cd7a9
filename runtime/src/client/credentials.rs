//! The credentials of a client, and which of them a call has.
//!
//! In: what a builder was given, one credential or one for each security scheme. Out: the credentials of
//! each call, or the first error.

use std::slice;

use super::Shared;
use crate::auth::{ApiKey, CallCredentials, Credentials};
use crate::error::Error;
use crate::operation::{ApiSpec, CredentialScheme, MissingCredentials, RequiredCredential};
use crate::request::PreparedRequest;

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

/// The credentials of a client.
pub(super) struct CredentialSet {
    /// That of APIs with one kind of credential, and of the first scheme of others.
    pub(super) default: Credentials,
    pub(super) by_scheme: Vec<(&'static CredentialScheme, Credentials)>,
    /// The scheme that the default belongs to.
    pub(super) first: Option<&'static CredentialScheme>,
}

impl CredentialSet {
    /// Checks the keys that are known already. `plain_host` is a host that is reached without TLS.
    pub(super) fn check(&self, api: &ApiSpec, plain_host: Option<&str>) -> Result<(), Error> {
        let others = self.by_scheme.iter().map(|(_, source)| source);
        others.chain([&self.default]).try_for_each(|it| match it {
            Credentials::Fixed(key) => key.check(api, plain_host, false),
            Credentials::Provided(_) => Ok(()),
        })
    }

    fn of_scheme(&self, scheme: &CredentialScheme) -> Option<&Credentials> {
        let mut others = self.by_scheme.iter();
        let own = others.find(|(known, _)| *known == scheme);
        let is_first = self.first == Some(scheme) && !self.default.is_none();
        let default = is_first.then_some(&self.default);
        own.map(|(_, source)| source).or(default)
    }

    /// The credentials of the first alternative for which the client has all that the caller has not
    /// set.
    fn choose(&self, prepared: &PreparedRequest) -> CallCredentials {
        let alternatives = prepared.security;
        let is_usable = |required: &RequiredCredential| {
            prepared.has_own(&required.scheme.place) || self.of_scheme(required.scheme).is_some()
        };
        let mut all = alternatives.iter();
        let Some(chosen) = all.find(|alternative| alternative.iter().all(is_usable)) else {
            return CallCredentials {
                sources: Vec::new(),
                missing: Some(MissingCredentials::new(alternatives)),
            };
        };
        let sources = chosen.iter().filter_map(|required| {
            let source = self.of_scheme(required.scheme)?.clone();
            Some((slice::from_ref(&required.scheme.place), source))
        });
        CallCredentials {
            sources: sources.collect(),
            missing: None,
        }
    }
}

impl Shared {
    /// The credentials for a request.
    pub(super) fn credentials_for(&self, prepared: &PreparedRequest) -> CallCredentials {
        if !prepared.security.is_empty() {
            return self.credentials.choose(prepared);
        }
        if !prepared.sends_credential() {
            return CallCredentials::default();
        }
        let session = self.session_for(prepared);
        let source = session.unwrap_or_else(|| self.credentials.default.clone());
        CallCredentials::single(prepared.auth, source)
    }
}

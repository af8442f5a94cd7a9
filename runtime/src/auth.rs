//! Credentials: which key a client uses, where it comes from, and how a request carries it.
//!
//! In: the text of an API key, the name of an environment variable, or a
//! [`CredentialProvider`]. Out: an [`ApiKey`] that is known to fit a header, and the
//! `Authorization` header of an attempt. Afterwards no error and no `Debug` shows the key.

use std::error::Error as StdError;
use std::fmt;
use std::time::SystemTime;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::clock::BoxFuture;
use crate::error::Error;
use crate::secret::Secret;

mod cache;
#[cfg(test)]
mod tests;

pub(crate) use cache::{Credentials, Lease};

/// An API key that can be sent.
#[derive(Clone, Debug)]
pub struct ApiKey(Secret);

/// An API key and how long it is good for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The key.
    pub key: ApiKey,
    /// When it expires; `None` if that is not known.
    pub expires: Option<SystemTime>,
}

impl Credential {
    /// A key without an end.
    pub fn new(key: ApiKey) -> Self {
        Self { key, expires: None }
    }

    /// The same, good until a time.
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }
}

/// Fetches API keys from where they are kept: a secrets manager, a mounted file, a vault.
///
/// The client caches what it returns, renews it early, calls it once however many calls wait for
/// it, and calls it again once when the server answers 401. Implementations only fetch.
pub trait CredentialProvider: fmt::Debug + Send + Sync + 'static {
    /// Fetches the key that is valid now.
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>>;

    /// Whether the key at the source is another one than that of the last fetch, for sources
    /// that can tell cheaply. Asked before each call.
    fn has_changed(&self) -> bool {
        false
    }
}

/// Why no API key could be had.
#[derive(Debug)]
pub struct CredentialError {
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CredentialError {
    /// A failure in words, which must show no secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: None,
        }
    }

    /// The same with its cause, which must show no secret either.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl StdError for CredentialError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl ApiKey {
    /// Takes a key as it was pasted: white space around it is cut off.
    ///
    /// # Errors
    /// If nothing is left, or if it holds characters that no key has (control characters, inner
    /// white space, anything beyond ASCII). The error does not show the key.
    pub fn new(text: &Secret) -> Result<Self, Error> {
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(Error::build("the API key is empty"));
        }
        match trimmed.bytes().position(|byte| !byte.is_ascii_graphic()) {
            None => Ok(Self(Secret::from(trimmed))),
            Some(at) => Err(Error::build(format!(
                "the API key holds a character that no key has, at byte {at} of {}",
                trimmed.len()
            ))),
        }
    }

    /// Takes the key from an environment variable.
    ///
    /// # Errors
    /// If the variable is missing, is not UTF-8, or holds no usable key.
    pub fn from_env(variable: &str) -> Result<Self, Error> {
        match std::env::var(variable) {
            Ok(text) => Self::new(&Secret::from(text)),
            Err(std::env::VarError::NotPresent) => Err(Error::build(format!(
                "no API key: the environment variable {variable} is not set"
            ))),
            // The standard error would show the value.
            Err(std::env::VarError::NotUnicode(_)) => Err(Error::build(format!(
                "no API key: the environment variable {variable} is not UTF-8"
            ))),
        }
    }

    /// Whether the key begins with one of these prefixes.
    pub(crate) fn has_prefix(&self, prefixes: &[&str]) -> bool {
        prefixes
            .iter()
            .any(|prefix| self.0.expose().starts_with(prefix))
    }

    /// Whether both are the same key.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }

    /// The value of the `Authorization` header, marked sensitive.
    ///
    /// # Errors
    /// Never for a key that [`ApiKey::new`] accepted.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.expose()));
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Error::build("the API key does not fit a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

//! API keys, which are validated once and never shown.

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::secret::Secret;

/// An API key that can be sent. Its memory is zeroed when it is dropped.
#[derive(Clone, Debug)]
pub struct ApiKey(Secret);

impl ApiKey {
    /// An API key, with white space around it removed.
    ///
    /// # Errors
    /// If nothing is left, or if it contains characters that no key has (control characters, inner
    /// white space, anything but ASCII). The error does not show the key.
    pub fn new(text: &Secret) -> Result<Self, Error> {
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(Error::build("the API key is empty"));
        }
        match trimmed.bytes().position(|byte| !byte.is_ascii_graphic()) {
            None => Ok(Self(Secret::from(trimmed))),
            Some(at) => Err(Error::build(format!(
                "the API key contains a character that no key has, at byte {at} of {}",
                trimmed.len()
            ))),
        }
    }

    /// The API key in an environment variable.
    ///
    /// # Errors
    /// If the variable is missing, is not UTF-8, or contains no usable key.
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
    pub fn is_same(&self, other: &Self) -> bool {
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

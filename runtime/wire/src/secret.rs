//! Secret text: never printed, compared in constant time, zeroed when it is dropped.
//!
//! In: a credential. Out: the same text, through [`Secret::expose`] alone. `Debug` does not show
//! it, there is no `Display`, and its memory is zeroed when it is dropped. Copies of the exposed
//! text, such as the buffers of the HTTP client, are not protected.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::codec::{DecodeError, Place, Reader};

mod basic;
mod credentials;
mod sent;
#[cfg(test)]
mod tests;

// For the crate `runtime`.
#[doc(hidden)]
pub use basic::encode_basic;
pub use credentials::redact_credentials;
#[doc(hidden)]
pub use sent::SentCredentials;

/// A secret text, such as an API key.
///
/// ```
/// use wire::secret::Secret;
///
/// let key = Secret::from("sk_test_123");
/// assert_eq!(format!("{key:?}"), "Secret([redacted])");
/// assert_eq!(key.expose(), "sk_test_123");
/// ```
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself. Do not log it and do not keep copies of it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is the same text. The comparison takes constant time for texts of equal length.
    ///
    /// ```
    /// use wire::secret::Secret;
    ///
    /// assert!(Secret::from("abc").matches("abc"));
    /// assert!(!Secret::from("abc").matches("abd"));
    /// ```
    pub fn matches(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret([redacted])")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl Place for Secret {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Self::from(reader.string()?.into_owned());
        Ok(())
    }
}

//! Signing secrets, and errors for texts that are not.
//!
//! In: a text or the name of an environment variable. Out: a plausible secret, or an error that
//! says what the text is instead and does not show it.

use std::env::VarError;
use std::fmt;

use zeroize::Zeroizing;

use wire::secret::Secret;

/// The prefix of the secrets of the API's endpoints.
const PREFIX: &str = "whsec_";

/// The prefixes of API keys: secret, restricted and publishable.
const API_KEY_PREFIXES: [&str; 3] = ["sk_", "rk_", "pk_"];

/// The prefixes of the ids of endpoints and event destinations.
const ENDPOINT_PREFIXES: [&str; 2] = ["we_", "ed_"];

/// Why a text is not a signing secret. Does not show the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The text is empty, or only the prefix of secrets.
    Empty,
    /// It is an API key.
    ApiKey,
    /// It is the id of an endpoint or of an event destination, and not its secret.
    EndpointId,
    /// It has a character that no secret has: white space, quotes, control characters, or a
    /// character outside of ASCII.
    Malformed {
        /// The position of the character, in bytes.
        at: usize,
        /// The length of the text, in bytes.
        length: usize,
    },
    /// The environment variable is not set.
    NotSet {
        /// Its name.
        variable: String,
    },
    /// The environment variable is not UTF-8.
    NotUnicode {
        /// Its name.
        variable: String,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("the webhook secret is empty"),
            Self::ApiKey => out.write_str(
                "this is an API key and not a webhook secret: use the signing secret of the \
                 endpoint (`whsec_…`)",
            ),
            Self::EndpointId => out.write_str(
                "this is the id of an endpoint and not a webhook secret: use its signing \
                 secret (`whsec_…`)",
            ),
            Self::Malformed { at, length } => write!(
                out,
                "the webhook secret has an invalid character, at byte {at} of {length}"
            ),
            Self::NotSet { variable } => write!(
                out,
                "no webhook secret: the environment variable {variable} is not set"
            ),
            Self::NotUnicode { variable } => write!(
                out,
                "no webhook secret: the environment variable {variable} is not UTF-8"
            ),
        }
    }
}

impl std::error::Error for SecretError {}

/// Removes white space around a secret.
pub(super) fn trim_secret(secret: &Secret) -> Secret {
    Secret::from(secret.expose().trim())
}

/// Checks a secret, and removes white space around it.
pub(super) fn check_secret(text: &Secret) -> Result<Secret, SecretError> {
    let secret = trim_secret(text);
    let text = secret.expose();
    let has_prefix = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if text.is_empty() || text == PREFIX {
        return Err(SecretError::Empty);
    }
    if has_prefix(&API_KEY_PREFIXES) {
        return Err(SecretError::ApiKey);
    }
    if has_prefix(&ENDPOINT_PREFIXES) {
        return Err(SecretError::EndpointId);
    }
    let is_invalid = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'');
    match text.bytes().position(is_invalid) {
        Some(at) => Err(SecretError::Malformed {
            at,
            length: text.len(),
        }),
        None => Ok(secret),
    }
}

/// Reads the secrets in an environment variable, separated by commas or white space; at least one.
pub(super) fn read_secrets(variable: &str) -> Result<Vec<Secret>, SecretError> {
    let text = match std::env::var(variable) {
        Ok(text) => Zeroizing::new(text),
        Err(VarError::NotPresent) => {
            return Err(SecretError::NotSet {
                variable: variable.to_owned(),
            });
        }
        // `VarError` would show the value.
        Err(VarError::NotUnicode(value)) => {
            drop(Zeroizing::new(value.into_encoded_bytes()));
            return Err(SecretError::NotUnicode {
                variable: variable.to_owned(),
            });
        }
    };
    parse_secrets(&text)
}

/// Parses secrets that are separated by commas or white space; at least one.
pub(super) fn parse_secrets(text: &str) -> Result<Vec<Secret>, SecretError> {
    let parts = text.split(|character: char| character == ',' || character.is_whitespace());
    let secrets: Vec<Secret> = parts
        .filter(|part| !part.is_empty())
        .map(|part| check_secret(&Secret::from(part)))
        .collect::<Result<_, _>>()?;
    if secrets.is_empty() {
        return Err(SecretError::Empty);
    }
    Ok(secrets)
}

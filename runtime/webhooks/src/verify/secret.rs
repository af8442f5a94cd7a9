//! Signing secrets: what is one, what is mistaken for one.
//!
//! In: text that somebody pasted or put into the environment. Out: a secret that can be one, or an
//! error that says what the text is instead and shows nothing of it.

use std::env::VarError;
use std::fmt;

use zeroize::Zeroizing;

use wire::secret::Secret;

/// What the secrets of the API's endpoints begin with.
const PREFIX: &str = "whsec_";

/// What API keys begin with: secret, restricted and publishable ones.
const KEYS: [&str; 3] = ["sk_", "rk_", "pk_"];

/// What the ids of endpoints and event destinations begin with.
const ENDPOINTS: [&str; 2] = ["we_", "ed_"];

/// Why a text is no signing secret. NullInbox of the text is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// There is no text, or only the prefix that secrets have.
    Empty,
    /// It is an API key, which signs no webhooks.
    ApiKey,
    /// It is the id of an endpoint or of an event destination, each of which has a secret.
    EndpointId,
    /// It holds a character that no secret has: white space, quotes, control characters, anything
    /// beyond ASCII.
    Malformed {
        /// Where, in bytes.
        at: usize,
        /// How long the text is, in bytes.
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
                "this is an API key and no webhook secret: take the signing secret of the \
                 endpoint (`whsec_…`)",
            ),
            Self::EndpointId => out.write_str(
                "this is the id of an endpoint and no webhook secret: take its signing secret \
                 (`whsec_…`)",
            ),
            Self::Malformed { at, length } => write!(
                out,
                "the webhook secret holds a character that no secret has, at byte {at} of {length}"
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

/// The same without white space around it.
pub(super) fn trimmed(secret: &Secret) -> Secret {
    Secret::from(secret.expose().trim())
}

/// The secret in a text as it was pasted: white space around it is cut off.
pub(in crate) fn checked(text: &Secret) -> Result<Secret, SecretError> {
    let secret = trimmed(text);
    let text = secret.expose();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if text.is_empty() || text == PREFIX {
        return Err(SecretError::Empty);
    }
    if begins(&KEYS) {
        return Err(SecretError::ApiKey);
    }
    if begins(&ENDPOINTS) {
        return Err(SecretError::EndpointId);
    }
    let is_odd = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'');
    match text.bytes().position(is_odd) {
        Some(at) => Err(SecretError::Malformed {
            at,
            length: text.len(),
        }),
        None => Ok(secret),
    }
}

/// The secrets in an environment variable, between commas or white space; at least one.
pub(in crate) fn from_env(variable: &str) -> Result<Vec<Secret>, SecretError> {
    let text = match std::env::var(variable) {
        Ok(text) => Zeroizing::new(text),
        Err(VarError::NotPresent) => {
            return Err(SecretError::NotSet {
                variable: variable.to_owned(),
            });
        }
        // The standard error would show the value.
        Err(VarError::NotUnicode(value)) => {
            drop(Zeroizing::new(value.into_encoded_bytes()));
            return Err(SecretError::NotUnicode {
                variable: variable.to_owned(),
            });
        }
    };
    listed(&text)
}

/// The secrets in a list, between commas or white space; at least one.
pub(super) fn listed(text: &str) -> Result<Vec<Secret>, SecretError> {
    let parts = text.split(|character: char| character == ',' || character.is_whitespace());
    let secrets: Vec<Secret> = parts
        .filter(|part| !part.is_empty())
        .map(|part| checked(&Secret::from(part)))
        .collect::<Result<_, _>>()?;
    if secrets.is_empty() {
        return Err(SecretError::Empty);
    }
    Ok(secrets)
}

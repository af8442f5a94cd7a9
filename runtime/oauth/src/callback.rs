//! What the address says that a user comes back to.

use std::error::Error as StdError;
use std::fmt;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::OAuthErrorKind;
use wire::secret::Secret;

/// Why there is no authorization code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// The state is missing, or is not the one that this user was sent away with: someone may
    /// want to connect an account of theirs to the session of another. Do not go on.
    StateMismatch,
    /// The user declined.
    AccessDenied,
    /// The server refused for another reason, which is in the request for the authorization.
    Refused(OAuthErrorKind),
    /// There is neither a code nor an error.
    MissingCode,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateMismatch => {
                out.write_str("the state of the authorization is not the one of this user")
            }
            Self::AccessDenied => out.write_str("the user declined the authorization"),
            Self::Refused(kind) => write!(out, "the authorization was refused: {kind}"),
            Self::MissingCode => out.write_str("the address has no authorization code"),
        }
    }
}

impl StdError for CallbackError {}

/// The code in an address or its query. Nothing of it is believed before the state was compared.
pub(super) fn code(address: &str, state: &Secret) -> Result<Secret, CallbackError> {
    let query = address.split_once('?').map_or(address, |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let given = param(query, "state").ok_or(CallbackError::StateMismatch)?;
    // An empty state is that of a session that began no authorization.
    if state.expose().is_empty() || !state.matches(given.expose()) {
        return Err(CallbackError::StateMismatch);
    }
    if let Some(code) = param(query, "error") {
        return Err(match OAuthErrorKind::from_code(code.expose()) {
            OAuthErrorKind::AccessDenied => CallbackError::AccessDenied,
            kind => CallbackError::Refused(kind),
        });
    }
    let code = param(query, "code").filter(|code| !code.expose().is_empty());
    code.ok_or(CallbackError::MissingCode)
}

/// The one value of a parameter. One that is there twice is none: which one counts would depend
/// on who reads it.
fn param(query: &str, name: &str) -> Option<Secret> {
    let mut values = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    });
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    let spaced = Zeroizing::new(value.replace('+', " "));
    let text = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(Secret::from(text.into_owned()))
}

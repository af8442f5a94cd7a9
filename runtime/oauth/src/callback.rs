//! The query of the callback: the state, and a code or an error.

use std::error::Error as StdError;
use std::fmt;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::OAuthErrorKind;
use wire::secret::Secret;

/// Why a callback has no authorization code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// The state is missing or is not that of this user's session. It may be an attempt to connect
    /// an account to the session of another user: do not continue.
    StateMismatch,
    /// The user denied the authorization.
    AccessDenied,
    /// The server rejected the request for the authorization.
    Rejected(OAuthErrorKind),
    /// The query has neither a code nor an error.
    MissingCode,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateMismatch => {
                out.write_str("the state of the authorization is not the one of this user")
            }
            Self::AccessDenied => out.write_str("the user denied the authorization"),
            Self::Rejected(kind) => write!(out, "the authorization was rejected: {kind}"),
            Self::MissingCode => out.write_str("the callback has no authorization code"),
        }
    }
}

impl StdError for CallbackError {}

/// The code in a URL or its query. The state is compared before anything else is used.
pub(super) fn find_code(url: &str, state: &Secret) -> Result<Secret, CallbackError> {
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let given = find_param(query, "state").ok_or(CallbackError::StateMismatch)?;
    // An empty state is that of a session without an authorization.
    if state.expose().is_empty() || !state.matches(given.expose()) {
        return Err(CallbackError::StateMismatch);
    }
    if let Some(code) = find_param(query, "error") {
        return Err(match OAuthErrorKind::from_code(code.expose()) {
            OAuthErrorKind::AccessDenied => CallbackError::AccessDenied,
            kind => CallbackError::Rejected(kind),
        });
    }
    let code = find_param(query, "code").filter(|code| !code.expose().is_empty());
    code.ok_or(CallbackError::MissingCode)
}

/// The value of a parameter. A parameter that occurs twice is ignored, since parsers differ in
/// which value they use.
fn find_param(query: &str, name: &str) -> Option<Secret> {
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

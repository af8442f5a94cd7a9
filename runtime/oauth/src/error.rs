//! The errors of the OAuth endpoints.

use std::error::Error as StdError;
use std::fmt;

use runtime::error::Error;

/// The kind of an OAuth error, from its code.
///
/// ```
/// use oauth::OAuthErrorKind;
///
/// fn must_authorize_again(error: &runtime::Error) -> bool {
///     OAuthErrorKind::find_in(error) == Some(OAuthErrorKind::InvalidGrant)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OAuthErrorKind {
    /// The code or refresh token does not exist, was used before, has expired, or belongs to
    /// another mode or platform. Ask the user to authorize again.
    InvalidGrant,
    /// The client is not known, or its authentication failed. For connected accounts: the client id
    /// does not belong to the API key, or the account is not connected.
    InvalidClient,
    /// The client may not use this flow.
    UnauthorizedClient,
    /// A parameter is missing or invalid.
    InvalidRequest,
    /// The scope is invalid.
    InvalidScope,
    /// The grant type is invalid.
    UnsupportedGrantType,
    /// The response type is invalid.
    UnsupportedResponseType,
    /// The user denied the authorization.
    AccessDenied,
    /// A code that this version does not list.
    Other(String),
}

impl OAuthErrorKind {
    /// The kind of the OAuth error that `error` is, or that is among its sources: a call without
    /// credentials has the error of the refresh request as a source. `None` for other errors.
    pub fn find_in(error: &Error) -> Option<Self> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(cause) = next {
            let error = cause.downcast_ref::<Error>();
            if let Some(kind) = error.and_then(Error::typed) {
                return Some(kind);
            }
            next = cause.source();
        }
        None
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Self {
        match code {
            "invalid_grant" => Self::InvalidGrant,
            "invalid_client" => Self::InvalidClient,
            "unauthorized_client" => Self::UnauthorizedClient,
            "invalid_request" => Self::InvalidRequest,
            "invalid_scope" => Self::InvalidScope,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "unsupported_response_type" => Self::UnsupportedResponseType,
            "access_denied" => Self::AccessDenied,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The code.
    pub fn code(&self) -> &str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::Other(code) => code,
        }
    }
}

/// The code. An unlisted one is truncated to 64 characters and made printable, since it is
/// untrusted.
impl fmt::Display for OAuthErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code().chars().take(64);
        for letter in code {
            let shown = if letter.is_ascii_graphic() {
                letter
            } else {
                '?'
            };
            fmt::Write::write_char(out, shown)?;
        }
        Ok(())
    }
}

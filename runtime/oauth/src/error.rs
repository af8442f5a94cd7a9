//! What OAuth endpoints refuse requests with.

use std::error::Error as StdError;
use std::fmt;

use runtime::error::Error;

/// The kind of an OAuth error, as its code says.
///
/// ```
/// use oauth::OAuthErrorKind;
///
/// fn must_authorize_again(error: &runtime::Error) -> bool {
///     OAuthErrorKind::of(error) == Some(OAuthErrorKind::InvalidGrant)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OAuthErrorKind {
    /// The code or refresh token does not exist, was used, has expired, is of another mode or of
    /// another platform. Send the user through the authorization again.
    InvalidGrant,
    /// The client id does not belong to the API key, or the account is not connected.
    InvalidClient,
    /// A parameter is missing or wrong.
    InvalidRequest,
    /// The scope is wrong.
    InvalidScope,
    /// The grant type is wrong.
    UnsupportedGrantType,
    /// The response type is wrong.
    UnsupportedResponseType,
    /// The user declined.
    AccessDenied,
    /// A code that this version does not know.
    Other(String),
}

impl OAuthErrorKind {
    /// The kind of an error that an OAuth endpoint answered with, or that lies behind one:
    /// the refusal of a refresh token behind an error that says that there are no credentials.
    /// `None` for all other errors.
    pub fn of(error: &Error) -> Option<Self> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(cause) = next {
            let answered = cause.downcast_ref::<Error>();
            if let Some(kind) = answered.and_then(Error::typed) {
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
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::Other(code) => code,
        }
    }
}

/// The code, of which one that is not known is cut and made printable: it came from outside.
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

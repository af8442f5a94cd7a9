//! The security schemes of an API, and which of them an operation requires.
//!
//! In: constants of generated code. Out: [`CredentialScheme`]: the name of a scheme and how requests
//! carry its credential. This module holds no credential.

use std::error::Error;
use std::fmt;

use super::{AuthSpec, OperationSpec};

/// A security scheme of an API's document: one kind of credential. A client has a credential for
/// each scheme that it uses.
///
/// ```
/// use wire::operation::{AuthSpec, CredentialScheme};
///
/// static STAFF: CredentialScheme = CredentialScheme::new("staff", AuthSpec::Bearer)
///     .token_url("https://api.example.com/token")
///     .scopes(&["pets:write"]);
/// assert_eq!(STAFF.name, "staff");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CredentialScheme {
    /// The name in the document.
    pub name: &'static str,
    /// How requests carry the credential.
    pub place: AuthSpec,
    /// The URL that OAuth's client credentials flow fetches tokens from, if the document states it.
    pub token_url: Option<&'static str>,
    /// All scopes that the operations of the API require of this scheme.
    pub scopes: &'static [&'static str],
}

impl CredentialScheme {
    /// A scheme of this name, whose credential is carried in this way.
    pub const fn new(name: &'static str, place: AuthSpec) -> Self {
        Self {
            name,
            place,
            token_url: None,
            scopes: &[],
        }
    }

    /// Sets the URL that OAuth's client credentials flow fetches tokens from.
    pub const fn token_url(mut self, url: &'static str) -> Self {
        self.token_url = Some(url);
        self
    }

    /// Sets the scopes that the operations of the API require.
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// The requirement of a credential of this scheme with these scopes.
    pub const fn require(&'static self, scopes: &'static [&'static str]) -> RequiredCredential {
        RequiredCredential {
            scheme: self,
            scopes,
        }
    }
}

/// That a request carries the credential of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RequiredCredential {
    /// The scheme.
    pub scheme: &'static CredentialScheme,
    /// What the credential must be allowed to do.
    pub scopes: &'static [&'static str],
}

impl OperationSpec {
    /// Sets which credentials requests carry: those of one of these alternatives, namely the first
    /// one for which the client has all credentials. An empty alternative is that of none. Takes
    /// precedence over [`auth`](Self::auth).
    ///
    /// ```
    /// use wire::operation::{AuthSpec, CredentialScheme, OperationSpec};
    ///
    /// const KEY: &CredentialScheme = &CredentialScheme::new("key", AuthSpec::Header("X-Key"));
    /// const STAFF: &CredentialScheme = &CredentialScheme::new("staff", AuthSpec::Bearer);
    ///
    /// const LIST: OperationSpec = OperationSpec::get("list", "/pets")
    ///     .security(&[&[STAFF.require(&["pets:read"])], &[KEY.require(&[])]]);
    /// assert_eq!(LIST.security.len(), 2);
    /// ```
    pub const fn security(
        mut self,
        alternatives: &'static [&'static [RequiredCredential]],
    ) -> Self {
        self.security = alternatives;
        self
    }
}

/// That a client has no credentials for an operation: none of the alternatives is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingCredentials {
    alternatives: &'static [&'static [RequiredCredential]],
}

impl MissingCredentials {
    // For the crate `runtime`.
    #[doc(hidden)]
    pub fn new(alternatives: &'static [&'static [RequiredCredential]]) -> Self {
        Self { alternatives }
    }

    /// What the operation requires: all credentials of one of these alternatives.
    pub fn alternatives(&self) -> &'static [&'static [RequiredCredential]] {
        self.alternatives
    }
}

/// Names the schemes: `a`, or `b` and `c` together.
impl fmt::Display for MissingCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the client has no credential for this call: it needs that of ")?;
        for (index, alternative) in self.alternatives.iter().enumerate() {
            out.write_str(if index == 0 { "" } else { ", or of " })?;
            for (index, required) in alternative.iter().enumerate() {
                let separator = if index == 0 { "" } else { " and " };
                write!(out, "{separator}`{}`", required.scheme.name)?;
            }
            out.write_str(if alternative.len() > 1 {
                " together"
            } else {
                ""
            })?;
        }
        out.write_str("; set it on the client's builder, for example with `api_key_for`")
    }
}

impl Error for MissingCredentials {}

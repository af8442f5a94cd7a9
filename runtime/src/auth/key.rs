//! API keys, which are validated once and never shown.

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::operation::ApiSpec;
use crate::secret::Secret;

/// The scheme of authentication, before the key.
const SCHEME: &str = "Bearer ";

/// An API key that can be sent. Its memory is zeroed when it is dropped.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The value of the `Authorization` header, whose copies share its memory.
    authorization: HeaderValue,
    /// The mode of the API key that opened the session, if this is the token of one.
    session_live: Option<bool>,
}

impl ApiKey {
    /// An API key, with white space around it removed.
    ///
    /// # Errors
    /// If nothing is left, or if it contains characters that no key has (control characters, inner
    /// white space, anything but ASCII) or is in quotes. The error does not show the key.
    pub fn new(text: &Secret) -> Result<Self, Error> {
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(Error::build("the API key is empty"));
        }
        match trimmed.bytes().position(|byte| !byte.is_ascii_graphic()) {
            None if is_quoted(trimmed) => Err(Error::build(
                "the API key is in quotes, which are no part of it: remove them",
            )),
            None => Self::from_checked(trimmed),
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

    fn from_checked(text: &str) -> Result<Self, Error> {
        let value = Zeroizing::new([SCHEME, text].concat().into_bytes());
        let mut authorization = HeaderValue::from_maybe_shared(Bytes::from_owner(value))
            .map_err(|_| Error::build("the API key does not fit a header"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            authorization,
            session_live: None,
        })
    }

    fn text(&self) -> &[u8] {
        let value = self.authorization.as_bytes();
        value.strip_prefix(SCHEME.as_bytes()).unwrap_or(value)
    }

    /// Sets the mode of a session's token, which is that of the key that opened the session.
    pub(crate) fn with_session_mode(mut self, live: Option<bool>) -> Self {
        self.session_live = live;
        self
    }

    /// Whether the key is one of live mode; `None` if that is not known.
    pub(crate) fn live(&self, api: &ApiSpec) -> Option<bool> {
        let has_prefix = |prefixes: &[&str]| {
            let text = self.text();
            prefixes.iter().any(|it| text.starts_with(it.as_bytes()))
        };
        match self.session_live {
            None if has_prefix(api.live_keys) => Some(true),
            None if has_prefix(api.test_keys) => Some(false),
            known => known,
        }
    }

    /// Refuses a credential that is no API key, and a key of live mode if it would be sent without
    /// TLS. `plain_host` is the host that this would be.
    pub(crate) fn check(&self, api: &ApiSpec, plain_host: Option<&str>) -> Result<(), Error> {
        let mut others = api.other_keys.iter();
        if let Some((prefix, what)) = others.find(|(it, _)| self.text().starts_with(it.as_bytes()))
        {
            return Err(Error::build(format!(
                "this is no API key: what begins with {prefix} is {what}"
            )));
        }
        match plain_host {
            Some(host) if self.live(api) == Some(true) => Err(Error::build(format!(
                "an API key of live mode would be sent to {host} without TLS: use https://, or \
                 call `allow_plain_http` on the client's builder"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether both are the same key.
    pub fn is_same(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// The value of the `Authorization` header, marked sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`'])
}

//! API keys, which are validated once and never shown.

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::operation::ApiSpec;
use crate::secret::Secret;

/// An API key that can be sent. Its memory is zeroed when it is dropped.
#[derive(Clone, Debug)]
pub struct ApiKey {
    text: Secret,
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
            None => Ok(Self {
                text: Secret::from(trimmed),
                session_live: None,
            }),
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

    /// Sets the mode of a session's token, which is that of the key that opened the session.
    pub(crate) fn with_session_mode(mut self, live: Option<bool>) -> Self {
        self.session_live = live;
        self
    }

    /// Whether the key is one of live mode; `None` if that is not known.
    pub(crate) fn live(&self, api: &ApiSpec) -> Option<bool> {
        let has_prefix = |prefixes: &[&str]| {
            let text = self.text.expose();
            prefixes.iter().any(|prefix| text.starts_with(prefix))
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
        if let Some((prefix, what)) = others.find(|(it, _)| self.text.expose().starts_with(it)) {
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
        self.text.expose() == other.text.expose()
    }

    /// The value of the `Authorization` header, marked sensitive.
    ///
    /// # Errors
    /// Never for a key that [`ApiKey::new`] accepted.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        let text = Zeroizing::new(format!("Bearer {}", self.text.expose()));
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Error::build("the API key does not fit a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`'])
}

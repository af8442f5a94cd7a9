//! API keys, which are validated once and never shown.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use wire::secret::encode_basic;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::http::Request;
use crate::operation::{ApiSpec, AuthSpec};
use crate::secret::Secret;

/// The scheme of authentication, before the key.
const SCHEME: &str = "Bearer ";

/// An API key that can be sent. Its memory is zeroed when it is dropped.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The value of the `Authorization` header, whose copies share its memory.
    pub(super) authorization: HeaderValue,
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

    /// User name and password of basic authentication, which are sent as UTF-8.
    ///
    /// # Errors
    /// If the name is empty or contains a colon, the password is empty, or one of them contains
    /// control characters. The error shows neither of them.
    pub fn from_password(user: &str, password: &Secret) -> Result<Self, Error> {
        let is_wrong = |text: &str| text.is_empty() || text.chars().any(char::is_control);
        if is_wrong(user) || user.contains(':') || is_wrong(password.expose()) {
            return Err(Error::build(
                "basic authentication requires a user name without a colon and a password, both \
                 without control characters",
            ));
        }
        let text = Zeroizing::new([user, ":", password.expose()].concat());
        Self::from_checked(&text)
    }

    fn from_checked(text: &str) -> Result<Self, Error> {
        Ok(Self {
            authorization: secret_value([SCHEME, text].concat().into_bytes())?,
            session_live: None,
        })
    }

    /// The key of a request that needs none.
    pub(crate) fn none() -> Self {
        Self {
            authorization: HeaderValue::from_static(SCHEME),
            session_live: None,
        }
    }

    pub(super) fn is_none(&self) -> bool {
        self.text().is_empty()
    }

    pub(super) fn text(&self) -> &[u8] {
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

    /// Refuses a missing key if one is needed, a credential that is no API key, and a key of live
    /// mode if it would be sent without TLS. `plain_host` is the host that this would be.
    pub(crate) fn check(
        &self,
        api: &ApiSpec,
        plain_host: Option<&str>,
        is_needed: bool,
    ) -> Result<(), Error> {
        if is_needed && self.is_none() {
            return Err(Error::build(
                "this call needs an API key, and the client was built without one",
            ));
        }
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
            // Which keys are harmless is not known.
            Some(host) if api.live_keys.is_empty() && !self.is_none() => {
                Err(Error::build(format!(
                    "an API key would be sent to {host} without TLS: use https://, or call \
                 `allow_plain_http` on the client's builder"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Whether both are the same key.
    pub fn is_same(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// Adds the key to the headers of a request, marked sensitive. Those of the caller replace it.
    ///
    /// # Errors
    /// If the key does not fit one of the places.
    pub(crate) fn add_to_headers(
        &self,
        places: &[AuthSpec],
        headers: &mut HeaderMap,
    ) -> Result<(), Error> {
        for place in places.iter().filter(|_| !self.is_none()) {
            let (name, value) = match place {
                AuthSpec::Bearer => (header::AUTHORIZATION, self.authorization.clone()),
                AuthSpec::Basic => (header::AUTHORIZATION, self.basic_value()?),
                AuthSpec::Header(name) => {
                    let name = HeaderName::from_bytes(name.as_bytes());
                    let name = name.map_err(|_| {
                        Error::build("the header of the credential has a name that HTTP forbids")
                    })?;
                    (name, secret_value(self.text().to_vec())?)
                }
                AuthSpec::Cookie(name) => {
                    let value = self.cookie_value(name, headers.get(header::COOKIE))?;
                    (header::COOKIE, value)
                }
                _ => continue,
            };
            headers.insert(name, value);
        }
        Ok(())
    }

    /// Adds the key to the query of a request, if it is sent there.
    ///
    /// # Errors
    /// If the URL would be too long.
    pub(crate) fn add_to_query(
        &self,
        places: &[AuthSpec],
        request: &mut Request,
    ) -> Result<(), Error> {
        // It was checked to be ASCII.
        let key = std::str::from_utf8(self.text()).unwrap_or_default();
        for place in places.iter().filter(|_| !self.is_none()) {
            if let AuthSpec::Query(name) = place {
                if !request.add_credential(name, key) {
                    return Err(Error::build("the API key does not fit the URL"));
                }
            }
        }
        Ok(())
    }

    fn basic_value(&self) -> Result<HeaderValue, Error> {
        if !self.text().contains(&b':') {
            return Err(Error::build(
                "this API requires an API key of the form user:password",
            ));
        }
        secret_value(encode_basic(self.text()))
    }

    /// The key as a cookie, after the cookies of parameters.
    fn cookie_value(&self, name: &str, others: Option<&HeaderValue>) -> Result<HeaderValue, Error> {
        if self.text().iter().any(|byte| b"\",;\\".contains(byte)) {
            return Err(Error::build(
                "the API key contains a character that no cookie has",
            ));
        }
        let others = others.map_or(Vec::new(), |others| [others.as_bytes(), b"; "].concat());
        secret_value([&others, name.as_bytes(), b"=", self.text()].concat())
    }
}

/// A header value that is marked sensitive, and whose memory is zeroed when it is dropped.
fn secret_value(text: Vec<u8>) -> Result<HeaderValue, Error> {
    let text = Bytes::from_owner(Zeroizing::new(text));
    let mut value = HeaderValue::from_maybe_shared(text)
        .map_err(|_| Error::build("the API key does not fit a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`'])
}

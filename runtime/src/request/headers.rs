//! The headers of requests: those of every request of a client, which are made once, when the client
//! is built, and those of a call.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

use super::PreparedRequest;
use crate::error::Error;
use crate::idempotency::{IDEMPOTENCY_KEY, IdempotencyKey};
use crate::operation::{ApiSpec, Method};

/// Why a header cannot be sent.
const BAD_HEADER_NAME: &str = "a header has a name that HTTP does not allow";

/// The names of the API's own headers; `None` if it has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderNames {
    pub(crate) version: Option<HeaderName>,
    pub(crate) account: Option<HeaderName>,
    pub(crate) context: Option<HeaderName>,
}

/// The headers of all requests; none until the client is built.
#[derive(Debug, Default)]
pub(crate) struct ClientHeaders {
    pub(crate) names: HeaderNames,
    /// The version of calls that set none.
    pub(crate) version: Option<HeaderValue>,
    pub(crate) user_agent: Option<HeaderValue>,
}

impl HeaderNames {
    /// The names in a description of an API.
    ///
    /// # Errors
    /// If HTTP does not allow one of them.
    pub(crate) fn parse(api: &ApiSpec) -> Result<Self, Error> {
        let parse = |name: Option<&str>| match name.map(str::parse) {
            None => Ok(None),
            Some(Ok(name)) => Ok(Some(name)),
            Some(Err(_)) => Err(Error::build(
                "a header of the API has a name that HTTP does not allow",
            )),
        };
        Ok(Self {
            version: parse(api.version_header)?,
            account: parse(api.account_header)?,
            context: parse(api.context_header)?,
        })
    }
}

impl ClientHeaders {
    /// The headers of a client that requests a version of its own, or else that of the API.
    ///
    /// # Errors
    /// If a value does not fit a header.
    pub(crate) fn new(
        api: &ApiSpec,
        version: Option<&str>,
        user_agent: &str,
    ) -> Result<Self, Error> {
        let names = HeaderNames::parse(api)?;
        let version = version.or(names.version.is_some().then_some(api.version));
        let version = version.filter(|text| !text.is_empty());
        Ok(Self {
            version: version
                .map(|text| header_value("API version", text.to_owned()))
                .transpose()?,
            user_agent: Some(header_value("application's name", user_agent.to_owned())?),
            names,
        })
    }
}

impl PreparedRequest {
    pub(super) fn set_key_header(&mut self, name: &'static str) {
        if IDEMPOTENCY_KEY == *name {
            // The usual one, which need not be parsed.
            return self.key_header = IDEMPOTENCY_KEY;
        }
        match name.parse() {
            Ok(name) => self.key_header = name,
            Err(_) => self.set_build_error(BAD_HEADER_NAME.into()),
        }
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        if let Some((name, value)) = self.check_header(name, value) {
            self.headers.insert(name, value);
        }
    }

    /// A header to send. `None` if it is not valid, or is the idempotency key, which is set.
    pub(super) fn check_header(
        &mut self,
        name: &str,
        value: &str,
    ) -> Option<(HeaderName, HeaderValue)> {
        let Ok(name) = name.parse::<HeaderName>() else {
            self.set_build_error(BAD_HEADER_NAME.into());
            return None;
        };
        if name == self.key_header {
            self.set_key(IdempotencyKey::new(value));
            return None;
        }
        if matches!(
            name,
            header::CONTENT_LENGTH | header::HOST | header::TRANSFER_ENCODING
        ) {
            self.set_build_error(format!("the header {name} is set by the transport").into());
            return None;
        }
        let text = |value: &HeaderValue| value.to_str().is_ok();
        let Some(mut value) = HeaderValue::from_str(value).ok().filter(text) else {
            let text = format!("the header {name} has a value that is not visible ASCII");
            self.set_build_error(text.into());
            return None;
        };
        value.set_sensitive(is_credential(&name));
        Some((name, value))
    }

    /// Refuses a call without a version if its operation requires one.
    pub(super) fn check_version(&self, api: &ApiSpec) -> Result<(), Error> {
        let Some(why) = self.explicit_version else {
            return Ok(());
        };
        let has_header = |name| self.headers.contains_key(name);
        if self.api_version.is_some() || api.version_header.is_some_and(has_header) {
            return Ok(());
        }
        Err(Error::build(format!(
            "this operation requires an explicit API version, because {why}: set it with \
             `.api_version(\"…\")` on the call"
        )))
    }
}

/// Whether a header of the caller's own looks like one that carries credentials. Those are kept
/// out of journals, cassettes and logs.
fn is_credential(name: &HeaderName) -> bool {
    const WORDS: [&str; 7] = [
        "auth", "cookie", "key", "password", "secret", "session", "token",
    ];
    WORDS.iter().any(|word| name.as_str().contains(word))
}

/// A header value, or an error that does not show it.
pub(super) fn header_value(what: &str, text: impl Into<Bytes>) -> Result<HeaderValue, Error> {
    HeaderValue::from_maybe_shared(text.into())
        .map_err(|_| Error::build(format!("the {what} does not fit a header")))
}

/// Whether requests of this method have a body, even if it is empty.
pub(super) fn sends_body(method: Method) -> bool {
    matches!(method, Method::Post | Method::Put | Method::Patch)
}

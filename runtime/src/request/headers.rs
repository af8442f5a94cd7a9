//! The headers that every request of a client has, made once, when the client is built.

use http::{HeaderName, HeaderValue};

use super::header_value;
use crate::error::Error;
use crate::operation::ApiSpec;

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
                .map(|text| header_value("API version", text))
                .transpose()?,
            user_agent: Some(header_value("application's name", user_agent)?),
            names,
        })
    }
}

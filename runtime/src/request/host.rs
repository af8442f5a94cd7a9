//! The hosts of the API, whose URLs are parsed once, when the client is built.
//!
//! In: the key of a host and its URL. Out: a [`Host`], and with path and query the URL of a request.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};

use crate::error::Error;
use crate::operation::{ApiSpec, fill_variables};

/// A host of the API.
#[derive(Clone)]
pub(crate) struct Host {
    /// The key by which operations name the host.
    pub(crate) key: &'static str,
    /// The URL, without a slash at its end.
    pub(crate) url: String,
    scheme: Scheme,
    authority: Authority,
    /// The path of the URL, which is no part of a request's own path.
    pub(super) base_path: String,
    pub(crate) server: Server,
}

/// The server of a host, for telemetry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    pub(crate) name: Arc<str>,
    pub(crate) port: u16,
}

impl Host {
    /// The hosts with their URLs, in which variables are replaced.
    pub(crate) fn parse_all(
        api: &ApiSpec,
        urls: &[(&'static str, String)],
        variables: &[(String, String)],
    ) -> Result<Vec<Self>, Error> {
        let stated = || api.hosts.iter().map(|&(_, url)| url);
        for (name, _) in variables {
            let variable = format!("{{{name}}}");
            let mut all = stated().chain(urls.iter().map(|(_, url)| url.as_str()));
            if !all.any(|url| url.contains(&variable)) {
                let text = format!("no URL of the API has the variable {name:?}");
                return Err(Error::build(text));
            }
        }
        let parse_host = |(key, url): &(&'static str, String)| {
            if url.is_empty() && api.hosts.iter().any(|host| host == &(*key, "")) {
                return Err(Error::build(
                    "the API's document names no server: set one with `base_url`",
                ));
            }
            let url = fill_variables(url, variables)
                .map_err(|reason| Error::build(format!("the URL of the host {key:?} {reason}")))?;
            Self::parse(key, &url)
        };
        urls.iter().map(parse_host).collect()
    }

    /// Checks that a URL is an HTTP URL without query, fragment and credentials.
    pub(crate) fn parse(key: &'static str, url: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::build(format!("the URL of the host {key:?} {what}"));
        let trimmed = url.trim().trim_end_matches('/');
        let uri: Uri = trimmed.parse().map_err(|_| wrong("is not a URL"))?;
        // The parsed URI no longer has a fragment.
        let is_more = uri.query().is_some() || trimmed.contains('#');
        let Parts {
            scheme, authority, ..
        } = uri.clone().into_parts();
        let scheme = scheme
            .filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)
            .ok_or_else(|| wrong("must begin with https:// or http://"))?;
        let authority = authority
            .filter(|authority| !authority.as_str().is_empty() && !authority.as_str().contains('@'))
            .filter(|_| !is_more)
            .ok_or_else(|| wrong("must be a host and perhaps a path, nothing more"))?;
        let default_port = if scheme == Scheme::HTTP { 80 } else { 443 };
        let server = Server {
            name: authority.host().into(),
            port: authority.port_u16().unwrap_or(default_port),
        };
        Ok(Self {
            key,
            url: trimmed.to_owned(),
            base_path: uri.path().trim_end_matches('/').to_owned(),
            scheme,
            authority,
            server,
        })
    }

    /// The URL of a request, with a query in two parts.
    pub(crate) fn join(&self, path: &str, query: &str, more: &str) -> Result<Uri, Error> {
        let length = self.base_path.len() + path.len() + query.len() + more.len() + 2;
        let mut text = String::with_capacity(length);
        text.push_str(&self.base_path);
        text.push_str(path);
        for (part, separator) in [query, more]
            .into_iter()
            .filter(|part| !part.is_empty())
            .zip(['?', '&'])
        {
            text.push(separator);
            text.push_str(part);
        }
        let wrong = || Error::build("the path or query is not valid in a URL, or too long");
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        let target = PathAndQuery::from_maybe_shared(Bytes::from(text)).map_err(|_| wrong())?;
        parts.path_and_query = Some(target);
        Uri::from_parts(parts).map_err(|_| wrong())
    }

    /// The name of the server if it is reached without TLS and is not this machine.
    pub(crate) fn plain_name(&self) -> Option<String> {
        let name = self.server.name.trim_matches(['[', ']']);
        let is_local = match name.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => {
                let name = name.to_ascii_lowercase();
                name == "localhost" || name.ends_with(".localhost")
            }
        };
        (self.scheme == Scheme::HTTP && !is_local).then(|| name.to_owned())
    }
}

/// Shows the URL, which has no credentials.
impl fmt::Debug for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.key, self.url)
    }
}

//! The headers that depend on the server alone, made once for each server: `Host`, and the
//! credentials of a proxy.

use std::sync::{Arc, Mutex, PoisonError};

use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;

/// The maximum number of servers whose headers are kept. An API has a handful of hosts.
const MAX_HOSTS: usize = 16;

/// The headers that were made. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct HostHeaders {
    /// The proxies, if there may be any.
    proxies: Option<Arc<Matcher>>,
    known: Arc<Mutex<Vec<KnownHost>>>,
}

struct KnownHost {
    scheme: Scheme,
    authority: Authority,
    host: Option<HeaderValue>,
    proxy_authorization: Option<HeaderValue>,
}

impl HostHeaders {
    pub(crate) fn new(proxies: Option<Arc<Matcher>>) -> Self {
        Self {
            proxies,
            ..Self::default()
        }
    }

    /// Adds the headers for the server of a URL, if it names one.
    pub(crate) fn add_headers(&self, uri: &Uri, headers: &mut HeaderMap) {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return;
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known
            .iter()
            .find(|it| it.scheme == *scheme && it.authority.as_str() == authority.as_str());
        if let Some(found) = found {
            return found.add_headers(headers);
        }
        let made = KnownHost {
            scheme: scheme.clone(),
            authority: authority.clone(),
            host: host_value(scheme, authority),
            proxy_authorization: self.proxy_authorization(uri),
        };
        made.add_headers(headers);
        if known.len() < MAX_HOSTS {
            known.push(made);
        }
    }

    /// The credentials of the proxy that a request is sent to. Requests over TLS are sent through a
    /// tunnel, which is authorized when it is opened.
    fn proxy_authorization(&self, uri: &Uri) -> Option<HeaderValue> {
        let proxies = self.proxies.as_ref()?;
        if uri.scheme() != Some(&Scheme::HTTP) {
            return None;
        }
        let mut value = proxies.intercept(uri)?.basic_auth()?.clone();
        value.set_sensitive(true);
        Some(value)
    }
}

impl KnownHost {
    fn add_headers(&self, headers: &mut HeaderMap) {
        // HTTP/2 has a pseudo header instead of `Host`, and which of the two protocols is spoken
        // is not known yet.
        if !cfg!(feature = "http2") {
            if let Some(host) = &self.host {
                headers.insert(HOST, host.clone());
            }
        }
        if let Some(authorization) = &self.proxy_authorization {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
    }
}

/// The value of `Host`, which leaves out the port if it is that of the scheme.
fn host_value(scheme: &Scheme, authority: &Authority) -> Option<HeaderValue> {
    let default_port = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let text = match authority.port_u16() {
        Some(port) if port != default_port => format!("{}:{port}", authority.host()),
        _ => authority.host().to_owned(),
    };
    HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).ok()
}

#[cfg(test)]
mod tests;

//! The values of the header `Host`, made once for each server.

use std::sync::{Arc, Mutex, PoisonError};

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};

/// The maximum number of servers whose values are kept. An API has a handful of hosts.
const MAX_HOSTS: usize = 16;

/// The values that were made. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct HostHeaders(Arc<Mutex<Vec<KnownHost>>>);

struct KnownHost {
    scheme: Scheme,
    authority: Authority,
    value: HeaderValue,
}

impl HostHeaders {
    /// The value for a URL, which leaves out the port if it is that of the scheme; `None` if the
    /// URL has no server.
    pub(crate) fn value_for(&self, uri: &Uri) -> Option<HeaderValue> {
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known
            .iter()
            .find(|it| it.scheme == *scheme && it.authority.as_str() == authority.as_str());
        if let Some(found) = found {
            return Some(found.value.clone());
        }
        let value = host_value(scheme, authority)?;
        if known.len() < MAX_HOSTS {
            known.push(KnownHost {
                scheme: scheme.clone(),
                authority: authority.clone(),
                value: value.clone(),
            });
        }
        Some(value)
    }
}

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

//! Checks of a client's settings when it is built: the URLs of hosts, account and context.

use std::net::IpAddr;

use http::Uri;

use crate::error::Error;
use crate::request::{RequestDefaults, check_scope};

/// Checks that a URL is an HTTP URL without query, fragment and credentials, and removes a slash at
/// its end.
pub(super) fn checked_url(host: &str, url: &str) -> Result<String, Error> {
    let wrong = |what: &str| Error::build(format!("the URL of the host {host:?} {what}"));
    let trimmed = url.trim().trim_end_matches('/');
    let uri: Uri = trimmed.parse().map_err(|_| wrong("is not a URL"))?;
    if !matches!(uri.scheme_str(), Some("https" | "http")) {
        return Err(wrong("must begin with https:// or http://"));
    }
    let authority = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .unwrap_or_default();
    // The parsed URI no longer has a fragment.
    let is_more = uri.query().is_some() || trimmed.contains('#');
    if authority.is_empty() || authority.contains('@') || is_more {
        return Err(wrong("must be a host and perhaps a path, nothing more"));
    }
    Ok(trimmed.to_owned())
}

/// The first host that is reached without TLS and that is not this machine.
pub(super) fn find_plain_host(hosts: &[(&str, String)]) -> Option<String> {
    hosts.iter().find_map(|(_, url)| {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host()?.trim_matches(['[', ']']);
        let is_local = match host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => {
                let host = host.to_ascii_lowercase();
                host == "localhost" || host.ends_with(".localhost")
            }
        };
        let is_plain = uri.scheme_str() == Some("http");
        (is_plain && !is_local).then(|| host.to_owned())
    })
}

/// Refuses a blank account or context of a client.
pub(super) fn check_client_scope(defaults: &RequestDefaults) -> Result<(), Error> {
    let scope = [
        (&defaults.account, "account"),
        (&defaults.context, "context"),
    ];
    for (text, what) in scope {
        if let Some(text) = text {
            check_scope(what, text.as_bytes())?;
        }
    }
    Ok(())
}

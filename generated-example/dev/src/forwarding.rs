//! Where events may be sent.

use std::net::IpAddr;

use http::Uri;

/// Why events are not forwarded to a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardError {
    /// It is not a URL of HTTP.
    #[error("cannot forward events to `{0}`: it is not a URL")]
    Malformed(String),
    /// It needs TLS, which the server does not have.
    #[error("cannot forward events to `{0}`: events are sent without TLS; use an http:// URL")]
    Tls(String),
    /// It is not a URL of this machine, and no option allows others.
    #[error(
        "cannot forward events to `{0}`: it is on another machine; allow that with \
         `--allow-remote`, or `FakeStripeBuilder::allow_remote`"
    )]
    Remote(String),
}

/// The URL that events are forwarded to. A port stands for one of this machine, as a path does, and
/// `http://` can be left out, as with the command of Stripe.
pub(crate) fn forwarding_url(stated: &str, allows_remote: bool) -> Result<String, ForwardError> {
    let is_port = !stated.is_empty() && stated.chars().all(|digit| digit.is_ascii_digit());
    let url = match stated {
        _ if is_port => format!("http://localhost:{stated}"),
        _ if stated.starts_with('/') => format!("http://localhost{stated}"),
        _ if stated.contains("://") => stated.to_owned(),
        _ => format!("http://{stated}"),
    };
    let parsed: Option<Uri> = url.parse().ok();
    let Some(parsed) = parsed.filter(|parsed| parsed.host().is_some_and(|host| !host.is_empty()))
    else {
        return Err(ForwardError::Malformed(stated.to_owned()));
    };
    match parsed.scheme_str() {
        Some("http") if allows_remote || is_local_url(&url) => Ok(url),
        Some("http") => Err(ForwardError::Remote(stated.to_owned())),
        Some("https") => Err(ForwardError::Tls(stated.to_owned())),
        _ => Err(ForwardError::Malformed(stated.to_owned())),
    }
}

/// Whether a URL is one of this machine, without TLS.
pub(crate) fn is_local_url(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => {
            matches!(host, "localhost" | "host.docker.internal") || host.ends_with(".localhost")
        }
    };
    url.scheme_str() == Some("http") && is_loopback
}

#[cfg(test)]
mod forwarding_tests {
    use super::{ForwardError, forwarding_url, is_local_url};

    #[test]
    fn parts_that_are_left_out_are_those_of_this_machine() {
        for (stated, url) in [
            ("3000", "http://localhost:3000"),
            ("/webhook", "http://localhost/webhook"),
            ("localhost:3000/webhook", "http://localhost:3000/webhook"),
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000/a?b=c", "http://[::1]:3000/a?b=c"),
        ] {
            assert_eq!(forwarding_url(stated, false).unwrap(), url);
        }
    }

    #[test]
    fn what_cannot_receive_events_is_refused() {
        let tls = |url: &str| ForwardError::Tls(url.to_owned());
        let remote = |url: &str| ForwardError::Remote(url.to_owned());
        let malformed = |url: &str| ForwardError::Malformed(url.to_owned());
        for (stated, error) in [
            ("https://localhost:3000", tls as fn(&str) -> ForwardError),
            ("https://example.com/hook", tls),
            ("http://example.com/hook", remote),
            ("http://127.example.com", remote),
            ("http://localhost:80@example.com", remote),
            ("example.com:3000", remote),
            ("", malformed),
            ("http://", malformed),
            ("ftp://localhost", malformed),
            ("local host:3000", malformed),
        ] {
            assert_eq!(forwarding_url(stated, false), Err(error(stated)));
            let allowed = forwarding_url(stated, true);
            assert_eq!(allowed.is_ok(), error(stated) == remote(stated), "{stated}");
        }
    }

    #[test]
    fn names_of_this_machine_are_known() {
        for url in [
            "http://localhost",
            "http://shop.localhost:80/",
            "http://127.1.2.3:1/a",
        ] {
            assert!(is_local_url(url), "{url}");
        }
        for url in ["http://10.0.0.1", "https://localhost", "localhost", ""] {
            assert!(!is_local_url(url), "{url}");
        }
    }
}

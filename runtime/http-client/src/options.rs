//! The options of a client.

use std::fmt;
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The options of the built-in transport.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The time limit of name resolution, TCP and TLS together. Defaults to 3 seconds.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept. Defaults to 60 seconds, which is less than the idle
    /// timeout of common load balancers, so that requests rarely use a connection that was just
    /// closed.
    pub idle_timeout: Duration,
    /// Which proxy is used. Defaults to that of the environment.
    pub proxy: ProxyChoice,
    /// Root certificates in addition to those of the features. Defaults to none.
    pub root_certificates: RootCertificates,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(60),
            proxy: ProxyChoice::default(),
            root_certificates: RootCertificates::default(),
        }
    }
}

impl HttpOptions {
    /// The proxies for all URLs, or `None` if there cannot be any.
    pub(crate) fn proxies(&self) -> Result<Option<Matcher>, SetupError> {
        match &self.proxy {
            ProxyChoice::Environment => Ok(Some(Matcher::from_env())),
            ProxyChoice::Direct => Ok(None),
            ProxyChoice::Url(url) => {
                // The matcher ignores what it cannot read.
                is_proxy_url(url)
                    .then_some(())
                    .ok_or(SetupError::ProxyUrl)?;
                Ok(Some(Matcher::builder().all(url.as_str()).build()))
            }
        }
    }
}

/// Whether a text is an HTTP URL with a server, and with a port that is a number if it has one.
fn is_proxy_url(text: &str) -> bool {
    let url = text.parse::<Uri>().unwrap_or_default();
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let server = authority.rsplit('@').next().unwrap_or_default();
    let host = url.host().unwrap_or_default();
    let rest = server.strip_prefix(host);
    is_http && !host.is_empty() && (rest == Some("") || url.port_u16().is_some())
}

/// Which proxy is used.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyChoice {
    /// What `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    /// No proxy.
    Direct,
    /// The proxy with this URL, `http://` or `https://`, which may contain a user and a password.
    Url(String),
}

/// Hides the URL, which may contain a password.
impl fmt::Debug for ProxyChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Environment => "Environment",
            Self::Direct => "Direct",
            Self::Url(_) => "Url(..)",
        })
    }
}

/// Root certificates that the program trusts, for example those of its company.
///
/// ```
/// use http_client::RootCertificates;
///
/// let error = RootCertificates::from_pem(b"no certificate").unwrap_err();
/// assert_eq!(error.to_string(), "the root certificates are not valid PEM");
/// ```
#[derive(Clone, Default)]
pub struct RootCertificates(pub(crate) Vec<CertificateDer<'static>>);

impl RootCertificates {
    /// Reads all certificates of a PEM file.
    ///
    /// # Errors
    /// Returns an error if the text is malformed or has no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self, SetupError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        match read {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(certificates)),
            _ => Err(SetupError::RootCertificates),
        }
    }
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RootCertificates({})", self.0.len())
    }
}

/// Why a client could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The URL of the proxy is not valid.
    #[error("the proxy's URL is not a valid URL with `http` or `https`")]
    ProxyUrl,
    /// The root certificates cannot be read.
    #[error("the root certificates are not valid PEM")]
    RootCertificates,
    /// There is no library for cryptography.
    #[error(
        "no library for cryptography: turn the feature `ring` or `aws-lc-rs` on, or install a \
         provider as the default of rustls"
    )]
    NoCryptoProvider,
    /// No server could be verified.
    #[error(
        "no root certificates: turn the feature `webpki-roots` or `platform-verifier` on, or set \
         some"
    )]
    NoRoots,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

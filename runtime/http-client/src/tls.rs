//! The configuration of TLS, from the features and the options.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

use crate::options::{RootCertificates, SetupError};

/// The configuration of connections to servers.
pub(crate) fn tls_config(extra: &RootCertificates) -> Result<ClientConfig, SetupError> {
    let provider = crypto_provider().ok_or(SetupError::NoCryptoProvider)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    #[cfg(feature = "platform-verifier")]
    let mut config = {
        let roots = extra.0.iter().cloned();
        let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider)?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    };
    #[cfg(not(feature = "platform-verifier"))]
    let mut config = builder
        .with_root_certificates(root_store(extra)?)
        .with_no_client_auth();
    if cfg!(feature = "http2") {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    Ok(config)
}

fn crypto_provider() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "aws-lc-rs")]
    return Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    return Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    CryptoProvider::get_default().cloned()
}

#[cfg(not(feature = "platform-verifier"))]
fn root_store(extra: &RootCertificates) -> Result<rustls::RootCertStore, SetupError> {
    let mut store = rustls::RootCertStore::empty();
    #[cfg(feature = "webpki-roots")]
    store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for certificate in &extra.0 {
        store.add(certificate.clone())?;
    }
    if store.is_empty() {
        return Err(SetupError::NoRoots);
    }
    Ok(store)
}

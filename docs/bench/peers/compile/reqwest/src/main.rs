//! Retrieves a customer with reqwest and a struct of its own.

use std::sync::Arc;

#[derive(serde::Deserialize)]
struct Customer {
    email: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore { roots })
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()?;
    let request = client.get("https://api.stripe.com/v1/customers/cus_qHabxZyElR3d6I");
    let request = request.bearer_auth(std::env::var("STRIPE_SECRET_KEY")?);
    let body = request.send().await?.error_for_status()?.bytes().await?;
    let customer: Customer = serde_json::from_slice(&body)?;
    println!("{:?}", customer.email);
    Ok(())
}

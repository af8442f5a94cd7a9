//! API keys from HashiCorp Vault: copy this file into your program.
//!
//! It reads one field of a secret of the KV engine, version 2, over Vault's HTTP API
//! (<https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>), with a token, an AppRole or
//! a Kubernetes service account. The client calls it when a key is needed. The client caches the
//! key, refreshes it before it expires, and backs off after failures.
//!
//! ```text
//! VAULT_ADDR=http://127.0.0.1:8200 VAULT_TOKEN=… cargo run --example vault
//! ```

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use runtime::auth::{ApiKey, Credential, CredentialError, CredentialProvider};
use runtime::clock::BoxFuture;
use runtime::secret::Secret;
use runtime::value::RawJson;

/// How a program authenticates to Vault.
#[derive(Clone, Debug)]
pub enum Login {
    /// With a token that another process renews, such as Vault Agent.
    Token(Secret),
    /// With an AppRole.
    AppRole {
        /// Which role.
        role_id: String,
        /// The secret id of the role.
        secret_id: Secret,
    },
    /// With the pod's service account.
    Kubernetes {
        /// Which role.
        role: String,
        /// The file with the pod's own token, which is read for each login because it changes.
        token_file: PathBuf,
    },
}

/// One field of one secret. `Debug` shows its path and not its value.
#[derive(Clone)]
pub struct VaultKey(Arc<Place>);

struct Place {
    http: reqwest::Client,
    address: String,
    login: Login,
    mount: String,
    path: String,
    field: String,
    refresh: Duration,
}

impl VaultKey {
    /// The field `field` of the secret at `path` of the engine that is mounted at `mount`. It is
    /// fetched again every five minutes.
    ///
    /// Set a timeout of `http` and, if Vault's certificate is signed by a private authority, that
    /// authority. It should not follow redirects.
    pub fn new(
        http: reqwest::Client,
        address: &str,
        login: Login,
        (mount, path, field): (&str, &str, &str),
    ) -> Self {
        Self(Arc::new(Place {
            http,
            address: address.trim_end_matches('/').to_owned(),
            login,
            mount: mount.to_owned(),
            path: path.to_owned(),
            field: field.to_owned(),
            refresh: Duration::from_secs(300),
        }))
    }
}

impl CredentialProvider for VaultKey {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let place = Arc::clone(&self.0);
        Box::pin(async move { place.read().await })
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.0;
        write!(
            out,
            "VaultKey({}/{}#{})",
            place.mount, place.path, place.field
        )
    }
}

impl Place {
    async fn read(&self) -> Result<Credential, CredentialError> {
        let token = self.token().await?;
        let address = format!("{}/v1/{}/data/{}", self.address, self.mount, self.path);
        let request = self.http.get(address);
        let request = request.header("x-vault-token", sensitive(&token)?);
        let answer = ask("read the secret", request).await?;
        let text = answer
            .get("data")
            .and_then(|outer| outer.get("data"))
            .and_then(|data| data.get(&self.field))
            .and_then(|value| value.decode::<String>().ok())
            .ok_or_else(|| {
                let at = format!("{}/{}", self.mount, self.path);
                CredentialError::new(format!("Vault's {at} has no text {:?}", self.field))
            })?;
        let key = ApiKey::new(&Secret::from(text))?;
        let credential = Credential::new(key).refresh_in(self.refresh);
        // The KV engine has no leases; engines that generate keys on demand have.
        Ok(
            match answer
                .get("lease_duration")
                .map(|lease| lease.decode::<i64>())
            {
                Some(Ok(seconds)) if seconds > 0 => {
                    credential.expires_in(Duration::from_secs(seconds.unsigned_abs()))
                }
                _ => credential,
            },
        )
    }

    async fn token(&self) -> Result<Secret, CredentialError> {
        let (method, body) = match &self.login {
            Login::Token(token) => return Ok(token.clone()),
            Login::AppRole { role_id, secret_id } => {
                let pairs = [
                    ("role_id", role_id.as_str()),
                    ("secret_id", secret_id.expose()),
                ];
                ("approle", json(&pairs))
            }
            Login::Kubernetes { role, token_file } => {
                let jwt = std::fs::read_to_string(token_file).map_err(|error| {
                    CredentialError::new("the service account has no token").caused_by(error)
                })?;
                ("kubernetes", json(&[("role", role), ("jwt", jwt.trim())]))
            }
        };
        let address = format!("{}/v1/auth/{method}/login", self.address);
        let answer = ask("log in", self.http.post(address).body(body)).await?;
        let token = answer.get("auth").and_then(|auth| auth.get("client_token"));
        token
            .and_then(|token| token.decode::<String>().ok())
            .map(Secret::from)
            .ok_or_else(|| CredentialError::new("Vault's login gave no token"))
    }
}

/// Sends a request. Errors contain the status and not the body, which may contain the secret.
async fn ask(what: &str, request: reqwest::RequestBuilder) -> Result<RawJson, CredentialError> {
    let failed = |error: reqwest::Error| {
        CredentialError::new(format!("could not {what}: Vault did not answer")).caused_by(error)
    };
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    if !status.is_success() {
        let text = format!("could not {what}: Vault answered {}", status.as_u16());
        return Err(CredentialError::new(text));
    }
    let body = response.bytes().await.map_err(failed)?;
    let text = std::str::from_utf8(&body).unwrap_or_default();
    text.parse()
        .map_err(|_| CredentialError::new(format!("could not {what}: Vault answered no JSON")))
}

/// Encodes an object with string members.
fn json(members: &[(&str, &str)]) -> String {
    let map = members
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()));
    runtime::codec::encode_json(&map.collect::<runtime::value::Metadata>())
}

/// A header value that HTTP clients do not show.
fn sensitive(token: &Secret) -> Result<reqwest::header::HeaderValue, CredentialError> {
    let mut value = reqwest::header::HeaderValue::from_str(token.expose())
        .map_err(|_| CredentialError::new("Vault's token does not fit a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

static API: runtime::ApiSpec = runtime::ApiSpec {
    title: "Example API",
    version: "1",
    hosts: &[("api", "https://api.example.com")],
    ..runtime::ApiSpec::DEFAULT
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // reqwest is built without a TLS library of its own here; with its default features, leave
    // this line out.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let login = Login::Token(Secret::from(std::env::var("VAULT_TOKEN")?));
    let address = std::env::var("VAULT_ADDR")?;
    let place = ("secret", "stripe", "api_key");
    let client = runtime::Client::builder(&API)
        .credentials(VaultKey::new(http, &address, login, place))
        .build()?;
    let _ = client;
    Ok(())
}

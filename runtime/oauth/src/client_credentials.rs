//! Tokens of OAuth's client credentials flow (RFC 6749, section 4.4).
//!
//! In: a token URL, the id and the secret of a client, and scopes. Out: a [`CredentialProvider`],
//! whose tokens the client of the API caches.

use std::fmt;
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use runtime::auth::{ApiKey, Credential, CredentialError, CredentialProvider};
use runtime::client::{ApiSpec, Client, ClientBuilder};
use runtime::clock::BoxFuture;
use runtime::error::Error;
use runtime::operation::{AuthSpec, CredentialScheme, Method, OperationSpec};
use runtime::value::RawJson;
use wire::secret::Secret;

use super::authorize::ESCAPED;

/// The longest text of a server that an error shows, in characters.
const MAX_SHOWN: usize = 40;

static TOKEN_API: ApiSpec = ApiSpec {
    title: "OAuth token endpoint",
    hosts: &[("api", "")],
    ..ApiSpec::DEFAULT
};

/// A token whose response was lost expires unused, so a request for one may be repeated.
const TOKEN_CALL: OperationSpec = OperationSpec::post("", "/")
    .without_idempotency_key()
    .repeatable();
static BASIC_CALL: OperationSpec = TOKEN_CALL.auth(&[AuthSpec::Basic]);
static BODY_CALL: OperationSpec = TOKEN_CALL.auth(&[AuthSpec::None]);

/// How the client authenticates itself to the token endpoint (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// Id and secret in the header `Authorization`, which every server supports.
    #[default]
    Basic,
    /// Id and secret as the parameters `client_id` and `client_secret` of the body.
    Body,
}

/// The tokens of OAuth's client credentials flow as the credentials of a client.
///
/// The client of the API caches the tokens by the rules of [`runtime::auth`]: a token is fetched
/// when a call first needs one, and again shortly before it expires, or after the server has
/// rejected it with 401. There is at most one request for a token in flight. If the token endpoint
/// fails, calls fail with [`Error::is_credentials`], and
/// [`OAuthErrorKind::find_in`](super::OAuthErrorKind::find_in) returns the kind of its error.
///
/// ```no_run
/// use oauth::ClientCredentials;
/// # use runtime::operation::{AuthSpec, CredentialScheme};
/// # const STAFF: &CredentialScheme = &CredentialScheme::new("staff", AuthSpec::Bearer)
/// #     .token_url("https://id.example.com/token").scopes(&["pets:write"]);
/// # fn example(
/// #     api: &'static runtime::ApiSpec, secret: runtime::Secret,
/// # ) -> Result<(), runtime::Error> {
///
/// // `STAFF` is a constant of the generated crate, with the token URL and the scopes.
/// let tokens = ClientCredentials::for_scheme(STAFF, "client-id", secret).build()?;
/// let client = runtime::Client::builder(api)
///     .credential_schemes(&[STAFF]) // generated crates do it
///     .credentials_for(STAFF, tokens)
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientCredentials {
    client: Client,
    /// The path of the token URL, with its query.
    path: String,
    params: Vec<(String, Secret)>,
}

/// Builds [`ClientCredentials`].
#[must_use = "call `build` to get the provider"]
pub struct ClientCredentialsBuilder {
    client_id: String,
    client_secret: Secret,
    token_url: Option<String>,
    scopes: Vec<String>,
    authentication: ClientAuthentication,
    params: Vec<(String, Secret)>,
    client: ClientBuilder,
}

impl ClientCredentials {
    /// Starts to build a provider for the client with this id and this secret. The token URL must be
    /// set.
    pub fn builder(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> ClientCredentialsBuilder {
        ClientCredentialsBuilder {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            token_url: None,
            scopes: Vec::new(),
            authentication: ClientAuthentication::default(),
            params: Vec::new(),
            client: Client::builder(&TOKEN_API),
        }
    }

    /// Starts to build a provider for a security scheme of an API, with the token URL of its
    /// document, and all scopes that its operations require.
    pub fn for_scheme(
        scheme: &CredentialScheme,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> ClientCredentialsBuilder {
        let mut builder = Self::builder(client_id, client_secret).scopes(scheme.scopes);
        builder.token_url = scheme.token_url.map(str::to_owned);
        builder
    }

    async fn request_token(self) -> Result<Credential, CredentialError> {
        let mut call = self.client.raw(Method::Post, &self.path);
        for (name, value) in &self.params {
            call = call.param(name, &value.expose());
        }
        let response = call.await.map_err(|error| {
            CredentialError::new("the token endpoint returned no token").caused_by(error)
        })?;
        read_token(&response)
    }
}

impl ClientCredentialsBuilder {
    /// Sets the URL of the token endpoint. It must begin with `https://` unless the server is on
    /// this machine, or the client of the endpoint
    /// [allows plain HTTP](runtime::client::ClientBuilder::allow_plain_http).
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Sets the scopes to request, instead of those of the document. Without any, the server
    /// chooses.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let scopes = scopes.into_iter();
        self.scopes = scopes.map(|scope| scope.as_ref().to_owned()).collect();
        self
    }

    /// Sets how the client authenticates itself. Defaults to [`ClientAuthentication::Basic`].
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Adds a parameter to requests for tokens, such as `audience` or `resource`. With one, errors do
    /// not show the messages of the server, which may repeat its value.
    pub fn extra_param(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Changes the client that requests tokens: its transport, time limits, retries, observers. It
    /// requires tokio unless a transport and a clock are set that do not: for blocking calls, make
    /// it a blocking client as well.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oauth::ClientCredentials;
    ///
    /// let builder = ClientCredentials::builder("client-id", "client-secret")
    ///     .configure_client(|client| client.timeout(Duration::from_secs(5)).retries(1));
    /// # let _ = builder;
    /// ```
    pub fn configure_client(
        mut self,
        configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        self.client = configure(self.client);
        self
    }

    /// Checks the settings and builds the provider. Nothing is sent.
    ///
    /// # Errors
    /// Returns [`Error::is_build`] if there is no token URL, it is not an HTTP URL, or it is plain
    /// HTTP and not one of this machine, if id or secret are empty, if an extra parameter is set
    /// twice or is one that this flow sets, or if a client cannot be built.
    pub fn build(self) -> Result<ClientCredentials, Error> {
        let url = self.token_url.as_deref().ok_or_else(|| {
            Error::build("no token URL: the document states none, so set it with `token_url`")
        })?;
        let (server, path) = split_token_url(url)?;
        let encode = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let secret = Secret::from(encode(self.client_secret.expose()));
        let mut builder = self.client.base_url(server);
        let is_body = self.authentication == ClientAuthentication::Body;
        if is_body || !self.params.is_empty() || secret.expose() != self.client_secret.expose() {
            // The server's message may repeat a secret parameter, or the secret in another form
            // than the one of the header, which is the one that is redacted.
            builder = builder.show_error_messages(false);
        }
        let mut params = vec![("grant_type".to_owned(), "client_credentials".into())];
        let builder = match self.authentication {
            ClientAuthentication::Basic => builder.raw_calls(&BASIC_CALL),
            ClientAuthentication::Body => {
                params.push(("client_id".to_owned(), self.client_id.as_str().into()));
                params.push(("client_secret".to_owned(), self.client_secret));
                builder.raw_calls(&BODY_CALL)
            }
        };
        if !self.scopes.is_empty() {
            params.push(("scope".to_owned(), self.scopes.join(" ").into()));
        }
        for (name, value) in self.params {
            if name == "scope" || params.iter().any(|(known, _)| *known == name) {
                let text = format!("the parameter {name:?} is set twice, or not an extra one");
                return Err(Error::build(text));
            }
            params.push((name, value));
        }
        // It is not sent with `BODY_CALL`. With it the client checks that the URL is protected.
        let builder = builder.password(&encode(&self.client_id), secret);
        Ok(ClientCredentials {
            client: builder.check_responses(false).build()?,
            path: path.to_owned(),
            params,
        })
    }
}

impl CredentialProvider for ClientCredentials {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        Box::pin(self.clone().request_token())
    }
}

/// The server of a token URL, and its path with the query.
fn split_token_url(url: &str) -> Result<(&str, &str), Error> {
    let wrong = || Error::build("the token URL must be an HTTP URL without a fragment");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    if rest.contains('#') {
        return Err(wrong());
    }
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let split = url.split_at_checked(scheme.len() + "://".len() + at);
    match split.ok_or_else(wrong)? {
        (server, "") => Ok((server, "/")),
        (_, path) if path.starts_with('?') => Err(Error::build(
            "the token URL has a query after the host: write a `/` before it",
        )),
        split => Ok(split),
    }
}

/// The token of a response (RFC 6749, section 5.1).
fn read_token(response: &RawJson) -> Result<Credential, CredentialError> {
    let text = |name: &str| response.get(name)?.decode::<String>().ok();
    if let Some(kind) = text("token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        let kind: String = kind.escape_default().take(MAX_SHOWN).collect();
        let error =
            format!("the token has the type \"{kind}\", and only bearer tokens are supported");
        return Err(CredentialError::new(error));
    }
    let token = response.get("access_token");
    let token = token.and_then(|token| token.decode::<Secret>().ok());
    let token = token.ok_or_else(|| {
        CredentialError::new("the response of the token endpoint has no access token")
    })?;
    let credential = Credential::new(ApiKey::new(&token)?);
    let lifetime = response.get("expires_in").and_then(|lifetime| {
        let number = lifetime.decode::<i64>().ok();
        // Some servers write it as a text.
        let seconds = number.or_else(|| text("expires_in")?.parse().ok());
        u64::try_from(seconds?).ok()
    });
    Ok(match lifetime {
        Some(seconds) => credential.expires_in(Duration::from_secs(seconds)),
        None => credential,
    })
}

/// Shows neither the id nor the secret.
impl fmt::Debug for ClientCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientCredentials")
            .field("server", &self.client.host_url("api"))
            .finish_non_exhaustive()
    }
}

/// Shows neither the id nor the secret.
impl fmt::Debug for ClientCredentialsBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientCredentialsBuilder")
            .field("scopes", &self.scopes)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

//! The methods of a builder that set credentials.

use super::Client;
use super::builder::ClientBuilder;
use crate::auth::{ApiKey, CredentialProvider, Credentials};
use crate::error::Error;
use crate::operation::CredentialScheme;
use crate::secret::Secret;

/// The credentials.
///
/// An API with several security schemes has a credential for each: `api_key`, `from_env` and
/// `credentials` set that of the first one of [`credential_schemes`](Self::credential_schemes), and
/// the methods with a scheme that of this scheme. A request carries the credentials of the first
/// alternative of its operation for which the client has all. A call without any fails with
/// [`Error::missing_credentials`], and sends nothing.
impl<C: From<Client>> ClientBuilder<C> {
    /// Sets the API key. White space around it is removed.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        let key = ApiKey::new(&key.into());
        self.credentials.default = Some(key.map(Credentials::Fixed));
        self
    }

    /// Reads the API key from the environment variable that
    /// [`ApiSpec::key_variable`](crate::operation::ApiSpec::key_variable) names.
    pub fn from_env(mut self) -> Self {
        let key = ApiKey::from_env(self.defaults.api.key_variable);
        self.credentials.default = Some(key.map(Credentials::Fixed));
        self
    }

    /// Sets the credential provider, such as a secrets manager, that API keys are fetched from.
    /// They are cached, refreshed before they expire, and fetched again once after a 401; see
    /// [`auth`](crate::auth) for the rules.
    pub fn credentials(mut self, provider: impl CredentialProvider) -> Self {
        self.credentials.default = Some(Ok(Credentials::from_provider(provider)));
        self
    }

    /// Sets user name and password, for an API whose only credential is that of basic
    /// authentication.
    pub fn password(mut self, user: &str, password: impl Into<Secret>) -> Self {
        let key = ApiKey::from_password(user, &password.into());
        self.credentials.default = Some(key.map(Credentials::Fixed));
        self
    }

    /// Builds the client without an API key, for operations that need none. Calls of others fail
    /// with [`Error::is_build`], unless they have a credential of their own, which
    /// [`Call::header`](crate::call::Call::header) sets.
    pub fn without_api_key(mut self) -> Self {
        self.credentials.default = Some(Ok(Credentials::Fixed(ApiKey::none())));
        self
    }

    /// Sets the API key or token of a security scheme. White space around it is removed.
    pub fn api_key_for(self, scheme: &'static CredentialScheme, key: impl Into<Secret>) -> Self {
        let key = ApiKey::new(&key.into());
        self.set_for(scheme, key.map(Credentials::Fixed))
    }

    /// Sets the user name and the password of a security scheme of basic authentication.
    ///
    /// ```
    /// # use runtime::client::{ApiSpec, Client};
    /// # use runtime::error::Error;
    /// # use runtime::operation::{AuthSpec, CredentialScheme};
    /// # const KEY: &CredentialScheme = &CredentialScheme::new("key", AuthSpec::Header("X-Key"));
    /// # const STAFF: &CredentialScheme = &CredentialScheme::new("staff", AuthSpec::Basic);
    /// # fn example(api: &'static ApiSpec, password: String) -> Result<(), Error> {
    /// let client = Client::builder(api)
    ///     .credential_schemes(&[KEY, STAFF]) // generated crates do it
    ///     .api_key("the-key-of-an-application")
    ///     .password_for(STAFF, "admin", password)
    ///     .build()?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    pub fn password_for(
        self,
        scheme: &'static CredentialScheme,
        user: &str,
        password: impl Into<Secret>,
    ) -> Self {
        let key = ApiKey::from_password(user, &password.into());
        self.set_for(scheme, key.map(Credentials::Fixed))
    }

    /// Sets the credential provider of a security scheme, such as one that fetches tokens of OAuth.
    pub fn credentials_for(
        self,
        scheme: &'static CredentialScheme,
        provider: impl CredentialProvider,
    ) -> Self {
        self.set_for(scheme, Ok(Credentials::from_provider(provider)))
    }

    /// Sets the security schemes of the API. Generated crates call it if their API has several.
    pub fn credential_schemes(mut self, schemes: &'static [&'static CredentialScheme]) -> Self {
        self.credentials.schemes = schemes;
        self
    }

    fn set_for(
        mut self,
        scheme: &'static CredentialScheme,
        credential: Result<Credentials, Error>,
    ) -> Self {
        let all = &mut self.credentials.by_scheme;
        all.retain(|(known, _)| *known != scheme);
        all.push((scheme, credential));
        self
    }
}

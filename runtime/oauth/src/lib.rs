//! OAuth: tokens of a client itself, and connecting accounts and acting on their behalf.
//!
//! [`ClientCredentials`] are the credentials of a program that acts for itself: the client credentials
//! flow of any server. The rest is for platforms that connect accounts.
//!
//! In: a client with the platform's key, and the platform's client id. Out: the URL to which a user
//! is sent ([`OAuth::authorize`]), the code from the callback ([`OAuth::parse_callback`]), tokens
//! ([`OAuth::exchange_code`], [`OAuth::refresh_tokens`]), and credentials that are refreshed
//! automatically ([`ConnectedAccount`]). Codes, tokens and states are never shown. See
//! <https://docs.stripe.com/connect/oauth-reference>.
//!
//! Requests for tokens have no idempotency key, unlike those of the API's own libraries. Therefore
//! a code or refresh token is sent again only if it was certainly not used (no connection, or rate
//! limited), never after a lost response, and it is never stored in a journal or a
//! [`PendingWrite`](runtime::http::PendingWrite). If the response is lost
//! ([`outcome`](runtime::error::Error::outcome) is unknown), ask the user to authorize again. A
//! code is valid for one use within five minutes, and a second use may revoke the tokens of the
//! first (RFC 6749, section 4.1.2).
//!
//! This crate stores nothing between the redirect and the callback: the program stores the state in
//! the user's session.

use runtime::call::Call;
use runtime::client::Client;
use runtime::clock::Clock;
use runtime::error::ErrorBody;
use runtime::operation::{Operation, OperationSpec, TypedError};
use wire::codec::{Encode, Writer, write_record};
use wire::secret::Secret;

mod account;
mod authorize;
mod callback;
mod client_credentials;
mod error;
mod store;
#[cfg(test)]
mod tests;
mod token;

pub use account::ConnectedAccount;
pub use authorize::{Authorization, AuthorizationBuilder, LandingPage, OAuthScope};
pub use callback::CallbackError;
pub use client_credentials::{ClientAuthentication, ClientCredentials, ClientCredentialsBuilder};
pub use error::OAuthErrorKind;
pub use store::{InMemoryTokenStore, StoredToken, TokenKind, TokenOwner, TokenStore};
pub use token::{DeauthorizedAccount, OAuthTokens};

/// The key of the host with the OAuth endpoints.
const HOST: &str = "connect";

/// The OAuth endpoints, for one platform.
///
/// ```no_run
/// use oauth::{OAuth, OAuthScope};
/// use runtime::secret::Secret;
/// # async fn example(client: runtime::Client, query: &str) -> Result<(), Box<dyn std::error::Error>> {
///
/// let oauth = OAuth::new(&client, "ca_123");
/// let authorization = oauth
///     .authorize()
///     .scope(OAuthScope::ReadWrite)
///     .redirect_uri("https://platform.example/connected")
///     .email("jenny@example.com")
///     .build()?;
/// // Store `authorization.state` in the user's session, and redirect to `authorization.url`.
/// # let state = authorization.state;
///
/// // In the handler of the callback:
/// let code = oauth.parse_callback(query, &state)?;
/// let tokens = oauth.exchange_code(&code).await?;
/// println!("{} is connected", tokens.account);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OAuth {
    client: Client,
    client_id: String,
}

impl OAuth {
    /// Creates the endpoints of the platform with this client id, with the API key of `client`: a
    /// key of test mode returns tokens of test mode.
    pub fn new(client: impl AsRef<Client>, client_id: impl Into<String>) -> Self {
        Self {
            client: client.as_ref().clone(),
            client_id: client_id.into(),
        }
    }

    /// Starts to build the URL of an authorization.
    pub fn authorize(&self) -> AuthorizationBuilder<'_> {
        AuthorizationBuilder::new(self)
    }

    /// Returns the authorization code from the URL of a callback.
    ///
    /// `query` is the URL or its query. `state` is the [`Authorization::state`] in this user's
    /// session; it is compared in constant time, and before anything else of the query is used.
    ///
    /// # Errors
    /// If the state is missing or does not match, the user denied the authorization, or there is no
    /// code.
    pub fn parse_callback(&self, query: &str, state: &Secret) -> Result<Secret, CallbackError> {
        callback::find_code(query, state)
    }

    /// Exchanges an authorization code for tokens. A code can be exchanged once, and within five
    /// minutes.
    pub fn exchange_code(&self, code: &Secret) -> Call<OAuthTokens> {
        self.request_tokens(Grant::Code(code.clone()))
    }

    /// Exchanges a refresh token for new tokens. Store the refresh token of the response, if it has
    /// one: the old one may be invalid.
    pub fn refresh_tokens(&self, refresh_token: &Secret) -> Call<OAuthTokens> {
        self.request_tokens(Grant::Refresh(refresh_token.clone()))
    }

    /// Disconnects an account, which invalidates its tokens. Remove them from your [`TokenStore`],
    /// too.
    pub fn deauthorize(&self, account: impl Into<String>) -> Call<DeauthorizedAccount> {
        let params = DeauthorizeParams {
            client_id: self.client_id.clone(),
            account: account.into(),
        };
        self.for_platform(self.client.request::<Deauthorize>(&[], &params))
    }

    fn request_tokens(&self, grant: Grant) -> Call<OAuthTokens> {
        self.for_platform(self.client.request::<RequestTokens>(&[], &grant))
    }

    /// The call for the platform itself, without the client's default account.
    fn for_platform<T>(&self, call: Call<T>) -> Call<T> {
        call.own_account()
    }

    fn clock(&self) -> &dyn Clock {
        &**self.client.clock()
    }
}

/// The code or refresh token that is exchanged for tokens.
enum Grant {
    Code(Secret),
    Refresh(Secret),
}

impl Encode for Grant {
    fn encode(&self, out: &mut dyn Writer) {
        let (kind, name, secret) = match self {
            Self::Code(code) => ("authorization_code", "code", code),
            Self::Refresh(token) => ("refresh_token", "refresh_token", token),
        };
        out.begin_object();
        out.key("grant_type");
        out.string(kind);
        out.key(name);
        out.string(secret.expose());
        out.end_object();
    }
}

struct DeauthorizeParams {
    client_id: String,
    account: String,
}

impl Encode for DeauthorizeParams {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(
            out,
            &[
                ("client_id", &self.client_id),
                ("stripe_user_id", &self.account),
            ],
        );
    }
}

struct RequestTokens;

impl Operation for RequestTokens {
    type Params = Grant;
    type Output = OAuthTokens;
    type Error = OAuthErrorKind;
    const SPEC: &'static OperationSpec = &OperationSpec::post("OAuthToken", "/oauth/token")
        .host(HOST)
        .without_idempotency_key();
}

struct Deauthorize;

impl Operation for Deauthorize {
    type Params = DeauthorizeParams;
    type Output = DeauthorizedAccount;
    type Error = OAuthErrorKind;
    const SPEC: &'static OperationSpec =
        &OperationSpec::post("OAuthDeauthorize", "/oauth/deauthorize").host(HOST);
}

impl TypedError for OAuthErrorKind {
    fn from_error(error: &ErrorBody) -> Option<Self> {
        error
            .is_oauth()
            .then(|| Self::from_code(error.code().unwrap_or_default()))
    }
}

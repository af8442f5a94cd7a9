//! OAuth: letting other accounts connect to a platform, and acting for them.
//!
//! In: a client with the platform's key, and the platform's client id. Out: the address to send
//! a user to ([`OAuth::authorize`]), the code from the address that the user comes back to
//! ([`OAuth::callback`]), tokens ([`OAuth::exchange`], [`OAuth::refresh`]), and credentials that
//! renew themselves ([`ConnectedAccount`]). Codes, tokens and states are never shown. See
//! <https://docs.stripe.com/connect/oauth-reference>.
//!
//! Requests for tokens carry no idempotency key, unlike those of the API's own libraries. What
//! comes of that: a code or refresh token is sent again only if it surely was not used (no
//! connection, or refused for the rate), never after an answer that was lost, and no journal
//! and no [`PendingWrite`](runtime::http::PendingWrite) ever holds one. If the answer is lost
//! ([`outcome`](runtime::error::Error::outcome) is unknown), send the user through the
//! authorization again. Codes are good for one use and five minutes, and a second use may end
//! what the first began (RFC 6749, 4.1.2).
//!
//! It deliberately keeps nothing between the two halves of an authorization: the program keeps
//! the state, in the session of its user.

use runtime::call::Call;
use runtime::client::Client;
use runtime::clock::Clock;
use wire::codec::{Encode, Writer, write_record};
use runtime::error::ErrorBody;
use runtime::operation::{Operation, OperationSpec, TypedError};
use wire::secret::Secret;

mod account;
mod authorize;
mod callback;
mod error;
mod store;
#[cfg(test)]
mod tests;
mod token;

pub use account::ConnectedAccount;
pub use authorize::{Authorization, Authorize, Landing, Scope};
pub use callback::CallbackError;
pub use error::OAuthErrorKind;
pub use store::{InMemoryTokens, Token, TokenKind, TokenOwner, TokenStore};
pub use token::{Deauthorized, OAuthTokens};

/// The key of the host with the OAuth endpoints.
const HOST: &str = "connect";

/// The OAuth endpoints, for one platform.
///
/// ```no_run
/// use oauth::{OAuth, Scope};
/// use runtime::secret::Secret;
/// # async fn example(client: runtime::Client, query: &str) -> Result<(), Box<dyn std::error::Error>> {
///
/// let oauth = OAuth::new(&client, "ca_123");
/// let authorization = oauth
///     .authorize()
///     .scope(Scope::ReadWrite)
///     .redirect_uri("https://platform.example/connected")
///     .email("jenny@example.com")
///     .build()?;
/// // Keep `authorization.state` in the user's session, and redirect to `authorization.url`.
/// # let state = authorization.state;
///
/// // When the user comes back:
/// let code = oauth.callback(query, &state)?;
/// let tokens = oauth.exchange(&code).await?;
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
    /// The endpoints for the platform of this client id, with the API key of `client`: a key of
    /// test mode gives tokens of test mode.
    pub fn new(client: impl AsRef<Client>, client_id: impl Into<String>) -> Self {
        Self {
            client: client.as_ref().clone(),
            client_id: client_id.into(),
        }
    }

    /// Starts to describe the address to send a user to.
    pub fn authorize(&self) -> Authorize<'_> {
        Authorize::new(self)
    }

    /// The authorization code from the address that a user came back to.
    ///
    /// `query` is the address or its query. `state` is what
    /// [`Authorization::state`] was when this very user was sent away; it is compared in
    /// constant time, and before anything else of the query is believed.
    ///
    /// # Errors
    /// If the state is missing or another one, the user declined, or there is no code.
    pub fn callback(&self, query: &str, state: &Secret) -> Result<Secret, CallbackError> {
        callback::code(query, state)
    }

    /// Exchanges an authorization code for tokens. A code can be exchanged once, and within five
    /// minutes.
    pub fn exchange(&self, code: &Secret) -> Call<OAuthTokens> {
        self.token(Grant::Code(code.clone()))
    }

    /// Exchanges a refresh token for new tokens. Keep the refresh token of the answer, if it has
    /// one: the old one may be good no more.
    pub fn refresh(&self, refresh_token: &Secret) -> Call<OAuthTokens> {
        self.token(Grant::Refresh(refresh_token.clone()))
    }

    /// Disconnects an account. Its tokens are good no more; forget them in your
    /// [`TokenStore`] too.
    pub fn deauthorize(&self, account: impl Into<String>) -> Call<Deauthorized> {
        let params = Disconnect {
            client_id: self.client_id.clone(),
            account: account.into(),
        };
        self.platform(self.client.request::<Deauthorize>(&[], &params))
    }

    fn token(&self, grant: Grant) -> Call<OAuthTokens> {
        self.platform(self.client.request::<GetToken>(&[], &grant))
    }

    /// The call for the platform itself, whatever account the client acts for.
    fn platform<T>(&self, call: Call<T>) -> Call<T> {
        call.account("")
    }

    fn clock(&self) -> &dyn Clock {
        &**self.client.clock()
    }
}

/// What is exchanged for tokens.
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

struct Disconnect {
    client_id: String,
    account: String,
}

impl Encode for Disconnect {
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

struct GetToken;

impl Operation for GetToken {
    type Params = Grant;
    type Output = OAuthTokens;
    type Error = OAuthErrorKind;
    const SPEC: &'static OperationSpec = &OperationSpec::post("OAuthToken", "/oauth/token")
        .host(HOST)
        .without_idempotency_key();
}

struct Deauthorize;

impl Operation for Deauthorize {
    type Params = Disconnect;
    type Output = Deauthorized;
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

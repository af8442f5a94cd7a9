//! Credentials of a connected account, which renew themselves.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::lock::Mutex as AsyncMutex;

use super::{OAuth, OAuthTokens, Token, TokenKind, TokenOwner, TokenStore};
use runtime::auth::{ApiKey, Credential, CredentialError, CredentialProvider};
use runtime::clock::BoxFuture;
use wire::secret::Secret;

impl OAuth {
    /// Keeps the tokens of an answer, and says whose they are.
    ///
    /// The refresh token is kept first: with it a lost access token can be had again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep(
        &self,
        tokens: &OAuthTokens,
        store: &dyn TokenStore,
    ) -> Result<TokenOwner, CredentialError> {
        let owner = TokenOwner::new(tokens.account.clone(), tokens.livemode);
        if let Some(secret) = &tokens.refresh_token {
            let token = Token::new(secret.expose());
            store.put(&owner, TokenKind::Refresh, token).await?;
        }
        if let Some(secret) = &tokens.access_token {
            let mut token = Token::new(secret.expose());
            token.expires = self.end_of(tokens);
            store.put(&owner, TokenKind::Access, token).await?;
        }
        Ok(owner)
    }

    fn end_of(&self, tokens: &OAuthTokens) -> Option<SystemTime> {
        let seconds = u64::try_from(tokens.expires_in?).ok()?;
        let now = self.clock().calendar();
        now.checked_add(Duration::from_secs(seconds))
    }
}

/// The access token of a connected account as the credentials of a client.
///
/// It takes the token from a [`TokenStore`]. If that one has expired, or the server has refused
/// it, it gets new tokens with the refresh token and keeps them in the store, once at a time
/// however many clients share the clones of one `ConnectedAccount`. Should another process have
/// been faster, what that one put into the store is used. If the refresh token is good
/// no more, calls fail with an error of which
/// [`OAuthErrorKind::of`](super::OAuthErrorKind::of) is `InvalidGrant`.
///
/// ```no_run
/// use std::sync::Arc;
/// use oauth::{ConnectedAccount, InMemoryTokens, OAuth};
/// # async fn example(
/// #     api: &'static runtime::ApiSpec, platform: runtime::Client, code: &runtime::Secret,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
///
/// let oauth = OAuth::new(&platform, "ca_123");
/// let store = Arc::new(InMemoryTokens::new());
/// let tokens = oauth.exchange(code).await?;
/// let owner = oauth.keep(&tokens, &*store).await?;
/// let client = runtime::Client::builder(api)
///     .credentials(ConnectedAccount::new(oauth, store, owner))
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ConnectedAccount(Arc<Inner>);

struct Inner {
    oauth: OAuth,
    store: Arc<dyn TokenStore>,
    owner: TokenOwner,
    /// The access token that the server refused last.
    refused: Mutex<Option<ApiKey>>,
    /// Held while tokens are got, so that no refresh token is used twice.
    renewing: AsyncMutex<()>,
}

impl ConnectedAccount {
    /// The credentials of `owner`, with tokens from `store`, renewed through `oauth`.
    pub fn new(oauth: OAuth, store: Arc<dyn TokenStore>, owner: TokenOwner) -> Self {
        Self(Arc::new(Inner {
            oauth,
            store,
            owner,
            refused: Mutex::new(None),
            renewing: AsyncMutex::new(()),
        }))
    }
}

impl CredentialProvider for ConnectedAccount {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let _one_at_a_time = inner.renewing.lock().await;
            match inner.kept().await? {
                Some(credential) => Ok(credential),
                None => inner.renew().await,
            }
        })
    }

    fn refused(&self, key: &ApiKey) {
        let mut refused = self
            .0
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *refused = Some(key.clone());
    }
}

impl Inner {
    /// The token in the store, if the server will take it.
    async fn kept(&self) -> Result<Option<Credential>, CredentialError> {
        let now = self.oauth.clock().calendar();
        let kept = self.store.get(&self.owner, TokenKind::Access).await?;
        let Some(token) = kept.filter(|token| token.is_good(now)) else {
            return Ok(None);
        };
        let credential = credential(&token.secret, token.expires)?;
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let is_refused = refused
            .as_ref()
            .is_some_and(|key| key.is_same(&credential.key));
        Ok((!is_refused).then_some(credential))
    }

    async fn renew(&self) -> Result<Credential, CredentialError> {
        let again = "send the account through the authorization again";
        let now = self.oauth.clock().calendar();
        let kept = self.store.get(&self.owner, TokenKind::Refresh).await?;
        let token = kept.filter(|token| token.is_good(now)).ok_or_else(|| {
            CredentialError::new(format!("there is no good refresh token: {again}"))
        })?;
        let tokens = match self.oauth.refresh(&token.secret).await {
            Ok(tokens) => tokens,
            Err(fault) => {
                // Another process may have used the refresh token a moment before.
                let kept = self.kept().await?;
                let text = "the access token could not be renewed";
                return kept.ok_or_else(|| CredentialError::new(text).caused_by(fault));
            }
        };
        if tokens.account != self.owner.account || tokens.livemode != self.owner.livemode {
            return Err(CredentialError::new(
                "the refresh token is one of another account or mode",
            ));
        }
        let Some(access) = &tokens.access_token else {
            return Err(CredentialError::new("the answer has no access token"));
        };
        self.oauth.keep(&tokens, &*self.store).await?;
        credential(access, self.oauth.end_of(&tokens))
    }
}

fn credential(secret: &Secret, expires: Option<SystemTime>) -> Result<Credential, CredentialError> {
    let mut credential = Credential::new(ApiKey::new(secret)?);
    credential.expires = expires;
    Ok(credential)
}

impl fmt::Debug for ConnectedAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ConnectedAccount")
            .field("owner", &self.0.owner)
            .field("store", &self.0.store)
            .finish_non_exhaustive()
    }
}

//! Credentials of a connected account that are refreshed automatically.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::lock::Mutex as AsyncMutex;

use super::{OAuth, OAuthTokens, StoredToken, TokenKind, TokenOwner, TokenStore};
use runtime::auth::{ApiKey, Credential, CredentialError, CredentialProvider};
use runtime::clock::BoxFuture;
use wire::secret::Secret;

impl OAuth {
    /// Stores the tokens of a response and returns their owner.
    ///
    /// The refresh token is stored first: with it a lost access token can be replaced.
    ///
    /// # Errors
    /// Returns the error of the store.
    pub async fn store_tokens(
        &self,
        tokens: &OAuthTokens,
        store: &dyn TokenStore,
    ) -> Result<TokenOwner, CredentialError> {
        let owner = TokenOwner::new(tokens.account.clone(), tokens.livemode);
        if let Some(secret) = &tokens.refresh_token {
            let token = StoredToken::new(secret.expose());
            store.put(&owner, TokenKind::Refresh, token).await?;
        }
        if let Some(secret) = &tokens.access_token {
            let mut token = StoredToken::new(secret.expose());
            token.expires = self.expiry_of(tokens);
            store.put(&owner, TokenKind::Access, token).await?;
        }
        Ok(owner)
    }

    fn expiry_of(&self, tokens: &OAuthTokens) -> Option<SystemTime> {
        let seconds = u64::try_from(tokens.expires_in?).ok()?;
        let now = self.clock().calendar();
        now.checked_add(Duration::from_secs(seconds))
    }
}

/// The access token of a connected account as the credentials of a client.
///
/// The access token is read from a [`TokenStore`]. If it has expired or the server has rejected
/// it, new tokens are requested with the refresh token and stored. Clones of one
/// `ConnectedAccount` make one such request at a time. If another process has refreshed the tokens
/// meanwhile, those in the store are used. If the refresh token is no longer valid, calls fail with
/// an error for which [`OAuthErrorKind::find_in`](super::OAuthErrorKind::find_in) returns
/// `InvalidGrant`.
///
/// ```no_run
/// use std::sync::Arc;
/// use oauth::{ConnectedAccount, InMemoryTokenStore, OAuth};
/// # async fn example(
/// #     api: &'static runtime::ApiSpec, platform: runtime::Client, code: &runtime::Secret,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
///
/// let oauth = OAuth::new(&platform, "ca_123");
/// let store = Arc::new(InMemoryTokenStore::new());
/// let tokens = oauth.exchange_code(code).await?;
/// let owner = oauth.store_tokens(&tokens, &*store).await?;
/// let client = runtime::Client::builder(api)
///     .credentials(ConnectedAccount::new(oauth, store, owner))
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ConnectedAccount(Arc<AccountTokens>);

struct AccountTokens {
    oauth: OAuth,
    store: Arc<dyn TokenStore>,
    owner: TokenOwner,
    /// The last access token that the server rejected.
    rejected: Mutex<Option<ApiKey>>,
    /// Held during a refresh, so that no refresh token is used twice.
    refreshing: AsyncMutex<()>,
}

impl ConnectedAccount {
    /// Creates the credentials of `owner`, with tokens from `store` that are refreshed through
    /// `oauth`.
    pub fn new(oauth: OAuth, store: Arc<dyn TokenStore>, owner: TokenOwner) -> Self {
        Self(Arc::new(AccountTokens {
            oauth,
            store,
            owner,
            rejected: Mutex::new(None),
            refreshing: AsyncMutex::new(()),
        }))
    }
}

impl CredentialProvider for ConnectedAccount {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let _refreshing = inner.refreshing.lock().await;
            match inner.stored_credential().await? {
                Some(credential) => Ok(credential),
                None => inner.refresh_credential().await,
            }
        })
    }

    fn refused(&self, key: &ApiKey) {
        let rejected = self.0.rejected.lock();
        *rejected.unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
    }
}

impl AccountTokens {
    /// The access token in the store, unless it has expired or the server has rejected it.
    async fn stored_credential(&self) -> Result<Option<Credential>, CredentialError> {
        let now = self.oauth.clock().calendar();
        let stored = self.store.get(&self.owner, TokenKind::Access).await?;
        let Some(token) = stored.filter(|token| token.is_valid_at(now)) else {
            return Ok(None);
        };
        let credential = new_credential(&token.secret, token.expires)?;
        let rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        let is_rejected = rejected
            .as_ref()
            .is_some_and(|key| key.is_same(&credential.key));
        Ok((!is_rejected).then_some(credential))
    }

    async fn refresh_credential(&self) -> Result<Credential, CredentialError> {
        let advice = "send the account through the authorization again";
        let now = self.oauth.clock().calendar();
        let stored = self.store.get(&self.owner, TokenKind::Refresh).await?;
        let token = stored
            .filter(|token| token.is_valid_at(now))
            .ok_or_else(|| {
                CredentialError::new(format!("there is no valid refresh token: {advice}"))
            })?;
        let tokens = match self.oauth.refresh_tokens(&token.secret).await {
            Ok(tokens) => tokens,
            Err(error) => {
                // Another process may have used the refresh token and stored new tokens.
                let stored = self.stored_credential().await?;
                let text = "the access token could not be refreshed";
                return stored.ok_or_else(|| CredentialError::new(text).caused_by(error));
            }
        };
        if tokens.account != self.owner.account || tokens.livemode != self.owner.livemode {
            return Err(CredentialError::new(
                "the refresh token belongs to another account or mode",
            ));
        }
        let Some(access) = &tokens.access_token else {
            return Err(CredentialError::new("the response has no access token"));
        };
        self.oauth.store_tokens(&tokens, &*self.store).await?;
        new_credential(access, self.oauth.expiry_of(&tokens))
    }
}

fn new_credential(
    secret: &Secret,
    expires: Option<SystemTime>,
) -> Result<Credential, CredentialError> {
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

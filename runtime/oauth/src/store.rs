//! The storage of the tokens of connected accounts.
//!
//! Access and refresh tokens are separate entries with their own expiry: access tokens are sent
//! with every call and may be in a cache; refresh tokens are used rarely, are valid for long, and
//! belong in a vault.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use runtime::auth::CredentialError;
use runtime::clock::BoxFuture;
use wire::secret::Secret;

/// The owner of tokens: an account in live or test mode.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TokenOwner {
    /// The account.
    pub account: String,
    /// Whether the tokens are for live mode.
    pub livemode: bool,
}

impl TokenOwner {
    /// An account in live mode or, with `false`, in test mode.
    pub fn new(account: impl Into<String>, livemode: bool) -> Self {
        Self {
            account: account.into(),
            livemode,
        }
    }
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// The token that is sent as an API key.
    Access,
    /// The token with which new tokens are requested.
    Refresh,
}

/// A token and when it expires.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token.
    pub secret: Secret,
    /// When it expires; `None` if that is not known, or never.
    pub expires: Option<SystemTime>,
}

impl StoredToken {
    /// A token without a known expiry.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secret: secret.into(),
            expires: None,
        }
    }

    /// Sets the time at which it expires.
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// Whether it has not expired at a given time.
    pub fn is_valid_at(&self, at: SystemTime) -> bool {
        self.expires.is_none_or(|expires| at < expires)
    }
}

/// Stores tokens. For more than one process, implement it over a vault or a database that encrypts.
///
/// Errors must not contain a token.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Returns the token, if there is one.
    fn get<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
    ) -> BoxFuture<'a, Result<Option<StoredToken>, CredentialError>>;

    /// Stores a token, and replaces an earlier one.
    fn put<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
        token: StoredToken,
    ) -> BoxFuture<'a, Result<(), CredentialError>>;

    /// Removes both tokens of an account in one mode. It is no error if there are none.
    fn remove<'a>(&'a self, owner: &'a TokenOwner) -> BoxFuture<'a, Result<(), CredentialError>>;
}

/// Stores tokens in memory, for tests and for programs that repeat the authorization after a
/// restart.
#[derive(Debug, Default)]
pub struct InMemoryTokenStore(Mutex<HashMap<(TokenOwner, TokenKind), StoredToken>>);

impl InMemoryTokenStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_tokens<T>(
        &self,
        work: impl FnOnce(&mut HashMap<(TokenOwner, TokenKind), StoredToken>) -> T,
    ) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenStore for InMemoryTokenStore {
    fn get<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
    ) -> BoxFuture<'a, Result<Option<StoredToken>, CredentialError>> {
        let found = self.with_tokens(|tokens| tokens.get(&(owner.clone(), kind)).cloned());
        Box::pin(std::future::ready(Ok(found)))
    }

    fn put<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
        token: StoredToken,
    ) -> BoxFuture<'a, Result<(), CredentialError>> {
        self.with_tokens(|tokens| tokens.insert((owner.clone(), kind), token));
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove<'a>(&'a self, owner: &'a TokenOwner) -> BoxFuture<'a, Result<(), CredentialError>> {
        self.with_tokens(|tokens| tokens.retain(|(known, _), _| known != owner));
        Box::pin(std::future::ready(Ok(())))
    }
}

//! Where the tokens of connected accounts are kept.
//!
//! Access tokens and refresh tokens are entries of their own, each with its own end: the former
//! are sent with every call and may live in a cache, the latter are used rarely, live long, and
//! belong into a vault.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use runtime::auth::CredentialError;
use runtime::clock::BoxFuture;
use wire::secret::Secret;

/// Whose tokens: an account, in one of the two modes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TokenOwner {
    /// The account.
    pub account: String,
    /// Whether the tokens are of live mode.
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

/// Which of an account's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// The one that is sent as an API key.
    Access,
    /// The one that new tokens are got with.
    Refresh,
}

/// A token and its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// When it expires; `None` if that is not known, or never.
    pub expires: Option<SystemTime>,
}

impl Token {
    /// A token without a known end.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secret: secret.into(),
            expires: None,
        }
    }

    /// The same, good until a time.
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// Whether it is good at a time.
    pub fn is_good(&self, at: SystemTime) -> bool {
        self.expires.is_none_or(|end| at < end)
    }
}

/// Keeps tokens. A program with more than one process implements it over a database that
/// encrypts, or a vault.
///
/// Errors must show no token.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// The token, if there is one.
    fn get<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
    ) -> BoxFuture<'a, Result<Option<Token>, CredentialError>>;

    /// Keeps a token in place of the one that is there.
    fn put<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
        token: Token,
    ) -> BoxFuture<'a, Result<(), CredentialError>>;

    /// Forgets both tokens of an account in one mode. Forgetting what is not there is no error.
    fn forget<'a>(&'a self, owner: &'a TokenOwner) -> BoxFuture<'a, Result<(), CredentialError>>;
}

/// Keeps tokens in memory, for tests and for programs that authorize anew after each start.
#[derive(Debug, Default)]
pub struct InMemoryTokens(Mutex<HashMap<(TokenOwner, TokenKind), Token>>);

impl InMemoryTokens {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<(TokenOwner, TokenKind), Token>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenStore for InMemoryTokens {
    fn get<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
    ) -> BoxFuture<'a, Result<Option<Token>, CredentialError>> {
        let found = self.with(|tokens| tokens.get(&(owner.clone(), kind)).cloned());
        Box::pin(std::future::ready(Ok(found)))
    }

    fn put<'a>(
        &'a self,
        owner: &'a TokenOwner,
        kind: TokenKind,
        token: Token,
    ) -> BoxFuture<'a, Result<(), CredentialError>> {
        self.with(|tokens| tokens.insert((owner.clone(), kind), token));
        Box::pin(std::future::ready(Ok(())))
    }

    fn forget<'a>(&'a self, owner: &'a TokenOwner) -> BoxFuture<'a, Result<(), CredentialError>> {
        self.with(|tokens| tokens.retain(|(known, _), _| known != owner));
        Box::pin(std::future::ready(Ok(())))
    }
}

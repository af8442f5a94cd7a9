//! A provider that is a closure.

use std::fmt;
use std::future::Future;

use super::{Credential, CredentialError, CredentialProvider};
use crate::clock::BoxFuture;

/// Makes a provider of a closure that fetches.
///
/// ```
/// use runtime::auth::{self, ApiKey, Credential};
/// use runtime::secret::Secret;
/// # async fn ask_the_secrets_manager() -> Result<String, std::io::Error> { Ok(String::new()) }
///
/// let provider = auth::from_fn(|| async {
///     let text = ask_the_secrets_manager()
///         .await
///         .map_err(|fault| auth::CredentialError::new("no answer").caused_by(fault))?;
///     Ok(Credential::new(ApiKey::new(&Secret::from(text))?))
/// });
/// # let _ = provider;
/// ```
pub fn from_fn<F, W>(fetch: F) -> FromFn<F>
where
    F: Fn() -> W + Send + Sync + 'static,
    W: Future<Output = Result<Credential, CredentialError>> + Send + 'static,
{
    FromFn(fetch)
}

/// A provider that is a closure; see [`from_fn`].
#[derive(Clone)]
pub struct FromFn<F>(F);

impl<F, W> CredentialProvider for FromFn<F>
where
    F: Fn() -> W + Send + Sync + 'static,
    W: Future<Output = Result<Credential, CredentialError>> + Send + 'static,
{
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        Box::pin((self.0)())
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FromFn")
    }
}

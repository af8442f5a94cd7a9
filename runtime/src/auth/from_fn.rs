//! A provider that is a closure.

use std::fmt;
use std::future::Future;

use super::{Credential, CredentialError, CredentialProvider};
use crate::clock::BoxFuture;

/// A provider that fetches with a closure.
///
/// ```
/// use runtime::auth::{self, ApiKey, Credential};
/// use runtime::secret::Secret;
/// # async fn read_secret() -> Result<String, std::io::Error> { Ok(String::new()) }
///
/// let provider = auth::from_fn(|| async {
///     let text = read_secret()
///         .await
///         .map_err(|error| auth::CredentialError::new("no secret").caused_by(error))?;
///     Ok(Credential::new(ApiKey::new(&Secret::from(text))?))
/// });
/// # let _ = provider;
/// ```
pub fn from_fn<F, Fut>(fetch: F) -> FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Credential, CredentialError>> + Send + 'static,
{
    FromFn(fetch)
}

/// A provider that is a closure; see [`from_fn`].
#[derive(Clone)]
pub struct FromFn<F>(F);

impl<F, Fut> CredentialProvider for FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Credential, CredentialError>> + Send + 'static,
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

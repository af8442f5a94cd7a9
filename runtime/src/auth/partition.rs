//! Credentials of one kind for each account that calls are made for.
//!
//! In: the headers of a request. Out: the credentials that belong to the account and the context
//! that they name. The number of those that are kept is bounded.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{CredentialProvider, Credentials};

/// How many are kept: as many partitions as the cache of AWS's SDKs has.
const MOST: usize = 64;

/// Whom a request is for: the headers that say so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope(pub(crate) Vec<(HeaderName, HeaderValue)>);

type Open = dyn Fn(Scope) -> Arc<dyn CredentialProvider> + Send + Sync;

/// Credentials by scope, made when they are first needed.
pub(crate) struct Partitioned {
    names: Vec<HeaderName>,
    open: Box<Open>,
    kept: Mutex<Vec<(Scope, Credentials)>>,
}

impl Partitioned {
    /// Credentials that differ with the values of the headers of these names.
    pub(crate) fn new(
        names: Vec<HeaderName>,
        open: impl Fn(Scope) -> Arc<dyn CredentialProvider> + Send + Sync + 'static,
    ) -> Self {
        Self {
            names,
            open: Box::new(open),
            kept: Mutex::default(),
        }
    }

    /// The credentials for a request with these headers; the latter replace the former.
    pub(crate) fn of(&self, headers: &HeaderMap, own: &HeaderMap) -> Credentials {
        let values = self.names.iter().filter_map(|name| {
            let value = own.get(name).or_else(|| headers.get(name))?;
            Some((name.clone(), value.clone()))
        });
        let scope = Scope(values.collect());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(known, _)| *known == scope);
        let entry = match known {
            Some(at) => kept.remove(at),
            None => {
                let provider = (self.open)(scope.clone());
                (scope, Credentials::provided_while_awaited(provider))
            }
        };
        let credentials = entry.1.clone();
        // The one that was used least recently is first, and goes first.
        kept.push(entry);
        if kept.len() > MOST {
            kept.remove(0);
        }
        credentials
    }
}

impl fmt::Debug for Partitioned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Partitioned")
    }
}

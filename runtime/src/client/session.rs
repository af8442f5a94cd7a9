//! Sessions: short-lived tokens that some hosts want instead of the API key.
//!
//! In: the [`SessionSpec`]s of an API. Out: credentials that open a session by a call of the same
//! client when one is needed, and that the cache of [`auth`](crate::auth) renews. Each account
//! and context that calls are made for has a session of its own. The calls that open sessions
//! are calls like any other: they are limited, retried and observed.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use http::HeaderName;

use super::{ApiSpec, Client, SessionSpec, Shared};
use crate::auth::{ApiKey, Credential, CredentialError, CredentialProvider, Partitioned, Scope};
use crate::call::Draft;
use crate::clock::BoxFuture;
use crate::http::RawResponse;
use crate::secret::Secret;
use crate::value::{DateTime, RawJson};

/// The credentials of all hosts that want sessions. The client owns them, so they do not own it.
pub(super) fn all(
    api: &'static ApiSpec,
    client: &Weak<Shared>,
) -> Vec<(&'static str, Partitioned)> {
    let names = [api.account_header, api.context_header];
    let names: Vec<HeaderName> = names
        .into_iter()
        .flatten()
        .filter_map(|name| name.parse().ok())
        .collect();
    let sessions = api.sessions.iter().map(|&spec| {
        let client = Weak::clone(client);
        let open = move |scope| -> Arc<dyn CredentialProvider> {
            let client = Weak::clone(&client);
            Arc::new(Opener {
                client,
                spec,
                scope,
            })
        };
        (spec.host, Partitioned::new(names.clone(), open))
    });
    sessions.collect()
}

/// Opens sessions of one kind for one account.
#[derive(Clone, Debug)]
struct Opener {
    client: Weak<Shared>,
    spec: SessionSpec,
    scope: Scope,
}

impl CredentialProvider for Opener {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let opener = self.clone();
        Box::pin(async move {
            let shared = opener.client.upgrade();
            let shared = shared.ok_or_else(|| CredentialError::new("the client is gone"))?;
            opener.open(Client { shared }).await
        })
    }
}

impl Opener {
    async fn open(&self, client: Client) -> Result<Credential, CredentialError> {
        let operation = self.spec.operation;
        let mut draft = Draft::operation(&client, operation, &[], &(), "application/json");
        self.act_for_scope(&mut draft, client.api());
        let answer = draft.send().await.map_err(|fault| {
            CredentialError::new(format!("no session: {} failed", operation.id)).caused_by(fault)
        })?;
        self.read(&answer.response)
    }

    /// Opens the session for whom the call is that needs it.
    fn act_for_scope(&self, draft: &mut Draft, api: &ApiSpec) {
        // The headers of the scope say for whom it is, and nothing else does.
        draft.options.account = Some(String::new());
        for (name, value) in &self.scope.0 {
            let Ok(text) = value.to_str() else { continue };
            let is_account = api
                .account_header
                .is_some_and(|known| name.as_str().eq_ignore_ascii_case(known));
            if is_account {
                draft.options.account = Some(text.to_owned());
            } else {
                draft.set_header(name.as_str(), text);
            }
        }
    }

    fn read(&self, response: &RawResponse) -> Result<Credential, CredentialError> {
        let SessionSpec { token, expires, .. } = self.spec;
        let missing = || CredentialError::new(format!("no session: the answer has no {token}"));
        let text = std::str::from_utf8(response.body()).map_err(|_| missing())?;
        let answer: RawJson = text.parse().map_err(|_| missing())?;
        let text: String = answer
            .get(token)
            .and_then(|value| value.decode().ok())
            .ok_or_else(missing)?;
        let credential = Credential::new(ApiKey::new(&Secret::from(text))?);
        // Without an end the session is used until the server says that it is over.
        Ok(match answer.get(expires).as_ref().and_then(moment) {
            Some(end) => credential.expires(end),
            None => credential,
        })
    }
}

/// The moment that a value states, as RFC 3339 or in seconds since 1970.
fn moment(value: &RawJson) -> Option<SystemTime> {
    let seconds = match value.decode::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => value.decode::<DateTime>().ok()?.timestamp().ok()?.0,
    };
    let seconds = u64::try_from(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

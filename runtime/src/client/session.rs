//! Sessions: short-lived tokens that some hosts require instead of the API key.
//!
//! Each account and context has a session of its own. It is opened by a call of the same client
//! when another call needs it, and cached and refreshed like the keys of a provider. The calls that
//! open sessions are rate limited, retried and observed like all others.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use super::{ApiSpec, Client, SessionSpec, Shared};
use crate::auth::{self, ApiKey, Credential, CredentialError, Credentials};
use crate::codec::Encode;
use crate::http::RawResponse;
use crate::request::PreparedRequest;
use crate::secret::Secret;
use crate::value::{DateTime, RawJson};

/// Sessions to keep per host: as many as the partitions of the cache of AWS's SDKs.
const MAX_SESSIONS: usize = 64;

/// The sessions of one host.
pub(crate) struct HostSessions {
    spec: SessionSpec,
    /// The client owns this, so this does not own the client.
    client: Weak<Shared>,
    /// The least recently used first.
    cached: Mutex<Vec<(SessionOwner, Credentials)>>,
}

/// The owner of a session: the values of the account's and the context's headers.
#[derive(Clone, PartialEq, Eq)]
struct SessionOwner {
    account: Option<HeaderValue>,
    context: Option<HeaderValue>,
}

impl HostSessions {
    pub(super) fn new(spec: SessionSpec, client: &Weak<Shared>) -> Self {
        Self {
            spec,
            client: Weak::clone(client),
            cached: Mutex::default(),
        }
    }

    fn credentials_of(&self, owner: SessionOwner) -> Credentials {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let position = cached.iter().position(|(cached, _)| *cached == owner);
        let entry = match position {
            Some(position) => cached.remove(position),
            None => (owner.clone(), self.new_credentials(owner)),
        };
        let credentials = entry.1.clone();
        cached.push(entry);
        if cached.len() > MAX_SESSIONS {
            cached.remove(0);
        }
        credentials
    }

    fn new_credentials(&self, owner: SessionOwner) -> Credentials {
        let (client, spec) = (Weak::clone(&self.client), self.spec);
        Credentials::from_owning_provider(auth::from_fn(move || {
            open_session(Weak::clone(&client), spec, owner.clone())
        }))
    }
}

impl Shared {
    /// The session for a request, if its host requires one.
    pub(super) fn session_for(&self, prepared: &PreparedRequest) -> Option<Credentials> {
        let mut sessions = self.sessions.iter();
        let sessions = sessions.find(|sessions| sessions.spec.host == prepared.host)?;
        let value = |name: Option<&str>| {
            let (name, own) = (name?, &prepared.headers);
            own.get(name)
                .or_else(|| prepared.request.headers.get(name))
                .cloned()
        };
        Some(sessions.credentials_of(SessionOwner {
            account: value(self.defaults.api.account_header),
            context: value(self.defaults.api.context_header),
        }))
    }
}

async fn open_session(
    client: Weak<Shared>,
    spec: SessionSpec,
    owner: SessionOwner,
) -> Result<Credential, CredentialError> {
    let shared = client.upgrade();
    let shared = shared.ok_or_else(|| CredentialError::new("the client was dropped"))?;
    let (client, operation) = (Client { shared }, spec.operation);
    let (defaults, clock) = (client.defaults(), &**client.clock());
    let arguments: (&[&str], &dyn Encode) = (&[], &());
    let mut prepared =
        PreparedRequest::for_operation(defaults, clock, operation, arguments, "application/json");
    set_owner(&mut prepared, client.api(), &owner);
    let completed = client.send_prepared(prepared).await.map_err(|error| {
        CredentialError::new(format!("no session: {} failed", operation.id)).caused_by(error)
    })?;
    let mut session = read_session(spec, &completed.response)?;
    session.key = session.key.with_session_mode(completed.live());
    Ok(session)
}

/// Sets the owner of the session as the account and context of the call, instead of the client's
/// defaults.
fn set_owner(prepared: &mut PreparedRequest, api: &ApiSpec, owner: &SessionOwner) {
    let text = |value: &Option<HeaderValue>| Some(value.as_ref()?.to_str().ok()?.to_owned());
    prepared.replace_scope();
    if let Some(account) = text(&owner.account) {
        prepared.set_account(account);
    }
    if let (Some(name), Some(context)) = (api.context_header, text(&owner.context)) {
        prepared.set_header(name, &context);
    }
}

fn read_session(spec: SessionSpec, response: &RawResponse) -> Result<Credential, CredentialError> {
    let missing = || CredentialError::new(format!("no session: no {} in the response", spec.token));
    let text = std::str::from_utf8(response.body()).map_err(|_| missing())?;
    let session: RawJson = text.parse().map_err(|_| missing())?;
    let token = session.get(spec.token);
    let token: String = token
        .and_then(|token| token.decode().ok())
        .ok_or_else(missing)?;
    let credential = Credential::new(ApiKey::new(&Secret::from(token))?);
    // A session without an expiry is used until the server says that it has expired.
    let expires = session.get(spec.expires).as_ref().and_then(parse_time);
    Ok(Credential {
        expires,
        ..credential
    })
}

/// The time that a value states, in RFC 3339 or in seconds since 1970.
fn parse_time(value: &RawJson) -> Option<SystemTime> {
    let seconds = match value.decode::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => value.decode::<DateTime>().ok()?.timestamp().ok()?.0,
    };
    let seconds = u64::try_from(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

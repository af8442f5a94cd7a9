//! Requests that the API does not have: what a test does in the place of a customer, or of time.

use std::time::Duration;

use http::Response;
use http::request::Parts;
use serde_json::{Value, json};

use crate::behaviours::checkout::{complete_session, expire_due_sessions};
use crate::behaviours::subscriptions::renew_due_subscriptions;
use crate::dispatch::{AccountState, ServerState, problem_response, value_response};
use crate::errors::ApiProblem;
use crate::events::EventOrigin;
use crate::rendering::{ExpandPaths, render_object};

const TAG: &str = "checkout.session";

/// The beginning of the paths of these requests.
pub(crate) const CONTROL_PATH: &str = "/_dev/";

/// Returns the response to a request below `/_dev/`; `None` for all others.
pub(crate) fn answer_control(
    state: &mut ServerState,
    parts: &Parts,
    body: &[u8],
) -> Option<Response<Vec<u8>>> {
    let path = parts.uri.path().strip_prefix(CONTROL_PATH)?;
    let params: Value = serde_json::from_slice(body).unwrap_or_default();
    let result = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["checkout", "sessions", id, "complete"] => state.complete_checkout_session(id),
        ["clock", "advance"] => {
            let seconds = params["seconds"].as_u64().unwrap_or_default();
            state.advance_clock(Duration::from_secs(seconds));
            Ok(json!({ "now": state.clock.unix_time() }))
        }
        _ => Err(ApiProblem::unknown_route(
            parts.method.as_str(),
            parts.uri.path(),
        )),
    };
    Some(match result {
        Ok(value) => value_response(&value),
        Err(problem) => problem_response(&problem),
    })
}

impl ServerState {
    /// Completes a session of checkout, as a customer does who pays.
    pub(crate) fn complete_checkout_session(&mut self, id: &str) -> Result<Value, ApiProblem> {
        let now = self.clock.unix_time();
        let id = id.to_owned();
        let is_of_account = |state: &AccountState| state.store.find(TAG, &id).is_some();
        let account = self.accounts.iter().find(|(_, state)| is_of_account(state));
        let account = account
            .map(|(account, _)| account.clone())
            .unwrap_or_default();
        self.expire_overdue(&account);
        self.with_context(&account, now, &EventOrigin::default(), |context| {
            complete_session(context, &id)?;
            let key = (TAG.to_owned(), id.clone());
            render_object(context, &key, &ExpandPaths::new())
        })
    }

    /// Expires the checkout sessions of an account whose time is over. Looks for them once a second
    /// at most.
    pub(crate) fn expire_overdue(&mut self, account: &str) {
        let now = self.clock.unix_time();
        let state = self.accounts.entry(account.to_owned()).or_default();
        if std::mem::replace(&mut state.expiry_checked_at, now) == now {
            return;
        }
        // It fails if the document has no events, which leaves the sessions as they are.
        let _ = self.with_context(account, now, &EventOrigin::default(), |context| {
            expire_due_sessions(context, None);
            Ok(())
        });
    }

    /// Advances the server's time, expires what is over, and renews subscriptions that become due.
    pub(crate) fn advance_clock(&mut self, by: Duration) {
        self.clock.advance(by);
        let now = self.clock.unix_time();
        let accounts: Vec<String> = self.accounts.keys().cloned().collect();
        for account in accounts {
            self.expire_overdue(&account);
            // A subscription that cannot be renewed stays as it is.
            let _ = self.with_context(&account, now, &EventOrigin::default(), |context| {
                renew_due_subscriptions(context, None)
            });
        }
    }
}

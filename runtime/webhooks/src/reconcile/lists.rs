//! The calls that list past events.

use runtime::call::Call;
use runtime::rate_limit::Priority;
use wire::value::{DateTime, List, RawJson, Timestamp, UrlList};

use super::{ReconcileError, Reconciler};

/// The maximum page size of the API.
const PAGE_SIZE: i64 = 100;

/// Which list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventList {
    /// Events with snapshots.
    Events,
    /// The events of notifications.
    Notifications,
}

impl EventList {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Notifications => "notifications",
        }
    }

    /// The member of an event that names its account.
    pub(super) fn account_member(self) -> &'static str {
        match self {
            Self::Events => "account",
            Self::Notifications => "context",
        }
    }
}

impl Reconciler {
    /// Lists events, newest first.
    pub(super) fn list_events(&self) -> Result<Call<List<RawJson>>, ReconcileError> {
        let spec = self.client.api().events.map(|events| events.list);
        let spec = spec.ok_or(ReconcileError::Configuration("this API has no events"))?;
        let call = self.with_filters(self.client.request_spec(spec, &[], &()));
        Ok(if self.undelivered {
            call.extra_param("delivery_success", &false)
        } else {
            call
        })
    }

    /// Lists notifications since a time, newest first.
    pub(super) fn list_notifications(
        &self,
        since: Timestamp,
    ) -> Result<Call<UrlList<RawJson>>, ReconcileError> {
        let events = self.client.api().events;
        let spec = events.and_then(|events| events.list_notifications);
        let spec = spec.ok_or(ReconcileError::Configuration(
            "this API has no notifications",
        ))?;
        let call = self.with_filters(self.client.request_spec(spec, &[], &()));
        Ok(call.extra_param("created[gte]", &DateTime::from(since)))
    }

    /// A further page of notifications by its URL.
    pub(super) fn list_notifications_at(&self, url: &str) -> Call<UrlList<RawJson>> {
        self.with_account(self.client.list_at(url))
    }

    /// Adds the page size and the types, which URLs of further pages include.
    fn with_filters<T>(&self, call: Call<T>) -> Call<T> {
        let call = self.with_account(call).extra_param("limit", &PAGE_SIZE);
        if self.types.is_empty() {
            call
        } else {
            call.extra_param("types", &self.types)
        }
    }

    /// Sets the account and bulk priority.
    fn with_account<T>(&self, call: Call<T>) -> Call<T> {
        let call = call.priority(Priority::Bulk);
        match (&self.account, self.list) {
            (Some(account), EventList::Events) => call.account(account),
            (Some(context), EventList::Notifications) => call.context(context),
            (None, _) => call,
        }
    }
}

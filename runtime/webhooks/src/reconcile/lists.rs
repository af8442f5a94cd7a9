//! The calls that list past events.

use super::{ReconcileError, Reconciler};
use runtime::call::Call;
use runtime::rate_limit::Priority;
use wire::value::{DateTime, List, RawJson, Timestamp, UrlList};

/// The most that the API gives at once.
const PAGE: i64 = 100;

/// What a sweep reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Events with snapshots.
    Events,
    /// The events behind notifications.
    Notifications,
}

impl Source {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Notifications => "notifications",
        }
    }

    /// The member of an event that says whose it is.
    pub(super) fn owner(self) -> &'static str {
        match self {
            Self::Events => "account",
            Self::Notifications => "context",
        }
    }
}

impl Reconciler {
    /// The list of events, newest first, without a range.
    pub(super) fn events_list(&self) -> Result<Call<List<RawJson>>, ReconcileError> {
        let spec = self.client.api().events.map(|events| events.list);
        let spec = spec.ok_or(ReconcileError::Configuration("this API has no events"))?;
        let call = self.asked(self.client.request_spec(spec, &[], &()));
        Ok(if self.undelivered {
            call.extra_param("delivery_success", &false)
        } else {
            call
        })
    }

    /// The list of notifications since a moment, newest first.
    pub(super) fn notifications_list(
        &self,
        since: Timestamp,
    ) -> Result<Call<UrlList<RawJson>>, ReconcileError> {
        let events = self.client.api().events;
        let spec = events.and_then(|events| events.list_notifications);
        let spec = spec.ok_or(ReconcileError::Configuration("this API has no notifications"))?;
        let call = self.asked(self.client.request_spec(spec, &[], &()));
        Ok(call.extra_param("created[gte]", &DateTime::from(since)))
    }

    /// A page of notifications by its address.
    pub(super) fn notifications_page(&self, url: &str) -> Call<UrlList<RawJson>> {
        self.placed(self.client.list_at(url))
    }

    /// The same call with what every first page is asked.
    fn asked<T>(&self, call: Call<T>) -> Call<T> {
        let call = self.placed(call).extra_param("limit", &PAGE);
        if self.types.is_empty() {
            call
        } else {
            call.extra_param("types", &self.types)
        }
    }

    /// The same call for the right account, behind all calls that somebody waits for.
    fn placed<T>(&self, call: Call<T>) -> Call<T> {
        let call = call.priority(Priority::Bulk);
        match (&self.account, self.source) {
            (Some(account), Source::Events) => call.account(account),
            (Some(context), Source::Notifications) => call.context(context),
            (None, _) => call,
        }
    }
}

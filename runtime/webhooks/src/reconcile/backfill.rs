//! One run of a reconciler.
//!
//! The lists have the newest event first, and handlers need the oldest first. So a run that knows
//! the event of the watermark reads the pages after it upwards. A run that does not reads to the
//! oldest page first, keeping only the cursors, and then upwards.

use std::collections::HashSet;

use runtime::error::{Error, ErrorKind};
use wire::value::{List, RawJson, Timestamp};

use super::lists::EventList;
use super::report::{MAX_IDS, ReconcileGap, ReconcileReport};
use super::watermark::{Watermark, add_account, parse_gap, saturating_add, saturating_sub};
use super::{ReconcileError, Reconciler};
use crate::event::Message;
use crate::queue::{InboxError, InboxErrorKind, InboxMessage, StoreOutcome};
use crate::verify::VersionPolicy;

/// Lists by URL may have empty pages before others. More than this many in a row are an error.
const MAX_EMPTY_PAGES: u32 = 100;

/// A run.
pub(super) struct BackfillRun<'a> {
    reconciler: &'a Reconciler,
    /// The name of the watermark.
    name: String,
    watermark: Watermark,
    /// The watermark is not set to a later time: newer events may not all be listed yet.
    settled: Timestamp,
    report: ReconcileReport,
}

impl Reconciler {
    pub(super) async fn run_backfill(&self) -> Result<ReconcileReport, ReconcileError> {
        let now = Timestamp::from(self.client.clock().calendar());
        let name = self.watermark_name();
        let known = match self.inbox.read_watermark(&name).await? {
            Some(text) => Some(Watermark::parse(&text).ok_or_else(unreadable_watermark)?),
            None => None,
        };
        let is_initial_run = known.is_none();
        let mut run = BackfillRun {
            reconciler: self,
            name,
            // The overlap of a later run must not reach back to before the first one.
            watermark: known.unwrap_or_else(|| Watermark {
                created: saturating_add(self.since.unwrap_or(now), self.overlap),
                id: None,
            }),
            settled: saturating_sub(now, self.overlap),
            report: ReconcileReport {
                is_initial_run,
                ..ReconcileReport::default()
            },
        };
        let start = run.find_start(saturating_sub(now, self.retention)).await?;
        match self.list {
            EventList::Events => run.backfill_events(start).await?,
            EventList::Notifications => run.backfill_notifications(start).await?,
        }
        run.finish_run().await
    }
}

impl BackfillRun<'_> {
    /// Where to begin if there is no event to continue from. A gap is stored until a run has
    /// reported it.
    async fn find_start(&mut self, oldest_kept: Timestamp) -> Result<Timestamp, ReconcileError> {
        let from = self.watermark.created;
        let inbox = &self.reconciler.inbox;
        let unreported = inbox.read_watermark(&self.gap_name()).await?;
        self.report.gap = unreported.as_deref().and_then(parse_gap);
        if from < oldest_kept {
            self.watermark.id = None;
            // The API no longer retries deliveries that failed longer ago.
            if !self.reconciler.undelivered && !self.report.is_initial_run {
                let from = self.report.gap.map_or(from, |gap| gap.from.min(from));
                let to = oldest_kept;
                self.report.gap = Some(ReconcileGap { from, to });
                let text = format!("{} {}", from.0, to.0);
                inbox.write_watermark(&self.gap_name(), &text).await?;
            }
        }
        if self.report.is_initial_run {
            self.write_watermark().await?;
        }
        Ok(saturating_sub(from, self.reconciler.overlap).max(oldest_kept))
    }

    /// The name under which a gap is stored.
    fn gap_name(&self) -> String {
        format!("{}/gap", self.name)
    }

    async fn backfill_events(&mut self, start: Timestamp) -> Result<(), ReconcileError> {
        if let Some(id) = self.watermark.id.clone() {
            match self.store_newer_than(&id).await {
                Err(ReconcileError::Api(error)) if is_unknown_cursor(&error) => {
                    self.watermark.id = None;
                    self.report.restarted = true;
                }
                result => return result,
            }
        }
        let list = self.reconciler.list_events()?;
        let mut pages = list.extra_param("created[gte]", &start).pages();
        let mut oldest: Option<List<RawJson>> = None;
        let mut is_only_page = true;
        while let Some(page) = pages.try_next().await? {
            self.report.pages += 1;
            if !page.data.is_empty() {
                is_only_page = oldest.is_none();
                oldest = Some(page);
            }
        }
        let Some(oldest) = oldest else { return Ok(()) };
        let newest_id = oldest.data.first().and_then(event_id);
        self.store_page(oldest.data).await?;
        match newest_id {
            Some(id) if !is_only_page => self.store_newer_than(&id).await,
            _ => Ok(()),
        }
    }

    /// Stores the events after one, page by page.
    async fn store_newer_than(&mut self, id: &str) -> Result<(), ReconcileError> {
        let list = self.reconciler.list_events()?;
        let mut pages = list.extra_param("ending_before", &id.to_owned()).pages();
        while let Some(page) = pages.try_next().await? {
            self.report.pages += 1;
            self.store_page(page.data).await?;
        }
        Ok(())
    }

    async fn backfill_notifications(&mut self, start: Timestamp) -> Result<(), ReconcileError> {
        // The first page is kept: if it were requested again, it would begin with newer events and
        // end earlier.
        let mut first = self.reconciler.list_notifications(start)?.await?;
        self.report.pages += 1;
        let mut urls: Vec<String> = Vec::new();
        let mut known = HashSet::new();
        let mut next = first.next_page_url.take();
        let mut oldest = None;
        let mut empty = 0;
        while let Some(url) = next {
            if !known.insert(url.clone()) {
                return Err(Error::new(ErrorKind::Pagination, "the server repeats a page").into());
            }
            let page = self.reconciler.list_notifications_at(&url).await?;
            self.report.pages += 1;
            empty = if page.data.is_empty() { empty + 1 } else { 0 };
            if empty > MAX_EMPTY_PAGES {
                let text = "the server sends only empty pages";
                return Err(Error::new(ErrorKind::Pagination, text).into());
            }
            urls.push(url);
            next = page.next_page_url.clone();
            oldest = Some(page);
        }
        if let Some(page) = oldest {
            urls.pop();
            self.store_page(page.data).await?;
        }
        while let Some(url) = urls.pop() {
            let page = self.reconciler.list_notifications_at(&url).await?;
            self.report.pages += 1;
            self.store_page(page.data).await?;
        }
        self.store_page(first.data).await
    }

    /// Stores a page, oldest first, and advances the watermark.
    async fn store_page(&mut self, newest_first: Vec<RawJson>) -> Result<(), ReconcileError> {
        let mut messages = Vec::with_capacity(newest_first.len());
        for event in newest_first.iter().rev() {
            self.report.listed += 1;
            match self.read_event(event) {
                Ok((message, is_mismatch)) => {
                    messages.push(message);
                    self.report.version_mismatches += u64::from(is_mismatch);
                }
                Err(text) => self.report.unreadable.push(text),
            }
        }
        messages.sort_by_key(|message| message.created);
        let outcomes = self.reconciler.inbox.store_messages(&messages).await?;
        for (message, outcome) in messages.iter().zip(outcomes) {
            if outcome == StoreOutcome::New {
                self.report_missed(message);
            }
        }
        let is_settled = |message: &&InboxMessage| message.created <= self.settled;
        let Some(last) = messages.iter().rev().find(is_settled) else {
            return Ok(());
        };
        if !self.reconciler.undelivered {
            self.watermark = Watermark {
                created: last.created.max(self.watermark.created),
                id: (self.reconciler.list == EventList::Events).then(|| last.id.clone()),
            };
            self.write_watermark().await?;
        }
        Ok(())
    }

    /// Whether the event's object may not fit the types of this program.
    fn is_version_mismatch(&self, message: &Message) -> bool {
        let policy = VersionPolicy::warn(self.reconciler.client.api().version);
        matches!(message, Message::Event(event) if !policy.fits(event.api_version()))
    }

    /// The message to store, and whether it is of another release of the API.
    fn read_event(&self, event: &RawJson) -> Result<(InboxMessage, bool), String> {
        let reconciler = self.reconciler;
        let event = match &reconciler.account {
            Some(account) => add_account(event, reconciler.list.account_member(), account),
            None => event.clone(),
        };
        match Message::parse_unverified(event.as_str().as_bytes()) {
            Ok(message) => Ok((
                InboxMessage::from(&message),
                self.is_version_mismatch(&message),
            )),
            Err(error) => {
                let id = event_id(&event).unwrap_or_else(|| "an event without an id".to_owned());
                Err(format!("{id}: {error}"))
            }
        }
    }

    fn report_missed(&mut self, message: &InboxMessage) {
        let report = &mut self.report;
        report.missed += 1;
        if report.missed_ids.len() < MAX_IDS {
            report.missed_ids.push(message.id.clone());
        }
        let oldest = report.oldest_missed.unwrap_or(message.created);
        report.oldest_missed = Some(oldest.min(message.created));
    }

    async fn write_watermark(&self) -> Result<(), ReconcileError> {
        let text = self.watermark.to_text();
        let inbox = &self.reconciler.inbox;
        Ok(inbox.write_watermark(&self.name, &text).await?)
    }

    /// Advances the watermark to the settled time, even if there were no recent events.
    async fn finish_run(mut self) -> Result<ReconcileReport, ReconcileError> {
        if !self.reconciler.undelivered && self.watermark.created < self.settled {
            self.watermark.created = self.settled;
            self.write_watermark().await?;
        }
        if self.report.gap.is_some() {
            let inbox = &self.reconciler.inbox;
            inbox.write_watermark(&self.gap_name(), "").await?;
        }
        Ok(self.report)
    }
}

/// Whether the API no longer has the event of the watermark.
fn is_unknown_cursor(error: &Error) -> bool {
    error.is_not_found()
        || error.is_invalid_request()
            && (error.code() == Some("resource_missing") || error.param() == Some("ending_before"))
}

fn event_id(event: &RawJson) -> Option<String> {
    event.get("id")?.decode().ok()
}

fn unreadable_watermark() -> InboxError {
    InboxError::new(
        InboxErrorKind::Corrupted,
        "the inbox's watermark of this name was not written by a reconciler: set another name",
    )
}

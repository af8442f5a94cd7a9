//! The way of a sweep: down to the oldest event that is wanted, and up again, storing.
//!
//! The lists have the newest event first, and handlers want the oldest first. So a sweep that knows
//! where the last one ended goes up from there; one that does not goes down first, keeping nothing
//! but the way.

use std::collections::HashSet;

use super::lists::Source;
use super::position::{Position, of_account};
use super::report::{ReconcileGap, MOST_IDS, ReconcileReport};
use super::{ReconcileError, Reconciler};
use runtime::error::{Error, Kind};
use crate::{InboxMessage, InboxError, InboxErrorKind, StoreOutcome};
use wire::value::{List, RawJson, Timestamp};
use crate::{Message, VersionPolicy};

/// Lists by URL may have empty pages on the way to more; this many in a row are taken for a error.
const MOST_EMPTY_PAGES: u32 = 100;

/// A sweep under way.
pub(super) struct Ascent<'a> {
    sweeper: &'a Reconciler,
    /// The name of the position.
    name: String,
    position: Position,
    /// What happened later may have company that is not listed yet.
    settled: Timestamp,
    report: ReconcileReport,
}

impl Reconciler {
    pub(super) async fn ascend(&self) -> Result<ReconcileReport, ReconcileError> {
        let now = Timestamp::from(self.client.clock().calendar());
        let name = self.position_name();
        let known = match self.inbox.read_watermark(&name).await? {
            Some(text) => Some(Position::read(&text).ok_or_else(unreadable)?),
            None => None,
        };
        let first = known.is_none();
        let mut ascent = Ascent {
            sweeper: self,
            name,
            // What is read again later must not reach back to before the beginning.
            position: known.unwrap_or_else(|| Position {
                created: on(self.since.unwrap_or(now), self.overlap),
                id: None,
            }),
            settled: back(now, self.overlap),
            report: ReconcileReport {
                first,
                ..ReconcileReport::default()
            },
        };
        let start = ascent.start(back(now, self.kept)).await?;
        match self.source {
            Source::Events => ascent.events(start).await?,
            Source::Notifications => ascent.notifications(start).await?,
        }
        ascent.end().await
    }
}

impl Ascent<'_> {
    /// Where to begin if there is no event to go on from. A gap is remembered until a sweep has
    /// reported it.
    async fn start(&mut self, oldest_kept: Timestamp) -> Result<Timestamp, ReconcileError> {
        let from = self.position.created;
        let unreported = self.sweeper.inbox.read_watermark(&self.gap_name()).await?;
        self.report.gap = unreported.as_deref().and_then(gap_of);
        if from < oldest_kept {
            self.position.id = None;
            // Deliveries that failed longer ago than that were given up by everybody.
            if !self.sweeper.undelivered && !self.report.is_initial_run {
                let from = self.report.gap.map_or(from, |gap| gap.from.min(from));
                let to = oldest_kept;
                self.report.gap = Some(ReconcileGap { from, to });
                let text = format!("{} {}", from.0, to.0);
                let inbox = &self.sweeper.inbox;
                inbox.write_watermark(&self.gap_name(), &text).await?;
            }
        }
        if self.report.is_initial_run {
            self.keep().await?;
        }
        Ok(back(from, self.sweeper.overlap).max(oldest_kept))
    }

    /// The name under which a gap is remembered.
    fn gap_name(&self) -> String {
        format!("{}/gap", self.name)
    }

    async fn events(&mut self, start: Timestamp) -> Result<(), ReconcileError> {
        if let Some(id) = self.position.id.clone() {
            match self.climb(&id).await {
                Err(ReconcileError::Api(error)) if is_unknown_cursor(&error) => {
                    self.position.id = None;
                    self.report.restarted = true;
                }
                outcome => return outcome,
            }
        }
        let list = self.sweeper.events_list()?;
        let mut pages = list.extra_param("created[gte]", &start).pages();
        let mut bottom: Option<List<RawJson>> = None;
        let mut is_top = true;
        while let Some(page) = pages.try_next().await? {
            self.report.pages += 1;
            if !page.data.is_empty() {
                is_top = bottom.is_none();
                bottom = Some(page);
            }
        }
        let Some(bottom) = bottom else { return Ok(()) };
        let newest = bottom.data.first().and_then(id_of);
        self.store(bottom.data).await?;
        match newest {
            Some(newest) if !is_top => self.climb(&newest).await,
            _ => Ok(()),
        }
    }

    /// Stores what happened after an event, page by page.
    async fn climb(&mut self, id: &str) -> Result<(), ReconcileError> {
        let list = self.sweeper.events_list()?;
        let mut pages = list.extra_param("ending_before", &id.to_owned()).pages();
        while let Some(page) = pages.try_next().await? {
            self.report.pages += 1;
            self.store(page.data).await?;
        }
        Ok(())
    }

    async fn notifications(&mut self, start: Timestamp) -> Result<(), ReconcileError> {
        // The first page is kept: asked for again, it would begin with what is new and end earlier.
        let mut top = Some(self.sweeper.notifications_list(start)?.await?);
        self.report.pages += 1;
        let mut way: Vec<String> = Vec::new();
        let mut known = HashSet::new();
        let mut next = top.as_mut().and_then(|page| page.next_page_url.take());
        let mut bottom = None;
        let mut empty = 0;
        while let Some(url) = next {
            if !known.insert(url.clone()) {
                return Err(Error::new(Kind::Page, "the server repeats a page").into());
            }
            let page = self.sweeper.notifications_page(&url).await?;
            self.report.pages += 1;
            empty = if page.data.is_empty() { empty + 1 } else { 0 };
            if empty > MOST_EMPTY_PAGES {
                let text = "the server sends nothing but empty pages";
                return Err(Error::new(Kind::Page, text).into());
            }
            way.push(url);
            next = page.next_page_url.clone();
            bottom = Some(page);
        }
        if let Some(page) = bottom {
            way.pop();
            self.store(page.data).await?;
        }
        while let Some(url) = way.pop() {
            let page = self.sweeper.notifications_page(&url).await?;
            self.report.pages += 1;
            self.store(page.data).await?;
        }
        match top {
            Some(page) => self.store(page.data).await,
            None => Ok(()),
        }
    }

    /// Stores a page, oldest first, and remembers how far that goes.
    async fn store(&mut self, newest_first: Vec<RawJson>) -> Result<(), ReconcileError> {
        let mut entries = Vec::with_capacity(newest_first.len());
        for event in newest_first.iter().rev() {
            self.report.listed += 1;
            match self.entry(event) {
                Ok((entry, foreign)) => {
                    entries.push(entry);
                    self.report.version_mismatches += u64::from(foreign);
                }
                Err(text) => self.report.unreadable.push(text),
            }
        }
        entries.sort_by_key(|entry| entry.created);
        let stored = self.sweeper.inbox.store_messages(&entries).await?;
        for (entry, stored) in entries.iter().zip(stored) {
            if stored == StoreOutcome::New {
                self.note(entry);
            }
        }
        let is_settled = |entry: &&InboxMessage| entry.created <= self.settled;
        let Some(last) = entries.iter().rev().find(is_settled) else {
            return Ok(());
        };
        if !self.sweeper.undelivered {
            self.position = Position {
                created: last.created.max(self.position.created),
                id: (self.sweeper.source == Source::Events).then(|| last.id.clone()),
            };
            self.keep().await?;
        }
        Ok(())
    }

    /// Whether the types of this program may not fit the event's object.
    fn is_foreign(&self, message: &Message) -> bool {
        let policy = VersionPolicy::warn(self.sweeper.client.api().version);
        matches!(message, Message::Event(event) if !policy.fits(event.api_version()))
    }

    /// The event as the inbox keeps it, and whether it is of another release of the API.
    fn entry(&self, event: &RawJson) -> Result<(InboxMessage, bool), String> {
        let sweeper = self.sweeper;
        let event = match &sweeper.account {
            Some(account) => of_account(event, sweeper.source.owner(), account),
            None => event.clone(),
        };
        match Message::parse_unverified(event.as_str().as_bytes()) {
            Ok(message) => Ok((InboxMessage::from(&message), self.is_foreign(&message))),
            Err(error) => {
                let id = id_of(&event).unwrap_or_else(|| "an event without an id".to_owned());
                Err(format!("{id}: {error}"))
            }
        }
    }

    fn note(&mut self, entry: &InboxMessage) {
        let report = &mut self.report;
        report.missed += 1;
        if report.missed_ids.len() < MOST_IDS {
            report.missed_ids.push(entry.id.clone());
        }
        let oldest = report.oldest_missed.unwrap_or(entry.created);
        report.oldest_missed = Some(oldest.min(entry.created));
    }

    async fn keep(&self) -> Result<(), ReconcileError> {
        let text = self.position.write();
        let inbox = &self.sweeper.inbox;
        Ok(inbox.write_watermark(&self.name, &text).await?)
    }

    /// Everything is read up to now, even if nothing happened lately.
    async fn end(mut self) -> Result<ReconcileReport, ReconcileError> {
        if !self.sweeper.undelivered && self.position.created < self.settled {
            self.position.created = self.settled;
            self.keep().await?;
        }
        if self.report.gap.is_some() {
            let inbox = &self.sweeper.inbox;
            inbox.write_watermark(&self.gap_name(), "").await?;
        }
        Ok(self.report)
    }
}

/// The event that the last sweep ended with is gone: the API forgets events after a while.
fn is_unknown_cursor(error: &Error) -> bool {
    error.is_not_found()
        || error.is_invalid_request()
            && (error.code() == Some("resource_missing") || error.param() == Some("ending_before"))
}

fn id_of(event: &RawJson) -> Option<String> {
    event.get("id")?.decode().ok()
}

/// What was kept of a gap.
fn gap_of(text: &str) -> Option<ReconcileGap> {
    let (from, to) = text.split_once(' ')?;
    Some(ReconcileGap {
        from: Timestamp(from.parse().ok()?),
        to: Timestamp(to.parse().ok()?),
    })
}

fn unreadable() -> InboxError {
    InboxError::new(
        InboxErrorKind::Corrupted,
        "what the inbox keeps of this sweep is not what a sweep wrote: set another name",
    )
}

fn on(moment: Timestamp, by: std::time::Duration) -> Timestamp {
    let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
    Timestamp(moment.0.saturating_add(seconds))
}

fn back(moment: Timestamp, by: std::time::Duration) -> Timestamp {
    let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
    Timestamp(moment.0.saturating_sub(seconds))
}

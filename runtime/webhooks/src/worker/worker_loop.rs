//! The loop of a worker: it claims messages, runs jobs, and drains.
//!
//! While no suspect is due, it claims as many messages as it has capacity for. At each poll interval
//! it asks for suspects. If one is due, it claims nothing until its jobs have ended, then runs the
//! suspect alone, and then one claim of other messages before the next suspect, so that neither
//! waits for all of the other.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use runtime::clock::{BoxFuture, Clock};

use super::job::{JobOutcome, MessageJob, with_store_timeout};
use super::{Worker, WorkerReport, WorkerSettings};
use crate::queue::{
    ClaimOrder, ClaimRequest, ClaimedMessage, Inbox, InboxError, MessageLease, WakeSignal,
};

/// After so many failed claims in a row, the delay before the next one no longer doubles.
const MAX_DOUBLINGS: u32 = 5;

/// How long releasing messages may take after handlers were stopped.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(3);

/// The result of a claim.
enum ClaimResult {
    /// Messages that are no suspects.
    Messages(Vec<ClaimedMessage>),
    /// Nothing is claimed, as suspects are due.
    SuspectsDue,
    /// A suspect, if one was due, and the ids of those that became dead letters.
    Suspect(Option<ClaimedMessage>, Vec<String>),
}

/// What the loop waits for.
enum LoopEvent {
    /// A claim is complete.
    Claimed(Result<ClaimResult, InboxError>),
    /// The inbox was notified, or the poll interval has passed.
    Woken,
    /// A job has ended; `None` if it only released a message.
    JobEnded(Option<JobOutcome>),
}

/// Who is next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SuspectTurn {
    /// No suspect is known to be due.
    NoneDue,
    /// A suspect is next, once no job runs.
    Next,
    /// A suspect runs, and no other job.
    Running,
    /// Suspects may be due, and one claim of other messages is next.
    AfterOthers,
}

/// A running worker.
pub(super) struct WorkerLoop {
    job: MessageJob,
    /// The running jobs.
    jobs: FuturesUnordered<BoxFuture<'static, Option<JobOutcome>>>,
    claim: Option<BoxFuture<'static, Result<ClaimResult, InboxError>>>,
    /// How many messages the last claim requested.
    requested: usize,
    /// The number of notifications when the last claim was made.
    last_seen_notification: u64,
    /// The wait for a notification or the next poll, when there was nothing to claim.
    wakeup: Option<BoxFuture<'static, ()>>,
    /// Whether the inbox may have more messages that are due.
    may_have_more: bool,
    last_claim_nonempty: bool,
    suspects: SuspectTurn,
    /// When a claim last asked for suspects.
    last_suspect_check: Option<Instant>,
    /// Claims in a row that failed.
    failed_claims: u32,
    report: WorkerReport,
}

impl WorkerLoop {
    pub(super) fn new(worker: Worker) -> Self {
        Self {
            job: MessageJob {
                stop_signal: WakeSignal::new(),
                inbox: worker.inbox,
                router: worker.router,
                clock: worker.clock,
                settings: worker.settings,
            },
            jobs: FuturesUnordered::new(),
            claim: None,
            requested: 0,
            last_seen_notification: 0,
            wakeup: None,
            may_have_more: true,
            last_claim_nonempty: false,
            suspects: SuspectTurn::NoneDue,
            last_suspect_check: None,
            failed_claims: 0,
            report: WorkerReport::default(),
        }
    }

    /// Works until `stop` is ready, then drains.
    pub(super) async fn run(mut self, stop: impl Future<Output = ()>) -> WorkerReport {
        {
            let mut stop = pin!(stop);
            self.poll_inbox();
            while let Some(event) = self.next_event_until(stop.as_mut()).await {
                self.handle_event(event);
                self.poll_inbox();
            }
        }
        self.drain().await
    }

    /// Works until no message is due and no job runs.
    pub(super) async fn run_until_idle(mut self) -> WorkerReport {
        loop {
            self.poll_inbox();
            if self.jobs.is_empty() && self.claim.is_none() && !self.may_have_more {
                if !self.last_claim_nonempty {
                    return self.report;
                }
                // The messages of the last claim may be due again, or have blocked others.
                self.last_suspect_check = None;
                self.start_claim();
            }
            let event = self.next_event().await;
            self.handle_event(event);
        }
    }

    /// Waits for the running jobs, and releases what was claimed since or does not end in time.
    async fn drain(mut self) -> WorkerReport {
        self.wakeup = None;
        let drain_deadline = self.job.clock.sleep(self.settings().drain_timeout);
        self.finish_jobs(drain_deadline).await;
        if !self.jobs.is_empty() {
            // Stops handlers and releases their messages. Outcomes that are being stored are not
            // interrupted.
            self.job.stop_signal.notify_waiters();
            let release_deadline = self.job.clock.sleep(RELEASE_TIMEOUT);
            self.finish_jobs(release_deadline).await;
        }
        self.report
    }

    /// Handles events until no job runs, or until the deadline.
    async fn finish_jobs(&mut self, mut deadline: BoxFuture<'static, ()>) {
        while !self.jobs.is_empty() || self.claim.is_some() {
            match self.next_event_until(deadline.as_mut()).await {
                None => return,
                Some(LoopEvent::Claimed(Ok(claims))) => {
                    let messages = match claims {
                        ClaimResult::Messages(messages) => messages,
                        ClaimResult::Suspect(suspect, dead_letters) => {
                            self.count_dead_letters(&dead_letters);
                            suspect.into_iter().collect()
                        }
                        ClaimResult::SuspectsDue => Vec::new(),
                    };
                    for claim in messages {
                        self.release_lease(claim.lease);
                    }
                }
                Some(LoopEvent::Claimed(Err(_))) => {}
                Some(event) => self.handle_event(event),
            }
        }
    }

    /// Releases a message that no handler has seen, as one of the jobs.
    fn release_lease(&mut self, lease: MessageLease) {
        let job = self.job.clone();
        self.jobs.push(Box::pin(async move {
            job.release_lease(&lease).await;
            None
        }));
    }

    /// The next event; `None` if `end` is ready first.
    async fn next_event_until(
        &mut self,
        end: Pin<&mut (impl Future<Output = ()> + ?Sized)>,
    ) -> Option<LoopEvent> {
        match select(end, pin!(self.next_event())).await {
            Either::Left(_) => None,
            Either::Right((event, _)) => Some(event),
        }
    }

    async fn next_event(&mut self) -> LoopEvent {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<LoopEvent> {
        if let Poll::Ready(Some(outcome)) = self.jobs.poll_next_unpin(context) {
            return Poll::Ready(LoopEvent::JobEnded(outcome));
        }
        if let Some(claim) = &mut self.claim {
            if let Poll::Ready(claims) = claim.as_mut().poll(context) {
                self.claim = None;
                return Poll::Ready(LoopEvent::Claimed(claims));
            }
        }
        if let Some(wakeup) = &mut self.wakeup {
            if wakeup.as_mut().poll(context).is_ready() {
                self.wakeup = None;
                return Poll::Ready(LoopEvent::Woken);
            }
        }
        Poll::Pending
    }

    fn handle_event(&mut self, event: LoopEvent) {
        match event {
            LoopEvent::Woken => {
                self.may_have_more = true;
                // However little capacity is free: without this claim the interval would pass in
                // vain. Without any, it asks for suspects, which would otherwise wait for as long
                // as all capacity is used.
                let asks = self.suspects == SuspectTurn::NoneDue && self.is_check_due();
                if self.claim.is_none() && (self.free_capacity() > 0 || asks) {
                    self.start_claim();
                }
            }
            LoopEvent::Claimed(Ok(claims)) => {
                self.failed_claims = 0;
                self.handle_claims(claims);
            }
            LoopEvent::Claimed(Err(error)) => self.delay_next_claim(&error),
            LoopEvent::JobEnded(outcome) => {
                if self.suspects == SuspectTurn::Running {
                    self.suspects = SuspectTurn::AfterOthers;
                }
                if let Some(outcome) = outcome {
                    self.count_outcome(outcome);
                }
                // The next message about the same object may be due now.
                self.may_have_more |= self.settings().order == ClaimOrder::PerObject;
            }
        }
    }

    fn handle_claims(&mut self, claims: ClaimResult) {
        match claims {
            ClaimResult::Messages(messages) => {
                self.may_have_more = messages.len() >= self.requested;
                self.last_claim_nonempty = !messages.is_empty();
                if self.suspects == SuspectTurn::AfterOthers {
                    self.suspects = SuspectTurn::Next;
                }
                messages.into_iter().for_each(|claim| self.start_job(claim));
            }
            ClaimResult::SuspectsDue => self.suspects = SuspectTurn::Next,
            ClaimResult::Suspect(suspect, dead_letters) => {
                self.count_dead_letters(&dead_letters);
                // Messages of the same objects, or others that were not claimed meanwhile.
                self.may_have_more = true;
                self.suspects = match suspect {
                    Some(claim) => {
                        self.start_job(claim);
                        SuspectTurn::Running
                    }
                    None => SuspectTurn::NoneDue,
                };
            }
        }
    }

    fn count_dead_letters(&mut self, ids: &[String]) {
        self.report.dead_lettered += ids.len() as u64;
        log_dead_letters(ids);
    }

    fn delay_next_claim(&mut self, error: &InboxError) {
        log_claim_error(error);
        self.report.claim_errors += 1;
        let doublings = self.failed_claims.min(MAX_DOUBLINGS);
        self.failed_claims += 1;
        (self.may_have_more, self.last_claim_nonempty) = (false, false);
        // The next claim asks again.
        (self.suspects, self.last_suspect_check) = (SuspectTurn::NoneDue, None);
        let delay = self.settings().poll_interval.saturating_mul(1 << doublings);
        self.wakeup = Some(self.job.clock.sleep(delay));
    }

    fn count_outcome(&mut self, outcome: JobOutcome) {
        let report = &mut self.report;
        let counter = match outcome {
            JobOutcome::Handled => &mut report.handled,
            JobOutcome::Ignored => &mut report.ignored,
            JobOutcome::Failed => &mut report.failed,
            JobOutcome::DeadLettered => &mut report.dead_lettered,
            JobOutcome::LeaseLost => &mut report.lease_lost,
            JobOutcome::Stopped => &mut report.stopped,
        };
        *counter += 1;
    }

    fn start_job(&mut self, claim: ClaimedMessage) {
        // The job catches panics of the handler. This catches those of its destructor, and of its
        // error's `Display`.
        let running = AssertUnwindSafe(self.job.clone().run_job(claim)).catch_unwind();
        self.jobs.push(Box::pin(async move {
            Some(running.await.unwrap_or(JobOutcome::LeaseLost))
        }));
    }

    /// Claims if at least half of the capacity is free, so that claims are few. Otherwise waits
    /// for a notification or the next poll.
    fn poll_inbox(&mut self) {
        if self.claim.is_some() {
            return;
        }
        if self.suspects == SuspectTurn::Next && self.jobs.is_empty() {
            return self.start_suspect_claim();
        }
        if self.suspects == SuspectTurn::AfterOthers && self.jobs.is_empty() {
            return self.start_claim();
        }
        let free = self.free_capacity();
        if self.may_have_more && free > 0 && free >= self.settings().concurrency.div_ceil(2) {
            return self.start_claim();
        }
        if self.wakeup.is_none() {
            let (signal, seen) = (self.job.inbox.wake_signal(), self.last_seen_notification);
            let interval = self.job.clock.sleep(self.settings().poll_interval);
            // If messages are known to be due, a notification says nothing new.
            let listens = !self.may_have_more;
            self.wakeup = Some(Box::pin(async move {
                if listens {
                    select(pin!(signal.notified_since(seen)), interval).await;
                } else {
                    interval.await;
                }
            }));
        }
    }

    fn start_claim(&mut self) {
        self.requested = self.free_capacity();
        self.wakeup = None;
        let inbox = Arc::clone(&self.job.inbox);
        self.last_seen_notification = inbox.wake_signal().notification_count();
        let request = self.settings().claim_request(self.requested);
        let clock = Arc::clone(&self.job.clock);
        let asks_for_suspects = self.suspects == SuspectTurn::NoneDue && self.is_check_due();
        if asks_for_suspects {
            self.last_suspect_check = Some(self.job.clock.now());
        }
        self.claim = Some(Box::pin(async move {
            if asks_for_suspects && has_suspects(&*inbox, &request, &*clock).await? {
                return Ok(ClaimResult::SuspectsDue);
            }
            if request.limit == 0 {
                return Ok(ClaimResult::Messages(Vec::new()));
            }
            let claims = with_store_timeout(inbox.claim_messages(&request), &*clock).await;
            claims.map(ClaimResult::Messages)
        }));
    }

    /// Whether a poll interval has passed since a claim asked for suspects.
    fn is_check_due(&self) -> bool {
        let now = self.job.clock.now();
        self.last_suspect_check
            .is_none_or(|last| now.saturating_duration_since(last) >= self.settings().poll_interval)
    }

    fn start_suspect_claim(&mut self) {
        self.wakeup = None;
        let inbox = Arc::clone(&self.job.inbox);
        let request = self.settings().claim_request(1);
        let clock = Arc::clone(&self.job.clock);
        self.claim = Some(Box::pin(async move {
            let dead_letters = inbox.dead_letter_suspects(request.crash_limit);
            let dead_letters = with_store_timeout(dead_letters, &*clock).await?;
            match with_store_timeout(inbox.claim_suspect(&request), &*clock).await {
                // The dead letters are reported in any case. The next claim asks again.
                Err(error) if dead_letters.is_empty() => Err(error),
                suspect => Ok(ClaimResult::Suspect(suspect.ok().flatten(), dead_letters)),
            }
        }));
    }

    fn settings(&self) -> &WorkerSettings {
        &self.job.settings
    }

    /// How many messages may be claimed: none while a suspect runs or waits for the jobs to end.
    fn free_capacity(&self) -> usize {
        match self.suspects {
            SuspectTurn::Next | SuspectTurn::Running => 0,
            _ => self.settings().concurrency.saturating_sub(self.jobs.len()),
        }
    }
}

async fn has_suspects(
    inbox: &dyn Inbox,
    request: &ClaimRequest,
    clock: &dyn Clock,
) -> Result<bool, InboxError> {
    with_store_timeout(inbox.has_suspects(request.order), clock).await
}

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "it logs with `tracing` alone")
)]
fn log_dead_letters(ids: &[String]) {
    #[cfg(feature = "tracing")]
    for id in ids {
        tracing::error!(
            id,
            "message is a dead letter: the process ended whenever it was handled"
        );
    }
}

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "it logs with `tracing` alone")
)]
fn log_claim_error(error: &InboxError) {
    #[cfg(feature = "tracing")]
    tracing::error!(?error, "messages cannot be claimed");
}

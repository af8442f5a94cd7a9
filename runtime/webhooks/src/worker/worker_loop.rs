//! The loop of a worker: it claims messages, runs jobs, and drains.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use runtime::clock::BoxFuture;

use super::job::{JobOutcome, MessageJob, with_store_timeout};
use super::{Worker, WorkerReport, WorkerSettings};
use crate::queue::{
    ClaimOrder, ClaimRequest, ClaimedMessage, InboxError, MessageLease, WakeSignal,
};

/// After so many failed claims in a row, the delay before the next one no longer doubles.
const MAX_DOUBLINGS: u32 = 5;

/// How long releasing messages may take after handlers were stopped.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(3);

/// What the loop waits for.
enum LoopEvent {
    /// A claim is complete.
    Claimed(Result<Vec<ClaimedMessage>, InboxError>),
    /// The inbox was notified, or the poll interval has passed.
    Woken,
    /// A job has ended; `None` if it only released a message.
    JobEnded(Option<JobOutcome>),
}

/// A running worker.
pub(super) struct WorkerLoop {
    job: MessageJob,
    /// The running jobs.
    jobs: FuturesUnordered<BoxFuture<'static, Option<JobOutcome>>>,
    claim: Option<BoxFuture<'static, Result<Vec<ClaimedMessage>, InboxError>>>,
    /// How many messages the last claim requested.
    requested: usize,
    /// The number of notifications when the last claim was made.
    last_seen_notification: u64,
    /// The wait for a notification or the next poll, when there was nothing to claim.
    wakeup: Option<BoxFuture<'static, ()>>,
    /// Whether the inbox may have more messages that are due.
    may_have_more: bool,
    last_claim_nonempty: bool,
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
                Some(LoopEvent::Claimed(claims)) => {
                    for claim in claims.into_iter().flatten() {
                        self.release_lease(claim.lease);
                    }
                }
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
                // vain.
                if self.claim.is_none() && self.free_capacity() > 0 {
                    self.start_claim();
                }
            }
            LoopEvent::Claimed(Ok(claims)) => {
                self.failed_claims = 0;
                self.may_have_more = claims.len() >= self.requested;
                self.last_claim_nonempty = !claims.is_empty();
                claims.into_iter().for_each(|claim| self.start_job(claim));
            }
            LoopEvent::Claimed(Err(error)) => self.delay_next_claim(&error),
            LoopEvent::JobEnded(outcome) => {
                if let Some(outcome) = outcome {
                    self.count_outcome(outcome);
                }
                // The next message about the same object may be due now.
                self.may_have_more |= self.settings().order == ClaimOrder::PerObject;
            }
        }
    }

    fn delay_next_claim(&mut self, error: &InboxError) {
        log_claim_error(error);
        self.report.claim_errors += 1;
        let doublings = self.failed_claims.min(MAX_DOUBLINGS);
        self.failed_claims += 1;
        (self.may_have_more, self.last_claim_nonempty) = (false, false);
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
        let settings = self.settings();
        let request =
            ClaimRequest::new(self.requested, settings.lease_duration).order(settings.order);
        let clock = Arc::clone(&self.job.clock);
        self.claim = Some(Box::pin(async move {
            with_store_timeout(inbox.claim_messages(&request), &*clock).await
        }));
    }

    fn settings(&self) -> &WorkerSettings {
        &self.job.settings
    }

    fn free_capacity(&self) -> usize {
        self.settings().concurrency.saturating_sub(self.jobs.len())
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

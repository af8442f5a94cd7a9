//! The worker's loop: claims, jobs and the end.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::job::{Ending, Job, answered};
use super::{Settings, WorkerReport, Worker};
use runtime::clock::BoxFuture;
use crate::inbox::bell::WakeSignal;
use crate::inbox::error::InboxError;
use crate::inbox::store::{ClaimedMessage, ClaimRequest, Inbox, MessageLease, ClaimOrder};

/// After so many failures in a row, the pause between claims grows no more.
const MOST_DOUBLINGS: u32 = 5;

/// How long giving messages back may take when handlers had to be stopped.
const GIVING_BACK: Duration = Duration::from_secs(3);

/// Something that the loop has waited for.
enum Step {
    /// The inbox has answered.
    Claimed(Result<Vec<ClaimedMessage>, InboxError>),
    /// There may be something to claim.
    Woken,
    /// A job is over; `None` if its message was only given back.
    Ended(Option<Ending>),
}

/// A worker at work.
pub(super) struct WorkerLoop {
    job: Job,
    /// The jobs under way.
    jobs: FuturesUnordered<BoxFuture<'static, Option<Ending>>>,
    claiming: Option<BoxFuture<'static, Result<Vec<ClaimedMessage>, InboxError>>>,
    /// How many messages the claim under way asks for.
    asked: usize,
    /// How often the bell had been rung when the last claim was made.
    rung: u64,
    /// The bell or the next look, when there was nothing to claim.
    waiting: Option<BoxFuture<'static, ()>>,
    /// Whether the inbox may have more that is due.
    more: bool,
    /// Whether the last claim found anything.
    found: bool,
    /// Claims in a row that failed.
    failures: u32,
    report: WorkerReport,
}

impl WorkerLoop {
    pub(super) fn new(worker: Worker) -> Self {
        Self {
            job: Job {
                halt: WakeSignal::new(),
                inbox: worker.inbox,
                router: worker.router,
                clock: worker.clock,
                settings: worker.settings,
            },
            jobs: FuturesUnordered::new(),
            claiming: None,
            asked: 0,
            rung: 0,
            waiting: None,
            more: true,
            found: false,
            failures: 0,
            report: WorkerReport::default(),
        }
    }

    /// Works until `stop` is ready, then finishes.
    pub(super) async fn run(mut self, stop: impl Future<Output = ()>) -> WorkerReport {
        {
            let mut stop = pin!(stop);
            self.look();
            while let Some(step) = self.step_until(stop.as_mut()).await {
                self.take(step);
                self.look();
            }
        }
        self.finish().await
    }

    /// Works until nothing is due and nothing is under way.
    pub(super) async fn run_until_idle(mut self) -> WorkerReport {
        loop {
            self.look();
            if self.jobs.is_empty() && self.claiming.is_none() && !self.more {
                if !self.found {
                    return self.report;
                }
                // What was handled may be due again, or have held something up.
                self.claim();
            }
            let step = self.step().await;
            self.take(step);
        }
    }

    /// Lets the jobs finish, and gives back what was not begun or does not end in time.
    async fn finish(mut self) -> WorkerReport {
        self.waiting = None;
        let overtime = self.job.clock.sleep(self.settings().drain);
        self.end_by(overtime).await;
        if !self.jobs.is_empty() {
            // Handlers that still run are stopped and their messages given back; what is being
            // written down goes on.
            self.job.halt.ring();
            let at_last = self.job.clock.sleep(GIVING_BACK);
            self.end_by(at_last).await;
        }
        self.report
    }

    /// Takes what happens until nothing is under way, or until `end`.
    async fn end_by(&mut self, mut end: BoxFuture<'static, ()>) {
        while !self.jobs.is_empty() || self.claiming.is_some() {
            match self.step_until(end.as_mut()).await {
                None => return,
                Some(Step::Claimed(claims)) => {
                    for claim in claims.into_iter().flatten() {
                        self.give_back(claim.lease);
                    }
                }
                Some(step) => self.take(step),
            }
        }
    }

    /// Gives a message back that no handler has seen, together with all that goes on.
    fn give_back(&mut self, lease: MessageLease) {
        let job = self.job.clone();
        self.jobs.push(Box::pin(async move {
            job.release(&lease).await;
            None
        }));
    }

    /// The next thing that happens; `None` if the end comes first.
    async fn step_until(
        &mut self,
        end: Pin<&mut (impl Future<Output = ()> + ?Sized)>,
    ) -> Option<Step> {
        match select(end, pin!(self.step())).await {
            Either::Left(_) => None,
            Either::Right((step, _)) => Some(step),
        }
    }

    /// The next thing that happens.
    async fn step(&mut self) -> Step {
        poll_fn(|context| self.poll_step(context)).await
    }

    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        if let Poll::Ready(Some(ending)) = self.jobs.poll_next_unpin(context) {
            return Poll::Ready(Step::Ended(ending));
        }
        if let Some(claiming) = &mut self.claiming {
            if let Poll::Ready(claims) = claiming.as_mut().poll(context) {
                self.claiming = None;
                return Poll::Ready(Step::Claimed(claims));
            }
        }
        if let Some(waiting) = &mut self.waiting {
            if waiting.as_mut().poll(context).is_ready() {
                self.waiting = None;
                return Poll::Ready(Step::Woken);
            }
        }
        Poll::Pending
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Woken => {
                self.more = true;
                // However little room there is: this is the look that others wait for.
                if self.claiming.is_none() && self.room() > 0 {
                    self.claim();
                }
            }
            Step::Claimed(Ok(claims)) => {
                self.failures = 0;
                self.more = claims.len() >= self.asked;
                self.found = !claims.is_empty();
                claims.into_iter().for_each(|claim| self.begin(claim));
            }
            Step::Claimed(Err(error)) => {
                log_unclaimed(&error);
                self.report.claim_errors += 1;
                let doublings = self.failures.min(MOST_DOUBLINGS);
                self.failures += 1;
                (self.more, self.found) = (false, false);
                let pause = self.settings().look_every.saturating_mul(1 << doublings);
                self.waiting = Some(self.job.clock.sleep(pause));
            }
            Step::Ended(ending) => {
                if let Some(ending) = ending {
                    self.count(ending);
                }
                // The next message about the same object may be due now.
                self.more |= self.settings().order == ClaimOrder::PerObject;
            }
        }
    }

    fn count(&mut self, ending: Ending) {
        let report = &mut self.report;
        let counter = match ending {
            Ending::Handled => &mut report.handled,
            Ending::Ignored => &mut report.ignored,
            Ending::Failed => &mut report.failed,
            Ending::Buried => &mut report.dead_lettered,
            Ending::Lost => &mut report.lease_lost,
            Ending::Stopped => &mut report.stopped,
        };
        *counter += 1;
    }

    fn begin(&mut self, claim: ClaimedMessage) {
        // The handler's own panics are failures; this is for what it does when it is dropped, and
        // for the text of its errors.
        let running = AssertUnwindSafe(self.job.clone().run(claim)).catch_unwind();
        self.jobs.push(Box::pin(async move {
            Some(running.await.unwrap_or(Ending::Lost))
        }));
    }

    /// Claims when there is room for a good part of what fits, so that claims are few; otherwise
    /// waits for the bell or the next look.
    fn look(&mut self) {
        if self.claiming.is_some() {
            return;
        }
        let room = self.room();
        if self.more && room > 0 && room >= self.settings().concurrency.div_ceil(2) {
            return self.claim();
        }
        if self.waiting.is_none() {
            let (bell, rung) = (self.job.inbox.wake_signal(), self.rung);
            let look = self.job.clock.sleep(self.settings().look_every);
            // What is known to wait is not waited for.
            let listen = !self.more;
            self.waiting = Some(Box::pin(async move {
                if listen {
                    select(pin!(bell.rung_since(rung)), look).await;
                } else {
                    look.await;
                }
            }));
        }
    }

    fn claim(&mut self) {
        self.asked = self.room();
        self.waiting = None;
        let inbox = Arc::clone(&self.job.inbox);
        self.rung = inbox.wake_signal().count();
        let settings = self.settings();
        let request = ClaimRequest::new(self.asked, settings.lease).order(settings.order);
        let clock = Arc::clone(&self.job.clock);
        self.claiming = Some(Box::pin(async move {
            answered(inbox.claim_messages(&request), &*clock).await
        }));
    }

    fn settings(&self) -> &Settings {
        &self.job.settings
    }

    fn room(&self) -> usize {
        let busy = self.jobs.len();
        self.settings().concurrency.saturating_sub(busy)
    }
}

#[cfg(feature = "tracing")]
fn log_unclaimed(error: &InboxError) {
    tracing::error!(?error, "the inbox gives no messages");
}

#[cfg(not(feature = "tracing"))]
fn log_unclaimed(_: &InboxError) {}

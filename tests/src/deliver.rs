//! Delivers webhooks to processes that are killed repeatedly, and counts their effects.
//!
//! In: the number of events, how often processes are killed, and where the inbox is. Out: a
//! [`Tally`]. Guarantees: every event has exactly one effect, and those that abort the process that
//! handles them have none and are the dead letters, or [`deliver`] returns an error that names one
//! of which that is not true. The receiving process ([`receiver_process`]) has axum, a receiver, an
//! inbox, a worker, and handlers that write their effect in the inbox's transaction.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub mod audit;
pub mod null_inbox;
pub mod plan;
pub mod processes;
pub mod receiver_process;
pub mod rng;
pub mod sender;

use audit::Audit;
use plan::DeliveryPlan;
use processes::Processes;
use rng::Rng;
use sender::WebhookSender;

/// Any failure.
pub type Anyhow<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The secret of the endpoint.
pub const SECRET: &str = "whsec_deliver";

/// Where the inbox is.
#[derive(Clone, Debug)]
pub enum InboxPlace {
    /// A file.
    Sqlite(PathBuf),
    /// A database, by its URL.
    Postgres(String),
}

/// The parameters of a run.
#[derive(Clone, Debug)]
pub struct DeliveryTask {
    /// The program whose subcommand `receive` receives.
    pub program: PathBuf,
    /// Where the inbox is.
    pub place: InboxPlace,
    /// How many events happen.
    pub events: usize,
    /// How many of them abort the process that handles them.
    pub poison: usize,
    /// How many processes receive at the same time.
    pub processes: usize,
    /// How many deliveries are in flight at the same time.
    pub senders: usize,
    /// A process is killed after a while between nothing and twice this.
    pub kill_every: Duration,
    /// The timeout of each phase.
    pub timeout: Duration,
    /// The seed of all random numbers.
    pub seed: u64,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Events that happened.
    pub events: usize,
    /// Deliveries with the response 200.
    pub deliveries: usize,
    /// Requests that were sent for them.
    pub requests: u64,
    /// Processes that were killed.
    pub kills: u64,
    /// Processes that poison aborted.
    pub aborts: u64,
    /// Dead letters that were found: all poison.
    pub dead_letters: u64,
    /// Effects that were found.
    pub effects: u64,
    /// How long delivering took.
    pub delivered_in: Duration,
    /// How long it took until the inbox was empty.
    pub emptied_in: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} events, {} deliveries in {} requests, {} kills, {} aborts: {} effects, {} dead \
             letters; delivered in {:.1} s, inbox empty after {:.1} s",
            self.events,
            self.deliveries,
            self.requests,
            self.kills,
            self.aborts,
            self.effects,
            self.dead_letters,
            self.delivered_in.as_secs_f64(),
            self.emptied_in.as_secs_f64(),
        )
    }
}

/// What the tasks of a run share.
struct DeliveryRun {
    task: DeliveryTask,
    plan: DeliveryPlan,
    sender: WebhookSender,
    processes: Processes,
    next: AtomicUsize,
    requests: AtomicU64,
    /// Whether no more processes are killed.
    is_over: AtomicBool,
    /// Whether the inbox is empty.
    is_empty: AtomicBool,
}

/// Delivers all events while processes are killed, waits until the inbox is empty, and checks that
/// each event has one effect.
///
/// # Errors
/// Returns an error if that is not the case, or if it takes too long.
pub async fn deliver(task: DeliveryTask) -> Anyhow<Tally> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a run on real sockets takes real time"
    )]
    let begun = Instant::now();
    let audit = Audit::open(&task.place).await?;
    let run = Arc::new(DeliveryRun {
        plan: DeliveryPlan::new(task.events, task.poison, task.seed),
        sender: WebhookSender::new()?,
        processes: Processes::start(&task).await?,
        next: AtomicUsize::new(0),
        requests: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        is_empty: AtomicBool::new(false),
        task,
    });
    let killer = tokio::spawn(kill_processes(Arc::clone(&run)));
    let senders: Vec<_> = (0..run.task.senders)
        .map(|number| tokio::spawn(send_deliveries(Arc::clone(&run), number as u64)))
        .collect();
    let mut tally = Tally {
        events: run.task.events,
        deliveries: run.plan.deliveries.len(),
        ..Tally::default()
    };
    for sender in senders {
        tokio::time::timeout(run.task.timeout, sender).await???;
    }
    tally.delivered_in = begun.elapsed();
    // The first half is handled while processes are still killed.
    audit
        .wait_for(run.task.events / 2, run.task.timeout)
        .await?;
    run.is_over.store(true, Ordering::Relaxed);
    audit.wait_until_empty(run.task.timeout).await?;
    tally.emptied_in = begun.elapsed();
    run.is_empty.store(true, Ordering::Relaxed);
    (tally.kills, tally.aborts) = killer.await??;
    run.processes.stop_all().await?;
    tally.requests = run.requests.load(Ordering::Relaxed);
    (tally.effects, tally.dead_letters) = audit.check(&run.plan).await?;
    Ok(tally)
}

/// Sends deliveries, each until the response is 200.
async fn send_deliveries(run: Arc<DeliveryRun>, number: u64) -> Anyhow<()> {
    let mut rng = Rng::new(run.task.seed ^ (number + 1));
    loop {
        let index = run.next.fetch_add(1, Ordering::Relaxed);
        let Some(&event) = run.plan.deliveries.get(index) else {
            return Ok(());
        };
        // Bursts, with pauses between them.
        if index % 2_000 == 1_999 {
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        let body = run.plan.body(event);
        loop {
            run.requests.fetch_add(1, Ordering::Relaxed);
            let address = run.processes.address(rng.below(u64::MAX));
            if run.sender.send_webhook(address, &body).await? {
                break;
            }
            let pause = 5 + rng.below(40);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
}

/// How often ended processes are looked for.
const TICK: Duration = Duration::from_millis(20);

/// Kills processes, one at a time, and restarts them and those that were aborted, until the inbox is
/// empty. Returns how many were killed and aborted.
async fn kill_processes(run: Arc<DeliveryRun>) -> Anyhow<(u64, u64)> {
    let mut rng = Rng::new(run.task.seed ^ 0xdead);
    let longest = u64::try_from(run.task.kill_every.as_millis())? * 2;
    let (mut kills, mut aborts) = (0, 0);
    while !run.is_empty.load(Ordering::Relaxed) {
        let mut pause = Duration::from_millis(rng.below(longest.max(1))).max(TICK);
        while !pause.is_zero() {
            let tick = pause.min(TICK);
            tokio::time::sleep(tick).await;
            pause -= tick;
            aborts += run.processes.restart_ended().await?;
        }
        if !run.is_over.load(Ordering::Relaxed) {
            run.processes.kill_one(rng.below(u64::MAX)).await?;
            kills += 1;
        }
    }
    Ok((kills, aborts))
}

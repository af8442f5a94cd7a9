//! Processes: a client, its callers, and crashes of both.
//!
//! In: a process of the scenario. Out: a run, or several with crashes in between, between which
//! only the journal's content is kept. At the end of the last run nothing may be left over.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use runtime::call::Call;
use runtime::circuit_breaker::CircuitState;
use runtime::client::Client;
use runtime::error::Error;
use runtime::value::RawJson;

use super::api::{API, Action, order_in};
use super::caller::Place;
use super::clock::SimClock;
use super::journal::SimJournal;
use super::network::SimTransport;
use super::policies;
use super::sabotage::{CrookedTransport, ForgetfulJournal, Rule};
use super::scenario::Scenario;
use super::watch::Watcher;
use super::world::{Nanos, SECOND, Shared, SimCommand, nanos, show};

/// How long calls may still fail after the last outage, if every circuit is closed: attempts that
/// began before have to end. A backlog takes longer.
const RECOVERY: Nanos = 60 * SECOND;
/// How long a caller without a journal may repeat a write, with a reserve.
const DAY: Nanos = 22 * 3_600 * SECOND;
/// How often a process resumes the writes of its journal at the end.
const RECONCILE_RUNS: usize = 10;

/// Starts all processes, and their crashes.
pub(super) fn start(world: &Shared, scenario: &Arc<Scenario>) {
    for (process, plan) in scenario.processes.iter().enumerate() {
        begin(world, scenario, process);
        for &(at, down) in &plan.crashes {
            let (world, scenario) = (world.clone(), Arc::clone(scenario));
            let name = format!("crash of process {process}");
            let fate = crash(world.clone(), scenario, process, at, down);
            world.lock().spawn(None, name, Box::pin(fate));
        }
    }
}

fn begin(world: &Shared, scenario: &Arc<Scenario>, process: usize) {
    let life = live(world.clone(), Arc::clone(scenario), process);
    let name = format!("process {process}");
    world.lock().spawn(Some(process), name, Box::pin(life));
}

async fn crash(world: Shared, scenario: Arc<Scenario>, process: usize, at: Nanos, down: Nanos) {
    world.sleep_until(at).await;
    {
        let mut world = world.lock();
        if world.living[process] == 0 {
            return;
        }
        world.stats.crashes += 1;
        world.note(process as u64 ^ 0xdd << 56, || {
            format!("process {process} crashes")
        });
        world.commands.push(SimCommand::Kill { process });
    }
    world.sleep(down.max(1)).await;
    begin(&world, &scenario, process);
}

/// The client of a process, or why there is none.
fn client(world: &Shared, scenario: &Scenario, process: usize) -> Result<(Client, usize), Error> {
    let plan = &scenario.processes[process];
    let broken = world.lock().broken;
    let number = world.lock().watch.client(process, plan);
    let transport = CrookedTransport {
        inner: Arc::new(SimTransport {
            world: world.clone(),
            client: number,
        }),
        broken,
        counter: AtomicU64::new(0),
    };
    let mut builder = Client::builder(&API)
        .api_key(if plan.live {
            "sk_live_simulated"
        } else {
            "sk_test_simulated"
        })
        .clock(SimClock(world.clone()))
        .transport(transport)
        .observer(Watcher {
            world: world.clone(),
            client: number,
        })
        .timeout(plan.timeout)
        .retries(plan.retries);
    if let Some(account) = plan.account {
        builder = builder.account(account);
    }
    if plan.journaled {
        let journal = SimJournal {
            world: world.clone(),
            process,
        };
        builder = if broken == Some(Rule::JournalForgets) {
            builder.journal(ForgetfulJournal(journal))
        } else {
            builder.journal(journal)
        };
    }
    let client = policies::install(builder, plan, broken).build()?;
    Ok((client, number))
}

/// One run of a process.
async fn live(world: Shared, scenario: Arc<Scenario>, process: usize) {
    let place = match client(&world, &scenario, process) {
        Ok((client, number)) => Place {
            world: world.clone(),
            scenario: Arc::clone(&scenario),
            client,
            number,
            process,
        },
        Err(error) => {
            return world
                .lock()
                .violate("clients can be built", error.to_string());
        }
    };
    place.check_record();
    place.resume_all().await;
    let mut writes = Vec::new();
    for (number, order) in scenario.orders.iter().enumerate() {
        let world = world.lock();
        let (now, watch) = (world.now, &world.watch);
        // Without a journal, nothing protects a caller who repeats a write after a long time.
        let is_protected = scenario.processes[process].journaled || watch.age(number, now) < DAY;
        let returns = order.own_key && !watch.has_ended(number) && is_protected;
        if order.process == process && (returns || !watch.has_begun(number)) {
            writes.push(number);
        }
    }
    for number in writes {
        let callers = if scenario.orders[number].twin { 2 } else { 1 };
        for caller in 0..callers {
            let place = place.clone();
            let task = async move { place.carry(number, caller > 0).await };
            let name = format!("the caller of order {number}");
            world.lock().spawn(Some(process), name, Box::pin(task));
        }
    }
    world.sleep_until(scenario.calm_from).await;
    place.recover().await;
    place.await_the_others().await;
    for _ in 0..RECONCILE_RUNS {
        place.resume_all().await;
        place.await_the_others().await;
        if world.lock().journals[process].writes.is_empty() {
            break;
        }
    }
    // Attempts that began during an outage may have opened circuits since.
    place.recover().await;
    place.check_rest();
}

impl Place {
    /// Every write that was sent and whose outcome is unknown must be journaled.
    fn check_record(&self) {
        let mut world = self.world.lock();
        if !self.scenario.processes[self.process].journaled {
            return;
        }
        for (number, order) in self.scenario.orders.iter().enumerate() {
            if order.process != self.process || !world.watch.is_open(number) {
                continue;
            }
            let stored = &world.journals[self.process].writes;
            let is_journaled = |write: &runtime::http::PendingWrite| {
                order_in(&write.target, &write.body) == Some(number)
            };
            if !stored.iter().any(is_journaled) {
                let text = format!(
                    "order {number} was sent, its outcome is unknown, and it is not journaled"
                );
                world.violate("the journal keeps what is unknown", text);
                return;
            }
        }
    }

    /// Resumes all pending writes, each in its own task.
    async fn resume_all(&self) {
        let Ok(writes) = self.client.pending_writes().await else {
            return;
        };
        for write in writes {
            let Some(number) = order_in(&write.target, &write.body) else {
                continue;
            };
            let place = self.clone();
            let task = async move { place.settle(number, &write).await };
            let name = format!("the resumption of order {number}");
            self.world
                .lock()
                .spawn(Some(self.process), name, Box::pin(task));
        }
    }

    /// Waits until this is the last task of its process.
    async fn await_the_others(&self) {
        loop {
            self.world.sleep(SECOND).await;
            if self.world.lock().living[self.process] <= 1 {
                return;
            }
        }
    }

    /// After all outages, calls succeed and circuits close within a bounded time.
    async fn recover(&self) {
        let probes = [
            ("", Action::Read),
            ("search", Action::Search),
            ("payouts", Action::ReadPayout),
            ("meter", Action::ReadMeter),
        ];
        let from = self.world.lock().now;
        for (class, action) in probes {
            loop {
                let call = action
                    .call(&self.client, 0)
                    .deadline(Duration::from_secs(20));
                let result = self.probe(call).await;
                let circuits = self.client.stats().circuits;
                let open = circuits
                    .iter()
                    .any(|circuit| circuit.class == class && circuit.state != CircuitState::Closed);
                if result.is_ok() && !open {
                    break;
                }
                let open = nanos(policies::longest_open(
                    &self.scenario.processes[self.process],
                ));
                let allowed = RECOVERY + self.backlog() + open;
                let late = self.world.lock().now > from + allowed;
                if late {
                    return self.complain(class, result.err());
                }
                self.world.sleep(SECOND).await;
            }
        }
    }

    /// How long the server needs for six requests per order.
    fn backlog(&self) -> Nanos {
        let requests = 6 * self.scenario.orders.len() / self.scenario.capacity.per_second;
        requests as Nanos * SECOND
    }

    fn complain(&self, class: &str, error: Option<Error>) {
        let mut world = self.world.lock();
        let why = error.map_or_else(|| "its circuit is not closed".to_owned(), |e| e.to_string());
        let text = format!(
            "calls of class {class:?} of client {} still fail at {}, outage ended at {}: {why}",
            self.number,
            show(world.now),
            show(self.scenario.calm_from),
        );
        world.violate("calls succeed again after the last outage", text);
    }

    async fn probe(&self, call: Call<RawJson>) -> Result<RawJson, Error> {
        {
            let mut world = self.world.lock();
            world.stats.calls += 1;
            world.watch.call(self.number);
        }
        call.await
    }

    /// Checks that nothing is left over at the end.
    fn check_rest(&self) {
        let stats = self.client.stats();
        let mut world = self.world.lock();
        let (client, process) = (self.number, self.process);
        for used in stats
            .rate_limits
            .iter()
            .filter(|used| used.in_flight + used.waiting > 0)
        {
            let text = format!(
                "client {client} is idle, and its limiter counts {} in flight and {} waiting for {}",
                used.in_flight, used.waiting, used.scope
            );
            world.violate("nothing leaks: permits", text);
        }
        for circuit in stats
            .circuits
            .iter()
            .filter(|circuit| circuit.state != CircuitState::Closed)
        {
            let text = format!(
                "the circuit {}/{} of client {client} is {:?} at the end",
                circuit.host, circuit.class, circuit.state
            );
            world.violate("no circuit is stuck", text);
        }
        let left = world.journals[process].writes.len();
        if left > 0 {
            let text = format!("{left} writes of process {process} are still pending at the end");
            world.violate("the journal is empty in the end", text);
        }
    }
}

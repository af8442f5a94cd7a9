//! Runs the tasks of a simulation on one thread, in virtual time.
//!
//! A task runs when it was woken. The next event happens, and the time advances, only when no task
//! can run. So a run is determined by its seed alone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::random::Random;
use super::world::{Nanos, Shared, SimCommand, SimStep, Work};

/// How often tasks may run without the time advancing.
const MAX_POLLS_PER_INSTANT: u64 = 1_000_000;

type Ready = Arc<Mutex<VecDeque<(usize, u32)>>>;

fn open(ready: &Ready) -> MutexGuard<'_, VecDeque<(usize, u32)>> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}

struct TaskWaker {
    slot: usize,
    generation: u32,
    is_queued: AtomicBool,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            open(&self.ready).push_back((self.slot, self.generation));
        }
    }
}

struct SimTask {
    process: Option<usize>,
    name: String,
    work: Work,
    alarm: Arc<TaskWaker>,
    waker: Waker,
}

#[derive(Default)]
struct TaskSlot {
    generation: u32,
    task: Option<SimTask>,
}

pub(super) struct Executor {
    world: Shared,
    slots: Vec<TaskSlot>,
    idle: Vec<usize>,
    ready: Ready,
    /// The generator that draws the order of tasks that could run, if it is random.
    lots: Option<Random>,
    /// When the time last advanced, and how often tasks have run since.
    still: (Nanos, u64),
}

impl Executor {
    pub(super) fn new(world: Shared) -> Self {
        let lots = {
            let world = world.lock();
            let scenario = &world.scenario;
            scenario.shuffled.then(|| Random::new(scenario.seed, 5))
        };
        Self {
            world,
            slots: Vec::new(),
            idle: Vec::new(),
            ready: Ready::default(),
            lots,
            still: (0, 0),
        }
    }

    /// Runs until there are no more events, or an invariant is violated.
    pub(super) fn run(&mut self) {
        loop {
            self.run_commands();
            if self.world.lock().violation.is_some() {
                break;
            }
            if let Some((slot, generation)) = self.next_ready() {
                self.poll(slot, generation);
                continue;
            }
            let step = self.world.lock().step();
            match step {
                SimStep::End => break,
                SimStep::Nothing => {}
                SimStep::Wake(waker) => waker.wake(),
            }
        }
        self.close();
    }

    fn next_ready(&mut self) -> Option<(usize, u32)> {
        let mut ready = open(&self.ready);
        if let Some(lots) = &mut self.lots
            && ready.len() > 1
        {
            let chosen = usize::try_from(lots.below(ready.len() as u64)).unwrap_or(0);
            ready.swap(0, chosen);
        }
        ready.pop_front()
    }

    fn poll(&mut self, slot: usize, generation: u32) {
        self.count_polls();
        if self.slots[slot].generation != generation {
            return;
        }
        let Some(mut task) = self.slots[slot].task.take() else {
            return;
        };
        task.alarm.is_queued.store(false, Ordering::Relaxed);
        let waker = task.waker.clone();
        match task.work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => self.slots[slot].task = Some(task),
            Poll::Ready(()) => self.remove_task(slot, task),
        }
    }

    /// Detects tasks that wake each other without end.
    fn count_polls(&mut self) {
        let now = self.world.lock().now;
        if self.still.0 != now {
            self.still = (now, 0);
        }
        self.still.1 += 1;
        if self.still.1 > MAX_POLLS_PER_INSTANT {
            let text =
                format!("tasks ran {MAX_POLLS_PER_INSTANT} times and the time did not move on");
            self.world.lock().violate("progress", text);
        }
    }

    /// Executes the commands of tasks.
    fn run_commands(&mut self) {
        loop {
            let commands = std::mem::take(&mut self.world.lock().commands);
            if commands.is_empty() {
                return;
            }
            for command in commands {
                match command {
                    SimCommand::Spawn {
                        process,
                        name,
                        work,
                    } => self.spawn(process, name, work),
                    SimCommand::Kill { process } => self.kill(process),
                }
            }
        }
    }

    fn spawn(&mut self, process: Option<usize>, name: String, work: Work) {
        let slot = self.idle.pop().unwrap_or_else(|| {
            self.slots.push(TaskSlot::default());
            self.slots.len() - 1
        });
        let generation = self.slots[slot].generation;
        let alarm = Arc::new(TaskWaker {
            slot,
            generation,
            is_queued: AtomicBool::new(false),
            ready: Arc::clone(&self.ready),
        });
        let waker = Waker::from(Arc::clone(&alarm));
        waker.wake_by_ref();
        self.slots[slot].task = Some(SimTask {
            process,
            name,
            work,
            alarm,
            waker,
        });
        if let Some(process) = process {
            self.world.lock().living[process] += 1;
        }
    }

    fn kill(&mut self, process: usize) {
        self.world.lock().journals[process].dying = true;
        for slot in 0..self.slots.len() {
            let belongs = |task: &SimTask| task.process == Some(process);
            if self.slots[slot].task.as_ref().is_some_and(belongs)
                && let Some(task) = self.slots[slot].task.take()
            {
                self.remove_task(slot, task);
            }
        }
        self.world.lock().restart_journal(process);
    }

    fn remove_task(&mut self, slot: usize, task: SimTask) {
        self.slots[slot].generation += 1;
        self.idle.push(slot);
        let process = task.process;
        // Dropping the task releases what it holds, which takes the world's lock.
        drop(task);
        if let Some(process) = process {
            self.world.lock().living[process] -= 1;
        }
    }

    /// No task may be left, and no reference to the world may remain.
    fn close(&mut self) {
        let left: Vec<SimTask> = self
            .slots
            .iter_mut()
            .filter_map(|slot| slot.task.take())
            .collect();
        let names: Vec<&str> = left.iter().map(|task| task.name.as_str()).collect();
        if !names.is_empty() && self.world.lock().violation.is_none() {
            let text = format!(
                "nothing can happen any more, but these wait: {}",
                names.join(", ")
            );
            self.world.lock().violate("nothing leaks: tasks", text);
        }
        drop(left);
        let commands = std::mem::take(&mut self.world.lock().commands);
        drop(commands);
    }
}

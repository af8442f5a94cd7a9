//! The processes that receive and are killed.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Anyhow, DeliveryTask, InboxPlace};

/// What a process prints before its address when it listens.
pub const LISTENING: &str = "listening on ";

/// The processes that receive.
#[derive(Debug)]
pub struct Processes {
    task: DeliveryTask,
    alive: Mutex<Vec<ReceiverProcess>>,
}

#[derive(Debug)]
struct ReceiverProcess {
    address: SocketAddr,
    /// `None` only while it is killed or stopped.
    child: Option<Child>,
}

impl Processes {
    /// Starts the processes of a task.
    ///
    /// # Errors
    /// If one does not start.
    pub async fn start(task: &DeliveryTask) -> Anyhow<Self> {
        let mut alive = Vec::new();
        for _ in 0..task.processes {
            alive.push(start_process(task).await?);
        }
        Ok(Self {
            task: task.clone(),
            alive: Mutex::new(alive),
        })
    }

    /// The address of a random one, which may be restarting.
    pub fn address(&self, random: u64) -> SocketAddr {
        let alive = self.alive();
        alive[index(random, alive.len())].address
    }

    /// Kills one without warning (SIGKILL), and starts another in its place.
    ///
    /// # Errors
    /// If that fails.
    pub async fn kill_one(&self, random: u64) -> Anyhow<()> {
        let (place, child) = {
            let mut alive = self.alive();
            let place = index(random, alive.len());
            (place, alive[place].child.take())
        };
        if let Some(mut child) = child {
            child.kill().await?;
        }
        let process = start_process(&self.task).await?;
        self.alive()[place] = process;
        Ok(())
    }

    /// Starts others in place of those that ended by themselves, and returns how many did.
    ///
    /// # Errors
    /// If that fails.
    pub async fn restart_ended(&self) -> Anyhow<u64> {
        let mut ended = Vec::new();
        for (place, process) in self.alive().iter_mut().enumerate() {
            if let Some(child) = &mut process.child
                && child.try_wait()?.is_some()
            {
                ended.push(place);
            }
        }
        for place in &ended {
            let process = start_process(&self.task).await?;
            self.alive()[*place] = process;
        }
        Ok(ended.len() as u64)
    }

    /// Stops all of them gracefully.
    ///
    /// # Errors
    /// If one does not stop, or fails.
    pub async fn stop_all(&self) -> Anyhow<()> {
        let children: Vec<_> = {
            let mut alive = self.alive();
            alive
                .iter_mut()
                .filter_map(|process| process.child.take())
                .collect()
        };
        for mut child in children {
            // It stops when its input is closed.
            drop(child.stdin.take());
            let limit = Duration::from_secs(60);
            let status = tokio::time::timeout(limit, child.wait()).await??;
            if !status.success() {
                return Err(format!("a process failed while it stopped: {status}").into());
            }
        }
        Ok(())
    }

    fn alive(&self) -> MutexGuard<'_, Vec<ReceiverProcess>> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn index(random: u64, count: usize) -> usize {
    usize::try_from(random % count.max(1) as u64).unwrap_or(0)
}

async fn start_process(task: &DeliveryTask) -> Anyhow<ReceiverProcess> {
    let mut command = Command::new(&task.program);
    command.arg("receive");
    match &task.place {
        InboxPlace::Sqlite(path) => command.arg("--sqlite").arg(path),
        InboxPlace::Postgres(url) => command.arg("--postgres").arg(url),
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or("the process has an output")?;
    let mut line = String::new();
    let mut output = BufReader::new(output);
    tokio::time::timeout(Duration::from_secs(60), output.read_line(&mut line)).await??;
    let address = line.trim().strip_prefix(LISTENING);
    let address = address.ok_or_else(|| format!("the process said {line:?}"))?;
    Ok(ReceiverProcess {
        address: address.parse()?,
        child: Some(child),
    })
}

//! The processes that receive, and their deaths.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Anyhow, Place, Task};

/// What a process says when it listens, before its address.
pub const LISTENING: &str = "listening on ";

/// The processes that receive.
#[derive(Debug)]
pub struct Processes {
    task: Task,
    alive: Mutex<Vec<Process>>,
}

#[derive(Debug)]
struct Process {
    address: SocketAddr,
    /// Out of its place only while it is killed or ended.
    child: Option<Child>,
}

impl Processes {
    /// Starts as many as the task says.
    ///
    /// # Errors
    /// If one does not start.
    pub async fn start(task: &Task) -> Anyhow<Self> {
        let mut alive = Vec::new();
        for _ in 0..task.processes {
            alive.push(start(task).await?);
        }
        Ok(Self {
            task: task.clone(),
            alive: Mutex::new(alive),
        })
    }

    /// The address of one of them, or of one that is dead at the moment.
    pub fn address(&self, chance: u64) -> SocketAddr {
        let alive = self.alive();
        alive[index(chance, alive.len())].address
    }

    /// Kills one without warning (SIGKILL), and starts another in its place.
    ///
    /// # Errors
    /// If that fails.
    pub async fn kill_one(&self, chance: u64) -> Anyhow<()> {
        let (place, child) = {
            let mut alive = self.alive();
            let place = index(chance, alive.len());
            (place, alive[place].child.take())
        };
        if let Some(mut child) = child {
            child.kill().await?;
        }
        let process = start(&self.task).await?;
        self.alive()[place] = process;
        Ok(())
    }

    /// Tells all to end, which they must do by themselves and in good order.
    ///
    /// # Errors
    /// If one does not.
    pub async fn end(&self) -> Anyhow<()> {
        let children: Vec<_> = {
            let mut alive = self.alive();
            alive
                .iter_mut()
                .filter_map(|process| process.child.take())
                .collect()
        };
        for mut child in children {
            // What it waits for is the end of its input.
            drop(child.stdin.take());
            let limit = Duration::from_secs(60);
            let status = tokio::time::timeout(limit, child.wait()).await??;
            if !status.success() {
                return Err(format!("a process that was told to end failed: {status}").into());
            }
        }
        Ok(())
    }

    fn alive(&self) -> MutexGuard<'_, Vec<Process>> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn index(chance: u64, count: usize) -> usize {
    usize::try_from(chance % count.max(1) as u64).unwrap_or(0)
}

async fn start(task: &Task) -> Anyhow<Process> {
    let mut command = Command::new(&task.program);
    command.arg("take");
    match &task.place {
        Place::Sqlite(path) => command.arg("--sqlite").arg(path),
        Place::Postgres(url) => command.arg("--postgres").arg(url),
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
    Ok(Process {
        address: address.parse()?,
        child: Some(child),
    })
}

//! Three processes that share an account's rate limit and a journal through one PostgreSQL
//! database, while one is killed and another joins.
//!
//! A server on the loopback interface counts the requests and carries each write out once per
//! idempotency key. It responds late, so that a process that is killed leaves writes that were
//! carried out and not answered. At the end, the requests of every second are counted, and the
//! journal must be empty: other processes have resumed what the killed one has left.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use stripe::fleet::sqlx;
use tokio::process::{Child, Command};

pub mod api;
pub mod member;

use api::CountingApi;

/// An error of any kind.
pub type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The requests per second that the account may make in test mode.
pub const LIMIT: usize = 25;

/// What to run.
#[derive(Clone, Debug)]
pub struct FleetTask {
    /// The program, which is started again as a member of the fleet.
    pub program: PathBuf,
    /// The URL of an empty database.
    pub postgres: String,
    /// How long each of the three phases takes: with three processes, after one was killed, and
    /// after another has joined.
    pub phase: Duration,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct FleetTally {
    /// How many requests the server received.
    pub requests: usize,
    /// The most requests that it received within one second.
    pub most_in_a_second: usize,
    /// How many requests it received per second, once the three processes had their parts and
    /// before one was killed.
    pub per_second: f64,
    /// How many writes it carried out.
    pub executed: usize,
    /// How many of them it carried out more than once.
    pub repeated: usize,
    /// How many writes of the process that was killed were in the journal then.
    pub left: i64,
    /// How many writes are in the journal at the end.
    pub pending: i64,
}

impl fmt::Display for FleetTally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} requests, {:.1} per second with three processes, and at most {} in any second \
             ({LIMIT} are allowed); {} writes carried out, {} of them more than once; the process \
             that was killed left {} writes, and {} are pending",
            self.requests,
            self.per_second,
            self.most_in_a_second,
            self.executed,
            self.repeated,
            self.left,
            self.pending
        )
    }
}

/// Starts three processes, kills one, lets another join, and counts what the server received.
///
/// # Errors
/// If a process or the database fails.
pub async fn run_fleet(task: FleetTask) -> Anyhow<FleetTally> {
    let pool = sqlx::PgPool::connect(&task.postgres).await?;
    let api = CountingApi::start().await?;
    let mut members = Vec::new();
    for name in ["first", "second", "third"] {
        members.push(start_member(&task, &api, name)?);
    }
    tokio::time::sleep(task.phase).await;
    let settled = api.now();
    tokio::time::sleep(task.phase).await;
    let killed = api.now();
    let mut victim = members.remove(1);
    victim.kill().await?;
    let left = count_writes(&pool, "second").await?;
    tokio::time::sleep(task.phase).await;
    members.push(start_member(&task, &api, "fourth")?);
    tokio::time::sleep(task.phase).await;
    // The lease of the journal's owner is 30 seconds.
    wait_until_resumed(&pool).await?;
    for member in members {
        stop_member(member).await?;
    }
    Ok(FleetTally {
        requests: api.count_requests(),
        most_in_a_second: api.most_in_a_second(),
        per_second: api.rate_between(settled, killed),
        executed: api.count_executed(),
        repeated: api.count_repeated(),
        left,
        pending: count_writes(&pool, "").await?,
    })
}

/// How many writes the journal has whose key begins with the name of a process.
async fn count_writes(pool: &sqlx::PgPool, name: &str) -> Anyhow<i64> {
    let count = sqlx::query_scalar("SELECT count(*) FROM fleet_writes WHERE starts_with(key, $1)");
    Ok(count.bind(name).fetch_one(pool).await?)
}

async fn wait_until_resumed(pool: &sqlx::PgPool) -> Anyhow<()> {
    for _ in 0..240 {
        if count_writes(pool, "second").await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err("the writes of the process that was killed were not resumed within a minute".into())
}

fn start_member(task: &FleetTask, api: &CountingApi, name: &str) -> Anyhow<Child> {
    let child = Command::new(&task.program)
        .args(["member", "--name", name, "--api", api.base_url()])
        .args(["--postgres", &task.postgres])
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

async fn stop_member(mut member: Child) -> Anyhow<()> {
    // It stops when its input is closed.
    drop(member.stdin.take());
    let status = tokio::time::timeout(Duration::from_secs(60), member.wait()).await??;
    if status.success() {
        return Ok(());
    }
    Err(format!("a process failed while it stopped: {status}").into())
}

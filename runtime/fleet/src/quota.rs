//! Parts of an account's limits that follow the processes that are alive.
//!
//! In: a limiter, and the parts of other processes in the database. Out: the part of this one,
//! which its limiter uses without the database until a lease expires. Guarantees: the parts of
//! processes never overlap, and what a process gives up is free only after one window of its
//! limiter, so that a limit holds for every second also while processes join and end.
//!
//! Each process writes its part before it uses more, and uses less for one window before it writes
//! that. So what is in the database always contains what was used in the last window.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use runtime::clock::{Clock, SystemClock};
use runtime::rate_limit::{Limiter, QuotaShare};
use sqlx::{PgConnection, PgPool};
use tokio::task::JoinHandle;

use crate::error::{FleetError, timeout_error};
use crate::schema::create_tables;

mod parts;
mod sql;

use parts::{OwnPart, PartRow};

/// How long a process may use its part without renewing it. A process that has ended leaves its
/// part unused for so long.
const LEASE: Duration = Duration::from_secs(5);

/// The time between two renewals, besides the window.
const RENEWAL_MARGIN: Duration = Duration::from_millis(50);

/// How long a renewal may take.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(2);

/// A process that shares the limits of a [`Limiter`] with others, until it is dropped.
///
/// The limits of the account are divided equally among the processes that are alive. A call needs
/// no round trip: each process renews its part about once per second. When one joins, the others
/// give parts up, which takes about three seconds. When one ends without [`leave`](Self::leave),
/// its part is not used for about six seconds. The sum never exceeds the limits meanwhile; a process
/// that has no part yet lets its calls wait.
///
/// A process that cannot renew its part for five seconds may no longer use it: its calls wait, and
/// fail when they have waited as long as they may. If the database does not respond, that is the
/// case after three to five seconds. Limits of fewer attempts per second
/// than there are processes cannot be divided: of those, each process has one attempt per second.
/// Limits of attempts in flight may be exceeded while parts change, because no attempt is
/// cancelled.
///
/// The server counts when requests arrive. Set [`Limiter::jitter`] to how much the time to the
/// server varies, at most one second.
///
/// Leases are counted by the monotonic clock of the process, which on Linux stands still while the
/// machine is suspended: a process that continues after that may use a part that another one has,
/// for up to five seconds. The clock of the database must not jump forward by more than a second.
///
/// ```no_run
/// use std::time::Duration;
///
/// use fleet::{QuotaMember, sqlx};
/// use runtime::rate_limit::{Limiter, Preset};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::PgPool::connect("postgres://app@db.example.com/shop").await?;
/// let limiter = Limiter::new(Preset::new(100, 25, 25)).jitter(Duration::from_millis(50));
/// // All processes with this name share the limits.
/// let member = QuotaMember::join(pool, "stripe", &limiter).await?;
/// // Give the limiter to the client, and leave when the last call has ended.
/// member.leave().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the process leaves when this is dropped"]
pub struct QuotaMember {
    shared: Arc<SharedState>,
    task: JoinHandle<()>,
}

struct SharedState {
    pool: PgPool,
    /// The name of what is shared.
    quota: String,
    limiter: Limiter,
    /// The part, as it was after the last renewal.
    part: Mutex<OwnPart>,
}

impl QuotaMember {
    /// Joins the processes that share the limits of this name. Creates the tables if necessary,
    /// which requires the right to do so. The limiter and its clones have no part until the task
    /// has got one, within about three seconds if other processes have all of it.
    ///
    /// All processes must give their limiters the same limits and the same jitter.
    ///
    /// # Errors
    /// If the database cannot be reached, or its tables `fleet_…` are not those of this version.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn join(
        pool: PgPool,
        quota: impl Into<String>,
        limiter: &Limiter,
    ) -> Result<Self, FleetError> {
        create_tables(&pool).await?;
        let shared = Arc::new(SharedState {
            pool,
            quota: quota.into(),
            limiter: limiter.clone(),
            part: Mutex::default(),
        });
        shared.renew_part().await?;
        let task = tokio::spawn(renew_forever(Arc::clone(&shared)));
        Ok(Self { shared, task })
    }

    /// The units of [`QuotaShare::WHOLE`] that this process may use now.
    pub fn units(&self) -> Range<u32> {
        let part = *self.shared.lock_part();
        if part.expires.is_some_and(|at| SystemClock.now() < at) {
            part.used.start..part.used.end
        } else {
            0..0
        }
    }

    /// Gives the part to the other processes. Waits for one window of the limiter, in which calls
    /// wait; afterwards the limiter has no part.
    ///
    /// # Errors
    /// If the database cannot be reached: the lease then expires.
    pub async fn leave(mut self) -> Result<(), FleetError> {
        self.task.abort();
        // It may be about to apply a part; the result is that it was cancelled.
        drop((&mut self.task).await);
        let shared = &self.shared;
        let process = shared.lock_part().process;
        shared.apply_part(&OwnPart::default());
        SystemClock.sleep(shared.limiter.window()).await;
        let delete = sqlx::query(sql::DELETE).bind(&shared.quota).bind(process);
        let deleted = tokio::time::timeout(RENEWAL_TIMEOUT, delete.execute(&shared.pool)).await;
        deleted.unwrap_or_else(|_| Err(timeout_error()))?;
        Ok(())
    }
}

impl Drop for QuotaMember {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for QuotaMember {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("QuotaMember")
            .field("quota", &self.shared.quota)
            .field("units", &self.units())
            .finish_non_exhaustive()
    }
}

async fn renew_forever(shared: Arc<SharedState>) {
    loop {
        SystemClock
            .sleep(shared.limiter.window() + RENEWAL_MARGIN)
            .await;
        if let Err(error) = shared.renew_part().await {
            tracing::warn!(
                quota = shared.quota,
                error = &error as &(dyn std::error::Error + 'static),
                "the part of a shared rate limit was not renewed"
            );
        }
    }
}

impl SharedState {
    fn lock_part(&self) -> MutexGuard<'_, OwnPart> {
        self.part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews the lease, and changes the part if processes have joined or ended.
    async fn renew_part(&self) -> Result<(), FleetError> {
        let begun = SystemClock.now();
        let part = *self.lock_part();
        let renewal = self.renew_in_database(part, begun);
        let renewed = tokio::time::timeout(RENEWAL_TIMEOUT, renewal).await;
        let mut part = renewed.unwrap_or_else(|_| Err(timeout_error()))?;
        // Counted from before the database did, so that it expires earlier here than there.
        part.expires = begun.checked_add(LEASE);
        self.apply_part(&part);
        Ok(())
    }

    /// The part after a renewal that began at this time.
    async fn renew_in_database(
        &self,
        part: OwnPart,
        begun: Instant,
    ) -> Result<OwnPart, sqlx::Error> {
        let window = self.limiter.window();
        let mut transaction = self.pool.begin_with(sql::BEGIN).await?;
        sqlx::raw_sql(sql::LIMITS)
            .execute(&mut *transaction)
            .await?;
        // A statement of its own, so that the next one sees what the process before has committed.
        sqlx::query(sql::LOCK)
            .bind(&self.quota)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(sql::DELETE_EXPIRED)
            .bind(&self.quota)
            .execute(&mut *transaction)
            .await?;
        let process = self.find_process(part.process, &mut transaction).await?;
        let rows: Vec<PartRow> = sqlx::query_as(sql::READ)
            .bind(&self.quota)
            .fetch_all(&mut *transaction)
            .await?;
        let renewed = part.renew(process, &rows, begun, window);
        // What another process finds to be expired must have been unused for one window.
        let lease = LEASE.saturating_add(window);
        sqlx::query(sql::UPDATE)
            .bind(&self.quota)
            .bind(process)
            .bind(renewed.held.start_column())
            .bind(renewed.held.end_column())
            .bind(lease.as_secs_f64())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(renewed)
    }

    /// The number of this process: that of its row, or of a new one if it has none any more.
    async fn find_process(
        &self,
        known: Option<i64>,
        connection: &mut PgConnection,
    ) -> Result<i64, sqlx::Error> {
        let found: Option<i64> = sqlx::query_scalar(sql::FIND)
            .bind(&self.quota)
            .bind(known)
            .fetch_optional(&mut *connection)
            .await?;
        match found {
            Some(process) => Ok(process),
            None => {
                sqlx::query_scalar(sql::INSERT)
                    .bind(&self.quota)
                    .fetch_one(connection)
                    .await
            }
        }
    }

    /// Lets the limiter use this part.
    fn apply_part(&self, part: &OwnPart) {
        let mut quota = QuotaShare::new(part.used.start..part.used.end, part.processes);
        if let Some(expires) = part.expires {
            quota = quota.expires_at(expires);
        }
        self.limiter.set_quota(quota, SystemClock.now());
        // What it gives up was used until now.
        self.lock_part().replace_with(part, SystemClock.now());
    }
}

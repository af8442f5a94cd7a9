//! A journal of pending writes in the database.
//!
//! In: writes that a client begins and finishes. Out: a future for each, which is ready once its
//! record is committed or removed. Guarantees: a write that was begun and not finished is found by
//! the process that made it or, once that has ended, by one other process at a time.

use std::fmt;
use std::time::Duration;

use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalError, JournalErrorKind};
use sqlx::PgPool;

use crate::error::{FleetError, timeout_error};
use crate::schema::create_tables;

mod queue;
mod record;
mod rows;
mod sql;

use queue::{BeginReply, JournalQueue, start_queue};

/// How long the writes of a process that has ended stay with it.
const LEASE: Duration = Duration::from_secs(30);

/// How often a process renews its lease.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(8);

/// The maximum length of a body in bytes: more than Stripe accepts as a file.
const MAX_BODY_BYTES: usize = 16 << 20;

/// A [`Journal`] in a PostgreSQL database, shared by any number of processes.
///
/// Each process has a lease of 30 seconds, which a task renews. The writes of a process whose lease
/// has expired are passed on: [`pending_writes`](Journal::pending_writes) returns the writes that
/// this process has begun, and those of processes that have ended, which from then on belong to
/// this one. So each is passed on to one process. If a process was only suspended, or the database
/// was not reachable for so long, two processes may send a write, with the same key, and the server
/// executes it once. The call of the first one then does not end as refused or not sent: what
/// became of its write is known to the second one.
///
/// If the database does not answer whether it has stored a write, the call fails with an unknown
/// outcome ([`JournalErrorKind::Unanswered`]).
///
/// Calls that begin at the same time share a statement and its commit; leave `synchronous_commit`
/// on. The bodies of requests are in the table `fleet_writes` in plain text. A write with a body of
/// more than 16 MiB fails and is not sent: send large files with a client that has no journal.
/// Clones share one journal, which writes in a task of the tokio runtime in which it was opened. When the
/// last clone is dropped, the task ends, and what is not finished is passed on at once. What the task
/// has not removed when its runtime ends is passed on as well, and resumed: the server repeats its
/// response.
///
/// ```no_run
/// use std::time::Duration;
///
/// use fleet::{PostgresJournal, sqlx};
/// use runtime::client::{ApiSpec, Client};
///
/// # async fn example(api: &'static ApiSpec) -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::PgPool::connect("postgres://app@db.example.com/shop").await?;
/// let client = Client::builder(api)
///     .from_env()
///     .journal(PostgresJournal::open(pool).await?)
///     .build()?;
/// // In a task of each process:
/// loop {
///     match client.pending_writes().await {
///         Ok(writes) => {
///             for write in writes {
///                 if let Err(error) = client.resume(&write).await {
///                     eprintln!("{write:?}: {error}");
///                 }
///             }
///         }
///         Err(error) => eprintln!("{error}"),
///     }
///     tokio::time::sleep(Duration::from_secs(30)).await;
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresJournal {
    queue: JournalQueue,
}

impl PostgresJournal {
    /// Opens a journal in the database of this pool. Creates the tables if necessary, which requires
    /// the right to do so.
    ///
    /// # Errors
    /// [`JournalErrorKind::Io`] if the database cannot be reached; [`JournalErrorKind::Foreign`] if
    /// its tables `fleet_…` are not those of this version.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(pool: PgPool) -> Result<Self, JournalError> {
        create_tables(&pool).await?;
        let process = draw_number();
        let renewed = rows::renew_lease(&pool, process).await;
        renewed.map_err(FleetError::from)?;
        let removed = rows::remove_old_processes(&pool).await;
        removed.map_err(FleetError::from)?;
        let renewal = tokio::spawn(renew_forever(pool.clone(), process));
        Ok(Self {
            queue: start_queue(pool, process, renewal),
        })
    }
}

/// Renews the lease until the task is aborted.
async fn renew_forever(pool: PgPool, process: i64) {
    loop {
        tokio::time::sleep(RENEWAL_INTERVAL).await;
        let renewal = rows::renew_lease(&pool, process);
        let renewed = tokio::time::timeout(RENEWAL_INTERVAL, renewal).await;
        if let Err(error) = renewed.unwrap_or_else(|_| Err(timeout_error())) {
            report_error("the lease of a journal was not renewed", &error);
        }
    }
}

/// Reports an error of which no call learns.
fn report_error(what: &'static str, error: &sqlx::Error) {
    let error: &(dyn std::error::Error + 'static) = error;
    tracing::warn!(error, "{what}");
}

/// A random number, of which two draws are equal with a probability of 2⁻⁶⁴.
fn draw_number() -> i64 {
    runtime::clock::system_random().cast_signed()
}

impl Journal for PostgresJournal {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async move {
            check_write(write)?;
            BeginReply::send(&self.queue, write)?.await
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(self.queue.finish_write(write))
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(self.queue.list_writes())
    }
}

/// Checks that the database can store a write.
fn check_write(write: &PendingWrite) -> Result<(), JournalError> {
    let length = write.body.len();
    if length > MAX_BODY_BYTES {
        let text = format!(
            "the body has {length} bytes, more than the {MAX_BODY_BYTES} that the journal accepts: \
             send it with a client that has no journal"
        );
        return Err(JournalError::new(text).with_kind(JournalErrorKind::TooLarge));
    }
    let texts = [&write.key, &write.operation, &write.host, &write.target];
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err(JournalError::new(
            "PostgreSQL cannot store NUL characters in a text, and the request has one",
        ));
    }
    Ok(())
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresJournal").finish_non_exhaustive()
    }
}

//! How an inbox in SQLite is opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use webhooks::WakeSignal;
use webhooks::{InboxError, InboxErrorKind};
use super::{SqliteInbox, failed, millis_of, schema, sql, writer};
use runtime::clock::{Clock, SystemClock};

/// How many look at the inbox at the same time. Looking waits for no writing.
const READERS: u32 = 4;

/// How a [`SqliteInbox`] is opened.
///
/// ```
/// use std::time::Duration;
/// use webhooks_sqlite::SqliteInbox;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let inbox = SqliteInbox::options()
///     .busy_timeout(Duration::from_secs(30))
///     .open("state/inbox.db")
///     .await?;
/// # let _ = inbox;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "call `open` to get an inbox"]
pub struct SqliteOptions {
    synchronous: SqliteSynchronous,
    busy_timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            synchronous: SqliteSynchronous::Full,
            busy_timeout: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
        }
    }
}

impl SqliteOptions {
    /// What messages survive. `Full` by default: also a failure of power or kernel. With `Normal`
    /// they survive the end of the process, but a failure of power may take back what was stored
    /// in the last moments (<https://sqlite.org/pragma.html#pragma_synchronous>), and those
    /// messages were answered.
    pub fn synchronous(mut self, synchronous: SqliteSynchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long a write waits for those of other processes and for
    /// [`SqliteMessageTransaction`](super::SqliteMessageTransaction) before it fails. 10 seconds by default.
    pub fn busy_timeout(mut self, time: Duration) -> Self {
        self.busy_timeout = time;
        self
    }

    /// Takes the time from this clock's calendar instead of the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens an inbox, and makes the file and the tables if they are missing. On Unix a new file
    /// is for its owner only, since messages hold personal data.
    ///
    /// The tables are called `webhook_…`; the file may have others.
    ///
    /// # Errors
    /// [`InboxErrorKind::Unavailable`] if the file cannot be created, read or written;
    /// [`InboxErrorKind::SchemaMismatch`] if it is no database, or the tables are of a later version of this
    /// crate or something else.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(&self, path: impl AsRef<Path>) -> Result<SqliteInbox, InboxError> {
        // An absolute path is always that of a file: SQLite gives others a meaning of its own, such
        // as `:memory:`.
        let path = std::path::absolute(path).map_err(uncreated)?;
        create(&path)?;
        let files = self.connections(&path);
        let writers = self.writers().connect_with(files.clone()).await;
        let writers = writers.map_err(failed)?;
        let now = millis_of(self.clock.calendar());
        let mut connection = writers.acquire().await.map_err(failed)?;
        schema::migrate(&mut connection, sql::STEPS, now).await?;
        drop(connection);
        Ok(SqliteInbox {
            jobs: writer::start(writers.clone(), Arc::clone(&self.clock)),
            writers,
            readers: readers(files),
            clock: Arc::clone(&self.clock),
            bell: WakeSignal::new(),
        })
    }

    fn connections(&self, path: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(self.synchronous)
            .busy_timeout(self.busy_timeout)
            .disable_statement_logging()
    }

    /// One connection, which those who write get in the order in which they came.
    fn writers(&self) -> SqlitePoolOptions {
        SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.busy_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            // SQLite ends a transaction by itself when the disk is full, for example. sqlx then
            // takes the connection for one in a transaction for ever, so it has to be another.
            .before_acquire(|connection, _| {
                let is_fresh = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_fresh) })
            })
    }
}

fn readers(files: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_lazy_with(files.pragma("query_only", "ON"))
}

/// Makes the file, if it is not there, with rights for its owner only; SQLite gives the files next
/// to it the same rights.
#[cfg(unix)]
fn create(path: &Path) -> Result<(), InboxError> {
    use std::io::ErrorKind;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(uncreated(error)),
    }
}

#[cfg(not(unix))]
fn create(_path: &Path) -> Result<(), InboxError> {
    Ok(())
}

fn uncreated(error: std::io::Error) -> InboxError {
    InboxError::new(
        InboxErrorKind::Unavailable,
        "the inbox's file cannot be created: is its directory there?",
    )
    .with_source(error)
}

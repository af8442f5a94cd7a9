//! Options for opening an inbox in SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use runtime::clock::{Clock, SystemClock};
use webhooks::{InboxError, InboxErrorKind, WakeSignal};

use super::files::DatabaseFiles;
use super::writer::WriteTask;
use super::{SqliteInbox, convert_error, schema, sql, to_millis};

/// The number of connections that read. Readers do not wait for writers.
const READ_CONNECTIONS: u32 = 4;

/// The time before another attempt to open a file that others are opening.
const BUSY_WAIT: Duration = Duration::from_millis(10);

/// Options for opening a [`SqliteInbox`].
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
    /// Sets when writes are flushed to the disk. Defaults to `Full`: no write is lost in a crash of
    /// the machine. With `Normal`, no write is lost in a crash of the process, but a crash of the
    /// machine may lose the last ones (<https://sqlite.org/pragma.html#pragma_synchronous>),
    /// although they were acknowledged.
    pub fn synchronous(mut self, synchronous: SqliteSynchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Sets how long a write waits for those of other processes and for
    /// [`SqliteMessageTransaction`](super::SqliteMessageTransaction) before it fails. Defaults to
    /// 10 seconds.
    pub fn busy_timeout(mut self, time: Duration) -> Self {
        self.busy_timeout = time;
        self
    }

    /// Sets the clock whose calendar time is used. Defaults to the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens an inbox, and creates the file and the tables if they are missing. On Unix only the
    /// owner can read the file: the owner's process removes the permissions of others, since
    /// messages have personal data. If the file or its write-ahead log is deleted or replaced while it is open, all writes
    /// fail with [`InboxErrorKind::Unavailable`].
    ///
    /// The names of the tables begin with `webhook_`; the file may have other tables.
    ///
    /// # Errors
    /// [`InboxErrorKind::Unavailable`] if the file cannot be created, read or written;
    /// [`InboxErrorKind::SchemaMismatch`] if it is not a database, or the tables were made by a
    /// later version of this crate or are not an inbox's.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(&self, path: impl AsRef<Path>) -> Result<SqliteInbox, InboxError> {
        // Made absolute, since SQLite has special names such as `:memory:`.
        let path = std::path::absolute(path).map_err(creation_error)?;
        let files = Arc::new(DatabaseFiles::create(&path).map_err(creation_error)?);
        let connect = self.connect_options(&path);
        let writers = self.open_writers(&files, &connect).await;
        let writers = writers.map_err(convert_error)?;
        let now = to_millis(self.clock.calendar());
        let mut connection = writers.acquire().await.map_err(convert_error)?;
        schema::migrate(&mut connection, sql::STEPS, now).await?;
        let unchanged = files.ensure_unchanged();
        unchanged.map_err(|error| convert_error(error.into()))?;
        drop(connection);
        Ok(SqliteInbox {
            queue: WriteTask::new(writers.clone(), Arc::clone(&self.clock), Arc::clone(&files))
                .start(),
            writers,
            readers: reader_pool(connect),
            files,
            clock: Arc::clone(&self.clock),
            signal: WakeSignal::new(),
        })
    }

    /// Connects the writer. If several connections set the mode of a new file at once, SQLite refuses
    /// all but one, without the wait of [`busy_timeout`](Self::busy_timeout).
    async fn open_writers(
        &self,
        files: &Arc<DatabaseFiles>,
        connect: &SqliteConnectOptions,
    ) -> Result<SqlitePool, sqlx::Error> {
        let mut waited = Duration::ZERO;
        loop {
            let pool = self.writer_pool(files).connect_with(connect.clone()).await;
            match pool {
                Err(error) if is_busy(&error) && waited < self.busy_timeout => {
                    tokio::time::sleep(BUSY_WAIT).await;
                    waited += BUSY_WAIT;
                }
                result => return result,
            }
        }
    }

    fn connect_options(&self, path: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(self.synchronous)
            .busy_timeout(self.busy_timeout)
            .disable_statement_logging()
    }

    /// A pool with one connection, which writers acquire in the order in which they asked.
    fn writer_pool(&self, files: &Arc<DatabaseFiles>) -> SqlitePoolOptions {
        let files = Arc::clone(files);
        SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.busy_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |_, _| {
                files.remember_opened();
                Box::pin(async { Ok(()) })
            })
            // SQLite rolls a transaction back by itself when the disk is full, for example. sqlx
            // does not notice and takes the connection to be in a transaction, so it is replaced.
            .before_acquire(|connection, _| {
                let is_fresh = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_fresh) })
            })
    }
}

/// Whether SQLite refused because of another connection: SQLITE_BUSY.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

fn reader_pool(connect: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READ_CONNECTIONS)
        .connect_lazy_with(connect.pragma("query_only", "ON"))
}

fn creation_error(error: std::io::Error) -> InboxError {
    InboxError::new(
        InboxErrorKind::Unavailable,
        "the inbox's file cannot be created: is its directory there?",
    )
    .with_source(error)
}

//! Errors of the database.

use std::error::Error as StdError;
use std::fmt;

use runtime::idempotency::{JournalError, JournalErrorKind};

/// Why processes cannot share something through the database.
#[derive(Debug)]
pub struct FleetError {
    kind: FleetErrorKind,
    source: Option<sqlx::Error>,
}

/// The kind of a [`FleetError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FleetErrorKind {
    /// The database cannot be reached, did not respond in time, or refused a statement; the source
    /// has the reason.
    Unavailable,
    /// The tables were made by a later version of this crate, or by something else.
    SchemaMismatch,
}

impl FleetError {
    pub(crate) fn schema_mismatch() -> Self {
        Self {
            kind: FleetErrorKind::SchemaMismatch,
            source: None,
        }
    }

    /// The kind of the error.
    pub fn kind(&self) -> FleetErrorKind {
        self.kind
    }
}

impl From<sqlx::Error> for FleetError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        // undefined_table, undefined_column:
        // <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
        let kind = match code.as_deref() {
            Some("42P01" | "42703") => FleetErrorKind::SchemaMismatch,
            _ => FleetErrorKind::Unavailable,
        };
        Self {
            kind,
            source: Some(error),
        }
    }
}

impl From<FleetError> for JournalError {
    fn from(error: FleetError) -> Self {
        let kind = match error.kind {
            FleetErrorKind::Unavailable => JournalErrorKind::Io,
            FleetErrorKind::SchemaMismatch => JournalErrorKind::Foreign,
        };
        Self::new(error.to_string())
            .with_kind(kind)
            .with_source(error)
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.kind {
            FleetErrorKind::Unavailable => "the database failed",
            FleetErrorKind::SchemaMismatch => {
                "the tables `fleet_…` are not those that this version of the crate makes: use a \
                 later version, or a schema of its own"
            }
        })
    }
}

impl StdError for FleetError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}

/// The error if the database does not respond in time. A network that drops packets reports none.
pub(crate) fn timeout_error() -> sqlx::Error {
    let text = "the database did not respond in time";
    std::io::Error::new(std::io::ErrorKind::TimedOut, text).into()
}

//! Makes the tables and brings them up to date.
//!
//! In: a connection. Afterwards the tables are as the last step leaves them, or as they were.
//! Whoever comes at the same time waits: the steps are taken under the lock for writing.

use sqlx::{Connection, SqliteConnection};

use webhooks::columns::missing_steps;
use webhooks::{InboxError, InboxErrorKind};
use super::{failed, sql};

/// Takes the steps that are missing, at this time.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    steps: &[&'static str],
    now: i64,
) -> Result<(), InboxError> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)?;
    let (versions, others) = sqlx::query_as::<_, (bool, bool)>(sql::TABLES)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
    let found = if versions {
        Some(version(&mut transaction).await?)
    } else {
        None
    };
    let missing = missing_steps(steps, found, others)?;
    if !versions {
        run(&mut transaction, sql::CREATE_VERSIONS).await?;
    }
    for (number, step) in (found.unwrap_or_default() + 1..).zip(missing) {
        run(&mut transaction, step).await?;
        sqlx::query(sql::ADD_VERSION)
            .bind(number)
            .bind(now)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    run(&mut transaction, sql::PROBE).await.map_err(foreign)?;
    transaction.commit().await.map_err(failed)
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, InboxError> {
    sqlx::query_scalar(sql::VERSION)
        .fetch_one(connection)
        .await
        .map_err(|error| foreign(failed(error)))
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), InboxError> {
    let ran = sqlx::raw_sql(sql).execute(connection).await;
    ran.map(drop).map_err(failed)
}

/// A statement that does not fit the tables failed.
fn foreign(error: InboxError) -> InboxError {
    match error.fault() {
        InboxErrorKind::Other => InboxError::new(
            InboxErrorKind::SchemaMismatch,
            "a table of the inbox's name has other columns: give the inbox a file of its own",
        )
        .with_source(error),
        _ => error,
    }
}

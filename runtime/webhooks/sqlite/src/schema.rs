//! Creates and migrates the tables.
//!
//! In: a connection. Guarantees: either all steps are applied or none is. The steps are applied
//! under the write lock, so other processes that open the file wait.

use sqlx::{Connection, SqliteConnection};

use webhooks::columns::missing_steps;
use webhooks::{InboxError, InboxErrorKind};

use super::{convert_error, sql};

/// Applies the steps that are missing.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    steps: &[&'static str],
    now: i64,
) -> Result<(), InboxError> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(convert_error)?;
    let (has_versions, has_tables) = sqlx::query_as::<_, (bool, bool)>(sql::TABLES)
        .fetch_one(&mut *transaction)
        .await
        .map_err(convert_error)?;
    let applied = if has_versions {
        Some(read_version(&mut transaction).await?)
    } else {
        None
    };
    let missing = missing_steps(steps, applied, has_tables)?;
    if !has_versions {
        run_statement(&mut transaction, sql::CREATE_VERSIONS).await?;
    }
    for (number, step) in (applied.unwrap_or_default() + 1..).zip(missing) {
        run_statement(&mut transaction, step)
            .await
            .map_err(schema_mismatch)?;
        sqlx::query(sql::ADD_VERSION)
            .bind(number)
            .bind(now)
            .execute(&mut *transaction)
            .await
            .map_err(convert_error)?;
    }
    run_statement(&mut transaction, sql::PROBE)
        .await
        .map_err(schema_mismatch)?;
    transaction.commit().await.map_err(convert_error)
}

async fn read_version(connection: &mut SqliteConnection) -> Result<i64, InboxError> {
    sqlx::query_scalar(sql::VERSION)
        .fetch_one(connection)
        .await
        .map_err(|error| schema_mismatch(convert_error(error)))
}

async fn run_statement(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> Result<(), InboxError> {
    let ran = sqlx::raw_sql(sql).execute(connection).await;
    ran.map(drop).map_err(convert_error)
}

/// The error if a statement does not fit the tables.
fn schema_mismatch(error: InboxError) -> InboxError {
    match error.kind() {
        InboxErrorKind::Other => InboxError::new(
            InboxErrorKind::SchemaMismatch,
            "a table with the inbox's name has other columns: use a file of its own for the inbox",
        )
        .with_source(error),
        _ => error,
    }
}

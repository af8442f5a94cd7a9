//! Creates and migrates the tables.
//!
//! In: a pool. Guarantees: either all steps are applied or none is. Processes that open the inbox
//! at the same time wait for each other.

use sqlx::{PgConnection, PgPool};

use webhooks::columns::missing_steps;
use webhooks::{InboxError, InboxErrorKind};

use super::{convert_error, sql};

/// Applies the steps that are missing.
pub(super) async fn migrate(pool: &PgPool, steps: &[&'static str]) -> Result<(), InboxError> {
    let mut transaction = pool.begin_with(sql::BEGIN).await.map_err(convert_error)?;
    check_database(&mut transaction).await?;
    // A statement of its own, so that the next one sees what the process before has committed.
    run_statement(&mut transaction, sql::LOCK_SCHEMA).await?;
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
        let add = sqlx::query(sql::ADD_VERSION).bind(number);
        add.execute(&mut *transaction)
            .await
            .map_err(convert_error)?;
    }
    run_statement(&mut transaction, sql::PROBE)
        .await
        .map_err(schema_mismatch)?;
    transaction.commit().await.map_err(convert_error)
}

/// Checks that there is a schema and that the encoding is UTF-8.
async fn check_database(connection: &mut PgConnection) -> Result<(), InboxError> {
    let (schema, encoding) = sqlx::query_as::<_, (Option<String>, String)>(sql::PLACE)
        .fetch_one(connection)
        .await
        .map_err(convert_error)?;
    if encoding != "UTF8" {
        let text = format!("the database's encoding is {encoding}: messages need UTF8");
        return Err(InboxError::new(InboxErrorKind::Other, text));
    }
    if schema.is_none() {
        return Err(InboxError::new(
            InboxErrorKind::Other,
            "no schema of the connection's search_path exists: create one for the inbox's tables",
        ));
    }
    Ok(())
}

async fn read_version(connection: &mut PgConnection) -> Result<i64, InboxError> {
    sqlx::query_scalar(sql::VERSION)
        .fetch_one(connection)
        .await
        .map_err(|error| schema_mismatch(convert_error(error)))
}

async fn run_statement(connection: &mut PgConnection, sql: &'static str) -> Result<(), InboxError> {
    let ran = sqlx::raw_sql(sql).execute(connection).await;
    ran.map(drop).map_err(convert_error)
}

/// The error if a statement does not fit the tables.
fn schema_mismatch(error: InboxError) -> InboxError {
    match error.kind() {
        InboxErrorKind::SchemaMismatch => InboxError::new(
            InboxErrorKind::SchemaMismatch,
            "a table with the inbox's name has other columns: use a schema of its own for the inbox",
        )
        .with_source(error),
        _ => error,
    }
}

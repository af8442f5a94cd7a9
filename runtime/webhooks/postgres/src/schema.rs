//! Makes the tables and brings them up to date.
//!
//! In: a pool. Afterwards the tables are as the last step leaves them, or as they were. Whoever
//! comes at the same time waits.

use sqlx::{PgConnection, PgPool};

use webhooks::columns::missing_steps;
use webhooks::{InboxError, InboxErrorKind};
use super::{failed, sql};

/// Takes the steps that are missing.
pub(super) async fn migrate(pool: &PgPool, steps: &[&'static str]) -> Result<(), InboxError> {
    let mut transaction = pool.begin_with(sql::BEGIN).await.map_err(failed)?;
    check_place(&mut transaction).await?;
    // A statement of its own: the next one sees what was done by whom it waited for.
    run(&mut transaction, sql::LOCK_SCHEMA).await?;
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
        let add = sqlx::query(sql::ADD_VERSION).bind(number);
        add.execute(&mut *transaction).await.map_err(failed)?;
    }
    run(&mut transaction, sql::PROBE).await.map_err(foreign)?;
    transaction.commit().await.map_err(failed)
}

/// Refuses where messages could not be kept.
async fn check_place(connection: &mut PgConnection) -> Result<(), InboxError> {
    let (schema, encoding) = sqlx::query_as::<_, (Option<String>, String)>(sql::PLACE)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
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

async fn version(connection: &mut PgConnection) -> Result<i64, InboxError> {
    sqlx::query_scalar(sql::VERSION)
        .fetch_one(connection)
        .await
        .map_err(|error| foreign(failed(error)))
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), InboxError> {
    let ran = sqlx::raw_sql(sql).execute(connection).await;
    ran.map(drop).map_err(failed)
}

/// A statement that does not fit the tables failed.
fn foreign(error: InboxError) -> InboxError {
    match error.fault() {
        InboxErrorKind::SchemaMismatch => InboxError::new(
            InboxErrorKind::SchemaMismatch,
            "a table of the inbox's name has other columns: give the inbox a schema of its own",
        )
        .with_source(error),
        _ => error,
    }
}

//! Creates the tables.
//!
//! In: a pool. Guarantees: either all steps are applied or none is. Processes that start at the
//! same time wait for each other.

use sqlx::PgPool;

use crate::error::FleetError;

/// Locks the creation of the tables. The number was drawn at random; all schemas of a database
/// share the lock.
const LOCK: &str = "SELECT pg_advisory_xact_lock(6118802739462119)";

/// How long the server lets this process wait for the lock, and hold it without a statement.
const LIMITS: &str =
    "SET LOCAL lock_timeout = '20s'; SET LOCAL idle_in_transaction_session_timeout = '10s'";

const CREATE_VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS fleet_schema (version bigint NOT NULL PRIMARY KEY)";

const VERSION: &str = "SELECT coalesce(max(version), 0)::bigint FROM fleet_schema";

const ADD_VERSION: &str = "INSERT INTO fleet_schema (version) VALUES ($1)";

/// The changes of the tables, in their order. Once released, a step is never changed.
const STEPS: [&str; 1] = ["
    CREATE TABLE fleet_processes (
        id         bigint      NOT NULL PRIMARY KEY,
        expires_at timestamptz NOT NULL
    );
    CREATE TABLE fleet_writes (
        position  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest    bytea       NOT NULL UNIQUE,
        begin_id  bigint      NOT NULL,
        begins    integer     NOT NULL DEFAULT 1,
        owner     bigint      NOT NULL,
        begun_at  timestamptz NOT NULL,
        key       text        NOT NULL,
        operation text        NOT NULL,
        live      boolean,
        method    text        NOT NULL,
        host      text        NOT NULL,
        target    text        NOT NULL,
        headers   text        NOT NULL,
        body      bytea       NOT NULL
    );
    CREATE INDEX fleet_writes_owner ON fleet_writes (owner);
    CREATE TABLE fleet_quotas (
        quota      text        NOT NULL,
        process    bigint      GENERATED ALWAYS AS IDENTITY,
        unit_start integer     NOT NULL,
        unit_end   integer     NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (quota, process)
    );
"];

/// Applies the steps that are missing.
pub(crate) async fn create_tables(pool: &PgPool) -> Result<(), FleetError> {
    let mut transaction = pool
        .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
        .await?;
    sqlx::raw_sql(LIMITS).execute(&mut *transaction).await?;
    // A statement of its own, so that the next one sees what the process before has committed.
    sqlx::query(LOCK).execute(&mut *transaction).await?;
    sqlx::query(CREATE_VERSIONS)
        .execute(&mut *transaction)
        .await?;
    let applied: i64 = sqlx::query_scalar(VERSION)
        .fetch_one(&mut *transaction)
        .await?;
    let applied = usize::try_from(applied).map_err(|_| FleetError::schema_mismatch())?;
    let missing = STEPS.get(applied..);
    for (number, step) in (1_i64..)
        .zip(STEPS)
        .skip(applied)
        .take(missing.ok_or_else(FleetError::schema_mismatch)?.len())
    {
        sqlx::raw_sql(step)
            .execute(&mut *transaction)
            .await
            .map_err(schema_error)?;
        sqlx::query(ADD_VERSION)
            .bind(number)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// The error of a step: a table of its name that this crate has not made is a mismatch.
fn schema_error(error: sqlx::Error) -> FleetError {
    let code = error.as_database_error().and_then(|error| error.code());
    // duplicate_table
    if code.as_deref() == Some("42P07") {
        return FleetError::schema_mismatch();
    }
    error.into()
}

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, Executor};

use webhooks::InboxErrorKind;

use super::{schema, sql};

/// A step as a later version may have it.
const LATER: &str = "
    ALTER TABLE webhook_inbox ADD COLUMN note text;
    CREATE TABLE webhook_notes (note text);
";

/// A pool whose tables are in a schema of its own; see [`drop_schema`].
async fn new_schema(name: &str) -> PgPool {
    let url = std::env::var("TEST_POSTGRES_URL").expect(
        "TEST_POSTGRES_URL names no server: tests/postgres/install.sh starts one and prints its URL",
    );
    let server: PgConnectOptions = url.parse().unwrap();
    let pool = PgPool::connect_with(server.options([("search_path", name)])).await;
    let pool = pool.unwrap();
    drop_schema(&pool, name).await;
    let create = AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    pool.execute(create).await.unwrap();
    pool
}

async fn drop_schema(pool: &PgPool, name: &str) {
    let drop = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
    pool.execute(drop).await.unwrap();
}

async fn version(pool: &PgPool) -> i64 {
    let version = sqlx::query_scalar(sql::VERSION).fetch_one(pool);
    version.await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn steps_are_applied_once_and_in_order() {
    let pool = new_schema("inbox_steps").await;
    schema::migrate(&pool, sql::STEPS).await.unwrap();
    assert_eq!(version(&pool).await, 1);
    for _ in 0..2 {
        schema::migrate(&pool, &[sql::STEPS[0], LATER])
            .await
            .unwrap();
        assert_eq!(version(&pool).await, 2);
    }
    pool.execute("SELECT webhook_inbox.note, webhook_notes.note FROM webhook_inbox, webhook_notes")
        .await
        .expect("both statements of the step ran");
    let older = schema::migrate(&pool, sql::STEPS).await;
    assert_eq!(older.unwrap_err().kind(), InboxErrorKind::SchemaMismatch);
    drop_schema(&pool, "inbox_steps").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_step_that_fails_leaves_all_as_it_was() {
    let pool = new_schema("inbox_failing_step").await;
    schema::migrate(&pool, sql::STEPS).await.unwrap();
    let steps = [sql::STEPS[0], LATER, "CREATE TABLE webhook_inbox (x text)"];
    schema::migrate(&pool, &steps).await.unwrap_err();
    assert_eq!(version(&pool).await, 1);
    let note = pool.execute("SELECT note FROM webhook_notes").await;
    assert!(note.is_err());
    drop_schema(&pool, "inbox_failing_step").await;
}

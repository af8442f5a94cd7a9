use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, Executor};

use webhooks::{ClaimRequest, Inbox as _, InboxErrorKind};

use super::{PostgresInbox, schema, sql};

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
    let count = i64::try_from(sql::STEPS.len()).unwrap();
    assert_eq!(version(&pool).await, count);
    for _ in 0..2 {
        let steps = [sql::STEPS, &[LATER]].concat();
        schema::migrate(&pool, &steps).await.unwrap();
        assert_eq!(version(&pool).await, count + 1);
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
    let count = version(&pool).await;
    let steps = [sql::STEPS, &[LATER, "CREATE TABLE webhook_inbox (x text)"]].concat();
    schema::migrate(&pool, &steps).await.unwrap_err();
    assert_eq!(version(&pool).await, count);
    let note = pool.execute("SELECT note FROM webhook_notes").await;
    assert!(note.is_err());
    drop_schema(&pool, "inbox_failing_step").await;
}

/// Tables as the first version made them, with a message that waits and one whose lease expired.
const OLD_MESSAGES: &str = "
    INSERT INTO webhook_inbox
        (id, type, created, body, state, attempts, due_at, lease, stored_at)
    VALUES
        ('evt_1', 'invoice.paid', 1, '{}', 'pending', 0, now(), 1000, now()),
        ('evt_2', 'invoice.paid', 1, '{}', 'leased', 7, now(), 1007, now())
";

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn tables_of_the_first_version_are_migrated_with_their_messages() {
    let pool = new_schema("inbox_old_tables").await;
    for sql in [
        sql::CREATE_VERSIONS,
        sql::STEPS[0],
        "INSERT INTO webhook_schema (version) VALUES (1)",
        OLD_MESSAGES,
    ] {
        pool.execute(sqlx::raw_sql(sql)).await.unwrap();
    }
    let inbox = PostgresInbox::new(pool.clone()).await.unwrap();
    let request = ClaimRequest::new(10, Duration::from_secs(60));
    let suspect = inbox.claim_suspect(&request).await.unwrap().unwrap();
    assert_eq!(suspect.lease.id(), "evt_2");
    assert_eq!((suspect.attempt, suspect.crashes), (8, 1));
    let others = inbox.claim_messages(&request).await.unwrap();
    assert_eq!((others.len(), others[0].lease.id()), (1, "evt_1"));
    drop_schema(&pool, "inbox_old_tables").await;
}

/// 20,000 messages about 20 objects, the earliest of each not due yet, and one that is free.
const HELD_UP: &str = "
    INSERT INTO webhook_inbox (id, type, created, object, body, state, due_at, lease, stored_at)
    SELECT
        'evt_' || n, 'invoice.paid', n, 'cus_' || n % 20, '{}', 'pending',
        now() + make_interval(secs => CASE WHEN n <= 20 THEN 3600 ELSE n / 1000.0 - 60 END),
        1, now()
    FROM generate_series(1, 20000) AS n;
    INSERT INTO webhook_inbox (id, type, created, object, body, state, due_at, lease, stored_at)
    VALUES ('evt_free', 'invoice.paid', 1, 'cus_free', '{}', 'pending', now(), 1, now());
    ANALYZE webhook_inbox
";

/// The number of rows that a claim in order reads, by its plan.
async fn rows_read(pool: &PgPool) -> u64 {
    let explain = AssertSqlSafe(format!("EXPLAIN (ANALYZE) {}", sql::CLAIM_IN_ORDER));
    let mut transaction = pool.begin().await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(explain)
        .bind(8_i64)
        .bind(60.0)
        .fetch_all(&mut *transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    let scan = plan.iter().find(|line| line.contains("webhook_inbox_next"));
    let scan = scan.unwrap_or_else(|| panic!("{plan:#?}"));
    let rows = scan.split("rows=").nth(2).unwrap();
    rows.split_once(' ').unwrap().0.parse().unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn claims_in_order_do_not_read_messages_that_are_held_up() {
    let pool = new_schema("inbox_held_up").await;
    schema::migrate(&pool, sql::STEPS).await.unwrap();
    pool.execute(sqlx::raw_sql(HELD_UP)).await.unwrap();
    assert!(rows_read(&pool).await > 19_000, "none is marked yet");
    let mut marked = 0;
    loop {
        let hold_up = sqlx::query(sql::HOLD_UP).bind(None::<i64>).execute(&pool);
        match hold_up.await.unwrap().rows_affected() {
            0 => break,
            rows => marked += rows,
        }
    }
    assert_eq!(marked, 19_980);
    assert_eq!(rows_read(&pool).await, 1);
    drop_schema(&pool, "inbox_held_up").await;
}

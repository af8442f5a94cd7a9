use std::time::Duration;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePool;
use tempfile::TempDir;

use webhooks::{ClaimRequest, Inbox as _, InboxAdmin as _, InboxErrorKind};

use super::{SqliteInbox, schema, sql};

/// A step as a later version may have it.
const LATER: &str = "
    ALTER TABLE webhook_inbox ADD COLUMN note TEXT;
    CREATE TABLE webhook_notes (note TEXT);
";

async fn version(connection: &mut SqliteConnection) -> i64 {
    let version = sqlx::query_scalar(sql::VERSION).fetch_one(connection);
    version.await.unwrap()
}

async fn opened(folder: &TempDir) -> SqliteInbox {
    let opened = SqliteInbox::open(folder.path().join("inbox.db")).await;
    opened.unwrap()
}

#[tokio::test]
async fn steps_are_applied_once_and_in_order() {
    let folder = TempDir::new().unwrap();
    let inbox = opened(&folder).await;
    let mut connection = inbox.writers.acquire().await.unwrap();
    let count = i64::try_from(sql::STEPS.len()).unwrap();
    assert_eq!(version(&mut connection).await, count);
    for _ in 0..2 {
        let steps = [sql::STEPS, &[LATER]].concat();
        schema::migrate(&mut connection, &steps, 7).await.unwrap();
        assert_eq!(version(&mut connection).await, count + 1);
    }
    sqlx::query("SELECT webhook_inbox.note, webhook_notes.note FROM webhook_inbox, webhook_notes")
        .execute(&mut *connection)
        .await
        .expect("both statements of the step ran");
    let older = schema::migrate(&mut connection, sql::STEPS, 8).await;
    assert_eq!(older.unwrap_err().kind(), InboxErrorKind::SchemaMismatch);
}

#[tokio::test]
async fn a_step_that_fails_leaves_all_as_it_was() {
    let folder = TempDir::new().unwrap();
    let inbox = opened(&folder).await;
    let mut connection = inbox.writers.acquire().await.unwrap();
    let count = version(&mut connection).await;
    let steps = [sql::STEPS, &[LATER, "CREATE TABLE webhook_inbox (x)"]].concat();
    let failed = schema::migrate(&mut connection, &steps, 7).await;
    failed.unwrap_err();
    assert_eq!(version(&mut connection).await, count);
    let note = sqlx::query("SELECT note FROM webhook_notes");
    assert!(note.execute(&mut *connection).await.is_err());
}

/// Tables as the first version made them, with a message that waits and one whose lease expired.
const OLD_MESSAGES: &str = "
    INSERT INTO webhook_inbox
        (id, type, created, body, state, attempts, due_at, lease, stored_at)
    VALUES
        ('evt_1', 'invoice.paid', 1, '{}', 'pending', 0, 1000, 1000, 1000),
        ('evt_2', 'invoice.paid', 1, '{}', 'leased', 7, 2000, 1007, 1000)
";

#[tokio::test]
async fn tables_of_the_first_version_are_migrated_with_their_messages() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("inbox.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let old = SqlitePool::connect_with(options.create_if_missing(true));
    let mut connection = old.await.unwrap().acquire().await.unwrap();
    for sql in [
        sql::CREATE_VERSIONS,
        sql::STEPS[0],
        "INSERT INTO webhook_schema (version, applied_at) VALUES (1, 0)",
        OLD_MESSAGES,
    ] {
        let ran = sqlx::raw_sql(sql).execute(&mut *connection).await;
        ran.unwrap();
    }
    connection.close().await.unwrap();
    let inbox = opened(&folder).await;
    let request = ClaimRequest::new(10, Duration::from_secs(60));
    let suspect = inbox.claim_suspect(&request).await.unwrap().unwrap();
    assert_eq!(suspect.lease.id(), "evt_2");
    assert_eq!((suspect.attempt, suspect.crashes), (8, 1));
    let others = inbox.claim_messages(&request).await.unwrap();
    assert_eq!((others.len(), others[0].lease.id()), (1, "evt_1"));
}

#[tokio::test]
async fn the_writing_task_ends_with_the_last_inbox() {
    let folder = TempDir::new().unwrap();
    let inbox = opened(&folder).await;
    let queue = inbox.queue.downgrade();
    let clone = inbox.clone();
    drop(inbox);
    clone
        .prune_completed(Duration::ZERO)
        .await
        .expect("it still writes");
    let pool: SqlitePool = clone.writers.clone();
    drop(clone);
    assert_eq!(queue.strong_count(), 0);
    pool.acquire().await.expect("the connection is free");
}

#[tokio::test]
async fn no_statement_reads_the_whole_table() {
    let folder = TempDir::new().unwrap();
    let inbox = opened(&folder).await;
    let statements = [
        ("due", sql::DUE),
        ("due in order", sql::DUE_IN_ORDER),
        ("suspects", sql::SUSPECTS),
        ("suspects in order", sql::SUSPECTS_IN_ORDER),
        ("has suspects", sql::HAS_SUSPECTS),
        ("has suspects in order", sql::HAS_SUSPECTS_IN_ORDER),
        ("dead-letter suspects", sql::DEAD_LETTER_SUSPECTS),
        ("reschedule future", sql::RESCHEDULE_FUTURE),
        ("expire blocked leases", sql::EXPIRE_BLOCKED_LEASES),
        ("renew", sql::RENEW),
        ("complete", sql::COMPLETE),
        ("prune", sql::PRUNE),
        ("dead letters", sql::DEAD_LETTERS),
        ("find", sql::FIND),
        ("stats", sql::STATS),
    ];
    for (name, statement) in statements {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .fetch_all(&inbox.readers)
            .await
            .unwrap();
        let scans = plan.iter().map(|row| &row.3).filter(|step| {
            let reads_all =
                step.starts_with("SCAN webhook_inbox") || step.starts_with("SCAN message");
            reads_all && !step.contains("INDEX webhook_inbox_")
        });
        assert_eq!(scans.collect::<Vec<_>>(), [""; 0], "{name}: {plan:#?}");
        let sorts = plan.iter().any(|row| row.3.contains("TEMP B-TREE"));
        assert!(!sorts, "{name}: {plan:#?}");
    }
}

#[tokio::test]
async fn ids_and_timestamps_are_columns() {
    use wire::value::{Id, Timestamp};

    struct Customer;
    type Row = (Id<Customer>, Timestamp, Option<Id<Customer>>);

    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let (id, created) = (Id::<Customer>::from("cus_1"), Timestamp(1_769_599_800));
    let row: Row = sqlx::query_as("SELECT ?, ?, ?")
        .bind(&id)
        .bind(created)
        .bind(None::<Id<Customer>>)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(row, (id.clone(), created, None));
    let stored: (String, i64) = sqlx::query_as("SELECT ?, ?")
        .bind(id)
        .bind(created)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(stored, ("cus_1".to_owned(), 1_769_599_800));
}

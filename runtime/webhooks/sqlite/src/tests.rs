use std::time::Duration;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePool;
use tempfile::TempDir;

use webhooks::{InboxAdmin as _, InboxErrorKind};

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
    assert_eq!(version(&mut connection).await, 1);
    for _ in 0..2 {
        let steps = [sql::STEPS[0], LATER];
        schema::migrate(&mut connection, &steps, 7).await.unwrap();
        assert_eq!(version(&mut connection).await, 2);
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
    let steps = [sql::STEPS[0], LATER, "CREATE TABLE webhook_inbox (x)"];
    let failed = schema::migrate(&mut connection, &steps, 7).await;
    failed.unwrap_err();
    assert_eq!(version(&mut connection).await, 1);
    let note = sqlx::query("SELECT note FROM webhook_notes");
    assert!(note.execute(&mut *connection).await.is_err());
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

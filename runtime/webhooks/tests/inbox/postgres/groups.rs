//! Messages that are stored at the same time.

use std::sync::Arc;
use std::time::Duration;

use webhooks::{Inbox as _, InboxAdmin as _, InboxErrorKind, StoreOutcome};
use webhooks_sqlite::sqlx;

use super::{Schema, in_schema};
use crate::stage::{Stage, entry, ids, polled};

type Stored = Result<Vec<StoreOutcome>, webhooks::InboxError>;

/// Stores messages in a task. On one thread nothing runs before the first wait, so several of these
/// are stored together.
fn store(stage: &Stage, ids: &[&str]) -> tokio::task::JoinHandle<Stored> {
    let inbox = Arc::clone(&stage.inbox);
    let entries: Vec<_> = ids.iter().map(|id| entry(id)).collect();
    tokio::spawn(async move { inbox.store_messages(&entries).await })
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn messages_that_arrive_together_share_a_transaction() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        let storing: Vec<_> = (0..100)
            .map(|n| store(&stage, &[&format!("evt_{n}")]))
            .collect();
        for stored in storing {
            assert_eq!(stored.await.unwrap().unwrap(), [StoreOutcome::New]);
        }
        let transactions = "SELECT count(DISTINCT xmin::text) FROM webhook_inbox";
        let transactions = sqlx::query_scalar(transactions).fetch_one(&schema.pool);
        let transactions: i64 = transactions.await.unwrap();
        assert!(transactions <= 5, "{transactions} transactions");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_batch_that_is_refused_fails_without_the_others_of_its_group() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        schema
            .run(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
                 CREATE TRIGGER refuse BEFORE INSERT ON webhook_inbox FOR EACH ROW
                 WHEN (NEW.id = 'evt_bad') EXECUTE FUNCTION refuse()",
            )
            .await;
        let one = store(&stage, &["evt_1"]);
        let bad = store(&stage, &["evt_2", "evt_bad"]);
        let nul = store(&stage, &["evt_\0"]);
        let three = store(&stage, &["evt_3", "evt_1"]);
        assert_eq!(one.await.unwrap().unwrap(), [StoreOutcome::New]);
        let expected = [StoreOutcome::New, StoreOutcome::Duplicate];
        assert_eq!(three.await.unwrap().unwrap(), expected);
        let error = bad.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), InboxErrorKind::Unavailable);
        let error = nul.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), InboxErrorKind::Other);
        assert_eq!(ids(&stage.claim(10).await), ["evt_1", "evt_3"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_group_that_waits_for_a_lock_does_not_delay_the_next() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        // Another transaction stores the same message, and is not committed yet.
        let mut other = schema.pool.begin().await.unwrap();
        let insert = "INSERT INTO webhook_inbox
            (id, type, created, body, state, due_at, lease, stored_at)
            VALUES ('evt_1', 'invoice.paid', 1, '{}', 'pending', now(), 1, now())";
        sqlx::query(insert).execute(&mut *other).await.unwrap();
        let waiting = store(&stage, &["evt_1"]);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let next = tokio::time::timeout(Duration::from_secs(5), store(&stage, &["evt_2"]));
        let next = next.await.expect("it does not wait").unwrap().unwrap();
        assert_eq!(next, [StoreOutcome::New]);
        assert!(!waiting.is_finished());
        other.commit().await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), [StoreOutcome::Duplicate]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn stores_whose_future_was_dropped_fail_no_others() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = schema.opened().await;
        for number in 0..20 {
            let entries = [entry(&format!("evt_{number}"))];
            let mut storing = inbox.store_messages(&entries);
            assert!(polled(&mut storing).is_pending());
            drop(storing);
        }
        stage.store(&[entry("evt_last")]).await;
        assert_eq!(inbox.collect_stats().await.unwrap().pending, 21);
    })
    .await;
}

//! Messages that wait for an earlier one about their object.

use std::time::Duration;

use webhooks::{InboxMessage, MessageOutcome};
use webhooks_sqlite::sqlx;

use super::{Schema, in_schema};
use crate::stage::{Stage, dead_lettered, failed, ids, of};

/// Messages about one object, the first of which failed and is not due yet; all others are marked.
async fn with_held_up(schema: &Schema, count: usize) -> Stage {
    let (stage, _) = schema.opened().await;
    let entries: Vec<InboxMessage> = (0..count)
        .map(|n| of(&format!("evt_{n}"), "cus_1", i64::try_from(n).unwrap()))
        .collect();
    stage.inbox.store_messages(&entries).await.unwrap();
    let claims = stage.claim_in_order().await;
    assert_eq!(ids(&claims), ["evt_0"]);
    let later = failed("no", Duration::from_secs(300));
    stage.finish(&claims[0], later).await;
    while held_up(schema).await < count - 1 {
        assert!(stage.claim_in_order().await.is_empty());
    }
    stage
}

async fn held_up(schema: &Schema) -> usize {
    let count = sqlx::query_scalar("SELECT count(*) FROM webhook_inbox WHERE held_up");
    let count: i64 = count.fetch_one(&schema.pool).await.unwrap();
    usize::try_from(count).unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn held_up_messages_come_when_the_earlier_one_ends() {
    in_schema(async |schema: &Schema| {
        let stage = with_held_up(schema, 500).await;
        stage.pass_secs(301).await;
        for n in 0..20 {
            let claims = stage.claim_in_order().await;
            assert_eq!(ids(&claims), [format!("evt_{n}")]);
            let outcome = match n % 2 {
                0 => MessageOutcome::Completed,
                _ => dead_lettered("no"),
            };
            stage.finish(&claims[0], outcome).await;
        }
        // A row that is deleted holds nothing up either.
        schema
            .run("DELETE FROM webhook_inbox WHERE id = 'evt_20'")
            .await;
        assert_eq!(ids(&stage.claim_in_order().await), ["evt_21"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_message_is_not_held_up_by_one_that_is_ending() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        stage
            .store(&[of("evt_1", "cus_1", 1), of("evt_2", "cus_1", 2)])
            .await;
        // Another worker completes the first, and its transaction is not committed yet.
        let mut other = schema.pool.begin().await.unwrap();
        let complete = "UPDATE webhook_inbox
            SET state = 'done', object = NULL, body = NULL, due_at = NULL, finished_at = now()
            WHERE id = 'evt_1'";
        sqlx::query(complete).execute(&mut *other).await.unwrap();
        assert!(stage.claim_in_order().await.is_empty());
        assert_eq!(held_up(schema).await, 0, "its end would be missed");
        other.commit().await.unwrap();
        assert_eq!(ids(&stage.claim_in_order().await), ["evt_2"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn held_up_messages_are_claimed_in_any_order() {
    in_schema(async |schema: &Schema| {
        let stage = with_held_up(schema, 4).await;
        let claims = stage.claim(10).await;
        assert_eq!(ids(&claims), ["evt_1", "evt_2", "evt_3"]);
        assert_eq!(held_up(schema).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn many_workers_leave_no_message_held_up() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        let entries: Vec<InboxMessage> = (0..400_i64)
            .map(|n| of(&format!("evt_{n}"), &format!("cus_{}", n % 5), n))
            .collect();
        stage.inbox.store_messages(&entries).await.unwrap();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let inbox = std::sync::Arc::clone(&stage.inbox);
            workers.spawn(async move {
                let request = webhooks::ClaimRequest::new(3, crate::stage::LEASE)
                    .order(webhooks::ClaimOrder::PerObject);
                while inbox.collect_stats().await.unwrap().completed < 400 {
                    for claim in inbox.claim_messages(&request).await.unwrap() {
                        let finish = inbox.finish_message(&claim.lease, MessageOutcome::Completed);
                        finish.await.unwrap();
                    }
                }
            });
        }
        let ended = tokio::time::timeout(Duration::from_secs(60), workers.join_all()).await;
        ended.expect("no message waits for one that ended");
    })
    .await;
}

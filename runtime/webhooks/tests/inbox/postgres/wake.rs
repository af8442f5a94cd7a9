//! Workers that are woken by messages which another process stored.

use std::time::Duration;

use webhooks::{Inbox as _, WakeSignal};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::sqlx;

use super::{Schema, in_schema};
use crate::stage::entry;

/// Waits for a notification after so many.
async fn notified_since(signal: &WakeSignal, count: u64) {
    let notified = signal.notified_since(count);
    let notified = tokio::time::timeout(Duration::from_secs(20), notified).await;
    notified.expect("notified");
}

/// An inbox that listens, as another process has it, once so many listen.
async fn listening(schema: &Schema, count: i64) -> (PostgresInbox, WakeSignal) {
    let (_, inbox) = schema.opened().await;
    wait_for_listeners(schema, count).await;
    let signal = inbox.wake_signal();
    (inbox, signal)
}

async fn wait_for_listeners(schema: &Schema, count: i64) {
    for _ in 0..500 {
        if listeners(schema).await == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} listen, and not {count}", listeners(schema).await);
}

/// The server's processes that listen to the channel of the inbox.
const LISTENERS: &str = "FROM pg_stat_activity
    WHERE query = format('LISTEN \"%s\"', 'webhook_inbox_' || 'webhook_inbox'::regclass::oid)";

async fn listeners(schema: &Schema) -> i64 {
    let count = sqlx::AssertSqlSafe(format!("SELECT count(*) {LISTENERS}"));
    let count = sqlx::query_scalar(count).fetch_one(&schema.pool);
    count.await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn workers_of_other_processes_are_woken() {
    in_schema(async |schema: &Schema| {
        let (stage, _inbox) = schema.opened().await;
        let (_other, signal) = listening(schema, 2).await;
        let count = signal.notification_count();
        stage.store(&[entry("evt_1")]).await;
        notified_since(&signal, count).await;
        stage.dead_letter_one("no").await;
        let count = signal.notification_count();
        stage.inbox.replay_dead_letter("evt_1").await.unwrap();
        notified_since(&signal, count).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn workers_are_woken_once_by_messages_of_their_own_process() {
    in_schema(async |schema: &Schema| {
        let (inbox, signal) = listening(schema, 1).await;
        let count = signal.notification_count();
        inbox.store_messages(&[entry("evt_1")]).await.unwrap();
        inbox.store_messages(&[entry("evt_1")]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(signal.notification_count(), count + 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_lost_connection_is_replaced() {
    in_schema(async |schema: &Schema| {
        let (stage, _inbox) = schema.opened().await;
        let (_other, signal) = listening(schema, 2).await;
        let mut count = signal.notification_count();
        let terminate = format!("SELECT pg_terminate_backend(pid) {LISTENERS}");
        schema.run(&terminate).await;
        // Messages may have been stored meanwhile.
        notified_since(&signal, count).await;
        count = signal.notification_count();
        stage.store(&[entry("evt_1")]).await;
        notified_since(&signal, count).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn listening_ends_with_the_last_inbox() {
    in_schema(async |schema: &Schema| {
        let (inbox, _) = listening(schema, 1).await;
        let clone = inbox.clone();
        drop(inbox);
        assert_eq!(listeners(schema).await, 1);
        drop(clone);
        wait_for_listeners(schema, 0).await;
    })
    .await;
}

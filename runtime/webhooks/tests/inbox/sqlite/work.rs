//! Work in the inbox's own transaction.

use tempfile::TempDir;
use webhooks::{Inbox, MessageOutcome, MessageState};
use webhooks_sqlite::SqliteInbox;
use webhooks_sqlite::sqlx;

use super::{connection, file, opened, run};
use crate::stage::{Stage, entry, polled};

async fn with_orders() -> (TempDir, Stage, SqliteInbox) {
    let folder = TempDir::new().unwrap();
    run(&file(&folder), "CREATE TABLE orders (id TEXT)").await;
    let (stage, inbox) = opened(&folder).await;
    stage.store(&[entry("evt_1")]).await;
    (folder, stage, inbox)
}

async fn orders(folder: &TempDir) -> i64 {
    let mut connection = connection(&file(folder)).await;
    let count = sqlx::query_scalar("SELECT count(*) FROM orders");
    count.fetch_one(&mut connection).await.unwrap()
}

const ORDER: &str = "INSERT INTO orders (id) VALUES ('order')";

#[tokio::test]
async fn work_and_completion_are_kept_together() {
    let (folder, stage, inbox) = with_orders().await;
    let claim = stage.claim_one().await;
    let mut work = inbox.begin_transaction(&claim.lease).await.unwrap();
    let order = sqlx::query(ORDER).execute(work.connection()).await;
    order.unwrap();
    assert_eq!(orders(&folder).await, 0, "it is not visible yet");
    assert_eq!(stage.state("evt_1").await, MessageState::Leased);
    work.commit().await.unwrap();
    assert_eq!(orders(&folder).await, 1);
    let record = stage.find("evt_1").await;
    assert_eq!((record.state, record.body), (MessageState::Completed, None));
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .expect("done");
    let again = inbox.begin_transaction(&claim.lease).await.unwrap_err();
    assert!(again.is_lease_lost(), "nothing is to be done");
}

#[tokio::test]
async fn work_that_is_dropped_leaves_nothing() {
    let (folder, stage, inbox) = with_orders().await;
    let claim = stage.claim_one().await;
    let mut work = inbox.begin_transaction(&claim.lease).await.unwrap();
    let order = sqlx::query(ORDER).execute(work.connection()).await;
    order.unwrap();
    drop(work);
    assert_eq!(stage.state("evt_1").await, MessageState::Leased);
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .expect("held");
    assert_eq!(orders(&folder).await, 0);
}

#[tokio::test]
async fn work_under_a_lost_lease_leaves_nothing() {
    let (folder, stage, inbox) = with_orders().await;
    let old = stage.claim_one().await.lease;
    let mut work = inbox.begin_transaction(&old).await.unwrap();
    let order = sqlx::query(ORDER).execute(work.connection()).await;
    order.unwrap();
    // Simulates a lost lock, which SQLite itself does not have.
    let steal = sqlx::query("UPDATE webhook_inbox SET lease = lease + 1");
    steal.execute(work.connection()).await.unwrap();
    assert!(work.commit().await.unwrap_err().is_lease_lost());
    assert_eq!(orders(&folder).await, 0);

    stage.pass_secs(61).await;
    let new = stage.claim_one().await.lease;
    assert!(
        inbox
            .begin_transaction(&old)
            .await
            .unwrap_err()
            .is_lease_lost()
    );
    inbox
        .begin_transaction(&new)
        .await
        .unwrap()
        .commit()
        .await
        .unwrap();
}

#[tokio::test]
async fn stores_wait_for_work() {
    let (_folder, stage, inbox) = with_orders().await;
    let claim = stage.claim_one().await;
    let work = inbox.begin_transaction(&claim.lease).await.unwrap();
    let entries = [entry("evt_2")];
    let mut storing = inbox.store_messages(&entries);
    for _ in 0..100 {
        assert!(polled(&mut storing).is_pending());
        tokio::task::yield_now().await;
    }
    work.commit().await.unwrap();
    storing.await.expect("stored");
}

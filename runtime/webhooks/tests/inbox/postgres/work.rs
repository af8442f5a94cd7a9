//! Work in a transaction of the inbox's database.

use std::time::Duration;

use webhooks::{Inbox, MessageOutcome, MessageState};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::sqlx;

use super::{Schema, in_schema};
use crate::stage::{LEASE, Stage, entry, of};

async fn with_orders(schema: &Schema) -> (Stage, PostgresInbox) {
    schema.run("CREATE TABLE orders (id text)").await;
    let (stage, inbox) = schema.opened().await;
    stage.store(&[entry("evt_1")]).await;
    (stage, inbox)
}

async fn orders(schema: &Schema) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM orders");
    count.fetch_one(&schema.pool).await.unwrap()
}

const ORDER: &str = "INSERT INTO orders (id) VALUES ('order')";

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn work_and_completion_are_kept_together() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = with_orders(schema).await;
        let claim = stage.claim_one().await;
        let mut work = inbox.begin_transaction(&claim.lease).await.unwrap();
        let order = sqlx::query(ORDER).execute(work.connection()).await;
        order.unwrap();
        assert_eq!(orders(schema).await, 0, "it is not visible yet");
        assert_eq!(stage.state("evt_1").await, MessageState::Leased);
        work.commit().await.unwrap();
        assert_eq!(orders(schema).await, 1);
        let record = stage.find("evt_1").await;
        assert_eq!((record.state, record.body), (MessageState::Completed, None));
        stage
            .inbox
            .finish_message(&claim.lease, MessageOutcome::Completed)
            .await
            .expect("done");
        let again = inbox.begin_transaction(&claim.lease).await.unwrap_err();
        assert!(again.is_lease_lost(), "nothing is to be done");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn work_that_is_dropped_leaves_nothing() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = with_orders(schema).await;
        let claim = stage.claim_one().await;
        let mut work = inbox.begin_transaction(&claim.lease).await.unwrap();
        let order = sqlx::query(ORDER).execute(work.connection()).await;
        order.unwrap();
        drop(work);
        stage
            .inbox
            .finish_message(&claim.lease, MessageOutcome::Completed)
            .await
            .expect("held");
        assert_eq!(orders(schema).await, 0);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn work_under_a_lost_lease_leaves_nothing() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = with_orders(schema).await;
        let old = stage.claim_one().await.lease;
        let mut work = inbox.begin_transaction(&old).await.unwrap();
        let order = sqlx::query(ORDER).execute(work.connection()).await;
        order.unwrap();
        // As if the server had released the lock, as it does when the connection is lost.
        schema
            .run("UPDATE webhook_inbox SET lease = lease + 1")
            .await;
        assert!(work.commit().await.unwrap_err().is_lease_lost());
        assert_eq!(orders(schema).await, 0);
        assert!(
            inbox
                .begin_transaction(&old)
                .await
                .unwrap_err()
                .is_lease_lost()
        );
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn message_of_an_open_transaction_is_not_claimed() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = with_orders(schema).await;
        let claim = stage.claim_one().await;
        let work = inbox.begin_transaction(&claim.lease).await.unwrap();
        stage.pass_secs(61).await;
        assert!(stage.claim(10).await.is_empty());
        assert!(stage.claim_in_order().await.is_empty());
        work.commit().await.unwrap();
        assert_eq!(stage.state("evt_1").await, MessageState::Completed);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_late_message_waits_for_work_whose_lease_is_over() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = schema.opened().await;
        stage.store(&[of("evt_2", "cus_1", 2)]).await;
        let claim = stage.claim_one().await;
        let work = inbox.begin_transaction(&claim.lease).await.unwrap();
        stage.store(&[of("evt_1", "cus_1", 1)]).await;
        stage.pass_secs(61).await;
        assert!(stage.claim_in_order().await.is_empty());
        work.commit().await.unwrap();
        assert_eq!(stage.claim_in_order().await.len(), 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn leases_can_be_renewed_while_work_goes_on() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = with_orders(schema).await;
        let claim = stage.claim_one().await;
        let work = inbox.begin_transaction(&claim.lease).await.unwrap();
        let renew = inbox.renew_lease(&claim.lease, LEASE);
        let renewed = tokio::time::timeout(Duration::from_secs(5), renew).await;
        renewed.expect("it does not wait").expect("held");
        work.commit().await.unwrap();
        inbox
            .renew_lease(&claim.lease, LEASE)
            .await
            .expect("no harm");
    })
    .await;
}

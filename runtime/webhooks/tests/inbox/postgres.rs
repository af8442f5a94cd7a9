//! Cases specific to the inbox in PostgreSQL.

use std::panic::AssertUnwindSafe;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use runtime::clock::BoxFuture;
use tokio::task::JoinSet;
use webhooks::{ClaimOrder, Inbox, InboxErrorKind, MessageOutcome, MessageState, StoreOutcome};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use webhooks_sqlite::sqlx::{self, AssertSqlSafe};

use crate::stage::{LEASE, Stage, entry, failed, ids, of, polled};

mod groups;
mod held_up;
mod wake;
mod work;

/// Runs a case in a schema of its own.
pub(crate) async fn stage(case: impl AsyncFnOnce(&Stage)) {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        case(&stage).await;
    })
    .await;
}

/// A schema that exists for one test.
pub(crate) struct Schema {
    name: String,
    pool: PgPool,
}

/// Calls the function with a new schema, and drops the schema in any case.
async fn in_schema(case: impl AsyncFnOnce(&Schema)) {
    let name = format!("inbox_{:016x}", runtime::clock::system_random());
    let admin = PgPool::connect_with(server()).await.expect("connected");
    run(&admin, format!("CREATE SCHEMA {name}")).await;
    let options = server().options([("search_path", &name)]);
    let pool = PgPoolOptions::new().max_connections(8);
    let pool = pool.connect_with(options).await.expect("connected");
    let schema = Schema { name, pool };
    let outcome = AssertUnwindSafe(case(&schema)).catch_unwind().await;
    schema.pool.close().await;
    run(&admin, format!("DROP SCHEMA {} CASCADE", schema.name)).await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// Calls the function with an inbox in a new schema, and a URL by which another process opens it.
pub(crate) async fn in_named_schema(case: impl AsyncFnOnce(&PostgresInbox, &str)) {
    in_schema(async |schema: &Schema| {
        let (_, inbox) = schema.opened().await;
        let url = std::env::var("TEST_POSTGRES_URL").expect("a URL");
        let mark = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{mark}options=-csearch_path%3D{}", schema.name);
        case(&inbox, &url).await;
    })
    .await;
}

fn server() -> PgConnectOptions {
    let url = std::env::var("TEST_POSTGRES_URL").expect(
        "TEST_POSTGRES_URL names no server: tests/postgres/install.sh starts one and prints its URL",
    );
    url.parse().expect("a URL")
}

async fn run(pool: &PgPool, sql: String) {
    let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await;
    ran.expect("ran");
}

impl Schema {
    pub(crate) async fn opened(&self) -> (Stage, PostgresInbox) {
        let inbox = PostgresInbox::new(self.pool.clone()).await.expect("opened");
        let pool = self.pool.clone();
        let pass = move |time| Box::pin(pass(pool.clone(), time)) as BoxFuture<'static, ()>;
        (Stage::new(inbox.clone(), Box::new(pass)), inbox)
    }

    pub(crate) async fn run(&self, sql: &str) {
        run(&self.pool, sql.to_owned()).await;
    }
}

/// Lets time pass by moving all stored times into the past.
async fn pass(pool: PgPool, time: Duration) {
    let shift = "
        UPDATE webhook_inbox
        SET
            due_at = due_at - make_interval(secs => $1),
            stored_at = stored_at - make_interval(secs => $1),
            died_at = died_at - make_interval(secs => $1),
            finished_at = finished_at - make_interval(secs => $1)
    ";
    let shift = sqlx::query(shift).bind(time.as_secs_f64());
    shift.execute(&pool).await.expect("shifted");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn messages_survive_reopening() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        stage.store(&[entry("evt_1"), entry("evt_2")]).await;
        let claim = stage.claim(1).await.remove(0);
        stage
            .inbox
            .finish_message(&claim.lease, MessageOutcome::Completed)
            .await
            .unwrap();
        drop(stage);
        let (stage, _) = schema.opened().await;
        let stored = stage.inbox.store_messages(&[entry("evt_1")]).await.unwrap();
        assert_eq!(stored, [StoreOutcome::Duplicate]);
        assert_eq!(ids(&stage.claim(10).await), ["evt_2"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_new_schema_can_be_opened_by_many_at_once() {
    in_schema(async |schema: &Schema| {
        let mut opening = JoinSet::new();
        for _ in 0..8 {
            opening.spawn(PostgresInbox::new(schema.pool.clone()));
        }
        for opened in opening.join_all().await {
            let inbox = opened.expect("opened");
            inbox.store_messages(&[entry("evt_1")]).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn tables_that_are_something_else_are_refused() {
    let tables = [
        "CREATE TABLE webhook_inbox (id text)",
        "CREATE TABLE webhook_schema (number bigint)",
        "CREATE TABLE webhook_schema (version bigint, applied_at timestamptz);
            INSERT INTO webhook_schema VALUES (1, now());
            CREATE TABLE webhook_inbox (id text);
            CREATE TABLE webhook_positions (id text)",
        "CREATE TABLE webhook_schema (version bigint, applied_at timestamptz);
            INSERT INTO webhook_schema VALUES (1000, now())",
    ];
    for sql in tables {
        in_schema(async |schema: &Schema| {
            schema.run(sql).await;
            let error = PostgresInbox::new(schema.pool.clone()).await.unwrap_err();
            assert_eq!(
                error.kind(),
                InboxErrorKind::SchemaMismatch,
                "{sql}: {error:?}"
            );
        })
        .await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn a_missing_schema_is_reported() {
    let options = server().options([("search_path", "no_such_schema")]);
    let pool = PgPool::connect_with(options).await.unwrap();
    let error = PostgresInbox::new(pool).await.unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::Other);
    assert!(error.to_string().contains("search_path"), "{error}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn an_unreachable_server_is_reported() {
    let url = "postgres://app@127.0.0.1:1/none";
    let error = PostgresInbox::connect(url).await.unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::Unavailable);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn nul_characters_are_refused() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        let batch = [entry("evt_1"), entry("evt_\0")];
        let error = stage.inbox.store_messages(&batch).await.unwrap_err();
        assert_eq!(error.kind(), InboxErrorKind::Other);
        assert!(stage.claim(10).await.is_empty(), "nothing is stored");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn claims_in_order_wait_for_one_another() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        stage
            .store(&[of("evt_1", "cus_1", 1), of("evt_2", "cus_1", 2)])
            .await;
        // Another transaction is claiming, and is not committed yet.
        let mut other = schema.pool.begin().await.unwrap();
        let lock = "SELECT pg_advisory_xact_lock(1273960413,
            'webhook_inbox'::regclass::oid::integer)";
        sqlx::query(lock).execute(&mut *other).await.unwrap();
        let claim = "UPDATE webhook_inbox SET state = 'leased', lease = lease + 1,
            due_at = now() + interval '1 minute' WHERE id = 'evt_1'";
        sqlx::query(claim).execute(&mut *other).await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_millis(100), stage.claim_in_order());
        assert!(waiting.await.is_err());
        other.commit().await.unwrap();
        assert!(stage.claim_in_order().await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn claims_skip_what_another_claim_has_locked() {
    in_schema(async |schema: &Schema| {
        let (stage, _) = schema.opened().await;
        stage.store(&[entry("evt_1"), entry("evt_2")]).await;
        let mut other = schema.pool.begin().await.unwrap();
        let lock = "SELECT 1 FROM webhook_inbox WHERE id = 'evt_1' FOR UPDATE";
        sqlx::query(lock).execute(&mut *other).await.unwrap();
        assert_eq!(ids(&stage.claim(10).await), ["evt_2"]);
        other.rollback().await.unwrap();
        assert_eq!(ids(&stage.claim(10).await), ["evt_1"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn dropped_claims_leave_nothing_claimed() {
    in_schema(async |schema: &Schema| {
        let (stage, inbox) = schema.opened().await;
        stage.store(&[entry("evt_1")]).await;
        let request = webhooks::ClaimRequest::new(10, LEASE).order(ClaimOrder::PerObject);
        // Dropped at its first waits: the last one, for the commit, is where it may have claimed. If
        // the database responds before the thread continues, a claim completes with fewer polls.
        let (mut completed, mut dropped) = (0, 0);
        for polls in (1..4).cycle().take(12) {
            let mut claiming = inbox.claim_messages(&request);
            let mut is_complete = false;
            for _ in 0..polls {
                if let Poll::Ready(claims) = polled(&mut claiming) {
                    is_complete = true;
                    let lease = &claims.unwrap()[0].lease;
                    let finished = inbox.finish_message(lease, failed("no", Duration::ZERO));
                    finished.await.unwrap();
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            match is_complete {
                true => completed += 1,
                false => dropped += 1,
            }
            if dropped == 3 {
                break;
            }
        }
        assert!(dropped > 0, "no claim was dropped");
        let mut claims = stage.claim(10).await;
        for _ in 0..100 {
            if claims.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
                claims = stage.claim(10).await;
            }
        }
        assert_eq!(ids(&claims), ["evt_1"]);
        assert_eq!(stage.state("evt_1").await, MessageState::Leased);
        assert_eq!(claims[0].attempt, 1 + completed);
    })
    .await;
}

//! A rate limiter that several machines share, written outside of the runtime. Here the table is
//! in an SQLite file, and the machines are clients with a connection of their own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first failure")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::rate_limit::{AcquireError, AcquireRequest, Permit, RateLimiter};
use runtime::transport::{Transport, TransportError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};

/// In microseconds, as the times in the table.
const SECOND: i64 = 1_000_000;

/// Permits so many attempts per account and second, counted in a table.
#[derive(Clone, Debug)]
struct TableLimiter {
    pool: SqlitePool,
    per_second: i64,
}

impl TableLimiter {
    async fn open(file: &Path, per_second: i64) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(60));
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS attempts (account TEXT, begun INTEGER)")
            .execute(&pool)
            .await?;
        Ok(Self { pool, per_second })
    }

    /// Records an attempt if there is room for it. Otherwise returns how long there is none.
    async fn record(&self, account: &str, clock: &dyn Clock) -> sqlx::Result<Option<Duration>> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let now = clock.calendar().duration_since(UNIX_EPOCH);
        let now = i64::try_from(now.unwrap_or_default().as_micros()).unwrap_or(i64::MAX);
        let recent = "SELECT count(*), coalesce(min(begun), 0) FROM attempts
            WHERE account = ?1 AND begun > ?2";
        let recent = sqlx::query_as(recent).bind(account).bind(now - SECOND);
        let (used, oldest): (i64, i64) = recent.fetch_one(&mut *transaction).await?;
        if used >= self.per_second {
            let wait = u64::try_from(oldest + SECOND - now).unwrap_or_default();
            return Ok(Some(Duration::from_micros(wait)));
        }
        let insert = sqlx::query("INSERT INTO attempts VALUES (?1, ?2)");
        insert
            .bind(account)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(None)
    }
}

impl RateLimiter for TableLimiter {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Box::pin(async move {
            let account = format!("{:?} {}", request.account, request.live);
            // If its database is not available, this limiter admits all calls.
            while let Some(wait) = self.record(&account, &**clock).await.unwrap_or_default() {
                if request.deadline.is_some_and(|end| clock.now() + wait > end) {
                    return Err(AcquireError::WaitTooLong);
                }
                clock.sleep(wait).await;
            }
            Ok(Permit::new(|_| ()))
        })
    }
}

/// Responds to everything immediately.
#[derive(Debug)]
struct Server;

impl Transport for Server {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let body = r#"{"id": "cus_1", "object": "customer", "created": 1, "livemode": false}"#;
        Box::pin(async move {
            Ok(RawResponse::new(
                http::StatusCode::OK,
                http::HeaderMap::new(),
                body,
            ))
        })
    }
}

async fn client(file: &Path, per_second: i64) -> (stripe::Client, TableLimiter) {
    let limiter = TableLimiter::open(file, per_second).await.unwrap();
    let builder = stripe::Client::builder().api_key("sk_test_shared");
    let builder = builder.transport(Server).rate_limiter(limiter.clone());
    (builder.build().unwrap(), limiter)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limit_holds_for_all_machines_that_share_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limiter.db");
    let mut calls = tokio::task::JoinSet::new();
    let mut limiters = Vec::new();
    for _ in 0..3 {
        let (client, limiter) = client(&file, 20).await;
        limiters.push(limiter);
        for _ in 0..20 {
            let client = client.clone();
            calls.spawn(async move { client.customers().retrieve("cus_1").await });
        }
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    let begun = sqlx::query_scalar("SELECT begun FROM attempts ORDER BY begun");
    let begun: Vec<i64> = begun.fetch_all(&limiters[0].pool).await.unwrap();
    assert_eq!(begun.len(), 60);
    for pair in begun.windows(21) {
        assert!(pair[20] - pair[0] >= SECOND, "{pair:?}");
    }
}

#[tokio::test]
async fn call_fails_when_other_machines_leave_it_no_room_before_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limiter.db");
    let (one, _) = client(&file, 1).await;
    let (two, _) = client(&file, 1).await;
    one.customers().retrieve("cus_1").await.unwrap();
    let call = two.customers().retrieve("cus_1");
    let error = call.deadline(Duration::from_millis(1)).await.unwrap_err();
    assert!(error.is_queue_timeout(), "{error}");
}

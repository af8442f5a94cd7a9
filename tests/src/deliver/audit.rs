//! Reads the database: how many events are completed, and whether each has one effect.

use std::time::Duration;

use webhooks::{InboxAdmin as _, InboxStats};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::SqliteInbox;
use webhooks_sqlite::sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use webhooks_sqlite::sqlx::{self, PgPool};

use super::plan::DeliveryPlan;
use super::{Anyhow, InboxPlace};

/// Reads the database from outside of the processes that are killed.
#[derive(Debug)]
pub enum Audit {
    /// A file.
    Sqlite(SqliteInbox, SqlitePool),
    /// A database.
    Postgres(PostgresInbox, PgPool),
}

impl Audit {
    /// Creates the tables. That of the effects has no constraint, which would hide a second effect.
    ///
    /// # Errors
    /// If the database cannot be opened, or is not new.
    pub async fn open(place: &InboxPlace) -> Anyhow<Self> {
        let audit = match place {
            InboxPlace::Sqlite(path) => {
                let inbox = SqliteInbox::open(path).await?;
                let options = SqliteConnectOptions::new().filename(path);
                let pool = SqlitePool::connect_with(options).await?;
                sqlx::query("CREATE TABLE effects (event TEXT NOT NULL)")
                    .execute(&pool)
                    .await?;
                Self::Sqlite(inbox, pool)
            }
            InboxPlace::Postgres(url) => {
                let inbox = PostgresInbox::connect(url).await?;
                let pool = PgPool::connect(url).await?;
                sqlx::query("CREATE TABLE effects (event TEXT NOT NULL)")
                    .execute(&pool)
                    .await?;
                Self::Postgres(inbox, pool)
            }
        };
        Ok(audit)
    }

    async fn collect_stats(&self) -> Anyhow<InboxStats> {
        Ok(match self {
            Self::Sqlite(inbox, _) => inbox.collect_stats().await?,
            Self::Postgres(inbox, _) => inbox.collect_stats().await?,
        })
    }

    /// Waits until so many events are completed.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_for(&self, completed: usize, timeout: Duration) -> Anyhow<()> {
        self.wait(timeout, |stats| stats.completed >= completed as u64)
            .await
    }

    /// Waits until no message is pending or leased.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_until_empty(&self, timeout: Duration) -> Anyhow<()> {
        self.wait(timeout, |stats| stats.pending + stats.leased == 0)
            .await
    }

    async fn wait(&self, timeout: Duration, is_enough: impl Fn(&InboxStats) -> bool) -> Anyhow<()> {
        let waiting = async {
            loop {
                let stats = self.collect_stats().await?;
                if is_enough(&stats) {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        match tokio::time::timeout(timeout, waiting).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(format!("still {:?} after {timeout:?}", self.collect_stats().await?).into())
            }
        }
    }

    /// Counts the effects and the dead letters.
    ///
    /// # Errors
    /// If an effect is missing or exists twice, if a message is a dead letter that is no poison, or
    /// if the inbox has messages that are not completed.
    pub async fn check(&self, plan: &DeliveryPlan) -> Anyhow<(u64, u64)> {
        let stats = self.collect_stats().await?;
        if stats.completed != (plan.events - plan.poison) as u64
            || stats.dead_letters != plan.poison as u64
            || stats.pending + stats.leased != 0
        {
            return Err(format!(
                "{} events happened, and the inbox has {stats:?}",
                plan.events
            )
            .into());
        }
        let counts: Vec<(String, i64)> = match self {
            Self::Sqlite(_, pool) => sqlx::query_as(COUNT).fetch_all(pool).await?,
            Self::Postgres(_, pool) => sqlx::query_as(COUNT).fetch_all(pool).await?,
        };
        if let Some((event, count)) = counts.iter().find(|(_, count)| *count != 1) {
            return Err(format!("{event} has {count} effects").into());
        }
        for number in 0..plan.events {
            let id = DeliveryPlan::id(number);
            let found = counts.binary_search_by(|(event, _)| event.as_str().cmp(&id));
            if found.is_err() && !plan.is_poison(number) {
                return Err(format!("{id} has no effect").into());
            }
        }
        Ok((counts.len() as u64, stats.dead_letters))
    }
}

/// Sorted in Rust's order, not in that of a language.
const COUNT: &str = "SELECT event, COUNT(*) FROM effects GROUP BY event ORDER BY event";

/// Creates an empty schema of this name, and returns its URL.
///
/// # Errors
/// If that fails.
pub async fn fresh_schema(url: &str, name: &'static str) -> Anyhow<String> {
    let pool = PgPool::connect(url).await?;
    for statement in ["DROP SCHEMA IF EXISTS {} CASCADE", "CREATE SCHEMA {}"] {
        let statement = sqlx::AssertSqlSafe(statement.replace("{}", name));
        sqlx::query(statement).execute(&pool).await?;
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{mark}options=-csearch_path%3D{name}"))
}

//! What may be written, each as one [`Change`].

use std::time::Duration;

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use webhooks::columns::{EntryColumns, attempts, entry, limit, millis};
use webhooks::{ClaimedMessage, ClaimRequest, InboxMessage, MessageLease, ClaimOrder, StoreOutcome};
use super::writer::Change;
use super::{seconds, sql};
use runtime::clock::BoxFuture;

/// How many messages are forgotten at once, so that storing need not wait for long.
pub(super) const PRUNED_AT_ONCE: u64 = 1_000;

pub(super) struct Store(pub(super) Vec<InboxMessage>);

impl Change for Store {
    type Out = Vec<StoreOutcome>;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, sqlx::Error>> {
        Box::pin(async move {
            let mut stored = Vec::with_capacity(self.0.len());
            for entry in &self.0 {
                let done = sqlx::query(sql::STORE)
                    .bind(&entry.id)
                    .bind(&entry.type_)
                    .bind(entry.created.0)
                    .bind(&entry.object)
                    .bind(entry.body.as_str())
                    .bind(now)
                    .execute(&mut *connection)
                    .await?;
                stored.push(match done.rows_affected() {
                    0 => StoreOutcome::Duplicate,
                    _ => StoreOutcome::New,
                });
            }
            Ok(stored)
        })
    }
}

pub(super) struct Take(pub(super) ClaimRequest);

/// The columns of a message that is due.
type DueColumns = (
    i64,
    i64,
    i64,
    i64,
    String,
    String,
    i64,
    Option<String>,
    Option<String>,
);

impl Change for Take {
    type Out = Vec<ClaimedMessage>;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, sqlx::Error>> {
        Box::pin(async move {
            let end = now.saturating_add(millis(self.0.lease));
            let mut claims = Vec::new();
            for due in self.due(connection, now).await? {
                sqlx::query(sql::LEASE)
                    .bind(due.0)
                    .bind(end)
                    .execute(&mut *connection)
                    .await?;
                claims.push(claim(due));
            }
            Ok(claims)
        })
    }
}

impl Take {
    async fn due(
        &self,
        connection: &mut SqliteConnection,
        now: i64,
    ) -> Result<Vec<DueColumns>, sqlx::Error> {
        sqlx::query(sql::TURN_BACK)
            .bind(now)
            .execute(&mut *connection)
            .await?;
        let due = match self.0.order {
            ClaimOrder::Any => sql::DUE,
            ClaimOrder::PerObject => {
                sqlx::query(sql::TAKE_BACK)
                    .bind(now)
                    .execute(&mut *connection)
                    .await?;
                sql::DUE_IN_ORDER
            }
        };
        sqlx::query_as(due)
            .bind(now)
            .bind(limit(self.0.limit))
            .fetch_all(connection)
            .await
    }
}

fn claim((_, token, tries, stored_at, id, type_, created, object, body): DueColumns) -> ClaimedMessage {
    let lease = MessageLease::new(&id, token);
    let columns: EntryColumns = (id, type_, created, object, body);
    ClaimedMessage::new(entry(columns), lease, attempts(tries), seconds(stored_at))
}

/// What becomes of a message that is leased.
pub(super) enum Ending {
    Renewed(Duration),
    Done,
    Failed { reason: String, pause: Duration },
    Dead { reason: String },
    Released,
}

/// Comes to whether the lease was held.
pub(super) struct End(pub(super) MessageLease, pub(super) Ending);

impl Change for End {
    type Out = bool;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        let under = |sql: &'static str| sqlx::query(sql).bind(self.0.id()).bind(self.0.token());
        let later = |time: &Duration| now.saturating_add(millis(*time));
        is_changed(
            connection,
            match &self.1 {
                Ending::Renewed(time) => under(sql::RENEW).bind(later(time)),
                Ending::Done => under(sql::COMPLETE).bind(now),
                Ending::Failed { reason, pause } => {
                    under(sql::FAIL).bind(later(pause)).bind(reason)
                }
                Ending::Dead { reason } => under(sql::BURY).bind(now).bind(reason),
                Ending::Released => under(sql::RELEASE).bind(now),
            },
        )
    }
}

/// Gives back what was claimed for somebody who is gone.
pub(super) struct GiveBack(pub(super) Vec<MessageLease>);

impl Change for GiveBack {
    type Out = ();

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            for lease in &self.0 {
                let release = sqlx::query(sql::RELEASE).bind(lease.id());
                let release = release.bind(lease.token()).bind(now);
                release.execute(&mut *connection).await?;
            }
            Ok(())
        })
    }
}

/// Comes to whether the message was a dead letter.
pub(super) enum Letter {
    Replay(String),
    Discard(String),
}

impl Change for Letter {
    type Out = bool;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        let (sql, id) = match self {
            Self::Replay(id) => (sql::REPLAY, id),
            Self::Discard(id) => (sql::DISCARD, id),
        };
        is_changed(connection, sqlx::query(sql).bind(id).bind(now))
    }
}

/// Forgets some; comes to how many.
pub(super) struct Prune(pub(super) Duration);

impl Change for Prune {
    type Out = u64;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        let latest = now.saturating_sub(millis(self.0));
        let prune = sqlx::query(sql::PRUNE).bind(latest);
        let prune = prune.bind(i64::try_from(PRUNED_AT_ONCE).unwrap_or(i64::MAX));
        Box::pin(async move { Ok(prune.execute(connection).await?.rows_affected()) })
    }
}

pub(super) struct SetPosition {
    pub(super) name: String,
    pub(super) text: String,
}

impl Change for SetPosition {
    type Out = ();

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        _now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        let set = sqlx::query(sql::SET_POSITION);
        let set = set.bind(&self.name).bind(&self.text);
        Box::pin(async move { set.execute(connection).await.map(drop) })
    }
}

fn is_changed<'a>(
    connection: &'a mut SqliteConnection,
    query: Query<'a, Sqlite, SqliteArguments>,
) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
    Box::pin(async move { Ok(query.execute(connection).await?.rows_affected() > 0) })
}

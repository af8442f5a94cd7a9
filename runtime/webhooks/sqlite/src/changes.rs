//! The writes of the inbox, each as one [`Change`].

use std::time::Duration;

use runtime::clock::BoxFuture;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};
use tokio::sync::mpsc::WeakUnboundedSender;
use webhooks::columns::{
    attempt_count, describe_crashes, duration_millis, lease_jitter_millis, read_message, row_limit,
};
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, InboxMessage, MessageLease, MessageOutcome,
    StoreOutcome,
};

use super::writer::{Change, QueuedChange, send_change};
use super::{sql, to_seconds};

/// How many completed messages are deleted in one transaction, so that other writes need not wait
/// for long.
pub(super) const PRUNE_BATCH: u64 = 1_000;

pub(super) struct StoreMessages(pub(super) Vec<InboxMessage>);

impl Change for StoreMessages {
    type Output = Vec<StoreOutcome>;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, sqlx::Error>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(self.0.len());
            for message in &self.0 {
                let inserted = sqlx::query(sql::STORE)
                    .bind(&message.id)
                    .bind(&message.type_)
                    .bind(message.created.0)
                    .bind(&message.object)
                    .bind(message.body.as_str())
                    .bind(now)
                    .execute(&mut *connection)
                    .await?;
                outcomes.push(match inserted.rows_affected() {
                    0 => StoreOutcome::Duplicate,
                    _ => StoreOutcome::New,
                });
            }
            Ok(outcomes)
        })
    }
}

pub(super) struct ClaimMessages {
    pub(super) request: ClaimRequest,
    /// Whether one suspect is claimed, in place of other messages.
    pub(super) suspect: bool,
}

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
    i64,
);

impl Change for ClaimMessages {
    type Output = Vec<ClaimedMessage>;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, sqlx::Error>> {
        Box::pin(async move {
            let lease_duration = self.request.lease_duration;
            let end = now.saturating_add(duration_millis(lease_duration));
            let mut claims = Vec::new();
            for due in self.find_due(connection, now).await? {
                sqlx::query(sql::LEASE)
                    .bind(due.0)
                    .bind(end)
                    .bind(lease_jitter_millis(lease_duration))
                    .execute(&mut *connection)
                    .await?;
                claims.push(read_claim(due));
            }
            Ok(claims)
        })
    }
}

impl ClaimMessages {
    async fn find_due(
        &self,
        connection: &mut SqliteConnection,
        now: i64,
    ) -> Result<Vec<DueColumns>, sqlx::Error> {
        sqlx::query(sql::RESCHEDULE_FUTURE)
            .bind(now)
            .execute(&mut *connection)
            .await?;
        if self.request.order == ClaimOrder::PerObject {
            sqlx::query(sql::EXPIRE_BLOCKED_LEASES)
                .bind(now)
                .execute(&mut *connection)
                .await?;
        }
        let due = match (self.request.order, self.suspect) {
            (ClaimOrder::Any, false) => sql::DUE,
            (ClaimOrder::PerObject, false) => sql::DUE_IN_ORDER,
            (ClaimOrder::Any, true) => sql::SUSPECTS,
            (ClaimOrder::PerObject, true) => sql::SUSPECTS_IN_ORDER,
        };
        let due = sqlx::query_as(due).bind(now);
        let due = if self.suspect {
            due.bind(1).bind(i64::from(self.request.crash_limit))
        } else {
            due.bind(row_limit(self.request.limit))
        };
        due.fetch_all(connection).await
    }
}

fn read_claim(columns: DueColumns) -> ClaimedMessage {
    let (_, token, attempts, stored_at, id, type_, created, object, body, crashes) = columns;
    let lease = MessageLease::new(&id, token);
    let message = read_message((id, type_, created, object, body));
    let stored_at = to_seconds(stored_at);
    ClaimedMessage::new(message, lease, attempt_count(attempts), stored_at)
        .crashes(attempt_count(crashes))
}

/// Returns the ids of the new dead letters.
pub(super) struct DeadLetterSuspects(pub(super) u32);

impl Change for DeadLetterSuspects {
    type Output = Vec<String>;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Vec<String>, sqlx::Error>> {
        let change = sqlx::query_scalar(sql::DEAD_LETTER_SUSPECTS)
            .bind(now)
            .bind(i64::from(self.0))
            .bind(describe_crashes(self.0));
        Box::pin(change.fetch_all(connection))
    }
}

/// The result of a claim. If it is dropped before it is accepted, because the future that waited
/// for it was dropped, the messages are released. Otherwise they would wait until the leases
/// expire.
pub(super) struct ClaimReply {
    claims: Vec<ClaimedMessage>,
    queue: WeakUnboundedSender<Box<dyn QueuedChange>>,
}

impl ClaimReply {
    pub(super) fn new(
        claims: Vec<ClaimedMessage>,
        queue: WeakUnboundedSender<Box<dyn QueuedChange>>,
    ) -> Self {
        Self { claims, queue }
    }

    pub(super) fn accept(mut self) -> Vec<ClaimedMessage> {
        std::mem::take(&mut self.claims)
    }
}

impl Drop for ClaimReply {
    fn drop(&mut self) {
        if self.claims.is_empty() {
            return;
        }
        let Some(queue) = self.queue.upgrade() else {
            return;
        };
        let leases = self.claims.drain(..).map(|claim| claim.lease).collect();
        send_change(&queue, ReleaseLeases(leases), |_| ());
    }
}

struct ReleaseLeases(Vec<MessageLease>);

impl Change for ReleaseLeases {
    type Output = ();

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

/// Returns whether the lease was held.
pub(super) struct RenewLease(pub(super) MessageLease, pub(super) Duration);

impl Change for RenewLease {
    type Output = bool;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        let end = now.saturating_add(duration_millis(self.1));
        let renew = sqlx::query(sql::RENEW).bind(self.0.id());
        let renew = renew.bind(self.0.token()).bind(end);
        affects_rows(connection, renew.bind(lease_jitter_millis(self.1)))
    }
}

/// Returns whether the lease was held.
pub(super) struct FinishMessage(pub(super) MessageLease, pub(super) MessageOutcome);

impl Change for FinishMessage {
    type Output = bool;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        let by_lease = |sql: &'static str| sqlx::query(sql).bind(self.0.id()).bind(self.0.token());
        affects_rows(
            connection,
            match &self.1 {
                MessageOutcome::Completed => by_lease(sql::COMPLETE).bind(now),
                MessageOutcome::Failed { reason, retry_in } => {
                    let due = now.saturating_add(duration_millis(*retry_in));
                    by_lease(sql::FAIL).bind(due).bind(reason)
                }
                MessageOutcome::DeadLettered { reason } => {
                    by_lease(sql::DEAD_LETTER).bind(now).bind(reason)
                }
                MessageOutcome::Released => by_lease(sql::RELEASE).bind(now),
            },
        )
    }
}

/// Returns whether the message was a dead letter.
pub(super) enum ResolveDeadLetter {
    Replay(String),
    Discard(String),
}

impl Change for ResolveDeadLetter {
    type Output = bool;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        let (sql, id) = match self {
            Self::Replay(id) => (sql::REPLAY, id),
            Self::Discard(id) => (sql::DISCARD, id),
        };
        affects_rows(connection, sqlx::query(sql).bind(id).bind(now))
    }
}

/// Deletes at most [`PRUNE_BATCH`] messages, and returns how many.
pub(super) struct PruneCompleted(pub(super) Duration);

impl Change for PruneCompleted {
    type Output = u64;

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        let latest = now.saturating_sub(duration_millis(self.0));
        let prune = sqlx::query(sql::PRUNE).bind(latest);
        let prune = prune.bind(i64::try_from(PRUNE_BATCH).unwrap_or(i64::MAX));
        Box::pin(async move { Ok(prune.execute(connection).await?.rows_affected()) })
    }
}

pub(super) struct WriteWatermark {
    pub(super) name: String,
    pub(super) watermark: String,
}

impl Change for WriteWatermark {
    type Output = ();

    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        _now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        let write = sqlx::query(sql::WRITE_WATERMARK);
        let write = write.bind(&self.name).bind(&self.watermark);
        Box::pin(async move { write.execute(connection).await.map(drop) })
    }
}

fn affects_rows<'a>(
    connection: &'a mut SqliteConnection,
    query: Query<'a, Sqlite, SqliteArguments>,
) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
    Box::pin(async move { Ok(query.execute(connection).await?.rows_affected() > 0) })
}

//! The statements of the inbox and their results.

use std::time::Duration;

use sqlx::PgPool;
use webhooks::columns::{
    DeadLetterColumns, attempt_count, describe_crashes, duration_millis, read_dead_letter,
    read_message, read_record, read_stats, row_limit, unsigned_value,
};
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, InboxError, InboxMessage, InboxStats,
    MessageLease, MessageOutcome, MessageRecord,
};
use wire::value::Timestamp;

use super::{convert_error, sql};

/// How many completed messages are deleted in one statement.
const PRUNE_BATCH: u64 = 1_000;

/// Returns the ids of the new messages. The origin is that of the notification.
pub(super) async fn insert_messages<'a>(
    pool: &PgPool,
    origin: &str,
    messages: impl Iterator<Item = &'a InboxMessage> + Clone,
) -> Result<Vec<String>, sqlx::Error> {
    let each = || messages.clone();
    let ids: Vec<&str> = each().map(|message| message.id.as_str()).collect();
    let types: Vec<&str> = each().map(|message| message.type_.as_str()).collect();
    let created: Vec<i64> = each().map(|message| message.created.0).collect();
    let objects: Vec<Option<&str>> = each().map(|message| message.object.as_deref()).collect();
    let bodies: Vec<&str> = each().map(|message| message.body.as_str()).collect();
    sqlx::query_scalar(sql::STORE)
        .bind(ids)
        .bind(types)
        .bind(created)
        .bind(objects)
        .bind(bodies)
        .bind(origin)
        .fetch_all(pool)
        .await
}

/// The columns of a message that was claimed.
type ClaimColumns = (
    i64,
    i64,
    i64,
    String,
    String,
    i64,
    Option<String>,
    Option<String>,
    i64,
    i64,
);

/// Claims one suspect, or messages that are none. In a transaction even for a single statement, so that a future that is dropped early leaves
/// nothing claimed.
pub(super) async fn claim_messages(
    pool: &PgPool,
    request: &ClaimRequest,
    suspect: bool,
) -> Result<Vec<ClaimedMessage>, sqlx::Error> {
    let mut transaction = pool.begin_with(sql::BEGIN).await?;
    if request.order == ClaimOrder::PerObject {
        // Separate statements: each sees what was committed before it began, so the claim sees the
        // claims that the lock waited for.
        for statement in [sql::LOCK_CLAIMS, sql::EXPIRE_BLOCKED_LEASES] {
            sqlx::query(statement).execute(&mut *transaction).await?;
        }
    }
    let claim_due = match (request.order, suspect) {
        (ClaimOrder::Any, false) => sql::CLAIM,
        (ClaimOrder::PerObject, false) => sql::CLAIM_IN_ORDER,
        (ClaimOrder::Any, true) => sql::CLAIM_SUSPECTS,
        (ClaimOrder::PerObject, true) => sql::CLAIM_SUSPECTS_IN_ORDER,
    };
    let limit = if suspect { 1 } else { request.limit };
    let claim = sqlx::query_as(claim_due)
        .bind(row_limit(limit))
        .bind(interval_seconds(request.lease_duration));
    let claim = if suspect {
        claim.bind(i64::from(request.crash_limit))
    } else {
        claim
    };
    let rows: Vec<ClaimColumns> = claim.fetch_all(&mut *transaction).await?;
    if request.order == ClaimOrder::PerObject && !suspect {
        // Of messages that are due later than these, some may be free.
        let is_full = rows.len() >= request.limit;
        let passed_until = rows.last().filter(|_| is_full).map(|columns| columns.9);
        sqlx::query(sql::HOLD_UP)
            .bind(passed_until)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(rows.into_iter().map(read_claim).collect())
}

fn read_claim(columns: ClaimColumns) -> ClaimedMessage {
    let (token, attempts, stored_at, id, type_, created, object, body, crashes, _) = columns;
    let lease = MessageLease::new(&id, token);
    let message = read_message((id, type_, created, object, body));
    let stored_at = Timestamp(stored_at);
    ClaimedMessage::new(message, lease, attempt_count(attempts), stored_at)
        .crashes(attempt_count(crashes))
}

pub(super) async fn has_suspects(pool: &PgPool, order: ClaimOrder) -> Result<bool, sqlx::Error> {
    let has_suspects = match order {
        ClaimOrder::Any => sql::HAS_SUSPECTS,
        ClaimOrder::PerObject => sql::HAS_SUSPECTS_IN_ORDER,
    };
    sqlx::query_scalar(has_suspects).fetch_one(pool).await
}

/// Returns the ids of the new dead letters.
pub(super) async fn dead_letter_suspects(
    pool: &PgPool,
    crash_limit: u32,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(sql::DEAD_LETTER_SUSPECTS)
        .bind(i64::from(crash_limit))
        .bind(describe_crashes(crash_limit))
        .fetch_all(pool)
        .await
}

/// Returns whether the lease was held.
pub(super) async fn renew_lease(
    pool: &PgPool,
    lease: &MessageLease,
    duration: Duration,
) -> Result<bool, sqlx::Error> {
    let renew = sqlx::query(sql::RENEW).bind(lease.id()).bind(lease.token());
    let renew = renew.bind(interval_seconds(duration));
    Ok(renew.execute(pool).await?.rows_affected() > 0)
}

/// Returns whether the lease was held.
pub(super) async fn finish_message(
    pool: &PgPool,
    lease: &MessageLease,
    outcome: MessageOutcome,
) -> Result<bool, sqlx::Error> {
    let by_lease = |sql: &'static str| sqlx::query(sql).bind(lease.id()).bind(lease.token());
    let finish = match outcome {
        MessageOutcome::Completed => by_lease(sql::COMPLETE),
        MessageOutcome::Failed { reason, retry_in } => by_lease(sql::FAIL)
            .bind(interval_seconds(retry_in))
            .bind(without_nul(&reason)),
        MessageOutcome::DeadLettered { reason } => {
            by_lease(sql::DEAD_LETTER).bind(without_nul(&reason))
        }
        MessageOutcome::Released => by_lease(sql::RELEASE),
    };
    Ok(finish.execute(pool).await?.rows_affected() > 0)
}

/// PostgreSQL cannot store NUL characters in a text.
fn without_nul(reason: &str) -> String {
    reason.replace('\0', "\u{fffd}")
}

/// Makes a dead letter due, and notifies the workers of other processes. Returns whether there was
/// one.
pub(super) async fn replay_dead_letter(
    pool: &PgPool,
    origin: &str,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let replay = sqlx::query(sql::REPLAY).bind(id).bind(origin);
    Ok(replay.fetch_optional(pool).await?.is_some())
}

/// Returns whether the message was a dead letter.
pub(super) async fn discard_dead_letter(pool: &PgPool, id: &str) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(sql::DISCARD).bind(id).execute(pool).await?;
    Ok(changed.rows_affected() > 0)
}

pub(super) async fn list_dead_letters(
    pool: &PgPool,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<DeadLetter>, sqlx::Error> {
    let rows: Vec<DeadLetterColumns> = sqlx::query_as(sql::DEAD_LETTERS)
        .bind(after)
        .bind(row_limit(limit))
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(read_dead_letter).collect())
}

pub(super) async fn find_message(
    pool: &PgPool,
    id: &str,
) -> Result<Option<MessageRecord>, InboxError> {
    let row = sqlx::query_as(sql::FIND).bind(id).fetch_optional(pool);
    row.await
        .map_err(convert_error)?
        .map(read_record)
        .transpose()
}

pub(super) async fn collect_stats(pool: &PgPool) -> Result<InboxStats, sqlx::Error> {
    let columns = sqlx::query_as(sql::STATS).fetch_one(pool).await?;
    Ok(read_stats(columns))
}

pub(super) async fn prune_completed(pool: &PgPool, age: Duration) -> Result<u64, sqlx::Error> {
    let mut pruned = 0;
    loop {
        let batch = sqlx::query(sql::PRUNE)
            .bind(interval_seconds(age))
            .bind(i64::try_from(PRUNE_BATCH).unwrap_or(i64::MAX))
            .execute(pool)
            .await?
            .rows_affected();
        pruned += batch;
        if batch < PRUNE_BATCH {
            return Ok(pruned);
        }
    }
}

/// The seconds of an interval.
fn interval_seconds(time: Duration) -> f64 {
    Duration::from_millis(unsigned_value(duration_millis(time))).as_secs_f64()
}

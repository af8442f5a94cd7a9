//! The statements of the inbox and their results.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::PgPool;
use webhooks::columns::{
    DeadLetterColumns, attempt_count, duration_millis, read_dead_letter, read_message, read_record,
    read_stats, row_limit, unsigned_value,
};
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, InboxError, InboxErrorKind, InboxMessage,
    InboxStats, MessageLease, MessageOutcome, MessageRecord, StoreOutcome,
};
use wire::value::Timestamp;

use super::{convert_error, sql};

/// How often storing is attempted if the server aborts it because of a deadlock with another
/// transaction that stores the same messages.
const STORE_ATTEMPTS: u32 = 3;

/// How many completed messages are deleted in one statement.
const PRUNE_BATCH: u64 = 1_000;

pub(super) async fn store_messages(
    pool: &PgPool,
    messages: &[InboxMessage],
) -> Result<Vec<StoreOutcome>, InboxError> {
    if messages.iter().any(has_nul) {
        return Err(InboxError::new(
            InboxErrorKind::Other,
            "PostgreSQL cannot store NUL characters in a text, and a message's id, type or object \
             has one",
        ));
    }
    let mut attempt = 1;
    let new = loop {
        match insert_messages(pool, messages).await {
            Err(error) if attempt < STORE_ATTEMPTS && is_conflict(&error) => attempt += 1,
            inserted => break inserted.map_err(convert_error)?,
        }
    };
    let mut new: HashSet<String> = new.into_iter().collect();
    // If an id is repeated in the batch, the first message with it is the new one.
    let outcomes = messages
        .iter()
        .map(|message| match new.remove(&message.id) {
            true => StoreOutcome::New,
            false => StoreOutcome::Duplicate,
        });
    Ok(outcomes.collect())
}

/// Returns the ids of the new messages.
async fn insert_messages(
    pool: &PgPool,
    messages: &[InboxMessage],
) -> Result<Vec<String>, sqlx::Error> {
    let each = messages.iter();
    let ids: Vec<&str> = each.clone().map(|message| message.id.as_str()).collect();
    let types: Vec<&str> = each.clone().map(|message| message.type_.as_str()).collect();
    let created: Vec<i64> = each.clone().map(|message| message.created.0).collect();
    let objects: Vec<Option<&str>> = each
        .clone()
        .map(|message| message.object.as_deref())
        .collect();
    let bodies: Vec<&str> = each.map(|message| message.body.as_str()).collect();
    sqlx::query_scalar(sql::STORE)
        .bind(ids)
        .bind(types)
        .bind(created)
        .bind(objects)
        .bind(bodies)
        .fetch_all(pool)
        .await
}

fn has_nul(message: &InboxMessage) -> bool {
    let object = message.object.as_deref().unwrap_or_default();
    let body = message.body.as_str();
    let texts = [message.id.as_str(), message.type_.as_str(), object, body];
    texts.into_iter().any(|text| text.contains('\0'))
}

/// Whether the server aborted a statement because of a concurrent one: a deadlock or a
/// serialization failure. See <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
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
);

/// In a transaction even for a single statement, so that a future that is dropped early leaves
/// nothing claimed.
pub(super) async fn claim_messages(
    pool: &PgPool,
    request: &ClaimRequest,
) -> Result<Vec<ClaimedMessage>, sqlx::Error> {
    let mut transaction = pool.begin_with(sql::BEGIN).await?;
    let claim_due = match request.order {
        ClaimOrder::Any => sql::CLAIM,
        ClaimOrder::PerObject => {
            sqlx::query(sql::LIMIT_CLAIMS)
                .execute(&mut *transaction)
                .await?;
            // Separate statements: each sees what was committed before it began, so the last one
            // sees the claims that the first one waited for.
            sqlx::query(sql::LOCK_CLAIMS)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(sql::EXPIRE_BLOCKED_LEASES)
                .execute(&mut *transaction)
                .await?;
            sql::CLAIM_IN_ORDER
        }
    };
    let rows: Vec<ClaimColumns> = sqlx::query_as(claim_due)
        .bind(row_limit(request.limit))
        .bind(interval_seconds(request.lease_duration))
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(read_claim).collect())
}

fn read_claim(columns: ClaimColumns) -> ClaimedMessage {
    let (token, attempts, stored_at, id, type_, created, object, body) = columns;
    let lease = MessageLease::new(&id, token);
    let message = read_message((id, type_, created, object, body));
    let stored_at = Timestamp(stored_at);
    ClaimedMessage::new(message, lease, attempt_count(attempts), stored_at)
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

/// Returns whether the message was a dead letter.
pub(super) async fn resolve_dead_letter(
    pool: &PgPool,
    sql: &'static str,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(sql).bind(id).execute(pool).await?;
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

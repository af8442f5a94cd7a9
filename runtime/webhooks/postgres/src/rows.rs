//! What is read from and written to the table, statement by statement.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::PgPool;

use webhooks::columns::{
    EntryColumns, attempts, count, dead_letter, entry, limit, millis, record,
};
use webhooks::{InboxError, InboxErrorKind};
use webhooks::{ClaimedMessage, ClaimRequest, DeadLetter, InboxMessage, MessageLease, ClaimOrder, MessageRecord};
use webhooks::{InboxStats, StoreOutcome};
use super::{failed, sql};
use wire::value::Timestamp;

/// How often messages are stored anew when two that store the same ones wait for each other, one
/// of which the server then refuses.
const STORE_ATTEMPTS: u32 = 3;

/// How many messages are forgotten in one statement.
const PRUNED_AT_ONCE: u64 = 1_000;

pub(super) async fn store(pool: &PgPool, entries: &[InboxMessage]) -> Result<Vec<StoreOutcome>, InboxError> {
    if entries.iter().any(has_nul) {
        return Err(InboxError::new(
            InboxErrorKind::Other,
            "PostgreSQL keeps no text with NUL characters, and a message's id, type or object \
             has one",
        ));
    }
    let mut attempt = 1;
    let new = loop {
        match insert(pool, entries).await {
            Err(error) if attempt < STORE_ATTEMPTS && is_conflict(&error) => attempt += 1,
            inserted => break inserted.map_err(failed)?,
        }
    };
    let mut new: HashSet<String> = new.into_iter().collect();
    // Of an id that is there twice, the first is the new one.
    let stored = entries.iter().map(|entry| match new.remove(&entry.id) {
        true => StoreOutcome::New,
        false => StoreOutcome::Duplicate,
    });
    Ok(stored.collect())
}

async fn insert(pool: &PgPool, entries: &[InboxMessage]) -> Result<Vec<String>, sqlx::Error> {
    let each = entries.iter();
    let ids: Vec<&str> = each.clone().map(|entry| entry.id.as_str()).collect();
    let types: Vec<&str> = each.clone().map(|entry| entry.type_.as_str()).collect();
    let created: Vec<i64> = each.clone().map(|entry| entry.created.0).collect();
    let objects: Vec<Option<&str>> = each.clone().map(|entry| entry.object.as_deref()).collect();
    let bodies: Vec<&str> = each.map(|entry| entry.body.as_str()).collect();
    sqlx::query_scalar(sql::STORE)
        .bind(ids)
        .bind(types)
        .bind(created)
        .bind(objects)
        .bind(bodies)
        .fetch_all(pool)
        .await
}

fn has_nul(entry: &InboxMessage) -> bool {
    let object = entry.object.as_deref().unwrap_or_default();
    let body = entry.body.as_str();
    let mut texts = [entry.id.as_str(), entry.type_.as_str(), object, body].into_iter();
    texts.any(|text| text.contains('\0'))
}

/// Whether the server refused a statement because of another at the same time: a deadlock, or no
/// order in which both could have been alone. See
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
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

/// In a transaction even if it is one statement, so that a future that is dropped before its end
/// leaves nothing claimed.
pub(super) async fn claim(
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
            // Statements of their own: each sees all that was committed before it began, so the
            // last one sees what was claimed by whom the first one waited for.
            sqlx::query(sql::LOCK_CLAIMS)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(sql::TAKE_BACK)
                .execute(&mut *transaction)
                .await?;
            sql::CLAIM_IN_ORDER
        }
    };
    let rows: Vec<ClaimColumns> = sqlx::query_as(claim_due)
        .bind(limit(request.limit))
        .bind(seconds(request.lease))
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(claimed).collect())
}

fn claimed((token, tries, stored, id, type_, created, object, body): ClaimColumns) -> ClaimedMessage {
    let lease = MessageLease::new(&id, token);
    let columns: EntryColumns = (id, type_, created, object, body);
    ClaimedMessage::new(entry(columns), lease, attempts(tries), Timestamp(stored))
}

/// What becomes of a message that is leased.
pub(super) enum Ending<'a> {
    Renewed(Duration),
    Done,
    Failed { reason: &'a str, pause: Duration },
    Dead { reason: &'a str },
    Released,
}

/// Answers whether the lease was held.
pub(super) async fn end(
    pool: &PgPool,
    lease: &MessageLease,
    ending: Ending<'_>,
) -> Result<bool, sqlx::Error> {
    let under = |sql: &'static str| sqlx::query(sql).bind(lease.id()).bind(lease.token());
    let ended = match ending {
        Ending::Renewed(time) => under(sql::RENEW).bind(seconds(time)),
        Ending::Done => under(sql::COMPLETE),
        Ending::Failed { reason, pause } => {
            under(sql::FAIL).bind(seconds(pause)).bind(kept(reason))
        }
        Ending::Dead { reason } => under(sql::BURY).bind(kept(reason)),
        Ending::Released => under(sql::RELEASE),
    };
    Ok(ended.execute(pool).await?.rows_affected() > 0)
}

/// A reason as it can be kept: PostgreSQL keeps no text with NUL characters.
fn kept(reason: &str) -> String {
    reason.replace('\0', "\u{fffd}")
}

/// Answers whether the message was a dead letter.
pub(super) async fn change_letter(
    pool: &PgPool,
    sql: &'static str,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(sql).bind(id).execute(pool).await?;
    Ok(changed.rows_affected() > 0)
}

/// The columns of a dead letter: those of a message, attempts, reason, the second of death.
type LetterColumns = (
    String,
    String,
    i64,
    Option<String>,
    Option<String>,
    i64,
    Option<String>,
    i64,
);

pub(super) async fn dead_letters(
    pool: &PgPool,
    after: Option<&str>,
    most: usize,
) -> Result<Vec<DeadLetter>, sqlx::Error> {
    let rows: Vec<LetterColumns> = sqlx::query_as(sql::DEAD_LETTERS)
        .bind(after)
        .bind(limit(most))
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(letter).collect())
}

fn letter(columns: LetterColumns) -> DeadLetter {
    let (id, type_, created, object, body, tries, reason, died) = columns;
    let message: EntryColumns = (id, type_, created, object, body);
    dead_letter(message, (tries, reason, died))
}

pub(super) async fn find(pool: &PgPool, id: &str) -> Result<Option<MessageRecord>, InboxError> {
    let row = sqlx::query_as(sql::FIND).bind(id).fetch_optional(pool);
    row.await.map_err(failed)?.map(record).transpose()
}

pub(super) async fn stats(pool: &PgPool) -> Result<InboxStats, sqlx::Error> {
    let counts: (i64, i64, i64, i64, Option<i64>) =
        sqlx::query_as(sql::STATS).fetch_one(pool).await?;
    let (pending, leased, dead, done, oldest) = counts;
    let mut stats = InboxStats::default();
    stats.pending = count(pending);
    stats.leased = count(leased);
    stats.dead = count(dead);
    stats.done = count(done);
    stats.oldest = oldest.map(|millis| Duration::from_millis(count(millis)));
    Ok(stats)
}

pub(super) async fn prune(pool: &PgPool, done_for: Duration) -> Result<u64, sqlx::Error> {
    let mut pruned = 0;
    loop {
        let some = sqlx::query(sql::PRUNE)
            .bind(seconds(done_for))
            .bind(i64::try_from(PRUNED_AT_ONCE).unwrap_or(i64::MAX))
            .execute(pool)
            .await?
            .rows_affected();
        pruned += some;
        if some < PRUNED_AT_ONCE {
            return Ok(pruned);
        }
    }
}

/// What an interval is made of.
fn seconds(time: Duration) -> f64 {
    Duration::from_millis(count(millis(time))).as_secs_f64()
}

//! The statements of the journal.

use std::collections::{HashMap, HashSet};

use runtime::http::PendingWrite;
use sqlx::PgPool;

use super::record::{WriteDigest, WriteRow, format_headers, read_write, unix_micros};
use super::{LEASE, sql};

/// A begin of a write, and the number that tells it from others of the same write.
#[derive(Clone, Debug)]
pub(super) struct NewWrite {
    pub(super) digest: WriteDigest,
    pub(super) begin_id: i64,
    pub(super) write: PendingWrite,
}

/// The row of a write that was begun: the number of the call that made it, and when that was.
pub(super) type BegunRow = (i64, i64);

pub(super) async fn renew_lease(pool: &PgPool, process: i64) -> Result<(), sqlx::Error> {
    let renewed = sqlx::query(sql::RENEW)
        .bind(process)
        .bind(LEASE.as_secs_f64())
        .execute(pool)
        .await;
    renewed.map(drop)
}

pub(super) async fn end_lease(pool: &PgPool, process: i64) -> Result<(), sqlx::Error> {
    let ended = sqlx::query(sql::END_LEASE)
        .bind(process)
        .execute(pool)
        .await;
    ended.map(drop)
}

pub(super) async fn remove_old_processes(pool: &PgPool) -> Result<(), sqlx::Error> {
    let removed = sqlx::query(sql::REMOVE_OLD_PROCESSES).execute(pool).await;
    removed.map(drop)
}

/// Begins writes that differ from each other. Returns their rows by digest.
pub(super) async fn begin_writes(
    pool: &PgPool,
    process: i64,
    new: &[NewWrite],
) -> Result<HashMap<Vec<u8>, BegunRow>, sqlx::Error> {
    let texts = |text: fn(&PendingWrite) -> String| -> Vec<String> {
        new.iter().map(|new| text(&new.write)).collect()
    };
    let digests: Vec<&[u8]> = new.iter().map(|new| &new.digest[..]).collect();
    let begin_ids: Vec<i64> = new.iter().map(|new| new.begin_id).collect();
    let begun: Vec<i64> = new.iter().map(|new| unix_micros(new.write.begun)).collect();
    let live: Vec<Option<bool>> = new.iter().map(|new| new.write.live).collect();
    let bodies: Vec<&[u8]> = new.iter().map(|new| &new.write.body[..]).collect();
    let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(sql::BEGIN)
        .bind(process)
        .bind(digests)
        .bind(begin_ids)
        .bind(begun)
        .bind(texts(|write| write.key.clone()))
        .bind(texts(|write| write.operation.clone()))
        .bind(live)
        .bind(texts(|write| write.method.to_string()))
        .bind(texts(|write| write.host.clone()))
        .bind(texts(|write| write.target.clone()))
        .bind(texts(format_headers))
        .bind(bodies)
        .fetch_all(pool)
        .await?;
    let by_digest = rows.into_iter();
    Ok(by_digest
        .map(|(digest, begin_id, begun)| (digest, (begin_id, begun)))
        .collect())
}

/// Removes writes of this process. Returns the digests of those that it had.
pub(super) async fn finish_writes(
    pool: &PgPool,
    process: i64,
    digests: &[WriteDigest],
) -> Result<HashSet<Vec<u8>>, sqlx::Error> {
    let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
    let finished: Vec<Vec<u8>> = sqlx::query_scalar(sql::FINISH)
        .bind(process)
        .bind(digests)
        .fetch_all(pool)
        .await?;
    Ok(finished.into_iter().collect())
}

pub(super) async fn roll_back_begins(
    pool: &PgPool,
    begins: &[(WriteDigest, i64)],
) -> Result<(), sqlx::Error> {
    let digests: Vec<&[u8]> = begins.iter().map(|(digest, _)| &digest[..]).collect();
    let begin_ids: Vec<i64> = begins.iter().map(|(_, begin_id)| *begin_id).collect();
    let removed = sqlx::query(sql::ROLL_BACK)
        .bind(digests)
        .bind(begin_ids)
        .execute(pool)
        .await;
    removed.map(drop)
}

/// The writes of this process and of those that have ended, oldest first.
pub(super) async fn list_writes(
    pool: &PgPool,
    process: i64,
) -> Result<Vec<PendingWrite>, sqlx::Error> {
    sqlx::query(sql::TAKE_OVER)
        .bind(process)
        .execute(pool)
        .await?;
    let rows: Vec<WriteRow> = sqlx::query_as(sql::LIST)
        .bind(process)
        .fetch_all(pool)
        .await?;
    let writes = rows.into_iter().map(read_write);
    let writes: Result<_, _> = writes.collect();
    writes.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

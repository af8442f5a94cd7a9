//! Pending writes as rows.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Method;
use runtime::http::PendingWrite;
use sha2::{Digest, Sha256};

/// What identifies a write: equal for two that are the same request.
pub(super) type WriteDigest = [u8; 32];

/// The digest of all that [`PendingWrite::is_same_request`] compares. Each part has its length in
/// front, so that two lists of parts never give the same bytes.
pub(super) fn digest_of(write: &PendingWrite) -> WriteDigest {
    let mut headers: Vec<&(String, String)> = write.headers.iter().collect();
    headers.sort_unstable();
    let live = match write.live {
        None => "",
        Some(false) => "test",
        Some(true) => "live",
    };
    let parts = [
        write.key.as_str(),
        live,
        write.method.as_str(),
        &write.host,
        &write.target,
    ];
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    };
    parts.iter().for_each(|part| add(part.as_bytes()));
    for (name, value) in headers {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(&write.body);
    digest.finalize().into()
}

/// The headers as lines. Neither names nor values have line feeds.
pub(super) fn format_headers(write: &PendingWrite) -> String {
    let lines = write.headers.iter();
    lines
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect()
}

fn parse_headers(lines: &str) -> Vec<(String, String)> {
    let pairs = lines.lines().filter_map(|line| line.split_once(": "));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Microseconds since 1970, negative for earlier times; saturates.
pub(super) fn unix_micros(time: SystemTime) -> i64 {
    let saturated = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => saturated(since),
        Err(before) => -saturated(before.duration()),
    }
}

/// The inverse of `unix_micros`. A time that the platform cannot represent is 1970, so that the
/// write is too old to be resumed.
pub(super) fn system_time(micros: i64) -> SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let time = if micros < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The columns of a row: when it was begun, key, operation, mode, method, host, target, headers and
/// body.
pub(super) type WriteRow = (
    i64,
    String,
    String,
    Option<bool>,
    String,
    String,
    String,
    String,
    Vec<u8>,
);

/// The write of a row; the error is that of a method that is none.
pub(super) fn read_write(row: WriteRow) -> Result<PendingWrite, http::method::InvalidMethod> {
    let (begun, key, operation, live, method, host, target, headers, body) = row;
    let method: Method = method.parse()?;
    let mut write = PendingWrite::new(key, method, host, target, system_time(begun));
    write.operation = operation;
    write.live = live;
    write.headers = parse_headers(&headers);
    write.body = Bytes::from(body);
    Ok(write)
}

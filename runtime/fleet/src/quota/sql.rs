//! The SQL of the parts of limits. Now is `clock_timestamp()`: statements may have waited for the
//! lock.

pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// How long the server lets a process wait for the lock, and hold it without a statement: a process
/// that is suspended or cut off within a renewal must not keep the others from theirs.
pub(super) const LIMITS: &str = "
    SET LOCAL lock_timeout = '1500ms';
    SET LOCAL idle_in_transaction_session_timeout = '1000ms'
";

/// One process at a time changes the parts of a quota.
pub(super) const LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('fleet_quotas.' || $1, 0))";

pub(super) const DELETE_EXPIRED: &str =
    "DELETE FROM fleet_quotas WHERE quota = $1 AND expires_at <= clock_timestamp()";

pub(super) const FIND: &str = "SELECT process FROM fleet_quotas WHERE quota = $1 AND process = $2";

pub(super) const INSERT: &str = "
    INSERT INTO fleet_quotas (quota, unit_start, unit_end, expires_at)
    VALUES ($1, 0, 0, clock_timestamp())
    RETURNING process
";

pub(super) const READ: &str = "
    SELECT process, unit_start, unit_end FROM fleet_quotas WHERE quota = $1 ORDER BY process
";

pub(super) const UPDATE: &str = "
    UPDATE fleet_quotas
    SET unit_start = $3, unit_end = $4,
        expires_at = clock_timestamp() + make_interval(secs => $5)
    WHERE quota = $1 AND process = $2
";

pub(super) const DELETE: &str = "DELETE FROM fleet_quotas WHERE quota = $1 AND process = $2";

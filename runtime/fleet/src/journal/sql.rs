//! The SQL of the journal.

/// The renewal of a process, by its lease in seconds.
pub(super) const RENEW: &str = "
    INSERT INTO fleet_processes (id, expires_at)
    VALUES ($1, clock_timestamp() + make_interval(secs => $2))
    ON CONFLICT (id) DO UPDATE SET expires_at = EXCLUDED.expires_at
";

pub(super) const END_LEASE: &str =
    "UPDATE fleet_processes SET expires_at = clock_timestamp() WHERE id = $1";

/// Removes processes that ended long ago. What they have left belongs to no process.
pub(super) const REMOVE_OLD_PROCESSES: &str =
    "DELETE FROM fleet_processes WHERE expires_at < clock_timestamp() - interval '1 day'";

/// Begins writes. A row that exists keeps its time, and counts the begin, on which another call
/// depends. A `begin_id` that is returned is that of the call that made the row.
pub(super) const BEGIN: &str = "
    INSERT INTO fleet_writes (
        owner, digest, begin_id, begun_at, key, operation, live, method, host, target, headers, body
    )
    SELECT
        $1, digest, begin_id, timestamptz 'epoch' + begun * interval '1 microsecond',
        key, operation, live, method, host, target, headers, body
    FROM unnest(
        $2::bytea[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::boolean[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[]
    ) AS new (
        digest, begin_id, begun, key, operation, live, method, host, target, headers, body
    )
    ON CONFLICT (digest) DO UPDATE
    SET begins = fleet_writes.begins + 1, owner = EXCLUDED.owner
    RETURNING digest, begin_id, (extract(epoch FROM begun_at) * 1000000)::bigint
";

/// Removes writes that belong to this process. Of a write that another process has begun since, or
/// that was passed on to it, that process needs the row.
pub(super) const FINISH: &str = "
    DELETE FROM fleet_writes WHERE owner = $1 AND digest = ANY($2) RETURNING digest
";

/// Removes rows that only one begin has made, whose call did not wait for it.
pub(super) const ROLL_BACK: &str = "
    DELETE FROM fleet_writes USING unnest($1::bytea[], $2::bigint[]) AS begun (digest, begin_id)
    WHERE fleet_writes.digest = begun.digest
        AND fleet_writes.begin_id = begun.begin_id
        AND fleet_writes.begins = 1
";

/// Makes the writes of processes that have ended those of this process. If two do so at the same
/// time, the second one waits for the first, and checks the new owner. That needs a function that is
/// volatile (`clock_timestamp`), by which the condition is checked for each row.
pub(super) const TAKE_OVER: &str = "
    UPDATE fleet_writes SET owner = $1
    WHERE owner <> $1 AND NOT EXISTS (
        SELECT FROM fleet_processes
        WHERE id = fleet_writes.owner AND expires_at > clock_timestamp()
    )
";

pub(super) const LIST: &str = "
    SELECT
        (extract(epoch FROM begun_at) * 1000000)::bigint AS begun,
        key, operation, live, method, host, target, headers, body
    FROM fleet_writes
    WHERE owner = $1
    ORDER BY position
";

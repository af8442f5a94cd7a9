//! The SQL of the inbox in PostgreSQL.
//!
//! Now is `statement_timestamp()`, by the server's clock: it does not move within a statement, so
//! that indexes can be used, but it does between the statements of a transaction, one of which may
//! have waited for a lock.

mod steps;

pub(super) use steps::STEPS;

pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Locks the creation of the tables of a schema. The first number is this crate's, drawn at
/// random; without a schema the lock is that of number 0.
pub(super) const LOCK_SCHEMA: &str = "
    SELECT pg_advisory_xact_lock(
        1273960412,
        coalesce((SELECT oid FROM pg_namespace WHERE nspname = current_schema())::integer, 0)
    )
";

/// The name of the schema in which tables are made, and the database's encoding.
pub(super) const PLACE: &str = "SELECT current_schema()::text, current_setting('server_encoding')";

/// Whether tables of these names exist: that of versions, and any other of the inbox's.
pub(super) const TABLES: &str = "
    SELECT
        to_regclass('webhook_schema') IS NOT NULL,
        coalesce(to_regclass('webhook_inbox'), to_regclass('webhook_positions')) IS NOT NULL
";

pub(super) const CREATE_VERSIONS: &str = "
    CREATE TABLE webhook_schema (
        version    bigint      NOT NULL PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
";

pub(super) const VERSION: &str = "SELECT coalesce(max(version), 0)::bigint FROM webhook_schema";

pub(super) const ADD_VERSION: &str = "INSERT INTO webhook_schema (version) VALUES ($1)";

/// Fails unless all columns exist.
pub(super) const PROBE: &str = "
    SELECT
        seq, id, type, created, object, body, state, attempts, due_at, lease, reason, stored_at,
        died_at, finished_at, crashes, crashes_in_row, held_up, name, position
    FROM webhook_inbox, webhook_positions
    LIMIT 0
";

/// The channel of notifications, of which each table has its own. The server sends equal
/// notifications of one transaction once.
macro_rules! channel {
    () => {
        "'webhook_inbox_' || 'webhook_inbox'::regclass::oid"
    };
}

pub(super) const CHANNEL: &str = concat!("SELECT ", channel!());

/// Stores messages, whose columns are $1 to $5, in this order, notifies the channel of the origin $6
/// if any is new, and returns the ids of those that are new.
pub(super) const STORE: &str = concat!(
    "
    WITH new AS (
        INSERT INTO webhook_inbox
            (id, type, created, object, body, state, due_at, lease, stored_at)
        SELECT
            id, type, created, object, body, 'pending', statement_timestamp(),
            (extract(epoch FROM statement_timestamp()) * 1000)::bigint, statement_timestamp()
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])
            WITH ORDINALITY AS message (id, type, created, object, body, place)
        ORDER BY place
        ON CONFLICT (id) DO NOTHING
        RETURNING id
    )
    SELECT id, pg_notify(",
    channel!(),
    ", $6) FROM new"
);

/// Claims at most $1 messages that are due and fulfil these conditions, for $2 seconds or up to a
/// tenth less. The last columns are the number of crashes, and when the message was due, in
/// microseconds.
macro_rules! claim_due {
    ($($condition:expr),*) => {
        concat!(
            "
            WITH due AS MATERIALIZED (
                SELECT seq, due_at
                FROM webhook_inbox AS message
                WHERE due_at <= statement_timestamp()", $(" AND ", $condition,)*
            "
                ORDER BY due_at, seq
                LIMIT $1
                FOR UPDATE SKIP LOCKED
            ),
            taken AS (
                UPDATE webhook_inbox AS message
                SET
                    state = 'leased', lease = message.lease + 1, attempts = message.attempts + 1,
                    crashes = message.crashes + (message.state = 'leased')::integer,
                    crashes_in_row =
                        message.crashes_in_row + (message.state = 'leased')::integer,
                    due_at = statement_timestamp()
                        + make_interval(secs => $2 * (1 - random() / 10)),
                    held_up = false
                FROM due
                WHERE message.seq = due.seq
                RETURNING
                    message.seq, message.lease, message.attempts,
                    floor(extract(epoch FROM message.stored_at))::bigint AS stored,
                    id, type, created, object, body, crashes
            )
            SELECT
                lease, attempts, stored, id, type, created, object, body, crashes,
                (extract(epoch FROM due.due_at) * 1000000)::bigint
            FROM taken JOIN due USING (seq)
            ORDER BY due.due_at, seq"
        )
    };
}

macro_rules! is_healthy {
    () => {
        "state = 'pending' AND crashes_in_row = 0"
    };
}

macro_rules! is_suspect {
    () => {
        "(state = 'leased' OR crashes_in_row > 0)"
    };
}

macro_rules! is_below_limit {
    () => {
        "crashes_in_row + (state = 'leased')::integer <= $3"
    };
}

/// Whether the message is the earliest about its object while no other about it is leased.
macro_rules! is_next {
    () => {
        "NOT EXISTS (
            SELECT 1 FROM webhook_inbox AS earlier
            WHERE earlier.object = message.object
                AND earlier.due_at IS NOT NULL
                AND (earlier.created, earlier.seq) < (message.created, message.seq)
        )
        AND NOT EXISTS (
            SELECT 1 FROM webhook_inbox AS other
            WHERE other.object = message.object
                AND other.state = 'leased'
                AND other.seq <> message.seq
        )"
    };
}

/// Claims at most $1 messages that are due and no suspects, for $2 seconds.
pub(super) const CLAIM: &str = claim_due!(is_healthy!());

/// As [`CLAIM`], for messages that are next about their object.
pub(super) const CLAIM_IN_ORDER: &str = claim_due!(is_healthy!(), "NOT held_up", is_next!());

/// Marks at most 200 messages as held up, of those that were due until $1, in microseconds, or until
/// now, and that a claim therefore passed over. It locks the earlier message, so that it does not end
/// before the mark is committed, and skips messages whose earlier one is ending.
pub(super) const HOLD_UP: &str = "
    UPDATE webhook_inbox
    SET held_up = true
    WHERE seq IN (
        SELECT message.seq
        FROM (
            SELECT seq, object, created
            FROM webhook_inbox
            WHERE due_at <= coalesce(
                    timestamptz 'epoch' + $1 * interval '1 microsecond', statement_timestamp()
                )
                AND state = 'pending' AND crashes_in_row = 0 AND NOT held_up
                AND object IS NOT NULL
            ORDER BY due_at, seq
            LIMIT 200
            FOR NO KEY UPDATE SKIP LOCKED
        ) AS message
        CROSS JOIN LATERAL (
            SELECT 1 FROM webhook_inbox AS earlier
            WHERE earlier.object = message.object
                AND earlier.due_at IS NOT NULL
                AND (earlier.created, earlier.seq) < (message.created, message.seq)
            ORDER BY created, seq
            LIMIT 1
            FOR SHARE SKIP LOCKED
        ) AS first
    )
";

/// Claims at most $1 suspects that are due and have not used up $3, the limit of crashes alone, for
/// $2 seconds.
pub(super) const CLAIM_SUSPECTS: &str = claim_due!(is_suspect!(), is_below_limit!());

/// As [`CLAIM_SUSPECTS`], for messages that are next about their object.
pub(super) const CLAIM_SUSPECTS_IN_ORDER: &str =
    claim_due!(is_suspect!(), is_below_limit!(), is_next!());

/// Whether a suspect is due.
pub(super) const HAS_SUSPECTS: &str = concat!(
    "SELECT EXISTS (
        SELECT 1 FROM webhook_inbox AS message WHERE due_at <= statement_timestamp() AND ",
    is_suspect!(),
    ")"
);

/// As [`HAS_SUSPECTS`], for messages that are next about their object.
pub(super) const HAS_SUSPECTS_IN_ORDER: &str = concat!(
    "SELECT EXISTS (
        SELECT 1 FROM webhook_inbox AS message WHERE due_at <= statement_timestamp() AND ",
    is_suspect!(),
    " AND ",
    is_next!(),
    ")"
);

/// Makes dead letters of suspects that used up $1, the limit of crashes alone, for the reason $2,
/// and returns their ids. It skips locked rows, whose handlers have an open transaction.
pub(super) const DEAD_LETTER_SUSPECTS: &str = concat!(
    "
    UPDATE webhook_inbox
    SET
        state = 'dead', due_at = NULL, died_at = statement_timestamp(), reason = $2,
        crashes = crashes + (state = 'leased')::integer, crashes_in_row = 0
    WHERE seq IN (
        SELECT seq FROM webhook_inbox
        WHERE due_at <= statement_timestamp() AND ",
    is_suspect!(),
    "
            AND crashes_in_row + (state = 'leased')::integer > $1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id"
);

/// Locks claims in order, one at a time for a table. The first number is this crate's, drawn at
/// random. Before that, sets that the transaction ends if the connection of its client is lost, so
/// that it does not block all claims in order until the network reports that, and that a claim which
/// waits for too long ends.
pub(super) const LOCK_CLAIMS: &str = "
    SELECT
        set_config('idle_in_transaction_session_timeout', '10s', true),
        set_config('lock_timeout', '10s', true),
        pg_advisory_xact_lock(1273960413, 'webhook_inbox'::regclass::oid::integer)
";

/// Ends expired leases of messages that have to wait for earlier ones: if such a lease were
/// renewed, two messages about one object would be handled at the same time. It skips locked rows,
/// which are being renewed or completed.
pub(super) const EXPIRE_BLOCKED_LEASES: &str = "
    UPDATE webhook_inbox
    SET state = 'pending', crashes = crashes + 1, crashes_in_row = crashes_in_row + 1
    WHERE seq IN (
        SELECT seq
        FROM webhook_inbox AS message
        WHERE state = 'leased'
            AND due_at <= statement_timestamp()
            AND EXISTS (
                SELECT 1 FROM webhook_inbox AS earlier
                WHERE earlier.object = message.object
                    AND earlier.due_at IS NOT NULL
                    AND (earlier.created, earlier.seq) < (message.created, message.seq)
            )
        FOR UPDATE SKIP LOCKED
    )
";

/// Extends lease $2 of message $1 to $3 seconds from now, or up to a tenth less.
pub(super) const RENEW: &str = "
    UPDATE webhook_inbox
    SET
        due_at = CASE state
            WHEN 'leased'
                THEN statement_timestamp() + make_interval(secs => $3 * (1 - random() / 10))
        END
    WHERE id = $1 AND lease = $2 AND state IN ('leased', 'done')
";

/// Ends lease $2 of message $1.
pub(super) const COMPLETE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        crashes_in_row = 0,
        finished_at = coalesce(finished_at, statement_timestamp())
    WHERE id = $1 AND lease = $2 AND state IN ('leased', 'done')
";

/// As [`COMPLETE`], unless the message is completed already.
pub(super) const COMPLETE_ONCE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        crashes_in_row = 0,
        finished_at = statement_timestamp()
    WHERE id = $1 AND lease = $2 AND state = 'leased'
";

/// Whether lease $2 of message $1 is held. Until the end of the transaction the message is not
/// claimed (claims skip rows with any lock), but the lease can be renewed, since that changes no
/// key.
pub(super) const HOLD: &str = "
    SELECT 1 FROM webhook_inbox
    WHERE id = $1 AND lease = $2 AND state = 'leased'
    FOR KEY SHARE
";

/// Ends lease $2 of message $1, which is due again in $3 seconds, for the reason $4.
pub(super) const FAIL: &str = "
    UPDATE webhook_inbox
    SET
        state = 'pending', reason = $4, crashes_in_row = 0,
        due_at = statement_timestamp() + make_interval(secs => $3)
    WHERE id = $1 AND lease = $2 AND state = 'leased'
";

/// Ends lease $2 of message $1, which is dead-lettered for the reason $3.
pub(super) const DEAD_LETTER: &str = "
    UPDATE webhook_inbox
    SET
        state = 'dead', due_at = NULL, died_at = statement_timestamp(), reason = $3,
        crashes_in_row = 0
    WHERE id = $1 AND lease = $2 AND state = 'leased'
";

/// Ends lease $2 of message $1, which is due immediately, as if it had not been claimed.
pub(super) const RELEASE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'pending', due_at = statement_timestamp(),
        attempts = greatest(attempts - 1, 0)
    WHERE id = $1 AND lease = $2 AND state = 'leased'
";

/// Makes dead letter $1 due, and notifies the channel of the origin $2.
pub(super) const REPLAY: &str = concat!(
    "
    UPDATE webhook_inbox
    SET state = 'pending', due_at = statement_timestamp(), attempts = 0, crashes = 0
    WHERE id = $1 AND state = 'dead'
    RETURNING pg_notify(",
    channel!(),
    ", $2)"
);

/// Marks dead letter $1 as completed.
pub(super) const DISCARD: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL,
        finished_at = statement_timestamp()
    WHERE id = $1 AND state = 'dead'
";

/// Deletes at most $2 messages that were completed at least $1 seconds ago.
pub(super) const PRUNE: &str = "
    DELETE FROM webhook_inbox
    WHERE seq IN (
        SELECT seq FROM webhook_inbox
        WHERE state = 'done'
            AND finished_at <= statement_timestamp() - make_interval(secs => $1)
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
";

/// At most $2 dead letters after the one with the id $1, if that was ever dead-lettered.
pub(super) const DEAD_LETTERS: &str = "
    SELECT
        id, type, created, object, body, attempts, reason,
        floor(extract(epoch FROM died_at))::bigint, crashes
    FROM webhook_inbox
    WHERE state = 'dead'
        AND (died_at, seq) > (
            coalesce((SELECT died_at FROM webhook_inbox WHERE id = $1), '-infinity'),
            coalesce((SELECT seq FROM webhook_inbox WHERE id = $1), 0)
        )
    ORDER BY died_at, seq
    LIMIT $2
";

pub(super) const FIND: &str = "
    SELECT
        id, type,
        CASE WHEN state = 'leased' AND due_at <= statement_timestamp() THEN 'pending'
            ELSE state END,
        attempts, reason, floor(extract(epoch FROM stored_at))::bigint, body, crashes
    FROM webhook_inbox
    WHERE id = $1
";

/// The numbers of messages that are pending, leased, dead-lettered and completed, and for how many
/// milliseconds the oldest pending or leased one has been stored.
pub(super) const STATS: &str = "
    SELECT
        (
            SELECT count(*) FROM webhook_inbox
            WHERE due_at IS NOT NULL AND (state = 'pending' OR due_at <= statement_timestamp())
        ),
        (
            SELECT count(*) FROM webhook_inbox
            WHERE state = 'leased' AND due_at > statement_timestamp()
        ),
        (SELECT count(*) FROM webhook_inbox WHERE state = 'dead'),
        (SELECT count(*) FROM webhook_inbox WHERE state = 'done'),
        (
            SELECT (extract(epoch FROM statement_timestamp() - min(stored_at)) * 1000)::bigint
            FROM webhook_inbox WHERE due_at IS NOT NULL
        )
";

pub(super) const READ_WATERMARK: &str = "SELECT position FROM webhook_positions WHERE name = $1";

pub(super) const WRITE_WATERMARK: &str = "
    INSERT INTO webhook_positions (name, position) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position
";

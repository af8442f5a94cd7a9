//! The SQL of the inbox in PostgreSQL.
//!
//! Now is `statement_timestamp()`, by the server's clock: it does not move within a statement, so
//! that indexes can be used, but it does between the statements of a transaction, one of which may
//! have waited for a lock.

/// The steps from an empty schema to the tables as they are now. Steps that were released are
/// never changed, only followed by others.
pub(super) const STEPS: &[&str] = &[STEP_1];

/// `due_at` is the time from which on a message may be claimed; it is set exactly while the message
/// is pending or leased. `lease` begins with the time of storing in milliseconds and counts claims
/// from there, so that it is also different for a message that was pruned and stored again. The
/// body is text, since `jsonb` would change it.
const STEP_1: &str = "
    CREATE TABLE webhook_inbox (
        seq         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id          text        NOT NULL UNIQUE,
        type        text        NOT NULL,
        created     bigint      NOT NULL,
        object      text,
        body        text,
        state       text        NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'dead')),
        attempts    bigint      NOT NULL DEFAULT 0,
        due_at      timestamptz,
        lease       bigint      NOT NULL,
        reason      text,
        stored_at   timestamptz NOT NULL,
        died_at     timestamptz,
        finished_at timestamptz,
        CHECK ((due_at IS NOT NULL) = (state IN ('pending', 'leased')))
    );
    CREATE INDEX webhook_inbox_due ON webhook_inbox (due_at, seq) WHERE due_at IS NOT NULL;
    CREATE INDEX webhook_inbox_object ON webhook_inbox (object, created, seq)
        WHERE due_at IS NOT NULL;
    CREATE INDEX webhook_inbox_leased ON webhook_inbox (object) WHERE state = 'leased';
    CREATE INDEX webhook_inbox_dead ON webhook_inbox (died_at, seq) WHERE state = 'dead';
    CREATE INDEX webhook_inbox_done ON webhook_inbox (finished_at) WHERE state = 'done';
    CREATE TABLE webhook_positions (
        name     text NOT NULL PRIMARY KEY,
        position text NOT NULL
    );
";

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
        died_at, finished_at, name, position
    FROM webhook_inbox, webhook_positions
    LIMIT 0
";

/// Stores messages, whose columns are $1 to $5, in this order, and returns the ids of those that
/// are new.
pub(super) const STORE: &str = "
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
";

/// Claims at most $1 messages that are due, for $2 seconds.
pub(super) const CLAIM: &str = "
    WITH due AS MATERIALIZED (
        SELECT seq, due_at
        FROM webhook_inbox
        WHERE due_at <= statement_timestamp()
        ORDER BY due_at, seq
        LIMIT $1
        FOR UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE webhook_inbox AS message
        SET
            state = 'leased', lease = message.lease + 1, attempts = message.attempts + 1,
            due_at = statement_timestamp() + make_interval(secs => $2)
        FROM due
        WHERE message.seq = due.seq
        RETURNING
            message.seq, message.lease, message.attempts,
            floor(extract(epoch FROM message.stored_at))::bigint AS stored,
            id, type, created, object, body
    )
    SELECT lease, attempts, stored, id, type, created, object, body
    FROM taken JOIN due USING (seq)
    ORDER BY due.due_at, seq
";

/// Ends the transaction if the connection of its client is lost, so that it does not block all
/// claims in order until the network reports that; and ends a claim that waits for too long.
pub(super) const LIMIT_CLAIMS: &str = "
    SELECT
        set_config('idle_in_transaction_session_timeout', '10s', true),
        set_config('lock_timeout', '10s', true)
";

/// Locks claims in order, one at a time for a table. The first number is this crate's, drawn at
/// random.
pub(super) const LOCK_CLAIMS: &str =
    "SELECT pg_advisory_xact_lock(1273960413, 'webhook_inbox'::regclass::oid::integer)";

/// Ends expired leases of messages that have to wait for earlier ones: if such a lease were
/// renewed, two messages about one object would be handled at the same time. It skips locked rows,
/// which are being renewed or completed.
pub(super) const EXPIRE_BLOCKED_LEASES: &str = "
    UPDATE webhook_inbox
    SET state = 'pending'
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

/// As [`CLAIM`], for messages that are the earliest about their object while no other about it is
/// leased.
pub(super) const CLAIM_IN_ORDER: &str = "
    WITH due AS MATERIALIZED (
        SELECT seq, due_at
        FROM webhook_inbox AS message
        WHERE due_at <= statement_timestamp()
            AND NOT EXISTS (
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
            )
        ORDER BY due_at, seq
        LIMIT $1
        FOR UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE webhook_inbox AS message
        SET
            state = 'leased', lease = message.lease + 1, attempts = message.attempts + 1,
            due_at = statement_timestamp() + make_interval(secs => $2)
        FROM due
        WHERE message.seq = due.seq
        RETURNING
            message.seq, message.lease, message.attempts,
            floor(extract(epoch FROM message.stored_at))::bigint AS stored,
            id, type, created, object, body
    )
    SELECT lease, attempts, stored, id, type, created, object, body
    FROM taken JOIN due USING (seq)
    ORDER BY due.due_at, seq
";

/// Extends lease $2 of message $1 to $3 seconds from now.
pub(super) const RENEW: &str = "
    UPDATE webhook_inbox
    SET
        due_at = CASE state
            WHEN 'leased' THEN statement_timestamp() + make_interval(secs => $3)
        END
    WHERE id = $1 AND lease = $2 AND state IN ('leased', 'done')
";

/// Ends lease $2 of message $1.
pub(super) const COMPLETE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        finished_at = coalesce(finished_at, statement_timestamp())
    WHERE id = $1 AND lease = $2 AND state IN ('leased', 'done')
";

/// As [`COMPLETE`], unless the message is completed already.
pub(super) const COMPLETE_ONCE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
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
        state = 'pending', reason = $4,
        due_at = statement_timestamp() + make_interval(secs => $3)
    WHERE id = $1 AND lease = $2 AND state = 'leased'
";

/// Ends lease $2 of message $1, which is dead-lettered for the reason $3.
pub(super) const DEAD_LETTER: &str = "
    UPDATE webhook_inbox
    SET state = 'dead', due_at = NULL, died_at = statement_timestamp(), reason = $3
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

/// Makes dead letter $1 due.
pub(super) const REPLAY: &str = "
    UPDATE webhook_inbox
    SET state = 'pending', due_at = statement_timestamp(), attempts = 0
    WHERE id = $1 AND state = 'dead'
";

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
        floor(extract(epoch FROM died_at))::bigint
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
        attempts, reason, floor(extract(epoch FROM stored_at))::bigint, body
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

//! The SQL of the inbox in SQLite. Times are milliseconds since 1970, but `created`, in seconds.

/// The steps from an empty database to the tables as they are now. Steps that were released are
/// never changed, only followed by others.
pub(super) const STEPS: &[&str] = &[STEP_1];

/// `due_at` is the time from which on a message may be claimed; it is set exactly while the message
/// is pending or leased. `lease` begins with the time of storing and counts claims from there, so
/// that it is also different for a message that was pruned and stored again.
const STEP_1: &str = "
    CREATE TABLE webhook_inbox (
        seq         INTEGER PRIMARY KEY AUTOINCREMENT,
        id          TEXT    NOT NULL UNIQUE,
        type        TEXT    NOT NULL,
        created     INTEGER NOT NULL,
        object      TEXT,
        body        TEXT,
        state       TEXT    NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'dead')),
        attempts    INTEGER NOT NULL DEFAULT 0,
        due_at      INTEGER,
        lease       INTEGER NOT NULL,
        reason      TEXT,
        stored_at   INTEGER NOT NULL,
        died_at     INTEGER,
        finished_at INTEGER,
        CHECK ((due_at IS NOT NULL) = (state IN ('pending', 'leased')))
    ) STRICT;
    CREATE INDEX webhook_inbox_due ON webhook_inbox (due_at, seq) WHERE due_at IS NOT NULL;
    CREATE INDEX webhook_inbox_object ON webhook_inbox (object, created, seq)
        WHERE due_at IS NOT NULL;
    CREATE INDEX webhook_inbox_leased ON webhook_inbox (object) WHERE state = 'leased';
    CREATE INDEX webhook_inbox_dead ON webhook_inbox (died_at, seq) WHERE state = 'dead';
    CREATE INDEX webhook_inbox_done ON webhook_inbox (finished_at) WHERE state = 'done';
    CREATE TABLE webhook_positions (
        name     TEXT NOT NULL PRIMARY KEY,
        position TEXT NOT NULL
    ) STRICT;
";

/// Whether tables of these names exist: that of versions, and any other of the inbox's.
pub(super) const TABLES: &str = "
    SELECT
        EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'webhook_schema'),
        EXISTS (
            SELECT 1 FROM sqlite_schema WHERE name IN ('webhook_inbox', 'webhook_positions')
        )
";

pub(super) const CREATE_VERSIONS: &str = "
    CREATE TABLE webhook_schema (
        version    INTEGER NOT NULL PRIMARY KEY,
        applied_at INTEGER NOT NULL
    ) STRICT
";

pub(super) const VERSION: &str = "SELECT coalesce(max(version), 0) FROM webhook_schema";

/// Of version ?1 at ?2.
pub(super) const ADD_VERSION: &str =
    "INSERT INTO webhook_schema (version, applied_at) VALUES (?1, ?2)";

/// Fails unless all columns exist.
pub(super) const PROBE: &str = "
    SELECT
        seq, id, type, created, object, body, state, attempts, due_at, lease, reason, stored_at,
        died_at, finished_at, name, position
    FROM webhook_inbox, webhook_positions
    LIMIT 0
";

/// Stores a message (?1 to ?5) at ?6.
pub(super) const STORE: &str = "
    INSERT INTO webhook_inbox
        (id, type, created, object, body, state, due_at, lease, stored_at)
    VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6, ?6, ?6)
    ON CONFLICT (id) DO NOTHING
";

/// Sets a savepoint at the begin of a handler's transaction. It does not exist any more if SQLite
/// has rolled the transaction back by itself.
pub(super) const BEGIN_WORK: &str = "SAVEPOINT webhook_work";

/// Releases the savepoint. Fails if it does not exist.
pub(super) const END_WORK: &str = "RELEASE webhook_work";

/// Makes due at ?1 what was stored at a later time, by a clock that was set back since.
pub(super) const RESCHEDULE_FUTURE: &str = "
    UPDATE webhook_inbox
    SET due_at = ?1
    WHERE due_at > ?1 AND stored_at > ?1 AND state = 'pending'
";

/// At most ?2 messages that are due at ?1.
pub(super) const DUE: &str = "
    SELECT seq, lease + 1, attempts + 1, stored_at, id, type, created, object, body
    FROM webhook_inbox
    WHERE due_at <= ?1
    ORDER BY due_at, seq
    LIMIT ?2
";

/// As [`DUE`], for messages that are the earliest about their object while no other about it is
/// leased.
pub(super) const DUE_IN_ORDER: &str = "
    SELECT seq, lease + 1, attempts + 1, stored_at, id, type, created, object, body
    FROM webhook_inbox AS message
    WHERE due_at <= ?1
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
    LIMIT ?2
";

/// Ends leases that expired before ?1, of messages that have to wait for earlier ones: if such a
/// lease were renewed, two messages about one object would be handled at the same time.
pub(super) const EXPIRE_BLOCKED_LEASES: &str = "
    UPDATE webhook_inbox AS message
    SET state = 'pending'
    WHERE state = 'leased'
        AND due_at <= ?1
        AND EXISTS (
            SELECT 1 FROM webhook_inbox AS earlier
            WHERE earlier.object = message.object
                AND earlier.due_at IS NOT NULL
                AND (earlier.created, earlier.seq) < (message.created, message.seq)
        )
";

/// Leases message ?1 until ?2.
pub(super) const LEASE: &str = "
    UPDATE webhook_inbox
    SET state = 'leased', lease = lease + 1, attempts = attempts + 1, due_at = ?2
    WHERE seq = ?1
";

/// Extends lease ?2 of message ?1 until ?3.
pub(super) const RENEW: &str = "
    UPDATE webhook_inbox
    SET due_at = iif(state = 'leased', ?3, due_at)
    WHERE id = ?1 AND lease = ?2 AND state IN ('leased', 'done')
";

/// Ends lease ?2 of message ?1 at ?3.
pub(super) const COMPLETE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        finished_at = coalesce(finished_at, ?3)
    WHERE id = ?1 AND lease = ?2 AND state IN ('leased', 'done')
";

/// As [`COMPLETE`], unless the message is completed already.
pub(super) const COMPLETE_ONCE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        finished_at = ?3
    WHERE id = ?1 AND lease = ?2 AND state = 'leased'
";

/// Whether lease ?2 of message ?1 is held.
pub(super) const IS_HELD: &str = "
    SELECT EXISTS (
        SELECT 1 FROM webhook_inbox WHERE id = ?1 AND lease = ?2 AND state = 'leased'
    )
";

/// Ends lease ?2 of message ?1, which is due again at ?3, for the reason ?4.
pub(super) const FAIL: &str = "
    UPDATE webhook_inbox
    SET state = 'pending', due_at = ?3, reason = ?4
    WHERE id = ?1 AND lease = ?2 AND state = 'leased'
";

/// Ends lease ?2 of message ?1, which is dead-lettered at ?3 for the reason ?4.
pub(super) const DEAD_LETTER: &str = "
    UPDATE webhook_inbox
    SET state = 'dead', due_at = NULL, died_at = ?3, reason = ?4
    WHERE id = ?1 AND lease = ?2 AND state = 'leased'
";

/// Ends lease ?2 of message ?1, which is due again at ?3, as if it had not been claimed.
pub(super) const RELEASE: &str = "
    UPDATE webhook_inbox
    SET state = 'pending', due_at = ?3, attempts = max(attempts - 1, 0)
    WHERE id = ?1 AND lease = ?2 AND state = 'leased'
";

/// Makes dead letter ?1 due at ?2.
pub(super) const REPLAY: &str = "
    UPDATE webhook_inbox
    SET state = 'pending', due_at = ?2, attempts = 0
    WHERE id = ?1 AND state = 'dead'
";

/// Marks dead letter ?1 as completed at ?2.
pub(super) const DISCARD: &str = "
    UPDATE webhook_inbox
    SET state = 'done', object = NULL, body = NULL, reason = NULL, finished_at = ?2
    WHERE id = ?1 AND state = 'dead'
";

/// Deletes at most ?2 messages that were completed at ?1 or before.
pub(super) const PRUNE: &str = "
    DELETE FROM webhook_inbox
    WHERE seq IN (
        SELECT seq FROM webhook_inbox
        WHERE state = 'done' AND finished_at <= ?1
        LIMIT ?2
    )
";

/// At most ?2 dead letters after the one with the id ?1, if that was ever dead-lettered.
pub(super) const DEAD_LETTERS: &str = "
    SELECT id, type, created, object, body, attempts, reason, died_at
    FROM webhook_inbox
    WHERE state = 'dead'
        AND (died_at, seq) > (
            coalesce((SELECT died_at FROM webhook_inbox WHERE id = ?1), -9223372036854775808),
            coalesce((SELECT seq FROM webhook_inbox WHERE id = ?1), 0)
        )
    ORDER BY died_at, seq
    LIMIT ?2
";

/// Message ?1 at ?2.
pub(super) const FIND: &str = "
    SELECT
        id, type, iif(state = 'leased' AND due_at <= ?2, 'pending', state), attempts, reason,
        stored_at, body
    FROM webhook_inbox
    WHERE id = ?1
";

/// The numbers of messages that are pending at ?1, leased, dead-lettered and completed, and when
/// the oldest pending or leased one was stored.
pub(super) const STATS: &str = "
    SELECT
        (
            SELECT count(*) FROM webhook_inbox
            WHERE due_at IS NOT NULL AND (state = 'pending' OR due_at <= ?1)
        ),
        (SELECT count(*) FROM webhook_inbox WHERE state = 'leased' AND due_at > ?1),
        (SELECT count(*) FROM webhook_inbox WHERE state = 'dead'),
        (SELECT count(*) FROM webhook_inbox WHERE state = 'done'),
        (SELECT min(stored_at) FROM webhook_inbox WHERE due_at IS NOT NULL)
";

pub(super) const READ_WATERMARK: &str = "SELECT position FROM webhook_positions WHERE name = ?1";

pub(super) const WRITE_WATERMARK: &str = "
    INSERT INTO webhook_positions (name, position) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position
";

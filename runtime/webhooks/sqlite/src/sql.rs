//! The SQL of the inbox in SQLite. Times are milliseconds since 1970, but `created`, in seconds.

/// The steps from an empty database to the tables as they are now. Steps that were released are
/// never changed, only followed by others.
pub(super) const STEPS: &[&str] = &[STEP_1, STEP_2];

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

/// `crashes` counts attempts without an outcome, `crashes_in_row` those since the last attempt with
/// one. A message is a suspect if that is not 0, or if its lease expired.
const STEP_2: &str = "
    ALTER TABLE webhook_inbox ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE webhook_inbox ADD COLUMN crashes_in_row INTEGER NOT NULL DEFAULT 0;
    DROP INDEX IF EXISTS webhook_inbox_due;
    CREATE INDEX webhook_inbox_due ON webhook_inbox (due_at, seq)
        WHERE state = 'pending' AND crashes_in_row = 0;
    CREATE INDEX webhook_inbox_suspects ON webhook_inbox (due_at, seq)
        WHERE (state = 'leased' OR crashes_in_row > 0);
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
        died_at, finished_at, crashes, crashes_in_row, name, position
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
    WHERE due_at > ?1 AND stored_at > ?1 AND state = 'pending' AND crashes_in_row = 0
";

/// At most ?2 messages that are due at ?1 and fulfil these conditions. The last column is the number
/// of crashes.
macro_rules! select_due {
    ($($condition:expr),*) => {
        concat!(
            "
            SELECT
                seq, lease + 1, attempts + 1, stored_at, id, type, created, object, body,
                crashes + (state = 'leased')
            FROM webhook_inbox AS message
            WHERE due_at <= ?1", $(" AND ", $condition,)*
            "
            ORDER BY due_at, seq
            LIMIT ?2"
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
        "crashes_in_row + (state = 'leased') <= ?3"
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

/// At most ?2 messages that are due at ?1 and no suspects.
pub(super) const DUE: &str = select_due!(is_healthy!());

/// As [`DUE`], for messages that are next about their object.
pub(super) const DUE_IN_ORDER: &str = select_due!(is_healthy!(), is_next!());

/// At most ?2 suspects that are due at ?1 and have not used up ?3, the limit of crashes alone.
pub(super) const SUSPECTS: &str = select_due!(is_suspect!(), is_below_limit!());

/// As [`SUSPECTS`], for messages that are next about their object.
pub(super) const SUSPECTS_IN_ORDER: &str =
    select_due!(is_suspect!(), is_below_limit!(), is_next!());

/// Whether a suspect is due at ?1.
pub(super) const HAS_SUSPECTS: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM webhook_inbox AS message WHERE due_at <= ?1 AND ",
    is_suspect!(),
    ")"
);

/// As [`HAS_SUSPECTS`], for messages that are next about their object.
pub(super) const HAS_SUSPECTS_IN_ORDER: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM webhook_inbox AS message WHERE due_at <= ?1 AND ",
    is_suspect!(),
    " AND ",
    is_next!(),
    ")"
);

/// Makes dead letters at ?1 of suspects that used up ?2, the limit of crashes alone, for the reason
/// ?3, and returns their ids.
pub(super) const DEAD_LETTER_SUSPECTS: &str = concat!(
    "
    UPDATE webhook_inbox
    SET
        state = 'dead', due_at = NULL, died_at = ?1, reason = ?3,
        crashes = crashes + (state = 'leased'), crashes_in_row = 0
    WHERE due_at <= ?1 AND ",
    is_suspect!(),
    "
        AND crashes_in_row + (state = 'leased') > ?2
    RETURNING id"
);

/// Ends leases that expired before ?1, of messages that have to wait for earlier ones: if such a
/// lease were renewed, two messages about one object would be handled at the same time.
pub(super) const EXPIRE_BLOCKED_LEASES: &str = "
    UPDATE webhook_inbox AS message
    SET state = 'pending', crashes = crashes + 1, crashes_in_row = crashes_in_row + 1
    WHERE state = 'leased'
        AND due_at <= ?1
        AND EXISTS (
            SELECT 1 FROM webhook_inbox AS earlier
            WHERE earlier.object = message.object
                AND earlier.due_at IS NOT NULL
                AND (earlier.created, earlier.seq) < (message.created, message.seq)
        )
";

/// Leases message ?1 until ?2, or up to ?3 milliseconds less. If it was leased, that lease has
/// expired.
pub(super) const LEASE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'leased', lease = lease + 1, attempts = attempts + 1,
        crashes = crashes + (state = 'leased'),
        crashes_in_row = crashes_in_row + (state = 'leased'),
        due_at = ?2 - abs(random() % (?3 + 1))
    WHERE seq = ?1
";

/// Extends lease ?2 of message ?1 until ?3, or up to ?4 milliseconds less.
pub(super) const RENEW: &str = "
    UPDATE webhook_inbox
    SET due_at = iif(state = 'leased', ?3 - abs(random() % (?4 + 1)), due_at)
    WHERE id = ?1 AND lease = ?2 AND state IN ('leased', 'done')
";

/// Ends lease ?2 of message ?1 at ?3.
pub(super) const COMPLETE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        crashes_in_row = 0,
        finished_at = coalesce(finished_at, ?3)
    WHERE id = ?1 AND lease = ?2 AND state IN ('leased', 'done')
";

/// As [`COMPLETE`], unless the message is completed already.
pub(super) const COMPLETE_ONCE: &str = "
    UPDATE webhook_inbox
    SET
        state = 'done', object = NULL, body = NULL, reason = NULL, due_at = NULL,
        crashes_in_row = 0,
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
    SET state = 'pending', due_at = ?3, reason = ?4, crashes_in_row = 0
    WHERE id = ?1 AND lease = ?2 AND state = 'leased'
";

/// Ends lease ?2 of message ?1, which is dead-lettered at ?3 for the reason ?4.
pub(super) const DEAD_LETTER: &str = "
    UPDATE webhook_inbox
    SET state = 'dead', due_at = NULL, died_at = ?3, reason = ?4, crashes_in_row = 0
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
    SET state = 'pending', due_at = ?2, attempts = 0, crashes = 0
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
    SELECT id, type, created, object, body, attempts, reason, died_at, crashes
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
        stored_at, body, crashes
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

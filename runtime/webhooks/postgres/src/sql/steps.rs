//! The steps of the schema.

/// The steps from an empty schema to the tables as they are now. Steps that were released are
/// never changed, only followed by others.
pub(crate) const STEPS: &[&str] = &[STEP_1, STEP_2, STEP_3];

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

/// `crashes` counts attempts without an outcome, `crashes_in_row` those since the last attempt with
/// one. A message is a suspect if that is not 0, or if its lease expired.
const STEP_2: &str = "
    ALTER TABLE webhook_inbox
        ADD COLUMN crashes bigint NOT NULL DEFAULT 0,
        ADD COLUMN crashes_in_row bigint NOT NULL DEFAULT 0;
    DROP INDEX IF EXISTS webhook_inbox_due;
    CREATE INDEX webhook_inbox_due ON webhook_inbox (due_at, seq)
        WHERE state = 'pending' AND crashes_in_row = 0;
    CREATE INDEX webhook_inbox_suspects ON webhook_inbox (due_at, seq)
        WHERE state = 'leased' OR crashes_in_row > 0;
";

/// `held_up` says that an earlier message about the object is open, so that claims in order need not
/// look at it again. Claims set it ([`HOLD_UP`](super::HOLD_UP)), and triggers clear it for the earliest such message
/// when another one about the object ends. The function is run by its trigger after the lock of the
/// row that ends was acquired, and sees what was committed before that.
const STEP_3: &str = "
    ALTER TABLE webhook_inbox ADD COLUMN held_up boolean NOT NULL DEFAULT false;
    CREATE INDEX webhook_inbox_next ON webhook_inbox (due_at, seq)
        WHERE state = 'pending' AND crashes_in_row = 0 AND NOT held_up;
    CREATE INDEX webhook_inbox_held_up ON webhook_inbox (object, created, seq) WHERE held_up;
    CREATE FUNCTION webhook_inbox_free_next() RETURNS trigger
        LANGUAGE plpgsql SET search_path FROM CURRENT
        AS $$
        BEGIN
            UPDATE webhook_inbox SET held_up = false
            WHERE seq = (
                SELECT seq FROM webhook_inbox
                WHERE object = OLD.object AND held_up
                ORDER BY created, seq
                LIMIT 1
            );
            RETURN NULL;
        END $$;
    CREATE TRIGGER webhook_inbox_ended AFTER UPDATE OF due_at ON webhook_inbox
        FOR EACH ROW
        WHEN (OLD.due_at IS NOT NULL AND NEW.due_at IS NULL AND OLD.object IS NOT NULL)
        EXECUTE FUNCTION webhook_inbox_free_next();
    CREATE TRIGGER webhook_inbox_deleted AFTER DELETE ON webhook_inbox
        FOR EACH ROW WHEN (OLD.due_at IS NOT NULL AND OLD.object IS NOT NULL)
        EXECUTE FUNCTION webhook_inbox_free_next();
";

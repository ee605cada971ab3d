"""The tables of the messaging core, in their own schema.

`outbox` and `inbox` are partitioned by month, so that retention drops a partition and deletes no row of it. The
application may only insert into the outbox and read it. Two functions with the owner's rights create and drop
partitions; a default partition takes rows of a month that has no partition yet, so no insert ever fails for that.
Inbox ids are UUIDs of version 7, which begin with their time: a month is a range of ids.
"""

from collections.abc import Iterator

PAYLOAD_BYTES_MAX = 64 * 1024

_HELD_INDEXES = (
    "CREATE INDEX held_believed ON messaging.held (municipality) WHERE is_believed AND state <> 'discarded'",
    "CREATE INDEX held_apart ON messaging.held (municipality, reason, position) WHERE NOT is_believed",
)
_DAY_SEEN = "CREATE TABLE messaging.day_seen (municipality text PRIMARY KEY, day date NOT NULL)"

_TABLES = (
    "CREATE SCHEMA messaging",
    "CREATE SEQUENCE messaging.outbox_turn AS bigint",
    f"""CREATE TABLE messaging.outbox (
        position bigint NOT NULL DEFAULT nextval('messaging.outbox_turn'),
        recorded_at timestamptz NOT NULL DEFAULT now(),
        event_id uuid NOT NULL,
        topic text NOT NULL,
        key text NOT NULL,
        trace text,
        payload bytea NOT NULL CHECK (octet_length(payload) <= {PAYLOAD_BYTES_MAX})
    ) PARTITION BY RANGE (recorded_at)""",
    "CREATE INDEX outbox_position ON messaging.outbox (position)",
    "CREATE TABLE messaging.outbox_rest PARTITION OF messaging.outbox DEFAULT",
    """CREATE TABLE messaging.relay_mark (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        generation bigint NOT NULL DEFAULT 0,
        position_done bigint NOT NULL DEFAULT 0,
        cluster text
    ) WITH (fillfactor = 50)""",
    "INSERT INTO messaging.relay_mark DEFAULT VALUES",
    "CREATE TABLE messaging.inbox (event_id uuid PRIMARY KEY, body bigint) PARTITION BY RANGE (event_id)",
    "CREATE TABLE messaging.inbox_rest PARTITION OF messaging.inbox DEFAULT",
    """CREATE TABLE messaging.held (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL UNIQUE,
        topic text NOT NULL,
        key text NOT NULL,
        event_type text NOT NULL,
        municipality text,
        state text NOT NULL CHECK (state IN ('retrying', 'waiting', 'parked', 'discarded')),
        reason text,
        sentence text,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        held_at timestamptz NOT NULL DEFAULT now(),
        headers jsonb NOT NULL DEFAULT '{}',
        payload bytea,
        record_key bytea,
        is_believed boolean NOT NULL DEFAULT true
    )""",
    "CREATE INDEX held_key ON messaging.held (topic, key, position) WHERE state <> 'discarded'",
    "CREATE INDEX held_due ON messaging.held (due_at) WHERE state IN ('retrying', 'waiting')",
    *_HELD_INDEXES,
    _DAY_SEEN,
    """CREATE TABLE messaging.held_audit (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        action text NOT NULL CHECK (action IN ('released', 'discarded', 'replayed')),
        event_id uuid,
        actor text NOT NULL,
        reason text NOT NULL
    )""",
)

# A transaction that takes a position has its id by then, whatever statement writes the rows: the relay depends on it.
_WRITING = (
    """CREATE FUNCTION messaging.before_telling() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_current_xact_id(); NOTIFY meedoen_outbox; RETURN NULL; END $$""",
    """CREATE TRIGGER before_telling BEFORE INSERT ON messaging.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.before_telling()""",
)

# Positions up to `told` were taken by transactions older than `asked_by`; once all of those have ended, every row up
# to `told` is either visible or will never be. The earlier pairs of both are arguments, and may settle rows too.
_READING = (
    """CREATE FUNCTION messaging.settled_page(
        done bigint, rows_max integer, told_before bigint[], asked_before bigint[],
        OUT settled bigint, OUT told bigint, OUT asked_by bigint,
        OUT "position" bigint, OUT topic text, OUT key text, OUT trace text, OUT payload bytea
    ) RETURNS SETOF record LANGUAGE plpgsql AS $$
    DECLARE oldest bigint; settled_now bigint; told_now bigint; asked_now bigint;
    BEGIN
        SELECT CASE WHEN turn.is_called THEN turn.last_value ELSE turn.last_value - 1 END INTO told_now
        FROM messaging.outbox_turn AS turn;
        IF told_now > done THEN
            asked_now := pg_current_xact_id()::text::bigint;
        END IF;
        oldest := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
        SELECT greatest(done, max(before.told)) INTO settled_now
        FROM unnest(told_before, asked_before) AS before(told, asked) WHERE before.asked <= oldest;
        IF asked_now <= oldest THEN
            settled_now := greatest(settled_now, told_now);
        END IF;
        RETURN QUERY SELECT settled_now, told_now, asked_now, o.position, o.topic, o.key, o.trace, o.payload
            FROM messaging.outbox AS o WHERE o.position > done AND o.position <= settled_now
            ORDER BY o.position LIMIT rows_max;
        IF NOT FOUND THEN
            RETURN QUERY SELECT settled_now, told_now, asked_now, NULL::bigint, NULL, NULL, NULL, NULL::bytea;
        END IF;
    END $$""",
)

_PARTITIONS = (
    """CREATE FUNCTION messaging.first_uuid(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$""",
    """CREATE FUNCTION messaging.make_month(parent text, name text, first text, after text) RETURNS void
    LANGUAGE plpgsql AS $$
    BEGIN
        -- Attaching lets everyone go on writing; made as a partition at once, it would wait for all and stop all.
        EXECUTE format('CREATE TABLE messaging.%I (LIKE messaging.%I INCLUDING ALL)', name, parent);
        EXECUTE format('ALTER TABLE messaging.%I ATTACH PARTITION messaging.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, name, first, after);
    END $$""",
    """CREATE FUNCTION messaging.make_partitions(ahead_months integer) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
    DECLARE first timestamptz := date_trunc('month', now()); month timestamptz; after timestamptz; name text;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('messaging.partitions'));
        FOR step IN 0..ahead_months LOOP
            month := first + make_interval(months => step);
            after := first + make_interval(months => step + 1);
            name := to_char(month, '"_"YYYY"_"MM');
            IF to_regclass('messaging.outbox' || name) IS NULL AND NOT EXISTS (
                SELECT FROM messaging.outbox_rest o WHERE o.recorded_at >= month AND o.recorded_at < after
            ) THEN
                PERFORM messaging.make_month('outbox', 'outbox' || name, month::text, after::text);
            END IF;
            IF to_regclass('messaging.inbox' || name) IS NULL AND NOT EXISTS (
                SELECT FROM messaging.inbox_rest i
                WHERE i.event_id >= messaging.first_uuid(month) AND i.event_id < messaging.first_uuid(after)
            ) THEN
                PERFORM messaging.make_month('inbox', 'inbox' || name, messaging.first_uuid(month)::text,
                                             messaging.first_uuid(after)::text);
            END IF;
        END LOOP;
    END $$""",
    # Inbox marks stay a month longer than outbox rows: no outbox can publish again what has no mark here any more.
    """CREATE FUNCTION messaging.drop_partitions(kept_months integer) RETURNS integer LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
    DECLARE facts_from timestamptz := date_trunc('month', now()) - make_interval(months => kept_months);
            marks_from timestamptz := facts_from - interval '1 month';
            done bigint := (SELECT m.position_done FROM messaging.relay_mark m);
            child record; dropped integer := 0; unsent boolean;
    BEGIN
        IF kept_months < 1 THEN RAISE EXCEPTION 'keep at least one month of the log'; END IF;
        FOR child IN SELECT c.relname, c.relname LIKE 'outbox%' AS is_log FROM pg_class c
                     WHERE c.relnamespace = 'messaging'::regnamespace AND c.relkind = 'r'
                       AND c.relname ~ '^(outbox|inbox)_[0-9]{4}_[0-9]{2}$' LOOP
            CONTINUE WHEN right(child.relname, 7) >=
                to_char(CASE WHEN child.is_log THEN facts_from ELSE marks_from END, 'YYYY_MM');
            unsent := false;
            IF child.is_log THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM messaging.%I o WHERE o.position > $1)', child.relname)
                INTO unsent USING done;
            END IF;
            CONTINUE WHEN unsent;
            EXECUTE format('DROP TABLE messaging.%I', child.relname);
            dropped := dropped + 1;
        END LOOP;
        DELETE FROM messaging.outbox_rest o WHERE o.recorded_at < facts_from AND o.position <= done;
        DELETE FROM messaging.inbox_rest i
        WHERE i.event_id < messaging.first_uuid(marks_from) AND substr(i.event_id::text, 15, 1) = '7';
        RETURN dropped;
    END $$""",
    """CREATE FUNCTION messaging.replay_from(first_position bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE highest bigint := coalesce((SELECT max(o.position) FROM messaging.outbox o), 0);
    BEGIN
        -- A log put back without its sequence would give its positions out again.
        IF highest > (SELECT last_value FROM messaging.outbox_turn) THEN
            PERFORM setval('messaging.outbox_turn', highest);
        END IF;
        UPDATE messaging.relay_mark SET
            generation = generation + 1, position_done = least(position_done, first_position - 1, highest),
            cluster = NULL;
        NOTIFY meedoen_outbox;
        RETURN (SELECT count(*) FROM messaging.outbox o WHERE o.position >= first_position);
    END $$""",
    "SELECT messaging.make_partitions(2)",
)


def install(role: str) -> Iterator[str]:
    """Yield the statements that create the schema and grant `role` its privileges."""
    yield from _TABLES
    yield from _WRITING
    yield from _READING
    yield from _PARTITIONS
    yield f"GRANT USAGE ON SCHEMA messaging TO {role}"
    yield f"GRANT SELECT, INSERT ON messaging.outbox, messaging.inbox, messaging.held_audit TO {role}"
    yield f"GRANT SELECT, UPDATE ON messaging.relay_mark TO {role}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON messaging.held TO {role}"
    yield _grant_day_seen(role)
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA messaging TO {role}"
    yield "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA messaging FROM PUBLIC"
    yield f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA messaging TO {role}"


def add_belief(role: str) -> Iterator[str]:
    """Yield the statements that add to an older schema what tells believed events from others, and the days seen.

    What is unreadable and parked no longer holds back the key that it claims. A new database has all of this already.
    """
    yield "ALTER TABLE messaging.inbox ADD COLUMN IF NOT EXISTS body bigint"
    yield "ALTER TABLE messaging.held ADD COLUMN IF NOT EXISTS record_key bytea"
    yield "ALTER TABLE messaging.held ADD COLUMN IF NOT EXISTS is_believed boolean NOT NULL DEFAULT true"
    yield """UPDATE messaging.held
        SET is_believed = false, record_key = convert_to(key, 'UTF8'), key = 'apart:' || event_id
        WHERE reason = 'unreadable' AND state = 'parked'"""
    yield from (statement.replace("INDEX", "INDEX IF NOT EXISTS", 1) for statement in _HELD_INDEXES)
    yield _DAY_SEEN.replace("TABLE", "TABLE IF NOT EXISTS", 1)
    yield _grant_day_seen(role)


def remove_belief() -> Iterator[str]:
    """Yield the statements that take away what `add_belief` adds."""
    yield "DROP TABLE messaging.day_seen"
    yield "ALTER TABLE messaging.held DROP COLUMN is_believed, DROP COLUMN record_key"
    yield "ALTER TABLE messaging.inbox DROP COLUMN body"


def _grant_day_seen(role: str) -> str:
    return f"GRANT SELECT, INSERT, UPDATE ON messaging.day_seen TO {role}"

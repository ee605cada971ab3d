"""Who may do what in the tables of the messaging core: the application, its relay, its operators; row by row.

The application appends to the outbox and hands held events over to functions with the owner's rights. It sees rows of
the municipality of its transaction alone, cannot move the relay's mark, drop a partition, or write the audit of what
operators did. Operators act through functions that write that audit in the same statement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

_OWNERS_RIGHTS = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
_OWN_MUNICIPALITY = "coalesce(current_setting('app.municipality', true), '')"


@dataclass(frozen=True)
class CoreRoles:
    """The roles of one database, besides the owner of its tables."""

    application: str
    relay: str
    operator: str

    @classmethod
    def of(cls, application: str) -> Self:
        """Return the roles that belong to an application's role, by their names."""
        return cls(application, f"{application}_relay", f"{application}_operator")


# The default comes apart from the column: together they would rewrite the whole log.
_TENANTS = (
    "ALTER TABLE messaging.outbox ADD COLUMN municipality text",
    "ALTER TABLE messaging.outbox ALTER COLUMN municipality SET DEFAULT current_setting('app.municipality', true)",
    "ALTER TABLE messaging.outbox ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE messaging.held ENABLE ROW LEVEL SECURITY",
    """CREATE POLICY tenant ON messaging.outbox
    USING (municipality = OWN_MUNICIPALITY) WITH CHECK (municipality = OWN_MUNICIPALITY)""",
    "CREATE POLICY tenant ON messaging.held FOR SELECT USING (coalesce(municipality, '') = OWN_MUNICIPALITY)",
)

_COUNTS = (
    """CREATE FUNCTION messaging.backlog(OUT depth bigint, OUT age double precision)
    LANGUAGE sql STABLE OWNERS_RIGHTS SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
        SELECT count(*), coalesce(extract(epoch FROM now() - min(waiting.recorded_at)), 0)::float8
        FROM (
            SELECT o.recorded_at FROM messaging.outbox o
            WHERE o.position > (SELECT m.position_done FROM messaging.relay_mark m)
            ORDER BY o.position LIMIT 10000
        ) AS waiting $$""",
    """CREATE FUNCTION messaging.last_position() RETURNS bigint LANGUAGE sql STABLE OWNERS_RIGHTS AS
    $$ SELECT o.position FROM messaging.outbox o ORDER BY o.position DESC LIMIT 1 $$""",
    """CREATE FUNCTION messaging.is_published(last bigint) RETURNS boolean LANGUAGE sql STABLE OWNERS_RIGHTS AS
    $$ SELECT m.position_done >= last FROM messaging.relay_mark m $$""",
    """CREATE FUNCTION messaging.is_any_held() RETURNS boolean LANGUAGE sql STABLE OWNERS_RIGHTS AS
    $$ SELECT EXISTS (SELECT FROM messaging.held h WHERE h.is_believed AND h.state <> 'discarded') $$""",
    """CREATE FUNCTION messaging.count_held() RETURNS TABLE (state text, events bigint)
    LANGUAGE sql STABLE OWNERS_RIGHTS AS $$ SELECT h.state, count(*) FROM messaging.held h GROUP BY h.state $$""",
    """CREATE FUNCTION messaging.count_parked() RETURNS TABLE (reason text, events bigint)
    LANGUAGE sql STABLE OWNERS_RIGHTS AS $$
        SELECT h.reason, count(*) FROM messaging.held h WHERE h.state = 'parked' AND h.reason IS NOT NULL
        GROUP BY h.reason $$""",
    """CREATE FUNCTION messaging.count_held_of_fullest() RETURNS bigint LANGUAGE sql STABLE OWNERS_RIGHTS AS $$
        SELECT coalesce(max(by_municipality.events), 0)::bigint FROM (
            SELECT count(*) AS events FROM messaging.held h WHERE h.is_believed AND h.state <> 'discarded'
            GROUP BY h.municipality
        ) AS by_municipality $$""",
    """CREATE FUNCTION messaging.count_held_of(municipality text, events_max bigint) RETURNS bigint
    LANGUAGE sql STABLE OWNERS_RIGHTS AS $$
        SELECT count(*) FROM (
            SELECT FROM messaging.held h
            WHERE h.municipality IS NOT DISTINCT FROM $1 AND h.is_believed AND h.state <> 'discarded' LIMIT $2
        ) AS of_municipality $$""",
    # What is due by now needs no timer: it is being retried, or waits behind a parked event.
    """CREATE FUNCTION messaging.seconds_until_due() RETURNS double precision LANGUAGE sql STABLE OWNERS_RIGHTS AS $$
        SELECT extract(epoch FROM min(h.due_at) - clock_timestamp())::float8 FROM messaging.held h
        WHERE h.state IN ('retrying', 'waiting') AND h.due_at > clock_timestamp() $$""",
)

# What the consumer and the retries do with held events, of whichever municipality these are.
_HOLDING = (
    """CREATE FUNCTION messaging.held_keys(topics text[], keys text[]) RETURNS TABLE (topic text, key text)
    LANGUAGE sql STABLE OWNERS_RIGHTS AS $$
        SELECT DISTINCT h.topic, h.key
        FROM messaging.held h JOIN unnest(topics, keys) AS asked(topic, key)
          ON h.topic = asked.topic AND h.key = asked.key
        WHERE h.is_believed AND h.state <> 'discarded' $$""",
    """CREATE FUNCTION messaging.hold(
        event_id uuid, topic text, key text, event_type text, municipality text, payload bytea, headers jsonb,
        state text, reason text, sentence text, attempts integer, due_in_seconds double precision
    ) RETURNS void LANGUAGE sql OWNERS_RIGHTS AS $$
        INSERT INTO messaging.held (event_id, topic, key, event_type, municipality, payload, headers,
            state, reason, sentence, attempts, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + make_interval(secs => $12))
        ON CONFLICT (event_id) DO NOTHING $$""",
    # An event that comes to wait behind one that was too early may be the very event that one depends on.
    """CREATE FUNCTION messaging.make_due(topic text, key text) RETURNS void LANGUAGE sql OWNERS_RIGHTS AS $$
        UPDATE messaging.held h SET due_at = clock_timestamp()
        WHERE h.topic = $1 AND h.key = $2 AND h.state = 'retrying' AND h.reason = 'not_yet_known'
          AND h.due_at > clock_timestamp() $$""",
    """CREATE FUNCTION messaging.lock_due_head(OUT "position" bigint, OUT municipality text) RETURNS SETOF record
    LANGUAGE sql OWNERS_RIGHTS AS $$
        SELECT head.position, head.municipality FROM messaging.held AS head
        WHERE head.state IN ('retrying', 'waiting') AND head.due_at <= clock_timestamp()
          AND NOT EXISTS (SELECT FROM messaging.held AS earlier
                          WHERE earlier.topic = head.topic AND earlier.key = head.key
                            AND earlier.position < head.position AND earlier.state <> 'discarded')
        ORDER BY head.due_at, head.position LIMIT 1
        FOR UPDATE OF head SKIP LOCKED $$""",
    # Data of another municipality than that of the transaction stay here; such an event becomes a head in its turn.
    """CREATE FUNCTION messaging.lock_queue(head bigint, events_max integer) RETURNS SETOF messaging.held
    LANGUAGE sql OWNERS_RIGHTS AS $$
        SELECT h.position, h.event_id, h.topic, h.key, h.event_type, h.municipality, h.state, h.reason, h.sentence,
            h.attempts, h.due_at, h.held_at,
            CASE WHEN coalesce(h.municipality, '') = OWN_MUNICIPALITY THEN h.headers ELSE '{}' END,
            CASE WHEN coalesce(h.municipality, '') = OWN_MUNICIPALITY THEN h.payload END,
            CASE WHEN coalesce(h.municipality, '') = OWN_MUNICIPALITY THEN h.record_key END,
            h.is_believed
        FROM messaging.held h JOIN messaging.held first ON first.position = $1
        WHERE h.topic = first.topic AND h.key = first.key AND h.position >= $1 AND h.state <> 'discarded'
        ORDER BY h.position LIMIT $2 FOR UPDATE OF h $$""",
    """CREATE FUNCTION messaging.requeue(
        "position" bigint, state text, reason text, sentence text, attempts integer, due_in_seconds double precision
    ) RETURNS void LANGUAGE sql OWNERS_RIGHTS AS $$
        UPDATE messaging.held h SET state = $2, reason = $3, sentence = $4, attempts = $5,
            due_at = clock_timestamp() + make_interval(secs => $6)
        WHERE h.position = $1 AND h.state IN ('retrying', 'waiting') AND $2 IN ('retrying', 'waiting', 'parked') $$""",
    """CREATE FUNCTION messaging.delete_done(positions bigint[]) RETURNS void LANGUAGE sql OWNERS_RIGHTS AS $$
        DELETE FROM messaging.held h WHERE h.position = ANY(positions) AND h.state IN ('retrying', 'waiting') $$""",
)

# Messages that are not believed: trimmed as they come, dropped with their retention, admitted once they were released.
_APART = (
    """CREATE FUNCTION messaging.hold_apart(
        event_ids uuid[], topics text[], keys text[], event_types text[], municipalities text[], payloads bytea[],
        header_texts text[], reasons text[], sentences text[], record_keys bytea[], newest_max integer
    ) RETURNS bigint LANGUAGE plpgsql OWNERS_RIGHTS AS $$
    DECLARE held_count bigint;
    BEGIN
        IF newest_max < 1 THEN
            RAISE EXCEPTION 'keep at least one message of each municipality and reason';
        END IF;
        INSERT INTO messaging.held (event_id, topic, key, event_type, municipality, payload, headers, state, reason,
            sentence, record_key, is_believed)
        SELECT m.event_id, m.topic, m.key, m.event_type, m.municipality, m.payload, m.headers::jsonb, 'parked',
            m.reason, m.sentence, m.record_key, false
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY AS
            m(event_id, topic, key, event_type, municipality, payload, headers, reason, sentence, record_key, turn)
        ORDER BY m.turn
        ON CONFLICT (event_id) DO NOTHING;
        GET DIAGNOSTICS held_count = ROW_COUNT;
        DELETE FROM messaging.held AS old USING (
            SELECT h.position, row_number() OVER (
                PARTITION BY h.municipality, h.reason ORDER BY h.position DESC
            ) AS place
            FROM messaging.held h WHERE NOT h.is_believed AND h.state = 'parked'
        ) AS kept
        WHERE old.position = kept.position AND kept.place > newest_max AND NOT old.is_believed AND old.state = 'parked';
        RETURN held_count;
    END $$""",
    """CREATE FUNCTION messaging.drop_old_held(retention_days integer) RETURNS bigint
    LANGUAGE plpgsql OWNERS_RIGHTS AS $$
    DECLARE dropped bigint;
    BEGIN
        IF retention_days < 7 THEN
            RAISE EXCEPTION 'keep what is discarded or not believed for at least 7 days';
        END IF;
        DELETE FROM messaging.held h
        WHERE h.held_at < now() - make_interval(days => retention_days)
          AND (h.state = 'discarded' OR (NOT h.is_believed AND h.state = 'parked'));
        GET DIAGNOSTICS dropped = ROW_COUNT;
        RETURN dropped;
    END $$""",
    """CREATE FUNCTION messaging.admit("position" bigint, event_id uuid, key text, municipality text) RETURNS void
    LANGUAGE sql OWNERS_RIGHTS AS $$
        UPDATE messaging.held h SET event_id = $2, key = $3, municipality = $4, is_believed = true, record_key = NULL,
            state = 'waiting', due_at = clock_timestamp()
        WHERE h.position = $1 AND NOT h.is_believed AND h.state IN ('retrying', 'waiting') $$""",
    # The last day seen only moves on: moved back, a day that was refused as a jump would be taken.
    """CREATE FUNCTION messaging.record_days(municipalities text[], days date[]) RETURNS void
    LANGUAGE sql OWNERS_RIGHTS AS $$
        INSERT INTO messaging.day_seen (municipality, day)
        SELECT seen.municipality, seen.day FROM unnest(municipalities, days) AS seen(municipality, day)
        ORDER BY seen.municipality
        ON CONFLICT (municipality) DO UPDATE SET day = greatest(day_seen.day, excluded.day) $$""",
)

# Any caller may ask for the months ahead, within reason: a service makes them itself.
_BOUNDS = (
    "ALTER FUNCTION messaging.make_partitions(integer) RENAME TO make_months",
    """CREATE FUNCTION messaging.make_partitions(ahead_months integer) RETURNS void LANGUAGE plpgsql OWNERS_RIGHTS AS $$
    BEGIN
        IF ahead_months NOT BETWEEN 0 AND 24 THEN
            RAISE EXCEPTION 'make at most 24 months ahead';
        END IF;
        PERFORM messaging.make_months(ahead_months);
    END $$""",
)

_OPERATING = (
    """CREATE FUNCTION messaging.release(event_id uuid, reason text, actor text, because text) RETURNS SETOF uuid
    LANGUAGE sql OWNERS_RIGHTS AS $$
        WITH freed AS (
            UPDATE messaging.held h SET state = 'waiting', attempts = 0, due_at = clock_timestamp()
            WHERE h.state IN ('parked', 'retrying') AND ($1 IS NULL OR h.event_id = $1)
              AND ($2 IS NULL OR h.reason = $2) AND (h.state = 'parked' OR $1 IS NOT NULL)
            RETURNING h.event_id
        )
        INSERT INTO messaging.held_audit (action, event_id, actor, reason)
        SELECT 'released', freed.event_id, $3, $4 FROM freed RETURNING held_audit.event_id $$""",
    """CREATE FUNCTION messaging.discard(event_id uuid, actor text, because text) RETURNS SETOF uuid
    LANGUAGE sql OWNERS_RIGHTS AS $$
        WITH dropped AS (
            UPDATE messaging.held h SET state = 'discarded' WHERE h.event_id = $1 AND h.state <> 'discarded'
            RETURNING h.event_id
        )
        INSERT INTO messaging.held_audit (action, event_id, actor, reason)
        SELECT 'discarded', dropped.event_id, $2, $3 FROM dropped RETURNING held_audit.event_id $$""",
    """CREATE FUNCTION messaging.replay(first_position bigint, actor text, because text) RETURNS bigint
    LANGUAGE sql OWNERS_RIGHTS AS $$
        INSERT INTO messaging.held_audit (action, actor, reason) VALUES ('replayed', $2, $3);
        SELECT messaging.replay_from($1) $$""",
)


def separate(roles: CoreRoles) -> Iterator[str]:
    """Yield the statements that take from the application's role what only the relay and operators need."""
    for role in (roles.application, roles.relay, roles.operator):
        yield _require_role(role)
    for statement in (*_TENANTS, *_COUNTS, *_HOLDING, *_APART, *_BOUNDS, *_OPERATING):
        yield statement.replace("OWNERS_RIGHTS", _OWNERS_RIGHTS).replace("OWN_MUNICIPALITY", _OWN_MUNICIPALITY)
    for role, kind in ((roles.relay, "relay"), (roles.operator, "operator")):
        yield f"CREATE POLICY {kind} ON messaging.outbox FOR SELECT TO {role} USING (true)"
    yield f"CREATE POLICY operator ON messaging.held FOR SELECT TO {roles.operator} USING (true)"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA messaging FROM {roles.application}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA messaging FROM {roles.application}"
    yield f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA messaging FROM PUBLIC, {roles.application}"
    yield f"GRANT USAGE ON SCHEMA messaging TO {roles.application}, {roles.relay}, {roles.operator}"
    yield from _grant_application(roles.application)
    yield f"GRANT SELECT ON messaging.outbox, messaging.relay_mark, messaging.outbox_turn TO {roles.relay}"
    yield f"GRANT UPDATE (position_done, cluster) ON messaging.relay_mark TO {roles.relay}"
    yield f"GRANT EXECUTE ON FUNCTION messaging.settled_page, messaging.backlog TO {roles.relay}"
    yield from _grant_operator(roles.operator)


def _grant_application(role: str) -> Iterator[str]:
    """Positions and moments come from the database, so that no row can be put before the mark or into another month."""
    yield f"GRANT SELECT, INSERT (event_id, topic, key, trace, payload) ON messaging.outbox TO {role}"
    yield f"GRANT USAGE ON messaging.outbox_turn TO {role}"
    yield f"GRANT SELECT, INSERT ON messaging.inbox TO {role}"
    yield f"GRANT SELECT ON messaging.held, messaging.day_seen TO {role}"
    for name in (
        *("backlog", "last_position", "is_published", "is_any_held", "count_held", "seconds_until_due"),
        *("held_keys", "hold", "make_due", "lock_due_head", "lock_queue", "requeue", "delete_done"),
        *("count_parked", "count_held_of_fullest", "count_held_of"),
        *("hold_apart", "drop_old_held", "admit", "record_days"),
        *("make_partitions", "before_telling"),
    ):
        yield f"GRANT EXECUTE ON FUNCTION messaging.{name} TO {role}"


def _grant_operator(role: str) -> Iterator[str]:
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA messaging TO {role}"
    yield f"GRANT SELECT ON messaging.outbox_turn TO {role}"
    for name in ("backlog", "release", "discard", "replay", "make_partitions", "drop_partitions"):
        yield f"GRANT EXECUTE ON FUNCTION messaging.{name} TO {role}"


def _require_role(role: str) -> str:
    return f"""DO $$ BEGIN IF to_regrole('{role}') IS NULL THEN
        RAISE EXCEPTION 'The role {role} is missing: create it first, as docs/operations.md says under Roles.';
    END IF; END $$"""

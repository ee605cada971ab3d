"""Removal of access lines after their term, with the chain provable: where it begins is sealed in a line of itself.

`audit.chain_start` is the checkpoint: the position and hash of the last line that was removed. The same two stand in a
line that only the removal can write, of no municipality: a checkpoint that was moved does not match its seal, and a
seal that was changed breaks the chain.
"""

from collections.abc import Iterator

RETENTION_DAYS_MIN = 365
LINES_PER_REMOVAL_MAX = 20_000

_TABLES = (
    """CREATE TABLE audit.chain_start (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        position bigint NOT NULL DEFAULT 0,
        hash bytea NOT NULL DEFAULT ''
    )""",
    "INSERT INTO audit.chain_start DEFAULT VALUES",
    "ALTER FUNCTION audit.append(timestamptz[], text[], text[], text[], text[], text[]) RENAME TO append_any",
)

_FUNCTIONS = (
    """CREATE FUNCTION audit.append(
        moments timestamptz[], municipalities text[], readers text[], roles text[], operations text[], abouts text[]
    ) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF '' = ANY(municipalities) THEN
            RAISE EXCEPTION 'lines of no municipality are seals, which the removal of old lines writes';
        END IF;
        RETURN audit.append_any(moments, municipalities, readers, roles, operations, abouts);
    END $$""",
    """CREATE FUNCTION audit.drop_old(retention_days integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE first bigint; cut bigint; latest bytea; dropped bigint;
    BEGIN
        IF retention_days < DAYS_MIN THEN
            RAISE EXCEPTION 'keep access lines for at least DAYS_MIN days';
        END IF;
        PERFORM FROM audit.chain_end FOR UPDATE;
        SELECT s.position INTO STRICT first FROM audit.chain_start s;
        SELECT l.position - 1 INTO cut FROM audit.access_line l
        WHERE l.at >= now() - make_interval(days => retention_days) ORDER BY l.position LIMIT 1;
        SELECT l.position, l.hash INTO cut, latest FROM audit.access_line l
        WHERE l.position <= coalesce(cut, l.position) AND l.position <= first + LINES_MAX
        ORDER BY l.position DESC LIMIT 1;
        IF cut IS NULL THEN
            RETURN 0;
        END IF;
        PERFORM audit.append_any(
            ARRAY[clock_timestamp()], ARRAY[''], ARRAY['retention'], ARRAY[''],
            ARRAY[format('removed up to %s:%s after %s days', cut, encode(latest, 'hex'), retention_days)], ARRAY['']
        );
        DELETE FROM audit.access_line l WHERE l.position <= cut;
        GET DIAGNOSTICS dropped = ROW_COUNT;
        UPDATE audit.chain_start SET position = cut, hash = latest;
        RETURN dropped;
    END $$""",
)


def install(*, application: str, operator: str, auditor: str) -> Iterator[str]:
    """Yield the statements that add the checkpoint and the removal, and grant each role its part."""
    for statement in (*_TABLES, *_FUNCTIONS):
        yield statement.replace("DAYS_MIN", str(RETENTION_DAYS_MIN)).replace("LINES_MAX", str(LINES_PER_REMOVAL_MAX))
    yield "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC"
    yield f"REVOKE EXECUTE ON FUNCTION audit.append_any FROM {application}, {operator}, {auditor}"
    yield f"GRANT EXECUTE ON FUNCTION audit.append TO {application}, {operator}, {auditor}"
    yield f"GRANT EXECUTE ON FUNCTION audit.drop_old TO {application}"
    yield f"GRANT SELECT ON audit.chain_start TO {auditor}"

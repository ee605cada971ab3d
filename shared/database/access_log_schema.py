"""The tables of the access log, in a schema of their own: lines that can only be added, each bound to the one before.

The hash of a line covers the hash before it and everything in the line; the end of the chain is kept apart, so that
lines cut off its end are missed too. Only `audit.append` writes, under the lock of the end: writers at once make one
chain. `shared.database.access_chain` computes the same hashes without trusting these functions.
"""

from collections.abc import Iterator

_FIELDS = """concat(
    char_length(line), ':', line, char_length(micros), ':', micros, char_length(municipality), ':', municipality,
    char_length(reader), ':', reader, char_length(roles), ':', roles, char_length(operation), ':', operation,
    char_length(about), ':', about)"""

_TABLES = (
    "CREATE SCHEMA audit",
    """CREATE TABLE audit.access_line (
        position bigint PRIMARY KEY,
        at timestamptz NOT NULL,
        municipality text NOT NULL,
        reader text NOT NULL,
        roles text[] NOT NULL,
        operation text NOT NULL,
        about uuid[] NOT NULL,
        hash bytea NOT NULL
    )""",
    "CREATE INDEX access_line_about ON audit.access_line USING gin (about)",
    "CREATE INDEX access_line_reader ON audit.access_line (municipality, reader, position)",
    """CREATE TABLE audit.chain_end (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        position bigint NOT NULL DEFAULT 0,
        hash bytea NOT NULL DEFAULT ''
    )""",
    "INSERT INTO audit.chain_end DEFAULT VALUES",
    "ALTER TABLE audit.access_line ENABLE ROW LEVEL SECURITY",
    """CREATE POLICY tenant ON audit.access_line FOR SELECT
    USING (municipality = current_setting('app.municipality', true))""",
)

_FUNCTIONS = (
    f"""CREATE FUNCTION audit.digest(
        previous bytea, line text, micros text, municipality text, reader text, roles text, operation text, about text
    ) RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
    $$ SELECT sha256(previous || convert_to({_FIELDS}, 'UTF8')) $$""",
    """CREATE OR REPLACE FUNCTION audit.append(
        moments timestamptz[], municipalities text[], readers text[], roles text[], operations text[], abouts text[]
    ) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE last bigint; latest bytea; line record; ids uuid[];
    BEGIN
        SELECT e.position, e.hash INTO STRICT last, latest FROM audit.chain_end e FOR UPDATE;
        FOR line IN
            SELECT * FROM unnest(moments, municipalities, readers, roles, operations, abouts) WITH ORDINALITY
                AS l(at, municipality, reader, roles, operation, about, turn) ORDER BY turn
        LOOP
            IF line.at NOT BETWEEN timestamptz '2000-01-01 00:00+00' AND clock_timestamp() + interval '1 day' THEN
                RAISE EXCEPTION 'a line is of a moment that has come';
            END IF;
            last := last + 1;
            ids := string_to_array(line.about, ',')::uuid[];
            latest := audit.digest(
                latest, last::text, (extract(epoch FROM line.at) * 1000000)::bigint::text, line.municipality,
                line.reader, line.roles, line.operation, array_to_string(ids, ',')
            );
            INSERT INTO audit.access_line VALUES (
                last, line.at, line.municipality, line.reader, string_to_array(line.roles, ','), line.operation, ids,
                latest
            );
        END LOOP;
        UPDATE audit.chain_end SET position = last, hash = latest;
        RETURN last;
    END $$""",
)

# A process of the version before this one still inserts into the old table: its lines come into the chain as well.
_FROM_BEFORE = (
    """CREATE FUNCTION audit.take_over() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        PERFORM audit.append(
            ARRAY[NEW.read_at], ARRAY[NEW.municipality], ARRAY[NEW.subject], ARRAY[array_to_string(NEW.roles, ',')],
            ARRAY['read a file'], ARRAY[NEW.person_id::text]
        );
        RETURN NULL;
    END $$""",
    "ALTER TABLE access_log NO FORCE ROW LEVEL SECURITY",
    """SELECT audit.append(
        array_agg(read_at ORDER BY read_at, id), array_agg(municipality ORDER BY read_at, id),
        array_agg(subject ORDER BY read_at, id), array_agg(array_to_string(roles, ',') ORDER BY read_at, id),
        array_agg('read a file'::text ORDER BY read_at, id), array_agg(person_id::text ORDER BY read_at, id)
    ) FROM access_log HAVING count(*) > 0""",
    "ALTER TABLE access_log FORCE ROW LEVEL SECURITY",
    "CREATE TRIGGER take_over AFTER INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION audit.take_over()",
)


def bound_moments() -> Iterator[str]:
    """Yield the statement by which nobody appends a line of a moment that no calendar of those who read it has.

    Since old lines are removed, callers reach the function through one that keeps seals apart.
    """
    yield _FUNCTIONS[-1].replace("audit.append(", "audit.append_any(")


def install(*, application: str, operator: str, auditor: str) -> Iterator[str]:
    """Yield the statements that create the schema, take over the lines so far, and grant each role its part."""
    yield from (*_TABLES, *_FUNCTIONS, *_FROM_BEFORE)
    yield "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA audit TO {application}, {operator}, {auditor}"
    yield f"GRANT SELECT ON audit.access_line TO {application}"
    yield f"GRANT EXECUTE ON FUNCTION audit.append TO {application}, {operator}, {auditor}"
    yield f"CREATE POLICY auditor ON audit.access_line FOR SELECT TO {auditor} USING (true)"
    yield f"GRANT SELECT ON audit.access_line, audit.chain_end TO {auditor}"

"""The ledger's totals say of which entries they are: those of one block of 1,024 numbers.

A proof of the whole ledger then needs no grouping: a line's entry number tells which total it went into. What a run or
an account holds is a sum of totals as before. Totals that are there are added up anew from their lines, after a look
whether they are the sums of those; where they are not, nothing is changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LEDGER = ("ledger_entry", "ledger_line", "ledger_total")
# The plan is remembered from when the ledger was small, so each header is looked up by its key, however it grows.
_BALANCES = """
CREATE OR REPLACE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE tenant text; any_entry bigint; any_run uuid; tipped bigint; broken bigint; is_one_run boolean;
BEGIN
    SELECT municipality, entry_id INTO tenant, any_entry FROM added LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM added WHERE municipality <> tenant) THEN
        RAISE EXCEPTION 'These lines are of several municipalities: book for one at a time.'
        USING ERRCODE = 'check_violation';
    END IF;
    SELECT run_id INTO any_run FROM ledger_entry WHERE municipality = tenant AND id = any_entry;
    SELECT min(entry_id) FILTER (WHERE cents <> 0),
        min(entry_id) FILTER (WHERE first_no <> 1 OR number IS DISTINCT FROM line_count),
        bool_and(run_id IS NOT DISTINCT FROM any_run)
    INTO tipped, broken, is_one_run
    FROM (
        SELECT entry_id, sum(amount_cents) AS cents, count(*) AS number, min(line_no) AS first_no
        FROM added GROUP BY entry_id
    ) AS of_entry
    LEFT JOIN LATERAL (
        SELECT run_id, line_count FROM ledger_entry AS found
        WHERE found.municipality = tenant AND found.id = of_entry.entry_id LIMIT 1
    ) AS head ON true;
    IF tipped IS NOT NULL THEN
        RAISE EXCEPTION 'The lines of ledger entry % do not sum to zero: add a whole entry in one statement.', tipped
        USING ERRCODE = 'check_violation';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'Ledger entry % has not the lines that its header says: add a whole entry in one statement.',
        broken USING ERRCODE = 'check_violation';
    END IF;
    IF is_one_run THEN
        INSERT INTO ledger_total (municipality, run_id, {column}account, amount_cents, lines)
        SELECT tenant, any_run, {block}account, sum(amount_cents), count(*) FROM added GROUP BY {block}account;
    ELSE
        INSERT INTO ledger_total (municipality, run_id, {column}account, amount_cents, lines)
        SELECT tenant, head.run_id, {block}account, sum(amount_cents), count(*)
        FROM added JOIN LATERAL (
            SELECT run_id FROM ledger_entry AS found
            WHERE found.municipality = tenant AND found.id = added.entry_id LIMIT 1
        ) AS head ON true
        GROUP BY head.run_id, {block}account;
    END IF;
    RETURN NULL;
END $$
"""
# Totals without a block are those that were there.
_ADDED_UP_ANEW = """
DO $$
BEGIN
    INSERT INTO ledger_total (municipality, run_id, block, account, amount_cents, lines)
    SELECT line.municipality, head.run_id, line.entry_id >> 10 AS block, line.account,
        sum(line.amount_cents), count(*)
    FROM ledger_line AS line
    LEFT JOIN ledger_entry AS head ON head.municipality = line.municipality AND head.id = line.entry_id
    GROUP BY line.municipality, head.run_id, line.entry_id >> 10, line.account;
    IF EXISTS (
        SELECT FROM ledger_total GROUP BY municipality, run_id, account
        HAVING sum(amount_cents) <> 2 * coalesce(sum(amount_cents) FILTER (WHERE block IS NULL), 0)
            OR sum(lines) <> 2 * coalesce(sum(lines) FILTER (WHERE block IS NULL), 0)
    ) THEN
        RAISE EXCEPTION 'Totals of the ledger are not the sums of their lines: see operations.md, Proving the ledger.'
        USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM ledger_total WHERE block IS NULL;
END $$
"""


def upgrade() -> None:
    op.add_column("ledger_total", sa.Column("block", sa.BigInteger, nullable=True))
    _guards("NO FORCE", "DISABLE")  # the tables' owner sees every municipality, and may change totals this once
    op.execute(sa.text(_ADDED_UP_ANEW))
    _guards("FORCE", "ENABLE")
    op.alter_column("ledger_total", "block", nullable=False)
    op.execute(sa.text(_BALANCES.format(column="block, ", block="entry_id >> 10, ")))


def _guards(row_security: str, trigger: str) -> None:
    for table in LEDGER:
        op.execute(sa.text(f"ALTER TABLE {table} {row_security} ROW LEVEL SECURITY"))
    op.execute(sa.text(f"ALTER TABLE ledger_total {trigger} TRIGGER ledger_total_stays"))


def downgrade() -> None:
    op.drop_column("ledger_total", "block")
    op.execute(sa.text(_BALANCES.format(column="", block="")))

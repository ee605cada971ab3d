"""The month's run: its steps and parts, every household's month, and the ledger that guards itself, for every role.

A month's key begins with the month, so that a run only ever adds at the end of it, however many months went before.
What was sealed cannot be changed: months are removed with a withdrawn proposal and at no other time. The ledger takes
whole entries only: the lines that one statement adds sum to zero per entry and are as many as its header says, and an
entry has a first line once, so no index is needed on every line. What it took is added up beside it, per run and
account, by that same statement; a run is closed only when that is what its months say. Nothing in the ledger can be
changed or removed; a mistake is put right by a correcting entry.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
STATES = ("proposing", "proposed", "approved", "sealed", "releasing", "released", "withdrawn")
APPEND_ONLY = ("run_approval", "run_total", "ledger_entry", "ledger_line")
LEDGER = ("ledger_entry", "ledger_line", "ledger_total")

_OPEN_STATES = "('proposing', 'proposed', 'approved', 'withdrawn')"
_MONTH_STAYS = f"""
CREATE FUNCTION statement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone JOIN run ON run.municipality = gone.municipality AND run.id = gone.run_id
        WHERE run.state NOT IN {_OPEN_STATES}
    ) THEN
        RAISE EXCEPTION 'A sealed month is never changed: what must differ becomes a correction in the next run.'
        USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
_MONTH_COMES = f"""
CREATE FUNCTION statement_comes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT municipality, run_id FROM added) AS told
        LEFT JOIN run ON run.municipality = told.municipality AND run.id = told.run_id
        WHERE run.state IS DISTINCT FROM 'proposing'
    ) THEN
        RAISE EXCEPTION 'A month is added only while its run is being proposed: propose a run of its own for it.'
        USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
# The plan is remembered from when the ledger was small, so each header is looked up by its key, however it grows.
_BALANCES = """
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
        INSERT INTO ledger_total (municipality, run_id, account, amount_cents, lines)
        SELECT tenant, any_run, account, sum(amount_cents), count(*) FROM added GROUP BY account;
    ELSE
        INSERT INTO ledger_total (municipality, run_id, account, amount_cents, lines)
        SELECT tenant, head.run_id, added.account, sum(added.amount_cents), count(*)
        FROM added JOIN LATERAL (
            SELECT run_id FROM ledger_entry AS found
            WHERE found.municipality = tenant AND found.id = added.entry_id LIMIT 1
        ) AS head ON true
        GROUP BY 2, 3;
    END IF;
    RETURN NULL;
END $$
"""
_STAYS = """
CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is never changed: put a mistake right with a correcting entry.'
    USING ERRCODE = 'restrict_violation';
END $$
"""
_CLOSES = """
CREATE FUNCTION run_closes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong smallint;
BEGIN
    SELECT coalesce(said.account, booked.account) INTO wrong
    FROM (
        SELECT account, amount_cents FROM run_total WHERE municipality = NEW.municipality AND run_id = NEW.id
    ) AS said
    FULL JOIN (
        SELECT account, sum(amount_cents) AS amount_cents FROM ledger_total
        WHERE municipality = NEW.municipality AND run_id = NEW.id GROUP BY account
    ) AS booked ON booked.account = said.account
    WHERE coalesce(said.amount_cents, 0) <> coalesce(booked.amount_cents, 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Account % of the run does not hold what its months say: it stays open until it does.', wrong
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    "CREATE TRIGGER statement_comes AFTER INSERT ON statement REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION statement_comes()",
    "CREATE TRIGGER statement_stays AFTER UPDATE ON statement REFERENCING OLD TABLE AS gone "
    "FOR EACH STATEMENT EXECUTE FUNCTION statement_stays()",
    "CREATE TRIGGER statement_is_kept AFTER DELETE ON statement REFERENCING OLD TABLE AS gone "
    "FOR EACH STATEMENT EXECUTE FUNCTION statement_stays()",
    "CREATE TRIGGER ledger_balances AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_balances()",
    "CREATE TRIGGER run_closes AFTER UPDATE OF state ON run "
    "FOR EACH ROW WHEN (NEW.state = 'released') EXECUTE FUNCTION run_closes()",
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {change} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays()"
        for table in LEDGER
        for name, change in (("stays", "UPDATE OR DELETE"), ("is_kept", "TRUNCATE"))
    ),
)
_IN_MONTH = "ledger_entry (municipality, month, household_id)"
_INDEXES = (
    "CREATE UNIQUE INDEX ledger_entry_has_lines_once ON ledger_line (municipality, entry_id) WHERE line_no = 1",
    "CREATE INDEX ledger_line_of_entry ON ledger_line USING brin (entry_id) WITH (pages_per_range = 16)",
    "CREATE UNIQUE INDEX run_one_open ON run (municipality, month) WHERE state NOT IN ('released', 'withdrawn')",
    "CREATE INDEX task_month_refused ON task (municipality, household_id) "
    "WHERE kind = 'month_refused' AND done_on IS NULL",
    f"CREATE UNIQUE INDEX ledger_month_once ON {_IN_MONTH} WHERE kind = 1",
    f"CREATE INDEX ledger_entry_of_month ON {_IN_MONTH} WHERE kind <> 1",
)


def key(*columns: sa.Column) -> list[sa.Column]:
    """The municipality and then the row's own key: uniqueness never reaches across tenants."""
    for column in columns:
        column.primary_key = True
    return [sa.Column("municipality", sa.Text, primary_key=True), *columns]


def column(name: str, kind: type, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=empty)


def numbers(*names: str, kind: type = sa.Integer, least: int | None = 0) -> list[sa.Column]:
    """Numbers that are 0 until said otherwise."""
    def bound(name: str) -> list[sa.CheckConstraint]:
        return [] if least is None else [sa.CheckConstraint(f"{name} >= {least}")]

    return [sa.Column(name, kind, *bound(name), server_default="0", nullable=False) for name in names]


def of_run() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["municipality", "run_id"], ["run.municipality", "run.id"])


def upgrade() -> None:
    _run()
    _statement()
    _ledger()
    for statement in (_MONTH_COMES, _MONTH_STAYS, _BALANCES, _STAYS, _CLOSES, *_TRIGGERS, *_INDEXES):
        op.execute(sa.text(statement))
    privileges = {"run": "SELECT, INSERT, UPDATE", "run_part": "SELECT, INSERT, UPDATE", "ledger_total": "SELECT"}
    privileges |= {"statement": "SELECT, INSERT, DELETE"} | dict.fromkeys(APPEND_ONLY, "SELECT, INSERT")
    for table, allowed in privileges.items():
        protect_tenant_table(op, table, service=SERVICE, privileges=allowed)
    op.execute(sa.text("ALTER TABLE household SET (fillfactor = 45)"))  # a run moves every household on, in its page
    op.execute(sa.text(f"GRANT USAGE ON SEQUENCE ledger_entry_number TO meedoen_{SERVICE}"))


def _run() -> None:
    op.create_table(
        "run",
        *key(column("id", sa.Uuid)),
        column("month", sa.Text),
        column("number", sa.SmallInteger),
        sa.Column("state", sa.Text, sa.CheckConstraint(f"state IN {STATES}"), nullable=False),
        column("proposer", sa.Text),
        column("proposed_on", sa.Date),
        *numbers("parts", "eyes_needed", "households", "payments"),
        *numbers("norm_cents", "deducted_cents", "remainder_cents", "shortfall_cents", kind=sa.BigInteger),
        *numbers("correction_cents", kind=sa.BigInteger, least=None),
        column("content_sha256", sa.Text, empty=True),
        *(column(name, sa.Date, empty=True) for name in ("sealed_on", "released_on", "withdrawn_on")),
        sa.UniqueConstraint("municipality", "month", "number", name="run_by_month"),
    )
    approval = key(column("run_id", sa.Uuid), column("subject", sa.Text))
    op.create_table("run_approval", *approval, column("approved_on", sa.Date), of_run())
    op.create_table(
        "run_part",
        *key(column("run_id", sa.Uuid), column("step", sa.Text), column("number", sa.Integer)),
        column("from_id", sa.Uuid, empty=True),
        column("until_id", sa.Uuid, empty=True),
        sa.Column("is_done", sa.Boolean, server_default=sa.false(), nullable=False),
        *numbers("households"),
        column("accounts", sa.ARRAY(sa.SmallInteger), empty=True),
        column("cents", sa.ARRAY(sa.BigInteger), empty=True),
        of_run(),
    )
    op.create_table(
        "run_total",
        *key(column("run_id", sa.Uuid), column("account", sa.SmallInteger)),
        column("amount_cents", sa.BigInteger),
        of_run(),
    )


def _statement() -> None:
    """No foreign key to the household: looked up for each of a million rows, and nothing removes a household."""
    op.create_table(
        "statement",
        *key(column("month", sa.Text), column("household_id", sa.Uuid)),
        column("run_id", sa.Uuid),
        column("status", sa.Text),
        *numbers("norm_cents", "payable_cents", "holiday_reserve_cents", "routed_allowances_cents", "grants_cents"),
        *numbers("loans_cents", "charges_total_cents", "missing_cents"),
        *numbers("deducted_cents", "remainder_cents", "shortfall_cents"), *numbers("correction_cents", least=None),
        *numbers("payments", kind=sa.SmallInteger),
        column("content", sa.Text),
        sa.CheckConstraint("norm_cents = payable_cents + holiday_reserve_cents", name="norm_is_whole"),
        sa.CheckConstraint(
            "payable_cents + routed_allowances_cents + grants_cents = deducted_cents + remainder_cents",
            name="available_is_whole",
        ),
        sa.CheckConstraint(
            "charges_total_cents + correction_cents = deducted_cents + shortfall_cents", name="asked_is_whole"
        ),
    )


def _ledger() -> None:
    op.execute(sa.text("CREATE SEQUENCE ledger_entry_number AS bigint"))
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger, nullable=False),
        column("run_id", sa.Uuid, empty=True),
        column("household_id", sa.Uuid, empty=True),
        column("booked_on", sa.Date),
        column("kind", sa.SmallInteger),
        sa.Column("line_count", sa.SmallInteger, sa.CheckConstraint("line_count > 1"), nullable=False),
        column("municipality", sa.Text),
        column("month", sa.Text),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_table(
        "ledger_line",
        column("entry_id", sa.BigInteger),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents <> 0"), nullable=False),
        column("line_no", sa.SmallInteger),
        column("account", sa.SmallInteger),
        column("municipality", sa.Text),
    )
    op.create_table(
        "ledger_total",
        *key(sa.Column("id", sa.BigInteger, sa.Identity(always=True))),
        column("run_id", sa.Uuid, empty=True),
        column("account", sa.SmallInteger),
        column("amount_cents", sa.BigInteger),
        column("lines", sa.BigInteger),
    )
    op.create_index("ledger_total_of_run", "ledger_total", ["municipality", "run_id"])


def downgrade() -> None:
    for table in ("ledger_total", "ledger_line", "ledger_entry", "statement", "run_total", "run_part", "run_approval", "run"):
        op.drop_table(table)
    for function in ("ledger_balances", "ledger_stays", "run_closes", "statement_comes", "statement_stays"):
        op.execute(sa.text(f"DROP FUNCTION {function}"))
    for thing in ("INDEX task_month_refused", "SEQUENCE ledger_entry_number"):
        op.execute(sa.text(f"DROP {thing}"))

"""Ontzorgen's first tables: households, charges, mandates, months and their lines, tasks, the ledger, access log.

The ledger guards itself, for every role. Each statement that adds lines must bring whole entries: the lines it adds
sum to zero per entry, so an entry is never unbalanced, not even inside a transaction, and nothing can be added to an
old one that would tip it. (A deferred row trigger would be checked at the commit only, and once per line.) Nothing
in it can be changed or removed; a mistake is put right by a correcting entry.
"""

import sqlalchemy as sa
from alembic import op

from shared.tenancy import install_messaging, protect_tenant_table, remove_messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
CHANGING = ("household", "charge", "mandate", "task")
APPEND_ONLY = ("statement", "statement_line", "ledger_entry", "ledger_line", "access_log")
LEDGER = ("ledger_entry", "ledger_line")

_BALANCES = """
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE tipped bigint;
BEGIN
    SELECT added.entry_id INTO tipped FROM added
    GROUP BY added.municipality, added.entry_id HAVING sum(added.amount_cents) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'The lines of ledger entry % do not sum to zero: add a whole entry in one statement.', tipped
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
_BALANCES_TRIGGER = """
CREATE TRIGGER ledger_balances AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION ledger_balances()
"""
_STAYS = """
CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is never changed: put a mistake right with a correcting entry.'
    USING ERRCODE = 'restrict_violation';
END $$
"""


def key(*columns: sa.Column) -> list[sa.Column]:
    """The municipality and then the row's own key: uniqueness never reaches across tenants."""
    return [sa.Column("municipality", sa.Text, primary_key=True), *columns]


def own_id() -> sa.Column:
    return sa.Column("id", sa.Uuid, primary_key=True)


def cents(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger, sa.CheckConstraint(f"{name} >= 0"), nullable=False) for name in names]


def household_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"])


def upgrade() -> None:
    install_messaging(op, service=SERVICE)
    _household()
    _statements()
    _ledger()
    op.create_table(
        "access_log",
        *key(own_id()),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    for table in CHANGING:
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT, UPDATE")
    for table in APPEND_ONLY:
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT")


def _household() -> None:
    op.create_table(
        "household",
        *key(own_id()),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("household_type", sa.Text, nullable=False),
        sa.Column("age_band", sa.Text, nullable=False),
        sa.Column("has_children", sa.Boolean, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("right_from", sa.Date, nullable=False),
        sa.Column("right_until", sa.Date),
        sa.Column("next_month", sa.Text, nullable=False),
        sa.Column("months_run", sa.Integer, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.CheckConstraint("first_day <= last_day", name="begins_before_it_ends"),
    )
    open_households = "CREATE INDEX household_open ON household (municipality, id) WHERE ended_on IS NULL"
    op.execute(sa.text(open_households))
    op.create_table(
        "charge",
        *key(own_id()),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, nullable=False),
        sa.Column("iban", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents > 0"), nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("until_day", sa.Date),
        household_key(),
    )
    op.create_table(
        "mandate",
        *key(own_id()),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, nullable=False),
        sa.Column("granted_on", sa.Date, nullable=False),
        sa.Column("revoked_on", sa.Date),
        household_key(),
    )
    for table in ("charge", "mandate"):
        op.create_index(f"{table}_of_household", table, ["municipality", "household_id"])


def _statements() -> None:
    op.create_table(
        "statement",
        *key(
            sa.Column("household_id", sa.Uuid, primary_key=True),
            sa.Column("month", sa.Text, primary_key=True),
        ),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("run_on", sa.Date, nullable=False),
        *cents("norm_cents", "payable_cents", "holiday_reserve_cents"),
        *cents("deducted_cents", "remainder_cents", "shortfall_cents"),
        sa.CheckConstraint("norm_cents = payable_cents + holiday_reserve_cents", name="norm_is_whole"),
        sa.CheckConstraint("payable_cents = deducted_cents + remainder_cents", name="payable_is_whole"),
        household_key(),
    )
    op.create_table(
        "statement_line",
        *key(
            sa.Column("household_id", sa.Uuid, primary_key=True),
            sa.Column("month", sa.Text, primary_key=True),
            sa.Column("line_no", sa.SmallInteger, primary_key=True),
        ),
        sa.Column("charge_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, nullable=False),
        *cents("due_cents", "paid_cents"),
        sa.CheckConstraint("paid_cents <= due_cents", name="never_more_than_due"),
    )
    op.create_table(
        "task",
        *key(own_id()),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("for_role", sa.Text, nullable=False),
        *cents("amount_cents"),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date),
        household_key(),
    )


def _ledger() -> None:
    op.create_table(
        "ledger_entry",
        *key(sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
    )
    op.create_index("ledger_entry_of_household", "ledger_entry", ["municipality", "household_id"])
    op.create_table(
        "ledger_line",
        *key(
            sa.Column("entry_id", sa.BigInteger, primary_key=True),
            sa.Column("line_no", sa.SmallInteger, primary_key=True),
        ),
        sa.Column("account", sa.SmallInteger, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents <> 0"), nullable=False),
        sa.ForeignKeyConstraint(["municipality", "entry_id"], ["ledger_entry.municipality", "ledger_entry.id"]),
    )
    for statement in (_BALANCES, _BALANCES_TRIGGER, _STAYS):
        op.execute(sa.text(statement))
    for table in LEDGER:
        for change in ("UPDATE OR DELETE", "TRUNCATE"):
            name = f"{table}_{'stays' if 'UPDATE' in change else 'is_kept'}"
            op.execute(
                sa.text(
                    f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays()"
                )
            )


def downgrade() -> None:
    for table in (*reversed(APPEND_ONLY), *reversed(CHANGING)):
        op.drop_table(table)
    for function in ("ledger_balances", "ledger_stays"):
        op.execute(sa.text(f"DROP FUNCTION {function}"))
    remove_messaging(op)

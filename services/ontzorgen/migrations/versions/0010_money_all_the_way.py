"""What is set aside for a household is kept beside it until it is paid, and a file holds income, reductions, attachments.

The reserve of a household is what the ledger's account holds for it: a release changes both in one transaction, and the
proof of the ledger compares them. For households that are there it is added up from their lines. Amounts that few
months have are empty where a month has none, so that an ordinary month takes no more room, and the seal of a run that
was sealed before stays what it was.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
SELDOM = (
    "income_cents",
    "reduction_cents",
    "attachment_cents",
    "set_off_cents",
    "holiday_paid_cents",
    "holiday_handed_over_cents",
)
OF_RUN = ("attachment_cents", "set_off_cents", "holiday_paid_cents", "holiday_handed_over_cents")
LEDGER = ("ledger_entry", "ledger_line", "household")
_RESERVES = """
UPDATE household SET holiday_reserve_cents = reserve.cents FROM (
    SELECT entry.municipality, entry.household_id, sum(line.amount_cents) AS cents
    FROM ledger_line AS line
    JOIN ledger_entry AS entry ON entry.municipality = line.municipality AND entry.id = line.entry_id
    WHERE line.account = 20 AND entry.household_id IS NOT NULL GROUP BY 1, 2
) AS reserve
WHERE household.municipality = reserve.municipality AND household.id = reserve.household_id
"""
# A process of the last version may still release a run while the new one starts, and knows of no reserve.
_RESERVE_OF_MONTH = """
CREATE FUNCTION reserve_of_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.holiday_reserve_cents := OLD.holiday_reserve_cents + coalesce((
        SELECT holiday_reserve_cents - coalesce(holiday_paid_cents, 0) - coalesce(holiday_handed_over_cents, 0)
        FROM statement
        WHERE municipality = NEW.municipality AND month = OLD.next_month AND household_id = NEW.id
    ), 0);
    RETURN NEW;
END $$
"""
_WITHOUT_RESERVE = """
CREATE TRIGGER reserve_of_month BEFORE UPDATE OF months_run ON household FOR EACH ROW
WHEN (NEW.months_run > OLD.months_run AND NEW.holiday_reserve_cents = OLD.holiday_reserve_cents)
EXECUTE FUNCTION reserve_of_month()
"""
_NORM_IS_WHOLE = """
norm_cents - coalesce(income_cents, 0) - coalesce(reduction_cents, 0) = payable_cents + holiday_reserve_cents
"""
_AVAILABLE_IS_WHOLE = """
payable_cents - coalesce(attachment_cents, 0) + routed_allowances_cents + grants_cents = deducted_cents + remainder_cents
"""
_AS_BEFORE = {
    "norm_is_whole": "norm_cents = payable_cents + holiday_reserve_cents",
    "available_is_whole": (
        "payable_cents + routed_allowances_cents + grants_cents = deducted_cents + remainder_cents"
    ),
}


def cents(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger, sa.CheckConstraint(f"{name} >= 0"), nullable=False)


def percent(name: str) -> sa.Column:
    return sa.Column(name, sa.SmallInteger, sa.CheckConstraint(f"{name} BETWEEN 0 AND 100"), nullable=False)


def day(name: str, *, is_needed: bool = True) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=not is_needed)


def upgrade() -> None:
    _reserve()
    _statement()
    _runs()
    _means()
    _payments()
    op.execute(sa.text(_RESERVE_OF_MONTH))
    op.execute(sa.text(_WITHOUT_RESERVE))


def _reserve() -> None:
    op.add_column("household", sa.Column("holiday_reserve_cents", sa.Integer, server_default="0", nullable=False))
    _see_every_municipality("NO FORCE")
    op.execute(sa.text(_RESERVES))
    _see_every_municipality("FORCE")
    op.create_check_constraint("reserve_is_never_below_zero", "household", "holiday_reserve_cents >= 0")


def _see_every_municipality(row_security: str) -> None:
    for table in LEDGER:
        op.execute(sa.text(f"ALTER TABLE {table} {row_security} ROW LEVEL SECURITY"))


def _statement() -> None:
    for name in SELDOM:
        op.add_column("statement", sa.Column(name, sa.Integer, sa.CheckConstraint(f"{name} > 0"), nullable=True))
    for name, rule in (("norm_is_whole", _NORM_IS_WHOLE), ("available_is_whole", _AVAILABLE_IS_WHOLE)):
        op.drop_constraint(name, "statement")
        op.create_check_constraint(name, "statement", rule)


def _runs() -> None:
    for name in OF_RUN:
        op.add_column(
            "run",
            sa.Column(name, sa.BigInteger, sa.CheckConstraint(f"{name} >= 0"), server_default="0", nullable=False),
        )


def _means() -> None:
    _create_means(
        "income",
        sa.Column("kind", sa.Text, nullable=False),
        cents("amount_cents"),
        percent("exempt_percent"),
        sa.Column("payee", sa.Text, nullable=False),
    )
    _create_means("reduction", percent("percent"))
    _create_means(
        "attachment",
        sa.Column("attachment_id", sa.Uuid, nullable=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, nullable=False),
        sa.Column("iban", sa.Text, nullable=True),
        sa.Column("reference", sa.Text, nullable=False),
        cents("amount_cents"),
        cents("protected_cents"),
        sa.Column("needs_confirmation", sa.Boolean, nullable=False),
    )


def _create_means(table: str, *columns: sa.Column) -> None:
    """Create a table of versions in a household's file, of which one may take the place of another."""
    op.create_table(
        table,
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        *columns,
        day("from_day"),
        day("until_day", is_needed=False),
        sa.Column("replaces", sa.Uuid),
        sa.Column("record_no", sa.BigInteger, server_default=sa.text("nextval('file_record')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
        sa.ForeignKeyConstraint(["municipality", "replaces"], [f"{table}.municipality", f"{table}.id"]),
        sa.UniqueConstraint("municipality", "replaces", name=f"{table}_replaced_once"),
    )
    op.create_index(f"{table}_of_household", table, ["municipality", "household_id"])
    protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT")
    op.execute(
        sa.text(
            f"CREATE TRIGGER situation_is_stale AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION situation_is_stale()"
        )
    )


def _payments() -> None:
    """What a payment is for; of those that are there the kind of charge says it."""
    op.add_column("payment_instruction", sa.Column("purpose", sa.Text, server_default="month", nullable=False))


def downgrade() -> None:
    op.execute(sa.text("DROP TRIGGER reserve_of_month ON household"))
    op.execute(sa.text("DROP FUNCTION reserve_of_month()"))
    op.drop_column("payment_instruction", "purpose")
    for table in ("income", "reduction", "attachment"):
        op.drop_table(table)
    for name in OF_RUN:
        op.drop_column("run", name)
    for name, rule in _AS_BEFORE.items():
        op.drop_constraint(name, "statement")
        op.create_check_constraint(name, "statement", rule)
    for name in SELDOM:
        op.drop_column("statement", name)
    op.drop_column("household", "holiday_reserve_cents")

"""The household's file, whole and with history: every version is added and none is changed.

A version bears who recorded it (role and a hash, never a name), when, and from which day it holds. What the month's run
reads, `household_situation`, is derived from these tables; the database itself removes it when one of them changes, so
that no writer can leave an old one behind.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
OF_HOUSEHOLDS = (
    "right_version",
    "composition",
    "charge",
    "mandate",
    "mandate_revocation",
    "allowance",
    "relief_grant",
    "claim",
    "payment_terms",
    "asset",
    "loan_repayment",
    "regeldag",
    "regeldag_step",
)
SHAPES_THE_MONTH = OF_HOUSEHOLDS[:9]
NEW = (*(table for table in OF_HOUSEHOLDS if table not in ("charge", "mandate")), "creditor", "iban_confirmation")

_STALE = """
CREATE FUNCTION situation_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM household_situation kept USING added
    WHERE kept.municipality = added.municipality AND kept.household_id = added.household_id;
    RETURN NULL;
END $$
"""
_STALE_HOUSEHOLD = """
CREATE FUNCTION household_situation_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM household_situation kept
    WHERE kept.municipality = NEW.municipality AND kept.household_id = NEW.id;
    RETURN NULL;
END $$
"""
_STALE_HOUSEHOLD_TRIGGER = """
CREATE TRIGGER situation_is_stale AFTER UPDATE OF household_type, age_band, has_children, first_day, last_day,
    right_from, right_until ON household FOR EACH ROW EXECUTE FUNCTION household_situation_is_stale()
"""


def recorded() -> list[sa.Column]:
    """In which order, when and by whom a version was recorded."""
    number = sa.text("nextval('file_record')")
    return [
        sa.Column("record_no", sa.BigInteger, server_default=number, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
    ]


def of_household(table: str, *columns: sa.Column | sa.Constraint) -> None:
    """A table of versions that belong to one household."""
    op.create_table(
        table,
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        *columns,
        *recorded(),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
    )
    op.create_index(f"{table}_of_household", table, ["municipality", "household_id"])


def text(name: str, *, needed: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=not needed)


def day(name: str, *, needed: bool = True) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=not needed)


def cents(name: str, least: int = 0) -> sa.Column:
    return sa.Column(name, sa.BigInteger, sa.CheckConstraint(f"{name} >= {least}"), nullable=False)


def flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean, nullable=False)


def replaces(table: str) -> tuple[sa.Column, sa.Constraint, sa.Constraint]:
    """The version that this one takes the place of; nothing is replaced twice."""
    return (
        sa.Column("replaces", sa.Uuid),
        sa.ForeignKeyConstraint(["municipality", "replaces"], [f"{table}.municipality", f"{table}.id"]),
        sa.UniqueConstraint("municipality", "replaces", name=f"{table}_replaced_once"),
    )


def upgrade() -> None:
    op.execute(sa.text("CREATE SEQUENCE file_record"))
    op.execute(sa.text(f"GRANT USAGE ON SEQUENCE file_record TO meedoen_{SERVICE}"))
    _existing()
    _who_and_when()
    _means()
    _regeldag()
    _creditors()
    for table in NEW:
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT")
    _situation()


def _existing() -> None:
    """Charges and mandates become versions that are added and never changed; a revocation is a row of its own."""
    op.add_column("household", text("end_reason", needed=False))
    op.execute("CREATE INDEX household_of_person ON household (municipality, person_id) WHERE ended_on IS NULL")
    op.alter_column("task", "household_id", nullable=True)
    for table in ("charge", "mandate"):
        for column in recorded():
            op.add_column(table, column)
        op.add_column(table, sa.Column("regeldag_id", sa.Uuid))
    for column in (
        sa.Column("charge_id", sa.Uuid),
        text("first_due", needed=False),
        day("known_on", needed=False),
        sa.Column("needs_confirmation", sa.Boolean, server_default=sa.false(), nullable=False),
    ):
        op.add_column("charge", column)
    op.alter_column("charge", "iban", nullable=True)
    op.drop_constraint("charge_amount_cents_check", "charge")
    op.create_check_constraint("charge_amount_cents_check", "charge", "amount_cents >= 0")
    for column in (
        text("procedure", needed=False),
        day("until_day", needed=False),
        text("first_month", needed=False),
    ):
        op.add_column("mandate", column)
    of_household(
        "mandate_revocation",
        sa.Column("mandate_id", sa.Uuid, nullable=False),
        day("revoked_on"),
        text("last_month", needed=False),
        sa.ForeignKeyConstraint(["municipality", "mandate_id"], ["mandate.municipality", "mandate.id"]),
        sa.UniqueConstraint("municipality", "mandate_id", name="revoked_once"),
    )
    op.drop_column("mandate", "revoked_on")
    op.execute(sa.text(f"REVOKE UPDATE ON charge, mandate FROM meedoen_{SERVICE}"))


def _who_and_when() -> None:
    of_household(
        "right_version",
        day("right_from"),
        day("right_until", needed=False),
        day("known_on"),
        day("agreed_until"),
    )
    of_household(
        "composition",
        day("from_day"),
        text("kind"),
        sa.Column("adults", sa.dialects.postgresql.JSONB, nullable=False),
        sa.Column("children", sa.dialects.postgresql.JSONB, nullable=False),
        sa.Column("sharers", sa.SmallInteger, sa.CheckConstraint("sharers >= 0"), nullable=False),
        text("pay_out"),
        *replaces("composition"),
    )
    of_household(
        "payment_terms",
        sa.Column("prepay", sa.Boolean),
        sa.Column("pay_on", sa.ARRAY(sa.Date)),
        day("from_day"),
    )


def _means() -> None:
    of_household(
        "allowance",
        text("kind"),
        cents("amount_cents"),
        flag("is_routed"),
        text("from_month", needed=False),
        text("until_month", needed=False),
        *replaces("allowance"),
    )
    of_household(
        "relief_grant",
        text("kind"),
        text("form"),
        cents("amount_cents"),
        text("month"),
        flag("is_routed"),
        text("repay_from", needed=False),
        sa.Column("repay_cents", sa.BigInteger, sa.CheckConstraint("repay_cents > 0")),
        day("agreed_on", needed=False),
        *replaces("relief_grant"),
        sa.CheckConstraint("(form = 'loan') = (repay_from IS NOT NULL AND repay_cents IS NOT NULL)", name="loan_is_whole"),
    )
    of_household(
        "loan_repayment",
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("repayment_no", sa.SmallInteger, nullable=False),
        day("paid_on"),
        cents("amount_cents", 1),
        cents("left_cents"),
        flag("from_remainder"),
        sa.ForeignKeyConstraint(["municipality", "loan_id"], ["relief_grant.municipality", "relief_grant.id"]),
        sa.UniqueConstraint("municipality", "loan_id", "repayment_no", name="repaid_in_order"),
    )
    of_household("claim", text("creditor"), cents("amount_cents"), cents("total_cents"), day("from_day"), *replaces("claim"))
    of_household("asset", text("kind"), cents("amount_cents"), day("seen_on"), *replaces("asset"))


def _regeldag() -> None:
    of_household("regeldag", day("held_on"))
    of_household(
        "regeldag_step",
        sa.Column("regeldag_id", sa.Uuid, nullable=False),
        text("item"),
        text("responsible"),
        day("appointment_on", needed=False),
        day("done_on", needed=False),
        sa.ForeignKeyConstraint(["municipality", "regeldag_id"], ["regeldag.municipality", "regeldag.id"]),
    )
    for table in ("charge", "mandate"):
        op.create_foreign_key(
            f"{table}_arranged_on", table, "regeldag", ["municipality", "regeldag_id"], ["municipality", "id"]
        )


def _creditors() -> None:
    op.create_table(
        "creditor",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        text("code"),
        text("name"),
        text("kind"),
        text("iban"),
        text("procedure", needed=False),
        flag("calls_first"),
        sa.Column("discount_percent", sa.SmallInteger, sa.CheckConstraint("discount_percent BETWEEN 0 AND 100")),
        sa.Column("debit_day", sa.SmallInteger, sa.CheckConstraint("debit_day BETWEEN 1 AND 28")),
        day("from_day"),
        flag("needs_confirmation"),
        *recorded(),
    )
    op.create_index("creditor_by_code", "creditor", ["municipality", "code", "record_no"])
    op.create_table(
        "iban_confirmation",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Uuid, primary_key=True),
        day("confirmed_on"),
        *recorded(),
    )


def _situation() -> None:
    op.create_table(
        "household_situation",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("household_id", sa.Uuid, primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    protect_tenant_table(op, "household_situation", service=SERVICE)
    for statement in (_STALE, _STALE_HOUSEHOLD, _STALE_HOUSEHOLD_TRIGGER):
        op.execute(sa.text(statement))
    for table in SHAPES_THE_MONTH:
        op.execute(
            sa.text(
                f"CREATE TRIGGER situation_is_stale AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
                "FOR EACH STATEMENT EXECUTE FUNCTION situation_is_stale()"
            )
        )


def downgrade() -> None:
    raise NotImplementedError("The file's history would be lost: restore the backup made before this version instead.")

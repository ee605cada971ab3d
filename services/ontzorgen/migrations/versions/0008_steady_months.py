"""What stays the same in a household's months is kept once: its bill, and until when the bill holds.

A bill never changes and is named after what it says, so a month that refers to one is as good as a month that repeats
it. Which bill holds now goes whenever the household's file changes, together with the situation it was derived from.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
_GONE_WITH_THE_SITUATION = (
    """
CREATE OR REPLACE FUNCTION situation_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM household_situation kept USING added
    WHERE kept.municipality = added.municipality AND kept.household_id = added.household_id;
    DELETE FROM steady_household kept USING added
    WHERE kept.municipality = added.municipality AND kept.household_id = added.household_id;
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE FUNCTION household_situation_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM household_situation kept
    WHERE kept.municipality = NEW.municipality AND kept.household_id = NEW.id;
    DELETE FROM steady_household kept
    WHERE kept.municipality = NEW.municipality AND kept.household_id = NEW.id;
    RETURN NULL;
END $$
""",
)
_STAYS = """
CREATE FUNCTION steady_bill_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A bill that months refer to is never changed: another one gets another name.'
    USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "steady_bill",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("household_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("accounts", sa.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("cents", sa.ARRAY(sa.Integer), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("charges", "more", "told")),
        sa.CheckConstraint("cardinality(accounts) = cardinality(cents)", name="as_many_amounts_as_accounts"),
        sa.CheckConstraint("0 < ALL (cents)", name="nothing_is_asked_in_vain"),
    )
    op.create_table(
        "steady_household",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("household_id", sa.Uuid, primary_key=True),
        sa.Column("bill_id", sa.Uuid, nullable=False),
        sa.Column("charges_cents", sa.Integer, sa.CheckConstraint("charges_cents >= 0"), nullable=False),
        sa.Column("charges", sa.SmallInteger, nullable=False),
        sa.Column("in_halves", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("norm_key", "terms", "first_month", "last_month")),
        sa.ForeignKeyConstraint(
            ["municipality", "household_id", "bill_id"],
            ["steady_bill.municipality", "steady_bill.household_id", "steady_bill.id"],
        ),
    )
    op.add_column("statement", sa.Column("bill_id", sa.Uuid, nullable=True))
    protect_tenant_table(op, "steady_bill", service=SERVICE, privileges="SELECT, INSERT")
    protect_tenant_table(op, "steady_household", service=SERVICE)
    for statement in (*_GONE_WITH_THE_SITUATION, _STAYS, *_triggers()):
        op.execute(sa.text(statement))


def _triggers() -> list[str]:
    changes = {"stays": "UPDATE OR DELETE", "is_kept": "TRUNCATE"}
    return [
        f"CREATE TRIGGER steady_bill_{name} BEFORE {change} ON steady_bill "
        "FOR EACH STATEMENT EXECUTE FUNCTION steady_bill_stays()"
        for name, change in changes.items()
    ]


def downgrade() -> None:
    raise NotImplementedError("Months refer to their bills: restore the backup made before this version instead.")

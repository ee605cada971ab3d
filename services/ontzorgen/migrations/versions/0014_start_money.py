"""Money to begin with is proposed by the policy: what was proposed, and what somebody decided on it.

A proposal follows the household until it is decided on; a decision is added once per proposal and never changed.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0014"
down_revision = "0009"
branch_labels = None
depends_on = None

_STAYS = """
CREATE FUNCTION start_money_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM start_money_decision made WHERE made.municipality = OLD.municipality AND made.proposal_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'This start money was decided on: what was proposed stays as it was.'
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "start_money_proposal",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        *(_text(name) for name in ("kind", "form", "month", "article", "policy", "decided_by")),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents >= 0"), nullable=False),
        sa.Column("limit_cents", sa.BigInteger, nullable=False),
        sa.Column("repay_from", sa.Text),
        sa.Column("repay_cents", sa.BigInteger, sa.CheckConstraint("repay_cents > 0")),
        sa.CheckConstraint("amount_cents <= limit_cents", name="within_its_limit"),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
    )
    op.create_index("start_money_of_household", "start_money_proposal", ["municipality", "household_id"])
    op.create_table(
        "start_money_decision",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("proposal_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("household_id", sa.Uuid, nullable=False),
        _text("outcome"),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("amount_cents", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.Column("agreed_on", sa.Date),
        sa.Column("granted_cents", sa.BigInteger, sa.CheckConstraint("granted_cents >= 0"), nullable=False),
        sa.Column("record_no", sa.BigInteger, server_default=sa.text("nextval('file_record')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
        sa.CheckConstraint("outcome = 'approved' OR reason IS NOT NULL", name="says_why"),
        sa.CheckConstraint("(outcome = 'declined') = (granted_cents = 0)", name="grants_unless_declined"),
        sa.ForeignKeyConstraint(
            ["municipality", "proposal_id"], ["start_money_proposal.municipality", "start_money_proposal.id"]
        ),
        sa.UniqueConstraint("municipality", "id", name="start_money_decision_once"),
    )
    op.create_index("start_money_decision_of_household", "start_money_decision", ["municipality", "household_id"])
    protect_tenant_table(op, "start_money_proposal", service="ontzorgen", privileges="SELECT, INSERT, UPDATE")
    protect_tenant_table(op, "start_money_decision", service="ontzorgen", privileges="SELECT, INSERT")
    op.execute(sa.text(_STAYS))
    op.execute(
        sa.text(
            "CREATE TRIGGER start_money_stays BEFORE UPDATE ON start_money_proposal "
            "FOR EACH ROW EXECUTE FUNCTION start_money_stays()"
        )
    )


def downgrade() -> None:
    op.drop_table("start_money_decision")
    op.drop_table("start_money_proposal")
    op.execute(sa.text("DROP FUNCTION start_money_stays()"))


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False)

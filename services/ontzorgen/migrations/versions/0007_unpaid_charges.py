"""What a short month left unpaid is kept until a later month pays it: once per charge and month, added and never changed.

It shapes the month that pays it, so a household's derived situation goes when one is added.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unpaid_charge",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("charge_id", sa.Uuid, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "creditor", "for_month", "unpaid_in", "month")),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents > 0"), nullable=False),
        sa.Column("record_no", sa.BigInteger, server_default=sa.text("nextval('file_record')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
        sa.ForeignKeyConstraint(["municipality", "charge_id"], ["charge.municipality", "charge.id"]),
        sa.CheckConstraint("month > unpaid_in", name="paid_later"),
        sa.UniqueConstraint(
            "municipality", "household_id", "unpaid_in", "charge_id", "for_month", name="asked_again_once"
        ),
    )
    protect_tenant_table(op, "unpaid_charge", service="ontzorgen", privileges="SELECT, INSERT")
    op.execute(
        sa.text(
            "CREATE TRIGGER situation_is_stale AFTER INSERT ON unpaid_charge REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION situation_is_stale()"
        )
    )


def downgrade() -> None:
    op.drop_table("unpaid_charge")

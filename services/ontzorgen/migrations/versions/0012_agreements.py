"""What was agreed with creditors is followed: mandates on their way to them, and tasks that come first or by a day."""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"


def upgrade() -> None:
    op.add_column("task", sa.Column("priority", sa.SmallInteger, server_default="0", nullable=False))
    op.add_column("task", sa.Column("due_on", sa.Date))
    op.execute(sa.text("CREATE INDEX task_due ON task (municipality, due_on) WHERE done_on IS NULL AND due_on IS NOT NULL"))
    _versions(
        "mandate_request",
        *(_text(name) for name in ("kind", "creditor", "procedure")),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("from_day", sa.Date),
        sa.Column("until_day", sa.Date),
        sa.Column("regeldag_id", sa.Uuid),
        sa.ForeignKeyConstraint(["municipality", "regeldag_id"], ["regeldag.municipality", "regeldag.id"]),
    )
    _versions(
        "mandate_step",
        sa.Column("mandate_id", sa.Uuid, nullable=False),
        _text("step"),
        sa.Column("taken_on", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(["municipality", "mandate_id"], ["mandate_request.municipality", "mandate_request.id"]),
        sa.UniqueConstraint("municipality", "mandate_id", "step", name="step_taken_once"),
    )


def _versions(table: str, *columns: sa.Column | sa.Constraint) -> None:
    """A table of versions that belong to one household, with in which order, when and by whom they were recorded."""
    op.create_table(
        table,
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        *columns,
        sa.Column("record_no", sa.BigInteger, server_default=sa.text("nextval('file_record')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
    )
    op.create_index(f"{table}_of_household", table, ["municipality", "household_id"])
    protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT")


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("The steps of mandates would be lost: restore the backup made before this version instead.")

"""The relay and operators get roles of their own, and the application's role loses what only those need."""

from alembic import op

from shared.database.tenancy import separate_messaging_roles

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    separate_messaging_roles(op, service="recruitment")


def downgrade() -> None:
    raise NotImplementedError("Rights that were taken away are not given back: restore the backup from before.")

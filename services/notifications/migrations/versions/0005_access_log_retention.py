"""Access lines go after their term; a checkpoint, sealed in the chain, says where it begins since."""

from alembic import op

from shared.database.tenancy import add_access_log_retention

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_access_log_retention(op, service="notifications")


def downgrade() -> None:
    raise NotImplementedError("What was removed does not come back: restore the backup from before.")

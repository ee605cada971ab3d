"""Events that cannot be believed are held apart; each municipality's last day and the body of each event are known."""

from alembic import op

from shared.database.tenancy import add_belief, remove_belief

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_belief(op, service="notifications")


def downgrade() -> None:
    remove_belief(op)

"""Lines of the access log are of moments that have come: a far day would stop whoever reads or proves it."""

from alembic import op

from shared.database.tenancy import bound_access_moments

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bound_access_moments(op)


def downgrade() -> None:
    raise NotImplementedError("A bound that was set is not taken away: restore the backup made before instead.")

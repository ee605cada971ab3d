"""Open tasks are counted whenever the metrics are asked for: an index on those alone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.text("CREATE INDEX task_open ON task (municipality, kind) WHERE done_on IS NULL"))


def downgrade() -> None:
    op.execute(sa.text("DROP INDEX task_open"))

"""The relay and operators get roles of their own, and the application's role loses what only those need.

The access log becomes a chain that is only added to. The table before it goes in a later version: until then processes
of the version before this one write to it, and a trigger takes their lines over.
"""

from alembic import op

from shared.database.tenancy import install_access_log, separate_messaging_roles

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    separate_messaging_roles(op, service="intake")
    install_access_log(op, service="intake")


def downgrade() -> None:
    raise NotImplementedError("Rights that were taken away are not given back: restore the backup from before.")

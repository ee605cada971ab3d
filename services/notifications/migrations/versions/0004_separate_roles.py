"""The relay and operators get roles of their own, and the application's role loses what only those need.

The access log becomes a chain that is only added to. The table before it goes in a later version: until then processes
of the version before this one write to it, and a trigger takes their lines over.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import install_access_log, protect_tenant_table, separate_messaging_roles

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    separate_messaging_roles(op, service="notifications")
    install_access_log(op, service="notifications")
    op.create_table(
        "contact_change",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("parts", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_index("contact_change_of_person", "contact_change", ["municipality", "person_id", "id"])
    protect_tenant_table(op, "contact_change", service="notifications", privileges="SELECT, INSERT")
    # People who operate count what waits to be delivered; they see no text and no person.
    op.execute(sa.text("GRANT SELECT (municipality, state, problem, due_at) ON message TO meedoen_notifications_operator"))


def downgrade() -> None:
    raise NotImplementedError("Rights that were taken away are not given back: restore the backup from before.")

"""Notifications' first tables: contacts, messages, access log."""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import install_messaging, protect_tenant_table, remove_messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "notifications"


def key(name: str) -> list[sa.Column]:
    """The municipality and then the row's own key: uniqueness never reaches across tenants."""
    return [sa.Column("municipality", sa.Text, primary_key=True), sa.Column(name, sa.Uuid, primary_key=True)]


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    install_messaging(op, service=SERVICE)
    op.create_table(
        "contact",
        *key("person_id"),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("entered", sa.Boolean, nullable=False),
    )
    op.create_table(
        "message",
        *key("id"),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body_text", sa.Text, nullable=False),
        sa.Column("body_html", sa.Text, nullable=False),
        sa.Column("state", sa.Text, sa.CheckConstraint("state IN ('queued', 'sent', 'parked')"), nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        moment("due_at"),
        moment("queued_at"),
        sa.Column("sent_on", sa.Date),
        sa.CheckConstraint("(state = 'sent') = (sent_on IS NOT NULL)", name="sent_has_a_day"),
        sa.UniqueConstraint("municipality", "event_id", "audience", name="once_per_fact_and_audience"),
    )
    op.create_index("message_of_person", "message", ["municipality", "person_id"])
    due = "CREATE INDEX message_due ON message (municipality, due_at, position) WHERE state = 'queued'"
    op.execute(sa.text(due))
    op.create_table(
        "access_log",
        *key("id"),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        moment("read_at"),
    )
    for table in ("contact", "message"):
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT, UPDATE")
    protect_tenant_table(op, "access_log", service=SERVICE, privileges="SELECT, INSERT")


def downgrade() -> None:
    for table in ("access_log", "message", "contact"):
        op.drop_table(table)
    remove_messaging(op)

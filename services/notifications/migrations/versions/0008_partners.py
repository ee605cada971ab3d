"""Partners, the people linked to them, their subscriptions and the logs that they receive from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.database.tenancy import protect_tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SERVICE = "notifications"
WEBHOOKS = ("webhook_wait", "webhook_delivery", "webhook")


def key(*names: str) -> list[sa.Column]:
    return [
        sa.Column("municipality", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Uuid, primary_key=True) for name in names),
    ]


def text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=nullable)


def texts(name: str) -> sa.Column:
    return sa.Column(name, sa.ARRAY(sa.Text), nullable=False)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def number(name: str, kind: type = sa.BigInteger) -> sa.Column:
    return sa.Column(name, kind, nullable=False, server_default="0")


def create_partners() -> None:
    op.create_table(
        "partner",
        *key("id"),
        *(text(name) for name in ("name", "kind", "purpose", "token_subject", "contact_email", "registered_by")),
        *(day("registered_on"), day("ends_on"), texts("creditors")),
        sa.Column("pseudonym_key", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("municipality", "token_subject", name="one_partner_per_subject"),
    )
    op.create_table(
        "partner_link",
        *key("id", "partner_id"),
        sa.Column("person_id", sa.Uuid, nullable=False),
        *(text("basis"), day("from_on"), day("ended_on", nullable=True)),
        *(text("creditor", nullable=True), text("kind", nullable=True)),
    )
    op.create_index("partner_link_of_person", "partner_link", ["municipality", "person_id", "partner_id"])
    op.create_index("partner_link_of_partner", "partner_link", ["municipality", "partner_id", "id"])


def create_subscriptions() -> None:
    op.create_table(
        "subscription",
        *key("id"),
        sa.Column("partner_id", sa.Uuid, nullable=False),
        *(texts("types"), texts("fields"), sa.Column("filters", JSONB, nullable=False)),
        *(text("protocol"), text("sink", nullable=True), text("requested_by"), day("requested_on")),
        sa.Column(
            "state",
            sa.Text,
            sa.CheckConstraint("state IN ('requested', 'active', 'paused', 'ended')"),
            nullable=False,
        ),
        *(text("approved_by", nullable=True), day("approved_on", nullable=True), text("pause_reason", nullable=True)),
        number("last_sequence"),
    )
    op.create_index("subscription_of_partner", "subscription", ["municipality", "partner_id", "id"])
    op.create_table(
        "subscription_key",
        *key("subscription_id"),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("seed", sa.LargeBinary, nullable=False),
        moment("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
    )


def create_feed() -> None:
    op.create_table(
        "feed_entry",
        *key("subscription_id"),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("origin", sa.Uuid, nullable=False),
        *(sa.Column("person_id", sa.Uuid), sa.Column("subject", sa.Uuid)),
        *(text("type"), sa.Column("document", sa.LargeBinary, nullable=False), moment("recorded_at")),
        sa.UniqueConstraint("municipality", "origin", "subscription_id", name="once_per_log"),
    )
    op.execute(sa.text("CREATE INDEX feed_entry_of_person ON feed_entry (municipality, person_id) WHERE person_id IS NOT NULL"))
    op.create_index("feed_entry_age", "feed_entry", ["municipality", "recorded_at"])


def create_webhooks() -> None:
    op.create_table(
        "webhook",
        *key("subscription_id"),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("due_at", "leased_until", "consented_at")),
        *(number("failures", sa.Integer), text("problem", nullable=True), day("notified_on", nullable=True)),
    )
    op.execute(sa.text("CREATE INDEX webhook_due ON webhook (municipality, due_at) WHERE due_at IS NOT NULL"))
    op.create_table(
        "webhook_delivery",
        *key("subscription_id"),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        *(sa.Column("subject", sa.Uuid, nullable=False), text("type")),
        sa.Column("state", sa.Text, sa.CheckConstraint("state IN ('waiting', 'delivered')"), nullable=False),
        *(number("attempts", sa.Integer), sa.Column("status", sa.Integer), text("problem", nullable=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        # What can be fetched no longer is not delivered either.
        sa.ForeignKeyConstraint(
            ["municipality", "subscription_id", "sequence"],
            ["feed_entry.municipality", "feed_entry.subscription_id", "feed_entry.sequence"],
            ondelete="CASCADE",
        ),
    )
    waiting = "CREATE INDEX webhook_delivery_waiting ON webhook_delivery (municipality, subscription_id, sequence)"
    op.execute(sa.text(f"{waiting} WHERE state = 'waiting'"))
    op.create_table(
        "webhook_wait",
        *key("subscription_id", "subject"),
        *(number("failures", sa.Integer), sa.Column("retry_at", sa.DateTime(timezone=True))),
    )


def upgrade() -> None:
    create_partners()
    create_subscriptions()
    create_feed()
    create_webhooks()
    for table in ("partner", "partner_link", "subscription", "webhook"):
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT, UPDATE")
    for table in ("subscription_key", "feed_entry", "webhook_delivery", "webhook_wait"):
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    for table in (*WEBHOOKS, "feed_entry", "subscription_key", "subscription", "partner_link", "partner"):
        op.drop_table(table)

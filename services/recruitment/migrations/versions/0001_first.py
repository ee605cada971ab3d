"""Recruitment's first tables: neighbourhoods, ambassadors and their pairs, outreach, candidates, credits, access log."""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import install_messaging, protect_tenant_table, remove_messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "recruitment"
TABLES = ("neighbourhood", "ambassador", "pair", "outreach", "candidate", "credit")


def key(*names: str, kind: type = sa.Uuid) -> list[sa.Column]:
    """The municipality and then the row's own key: uniqueness never reaches across tenants."""
    return [
        sa.Column("municipality", sa.Text, primary_key=True),
        *(sa.Column(name, kind, primary_key=True) for name in names),
    ]


def upgrade() -> None:
    install_messaging(op, service=SERVICE)
    neighbourhoods_and_ambassadors()
    candidates()
    access_log()
    for table in TABLES:
        protect_tenant_table(op, table, service=SERVICE)
    protect_tenant_table(op, "access_log", service=SERVICE, privileges="SELECT, INSERT")


def neighbourhoods_and_ambassadors() -> None:
    op.create_table(
        "neighbourhood",
        *key("code", kind=sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("needs_but_not_obligated", sa.Integer, nullable=False),
        sa.Column("obligated", sa.Integer, nullable=False),
    )
    op.create_table(
        "ambassador",
        *key("id"),
        sa.Column("neighbourhood", sa.Text, nullable=False),
        sa.Column("appointed_on", sa.Date, nullable=False),
        sa.Column("dutch_level", sa.Text, nullable=False),
        sa.Column("own_trajectory_completed", sa.Boolean, nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("pair_id", sa.Uuid),
    )
    op.create_table(
        "pair",
        *key("id"),
        sa.Column("ambassador_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("formed_on", sa.Date, nullable=False),
    )
    op.create_table(
        "outreach",
        *key("id"),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("neighbourhood", sa.Text, nullable=False),
        sa.Column("ambassador_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("people_reached", sa.Integer, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
    )


def candidates() -> None:
    op.create_table(
        "candidate",
        *key("id"),
        sa.Column("target_group", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("neighbourhood", sa.Text, nullable=False),
        sa.Column("ambassador_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("recruited_on", sa.Date, nullable=False),
        sa.Column("consent_on", sa.Date, nullable=False),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("plan_signed_on", sa.Date),
        sa.CheckConstraint("consent_on <= recruited_on", name="consent_comes_first"),
    )
    op.create_table(
        "credit",
        *key("ambassador_id", "person_id"),
        sa.Column("credited_on", sa.Date, nullable=False),
    )


def access_log() -> None:
    op.create_table(
        "access_log",
        *key("id"),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )


def downgrade() -> None:
    for table in (*reversed(TABLES), "access_log"):
        op.drop_table(table)
    remove_messaging(op)

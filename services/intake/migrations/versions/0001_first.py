"""Intake's first tables: newcomers with their clocks, broad intakes, plans, access log."""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import install_messaging, protect_tenant_table, remove_messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "intake"
TABLES = ("newcomer", "broad_intake", "plan")


def key(*names: str) -> list[sa.Column]:
    """The municipality and then the row's own key: uniqueness never reaches across tenants."""
    return [
        sa.Column("municipality", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Uuid, primary_key=True) for name in names),
    ]


def upgrade() -> None:
    install_messaging(op, service=SERVICE)
    newcomers()
    broad_intakes()
    plans()
    access_log()
    for table in TABLES:
        protect_tenant_table(op, table, service=SERVICE)
    protect_tenant_table(op, "access_log", service=SERVICE, privileges="SELECT, INSERT")


def newcomers() -> None:
    op.create_table(
        "newcomer",
        *key("id"),
        sa.Column("target_group", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("registered_on", sa.Date),
        sa.Column("obligation_notified_on", sa.Date),
        sa.Column("talk_planned_on", sa.Date),
        sa.Column("intake_completed_on", sa.Date),
        sa.Column("plan_signed_on", sa.Date),
        sa.Column("pip_missed_on", sa.Date),
        sa.Column("closed_on", sa.Date),
        sa.Column("pip_due_on", sa.Date),
    )
    op.create_index(
        "newcomer_due",
        "newcomer",
        ["municipality", "pip_due_on", "id"],
        postgresql_where=sa.text("plan_signed_on IS NULL AND pip_missed_on IS NULL AND closed_on IS NULL"),
    )


def broad_intakes() -> None:
    op.create_table(
        "broad_intake",
        *key("person_id"),
        sa.Column("recorded_on", sa.Date),
        sa.Column("learnability_test", sa.Text),
        sa.Column("schooling", sa.Text),
        sa.Column("literacy", sa.Text),
        sa.Column("work_years", sa.Integer),
        sa.Column("personal_circumstances_discussed", sa.Boolean),
        sa.Column("child_education", sa.Text),
        sa.Column("language_level", sa.Text),
        sa.Column("work_option", sa.Text),
        sa.Column("wish", sa.Text),
        sa.Column("self_reliance", sa.Text),
        sa.Column("right_to_talk_alone_told", sa.Boolean),
        sa.Column("advised_route", sa.Text),
        sa.Column("decided_route", sa.Text),
        sa.Column("deviation_reason", sa.Text),
        sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False),
    )


def plans() -> None:
    op.create_table(
        "plan",
        *key("id"),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("drafted_on", sa.Date, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("deviation_reason", sa.Text),
        sa.Column("progress_talks", sa.Integer, nullable=False),
        sa.Column("intensity_hours_per_week", sa.Integer),
        sa.Column("support", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("relief_agreed", sa.Boolean, nullable=False),
        sa.Column("household_id", sa.Uuid),
        sa.Column("household_type", sa.Text),
        sa.Column("age_band", sa.Text),
        sa.Column("has_children", sa.Boolean),
        sa.Column("assistance_from", sa.Date),
        sa.Column("signed_on", sa.Date),
        sa.CheckConstraint("relief_agreed = (household_id IS NOT NULL)", name="relief_has_a_household"),
    )
    op.create_index("plan_person", "plan", ["municipality", "person_id"])
    op.create_index(
        "plan_signed_once",
        "plan",
        ["municipality", "person_id"],
        unique=True,
        postgresql_where=sa.text("signed_on IS NOT NULL"),
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

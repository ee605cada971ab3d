"""Ontzorgen's first tables: households, charges, mandates, tasks, access log. Months and ledger come with the run."""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import install_messaging, protect_tenant_table, remove_messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
CHANGING = ("household", "charge", "mandate", "task")
APPEND_ONLY = ("access_log",)


def key(*columns: sa.Column) -> list[sa.Column]:
    """The municipality and then the row's own key: uniqueness never reaches across tenants."""
    return [sa.Column("municipality", sa.Text, primary_key=True), *columns]


def own_id() -> sa.Column:
    return sa.Column("id", sa.Uuid, primary_key=True)


def cents(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger, sa.CheckConstraint(f"{name} >= 0"), nullable=False) for name in names]


def household_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"])


def upgrade() -> None:
    install_messaging(op, service=SERVICE)
    _household()
    _tasks()
    op.create_table(
        "access_log",
        *key(own_id()),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    for table in CHANGING:
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT, UPDATE")
    for table in APPEND_ONLY:
        protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT")


def _household() -> None:
    op.create_table(
        "household",
        *key(own_id()),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("household_type", sa.Text, nullable=False),
        sa.Column("age_band", sa.Text, nullable=False),
        sa.Column("has_children", sa.Boolean, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("right_from", sa.Date, nullable=False),
        sa.Column("right_until", sa.Date),
        sa.Column("next_month", sa.Text, nullable=False),
        sa.Column("months_run", sa.Integer, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.CheckConstraint("first_day <= last_day", name="begins_before_it_ends"),
    )
    open_households = "CREATE INDEX household_open ON household (municipality, id) WHERE ended_on IS NULL"
    op.execute(sa.text(open_households))
    op.create_table(
        "charge",
        *key(own_id()),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, nullable=False),
        sa.Column("iban", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents > 0"), nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("until_day", sa.Date),
        household_key(),
    )
    op.create_table(
        "mandate",
        *key(own_id()),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, nullable=False),
        sa.Column("granted_on", sa.Date, nullable=False),
        sa.Column("revoked_on", sa.Date),
        household_key(),
    )
    for table in ("charge", "mandate"):
        op.create_index(f"{table}_of_household", table, ["municipality", "household_id"])


def _tasks() -> None:
    op.create_table(
        "task",
        *key(own_id()),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("for_role", sa.Text, nullable=False),
        *cents("amount_cents"),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date),
        household_key(),
    )


def downgrade() -> None:
    for table in (*reversed(APPEND_ONLY), *reversed(CHANGING)):
        op.drop_table(table)
    remove_messaging(op)

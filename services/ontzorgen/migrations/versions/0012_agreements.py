"""What was agreed with creditors is followed: mandates on their way to them, and tasks that come first or by a day."""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
# Whoever holds a row that is skipped derives it anew before its commit, after this transaction's.
_STALE = """
CREATE FUNCTION discount_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE code text;
BEGIN
    IF TG_TABLE_NAME = 'discount_agreement' THEN
        code := NEW.creditor;
    ELSIF TG_TABLE_NAME = 'discount_ending' THEN
        SELECT creditor INTO code FROM discount_agreement
        WHERE municipality = NEW.municipality AND id = NEW.agreement_id;
    ELSIF EXISTS (
        SELECT FROM creditor c
        WHERE c.municipality = NEW.municipality AND c.code = NEW.code AND c.discount_percent > 0
    ) THEN
        code := NEW.code;
    ELSE
        RETURN NULL;
    END IF;
    DELETE FROM household_situation WHERE municipality = NEW.municipality AND household_id IN (
        SELECT kept.household_id FROM household_situation kept
        WHERE kept.municipality = NEW.municipality AND EXISTS (
            SELECT FROM charge c WHERE c.municipality = kept.municipality AND c.household_id = kept.household_id
            AND c.creditor = code) FOR UPDATE SKIP LOCKED);
    DELETE FROM steady_household WHERE municipality = NEW.municipality AND household_id IN (
        SELECT kept.household_id FROM steady_household kept
        WHERE kept.municipality = NEW.municipality AND EXISTS (
            SELECT FROM charge c WHERE c.municipality = kept.municipality AND c.household_id = kept.household_id
            AND c.creditor = code) FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END $$
"""
_TRIGGERS = tuple(
    f"CREATE TRIGGER situation_is_stale AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION discount_is_stale()"
    for table in ("discount_agreement", "discount_ending", "creditor")
)
# Discounts count from now on: what was derived without them goes. The tables' owner sees every municipality for once.
_DERIVED = ("household_situation", "steady_household", "charge", "discount_agreement", "creditor")
_DERIVED_BEFORE = (
    *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _DERIVED),
    *(
        f"DELETE FROM {table} kept USING charge c WHERE c.municipality = kept.municipality "
        "AND c.household_id = kept.household_id AND ("
        "EXISTS (SELECT FROM discount_agreement a WHERE a.municipality = c.municipality AND a.creditor = c.creditor) "
        "OR EXISTS (SELECT FROM creditor r WHERE r.municipality = c.municipality AND r.code = c.creditor "
        "AND r.discount_percent > 0))"
        for table in ("household_situation", "steady_household")
    ),
    *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in _DERIVED),
)


def upgrade() -> None:
    op.add_column("task", sa.Column("priority", sa.SmallInteger, server_default="0", nullable=False))
    op.add_column("task", sa.Column("due_on", sa.Date))
    op.execute(sa.text("CREATE INDEX task_due ON task (municipality, due_on) WHERE done_on IS NULL AND due_on IS NOT NULL"))
    _versions(
        "mandate_request",
        *(_text(name) for name in ("kind", "creditor", "procedure")),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("from_day", sa.Date),
        sa.Column("until_day", sa.Date),
        sa.Column("regeldag_id", sa.Uuid),
        sa.ForeignKeyConstraint(["municipality", "regeldag_id"], ["regeldag.municipality", "regeldag.id"]),
    )
    _versions(
        "mandate_step",
        sa.Column("mandate_id", sa.Uuid, nullable=False),
        _text("step"),
        sa.Column("taken_on", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(["municipality", "mandate_id"], ["mandate_request.municipality", "mandate_request.id"]),
        sa.UniqueConstraint("municipality", "mandate_id", "step", name="step_taken_once"),
    )
    op.add_column("discount_agreement", sa.Column("known_on", sa.Date))
    op.add_column("creditor", sa.Column("known_on", sa.Date))
    op.create_table(
        "discount_ending",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("agreement_id", sa.Uuid, primary_key=True),
        sa.Column("until_day", sa.Date, nullable=False),
        sa.Column("known_on", sa.Date),
        sa.ForeignKeyConstraint(
            ["municipality", "agreement_id"], ["discount_agreement.municipality", "discount_agreement.id"]
        ),
    )
    protect_tenant_table(op, "discount_ending", service=SERVICE, privileges="SELECT, INSERT")
    for statement in (_STALE, *_TRIGGERS, *_DERIVED_BEFORE):
        op.execute(sa.text(statement))


def _versions(table: str, *columns: sa.Column | sa.Constraint) -> None:
    """A table of versions that belong to one household, with in which order, when and by whom they were recorded."""
    op.create_table(
        table,
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        *columns,
        sa.Column("record_no", sa.BigInteger, server_default=sa.text("nextval('file_record')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
    )
    op.create_index(f"{table}_of_household", table, ["municipality", "household_id"])
    protect_tenant_table(op, table, service=SERVICE, privileges="SELECT, INSERT")


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("The steps of mandates would be lost: restore the backup made before this version instead.")

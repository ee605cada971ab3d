"""A confirmation of an account says of what: of the register, a charge or an attachment.

Callers choose ids, so one id could be of a creditor and of a charge, and one confirmation counted for both. Of those
that are there, the version that was recorded first is what was compared. Processes of the version before this one do
not say it yet: the same is filled in for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("iban_confirmation", "creditor", "charge", "attachment")
_FIRST = """
SELECT item FROM (
    SELECT 'creditor' AS item, record_no FROM creditor v WHERE v.municipality = {of}.municipality AND v.id = {of}.version_id
    UNION ALL
    SELECT 'charge', record_no FROM charge v WHERE v.municipality = {of}.municipality AND v.id = {of}.version_id
    UNION ALL
    SELECT 'attachment', record_no FROM attachment v
    WHERE v.municipality = {of}.municipality AND v.id = {of}.version_id
) AS with_id ORDER BY record_no LIMIT 1
"""
_FILL = f"""
CREATE FUNCTION say_what_is_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.confirms := coalesce(NEW.confirms, ({_FIRST.format(of="NEW")}));
    RETURN NEW;
END $$
"""
_FILL_TRIGGER = """
CREATE TRIGGER say_what_is_confirmed BEFORE INSERT ON iban_confirmation
FOR EACH ROW EXECUTE FUNCTION say_what_is_confirmed()
"""


def upgrade() -> None:
    op.add_column("iban_confirmation", sa.Column("confirms", sa.Text))
    _force_row_security("NO FORCE")  # the tables' owner sees every municipality this once
    op.execute(sa.text(f"UPDATE iban_confirmation c SET confirms = coalesce(({_FIRST.format(of='c')}), 'charge')"))  # noqa: S608 - names of our own tables
    _force_row_security("FORCE")
    op.alter_column("iban_confirmation", "confirms", nullable=False)
    op.drop_constraint("iban_confirmation_pkey", "iban_confirmation")
    op.create_primary_key("iban_confirmation_pkey", "iban_confirmation", ["municipality", "confirms", "version_id"])
    op.create_check_constraint(
        "iban_confirmation_confirms", "iban_confirmation", "confirms IN ('creditor', 'charge', 'attachment')"
    )
    op.execute(sa.text(_FILL))
    op.execute(sa.text(_FILL_TRIGGER))


def _force_row_security(how: str) -> None:
    for table in TABLES:
        op.execute(sa.text(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY"))


def downgrade() -> None:
    raise NotImplementedError("One id may be confirmed for several items by now: restore the backup made before instead.")

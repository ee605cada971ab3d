"""No account is paid that no second person confirmed: what was paid before this rule counts as confirmed, with a mark.

Of the accounts of charges, attachments and the register that were usable at once, those on which money went that the
bank did not refuse get a confirmation that says so; the others need one from now on and wait for a person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

READ = ("charge", "attachment", "creditor", "iban_confirmation", "payment_instruction", "payment_refusal")
_PAID = """
CREATE TEMPORARY TABLE paid_before ON COMMIT DROP AS
SELECT i.municipality, i.holder, i.iban, min(i.execute_on) AS paid_on FROM payment_instruction i
WHERE NOT EXISTS (
    SELECT FROM payment_refusal r WHERE r.municipality = i.municipality AND r.instruction_id = i.id
) GROUP BY 1, 2, 3
"""
_CONFIRM = """
INSERT INTO iban_confirmation (municipality, version_id, confirmed_on, record_no, recorded_role, recorded_by)
SELECT v.municipality, v.id, min(p.paid_on), 0, 'before this rule', 'before this rule'
FROM {table} v {paid} WHERE v.iban IS NOT NULL AND NOT v.needs_confirmation GROUP BY v.municipality, v.id
ON CONFLICT DO NOTHING
"""
_OWN = """JOIN paid_before p ON p.municipality = v.municipality AND p.iban = v.iban
AND p.holder = '{table}:' || coalesce(v.{table}_id, v.id)"""
_OF_REGISTER = """JOIN (
    SELECT municipality, creditor, 'charge:' || coalesce(charge_id, id) AS holder FROM charge
    UNION SELECT municipality, creditor, 'attachment:' || coalesce(attachment_id, id) FROM attachment
) asked ON asked.municipality = v.municipality AND asked.creditor = v.code
JOIN paid_before p ON p.municipality = v.municipality AND p.iban = v.iban AND p.holder = asked.holder"""
_NEED = """
UPDATE {table} v SET needs_confirmation = true WHERE iban IS NOT NULL AND NOT needs_confirmation AND NOT EXISTS (
    SELECT FROM iban_confirmation c WHERE c.municipality = v.municipality AND c.version_id = v.id)
"""


def upgrade() -> None:
    _force_row_security("NO FORCE")  # the tables' owner sees every municipality this once
    op.execute(sa.text(_PAID))
    for table, paid in (
        ("charge", _OWN.format(table="charge")),
        ("attachment", _OWN.format(table="attachment")),
        ("creditor", _OF_REGISTER),
    ):
        op.execute(sa.text(_CONFIRM.format(table=table, paid=paid)))
        op.execute(sa.text(_NEED.format(table=table)))
    _force_row_security("FORCE")


def _force_row_security(how: str) -> None:
    for table in READ:
        op.execute(sa.text(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY"))


def downgrade() -> None:
    raise NotImplementedError("Which accounts were usable at once is not kept: restore the backup made before instead.")

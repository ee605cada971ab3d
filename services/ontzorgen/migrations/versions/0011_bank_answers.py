"""What the bank says is known by more than one reference: entries by a fingerprint, statements by their first day too.

Entries that are there get the fingerprint that the same entry would have today, as far as their rows tell. A statement
may be a page of a longer one, which lacks balances. Payments that no statement showed in time have a table of their
own, and a task says what is wrong and what to do.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
_CHANGED = ("bank_statement", "bank_entry")
_FIRST_DAYS = """
UPDATE bank_statement SET first_on = entry.booked_on FROM (
    SELECT DISTINCT ON (municipality, statement_no) municipality, statement_no, booked_on FROM bank_entry
    ORDER BY municipality, statement_no, entry_no, part_no
) AS entry
WHERE bank_statement.municipality = entry.municipality AND bank_statement.statement_no = entry.statement_no
"""
# As `build_fingerprint` does, for entries with a reference of the bank's own.
_FINGERPRINTS = """
UPDATE bank_entry SET fingerprint = md5(concat_ws('|', s.iban, entry.reference, entry.booked_on, entry.cents, entry.ids))::uuid
FROM (
    SELECT municipality, statement_no, entry_no, min(reference) AS reference, min(booked_on) AS booked_on,
        sum(amount_cents) AS cents,
        CASE WHEN count(*) = 1 THEN coalesce(replace(min(instruction_id::text), '-', ''), '') ELSE '' END AS ids
    FROM bank_entry WHERE reference IS NOT NULL GROUP BY municipality, statement_no, entry_no
) AS entry
JOIN bank_statement s ON s.municipality = entry.municipality AND s.statement_no = entry.statement_no
WHERE bank_entry.municipality = entry.municipality AND bank_entry.statement_no = entry.statement_no
    AND bank_entry.entry_no = entry.entry_no AND bank_entry.part_no = 1
    AND upper(regexp_replace(entry.reference, '[^[:alnum:]]', '', 'g')) !~
        '^(0*|X*|NOTPROVIDED|NONREF|NOREF|NOREFERENCE|NOTAVAILABLE|NOTAPPLICABLE|NOTKNOWN|UNKNOWN|NONE|NA|NIL|NULL|ONBEKEND|GEEN'
        '|NOTREF|NOTUSED|NOTSPECIFIED|UNSPECIFIED|GEENREFERENTIE|NIETBEKEND|NVT)$'
"""


def upgrade() -> None:
    op.add_column("task", sa.Column("sentence", sa.Text))
    _statements()
    _entries()
    _payments()


def _statements() -> None:
    for name in ("opened_on", "closed_on", "first_on"):
        op.add_column("bank_statement", sa.Column(name, sa.Date))
    op.add_column("bank_statement", sa.Column("sequence", sa.BigInteger))
    page = sa.Column("page", sa.Integer, sa.CheckConstraint("page > 0"), server_default="1", nullable=False)
    op.add_column("bank_statement", page)
    for name in ("opening_cents", "closing_cents"):
        op.alter_column("bank_statement", name, nullable=True)
    op.drop_constraint("stated_once", "bank_statement")
    op.create_index("bank_statement_by_id", "bank_statement", ["municipality", "iban", "id", "page"])
    op.create_table(
        "bank_statement_page",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("statement_no", sa.BigInteger, primary_key=True),
        sa.Column("first_no", sa.BigInteger, nullable=False),
        sa.Column("page", sa.Integer, sa.CheckConstraint("page > 0"), nullable=False),
        sa.Column("is_last", sa.Boolean, nullable=False),
        sa.Column("sum_cents", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality", "statement_no"], ["bank_statement.municipality", "bank_statement.statement_no"]
        ),
    )
    op.create_index("bank_statement_page_of_first", "bank_statement_page", ["municipality", "first_no"])
    protect_tenant_table(op, "bank_statement_page", service=SERVICE, privileges="SELECT, INSERT")


def _entries() -> None:
    op.add_column("bank_entry", sa.Column("fingerprint", sa.Uuid))
    op.add_column("bank_entry", sa.Column("batch_id", sa.Text))
    _see_every_municipality("NO FORCE")
    op.execute(sa.text(_FIRST_DAYS))
    op.execute(sa.text(_FINGERPRINTS.replace("[:alnum:]", "[\\:alnum\\:]").replace("::uuid", "\\:\\:uuid")))
    _see_every_municipality("FORCE")
    op.drop_index("bank_entry_by_reference", "bank_entry")
    for index in (
        "bank_entry_by_fingerprint ON bank_entry (municipality, fingerprint) WHERE fingerprint IS NOT NULL",
        "bank_entry_of_batch ON bank_entry (municipality, batch_id) WHERE batch_id IS NOT NULL",
    ):
        op.execute(sa.text(f"CREATE INDEX {index}"))


def _payments() -> None:
    op.drop_index("payment_instruction_by_reference", "payment_instruction")
    by_text = (
        "CREATE INDEX payment_instruction_by_text ON payment_instruction "
        "(municipality, amount_cents, replace(remittance, ' ', ''))"
    )
    op.execute(sa.text(by_text))
    op.create_table(
        "unbooked_payment",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("instruction_id", sa.Uuid, primary_key=True),
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("reported_on", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality", "instruction_id"], ["payment_instruction.municipality", "payment_instruction.id"]
        ),
    )
    op.create_index("unbooked_payment_of_task", "unbooked_payment", ["municipality", "task_id"])
    protect_tenant_table(op, "unbooked_payment", service=SERVICE, privileges="SELECT, INSERT")
    op.create_index("bank_account_by_iban", "bank_account", ["municipality", "iban"])


def _see_every_municipality(forced: str) -> None:
    """Let the owner, who runs migrations, see the rows of all municipalities, or no longer."""
    for name in _CHANGED:
        op.execute(sa.text(f"ALTER TABLE {name} {forced} ROW LEVEL SECURITY"))


def downgrade() -> None:
    op.drop_index("bank_account_by_iban", "bank_account")
    op.drop_table("unbooked_payment")
    op.drop_index("payment_instruction_by_text", "payment_instruction")
    op.create_index(
        "payment_instruction_by_reference", "payment_instruction", ["municipality", "amount_cents", "remittance"]
    )
    by_reference = "CREATE INDEX bank_entry_by_reference ON bank_entry (municipality, reference) WHERE part_no = 1"
    op.execute(sa.text(by_reference))
    for name in ("fingerprint", "batch_id"):
        op.drop_column("bank_entry", name)
    op.drop_table("bank_statement_page")
    op.drop_index("bank_statement_by_id", "bank_statement")
    op.create_unique_constraint("stated_once", "bank_statement", ["municipality", "iban", "id"])
    for name in ("opening_cents", "closing_cents"):
        op.alter_column("bank_statement", name, nullable=False)
    for name in ("opened_on", "closed_on", "first_on", "sequence", "page"):
        op.drop_column("bank_statement", name)
    op.drop_column("task", "sentence")

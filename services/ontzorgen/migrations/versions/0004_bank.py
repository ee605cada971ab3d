"""The bank: accounts under four eyes, instructions, files that left, refusals, and what the statements said.

An instruction stands in one file at most, is refused once at most and is replaced once at most: keys say so. What was
written is never changed; only an account waits for its confirmation, and an order for its lock.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
CHANGING = ("bank_account", "payment_order")
APPEND_ONLY = (
    "payment_instruction",
    "payment_file",
    "payment_file_entry",
    "bank_message",
    "payment_refusal",
    "bank_statement",
    "bank_entry",
)


def table(name: str, *columns: sa.Column | sa.Constraint) -> None:
    op.create_table(name, sa.Column("municipality", sa.Text, primary_key=True), *columns)


def text(name: str, *, needed: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=not needed)


def moment(name: str, *, needed: bool = True) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.func.now() if needed else None, nullable=not needed
    )


def cents(name: str, *checks: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger, *(sa.CheckConstraint(check) for check in checks), nullable=False)


def upgrade() -> None:
    _accounts()
    _payments()
    _files()
    _answers()
    for name in CHANGING:
        protect_tenant_table(op, name, service=SERVICE, privileges="SELECT, INSERT, UPDATE")
    for name in APPEND_ONLY:
        protect_tenant_table(op, name, service=SERVICE, privileges="SELECT, INSERT")


def _accounts() -> None:
    table(
        "bank_account",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("holder"),
        text("name"),
        text("iban"),
        text("proposed_by"),
        moment("proposed_at"),
        text("confirmed_by", needed=False),
        moment("confirmed_at", needed=False),
        sa.CheckConstraint("confirmed_by <> proposed_by", name="four_eyes"),
        sa.CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_is_whole"),
    )
    op.create_index("bank_account_of_holder", "bank_account", ["municipality", "holder"])


def _payments() -> None:
    table(
        "payment_order",
        sa.Column("run_id", sa.Uuid, primary_key=True),
        text("month"),
        sa.Column("ordered_on", sa.Date, nullable=False),
        sa.Column("held_cents", sa.BigInteger, sa.CheckConstraint("held_cents >= 0")),
        moment("made_at"),
    )
    table(
        "payment_instruction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        text("month"),
        text("key"),
        text("kind", needed=False),
        text("for_month"),
        sa.Column("is_correction", sa.Boolean, nullable=False),
        sa.Column("execute_on", sa.Date, nullable=False),
        cents("amount_cents", "amount_cents > 0"),
        text("holder"),
        text("name"),
        text("iban"),
        text("remittance"),
        sa.Column("attempt", sa.SmallInteger, sa.CheckConstraint("attempt > 0"), nullable=False),
        sa.Column("replaces", sa.Uuid),
        sa.ForeignKeyConstraint(["municipality", "household_id"], ["household.municipality", "household.id"]),
        sa.ForeignKeyConstraint(["municipality", "run_id"], ["payment_order.municipality", "payment_order.run_id"]),
        sa.ForeignKeyConstraint(
            ["municipality", "replaces"], ["payment_instruction.municipality", "payment_instruction.id"]
        ),
        sa.UniqueConstraint("municipality", "replaces", name="replaced_once"),
        sa.CheckConstraint("(attempt = 1) = (replaces IS NULL)", name="replacing_is_linked"),
    )
    op.create_index("payment_instruction_of_run", "payment_instruction", ["municipality", "run_id", "execute_on", "id"])
    op.create_index("payment_instruction_of_household", "payment_instruction", ["municipality", "household_id"])
    op.create_index(
        "payment_instruction_by_reference", "payment_instruction", ["municipality", "amount_cents", "remittance"]
    )


def _files() -> None:
    table(
        "payment_file",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, sa.CheckConstraint("number > 0"), nullable=False),
        sa.Column("payments", sa.Integer, sa.CheckConstraint("payments > 0"), nullable=False),
        cents("total_cents", "total_cents > 0"),
        text("sha256"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        moment("made_at"),
        sa.ForeignKeyConstraint(["municipality", "run_id"], ["payment_order.municipality", "payment_order.run_id"]),
        sa.UniqueConstraint("municipality", "run_id", "number", name="numbered_once"),
    )
    table(
        "payment_file_entry",
        sa.Column("instruction_id", sa.Uuid, primary_key=True),
        text("file_id"),
        text("batch_id"),
        cents("amount_cents", "amount_cents > 0"),
        sa.ForeignKeyConstraint(["municipality", "file_id"], ["payment_file.municipality", "payment_file.id"]),
        sa.ForeignKeyConstraint(
            ["municipality", "instruction_id"], ["payment_instruction.municipality", "payment_instruction.id"]
        ),
    )
    op.create_index("payment_file_entry_of_file", "payment_file_entry", ["municipality", "file_id"])
    op.create_index("payment_file_entry_of_batch", "payment_file_entry", ["municipality", "batch_id"])


def _answers() -> None:
    table(
        "bank_message",
        sa.Column("sha256", sa.Text, primary_key=True),
        text("kind"),
        text("message_id"),
        text("received_by"),
        moment("received_at"),
        sa.Column("counts", sa.dialects.postgresql.JSONB, nullable=False),
    )
    table(
        "payment_refusal",
        sa.Column("instruction_id", sa.Uuid, primary_key=True),
        text("reason_code"),
        sa.Column("refused_on", sa.Date, nullable=False),
        text("message_sha256"),
        sa.ForeignKeyConstraint(
            ["municipality", "instruction_id"], ["payment_instruction.municipality", "payment_instruction.id"]
        ),
    )
    table(
        "bank_statement",
        sa.Column("statement_no", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        text("iban"),
        text("id"),
        text("message_sha256"),
        sa.Column("opening_cents", sa.BigInteger, nullable=False),
        sa.Column("closing_cents", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("municipality", "iban", "id", name="stated_once"),
    )
    table(
        "bank_entry",
        sa.Column("statement_no", sa.BigInteger, primary_key=True),
        sa.Column("entry_no", sa.Integer, primary_key=True),
        sa.Column("part_no", sa.Integer, primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("instruction_id", sa.Uuid),
        text("reference", needed=False),
        text("return_code", needed=False),
        sa.ForeignKeyConstraint(
            ["municipality", "statement_no"], ["bank_statement.municipality", "bank_statement.statement_no"]
        ),
    )
    by_payment = (
        "CREATE INDEX bank_entry_of_payment ON bank_entry (municipality, instruction_id) "
        "WHERE instruction_id IS NOT NULL"
    )
    by_reference = "CREATE INDEX bank_entry_by_reference ON bank_entry (municipality, reference) WHERE part_no = 1"
    op.execute(sa.text(by_payment))
    op.execute(sa.text(by_reference))


def downgrade() -> None:
    for name in (*reversed(APPEND_ONLY), *reversed(CHANGING)):
        op.drop_table(name)

"""Whether somebody is an author of what a run pays is looked up by who recorded it, and not by reading every file."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Each part of a file that a month follows from, as services/ontzorgen/run/repository/authors.py lists them.
_PARTS = (
    "right_version",
    "composition",
    "household_person",
    "charge",
    "mandate",
    "mandate_revocation",
    "allowance",
    "relief_grant",
    "start_money_decision",
    "loan_repayment",
    "claim",
    "payment_terms",
    "income",
    "reduction",
    "attachment",
    "unpaid_charge",
)


def upgrade() -> None:
    for part in _PARTS:
        op.create_index(f"{part}_by_author", part, ["municipality", "recorded_by", "household_id"])
    op.create_index("creditor_by_author", "creditor", ["municipality", "recorded_by", "code"])
    op.create_index("bank_account_by_author", "bank_account", ["municipality", "proposed_by", "holder"])
    for part in ("charge", "attachment"):
        op.create_index(f"{part}_of_creditor", part, ["municipality", "creditor", "household_id"])


def downgrade() -> None:
    for part in ("charge", "attachment"):
        op.drop_index(f"{part}_of_creditor", part)
    for table in (*_PARTS, "creditor", "bank_account"):
        op.drop_index(f"{table}_by_author", table)

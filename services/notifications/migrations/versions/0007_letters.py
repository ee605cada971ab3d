"""Contacts have a postal address, so that letters can leave."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXTS = ("care_of", "street", "house_number_addition", "postcode", "city")
REQUIRED = ("house_number", "postcode", "city")


def upgrade() -> None:
    for column in TEXTS:
        op.add_column("contact", sa.Column(column, sa.Text))
    op.add_column("contact", sa.Column("house_number", sa.Integer))
    same = " AND ".join(f"(street IS NULL) = ({column} IS NULL)" for column in REQUIRED)
    parts = "street IS NOT NULL OR (care_of IS NULL AND house_number_addition IS NULL)"
    op.create_check_constraint("address_whole_or_absent", "contact", f"{same} AND ({parts})")


def downgrade() -> None:
    op.drop_constraint("address_whole_or_absent", "contact")
    for column in (*TEXTS, "house_number"):
        op.drop_column("contact", column)

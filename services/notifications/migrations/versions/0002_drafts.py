"""A message is kept as a draft until it leaves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORDS = ("subject", "body_text", "body_html")


def upgrade() -> None:
    op.add_column("message", sa.Column("draft", sa.Text))
    for column in WORDS:
        op.alter_column("message", column, nullable=True)
    words = " AND ".join(f"(draft IS NULL) = ({column} IS NOT NULL)" for column in WORDS)
    op.create_check_constraint("a_draft_or_words", "message", words)
    op.create_check_constraint("sent_in_words", "message", "state <> 'sent' OR draft IS NULL")


def downgrade() -> None:
    op.drop_constraint("sent_in_words", "message")
    op.drop_constraint("a_draft_or_words", "message")
    for column in WORDS:
        op.alter_column("message", column, nullable=False)
    op.drop_column("message", "draft")

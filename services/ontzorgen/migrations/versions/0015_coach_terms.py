"""Who coached whom from which day: a row is added for each assignment and never changed, so a hand-over keeps history.

Until when follows from the next row of the same person, and from the end of the coaching. Of coachings that exist, the
coach who has them now is taken to have had them from the first day: earlier ones were not kept.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OF_THOSE_THERE = """
INSERT INTO coach_term (municipality, id, household_id, person_id, coach_id, from_day)
SELECT municipality, gen_random_uuid(), household_id, person_id, coach_id, started_on
FROM coaching WHERE coach_id IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "coach_term",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        *(sa.Column(name, sa.Uuid, nullable=False) for name in ("household_id", "person_id", "coach_id")),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("record_no", sa.BigInteger, sa.Identity(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality", "household_id", "person_id"],
            ["coaching.municipality", "coaching.household_id", "coaching.person_id"],
        ),
        sa.ForeignKeyConstraint(["municipality", "coach_id"], ["coach.municipality", "coach.id"]),
    )
    op.create_index("coach_term_of_person", "coach_term", ["municipality", "household_id", "person_id"])
    op.create_index("coach_term_of_coach", "coach_term", ["municipality", "coach_id"])
    op.execute(sa.text(_OF_THOSE_THERE))
    protect_tenant_table(op, "coach_term", service="ontzorgen", privileges="SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("coach_term")

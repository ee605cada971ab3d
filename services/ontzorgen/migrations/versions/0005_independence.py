"""Growing independent: measurements, decisions, letting go, guidance, and what the household's surroundings do.

What was decided or happened is append-only. Coaching and enrolment are changed once, when they are handed on or
completed, and a neighbourhood mother when she stops. `place` keeps the order in which things were recorded.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
OF_HOUSEHOLD = (
    "measurement",
    "money_decision",
    "evaluation",
    "relief_decision",
    "phase_out_step",
    "creditor_told",
    "direct_debit",
    "coaching",
    "coaching_appointment",
    "coaching_session",
    "enrolment",
    "guidance",
    "arrears_message",
    "energy_step",
)
OF_MUNICIPALITY = ("lesson", "sounding_board_meeting", "neighbourhood_mother", "mother_engagement", "discount_agreement")
SHAPES_THE_MONTH = ("measurement", "money_decision", "phase_out_step")
CHANGED_ONCE = ("coaching", "enrolment", "neighbourhood_mother")


def upgrade() -> None:
    _measured_and_decided()
    _letting_go()
    _guidance()
    _surroundings()
    for table in (*OF_HOUSEHOLD, *OF_MUNICIPALITY):
        privileges = "SELECT, INSERT, UPDATE" if table in CHANGED_ONCE else "SELECT, INSERT"
        protect_tenant_table(op, table, service=SERVICE, privileges=privileges)
    for table in SHAPES_THE_MONTH:
        op.execute(
            sa.text(
                f"CREATE TRIGGER situation_is_stale AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
                "FOR EACH STATEMENT EXECUTE FUNCTION situation_is_stale()"
            )
        )
    for statement in (
        "CREATE INDEX household_last_day ON household (municipality, last_day) WHERE ended_on IS NULL",
        "CREATE INDEX relief_decision_review ON relief_decision (municipality, review_on) WHERE review_on IS NOT NULL",
        "CREATE INDEX coaching_open ON coaching (municipality, last_day) WHERE handed_on IS NULL",
    ):
        op.execute(sa.text(statement))


def downgrade() -> None:
    for index in ("coaching_open", "relief_decision_review", "household_last_day"):
        op.execute(sa.text(f"DROP INDEX {index}"))
    for table in (*reversed(OF_MUNICIPALITY), *reversed(OF_HOUSEHOLD)):
        op.drop_table(table)


def _table(name: str, key: tuple[sa.Column, ...], *columns: object) -> None:
    """A table whose key begins with the municipality, with an index by household where the key is another."""
    of_household = name in OF_HOUSEHOLD
    own = [] if not of_household or any(one.name == "household_id" for one in key) else [_id("household_id")]
    to_household = sa.ForeignKeyConstraint(
        ["municipality", "household_id"], ["household.municipality", "household.id"]
    )
    for one in key:
        one.primary_key = True
    municipality = sa.Column("municipality", sa.Text, primary_key=True)
    op.create_table(name, municipality, *key, *own, *columns, *([to_household] if of_household else []))
    if own:
        op.create_index(f"{name}_of_household", name, ["municipality", "household_id"])


def _id(name: str = "id", **options: object) -> sa.Column:
    return sa.Column(name, sa.Uuid, nullable=bool(options.get("nullable", False)))


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=nullable)


def _number(name: str, least: int = 0, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer, sa.CheckConstraint(f"{name} >= {least}"), nullable=nullable)


def _texts(name: str) -> sa.Column:
    return sa.Column(name, sa.ARRAY(sa.Text), nullable=False)


def _place() -> sa.Column:
    return sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False)


def _measured_and_decided() -> None:
    _table(
        "measurement",
        (_id(),),
        _place(),
        _text("outcome"),
        _text("moment"),
        _day("measured_on"),
        _text("measured_by"),
        _text("instrument"),
    )
    _table("money_decision", (_id(),), _place(), _text("rhythm"), _day("decided_on"), _day("from_day"), _texts("parties"))
    _table("evaluation", (_id("household_id"), _day("last_day")), _day("opened_on"))
    _table(
        "relief_decision",
        (_id(),),
        _place(),
        _text("outcome"),
        _day("decided_on"),
        _texts("grounds"),
        _number("months", 1, nullable=True),
        _text("reason", nullable=True),
        _day("last_day", nullable=True),
        _day("review_on", nullable=True),
        sa.CheckConstraint("outcome <> 'extend' OR cardinality(grounds) > 0", name="extended_on_grounds"),
    )


def _letting_go() -> None:
    _table("phase_out_step", (_place(),), _text("step"), _day("taken_on"), _text("kind", nullable=True))
    _table("creditor_told", (_id("household_id"), _text("creditor"), _day("told_on")))
    day_of_month = sa.CheckConstraint("day_of_month BETWEEN 1 AND 28", name="every_month_has_it")
    _table(
        "direct_debit",
        (_id(),),
        _place(),
        _text("creditor"),
        _text("kind"),
        _number("day_of_month"),
        _day("agreed_on"),
        day_of_month,
    )


def _guidance() -> None:
    _table(
        "coaching",
        (_id("household_id"),),
        _day("started_on"),
        _day("last_day"),
        _day("handed_on", nullable=True),
        _text("handed_to", nullable=True),
    )
    _table("coaching_appointment", (_id(),), _day("planned_on"), _number("minutes", 1))
    _table(
        "coaching_session",
        (_id(),),
        _day("held_on"),
        _number("minutes"),
        _text("ladder", nullable=True),
        _id("appointment_id", nullable=True),
    )
    _table(
        "enrolment",
        (_id(),),
        _text("course"),
        _day("enrolled_on"),
        _number("lessons", 1),
        _day("due_on"),
        sa.Column("is_obligatory", sa.Boolean, nullable=False),
        _day("completed_on", nullable=True),
    )
    _table(
        "lesson",
        (_id("enrolment_id"), _number("lesson_no", 1), _day("given_on")),
        sa.Column("is_attended", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["municipality", "enrolment_id"], ["enrolment.municipality", "enrolment.id"]),
    )
    _table("guidance", (_id("household_id"), _day("from_day")), _text("provider"))


def _surroundings() -> None:
    _table(
        "arrears_message",
        (_id(),),
        _text("creditor"),
        _text("kind"),
        _number("months_in_arrears", 1),
        _day("signalled_on"),
        _text("recorded_as"),
    )
    _table("energy_step", (_place(),), _text("help"), _text("state"), _day("on_day"))
    _table(
        "sounding_board_meeting",
        (_id(),),
        _day("held_on"),
        *(_number(name) for name in ("participants", "found_it_helps", "found_it_does_not")),
        sa.CheckConstraint("found_it_helps + found_it_does_not <= participants", name="judged_by_participants"),
    )
    _table("neighbourhood_mother", (_id(),), _texts("languages"), _day("from_day"), _day("until_day", nullable=True))
    _table(
        "mother_engagement",
        (_id(),),
        _id("mother_id"),
        _text("engagement"),
        _day("on_day"),
        _number("minutes", 1),
        _id("household_id", nullable=True),
        _id("volunteer_id", nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality", "mother_id"], ["neighbourhood_mother.municipality", "neighbourhood_mother.id"]
        ),
    )
    _table(
        "discount_agreement",
        (_id(),),
        _text("creditor"),
        _text("kind"),
        _number("discount_percent", 1),
        _number("guaranteed_months", 1),
        _day("from_day"),
        _day("until_day", nullable=True),
    )

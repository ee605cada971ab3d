"""Records of growing independent and debts belong to a person of the household; courses, coaches and pay of guides.

Records that were there belong to the household's own person; a writer of the last version that names nobody still
means that person, which a trigger fills in. Applications, actions of the sounding board and paid hours are new.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import protect_tenant_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SERVICE = "ontzorgen"
OF_PERSON = ("measurement", "enrolment", "coaching", "coaching_appointment", "coaching_session", "claim")
NEW = {
    "household_person": "SELECT, INSERT",
    "course_group": "SELECT, INSERT",
    "coach": "SELECT, INSERT, UPDATE",
    "support_application": "SELECT, INSERT, UPDATE",
    "sounding_board_action": "SELECT, INSERT, UPDATE",
    "mother_payment": "SELECT, INSERT",
    "mother_paid_engagement": "SELECT, INSERT",
}
_PERSON_OF_HOUSEHOLD = """
CREATE FUNCTION person_of_household() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person_id IS NULL THEN
        SELECT h.person_id INTO NEW.person_id FROM household h
        WHERE h.municipality = NEW.municipality AND h.id = NEW.household_id;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.execute(sa.text(_PERSON_OF_HOUSEHOLD))
    for table in ("household", *OF_PERSON):  # the tables' owner sees every municipality, this once
        op.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
    for table in OF_PERSON:
        op.add_column(table, sa.Column("person_id", sa.Uuid, nullable=True))
        op.execute(
            sa.text(
                f"UPDATE {table} t SET person_id = h.person_id FROM household h "  # noqa: S608 - names of our own tables
                "WHERE h.municipality = t.municipality AND h.id = t.household_id"
            )
        )
        op.alter_column(table, "person_id", nullable=False)
        op.execute(
            sa.text(
                f"CREATE TRIGGER person_of_household BEFORE INSERT ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION person_of_household()"
            )
        )
    for table in ("household", *OF_PERSON):
        op.execute(sa.text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
    op.add_column("task", sa.Column("person_id", sa.Uuid, nullable=True))
    _people()
    _courses()
    _coaches()
    _surroundings()
    for table, privileges in NEW.items():
        protect_tenant_table(op, table, service=SERVICE, privileges=privileges)


def downgrade() -> None:
    raise NotImplementedError("Records belong to several people: restore the backup made before this version instead.")


def _id(name: str = "id", *, key: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid, primary_key=key, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=nullable)


def _number(name: str, least: int = 0, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer, sa.CheckConstraint(f"{name} >= {least}"), nullable=nullable)


def _table(name: str, *columns: object) -> None:
    op.create_table(name, sa.Column("municipality", sa.Text, primary_key=True), *columns)


def _of(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["municipality", column], [f"{table}.municipality", f"{table}.id"])


def _people() -> None:
    """Who lives in a household beside its own person: versions of its file, from which the class of its months follows."""
    _table(
        "household_person",
        _id(key=True),
        _id("household_id"),
        _id("person_id"),
        _text("role"),
        _day("from_day"),
        _day("until_day", nullable=True),
        _id("replaces", nullable=True),
        sa.Column("record_no", sa.BigInteger, server_default=sa.text("nextval('file_record')"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("recorded_role", sa.Text, server_default="system", nullable=False),
        sa.Column("recorded_by", sa.Text, server_default="system", nullable=False),
        _of("household", "household_id"),
        _of("household_person", "replaces"),
        sa.UniqueConstraint("municipality", "replaces", name="household_person_replaced_once"),
    )
    op.create_index("household_person_of_household", "household_person", ["municipality", "household_id"])
    op.create_index("household_person_of_person", "household_person", ["municipality", "person_id"])
    op.execute(
        sa.text(
            "CREATE TRIGGER situation_is_stale AFTER INSERT ON household_person REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION situation_is_stale()"
        )
    )


def _courses() -> None:
    _table(
        "course_group",
        _id(key=True),
        _text("course"),
        _id("teacher_id"),
        _text("place"),
        _text("learnability", nullable=True),
        _number("seats", 1),
        sa.Column("given_on", sa.ARRAY(sa.Date), nullable=False),
    )
    op.add_column("enrolment", _id("group_id", nullable=True))
    op.add_column("enrolment", _text("learnability", nullable=True))
    no_days = sa.text("'{}'::date[]")
    op.add_column("enrolment", sa.Column("planned_on", sa.ARRAY(sa.Date), server_default=no_days, nullable=False))
    op.create_foreign_key(
        "enrolment_in_group", "enrolment", "course_group", ["municipality", "group_id"], ["municipality", "id"]
    )
    op.create_index("enrolment_of_group", "enrolment", ["municipality", "group_id"])


def _coaches() -> None:
    """Each person of a household has a coaching of its own, by a coach who is known by a random id."""
    _table(
        "coach",
        _id(key=True),
        _text("provider", nullable=True),
        _number("caseload_max", 1),
        _day("from_day"),
        _day("until_day", nullable=True),
    )
    op.add_column("coaching", _id("coach_id", nullable=True))
    op.create_foreign_key("coaching_by_coach", "coaching", "coach", ["municipality", "coach_id"], ["municipality", "id"])
    op.drop_constraint("coaching_pkey", "coaching", type_="primary")
    op.create_primary_key("coaching_pkey", "coaching", ["municipality", "household_id", "person_id"])
    op.create_index("coaching_of_coach", "coaching", ["municipality", "coach_id"])


def _surroundings() -> None:
    _table(
        "support_application",
        _id(key=True),
        _id("household_id"),
        _id("person_id"),
        _text("kind"),
        _day("applied_on"),
        _day("decide_by"),
        _day("decided_on", nullable=True),
        _text("outcome", nullable=True),
        _of("household", "household_id"),
        sa.CheckConstraint("(decided_on IS NULL) = (outcome IS NULL)", name="decided_with_outcome"),
    )
    op.create_index("support_application_of_household", "support_application", ["municipality", "household_id"])
    open_ones = sa.text("decided_on IS NULL")
    op.create_index("support_application_open", "support_application", ["municipality", "decide_by"], postgresql_where=open_ones)
    for name in ("feels_relieved", "feels_not_relieved", "done_well", "not_done_well"):
        op.add_column("sounding_board_meeting", _number(name, nullable=True))
    _table(
        "sounding_board_action",
        _id(key=True),
        _id("meeting_id"),
        _text("question"),
        _text("action"),
        _day("decided_on"),
        _day("due_on"),
        _day("done_on", nullable=True),
        _day("reported_on", nullable=True),
        _of("sounding_board_meeting", "meeting_id"),
    )
    _table(
        "mother_payment",
        _id(key=True),
        _id("mother_id"),
        _text("month"),
        _day("paid_on"),
        _number("minutes", 1),
        _number("fee_cents_per_hour", 1),
        sa.Column("amount_cents", sa.BigInteger, sa.CheckConstraint("amount_cents > 0"), nullable=False),
        _of("neighbourhood_mother", "mother_id"),
    )
    _table(
        "mother_paid_engagement",
        _id("engagement_id", key=True),
        _id("payment_id"),
        _of("mother_engagement", "engagement_id"),
        _of("mother_payment", "payment_id"),
    )

"""Rows of growing independent. What was measured, decided or done is append-only; `place` is the order of recording."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


def _texts() -> Column[list[str]]:
    return Column(ARRAY(Text), nullable=False)


def _place(*, is_key: bool = False) -> Column[int]:
    return Column(BigInteger, Identity(always=True), primary_key=is_key, nullable=False)


class MeasurementRow(Row, table=True):
    __tablename__ = "measurement"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=_place())
    household_id: UUID
    outcome: str = Field(sa_type=Text)
    moment: str = Field(sa_type=Text)
    measured_on: date
    measured_by: str = Field(sa_type=Text)
    instrument: str = Field(sa_type=Text)


class MoneyDecisionRow(Row, table=True):
    __tablename__ = "money_decision"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=_place())
    household_id: UUID
    rhythm: str = Field(sa_type=Text)
    decided_on: date
    from_day: date
    parties: list[str] = Field(sa_column=_texts())


class EvaluationRow(Row, table=True):
    """One evaluation for each last day that a household's relief had."""

    __tablename__ = "evaluation"
    household_id: UUID = Field(primary_key=True)
    last_day: date = Field(primary_key=True)
    opened_on: date


class ReliefDecisionRow(Row, table=True):
    __tablename__ = "relief_decision"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=_place())
    household_id: UUID
    outcome: str = Field(sa_type=Text)
    decided_on: date
    grounds: list[str] = Field(sa_column=_texts())
    months: int | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    last_day: date | None = None
    review_on: date | None = None


class PhaseOutStepRow(Row, table=True):
    __tablename__ = "phase_out_step"
    place: int | None = Field(default=None, sa_column=_place(is_key=True))
    household_id: UUID
    step: str = Field(sa_type=Text)
    taken_on: date
    kind: str | None = Field(default=None, sa_type=Text)


class CreditorToldRow(Row, table=True):
    __tablename__ = "creditor_told"
    household_id: UUID = Field(primary_key=True)
    creditor: str = Field(primary_key=True, sa_type=Text)
    told_on: date = Field(primary_key=True)


class DirectDebitRow(Row, table=True):
    __tablename__ = "direct_debit"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=_place())
    household_id: UUID
    creditor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    day_of_month: int
    agreed_on: date


class CoachingRow(Row, table=True):
    __tablename__ = "coaching"
    household_id: UUID = Field(primary_key=True)
    started_on: date
    last_day: date
    handed_on: date | None = None
    handed_to: str | None = Field(default=None, sa_type=Text)


class AppointmentRow(Row, table=True):
    __tablename__ = "coaching_appointment"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    planned_on: date
    minutes: int


class SessionRow(Row, table=True):
    __tablename__ = "coaching_session"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    held_on: date
    minutes: int
    ladder: str | None = Field(default=None, sa_type=Text)
    appointment_id: UUID | None = None


class EnrolmentRow(Row, table=True):
    __tablename__ = "enrolment"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    course: str = Field(sa_type=Text)
    enrolled_on: date
    lessons: int
    due_on: date
    is_obligatory: bool
    completed_on: date | None = None


class LessonRow(Row, table=True):
    __tablename__ = "lesson"
    enrolment_id: UUID = Field(primary_key=True)
    lesson_no: int = Field(primary_key=True)
    given_on: date = Field(primary_key=True)
    is_attended: bool


class GuidanceRow(Row, table=True):
    __tablename__ = "guidance"
    household_id: UUID = Field(primary_key=True)
    from_day: date = Field(primary_key=True)
    provider: str = Field(sa_type=Text)


class ArrearsMessageRow(Row, table=True):
    __tablename__ = "arrears_message"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    creditor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    months_in_arrears: int
    signalled_on: date
    recorded_as: str = Field(sa_type=Text)


class EnergyStepRow(Row, table=True):
    __tablename__ = "energy_step"
    place: int | None = Field(default=None, sa_column=_place(is_key=True))
    household_id: UUID
    help: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    on_day: date


class SoundingBoardRow(Row, table=True):
    __tablename__ = "sounding_board_meeting"
    id: UUID = Field(primary_key=True)
    held_on: date
    participants: int
    found_it_helps: int
    found_it_does_not: int


class NeighbourhoodMotherRow(Row, table=True):
    __tablename__ = "neighbourhood_mother"
    id: UUID = Field(primary_key=True)
    languages: list[str] = Field(sa_column=_texts())
    from_day: date
    until_day: date | None = None


class MotherEngagementRow(Row, table=True):
    __tablename__ = "mother_engagement"
    id: UUID = Field(primary_key=True)
    mother_id: UUID
    engagement: str = Field(sa_type=Text)
    on_day: date
    minutes: int
    household_id: UUID | None = None
    volunteer_id: UUID | None = None


class DiscountAgreementRow(Row, table=True):
    __tablename__ = "discount_agreement"
    id: UUID = Field(primary_key=True)
    creditor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    discount_percent: int
    guaranteed_months: int
    from_day: date
    until_day: date | None = None

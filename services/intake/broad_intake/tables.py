"""The rows of broad intakes."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Column, Text
from sqlmodel import Field

from services.intake.tables import Row


class BroadIntakeRow(Row, table=True):
    """Codes only. That the circumstances were discussed is recorded, what was said is not."""

    __tablename__ = "broad_intake"
    person_id: UUID = Field(primary_key=True)
    recorded_on: date | None = None
    learnability_test: str | None = Field(default=None, sa_type=Text)
    schooling: str | None = Field(default=None, sa_type=Text)
    literacy: str | None = Field(default=None, sa_type=Text)
    work_years: int | None = None
    personal_circumstances_discussed: bool | None = None
    child_education: str | None = Field(default=None, sa_type=Text)
    language_level: str | None = Field(default=None, sa_type=Text)
    work_option: str | None = Field(default=None, sa_type=Text)
    wish: str | None = Field(default=None, sa_type=Text)
    self_reliance: str | None = Field(default=None, sa_type=Text)
    right_to_talk_alone_told: bool | None = None
    advised_route: str | None = Field(default=None, sa_type=Text)
    decided_route: str | None = Field(default=None, sa_type=Text)
    deviation_reason: str | None = Field(default=None, sa_type=Text)
    reasons: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))

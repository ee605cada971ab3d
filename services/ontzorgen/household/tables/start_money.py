"""What was proposed to begin with, and what was decided on it: once, and never changed after that."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from services.ontzorgen.household.tables.file import Recorded
from services.ontzorgen.tables import Row


class StartMoneyProposalRow(Row, table=True):
    """Follows the household until it is decided on; the database refuses a change after that."""

    __tablename__ = "start_money_proposal"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    kind: str = Field(sa_type=Text)
    form: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    limit_cents: int = Field(sa_type=BigInteger)
    month: str = Field(sa_type=Text)
    article: str = Field(sa_type=Text)
    policy: str = Field(sa_type=Text)
    decided_by: str = Field(sa_type=Text)
    repay_from: str | None = Field(default=None, sa_type=Text)
    repay_cents: int | None = Field(default=None, sa_type=BigInteger)


class StartMoneyDecisionRow(Recorded, table=True):
    __tablename__ = "start_money_decision"
    proposal_id: UUID = Field(primary_key=True)
    id: UUID
    household_id: UUID
    outcome: str = Field(sa_type=Text)
    decided_on: date
    amount_cents: int | None = Field(default=None, sa_type=BigInteger)
    reason: str | None = Field(default=None, sa_type=Text)
    agreed_on: date | None = None
    granted_cents: int = Field(sa_type=BigInteger)

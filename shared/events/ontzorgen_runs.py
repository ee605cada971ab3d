"""The events of ontzorgen on a month's run: proposed, approved, sealed, released, and its shards for the workers."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.events.base import EventData, Topic, event
from shared.events.codes import RunStep
from shared.events.ontzorgen import RETENTION_DAYS, SERVICE, Month

RUNS = Topic("meedoen.ontzorgen.runs", "run_id")
SHARDS = Topic("meedoen.ontzorgen.run-shards", "shard_id")
PW45 = "Participatiewet art. 45"
Households = Annotated[int, Field(ge=0, le=10_000_000, description="Number of households")]
Sum = Annotated[int, Field(ge=0, le=1_000_000_000_000, description="A sum over all households, in cents")]


@event(
    service=SERVICE,
    topic=RUNS,
    meaning="Every household of a municipality was computed for a month; the totals wait for approval.",
    legal_basis=PW45,
    retention_days=RETENTION_DAYS,
    classification="internal",
)
class MonthRunProposed(EventData):
    run_id: UUID = Field(description="The run, by an id derived from municipality and month")
    month: Month
    households: Households
    deducted_cents: Sum = Field(description="To be paid to creditors, in cents")
    remainder_cents: Sum = Field(description="To be paid to the persons, in cents")
    shortfall_cents: Sum = Field(description="Short, in cents")


@event(
    service=SERVICE,
    topic=RUNS,
    meaning="Someone other than the proposer approved the run; with enough eyes it is sealed.",
    legal_basis=PW45,
    retention_days=RETENTION_DAYS,
    classification="internal",
)
class MonthRunApproved(EventData):
    run_id: UUID = Field(description="The run, by an id derived from municipality and month")
    month: Month
    eyes: int = Field(ge=1, le=10, description="Number of persons who approved by now, the proposer left out")
    eyes_needed: int = Field(ge=1, le=10, description="Number of persons who must approve")


@event(
    service=SERVICE,
    topic=RUNS,
    meaning="The run is fixed: count, sum and hash say what will be paid and nothing else.",
    legal_basis=PW45,
    retention_days=RETENTION_DAYS,
    classification="internal",
)
class MonthRunSealed(EventData):
    run_id: UUID = Field(description="The run, by an id derived from municipality and month")
    month: Month
    households: Households
    total_cents: Sum = Field(description="Everything that is paid, to creditors and persons, in cents")
    content_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="Hash over every household's month",
        examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    )


@event(
    service=SERVICE,
    topic=RUNS,
    meaning="The sealed run was booked and its payments may go to the bank.",
    legal_basis=PW45,
    retention_days=RETENTION_DAYS,
    classification="internal",
)
class PaymentsReleased(EventData):
    run_id: UUID = Field(description="The run, by an id derived from municipality and month")
    month: Month
    households: Households
    payments: int = Field(ge=0, le=1_000_000_000, description="Number of payments")
    total_cents: Sum = Field(description="Sum of the payments, in cents")


@event(
    service=SERVICE,
    topic=SHARDS,
    meaning="A part of a run waits for a worker.",
    legal_basis=PW45,
    retention_days=RETENTION_DAYS,
    classification="internal",
)
class RunShardOpened(EventData):
    shard_id: UUID = Field(description="The part, by an id derived from run, step and number")
    run_id: UUID = Field(description="The run")
    month: Month
    step: RunStep = Field(description="What is to be done")
    number: int = Field(ge=0, le=1_000_000, description="Number of the part, from 0")
    parts: int = Field(ge=1, le=1_000_000, description="How many parts there are")

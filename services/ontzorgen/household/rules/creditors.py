"""The register of creditors of a municipality: organisations, where to pay them, and what was agreed with them.

Each change is a version. An account that differs from the one before it is used once someone else has confirmed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.charges import MandateProcedure
from services.ontzorgen.household.rules.recorder import Recorder
from shared.errors.refusals import ConflictError, repeated


class CreditorKind(StrEnum):
    """What a creditor supplies; procedures differ between them."""

    LANDLORD = "landlord"
    HEALTH_INSURER = "health_insurer"
    ENERGY = "energy"
    WATER = "water"
    TELECOM = "telecom"
    INSURER = "insurer"
    OTHER = "other"


_USUAL = {
    CreditorKind.ENERGY: MandateProcedure.CALL_TOGETHER,
    CreditorKind.WATER: MandateProcedure.CREDITOR_FORM,
    CreditorKind.HEALTH_INSURER: MandateProcedure.CREDITOR_PORTAL,
}


@dataclass(frozen=True)
class Creditor:
    """One version of a creditor. `calls_first`: it agreed to call us before it takes measures against the person.

    `debit_day` is the day of the month on which it collects, once the person pays by direct debit.
    """

    id: UUID
    code: str
    name: str
    kind: CreditorKind
    iban: str
    from_day: date
    procedure: MandateProcedure | None = None
    calls_first: bool = False
    discount_percent: int | None = None
    debit_day: int | None = None
    needs_confirmation: bool = False

    @property
    def mandate_procedure(self) -> MandateProcedure:
        """How this creditor wants mandates: as it said, or as its kind is used to."""
        return self.procedure or _USUAL.get(self.kind, MandateProcedure.SIGNED_FORM)


def record_creditor(versions: Sequence[Creditor], creditor: Creditor) -> tuple[Creditor, bool]:
    """The version as it is recorded, and whether it is new; `versions` are those of its code, oldest first."""
    for known in versions:
        if known.id == creditor.id:
            return repeated(known, creditor), False
    before = versions[-1] if versions else None
    if before is None:
        return creditor, True
    is_open = before.needs_confirmation and creditor.iban == before.iban
    return replace(creditor, needs_confirmation=creditor.iban != before.iban or is_open), True


def refuse_same_person(recorded_by: Recorder, confirming: Recorder) -> None:
    """Four eyes: a changed account is confirmed by someone else than who entered it."""
    if recorded_by.by == confirming.by:
        raise ConflictError("You entered this account yourself: let a colleague compare and confirm it.")

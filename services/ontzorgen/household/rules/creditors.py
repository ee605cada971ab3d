"""The register of creditors of a municipality: organisations, where to pay them, and what was agreed with them.

Each change is a version. An account that differs from the previous one is used once a second person has confirmed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.charges import Charge, MandateProcedure
from services.ontzorgen.household.rules.recorder import Recorder
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content


class CreditorKind(StrEnum):
    """What a creditor supplies; mandate procedures differ between them."""

    LANDLORD = "landlord"
    HEALTH_INSURER = "health_insurer"
    ENERGY = "energy"
    WATER = "water"
    TELECOM = "telecom"
    INSURER = "insurer"
    OTHER = "other"


_USUAL_PROCEDURE = {
    CreditorKind.ENERGY: MandateProcedure.CALL_TOGETHER,
    CreditorKind.WATER: MandateProcedure.CREDITOR_FORM,
    CreditorKind.HEALTH_INSURER: MandateProcedure.CREDITOR_PORTAL,
}


@dataclass(frozen=True)
class Creditor:
    """One version of a creditor. `calls_first`: it agreed to call us before it takes measures against the person.

    `debit_day` is the day of the month on which it collects, or wants to be paid. `discount_percent` is off all its
    charges from this version's first day on; `known_on` is set if months in which that counts had been run.
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
    known_on: date | None = None

    @property
    def mandate_procedure(self) -> MandateProcedure:
        """How this creditor wants mandates: as it asked, or as is usual for its kind."""
        return self.procedure or _USUAL_PROCEDURE.get(self.kind, MandateProcedure.SIGNED_FORM)


def require_readable_name(*, is_readable: bool) -> None:
    """WrongInputError for a name that no bank can read; it is never repeated."""
    if not is_readable:
        sentence = "No bank can read this name: write it in Latin letters, as the creditor's bank knows it."
        raise WrongInputError(Fault("name", "unreadable_name", sentence))


def find_version(versions: Sequence[Creditor], on: date | None = None) -> Creditor | None:
    """Return the version that holds on a day: the one recorded last of those that have begun, or the first one before.

    Without a day, the one recorded last; None if there is none.
    """
    if on is None or not versions:
        return versions[-1] if versions else None
    begun = [version for version in versions if version.from_day <= on]
    return begun[-1] if begun else versions[0]


def record_creditor(versions: Sequence[Creditor], creditor: Creditor) -> tuple[Creditor, bool]:
    """Return the version to record, and whether it is new; `versions` are those of its code, oldest first."""
    for version in versions:
        if version.id == creditor.id:
            return require_same_content(version, creditor), False
    previous = versions[-1] if versions else None
    if previous is None:
        return creditor, True
    is_unconfirmed = previous.needs_confirmation and creditor.iban == previous.iban
    return replace(creditor, needs_confirmation=creditor.iban != previous.iban or is_unconfirmed), True


def changes_discount(earlier: Sequence[Creditor], version: Creditor) -> bool:
    """Return whether another discount holds from this version's first day on."""
    before = find_version([creditor for creditor in earlier if creditor.from_day <= version.from_day], version.from_day)
    return (version.discount_percent or 0) != ((before.discount_percent or 0) if before else 0)


def compare_account(charge: Charge, creditor: Creditor | None) -> Charge:
    """Return the charge to record: an account other than the creditor's on the register must be confirmed.

    WrongInputError if there is neither an account nor a creditor on the register.
    """
    if charge.iban is None and creditor is None:
        raise WrongInputError(
            Fault("iban", "iban_missing", "This creditor is not on the register: give its IBAN, or register it first.")
        )
    differs = creditor is not None and charge.iban not in (None, creditor.iban)
    return replace(charge, needs_confirmation=differs)


def refuse_same_person(recorded_by: Recorder, confirming: Recorder) -> None:
    """Refuse a confirmation by the person who entered the changed account: it takes a second one."""
    if recorded_by.by == confirming.by:
        raise ConflictError("You entered this account yourself: let a colleague compare and confirm it.")

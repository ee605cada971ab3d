"""The register of creditors of a municipality: organisations, where to pay them, and what was agreed with them.

Each change is a version. An account, new or changed, is used once a second person has confirmed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from services.ontzorgen.household.rules.charges import Charge, MandateProcedure
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content
from shared.identity import Role


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


class PaidItem(StrEnum):
    """What has an account of a creditor: a version of the register, of a charge, or of an attachment."""

    CREDITOR = "creditor"
    CHARGE = "charge"
    ATTACHMENT = "attachment"


class BroughtBy(NamedTuple):
    """The version that brought an account. Ids are chosen by callers, so an id alone may be of several items."""

    item: PaidItem
    version_id: UUID


class HasAccount(Protocol):
    """A version of something that is paid on an account."""

    @property
    def id(self) -> UUID: ...
    @property
    def needs_confirmation(self) -> bool: ...


def build_confirmation_task(version_id: UUID, month: str, amount_cents: int) -> Task:
    """Return the task to confirm the account that a version brought; it says who may."""
    return Task(
        version_id,
        TaskKind.IBAN_UNCONFIRMED,
        month,
        Role.BUDGET_MANAGER,
        amount_cents,
        sentence=(
            "Nothing is paid on this account yet: a budget manager other than whoever entered it compares it with the "
            "payee's own letter, and confirms it."
        ),
    )


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


def record_creditor(versions: Sequence[Creditor], creditor: Creditor, *, is_confirmed: bool) -> tuple[Creditor, bool]:
    """Return the version to record, and whether it is new; `versions` are those of its code, oldest first.

    `is_confirmed`: a second person has confirmed the account of the last one.
    """
    for version in versions:
        if version.id == creditor.id:
            return require_same_content(version, creditor), False
    stays = bool(versions) and creditor.iban == versions[-1].iban
    return replace(creditor, needs_confirmation=not (stays and is_confirmed)), True


def changes_discount(earlier: Sequence[Creditor], version: Creditor) -> bool:
    """Return whether another discount holds from this version's first day on."""
    before = find_version([creditor for creditor in earlier if creditor.from_day <= version.from_day], version.from_day)
    return (version.discount_percent or 0) != ((before.discount_percent or 0) if before else 0)


def compare_account(charge: Charge, creditor: Creditor | None, *, is_confirmed: bool) -> Charge:
    """Return the charge to record: an account of its own must be confirmed.

    Not so if it is the creditor's on the register, and that `is_confirmed`.

    WrongInputError if there is neither an account nor a creditor on the register.
    """
    if charge.iban is None and creditor is None:
        raise WrongInputError(
            Fault("iban", "iban_missing", "This creditor is not on the register: give its IBAN, or register it first.")
        )
    return replace(charge, needs_confirmation=is_new_account(charge.iban, creditor, is_confirmed=is_confirmed))


def is_new_account(iban: str | None, creditor: Creditor | None, *, is_confirmed: bool) -> bool:
    """Return whether an account is other than the creditor's confirmed one on the register; None takes that one."""
    return iban is not None and not (creditor is not None and iban == creditor.iban and is_confirmed)


def refuse_same_person(recorded_by: Recorder, confirming: Recorder) -> None:
    """Refuse a confirmation by the person who entered the account: it takes a second one."""
    if recorded_by.by == confirming.by:
        raise ConflictError(
            "own_account_entry", "You entered this account yourself: let a colleague compare and confirm it."
        )
